package postgres

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"inlay"
	"inlay/dax"
	"inlay/query"
)

// bind turns values into arguments in the order of their placeholders, in the text format.
// PostgreSQL's text cannot hold what is refused here, so nothing could be equal to it.
func bind(args []dax.Value) ([][]byte, error) {
	out := make([][]byte, len(args))
	for i, a := range args {
		var text string
		switch a.Type() {
		case dax.Boolean:
			text = strconv.FormatBool(a.Bool())
		case dax.Int64:
			text = strconv.FormatInt(a.Int(), 10)
		case dax.Double:
			text = strconv.FormatFloat(a.Float(), 'g', -1, 64)
		case dax.Decimal:
			text = new(big.Rat).SetFrac64(a.Int(), 10_000).FloatString(4)
		case dax.DateTime:
			text = moment(a.Time())
		case dax.String:
			if text = a.Text(); strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
				return nil, inlay.Errorf(inlay.Invalid, "a text of the question or of the identity holds a NUL character or is not UTF-8; text of the database cannot be compared with it")
			}
		default:
			continue // NULL
		}
		out[i] = []byte(text)
	}
	return out, nil
}

func moment(t time.Time) string {
	text := t.Format("15:04:05.999999")
	if y := t.Year(); y < 1 {
		return fmt.Sprintf("%04d-%02d-%02d %s BC", 1-y, t.Month(), t.Day(), text)
	}
	return fmt.Sprintf("%04d-%02d-%02d %s", t.Year(), t.Month(), t.Day(), text)
}

// Object ids of types whose text form is read here.
const (
	oidBool      = 16
	oidInt8      = 20
	oidInt2      = 21
	oidInt4      = 23
	oidFloat4    = 700
	oidFloat8    = 701
	oidTimestamp = 1114
	oidNumeric   = 1700
)

// value brings a column of a row into the type that the statement promised. What does not fit is
// an error, never another value.
func value(raw []byte, oid uint32, t dax.Type) (dax.Value, error) {
	if raw == nil {
		return dax.Value{}, nil
	}
	switch oid {
	case oidBool:
		if t == dax.Boolean || t == dax.Variant {
			return dax.BoolOf(string(raw) == "t"), nil
		}
	case oidInt2, oidInt4, oidInt8:
		n, err := strconv.ParseInt(string(raw), 10, 64)
		if err != nil {
			return dax.Value{}, errors.New("not a whole number")
		}
		return query.Whole(n, t)
	case oidFloat4, oidFloat8:
		f, err := strconv.ParseFloat(string(raw), 64)
		if err != nil {
			return dax.Value{}, errors.New("not a floating number")
		}
		return query.Floating(f, t)
	case oidNumeric:
		return exact(string(raw), t)
	case oidTimestamp:
		if t == dax.DateTime || t == dax.Variant {
			return readMoment(string(raw))
		}
	default:
		if t == dax.String || t == dax.Variant {
			return dax.TextOf(string(raw)), nil
		}
	}
	return dax.Value{}, fmt.Errorf("a value of the type with id %d where type %d was promised", oid, t)
}

func readMoment(text string) (dax.Value, error) {
	t, err := time.Parse("2006-01-02 15:04:05.999999", text)
	if err != nil { // infinity, before year 1, after 9999
		return dax.Value{}, errors.New("a date that DAX does not have")
	}
	return dax.TimeOf(t), nil
}

// exact reads a numeric.
func exact(text string, t dax.Type) (dax.Value, error) {
	if t == dax.Double {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return dax.Value{}, errors.New("a number leaves the range of floating numbers")
		}
		return dax.FloatOf(f), nil
	}
	before, after, _ := strings.Cut(text, ".")
	n, ok := new(big.Int).SetString(before+after, 10)
	if !ok { // NaN, infinity
		return dax.Value{}, errors.New("a number that DAX does not have")
	}
	return query.Exact(n, len(after), t)
}
