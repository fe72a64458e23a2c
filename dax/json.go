package dax

import (
	"encoding/json"
	"math"
	"strconv"
)

// AppendJSON appends the value as JSON: null, true, a number, text, or a date as
// "2026-01-31T00:00:00". Infinity and NaN, which JSON does not have, are the texts
// "Infinity", "-Infinity" and "NaN".
func (v Value) AppendJSON(b []byte) []byte {
	switch v.kind {
	case Blank:
		return append(b, "null"...)
	case Boolean:
		return strconv.AppendBool(b, v.n != 0)
	case Int64:
		return strconv.AppendInt(b, v.n, 10)
	case Decimal:
		return append(b, unitsText(v.n)...)
	case DateTime:
		return v.Time().AppendFormat(b, `"2006-01-02T15:04:05.999999"`)
	case Double:
		return appendFloat(b, v.f)
	}
	// Marshal of a string fails never.
	s, _ := json.Marshal(v.s)
	return append(b, s...)
}

func appendFloat(b []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(b, `"-Infinity"`...)
	}
	form := byte('f')
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		form = 'e'
	}
	return strconv.AppendFloat(b, f, form, -1, 64)
}

// MarshalJSON is the value as AppendJSON writes it.
func (v Value) MarshalJSON() ([]byte, error) { return v.AppendJSON(nil), nil }

// Micros is a DateTime in microseconds since 1970-01-01.
func (v Value) Micros() int64 { return v.n }

// DateOf is the DateTime of microseconds since 1970-01-01.
func DateOf(micros int64) Value { return Value{kind: DateTime, n: micros} }
