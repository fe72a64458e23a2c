package powerquery

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"os"
	"strconv"
	"strings"
	"time"

	"inlay"
)

// Cells are rows that come from a file or database. Next gives io.EOF at the end; a row is good
// until the next one.
type Cells interface {
	Columns() []Column
	Next() ([]Value, error)
	Close() error
}

// Blob is a file that a Reader opens.
type Blob struct {
	Name string // as the query names it
	Data io.ReaderAt
	Size int64
	File *os.File // the open file; nil where the data are in memory
}

// Part is one table that a file holds: a sheet or table of a workbook. A file that is one
// table has one part without a name.
type Part struct {
	Name   string // as people see it
	Item   string // as Open takes it
	Kind   string // Sheet, Table or DefinedName
	Hidden bool
}

// Reader opens one kind of file. Its parser may be attacked by what it reads, so whoever hosts
// files of strangers gives a Reader that works in another process.
type Reader interface {
	// Parts lists what the file holds.
	Parts(ctx context.Context, b Blob) ([]Part, error)
	// Open reads one part.
	Open(ctx context.Context, b Blob, item string) (Cells, error)
}

// Of is a value of Go as M has it: what drivers and readers give. A value of another type is
// an error of the cell.
func Of(v any) Value {
	switch v := v.(type) {
	case nil:
		return Value{}
	case bool:
		return logical(v)
	case int:
		return integer(int64(v))
	case int64:
		return integer(v)
	case int32:
		return integer(int64(v))
	case int16:
		return integer(int64(v))
	case int8:
		return integer(int64(v))
	case uint8:
		return integer(int64(v))
	case uint16:
		return integer(int64(v))
	case uint32:
		return integer(int64(v))
	case uint64:
		if v > math.MaxInt64 {
			return number(float64(v))
		}
		return integer(int64(v))
	case float32:
		f, _ := strconv.ParseFloat(strconv.FormatFloat(float64(v), 'g', -1, 32), 64)
		return number(f)
	case float64:
		return number(v)
	case string:
		return text(v)
	case []byte:
		return binaryOf(append([]byte(nil), v...))
	case time.Time:
		return dateTimeOf(v.UTC())
	case time.Duration:
		return duration(v.Microseconds())
	case json.Number:
		return DecimalOf(string(v))
	case *big.Int:
		return DecimalOf(v.String())
	}
	return Bad(fmt.Sprintf("a value of type %T is not supported", v))
}

// Values of M that drivers give most often, without a detour through any.

// WholeOf is a whole number.
func WholeOf(n int64) Value { return integer(n) }

// NumberOf is a number of floating point.
func NumberOf(f float64) Value { return number(f) }

// TextOf is a text.
func TextOf(s string) Value { return text(s) }

// LogicalOf is a truth value.
func LogicalOf(b bool) Value { return logical(b) }

// DayOf is a date, in days since 1970-01-01.
func DayOf(days int64) Value { return Value{kind: Date, n: days} }

// MomentOf is a date and time without a zone, in microseconds since 1970.
func MomentOf(micros int64) Value { return Value{kind: DateTime, n: micros} }

// DigitsOf is DecimalOf of digits that end in needless zeros, as databases write numbers.
func DigitsOf(s []byte) Value {
	if units, whole, ok := Units(s); whole {
		return integer(units / 10_000)
	} else if ok {
		return decimal(units)
	}
	if bytes.IndexByte(s, '.') >= 0 {
		s = bytes.TrimSuffix(bytes.TrimRight(s, "0"), []byte{'.'})
	}
	return DecimalOf(string(s))
}

// Units reads, in 1/10,000, what has up to 14 characters before the point and four digits that
// count behind it; whole where none counts. Ok is false for everything else.
func Units(s []byte) (units int64, whole, ok bool) {
	i, least := 0, 1
	negative := len(s) > 0 && s[0] == '-'
	if negative {
		i, least = 1, 2
	}
	for ; i < len(s) && s[i] != '.'; i++ {
		if s[i] < '0' || s[i] > '9' || i >= 14 {
			return 0, false, false
		}
		units = units*10 + int64(s[i]-'0')
	}
	if i < least || i == len(s)-1 {
		return 0, false, false
	}
	units *= 10_000
	whole = true
	scale := int64(1000)
	for j := i + 1; j < len(s); j++ {
		if s[j] < '0' || s[j] > '9' || scale == 0 && s[j] != '0' {
			return 0, false, false
		}
		whole = whole && s[j] == '0'
		units += int64(s[j]-'0') * scale
		scale /= 10
	}
	if negative {
		units = -units
	}
	return units, whole, true
}

