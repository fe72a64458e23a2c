package datatype

import (
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"inlay/dax"
)

func at(y int, m time.Month, d, h, minute, s int) dax.Value {
	return dax.TimeOf(time.Date(y, m, d, h, minute, s, 0, time.UTC))
}

// TestEnter is the table by example: what enters, as what, and what does not. A nil want does
// not enter.
func TestEnter(t *testing.T) {
	no := (*dax.Value)(nil)
	val := func(v dax.Value) *dax.Value { return &v }
	for _, c := range []struct {
		v    dax.Value
		to   dax.Type
		want *dax.Value
	}{
		{dax.Value{}, dax.Int64, val(dax.Value{})}, {dax.Value{}, dax.String, val(dax.Value{})}, {dax.Value{}, dax.Boolean, val(dax.Value{})},
		{dax.IntOf(7), dax.Int64, val(dax.IntOf(7))}, {dax.IntOf(math.MaxInt64 - 1), dax.Int64, val(dax.IntOf(math.MaxInt64 - 1))},
		{dax.IntOf(math.MaxInt64), dax.Int64, no}, {dax.IntOf(math.MinInt64), dax.Int64, no}, {dax.IntOf(math.MinInt64 + 1), dax.Int64, val(dax.IntOf(math.MinInt64 + 1))},
		{dax.IntOf(7), dax.Double, val(dax.FloatOf(7))}, {dax.IntOf(1<<53 + 1), dax.Double, val(dax.FloatOf(1 << 53))},
		{dax.IntOf(7), dax.Decimal, val(dax.DecimalOf(70_000))}, {dax.IntOf(922_337_203_685_477), dax.Decimal, val(dax.DecimalOf(9_223_372_036_854_770_000))}, {dax.IntOf(922_337_203_685_478), dax.Decimal, no},
		{dax.IntOf(7), dax.String, val(dax.TextOf("7"))}, {dax.IntOf(7), dax.DateTime, no}, {dax.IntOf(1), dax.Boolean, no},
		{dax.FloatOf(7), dax.Int64, val(dax.IntOf(7))}, {dax.FloatOf(7.5), dax.Int64, no}, {dax.FloatOf(1e19), dax.Int64, no}, {dax.FloatOf(-1 << 63), dax.Int64, no},
		{dax.FloatOf(1.00005), dax.Decimal, val(dax.DecimalOf(10_001))}, {dax.FloatOf(1e15), dax.Decimal, no}, {dax.FloatOf(-1e15), dax.Decimal, no},
		{dax.FloatOf(0.5), dax.String, val(dax.TextOf("0.5"))}, {dax.FloatOf(0.5), dax.Boolean, no}, {dax.FloatOf(45000.5), dax.DateTime, no},
		{dax.FloatOf(math.NaN()), dax.Double, no}, {dax.FloatOf(math.Inf(1)), dax.Double, no}, {dax.FloatOf(math.Inf(-1)), dax.String, no},
		{dax.FloatOf(1e-310), dax.Double, no}, {dax.FloatOf(0x1p-1022), dax.Double, val(dax.FloatOf(0x1p-1022))}, {dax.FloatOf(math.MaxFloat64), dax.Double, val(dax.FloatOf(math.MaxFloat64))}, {dax.FloatOf(0), dax.Double, val(dax.FloatOf(0))},
		{dax.DecimalOf(12_300), dax.Double, val(dax.FloatOf(1.23))}, {dax.DecimalOf(20_000), dax.Int64, val(dax.IntOf(2))}, {dax.DecimalOf(20_001), dax.Int64, no},
		{dax.DecimalOf(math.MaxInt64), dax.Decimal, val(dax.DecimalOf(math.MaxInt64))}, {dax.DecimalOf(math.MinInt64), dax.Decimal, no},
		{dax.BoolOf(true), dax.Boolean, val(dax.BoolOf(true))}, {dax.BoolOf(true), dax.Int64, no}, {dax.BoolOf(true), dax.String, no},
		{at(2026, 1, 2, 3, 4, 5), dax.DateTime, val(at(2026, 1, 2, 3, 4, 5))}, {at(2026, 1, 2, 0, 0, 0), dax.String, no}, {at(2026, 1, 2, 0, 0, 0), dax.Double, no},
		{at(1899, 12, 30, 8, 0, 0), dax.DateTime, val(at(1899, 12, 30, 8, 0, 0))}, {at(1899, 12, 29, 23, 59, 59), dax.DateTime, no}, {at(1, 1, 1, 0, 0, 0), dax.DateTime, no},
		{at(9999, 12, 31, 23, 59, 59), dax.DateTime, val(at(9999, 12, 31, 23, 59, 59))}, {at(10000, 1, 1, 0, 0, 0), dax.DateTime, no},
		{dax.TextOf("7"), dax.String, val(dax.TextOf("7"))}, {dax.TextOf("7"), dax.Int64, no}, {dax.TextOf(""), dax.Double, no}, {dax.TextOf("TRUE"), dax.Boolean, no},
		{dax.TextOf("x"), dax.Variant, val(dax.TextOf("x"))}, {dax.IntOf(1), dax.Variant, val(dax.IntOf(1))}, {dax.IntOf(1), dax.Rows, no},
	} {
		got, ok := Enter(c.v, c.to)
		if ok != (c.want != nil) || ok && got != *c.want {
			t.Errorf("%v (%v) into %v: %v, %v", c.v, c.v.Type(), c.to, got, ok)
		}
	}
}

