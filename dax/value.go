package dax

import "time"

// Type is the type of a value or expression.
type Type uint8

// Types of DAX. Decimal is the fixed one with four digits; it is carried in units of 1/10,000.
const (
	Blank Type = iota
	Boolean
	Int64
	Double
	Decimal
	DateTime
	String
	Rows    // a table-valued expression
	Variant // a type that is known only when the expression is evaluated
)

// Value is a scalar of DAX. The zero Value is BLANK.
type Value struct {
	kind Type
	n    int64   // Boolean (0 or 1), Int64, Decimal (1/10,000), DateTime (microseconds since 1970-01-01)
	f    float64 // Double
	s    string  // String
}

// BoolOf makes a truth value.
func BoolOf(b bool) Value {
	if b {
		return Value{kind: Boolean, n: 1}
	}
	return Value{kind: Boolean}
}

// IntOf makes a whole number.
func IntOf(n int64) Value { return Value{kind: Int64, n: n} }

// FloatOf makes a double.
func FloatOf(f float64) Value { return Value{kind: Double, f: f} }

// DecimalOf makes a fixed decimal from units of 1/10,000.
func DecimalOf(units int64) Value { return Value{kind: Decimal, n: units} }

// TextOf makes a text.
func TextOf(s string) Value { return Value{kind: String, s: s} }

// TimeOf makes a date and time; DAX has no zones, the clock reading of t is taken as it is.
func TimeOf(t time.Time) Value {
	t = time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	return Value{kind: DateTime, n: t.UnixMicro()}
}

// Type is the value's type.
func (v Value) Type() Type { return v.kind }

// IsBlank reports whether the value is BLANK.
func (v Value) IsBlank() bool { return v.kind == Blank }

// Bool is the truth value of a Boolean.
func (v Value) Bool() bool { return v.n != 0 }

// Int is the number of an Int64, or the units of a Decimal.
func (v Value) Int() int64 { return v.n }

// Text is the text of a String.
func (v Value) Text() string { return v.s }

// Time is the moment of a DateTime, in UTC.
func (v Value) Time() time.Time { return time.UnixMicro(v.n).UTC() }

// epoch is day 0 of DAX, 1899-12-30, in microseconds since 1970.
var epoch = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).UnixMicro()

const (
	dayMicros = 86_400_000_000
	dayMillis = 86_400_000
)

// Float is the value as a double: days since 1899-12-30 of a DateTime, 0 of BLANK and text.
func (v Value) Float() float64 {
	switch v.kind {
	case Double:
		return v.f
	case Decimal:
		return float64(v.n) / 10_000
	case DateTime:
		return float64(v.n-epoch) / dayMicros
	case Boolean, Int64:
		return float64(v.n)
	}
	return 0
}
