package dax

import (
	"errors"
	"fmt"
	"math"
	"math/big"
)

// The operators follow "Data types in Power BI Desktop" (desktop-data-types.md): types of
// results by "Tables of implicit data conversions", BLANK by "Blanks, empty strings, and zero
// values".

var errOverflow = errors.New("the result is too large for a whole number")

// operands turns both sides of an arithmetic operator into numbers.
func operands(a, b Value) (Value, Value, error) {
	x, err := a.ToNumber()
	if err != nil {
		return x, b, err
	}
	y, err := b.ToNumber()
	return x, y, err
}

// Add is a + b. BLANK counts as 0 unless both are BLANK; a date plus a number is a date.
func Add(a, b Value) (Value, error) {
	if a.kind == b.kind && (a.kind == Decimal || a.kind == Int64) { // nearly all that are added up
		if n := a.n + b.n; (n >= a.n) == (b.n >= 0) {
			return Value{kind: a.kind, n: n}, nil
		}
	}
	x, y, err := operands(a, b)
	switch {
	case err != nil:
		return Value{}, err
	case x.IsBlank():
		return y, nil
	case y.IsBlank():
		return x, nil
	case x.kind == DateTime || y.kind == DateTime:
		return timeOfDays(x.Float() + y.Float())
	case x.kind == Double || y.kind == Double:
		return FloatOf(x.Float() + y.Float()), nil
	case x.kind == Int64 && y.kind == Int64:
		n := x.n + y.n
		if (n > x.n) != (y.n > 0) && y.n != 0 {
			return Value{}, errOverflow
		}
		return IntOf(n), nil
	}
	return units(x, y, (*big.Int).Add)
}

// Sub is a - b. BLANK counts as 0 unless both are BLANK; what is subtracted from a date gives
// a date, also another date, as the documents' table says.
func Sub(a, b Value) (Value, error) {
	x, y, err := operands(a, b)
	switch {
	case err != nil:
		return Value{}, err
	case y.IsBlank():
		return x, nil
	case x.IsBlank():
		return Neg(y)
	case x.kind == DateTime:
		return timeOfDays(x.Float() - y.Float())
	case x.kind == Double || y.kind == Double || y.kind == DateTime:
		return FloatOf(x.Float() - y.Float()), nil
	case x.kind == Int64 && y.kind == Int64:
		n := x.n - y.n
		if (n < x.n) != (y.n > 0) && y.n != 0 {
			return Value{}, errOverflow
		}
		return IntOf(n), nil
	}
	return units(x, y, (*big.Int).Sub)
}

// units adds or subtracts where at least one side is a Decimal and the other is whole.
func units(x, y Value, op func(z, x, y *big.Int) *big.Int) (Value, error) {
	return bigDecimal(op(new(big.Int), bigUnits(x), bigUnits(y)))
}

// bigUnits is a whole number or Decimal in units of 1/10,000.
func bigUnits(v Value) *big.Int {
	n := big.NewInt(v.n)
	if v.kind == Int64 {
		n.Mul(n, big.NewInt(10_000))
	}
	return n
}

func bigDecimal(n *big.Int) (Value, error) {
	if !n.IsInt64() {
		return Value{}, errors.New("the result is too large for Currency")
	}
	return DecimalOf(n.Int64()), nil
}

// Mul is a * b. BLANK if either is BLANK.
func Mul(a, b Value) (Value, error) {
	if a.IsBlank() || b.IsBlank() {
		return Value{}, nil
	}
	x, y, err := operands(a, b)
	switch {
	case err != nil:
		return Value{}, err
	case x.kind == Decimal && y.kind == Decimal, x.kind == DateTime || y.kind == DateTime:
		return FloatOf(x.Float() * y.Float()), nil
	case x.kind == Decimal && y.kind == Double, x.kind == Double && y.kind == Decimal:
		return decimalOrFloat(x.Float() * y.Float())
	case x.kind == Double || y.kind == Double:
		return FloatOf(x.Float() * y.Float()), nil
	}
	n := new(big.Int).Mul(big.NewInt(x.n), big.NewInt(y.n))
	if x.kind == Decimal || y.kind == Decimal {
		return bigDecimal(n)
	}
	if !n.IsInt64() {
		return Value{}, errOverflow
	}
	return IntOf(n.Int64()), nil
}

