package dax

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var (
	blank = Value{}
	day   = TimeOf(time.Date(2024, 3, 31, 0, 0, 0, 0, time.UTC))
	first = TimeOf(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))
)

// TestOperators shows types and BLANK in arithmetic and comparison. Types are those of the
// tables in desktop-data-types.md; a result of "error: x" is an error that contains x.
func TestOperators(t *testing.T) {
	tests := []struct {
		a    Value
		op   string
		b    Value
		want string
	}{
		{blank, "+", blank, "Blank BLANK()"}, {blank, "+", IntOf(5), "Integer 5"}, {IntOf(5), "-", blank, "Integer 5"},
		{blank, "-", IntOf(5), "Integer -5"}, {blank, "*", IntOf(5), "Blank BLANK()"}, {IntOf(5), "*", blank, "Blank BLANK()"},
		{TextOf("x"), "*", blank, "Blank BLANK()"}, {blank, "/", IntOf(5), "Blank BLANK()"}, {blank, "/", blank, "Blank BLANK()"},
		{IntOf(5), "/", blank, "Number inf"}, {IntOf(-5), "/", IntOf(0), "Number -inf"}, {IntOf(0), "/", IntOf(0), "Number -nan(ind)"},
		{IntOf(7), "/", IntOf(2), "Number 3.5"}, {IntOf(2), "*", IntOf(3), "Integer 6"}, {IntOf(2), "+", FloatOf(0.5), "Number 2.5"},
		{IntOf(2), "^", IntOf(3), "Number 8.0"}, {IntOf(0), "^", IntOf(-1), "error: too large"}, {FloatOf(-8), "^", FloatOf(.5), "error: not a number"},

		{IntOf(math.MaxInt64), "+", IntOf(1), "error: too large"}, {IntOf(math.MinInt64), "-", IntOf(1), "error: too large"},
		{IntOf(math.MaxInt64), "*", IntOf(2), "error: too large"}, {IntOf(math.MaxInt64), "-", IntOf(-1), "error: too large"},

		{DecimalOf(15000), "+", IntOf(1), "Currency CURRENCY(2.5)"}, {DecimalOf(15000), "-", DecimalOf(1), "Currency CURRENCY(1.4999)"},
		{DecimalOf(15000), "*", IntOf(2), "Currency CURRENCY(3)"}, {DecimalOf(15000), "*", DecimalOf(15000), "Number 2.25"},
		{DecimalOf(10000), "/", IntOf(3), "Currency CURRENCY(0.3333)"}, {IntOf(-2), "/", DecimalOf(30000), "Currency CURRENCY(-0.6667)"},
		{DecimalOf(10000), "/", DecimalOf(30000), "Number 0.3333333333333333"}, {DecimalOf(10000), "/", IntOf(0), "Number inf"},
		{DecimalOf(15000), "*", FloatOf(0.5), "Currency CURRENCY(0.75)"}, {DecimalOf(math.MaxInt64), "+", DecimalOf(1), "error: too large"},

		{day, "+", IntOf(1), `Date dt"2024-04-01"`}, {IntOf(1), "+", day, `Date dt"2024-04-01"`}, {day, "-", IntOf(1), `Date dt"2024-03-30"`},
		{day, "-", first, `Date dt"1900-03-30"`}, {IntOf(50000), "-", day, "Number 4618.0"}, {day, "*", IntOf(1), "Number 45382.0"},
		{day, "-", FloatOf(.25), `Date dt"2024-03-30T18:00:00"`}, {day, "+", FloatOf(1e9), "error: no date"}, {blank, "-", day, "Number -45382.0"},

		{TextOf("3"), "+", IntOf(1), "Integer 4"}, {TextOf(" 3.5 "), "+", IntOf(0), "Number 3.5"}, {TextOf("3,5"), "+", IntOf(0), "Integer 35"},
		{TextOf("$3"), "+", IntOf(0), "Integer 3"}, {TextOf("1e3"), "+", IntOf(0), "Number 1000.0"}, {TextOf("2024-01-15"), "+", IntOf(1), "Number 45307.0"},
		{TextOf("x"), "+", IntOf(1), `error: cannot convert "x" of type Text to Number`}, {TextOf(""), "+", IntOf(1), "error: cannot convert"},
		{blank, "+", TextOf("x"), "error: cannot convert"}, {TextOf("Inf"), "+", IntOf(1), "error: cannot convert"}, {TextOf("0x10"), "+", IntOf(1), "error: cannot convert"},
		{BoolOf(true), "+", IntOf(1), "Integer 2"},

		{TextOf("a"), "&", IntOf(3), `Text "a3"`}, {blank, "&", TextOf("x"), `Text "x"`}, {blank, "&", blank, "Blank BLANK()"},
		{BoolOf(true), "&", blank, `Text "True"`}, {day, "&", blank, `Text "3/31/2024"`}, {DecimalOf(12500), "&", blank, `Text "1.25"`},

		{blank, "=", IntOf(0), "True/False TRUE"}, {blank, "=", TextOf(""), "True/False TRUE"}, {blank, "=", BoolOf(false), "True/False TRUE"},
		{blank, "=", TimeOf(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)), "True/False TRUE"}, {blank, "=", blank, "True/False TRUE"},
		{blank, "<>", IntOf(50), "True/False TRUE"}, {blank, ">", IntOf(-1), "True/False TRUE"}, {blank, "<", TextOf("a"), "True/False TRUE"},
		{blank, "==", IntOf(0), "True/False FALSE"}, {blank, "==", blank, "True/False TRUE"}, {blank, "==", TextOf(""), "True/False FALSE"},
		{IntOf(1), "==", FloatOf(1), "True/False TRUE"}, {TextOf("STRASSE"), "=", TextOf("strasse"), "True/False TRUE"},
		{TextOf("É"), "=", TextOf("é"), "True/False TRUE"}, {TextOf("é"), "=", TextOf("e"), "True/False FALSE"}, {TextOf("ab"), "=", TextOf("ab "), "True/False FALSE"},
		{DecimalOf(10000), "=", IntOf(1), "True/False TRUE"}, {IntOf(1<<53 + 1), "=", FloatOf(1 << 53), "True/False FALSE"}, {day, ">", IntOf(45381), "True/False TRUE"},
		{FloatOf(math.NaN()), "=", FloatOf(math.NaN()), "True/False FALSE"}, {FloatOf(math.NaN()), "<>", IntOf(1), "True/False TRUE"}, {FloatOf(math.NaN()), "<", IntOf(1), "True/False FALSE"},
		{TextOf("1"), ">", IntOf(0), "error: values of type Text cannot be compared with values of type Integer"},
		{BoolOf(true), "=", IntOf(1), "error: cannot be compared"}, {TextOf("1"), "==", IntOf(1), "error: cannot be compared"},

		{BoolOf(true), "&&", blank, "True/False FALSE"}, {blank, "&&", blank, "Blank BLANK()"}, {blank, "||", BoolOf(true), "True/False TRUE"},
		{blank, "||", blank, "Blank BLANK()"}, {IntOf(2), "&&", FloatOf(.1), "True/False TRUE"}, {TextOf("true"), "&&", BoolOf(true), "error: cannot convert"},
		{IntOf(1), "??", IntOf(1), "error: not known"},
	}
	for _, tt := range tests {
		got, err := Apply(tt.op, tt.a, tt.b)
		text := got.Type().String() + " " + got.String()
		if err != nil {
			text = "error: " + err.Error()
		}
		if text != tt.want && !(strings.HasPrefix(tt.want, "error: ") && err != nil && strings.Contains(text, tt.want[7:])) {
			t.Errorf("%s %s %s is %s, want %s", tt.a, tt.op, tt.b, text, tt.want)
		}
	}
}

