package dax

import (
	"fmt"
	"math"
	"math/big"
	"strings"
)

// Compare orders two values for = <> < <= > >=: negative, zero or positive. BLANK is compared
// as 0, "" or FALSE, whatever stands on the other side. Text is compared without regard to
// case. Values of different kinds are not compared (dax-operator-reference.md, "Coercing data
// types of operands"). NaN is equal to itself and less than any number, so that sorting works.
func Compare(a, b Value) (int, error) {
	switch {
	case a.IsBlank() && b.IsBlank():
		return 0, nil
	case a.IsBlank():
		a = zeroOf(b.kind)
	case b.IsBlank():
		b = zeroOf(a.kind)
	}
	switch {
	case a.kind == String && b.kind == String:
		return strings.Compare(fold(a.s), fold(b.s)), nil
	case a.kind == Boolean && b.kind == Boolean:
		return sign(a.n, b.n), nil
	case a.kind.IsNumeric() && b.kind.IsNumeric():
		return compareNumbers(a, b), nil
	}
	return 0, fmt.Errorf("values of type %s cannot be compared with values of type %s; use VALUE or FORMAT to convert one of them", a.kind, b.kind)
}

// zeroOf is what BLANK is next to a value of the type.
func zeroOf(t Type) Value {
	if t == DateTime {
		return Value{kind: DateTime, n: epoch}
	}
	return Value{kind: t}
}

func sign[T int64 | float64](x, y T) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

func compareNumbers(a, b Value) int {
	if a.kind == b.kind && a.kind != Double {
		return sign(a.n, b.n)
	}
	whole := func(t Type) bool { return t == Int64 || t == Decimal }
	if whole(a.kind) && whole(b.kind) {
		return bigUnits(a).Cmp(bigUnits(b))
	}
	x, y := a.Float(), b.Float()
	if math.IsNaN(x) || math.IsNaN(y) {
		return sign(boolInt(!math.IsNaN(x)), boolInt(!math.IsNaN(y)))
	}
	// A whole number beyond 2^53 is not the double next to it.
	if a.kind == Int64 && !math.IsInf(y, 0) {
		return new(big.Float).SetInt64(a.n).Cmp(big.NewFloat(y))
	}
	if b.kind == Int64 && !math.IsInf(x, 0) {
		return big.NewFloat(x).Cmp(new(big.Float).SetInt64(b.n))
	}
	return sign(x, y)
}

func boolInt(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Equal is a = b, where BLANK equals 0, "" and FALSE.
func Equal(a, b Value) (bool, error) {
	c, err := Compare(a, b)
	return c == 0 && !nan(a) && !nan(b), err
}

func nan(v Value) bool { return v.kind == Double && math.IsNaN(v.f) }

// StrictEqual is a == b, where BLANK equals only BLANK.
func StrictEqual(a, b Value) (bool, error) {
	if a.IsBlank() || b.IsBlank() {
		return a.IsBlank() && b.IsBlank(), nil
	}
	return Equal(a, b)
}

// Less is a < b.
func Less(a, b Value) (bool, error) {
	c, err := Compare(a, b)
	return c < 0 && !nan(a) && !nan(b), err
}

// Apply computes an infix operator other than IN on two values.
func Apply(op string, a, b Value) (Value, error) {
	switch op {
	case "+":
		return Add(a, b)
	case "-":
		return Sub(a, b)
	case "*":
		return Mul(a, b)
	case "/":
		return Div(a, b)
	case "^":
		return Pow(a, b)
	case "&":
		return Concat(a, b)
	case "&&":
		return And(a, b)
	case "||":
		return Or(a, b)
	case "==":
		eq, err := StrictEqual(a, b)
		return BoolOf(eq), err
	}
	return relate(op, a, b)
}

func relate(op string, a, b Value) (Value, error) {
	c, err := Compare(a, b)
	if err != nil {
		return Value{}, err
	}
	if nan(a) || nan(b) {
		return BoolOf(op == "<>"), nil
	}
	switch op {
	case "=":
		return BoolOf(c == 0), nil
	case "<>":
		return BoolOf(c != 0), nil
	case "<":
		return BoolOf(c < 0), nil
	case "<=":
		return BoolOf(c <= 0), nil
	case ">":
		return BoolOf(c > 0), nil
	case ">=":
		return BoolOf(c >= 0), nil
	}
	return Value{}, fmt.Errorf("operator %q is not known", op)
}
