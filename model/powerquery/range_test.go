package powerquery

import (
	"math"
	"testing"

	"inlay/dax"
	"inlay/model/datatype"
	"inlay/model/powerquery/culture"
)

// TestLoadedAsDocumented compares what a query's cells become in a column with the one table
// of data types: where both speak of the same kind of value they say the same.
func TestLoadedAsDocumented(t *testing.T) {
	c, ok := culture.Find("en-GB")
	if !ok {
		t.Fatal("no culture")
	}
	compared := 0
	for _, pair := range []struct {
		cell  Value
		value dax.Value
	}{
		{integer(0), dax.IntOf(0)}, {integer(-7), dax.IntOf(-7)}, {integer(math.MaxInt64), dax.IntOf(math.MaxInt64)}, {integer(math.MinInt64), dax.IntOf(math.MinInt64)},
		{integer(922_337_203_685_478), dax.IntOf(922_337_203_685_478)},
		{number(2), dax.FloatOf(2)}, {number(2.5), dax.FloatOf(2.5)}, {number(1e300), dax.FloatOf(1e300)}, {number(1e-310), dax.FloatOf(1e-310)}, {number(-1e19), dax.FloatOf(-1e19)},
		{logical(true), dax.BoolOf(true)}, {text("abc"), dax.TextOf("abc")},
	} {
		for _, x := range datatype.Types {
			if x.DAX == dax.String && pair.cell.kind == Number {
				continue // M and DAX write fractions with other digits
			}
			if x.DAX == dax.Variant || datatype.How(pair.value.Type(), x.DAX) == datatype.Read {
				continue
			}
			compared++
			want, enters := datatype.Enter(pair.value, x.DAX)
			got, ok := pair.cell.As(x.DAX, c)
			if ok != enters || ok && got != want {
				t.Errorf("%v into %s: loaded %v, %v; documented %v, %v", pair.value, x.Word, got, ok, want, enters)
			}
		}
	}
	if compared < 40 {
		t.Errorf("%d were compared", compared)
	}
	if _, ok := text("0001-01-01").As(dax.DateTime, c); ok {
		t.Error("a date before the range was loaded")
	}
	if v, ok := (Value{kind: Time, n: 8 * 3_600_000_000}).As(dax.DateTime, c); !ok || v.Time().Hour() != 8 {
		t.Errorf("a time of day: %v, %v", v, ok)
	}
}