func TestNegate(t *testing.T) {
	for _, tt := range []struct {
		v    Value
		want string
	}{{IntOf(3), "Integer -3"}, {blank, "Blank BLANK()"}, {TextOf("3"), "Integer -3"}, {BoolOf(true), "Integer -1"}, {day, "Number -45382.0"}, {DecimalOf(5), "Currency CURRENCY(-0.0005)"}} {
		got, err := Neg(tt.v)
		if text := got.Type().String() + " " + got.String(); err != nil || text != tt.want {
			t.Errorf("-%s is %s, %v, want %s", tt.v, text, err, tt.want)
		}
	}
	if _, err := Neg(IntOf(math.MinInt64)); err == nil {
		t.Error("no error for the least whole number")
	}
}

// TestNumberText shows numbers as text: 15 digits, and when they are written with exponent.
func TestNumberText(t *testing.T) {
	for f, want := range map[float64]string{
		1.0 / 3: "0.333333333333333", 1561.0900000000001: "1561.09", 4: "4", 0.1 + 0.2: "0.3", -0.11688485470237962: "-0.11688485470238",
		1e-7: "0.0000001", 1.234567e-9: "0.000000001234567", 1.2345678e-9: "1.2345678E-09", 5e-15: "0.000000000000005", 5e-16: "5E-16",
		1.0 / 30: "3.33333333333333E-02", 123456789012345: "123456789012345", 12345678901234.5: "12345678901234.5", 1e14: "100000000000000",
		1e15: "1E+15", 1.23456789012345678e17: "1.23456789012346E+17", 1e-21: "1E-21", math.Copysign(0, -1): "0", 1e300: "1E+300",
	} {
		if got := FloatOf(f).ToText(); got != want {
			t.Errorf("%g is %s, want %s", f, got, want)
		}
	}
}

