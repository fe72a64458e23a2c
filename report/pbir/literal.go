package pbir

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"inlay/dax"
)

// literal reads a constant as the semantic query schema writes it (QueryLiteralExpression):
// 'text', 24L, 2.4D, 2.4M, datetime'…', true, false, null.
func literal(s string) (dax.Value, error) {
	bad := fmt.Errorf("the constant %s is not supported", s)
	switch s {
	case "null":
		return dax.Value{}, nil
	case "true":
		return dax.BoolOf(true), nil
	case "false":
		return dax.BoolOf(false), nil
	case "":
		return dax.Value{}, bad
	}
	if t, ok := text(s); ok {
		return dax.TextOf(t), nil
	}
	if rest, ok := strings.CutPrefix(s, "datetime"); ok {
		return moment(rest, bad)
	}
	return number(s, bad)
}

// text reads a text in single quotes, with two for one within.
func text(s string) (string, bool) {
	if len(s) < 2 || s[0] != '\'' || s[len(s)-1] != '\'' {
		return "", false
	}
	in := s[1 : len(s)-1]
	if strings.Contains(strings.ReplaceAll(in, "''", ""), "'") {
		return "", false
	}
	return strings.ReplaceAll(in, "''", "'"), true
}

func moment(s string, bad error) (dax.Value, error) {
	in, ok := text(s)
	if !ok {
		return dax.Value{}, bad
	}
	for _, layout := range []string{"2006-01-02T15:04:05.999999999", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, in); err == nil {
			if t.Nanosecond()%1000 != 0 {
				return dax.Value{}, bad // finer than a DateTime holds
			}
			return dax.TimeOf(t), nil
		}
	}
	return dax.Value{}, bad
}

// number reads a whole number (L), a double (D) or a decimal (M). A decimal that does not fit
// into four digits becomes a double rather than a rounded number.
func number(s string, bad error) (dax.Value, error) {
	body, kind := s[:len(s)-1], s[len(s)-1]
	if kind >= '0' && kind <= '9' { // a plain number
		body, kind = s, 'L'
		if strings.ContainsAny(s, ".eE") {
			kind = 'D'
		}
	}
	if strings.ContainsAny(body, "_xXpPnN") { // what ParseFloat takes and the schema does not
		return dax.Value{}, bad
	}
	switch kind {
	case 'L', 'l':
		n, err := strconv.ParseInt(body, 10, 64)
		if err != nil {
			return dax.Value{}, bad
		}
		return dax.IntOf(n), nil
	case 'M', 'm':
		r, ok := new(big.Rat).SetString(body)
		if !ok || strings.ContainsAny(body, "/eE") {
			return dax.Value{}, bad
		}
		if units := r.Mul(r, big.NewRat(10_000, 1)); units.IsInt() && units.Num().IsInt64() {
			return dax.DecimalOf(units.Num().Int64()), nil
		}
	case 'D', 'd':
	default:
		return dax.Value{}, bad
	}
	f, err := strconv.ParseFloat(body, 64)
	if err != nil {
		return dax.Value{}, bad
	}
	return dax.FloatOf(f), nil
}
