package powerquery

import (
	"math"
	"strings"

	"inlay/model/powerquery/syntax"
)

// maxText bounds a text that is put together, so that doubling in a chain of steps cannot
// exhaust memory; maxList bounds lists likewise.
const (
	maxText = 16 << 20
	maxList = 1_000_000
)

// equal is the operator =. False in ok where M cannot compare, such as functions.
func equal(a, b Value) (eq, ok bool) {
	switch {
	case a.isNumber() && b.isNumber():
		return compareNumbers(a, b) == 0, true
	case a.kind != b.kind:
		return false, true
	}
	switch a.kind {
	case Null:
		return true, true
	case Text:
		return a.s == b.s, true
	case Logical, Date, Time, DateTime, Duration:
		return a.n == b.n, true
	case Zoned:
		return a.instant() == b.instant(), true
	case Binary:
		x, isBytes := a.ref.([]byte)
		y, both := b.ref.([]byte)
		return isBytes && both && string(x) == string(y), isBytes && both
	case RecordOf:
		return equalRecords(a.record(), b.record())
	case List:
		x, y := a.items(), b.items()
		if len(x) != len(y) {
			return false, true
		}
		for i := range x {
			if eq, ok := equal(x[i], y[i]); !eq || !ok {
				return eq, ok
			}
		}
		return true, true
	}
	return false, false
}

// equalRecords compares fields by name, whatever their order.
func equalRecords(a, b *record) (eq, ok bool) {
	if len(a.vals) != len(b.vals) {
		return false, true
	}
	for i, n := range a.head.names {
		j, found := b.head.index[n]
		if !found {
			return false, true
		}
		if eq, ok := equal(a.vals[i], b.vals[j]); !eq || !ok {
			return eq, ok
		}
	}
	return true, true
}

func (v Value) instant() int64 { return v.n - int64(v.ref.(int))*60*second }

func compareNumbers(a, b Value) int {
	if a.kind == b.kind && a.kind != Number {
		return sign(a.n, b.n)
	}
	x, y := a.float(), b.float()
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	case x == y:
		return 0
	}
	return 2 // NaN is neither
}