func TestDateText(t *testing.T) {
	for layout, want := range map[string]string{
		"2025-07-01 00:00:00": "7/1/2025", "2025-07-01 12:00:00": "7/1/2025 12:00:00 PM", "2025-07-01 00:00:01": "7/1/2025 12:00:01 AM",
		"1899-12-30 00:00:00": "12:00:00 AM", "1899-12-30 13:05:09": "1:05:09 PM",
	} {
		m, err := time.Parse("2006-01-02 15:04:05", layout)
		if err != nil {
			t.Fatal(err)
		}
		if got := TimeOf(m).ToText(); got != want {
			t.Errorf("%s is %s, want %s", layout, got, want)
		}
	}
}

func TestConversions(t *testing.T) {
	for s, want := range map[string]string{
		"1/8/2009": `dt"2009-01-08"`, "20/4/2018": `dt"2018-04-20"`, "March 3, 2008": `dt"2008-03-03"`, "2024-03-15 14:30": `dt"2024-03-15T14:30:00"`,
		"2:30 pm": `dt"1899-12-30T14:30:00"`, "45292": `dt"2024-01-01"`, "2024-03-15T10:00:00": `dt"2024-03-15T10:00:00"`,
	} {
		got, err := TextOf(s).ToTime()
		if err != nil || got.String() != want {
			t.Errorf("%q is %s, %v, want %s", s, got, err, want)
		}
	}
	if _, err := TextOf("soon").ToTime(); err == nil {
		t.Error("no error")
	}
	for v, want := range map[Value]int64{FloatOf(2.5): 3, FloatOf(-2.5): -3, DecimalOf(25000): 3, DecimalOf(-25000): -3, TextOf("7"): 7, blank: 0, BoolOf(true): 1} {
		if got, err := v.ToInt(); err != nil || got != want {
			t.Errorf("%s is %d, %v, want %d", v, got, err, want)
		}
	}
	for _, v := range []Value{FloatOf(1e19), FloatOf(math.NaN()), TextOf("x")} {
		if got, err := v.ToInt(); err == nil {
			t.Errorf("%s is the whole number %d", v, got)
		}
	}
}

func TestKey(t *testing.T) {
	same := [][2]Value{{TextOf("Ab"), TextOf("aB")}, {IntOf(1), FloatOf(1)}, {DecimalOf(12500), FloatOf(1.25)}, {IntOf(45382), day}}
	for _, p := range same {
		if p[0].Key() != p[1].Key() {
			t.Errorf("%s and %s have different keys", p[0], p[1])
		}
	}
	seen := map[string]Value{}
	for _, v := range []Value{blank, TextOf(""), TextOf("-"), IntOf(0), BoolOf(false), BoolOf(true), IntOf(1), TextOf("1"), TextOf("n1"), IntOf(1<<53 + 1), FloatOf(1 << 53), FloatOf(1.5), TextOf("é"), TextOf("e")} {
		if other, ok := seen[v.Key()]; ok {
			t.Errorf("%s and %s have the same key", v, other)
		}
		seen[v.Key()] = v
	}
}

func TestJSON(t *testing.T) {
	for want, v := range map[string]Value{
		"null": blank, "true": BoolOf(true), "9007199254740993": IntOf(1<<53 + 1), "1.25": DecimalOf(12500), "0.1": FloatOf(.1), "1e+300": FloatOf(1e300),
		`"a\"\u003c"`: TextOf(`a"<`), `"2024-03-31T00:00:00"`: day, `"-Infinity"`: FloatOf(math.Inf(-1)), `"NaN"`: FloatOf(math.NaN()),
	} {
		if got := string(v.AppendJSON(nil)); got != want {
			t.Errorf("%s is %s in JSON, want %s", v, got, want)
		}
	}
}

// TestCompareProperty checks that Compare orders numbers of all types as one line.
func TestCompareProperty(t *testing.T) {
	number := rapid.Custom(func(t *rapid.T) Value {
		switch rapid.IntRange(0, 4).Draw(t, "type") {
		case 0:
			return IntOf(rapid.Int64().Draw(t, "n"))
		case 1:
			return DecimalOf(rapid.Int64().Draw(t, "units"))
		case 2:
			return FloatOf(rapid.Float64().Draw(t, "f"))
		case 3:
			return FloatOf(float64(rapid.Int64Range(1<<53-3, 1<<53+3).Draw(t, "edge")))
		}
		return IntOf(rapid.Int64Range(1<<53-3, 1<<53+3).Draw(t, "edge"))
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := number.Draw(t, "a"), number.Draw(t, "b")
		ab, err := Compare(a, b)
		if err != nil {
			t.Fatal(err)
		}
		if ba, _ := Compare(b, a); ba != -ab {
			t.Fatalf("%s and %s compare as %d and %d", a, b, ab, ba)
		}
		if (ab == 0) != (a.Key() == b.Key()) && a.Type() == Int64 && b.Type() == Int64 {
			t.Fatalf("%s and %s compare as %d and have keys %s and %s", a, b, ab, a.Key(), b.Key())
		}
	})
}