// value draws a value of any type.
func value(t *rapid.T) dax.Value {
	switch rapid.IntRange(0, 6).Draw(t, "type") {
	case 0:
		return dax.Value{}
	case 1:
		return dax.IntOf(rapid.Int64().Draw(t, "int"))
	case 2:
		return dax.FloatOf(rapid.Float64().Draw(t, "float"))
	case 3:
		return dax.DecimalOf(rapid.Int64().Draw(t, "units"))
	case 4:
		return dax.DateOf(rapid.Int64Range(-1<<57, 1<<58).Draw(t, "micros"))
	case 5:
		return dax.BoolOf(rapid.Bool().Draw(t, "bool"))
	}
	return dax.TextOf(rapid.String().Draw(t, "text"))
}

// TestNeverSilent holds for every value and every column: what enters has the type of the
// column and lies in its range, is not blank unless it was, is a zero only if it was nearly
// one, and enters again as itself.
func TestNeverSilent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := value(t)
		for _, x := range Types {
			got, ok := Enter(v, x.DAX)
			if !ok {
				if got != (dax.Value{}) {
					t.Fatalf("%v into %s: %v does not enter and is given all the same", v, x.Word, got)
				}
				continue
			}
			if got.IsBlank() != v.IsBlank() || !got.IsBlank() && x.DAX != dax.Variant && got.Type() != x.DAX || !Fits(got) {
				t.Fatalf("%v into %s: %v", v, x.Word, got)
			}
			if f := math.Abs(v.Float()); x.DAX != dax.String && got.Type() != dax.String && got.Float() == 0 && f >= 0.00005 {
				t.Fatalf("%v into %s became 0", v, x.Word)
			}
			if again, ok := Enter(got, x.DAX); !ok || again != got {
				t.Fatalf("%v into %s: %v enters again as %v", v, x.Word, got, again)
			}
		}
	})
}

func TestOf(t *testing.T) {
	for word, want := range map[string]dax.Type{"Int64": dax.Int64, "dateTime": dax.DateTime, "binary": dax.Variant, "automatic": dax.Variant, "unknown": dax.Variant} {
		if x, ok := Of(word); !ok || x.DAX != want {
			t.Errorf("%s: %v", word, x)
		}
	}
	if _, ok := Of("money"); ok {
		t.Error("money is no data type")
	}
}

// TestDocumented holds that the page says of each type what the code does.
func TestDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/howto/import.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range Types {
		if !strings.Contains(string(page), "| "+x.Name+" | `"+x.Word+"` | "+x.Range+" |") {
			t.Errorf("docs/howto/import.md does not say: %s, `%s`, %s", x.Name, x.Word, x.Range)
		}
	}
}
