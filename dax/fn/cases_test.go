package fn

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"inlay/dax"
)

// conformance is a case of ../shared/dax/cases.jsonl.
type conformance struct {
	ID, Query string
	Expect    struct {
		Type  string
		Value any
	}
	Tolerance float64
}

// TestConformance computes the cases whose query is one scalar expression of functions that
// are supported here. It is skipped where ../shared is absent.
func TestConformance(t *testing.T) {
	ran, missing := 0, map[string]int{}
	for _, c := range readCases(t) {
		x, ok := scalar(c.Query)
		if !ok {
			continue
		}
		if name := unsupported(x); name != "" {
			missing[name]++
			continue
		}
		ran++
		t.Run(c.ID, func(t *testing.T) {
			got, err := Eval(x, nil)
			if msg := differs(c, got, err); msg != "" {
				t.Errorf("%s: %s", dax.Print(x), msg)
			}
		})
	}
	var names []string
	for name, n := range missing {
		names = append(names, fmt.Sprintf("%s %d", name, n))
	}
	sort.Strings(names)
	t.Logf("%d cases ran; left out for want of %s", ran, strings.Join(names, ", "))
	if ran < 190 {
		t.Errorf("%d cases ran, want 190 at least", ran)
	}
}

func readCases(t *testing.T) []conformance {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
	}
	f, err := os.Open(filepath.Join(dir, "..", "shared", "dax", "cases.jsonl"))
	if err != nil {
		t.Skipf("needs ../shared/dax/cases.jsonl: %v", err)
	}
	defer f.Close()
	var all []conformance
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c conformance
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}

// scalar is x of EVALUATE ROW("r", x) and of EVALUATE SUMMARIZECOLUMNS("v", x).
func scalar(query string) (dax.Expr, bool) {
	q, err := dax.ParseQuery(query)
	if err != nil || len(q.Evaluate) != 1 || len(q.Defines) > 0 {
		return nil, false
	}
	c, ok := q.Evaluate[0].X.(*dax.Call)
	if !ok || len(c.Args) != 2 || c.Func != "ROW" && c.Func != "SUMMARIZECOLUMNS" {
		return nil, false
	}
	return c.Args[1], true
}

// unsupported names the first thing in an expression that needs more than values.
func unsupported(x dax.Expr) string {
	name := ""
	dax.Walk(x, func(e dax.Expr) bool {
		switch e := e.(type) {
		case *dax.Column, *dax.Table:
			name = "data"
		case *dax.Call:
			if f, ok := Lookup(e.Func); !ok || f.Special {
				name = strings.ToUpper(e.Func)
			}
		}
		return name == ""
	})
	return name
}

func differs(c conformance, got dax.Value, err error) string {
	if c.Expect.Type == "error" {
		if err == nil {
			return fmt.Sprintf("is %s, want an error", got)
		}
		return ""
	}
	if err != nil {
		return err.Error()
	}
	ok := false
	switch want := c.Expect.Value; c.Expect.Type {
	case "blank":
		ok = got.IsBlank()
	case "boolean":
		ok = got.Type() == dax.Boolean && got.Bool() == want
	case "string":
		ok = got.Type() == dax.String && got.Text() == want
	case "datetime":
		m, perr := time.Parse("2006-01-02T15:04:05", fmt.Sprint(want))
		ok = perr == nil && got.Type() == dax.DateTime && got.Time().Equal(m)
	case "number":
		f, number := want.(float64)
		if want == "-Infinity" {
			f, number = math.Inf(-1), true
		}
		ok = number && got.Type().IsNumeric() && within(got.Float(), f, c.Tolerance)
	}
	if !ok {
		return fmt.Sprintf("is %s %s, want %s %v", got.Type(), got, c.Expect.Type, c.Expect.Value)
	}
	return ""
}

func within(a, b, tolerance float64) bool {
	return a == b || math.Abs(a-b) <= max(tolerance, 1e-12)*max(1e-9, math.Abs(b))
}