// DateOf is a date without a time of day.
func DateOf(t time.Time) Value { return dateOf(t) }

// TimeOf is a time of day.
func TimeOf(sinceMidnight time.Duration) Value {
	return Value{kind: Time, n: sinceMidnight.Microseconds()}
}

// ZonedOf is a point in time with its distance from UTC in minutes.
func ZonedOf(t time.Time, minutes int) Value {
	return zoned(t.UTC().UnixMicro()+int64(minutes)*60*second, minutes)
}

// DecimalOf reads exact digits: whole numbers and numbers of up to four decimals stay exact.
func DecimalOf(s string) Value {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return integer(n)
	}
	if v, ok := shortDecimal(s); ok {
		return v
	}
	if whole, behind, ok := strings.Cut(s, "."); ok && behind != "" && len(behind) <= 4 { // amounts of money up to the end of their range
		if n, err := strconv.ParseInt(whole+(behind + "000")[:4], 10, 64); err == nil && n > math.MinInt64 {
			return decimal(n)
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return Bad("the number " + strconv.Quote(s) + " is out of range")
	}
	return number(f)
}

// Bad is an error in a cell.
func Bad(msg string) Value { return Value{kind: Failed, ref: &CellError{Msg: msg}} }

// Named is a type of M by its name, such as text or Int64.Type.
func Named(name string) Type { return Type{Name: name, Nullable: true} }

// deferred is a value that is made when somebody looks at it.
func (ev *evaluator) deferred(c *call, f func() (Value, error)) Value {
	x := &made{f: f}
	x.Start = c.pos
	return Value{kind: lazy, ref: &thunk{x: x, env: &scope{src: c.src}, step: c.step}}
}

// cellsOp is a table whose rows come from outside.
type cellsOp struct {
	c    *call
	text string
	run  func(ctx context.Context) (Cells, error)
}

func (o *cellsOp) inputs() []*table { return nil }
func (o *cellsOp) explain() string  { return o.text }

func (o *cellsOp) open(rt *runtime) (iterator, error) {
	cells, err := o.run(rt.ev.ctx)
	if err != nil {
		return nil, o.c.outside(err)
	}
	return &cellsIter{op: o, rt: rt, cells: cells}, nil
}

// outside is an error of a reader or database at the place of the call.
func (c *call) outside(err error) error {
	if c.ev.ctx.Err() != nil {
		return c.ev.ctx.Err()
	}
	e := c.errorf(0, inlay.KindOf(err), "%s", err)
	if r, ok := errors.AsType[*inlay.Error](err); ok {
		e.Remedy = r.Remedy
	}
	return e
}

type cellsIter struct {
	op    *cellsOp
	rt    *runtime
	cells Cells
	n     int64

	numbered bool // the last value is the number of the row in the source
	mixed    bool // the rows have no number
}

func (it *cellsIter) close() { _ = it.cells.Close() }

func (it *cellsIter) next() ([]Value, error) {
	row, err := it.cells.Next()
	if err == io.EOF {
		return nil, err
	}
	if err != nil {
		return nil, it.op.c.outside(err)
	}
	it.n++
	it.rt.file, it.rt.row = "", it.n
	if it.mixed {
		it.rt.row = 0
	}
	if last := len(row) - 1; it.numbered {
		it.rt.row, row = row[last].n+1, row[:last]
	}
	for i, v := range row {
		if v.kind == Failed && v.Err().Row == 0 {
			row[i] = it.rt.failed(it.cells.Columns()[i].Name, v.Err().Msg)
		}
	}
	return row, nil
}

// Text is the text of a value, empty if it is none.
func (v Value) Text() string { return v.s }
