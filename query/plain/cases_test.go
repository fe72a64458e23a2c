package plain_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"inlay/dax"
	"inlay/model"
	"inlay/query/plain"
)

// conformance is a case of ../shared/dax/cases.jsonl.
type conformance struct {
	ID, Model, Query string
	Stage            int
	Identity         *struct {
		Username, CustomData string
		Roles                []string
	}
	Expect struct {
		Type    string
		Value   any
		Columns []string
		Rows    [][]any
		Order   string
	}
	Tolerance float64
}

// definition is a model of ../shared/dax/models.json.
type definition struct {
	Tables map[string]json.RawMessage
	Rel    [][]string        `json:"relationships"`
	Meas   map[string]string `json:"measures"`
	Roles  map[string]map[string]string
	PBIP   string
	CSV    string `json:"csv_dir"`
}

type tableDefinition struct {
	DateTable string
	Columns   json.RawMessage
	Rows      [][]any
	Generate  string
}

// TestConformance evaluates the cases of the stages 1 to 3. A wrong value is a defect; what
// the evaluator does not support is counted.
func TestConformance(t *testing.T) {
	models := map[string]definition{}
	read(t, "models.json", func(text []byte) error { return json.Unmarshal(text, &models) })
	ran, refused := 0, []string{}
	read(t, "cases.jsonl", func(text []byte) error {
		lines := bufio.NewScanner(strings.NewReader(string(text)))
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var c conformance
			if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
				return err
			}
			def := models[c.Model]
			if c.Stage > 3 || def.PBIP != "" || def.CSV != "" {
				continue
			}
			m, rows := build(t, def)
			v := plain.Viewer{Unrestricted: true}
			if c.Identity != nil {
				v = plain.Viewer{Username: c.Identity.Username, Roles: c.Identity.Roles, CustomData: c.Identity.CustomData}
			}
			got, err := plain.New(m, rows).Evaluate(v, c.Query)
			if plain.Unsupported(err) && c.Expect.Type != "error" {
				refused = append(refused, c.ID+" ("+err.Error()+")")
				continue
			}
			ran++
			if msg := differs(c, got, err); msg != "" {
				t.Errorf("%s: %s: %s", c.ID, c.Query, msg)
			}
		}
		return lines.Err()
	})
	t.Logf("%d cases ran; refused %s", ran, strings.Join(refused, ", "))
	if ran < 270 {
		t.Errorf("%d cases ran, want 230 at least", ran)
	}
}

// read reads a file of ../shared/dax; the test is skipped where it is absent.
func read(t *testing.T, name string, f func([]byte) error) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "dax", name))
	if err != nil {
		t.Skipf("needs ../shared/dax: %v", err)
	}
	if err := f(text); err != nil {
		t.Fatal(err)
	}
}

var types = map[string]dax.Type{"int64": dax.Int64, "double": dax.Double, "string": dax.String, "boolean": dax.Boolean, "dateTime": dax.DateTime, "decimal": dax.Decimal}

func build(t *testing.T, def definition) (*model.Model, map[string][][]dax.Value) {
	t.Helper()
	m, rows := &model.Model{Name: "case"}, map[string][][]dax.Value{}
	for name, raw := range def.Tables {
		var td tableDefinition
		if err := json.Unmarshal(raw, &td); err != nil {
			t.Fatal(err)
		}
		table := &model.Table{Name: name, Date: td.DateTable != ""}
		for _, c := range ordered(t, td.Columns) {
			kind, _, _ := strings.Cut(c[1], " ")
			table.Columns = append(table.Columns, &model.Column{Name: c[0], Type: types[kind]})
		}
		m.Tables = append(m.Tables, table)
		if td.Generate != "" {
			if td.Generate != "every day 2024-01-01..2024-02-29, M = month" {
				t.Fatalf("generate %q is not known", td.Generate)
			}
			for d := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC); d.Month() < 3; d = d.AddDate(0, 0, 1) {
				rows[name] = append(rows[name], []dax.Value{dax.TimeOf(d), dax.IntOf(int64(d.Month()))})
			}
		}
		for _, r := range td.Rows {
			var row []dax.Value
			for i, v := range r {
				row = append(row, valueOf(t, table.Columns[i].Type, v))
			}
			rows[name] = append(rows[name], row)
		}
	}
	slices.SortFunc(m.Tables, func(a, b *model.Table) int { return strings.Compare(a.Name, b.Name) })
	for _, r := range def.Rel {
		rel := model.Relationship{Name: r[0] + " " + r[1], From: refOf(r[0]), To: refOf(r[1]), ToEnd: model.One}
		rel.Inactive, rel.Both = slices.Contains(r, "inactive"), slices.Contains(r, "bothDirections")
		m.Relationships = append(m.Relationships, rel)
	}
	for name, x := range def.Meas {
		m.Tables[0].Measures = append(m.Tables[0].Measures, &model.Measure{Name: name, Expression: x})
	}
	for name, filters := range def.Roles {
		role := model.Role{Name: name}
		for table, x := range filters {
			role.Permissions = append(role.Permissions, model.Permission{Table: table, Filter: x})
		}
		m.Roles = append(m.Roles, role)
	}
	return m, rows
}

