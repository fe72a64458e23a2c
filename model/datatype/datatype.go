// Package datatype is the data types of columns in one table: what each holds, how far it
// reaches, and what of the others enters it ("Data types in Power BI Desktop" in the
// documentation of Power BI).
//
// Whatever fills a column asks here: a query's rows, a calculated column, a source that is
// asked directly. A value that does not enter is an error with its row and column, or a blank
// that is counted where the model says so; it never becomes 0.
package datatype

import (
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"inlay/dax"
)

// Type is a data type of a column.
type Type struct {
	Word  string   // in TMDL and TMSL
	DAX   dax.Type // Variant for one that cannot be computed with
	Name  string   // as Power BI Desktop calls it
	Range string   // in words, for documents and errors
}

// Types are all data types.
var Types = []Type{
	{"int64", dax.Int64, "Whole number", "-9,223,372,036,854,775,807 to 9,223,372,036,854,775,806"},
	{"double", dax.Double, "Decimal number", "±2.23E-308 to ±1.79E+308, and 0; 15 digits are exact"},
	{"decimal", dax.Decimal, "Fixed decimal number", "-922,337,203,685,477.5807 to 922,337,203,685,477.5807, four digits after the point"},
	{"dateTime", dax.DateTime, "Date/time", "1900-01-01 to 9999-12-31; a time of day without a date is one of 1899-12-30"},
	{"boolean", dax.Boolean, "True/false", "TRUE and FALSE"},
	{"string", dax.String, "Text", "up to 268,435,456 characters"},
	{"binary", dax.Variant, "Binary", "is not loaded: no visual and no measure can use it"},
	{"variant", dax.Variant, "Variant", "what an expression gives; a column of data has one of the other types"},
}

// Of finds a data type by its word, which has no case. The words that leave the type to the
// data are those of Variant.
func Of(word string) (Type, bool) {
	w := strings.ToLower(word)
	if w == "automatic" || w == "unknown" {
		w = "variant"
	}
	for _, t := range Types {
		if strings.EqualFold(t.Word, w) {
			return t, true
		}
	}
	return Type{}, false
}

// Ends of the ranges. The documents leave out the least and the greatest 64-bit numbers, which
// the engine needs for itself.
const (
	leastInt, mostInt = math.MinInt64 + 1, math.MaxInt64 - 1
	mostUnits         = math.MaxInt64 // of a fixed decimal, in 1/10,000
	mostCharacters    = 268_435_456
	leastNormal       = 0x1p-1022 // 2.23E-308
)

var (
	firstMoment = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).UnixMicro()
	lastMoment  = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro() - 1
)

// Fits reports whether a value lies in the range of its own type.
func Fits(v dax.Value) bool {
	switch v.Type() {
	case dax.Int64:
		return v.Int() >= leastInt && v.Int() <= mostInt
	case dax.Double:
		return Normal(v.Float())
	case dax.Decimal:
		return v.Int() >= -mostUnits
	case dax.DateTime:
		return v.Micros() >= firstMoment && v.Micros() <= lastMoment
	case dax.String:
		return len(v.Text()) <= mostCharacters || utf8.RuneCountInString(v.Text()) <= mostCharacters
	}
	return true
}

// Ends are the least and the greatest value of a type that is kept as a whole number: Int64
// itself, a fixed decimal in 1/10,000, a DateTime in microseconds since 1970.
func Ends(t dax.Type) (least, most int64) {
	switch t {
	case dax.Decimal:
		return -mostUnits, mostUnits
	case dax.DateTime:
		return firstMoment, lastMoment
	}
	return leastInt, mostInt
}

// Normal reports whether a double lies in the range of decimal numbers.
func Normal(f float64) bool {
	f = math.Abs(f)
	return f == 0 || f >= leastNormal && f <= math.MaxFloat64
}

// Rule says how values of one type enter a column of another.
type Rule uint8

// Rules. The zero Rule is that nothing enters.
const (
	Never   Rule = iota
	Always       // every value enters as it is
	Checked      // what is in range and whole enters, the rest does not
	Rounds       // as the nearest value; what is out of range does not enter
	Written      // as text, as DAX writes it
	Read         // text is read with the culture of the queries; what cannot be read does not enter
)

// rules is the one table: from, to.
var rules = map[dax.Type]map[dax.Type]Rule{
	dax.Int64:    {dax.Int64: Always, dax.Double: Rounds, dax.Decimal: Checked, dax.String: Written, dax.Variant: Always},
	dax.Double:   {dax.Int64: Checked, dax.Double: Always, dax.Decimal: Rounds, dax.String: Written, dax.Variant: Always},
	dax.Decimal:  {dax.Int64: Checked, dax.Double: Rounds, dax.Decimal: Always, dax.String: Written, dax.Variant: Always},
	dax.DateTime: {dax.DateTime: Always, dax.Variant: Always},
	dax.Boolean:  {dax.Boolean: Always, dax.Variant: Always},
	dax.String:   {dax.Int64: Read, dax.Double: Read, dax.Decimal: Read, dax.DateTime: Read, dax.Boolean: Read, dax.String: Always, dax.Variant: Always},
}

// How is the rule by which values of a type enter a column of a type.
func How(from, to dax.Type) Rule { return rules[from][to] }

// Enter brings a value into the type of a column; false if it does not enter. BLANK enters
// every column. Text enters a text column alone: what is Read needs a culture, which the
// caller has.
func Enter(v dax.Value, to dax.Type) (dax.Value, bool) {
	if v.IsBlank() {
		return v, true
	}
	if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
		return dax.Value{}, false
	}
	out, ok := dax.Value{}, false
	switch rule := How(v.Type(), to); {
	case rule == Always:
		out, ok = v, true
	case rule == Never, rule == Read:
		return dax.Value{}, false
	case rule == Written:
		out, ok = dax.TextOf(v.ToText()), true
	case to == dax.Double:
		out, ok = dax.FloatOf(v.Float()), true
	case to == dax.Int64:
		out, ok = whole(v)
	case to == dax.Decimal:
		d, err := v.ToDecimal()
		out, ok = d, err == nil
	}
	if !ok || !Fits(out) {
		return dax.Value{}, false
	}
	return out, true
}

// whole is a number without a fraction as a whole number.
func whole(v dax.Value) (dax.Value, bool) {
	if v.Type() == dax.Decimal {
		return dax.IntOf(v.Int() / 10_000), v.Int()%10_000 == 0
	}
	f := v.Float()
	return dax.IntOf(int64(f)), f == math.Trunc(f) && f >= -1<<63 && f < 1<<63
}
