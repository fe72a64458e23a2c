package query

import (
	"math"
	"math/big"
	"testing"

	"inlay/dax"
)

func TestPromised(t *testing.T) {
	exact := func(digits string, scale int, typ dax.Type) (dax.Value, error) {
		n, _ := new(big.Int).SetString(digits, 10)
		return Exact(n, scale, typ)
	}
	whole := func(n int64, typ dax.Type) func() (dax.Value, error) {
		return func() (dax.Value, error) { return Whole(n, typ) }
	}
	floating := func(f float64, typ dax.Type) func() (dax.Value, error) {
		return func() (dax.Value, error) { return Floating(f, typ) }
	}
	decimal := func(digits string, scale int, typ dax.Type) func() (dax.Value, error) {
		return func() (dax.Value, error) { return exact(digits, scale, typ) }
	}
	for name, c := range map[string]struct {
		give func() (dax.Value, error)
		want dax.Value // blank: an error
	}{
		"whole":                             {whole(7, dax.Int64), dax.IntOf(7)},
		"whole as decimal":                  {whole(7, dax.Decimal), dax.DecimalOf(70_000)},
		"whole too large":                   {whole(math.MaxInt64/10_000+1, dax.Decimal), dax.Value{}},
		"whole as text":                     {whole(7, dax.String), dax.Value{}},
		"floating as whole":                 {floating(7, dax.Int64), dax.IntOf(7)},
		"fraction as whole":                 {floating(7.5, dax.Int64), dax.Value{}},
		"floating beyond 64 bits":           {floating(0x1p63, dax.Int64), dax.Value{}},
		"decimal":                           {decimal("-125", 2, dax.Decimal), dax.DecimalOf(-12_500)},
		"decimal with zeros":                {decimal("1250000", 6, dax.Variant), dax.DecimalOf(12_500)},
		"decimal with five digits":          {decimal("-1", 5, dax.Decimal), dax.Value{}},
		"decimal too large":                 {decimal("922337203685478", 0, dax.Decimal), dax.Value{}},
		"decimal that is whole":             {decimal("700", 2, dax.Int64), dax.IntOf(7)},
		"decimal that is not whole":         {decimal("701", 2, dax.Int64), dax.Value{}},
		"decimal beyond 64 bits":            {decimal("9223372036854775808", 0, dax.Int64), dax.Value{}},
		"decimal where a date was promised": {decimal("1", 0, dax.DateTime), dax.Value{}},
	} {
		got, err := c.give()
		if got != c.want || (err == nil) == c.want.IsBlank() {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}