func refOf(s string) model.ColumnRef {
	table, column, _ := strings.Cut(strings.TrimSuffix(s, "]"), "[")
	return model.ColumnRef{Table: table, Column: column}
}

// ordered is the names and values of a JSON object of texts as they stand.
func ordered(t *testing.T, raw json.RawMessage) [][2]string {
	t.Helper()
	var out [][2]string
	d := json.NewDecoder(strings.NewReader(string(raw)))
	var key string
	for n := -1; ; n++ {
		tok, err := d.Token()
		if err != nil {
			return out
		}
		s, ok := tok.(string)
		switch {
		case !ok:
		case n%2 == 0:
			key = s
		default:
			out = append(out, [2]string{key, s})
		}
	}
}

func valueOf(t *testing.T, kind dax.Type, v any) dax.Value {
	t.Helper()
	switch v := v.(type) {
	case nil:
		return dax.Value{}
	case bool:
		return dax.BoolOf(v)
	case float64:
		if kind == dax.Int64 {
			return dax.IntOf(int64(v))
		}
		return dax.FloatOf(v)
	case string:
		if kind != dax.DateTime {
			return dax.TextOf(v)
		}
		for _, form := range []string{"2006-01-02T15:04:05", time.DateOnly} {
			if d, err := time.Parse(form, v); err == nil {
				return dax.TimeOf(d)
			}
		}
	}
	t.Fatalf("the value %v is not of a known kind", v)
	return dax.Value{}
}

func differs(c conformance, got []model.Result, err error) string {
	if c.Expect.Type == "error" {
		if err == nil {
			return fmt.Sprintf("is %v, want an error", got)
		}
		return ""
	}
	if err != nil {
		return err.Error()
	}
	res := got[0]
	if c.Expect.Type != "table" {
		if len(res.Rows) == 0 && c.Expect.Type == "blank" {
			return ""
		}
		if len(res.Rows) != 1 || len(res.Rows[0]) != 1 || !same(res.Rows[0][0], c.Expect.Value, c.Tolerance) {
			return fmt.Sprintf("is %v, want %s %v", res.Rows, c.Expect.Type, c.Expect.Value)
		}
		return ""
	}
	for i, col := range res.Columns {
		if i >= len(c.Expect.Columns) || !strings.EqualFold(col.Name, c.Expect.Columns[i]) {
			return fmt.Sprintf("has the columns %v, want %v", res.Columns, c.Expect.Columns)
		}
	}
	if len(res.Rows) != len(c.Expect.Rows) {
		return fmt.Sprintf("has the rows %v, want %v", res.Rows, c.Expect.Rows)
	}
	left := slices.Clone(res.Rows)
	for _, want := range c.Expect.Rows {
		at := slices.IndexFunc(left, func(row []dax.Value) bool {
			for i := range row {
				if !same(row[i], want[i], c.Tolerance) {
					return false
				}
			}
			return true
		})
		if at < 0 || at > 0 && c.Expect.Order == "strict" {
			return fmt.Sprintf("has the rows %v, want %v", res.Rows, c.Expect.Rows)
		}
		left = slices.Delete(left, at, at+1)
	}
	return ""
}

func same(got dax.Value, want any, tolerance float64) bool {
	switch want := want.(type) {
	case nil:
		return got.IsBlank()
	case bool:
		return got.Type() == dax.Boolean && got.Bool() == want
	case float64:
		return got.Type().IsNumeric() && math.Abs(got.Float()-want) <= max(tolerance, 1e-12)*max(1e-9, math.Abs(want))
	case string:
		if got.Type() == dax.DateTime {
			return got.Time().Format("2006-01-02T15:04:05") == want || got.Time().Format(time.DateOnly) == want
		}
		if got.Type() == dax.Double {
			return want == "-Infinity" && math.IsInf(got.Float(), -1) || want == "Infinity" && math.IsInf(got.Float(), 1)
		}
		return got.Type() == dax.String && strings.EqualFold(got.Text(), want)
	}
	return false
}