func sign(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// compare orders two values of one kind; ok is false where M has no order.
func compare(a, b Value) (int, bool) {
	switch {
	case a.isNumber() && b.isNumber():
		return compareNumbers(a, b), true
	case a.kind != b.kind:
		return 0, false
	}
	switch a.kind {
	case Text:
		return strings.Compare(a.s, b.s), true
	case Logical, Date, Time, DateTime, Duration:
		return sign(a.n, b.n), true
	case Zoned:
		return sign(a.instant(), b.instant()), true
	}
	return 0, false
}

// binary evaluates the operators that need both sides; and, or and ?? are in eval.
func (ev *evaluator) binary(x *syntax.Binary, a, b Value, src *source) (Value, error) {
	fail := func() (Value, error) {
		return Value{}, src.raise(x.OpPos, "the operator %s cannot be applied to %s and %s", x.Op, a.describe(), b.describe()).cannotApply(x.Op, a, b)
	}
	var v Value
	var ok bool
	switch x.Op {
	case "=", "<>":
		eq, err := ev.equal(a, b)
		if err != nil {
			return Value{}, err
		}
		v, ok = logical(eq == (x.Op == "=")), a.kind != Function && b.kind != Function
	case "<", "<=", ">", ">=":
		if a.kind == Null || b.kind == Null {
			return Value{}, nil
		}
		var c int
		if c, ok = compare(a, b); ok {
			v = logical(c == -1 && x.Op[0] == '<' || c == 1 && x.Op[0] == '>' || c == 0 && len(x.Op) == 2)
		}
	case "&":
		return ev.join(x, a, b, src)
	default:
		if a.kind == Null || b.kind == Null {
			return Value{}, nil
		}
		v, ok = arithmetic(x.Op, a, b)
	}
	if !ok {
		return fail()
	}
	return v, nil
}

func arithmetic(op string, a, b Value) (Value, bool) {
	if a.isNumber() && b.isNumber() {
		return numbers(op, a, b), true
	}
	moment := func(k Kind) bool { return k == Date || k == DateTime || k == Zoned || k == Time }
	switch {
	case a.kind == Duration && b.kind == Duration && (op == "+" || op == "-"):
		if op == "-" {
			b.n = -b.n
		}
		return duration(a.n + b.n), true
	case a.kind == Duration && b.kind == Duration && op == "/":
		return number(float64(a.n) / float64(b.n)), true
	case a.kind == Duration && b.isNumber() && (op == "*" || op == "/"):
		f := b.float()
		if op == "/" {
			f = 1 / f
		}
		f *= float64(a.n)
		return duration(int64(math.Round(f))), math.Abs(f) < 1<<62
	case a.isNumber() && b.kind == Duration && op == "*":
		return arithmetic(op, b, a)
	case moment(a.kind) && b.kind == Duration && (op == "+" || op == "-"):
		if op == "-" {
			b.n = -b.n
		}
		return shift(a, b.n)
	case a.kind == Duration && moment(b.kind) && op == "+":
		return shift(b, a.n)
	case moment(a.kind) && a.kind == b.kind && op == "-":
		if a.kind == Date {
			return duration((a.n - b.n) * day), true
		}
		if a.kind == Zoned {
			return duration(a.instant() - b.instant()), true
		}
		return duration(a.n - b.n), true
	}
	return Value{}, false
}

// shift adds a duration to a point in time. A date takes whole days, as in M, where the time
// of day of the sum is dropped.
func shift(a Value, micros int64) (Value, bool) {
	if a.kind == Date {
		a.n += floorDiv(micros, day)
		return a, a.n > -719_163 && a.n < 2_932_897 // years 1 to 9999
	}
	a.n += micros
	if a.kind == Time {
		return a, a.n >= 0 && a.n < day
	}
	return a, a.n > -62_135_596_800*second && a.n < 253_402_300_800*second
}

// numbers keeps whole numbers and amounts exact while they fit, and is floating otherwise.
func numbers(op string, a, b Value) Value {
	if a.kind == b.kind && a.kind != Number && op != "/" {
		x, y := a.n, b.n
		switch {
		case op == "+" && (x+y > x) == (y > 0):
			return Value{kind: a.kind, n: x + y}
		case op == "-" && (x-y < x) == (y > 0):
			return Value{kind: a.kind, n: x - y}
		case op == "*" && a.kind == Integer && (x == 0 || y == 0):
			return integer(0)
		case op == "*" && a.kind == Integer && abs(x) < 1<<31 && abs(y) < 1<<31:
			return integer(x * y)
		}
	}
	x, y := a.float(), b.float()
	switch op {
	case "+":
		return number(x + y)
	case "-":
		return number(x - y)
	case "*":
		return number(x * y)
	}
	return number(x / y)
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

// join is the operator &: text, lists, records and tables; date & time is a datetime.
func (ev *evaluator) join(x *syntax.Binary, a, b Value, src *source) (Value, error) {
	switch {
	case a.kind == Text && b.kind == Text:
		if len(a.s)+len(b.s) > maxText {
			return Value{}, src.limit(x.OpPos, "the text grows beyond 16 MB")
		}
		return text(a.s + b.s), nil
	case a.kind == Null || b.kind == Null:
		return Value{}, nil
	case a.kind == List && b.kind == List:
		p, q := a.items(), b.items()
		if len(p)+len(q) > maxList {
			return Value{}, src.limit(x.OpPos, "the list grows beyond a million items")
		}
		return list(append(append(make([]Value, 0, len(p)+len(q)), p...), q...)), nil
	case a.kind == RecordOf && b.kind == RecordOf:
		return merge(a.record(), b.record()), nil
	case a.kind == Date && b.kind == Time:
		return Value{kind: DateTime, n: a.n*day + b.n}, nil
	case a.kind == TableOf && b.kind == TableOf:
		t := combine([]*table{a.tableRef(), b.tableRef()})
		if t.depth() > maxChain {
			return Value{}, src.limit(x.OpPos, "more than %d tables are put together one by one; use Table.Combine", maxChain)
		}
		return tableOf(t), nil
	}
	return Value{}, src.raise(x.OpPos, "the operator & cannot be applied to %s and %s", a.describe(), b.describe()).cannotApply("&", a, b)
}

func merge(a, b *record) Value {
	names := append([]string(nil), a.head.names...)
	vals := append([]Value(nil), a.vals...)
	for i, n := range b.head.names {
		if j, ok := a.head.index[n]; ok {
			vals[j] = b.vals[i]
		} else {
			names, vals = append(names, n), append(vals, b.vals[i])
		}
	}
	return Value{kind: RecordOf, ref: &record{head: newHeader(names), vals: vals}}
}
