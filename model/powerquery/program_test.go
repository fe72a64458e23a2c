package powerquery

import (
	"context"
	"errors"
	"fmt"
	"maps"
	goruntime "runtime"
	"slices"
	"strings"
	"testing"

	"inlay"
	"inlay/model"
)

// writer writes a program of M that the bytes choose: unlike bytes that are the text themselves,
// nearly all of them are programs that evaluate.
type writer struct {
	choices []byte
	names   []string // of the library
	b       strings.Builder
}

// choose is a number below n.
func (w *writer) choose(n int) int {
	if len(w.choices) == 0 {
		return 0
	}
	c := int(w.choices[0])
	if w.choices = w.choices[1:]; n > 256 && len(w.choices) > 0 {
		c = c<<8 | int(w.choices[0])
		w.choices = w.choices[1:]
	}
	return c % n
}

// atoms are values that functions find hard.
var atoms = []string{
	"1", "0", "-1", "null", "true", `""`, `"a"`, `"A,b;1.5"`, "1.5", "1e308", "9223372036854775807", "-9223372036854775808", "1e12", "#nan", "#infinity", `"#(00e9)#(lf)#(tab)"`,
	"{}", "{1, null, \"b\"}", "{3, 1, 2}", "{1..5}", "[]", "[a = 1, b = null]", "{[a = 1, b = \"x\"], [a = null, b = \"y\"]}", `{"a", "b"}`, `{{"a", "c"}}`, `{"a", "zz"}`,
	`#table({"a", "b"}, {{1, "x"}, {null, "y"}, {1, "z"}})`, "#table({}, {})", `#table({"a"}, {})`, "#date(2024, 2, 29)", "#date(1, 1, 1)", "#date(9999, 12, 31)", "#time(23, 59, 59)",
	"#datetime(2026, 6, 30, 12, 0, 0)", "#datetimezone(2026, 6, 30, 12, 0, 0, 14, 0)", "#duration(1, 2, 3, 4)", "#duration(10000000, 0, 0, 0)", "each _", "each [a]", "each true", "each _ + 1",
	"(x, y) => x", "(x) => error x", "() => 1", "type text", "type number", "Int64.Type", "type table [a = number]", "type {number}", `#binary({1, 2, 255})`, `Text.ToBinary("PK")`,
	"Order.Descending", "JoinKind.FullOuter", "Comparer.OrdinalIgnoreCase", `"en-US"`, `"de-DE"`, `"%d yyyy"`, `"D2"`, "try error \"x\"", "...", "Text.Length", "List.Sum", "_", "AsAt", `{"a", type number}`, `{{"a", each _ + 1}}`,
	"1000000", "List.Repeat({1}, 1000)", `Text.Repeat("ab", 1000)`, "MissingField.UseNull", `[Format = "yyyy", Culture = "de-DE"]`,
}

// subjects are first arguments that the functions of a family take.
var subjects = map[string][]string{
	"Table": {`#table({"a", "b"}, {{1, "x"}, {null, "y"}, {1, "z"}})`, `#table(type table [a = number, b = text], {{2, "q"}})`, `#table({"a"}, {})`, `Table.FromColumns({{1..300}, {"x", "y"}}, {"a", "b"})`, `Table.Group(#table({"a", "b"}, {{1, 2}, {1, 3}}), "a", {"b", each _})`, `Table.Buffer(#table({"a"}, {{#table({"x"}, {{1}})}, {[b = 1]}}))`},
	"List":  {"{1, 2, 3}", `{"b", null, "a"}`, "{}", "{1..500}", "{{1, 2}, {3}}", "{#date(2026, 1, 1), #date(2025, 1, 1)}", "{1, 1.5, #nan}"},
	"Text":  {`"ab, cd"`, `""`, `"#(00e9)#(1F600)x"`, `"2026-01-31"`, `Text.Repeat("ab", 300)`}, "Record": {"[a = 1, b = 2]", "[]", "[a = [b = 1]]"},
	"Number": {"1.5", "-7", "1e300", "9223372036854775807", `"1,5"`}, "Date": {"#date(2024, 2, 29)", "#date(1, 1, 1)", `"31.12.2026"`, "#datetime(9999, 12, 31, 23, 59, 59)"},
	"DateTime": {"#datetime(2026, 6, 30, 12, 0, 0)", `"2026-06-30T12:00"`}, "DateTimeZone": {"#datetimezone(2026, 6, 30, 12, 0, 0, -5, 30)"}, "Time": {"#time(0, 0, 0.5)", `"23:59"`},
	"Duration": {"#duration(1, 2, 3, 4.5)", `"1.02:03:04"`}, "Binary": {"#binary({80, 75, 3, 4})", `Binary.FromText("AAEC")`}, "Json": {`"{""a"": [1, null, {}]}"`, "[a = {1}]"}, "Lines": {`"a#(cr,lf)b"`, "{1}"},
	"Csv": {`Text.ToBinary("a,b#(lf)1,2")`}, "Replacer": {`"aba"`}, "Value": {"1", "[a = 1]", "type number"}, "Type": {"type table [a = number]", "type {text}", "Int64.Type"},
	"Function": {"(x) => x", "List.Sum"}, "Logical": {"true", `"false"`}, "Expression": {`"1 + 1"`, `"let"`}, "Excel": {"#binary({80, 75, 3, 4})"},
}

