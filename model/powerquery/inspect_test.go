package powerquery

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inlay/model"
)

// inspected is what Inspect finds, as query:line:column message.
func inspected(m string) []string {
	var out []string
	for _, e := range Inspect(testConfig().Queries, "T", model.Partition{Name: "p", Source: m}) {
		step := e.Step
		if step != "" {
			step += ": "
		}
		out = append(out, fmt.Sprintf("%s:%d:%d %s%s", e.Query, e.Pos.Line, e.Pos.Column, step, e.Msg))
	}
	return out
}

func TestInspect(t *testing.T) {
	for _, c := range []struct {
		m    string
		want []string
	}{
		{"let a = Odbc.DataSource(\"dsn=x\"),\n  b = Table.Nonsense(a)\nin\n  b", []string{"p:2:7 b: the function Table.Nonsense is not supported", "p:1:9 a: the function Odbc.DataSource is not supported"}},
		{`let unused = Odbc.DataSource("x"), b = 1 in b`, nil},
		{`let a = Table.Nope(Nope, [x = Nope2]) in a & a`, []string{"p:1:9 a: the function Table.Nope is not supported",
			`p:1:20 a: the name "Nope" is not known: there is no such step, parameter or query`, `p:1:31 a: the name "Nope2" is not known: there is no such step, parameter or query`}},
		{`if AsAt = null then Text.Nope(Root) else 1`, []string{"p:1:21 the function Text.Nope is not supported"}},
		{`Broken`, []string{`Broken:1:9 expected an expression, found "in"`}},
		{`{Loop, Loop}`, nil}, // what refers to itself is found when it is evaluated
		{`1 +`, []string{"p:1:4 expected an expression, found the end"}},
		{`(x) => each [a] + x + y + _`, []string{`p:1:23 the name "y" is not known: there is no such step, parameter or query`}},
		{`let Date = Date in Date`, []string{`p:1:12 Date: the name "Date" is not known: there is no such step, parameter or query`}},
		{`let f = (n) => if n = 0 then 0 else @f(n - 1) in f(3)`, nil},
		{`"x" meta [a = Unknown.Thing]`, nil},
		{`try List.Nope({}) otherwise 0`, []string{"p:1:5 the function List.Nope is not supported"}},
		{`let t = type table [a = Nope.Type] in #table(t, {})`, []string{"p:1:25 t: the function Nope.Type is not supported"}},
	} {
		if diff := cmp.Diff(c.want, inspected(c.m)); diff != "" {
			t.Errorf("%s\n%s", c.m, diff)
		}
	}
}

// TestInspectAsEvaluated: what evaluates has no findings, unless behind a condition; a name or
// function at which an evaluation ends is found at the same place.
func TestInspectAsEvaluated(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	well, ended := 0, 0
	cases := []string{"let a = Odbc.DataSource(1) in a{0}", "{1, Nope}{1}", "let f = (x) => x + Table.Nope(x) in f(2)", "List.Transform({1, 2}, each _ + [a] + Text.Nope(_))"}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range strings.Split(string(data), "\n\n") {
			m, _, _ := strings.Cut(strings.TrimSpace(block), "\n=>")
			cases = append(cases, m)
		}
	}
	for _, m := range cases {
		found := inspected(m)
		_, err := evaluated(testConfig(), m)
		var e *Error
		switch {
		case err == nil:
			well++
			if len(found) > 0 && !strings.Contains(m, " then ") && !strings.Contains(m, "??") {
				t.Errorf("%s\nevaluates, and inspecting it finds %v", m, found)
			}
		case errors.As(err, &e) && (strings.HasPrefix(e.Msg, "the function ") && strings.HasSuffix(e.Msg, "is not supported") || strings.HasPrefix(e.Msg, "the name ")):
			ended++
			at := fmt.Sprintf(":%d:%d ", e.Pos.Line, e.Pos.Column)
			if !strings.Contains(strings.Join(found, "\n"), at) {
				t.Errorf("%s\nends at %s%s, and inspecting it finds %v", m, at, e.Msg, found)
			}
		}
	}
	if well < 300 || ended < 3 {
		t.Errorf("%d cases evaluate, %d end at a name", well, ended)
	}
}

// TestInspectDeep walks a chain of queries that is longer than an evaluation may be deep.
func TestInspectDeep(t *testing.T) {
	var list []model.Expression
	for i := range 100_000 {
		list = append(list, model.Expression{Name: fmt.Sprintf("q%d", i), Source: fmt.Sprintf("q%d", i+1)})
	}
	if got := Inspect(list, "T", model.Partition{Source: "q0"}); len(got) != 0 {
		t.Error(got)
	}
	if _, err := Scalar(context.Background(), Config{Queries: list}, "x", "q0"); err == nil {
		t.Error("the chain was evaluated")
	}
}
