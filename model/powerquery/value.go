package powerquery

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"inlay/model/powerquery/culture"
)

// Kind is the kind of a Value.
type Kind uint8

// Kinds. Integer, Number and Decimal are all numbers of M, kept apart so that keys beyond
// 2^53 and amounts of money stay exact.
const (
	Null Kind = iota
	Logical
	Integer
	Number
	Decimal // in units of 1/10,000
	Text
	Date     // days since 1970-01-01
	Time     // microseconds since midnight
	DateTime // microseconds since 1970-01-01
	Zoned    // as DateTime, the local reading; ref is the offset in minutes
	Duration // microseconds
	Binary
	List
	RecordOf
	TableOf
	Function
	TypeOf
	Failed // an error in a cell; ref is *CellError
	lazy   // a field that is not evaluated yet; ref is *thunk
)

var kindNames = [...]string{
	"null", "logical", "number", "number", "number", "text", "date", "time", "datetime", "datetimezone",
	"duration", "binary", "list", "record", "table", "function", "type", "error", "value",
}

// String is the name that M has for the kind.
func (k Kind) String() string { return kindNames[k] }

// Value is a value of M. The zero Value is null.
type Value struct {
	kind Kind
	n    int64 // bits of a Number
	s    string
	ref  any
}

// Kind is the kind of the value.
func (v Value) Kind() Kind { return v.kind }

// Err is the error that a cell holds, nil if it holds a value.
func (v Value) Err() *CellError {
	e, _ := v.ref.(*CellError)
	return e
}

func logical(b bool) Value {
	if b {
		return Value{kind: Logical, n: 1}
	}
	return Value{kind: Logical}
}

func integer(n int64) Value     { return Value{kind: Integer, n: n} }
func number(f float64) Value    { return Value{kind: Number, n: int64(math.Float64bits(f))} }
func decimal(units int64) Value { return Value{kind: Decimal, n: units} }
func text(s string) Value       { return Value{kind: Text, s: s} }

// list keeps in n what its items weigh, so that lists of lists can be bounded.
func list(items []Value) Value {
	n := int64(0)
	for i := range items {
		n += weigh(items[i])
	}
	return Value{kind: List, n: n, ref: items}
}

// weigh is about how many bytes of memory a value takes.
func weigh(v Value) int64 {
	const cell = 48
	switch v.kind {
	case Text:
		return cell + int64(len(v.s))
	case List:
		return min(cell+v.n, 1<<50)
	case RecordOf:
		return cell * int64(1+len(v.record().vals))
	case Binary:
		b, _ := v.ref.([]byte)
		return cell + int64(len(b))
	}
	return cell
}

func recordOf(names []string, vals []Value) Value {
	return Value{kind: RecordOf, ref: &record{head: newHeader(names), vals: vals}}
}
func binaryOf(b []byte) Value { return Value{kind: Binary, ref: b} }
func tableOf(t *table) Value  { return Value{kind: TableOf, ref: t} }
func typeValue(t Type) Value  { return Value{kind: TypeOf, ref: t} }

const (
	second = int64(1_000_000)
	day    = 86_400 * second
)

func dateOf(t time.Time) Value { return Value{kind: Date, n: floorDiv(t.Unix(), 86_400)} }

func dateTimeOf(t time.Time) Value { return Value{kind: DateTime, n: t.UnixMicro()} }

func duration(micros int64) Value { return Value{kind: Duration, n: micros} }

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func (v Value) isNumber() bool { return v.kind >= Integer && v.kind <= Decimal }

func (v Value) float() float64 {
	switch v.kind {
	case Number:
		return math.Float64frombits(uint64(v.n))
	case Decimal:
		if v.n > 1e18 || v.n < -1e18 { // of which a division would round twice
			f, _ := strconv.ParseFloat(decimalText(v.n), 64)
			return f
		}
		return float64(v.n) / 10_000
	}
	return float64(v.n)
}

// whole is the number as an integer, if it is one.
func (v Value) whole() (int64, bool) {
	switch v.kind {
	case Integer:
		return v.n, true
	case Decimal:
		return v.n / 10_000, v.n%10_000 == 0
	case Number:
		f := v.float()
		return int64(f), f == math.Trunc(f) && math.Abs(f) < 1<<63
	}
	return 0, false
}