// expr writes an expression, and none in it deeper than depth.
func (w *writer) expr(depth int) {
	if depth == 0 {
		w.b.WriteString(atoms[w.choose(len(atoms))])
		return
	}
	switch w.choose(16) {
	case 0:
		w.b.WriteString("if ")
		w.expr(depth - 1)
		w.b.WriteString(" then ")
		w.expr(depth - 1)
		w.b.WriteString(" else ")
		w.expr(depth - 1)
	case 1:
		w.b.WriteString("(")
		w.expr(depth - 1)
		fmt.Fprintf(&w.b, ") %s (", []string{"+", "-", "*", "/", "&", "=", "<>", "<", "and", "or", "??", "meta"}[w.choose(12)])
		w.expr(depth - 1)
		w.b.WriteString(")")
	case 2:
		w.b.WriteString("let s = (")
		w.expr(depth - 1)
		w.b.WriteString("), _ = s in ")
		w.expr(depth - 1)
	case 3:
		w.list("{", "}", depth)
	case 4:
		w.b.WriteString("(each ")
		w.expr(depth - 1)
		w.b.WriteString(")")
	case 5:
		w.b.WriteString("(")
		w.expr(depth - 1)
		w.b.WriteString([]string{")[a]", ")[a]?", "){0}", "){[a = 1]}?", ")[[a], [zz]]?"}[w.choose(5)])
	case 6:
		w.b.WriteString("(try ")
		w.expr(depth - 1)
		w.b.WriteString(" otherwise ")
		w.expr(depth - 1)
		w.b.WriteString(")")
	case 7:
		w.b.WriteString(atoms[w.choose(len(atoms))])
	default:
		name := w.names[w.choose(len(w.names))]
		w.b.WriteString(name + "(")
		family, _, _ := strings.Cut(name, ".")
		if fit := subjects[family]; len(fit) > 0 && w.choose(4) > 0 {
			w.b.WriteString(fit[w.choose(len(fit))])
		} else {
			w.expr(depth - 1)
		}
		w.list(", ", ")", depth)
	}
}

// list writes up to five expressions. What opens them is left out if there are none.
func (w *writer) list(open, end string, depth int) {
	n := w.choose(6)
	if n > 0 || open != ", " {
		w.b.WriteString(open)
	}
	for i := range n {
		if i > 0 {
			w.b.WriteString(", ")
		}
		w.expr(depth - 1)
	}
	w.b.WriteString(end)
}

// functions are those of the library; what the time or chance decides is left out, so that a
// finding can be found again.
func functions() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(library)), func(name string) bool {
		return library[name].kind != Function || strings.Contains(name, "Random") || strings.HasPrefix(name, "#") || name == "Table.Buffer"
	})
}

// FuzzProgram: programs of random calls neither crash the evaluator nor run beyond its bounds, an
// error has a place, and Inspect finds no fault with names that the evaluation found.
func FuzzProgram(f *testing.F) {
	names := functions()
	for i := range names { // each function with the values that are hard
		seed := []byte{9, byte(i >> 8), byte(i), byte(i % 4), byte(i / 4), byte(i % 6)}
		for k := range 8 {
			seed = append(seed, 7, byte(i*7+k*13))
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, choices []byte) {
		if len(choices) > 256 {
			return
		}
		w := writer{choices: choices, names: names}
		w.expr(3)
		runProgram(t, w.b.String())
	})
}

// runProgram evaluates a program and all that its value holds.
func runProgram(t *testing.T, m string) {
	t.Helper()
	cfg := testConfig()
	cfg.MaxSteps = 20_000
	var before, after goruntime.MemStats
	goruntime.ReadMemStats(&before)
	_, err := evaluated(cfg, m)
	goruntime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 6<<30 {
		t.Fatalf("%s\nallocated %d MB", m, used>>20)
	}
	e := (*Error)(nil)
	if err != nil && (!errors.As(err, &e) || e.Msg == "" || inlay.KindOf(err) == inlay.Internal) {
		t.Fatalf("%s\nis not the error of a query: %v", m, err)
	}
	for _, x := range Inspect(cfg.Queries, "T", model.Partition{Name: "p", Source: m}) {
		if err == nil && x.Kind == inlay.Invalid && !strings.Contains(x.Msg, "is not known") {
			t.Fatalf("%s\nevaluates, and Inspect says %v", m, x)
		}
	}
	_, _ = Scalar(context.Background(), cfg, "fuzz", m)
}
