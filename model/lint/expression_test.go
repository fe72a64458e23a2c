package lint

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inlay/dax"
	"inlay/daxcase"
	"inlay/model"
)

// TestRightExpressions holds that no expression is called a mistake that has a result in Power BI,
// or here: all queries of the conformance cases that give one.
func TestRightExpressions(t *testing.T) {
	files := map[string]string{filepath.Join("..", "..", "daxcase", "testdata", "rules.jsonl"): filepath.Join("..", "..", "daxcase", "testdata", "rules-models.json")}
	more := filepath.Join("..", "..", "..", "shared", "dax")
	if _, err := os.Stat(more); err == nil {
		files[filepath.Join(more, "cases.jsonl")] = filepath.Join(more, "models.json")
	}
	right, told := 0, 0
	for file, of := range files {
		in, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = in.Close() }()
		cases, err := daxcase.ReadCases(in)
		if err != nil {
			t.Fatal(err)
		}
		models, err := daxcase.ReadModels(of)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			q, err := dax.ParseQuery(c.Query)
			if err != nil {
				continue
			}
			d, err := models.Open(c.Model)
			if err != nil {
				t.Fatal(err)
			}
			found := mistakes(d.Model, q)
			switch {
			case c.Expect.Type == "error" && len(found) > 0:
				told++
			case c.Expect.Type == "error":
			default:
				right++
				if len(found) > 0 {
					t.Errorf("%s: %s\n%s", c.ID, c.Query, strings.Join(found, "\n"))
				}
			}
		}
	}
	t.Logf("%d right expressions, %d mistakes told", right, told)
	if right < 100 {
		t.Errorf("%d right expressions", right)
	}
}

// mistakes looks at the expressions of a query as if they were those of a model.
func mistakes(m *model.Model, q *dax.Query) []string {
	c := &checker{m: m}
	own := &model.Table{Name: "\x00"}
	m.Tables = append(m.Tables, own)
	defer func() { m.Tables = m.Tables[:len(m.Tables)-1] }()
	for _, d := range q.Defines {
		switch d.Kind {
		case "MEASURE":
			own.Measures = append(own.Measures, &model.Measure{Name: d.Name})
		case "VAR", "TABLE", "COLUMN", "FUNCTION":
			return nil
		}
	}
	for _, d := range q.Defines {
		c.tree(formula{owner: "measure"}, d.X)
	}
	for _, e := range q.Evaluate {
		c.tree(formula{owner: "query", rows: true}, e.X)
	}
	var out []string
	for _, f := range c.out {
		out = append(out, f.Message)
	}
	return out
}

// FuzzExpression holds that no expression breaks the check, and that what it reports has a place in it.
func FuzzExpression(f *testing.F) {
	for _, x := range []string{"SUM(T[N])", "T[N] + 1", "IF(,,)", "SUM()", "CALCULATE(,T)", "VAR t = T RETURN t[N]", "DATEADD(T[D], 1, x)", "USERELATIONSHIP(T[N], U[N])", "RELATED()", "{(1,2)} IN {3}",
		"[x]", "'' [y]", "T[D].[Year]", "-T", "NOT 'No'", "@p", "MIN(,)", "TOTALWTD(1, T[D])", "X.Y(1)", "\"a\" = 1"} {
		f.Add(x)
	}
	m := &model.Model{Tables: []*model.Table{{Name: "T", Columns: []*model.Column{{Name: "N", Type: dax.Int64}, {Name: "D", Type: dax.DateTime}, {Name: "S", Type: dax.String}}, Measures: []*model.Measure{{Name: "M"}}},
		{Name: "U", Columns: []*model.Column{{Name: "N", Type: dax.Int64}}}}}
	f.Fuzz(func(t *testing.T, src string) {
		for i, base := range []*model.Table{nil, m.Tables[0], nil} {
			c := &checker{m: m}
			c.formula(formula{owner: "x", src: src, base: base, rows: i == 2, at: model.Place{File: "f", Line: 1}, text: model.Text{Line: 1}})
			lines := strings.Split(strings.ReplaceAll(src, "\r", "\n"), "\n")
			for _, o := range c.out {
				if o.Place.Line < 1 || o.Place.Line > len(lines) || o.Place.Column > len([]rune(lines[o.Place.Line-1]))+1 {
					t.Fatalf("%q: %+v", src, o)
				}
			}
		}
	})
}
