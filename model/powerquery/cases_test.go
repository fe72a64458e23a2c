package powerquery

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inlay/model/powerquery/syntax"
)

// literal writes a value as M would, to compare and to show it.
func literal(ev *evaluator, v Value) string {
	v, err := ev.settle(v)
	if err != nil {
		return "error " + err.Error()
	}
	var parts []string
	switch v.kind {
	case Null:
		return "null"
	case Text:
		return fmt.Sprintf("%q", v.s)
	case List:
		for _, it := range v.items() {
			parts = append(parts, literal(ev, it))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case RecordOf:
		for i, n := range v.record().head.names {
			parts = append(parts, n+" = "+literal(ev, v.record().vals[i]))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case TableOf:
		rows, err := ev.hold(v.tableRef())
		if err != nil {
			return "error " + err.Error()
		}
		for _, r := range rows {
			var cells []string
			for _, x := range r {
				if x.kind == Failed {
					cells = append(cells, "error")
					continue
				}
				cells = append(cells, literal(ev, x))
			}
			parts = append(parts, "{"+strings.Join(cells, ", ")+"}")
		}
		return fmt.Sprintf("#table(%q, {%s})", v.tableRef().names(), strings.Join(parts, ", "))
	case Integer, Number, Decimal:
		s, _ := toText(v, ev.culture)
		return s
	case TypeOf:
		return "type " + typeText(v.ref.(Type))
	}
	s, _ := toText(v, ev.culture)
	if v.kind == Time || v.kind == DateTime || v.kind == Zoned {
		s += fmt.Sprint(" ", v.n%(60*second)) // microseconds of the minute, which texts leave out
	}
	return "#" + v.kind.String() + "(" + s + ")"
}

// typeText writes a type as M would.
func typeText(t Type) string {
	more := t.rest()
	columns := func(list []Column, sign string) string {
		var parts []string
		for i, c := range list {
			optional := more.optional[c.Name] || sign == " as " && i >= more.least
			parts = append(parts, map[bool]string{true: "optional "}[optional]+c.Name+sign+typeText(c.Type))
		}
		if more.open {
			parts = append(parts, "...")
		}
		return strings.Join(parts, ", ")
	}
	name := t.Name
	switch {
	case more.result != nil:
		name += " (" + columns(more.params, " as ") + ") as " + typeText(*more.result)
	case more.item != nil:
		name = "{" + typeText(*more.item) + "}"
	case t.Name == "record" && (more.open || len(t.Fields) > 0), t.Name == "table" && len(t.Fields) > 0:
		name = strings.TrimPrefix(name, "record") + "[" + columns(t.Fields, " = ") + "]"
	}
	return map[bool]string{true: "nullable "}[t.Nullable && t.Name != "any"] + name
}

// evaluated gives the value of an expression as M writes it.
func evaluated(cfg Config, m string) (string, error) {
	ev, err := newEvaluator(context.Background(), cfg, "")
	if err != nil {
		return "", err
	}
	v, err := ev.run("", "case", m)
	if err != nil {
		return "", err
	}
	return literal(ev, v), nil
}

// TestCases runs testdata/cases/*.txt: an expression, a line that begins with =>, and an
// expression of the same value, or "error" and a part of the message. A blank line parts them.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases in testdata/cases: %v", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, block := range strings.Split(string(data), "\n\n") {
				in, want, ok := strings.Cut(strings.TrimSpace(block), "\n=>")
				if !ok {
					if s := strings.TrimSpace(block); s != "" && !strings.HasPrefix(s, "//") {
						t.Errorf("no => in %q", s)
					}
					continue
				}
				n++
				oneCase(t, in, strings.TrimSpace(want))
			}
			if n == 0 {
				t.Error("the file holds no case")
			}
		})
	}
}

func oneCase(t *testing.T, in, want string) {
	t.Helper()
	cfg := testConfig()
	cfg.Culture = "en-US"
	got, err := evaluated(cfg, in)
	if msg, isError := strings.CutPrefix(want, "error "); isError {
		if err == nil || !strings.Contains(err.Error(), msg) {
			t.Errorf("%s\n got %s, %v\nwant an error with %q", in, got, err, msg)
		}
		return
	}
	if err != nil {
		t.Errorf("%s\n%v", in, err)
		return
	}
	expected, err := evaluated(cfg, want)
	if err != nil {
		t.Errorf("the expectation %s\n%v", want, err)
	} else if got != expected {
		t.Errorf("%s\n got %s\nwant %s", in, got, expected)
	}
}

// FuzzEvaluate: no text of M may crash the evaluator, escape its bounds or run without end.
func FuzzEvaluate(f *testing.F) {
	files, err := filepath.Glob("testdata/cases/*.txt")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, block := range strings.Split(string(data), "\n\n") {
			in, _, _ := strings.Cut(strings.TrimSpace(block), "\n=>")
			f.Add(in)
		}
	}
	f.Fuzz(func(t *testing.T, m string) {
		if len(m) > 4096 {
			return
		}
		cfg := testConfig()
		cfg.MaxSteps = 20_000
		_, _ = evaluated(cfg, m)
		if _, err := syntax.Parse(m); err == nil {
			_, _ = Scalar(context.Background(), cfg, "fuzz", m)
		}
	})
}
