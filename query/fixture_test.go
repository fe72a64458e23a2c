package query_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"

	"inlay/dax"
	"inlay/model"
	"inlay/query"
	"inlay/source/duckdb"
)

// world is a model with its rows, written down by a test.
type world struct {
	m    *model.Model
	rows map[string][][]any
	said string // custom data that roles were drawn for
}

// table adds a table: columns as "Name type", rows as values.
func (w *world) table(name, columns string, rows ...[]any) *model.Table {
	t := &model.Table{Name: name}
	types := map[string]dax.Type{"int": dax.Int64, "text": dax.String, "double": dax.Double, "bool": dax.Boolean, "date": dax.DateTime, "decimal": dax.Decimal}
	for _, c := range strings.Split(columns, ",") {
		f := strings.Fields(c)
		t.Columns = append(t.Columns, &model.Column{Name: strings.Join(f[:len(f)-1], " "), Source: f[0], Type: types[f[len(f)-1]]})
	}
	w.m.Tables = append(w.m.Tables, t)
	w.rows[name] = rows
	return t
}

func (w *world) measure(table, name, expr string) {
	t := w.m.Table(table)
	t.Measures = append(t.Measures, &model.Measure{Name: name, Expression: expr})
}

// relate adds a relationship: many side to one side, "Sales[Region]" "Region[Name]".
func (w *world) relate(from, to string, opts ...string) {
	ref := func(s string) model.ColumnRef {
		t, c, _ := strings.Cut(strings.TrimSuffix(s, "]"), "[")
		return model.ColumnRef{Table: t, Column: c}
	}
	r := model.Relationship{Name: from + "→" + to, From: ref(from), To: ref(to), ToEnd: model.One}
	for _, o := range opts {
		r.Both = r.Both || o == "both" || o == "secure"
		r.SecurityBoth = r.SecurityBoth || o == "secure"
	}
	w.m.Relationships = append(w.m.Relationships, r)
}

// role adds a role with filters as "Table: DAX".
func (w *world) role(name string, filters ...string) {
	r := model.Role{Name: name}
	for _, f := range filters {
		t, x, _ := strings.Cut(f, ":")
		r.Permissions = append(r.Permissions, model.Permission{Table: t, Filter: strings.TrimSpace(x)})
	}
	w.m.Roles = append(w.m.Roles, r)
}

func newWorld() *world { return &world{m: &model.Model{Name: "test"}, rows: map[string][][]any{}} }

// open writes the rows to a DuckDB file and answers an engine over it.
func (w *world) open(t *testing.T) *query.Engine {
	t.Helper()
	return w.openOn(t, inDuckDB)
}

// opener puts the rows of a world where an engine finds them.
type opener func(*testing.T, *world) query.Source

func (w *world) openOn(t *testing.T, on opener) *query.Engine {
	t.Helper()
	e, err := query.New(w.m, on(t, w))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// onEach runs a test on each engine.
func onEach(t *testing.T, test func(t *testing.T, on opener)) {
	t.Helper()
	t.Run("DuckDB", func(t *testing.T) { test(t, inDuckDB) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, postgresIn(t)) })
}

func inDuckDB(t *testing.T, w *world) query.Source {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data.duckdb")
	w.write(t, path)
	src, err := duckdb.Open(path, duckdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = src.Close() })
	return src
}

// write makes a DuckDB file of the rows.
func (w *world) write(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("duckdb", path)
	if err != nil {
		t.Fatal(err)
	}
	names := map[dax.Type]string{dax.Int64: "BIGINT", dax.String: "VARCHAR", dax.Double: "DOUBLE", dax.Boolean: "BOOLEAN", dax.DateTime: "TIMESTAMP", dax.Decimal: "DECIMAL(19,4)"}
	for _, table := range w.m.Tables {
		var cols, marks, tuples []string
		for _, c := range table.Columns {
			cols = append(cols, fmt.Sprintf("%q %s", c.Name, names[c.Type]))
			marks = append(marks, "?")
		}
		exec(t, db, fmt.Sprintf("CREATE TABLE %q (%s)", table.Name, strings.Join(cols, ", ")))
		var args []any
		for _, row := range w.rows[table.Name] {
			tuples = append(tuples, "("+strings.Join(marks, ", ")+")")
			args = append(args, row...)
		}
		if len(tuples) > 0 {
			exec(t, db, fmt.Sprintf("INSERT INTO %q VALUES %s", table.Name, strings.Join(tuples, ", ")), args...)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func exec(t *testing.T, db *sql.DB, text string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(context.Background(), text, args...); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// large is what a refresh would have counted of many rows with few values, by which an engine
// chooses other ways than for the rows of a test.
func large(m *model.Model) *model.Statistics {
	s := &model.Statistics{}
	for _, t := range m.Tables {
		one := model.TableStatistics{Name: t.Name, Rows: 1_000_000}
		for _, c := range t.Columns {
			one.Columns = append(one.Columns, model.ColumnStatistics{Name: c.Name, Distinct: 5})
		}
		s.Tables = append(s.Tables, one)
	}
	return s
}

// ask asks for groups "Table[Column]" and measures "[Name]" and prints rows as lines.
func ask(t *testing.T, e *query.Engine, v query.Viewer, fields string, where ...model.Filter) string {
	t.Helper()
	res, err := e.Ask(context.Background(), v, parseQuery(fields, where...))
	if err != nil {
		return "error: " + err.Error()
	}
	return text(res)
}

func parseQuery(fields string, where ...model.Filter) model.Query {
	q := model.Query{Where: where}
	for _, f := range strings.Split(fields, ",") {
		f = strings.TrimSpace(f)
		table, name, _ := strings.Cut(strings.TrimSuffix(f, "]"), "[")
		if table == "" {
			q.Values = append(q.Values, model.Value{Name: name, Measure: name})
			continue
		}
		q.Groups = append(q.Groups, model.ColumnRef{Table: table, Column: name})
	}
	return q
}

func text(res model.Result) string {
	var lines []string
	for _, row := range res.Rows {
		var cells []string
		for _, v := range row {
			cells = append(cells, cell(v))
		}
		lines = append(lines, strings.Join(cells, " "))
	}
	return strings.Join(lines, "\n")
}

func cell(v dax.Value) string {
	switch v.Type() {
	case dax.Blank:
		return "-"
	case dax.DateTime:
		return v.Time().Format(time.DateOnly)
	}
	return v.ToText()
}