// decimalOrFloat is a Decimal, or a Double of what a Decimal cannot hold: infinity and NaN.
func decimalOrFloat(f float64) (Value, error) {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return FloatOf(f), nil
	}
	return decimalOfFloat(f)
}

// Div is a / b. BLANK if a is BLANK; division by 0 or BLANK is infinite, 0/0 is NaN.
func Div(a, b Value) (Value, error) {
	x, y, err := operands(a, b)
	if err != nil || x.IsBlank() {
		return Value{}, err
	}
	f := x.Float() / y.Float()
	switch {
	case x.kind == Decimal && y.kind == Int64, x.kind == Int64 && y.kind == Decimal:
		if y.n == 0 {
			return FloatOf(f), nil
		}
		n := bigUnits(x)
		return bigDecimal(divRound(n.Mul(n, big.NewInt(10_000)), bigUnits(y)))
	case x.kind == Decimal && y.kind == Double:
		return decimalOrFloat(f)
	}
	return FloatOf(f), nil
}

// divRound is n / d rounded half away from zero.
func divRound(n, d *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(n, d, new(big.Int))
	if r.Abs(r).Lsh(r, 1).CmpAbs(d) >= 0 {
		q.Add(q, big.NewInt(int64(n.Sign()*d.Sign())))
	}
	return q
}

// Pow is a ^ b as a double; BLANK counts as 0 unless a is BLANK.
func Pow(a, b Value) (Value, error) {
	x, y, err := operands(a, b)
	if err != nil || x.IsBlank() && y.IsBlank() {
		return Value{}, err
	}
	f := math.Pow(x.Float(), y.Float())
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return Value{}, fmt.Errorf("%s ^ %s is not a number, or too large", floatText(x.Float()), floatText(y.Float()))
	}
	return FloatOf(f), nil
}

// Neg is -a; the type stays, but for dates, which become a number of days.
func Neg(a Value) (Value, error) {
	x, err := a.ToNumber()
	if err != nil {
		return Value{}, err
	}
	switch x.kind {
	case Blank:
		return x, nil
	case Double:
		return FloatOf(-x.f), nil
	case DateTime:
		return FloatOf(-x.Float()), nil
	}
	if x.n == math.MinInt64 {
		return Value{}, errOverflow
	}
	x.n = -x.n
	return x, nil
}

// Concat is a & b; BLANK is empty text, and BLANK if both are BLANK.
func Concat(a, b Value) (Value, error) {
	if a.IsBlank() && b.IsBlank() {
		return Value{}, nil
	}
	x, y := a.ToText(), b.ToText()
	if len(x)+len(y) > MaxText {
		return Value{}, fmt.Errorf("the text is longer than %d bytes", MaxText)
	}
	return TextOf(x + y), nil
}

// MaxText is the longest text, in bytes, that an operator or function makes; it keeps an
// expression from filling the memory.
const MaxText = 1 << 21

// And is a && b. BLANK counts as FALSE; BLANK of two BLANKs.
func And(a, b Value) (Value, error) {
	return logical(a, b, func(x, y bool) bool { return x && y })
}

// Or is a || b. BLANK counts as FALSE; BLANK of two BLANKs.
func Or(a, b Value) (Value, error) {
	return logical(a, b, func(x, y bool) bool { return x || y })
}

func logical(a, b Value, op func(x, y bool) bool) (Value, error) {
	x, err := a.ToBool()
	if err != nil {
		return Value{}, err
	}
	y, err := b.ToBool()
	if err != nil || a.IsBlank() && b.IsBlank() {
		return Value{}, err
	}
	return BoolOf(op(x, y)), nil
}

// Not is NOT a; NOT BLANK is TRUE.
func Not(a Value) (Value, error) {
	x, err := a.ToBool()
	return BoolOf(!x), err
}