// clock is the point in time of a date, datetime or datetimezone as it reads, in UTC.
func (v Value) clock() time.Time {
	if v.kind == Date {
		return time.Unix(v.n*86_400, 0).UTC()
	}
	return time.UnixMicro(v.n).UTC()
}

func (v Value) items() []Value {
	l, _ := v.ref.([]Value)
	return l
}

func (v Value) record() *record {
	r, _ := v.ref.(*record)
	return r
}

func (v Value) tableRef() *table {
	t, _ := v.ref.(*table)
	return t
}

// header is the names of a record's fields or of a table's columns.
type header struct {
	names []string
	index map[string]int
}

func newHeader(names []string) *header {
	h := &header{names: names, index: make(map[string]int, len(names))}
	for i, n := range names {
		h.index[n] = i
	}
	return h
}

type record struct {
	head *header
	vals []Value
	meta *Value // what meta says of it, nil for nothing
	typ  *Type  // that Value.ReplaceType gave it
}

// describe names a value in an error: short, and never longer than a few words.
func (v Value) describe() string {
	switch v.kind {
	case Null:
		return "null"
	case Text:
		s := v.s
		if len(s) > 40 {
			s = s[:40] + "…"
		}
		return "the text " + strconv.Quote(s)
	case Integer:
		return "the number " + strconv.FormatInt(v.n, 10)
	case Number, Decimal:
		return "the number " + strconv.FormatFloat(v.float(), 'g', -1, 64)
	case Logical:
		return "the value " + strconv.FormatBool(v.n != 0)
	}
	switch v.kind {
	case Date:
		return "the date " + v.clock().Format(time.DateOnly)
	case DateTime, Zoned:
		return "the " + v.kind.String() + " " + v.clock().Format("2006-01-02 15:04:05")
	}
	return "a " + v.kind.String()
}

// Type is a type of M as far as columns need it.
type Type struct {
	Name     string // any, text, number, Int64.Type, Currency.Type, date, table, …
	Nullable bool
	Fields   []Column // of a table or record type
	more     *shape   // nil for most
}

// shape is what few types have.
type shape struct {
	open     bool            // a record type that admits other fields
	optional map[string]bool // fields of a record type
	item     *Type           // of a list type
	params   []Column        // of a function type
	least    int             // how many of them a call must give
	result   *Type           // of a function type
}

// rest is the shape of a type, never nil.
func (t Type) rest() shape {
	if t.more == nil {
		return shape{}
	}
	return *t.more
}

// with is the type with another shape.
func (t Type) with(more shape) Type {
	t.more = &more
	return t
}

// Column is a column of a table.
type Column struct {
	Name string
	Type Type
}

var anyType = Type{Name: "any", Nullable: true}

// String writes a scalar as M does, another value as its kind.
func (v Value) String() string {
	t := v.clock()
	switch v.kind {
	case Null:
		return "null"
	case Text:
		return `"` + strings.ReplaceAll(v.s, `"`, `""`) + `"`
	case Integer:
		return strconv.FormatInt(v.n, 10)
	case Decimal:
		return decimalText(v.n)
	case Number:
		return strconv.FormatFloat(v.float(), 'g', -1, 64)
	case Logical:
		return strconv.FormatBool(v.n != 0)
	case Date:
		return fmt.Sprintf("#date(%d, %d, %d)", t.Year(), t.Month(), t.Day())
	case DateTime:
		return fmt.Sprintf("#datetime(%d, %d, %d, %d, %d, %g)", t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), float64(t.Second())+float64(t.Nanosecond())/1e9)
	case Failed:
		return "error " + v.Err().Msg
	}
	if s, ok := toText(v, culture.Invariant()); ok {
		return v.kind.String() + " " + s
	}
	return v.kind.String()
}

// admits tells whether the values of another type are of this one, for what columns need.
func (t Type) admits(o Type) bool {
	if o.Nullable && !t.Nullable {
		return false
	}
	return t.Name == "any" || t.Name == o.Name || !strings.Contains(t.Name, ".") && t.Name == primitiveOf(o.Name)
}
