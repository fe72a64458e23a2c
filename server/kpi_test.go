package server

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // reads the CSV files without the engine

	"inlay/dax"
	"inlay/model"
	"inlay/query"
)

// everything is the user of the SQL who sees all rows.
const everything = "everything"

// questions are what each measure is asked by, with the names that they have in the SQL, and
// fields what the columns of the SQL are in the model.
var (
	questions = map[string][]string{
		"total": nil, "area": {"area"}, "category": {"category"}, "owner": {"owner"}, "month": {"month"}, "area, month": {"area", "month"},
	}
	fields = map[string]model.ColumnRef{
		"area":     {Table: "Service Area", Column: "Service Area"},
		"category": {Table: "Category", Column: "Category Name"},
		"owner":    {Table: "Owner", Column: "Owner Name"}, // items without an owner are in its blank row
		"month":    {Table: "Date", Column: "Year Month"},
	}
)

// oracle computes every measure in SQL over the CSV files of the sample.
func oracle(t *testing.T, dir string) *sql.DB {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	text, err := os.ReadFile(filepath.Join("testdata", "operations.sql"))
	if err != nil {
		t.Fatal(err)
	}
	folder := strings.ReplaceAll(filepath.ToSlash(filepath.Join(dir, "data")), "'", "''")
	if _, err := db.ExecContext(t.Context(), strings.ReplaceAll(string(text), "${data}", folder)); err != nil {
		t.Fatal(err)
	}
	return db
}

// table reads rows of the oracle as text; NULL is "(blank)".
func table(t *testing.T, db *sql.DB, text string, args ...any) [][]string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), text, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var all [][]string
	for rows.Next() {
		row, at := make([]any, len(names)), make([]any, len(names))
		for i := range row {
			at[i] = &row[i]
		}
		if err := rows.Scan(at...); err != nil {
			t.Fatal(err)
		}
		line := make([]string, len(row))
		for i, v := range row {
			line[i] = plainText(v)
		}
		all = append(all, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// plainText is a value of the driver or of JSON, so that equal values are equal texts.
func plainText(v any) string {
	switch v := v.(type) {
	case nil:
		return "(blank)"
	case string:
		if day, err := time.Parse("2006-01-02T15:04:05", v); err == nil {
			return day.Format(time.DateOnly)
		}
		return v
	case time.Time:
		return v.Format(time.DateOnly)
	case float64:
		return number(v)
	case int64:
		return number(float64(v))
	}
	return fmt.Sprint(v)
}

// number rounds off what differs by the order of additions.
func number(f float64) string {
	s := strconv.FormatFloat(f, 'f', 9, 64)
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	if s == "-0" {
		return "0"
	}
	return s
}

func daxText(v dax.Value) string {
	switch {
	case v.IsBlank():
		return "(blank)"
	case v.Type() == dax.DateTime:
		return v.Time().Format(time.DateOnly)
	case v.Type().IsNumeric():
		return number(v.Float())
	}
	return v.Text()
}

// TestOperationsMeasures compares all measures of a sample, for everybody of its security table,
// with SQL that was written by hand from what they mean.
func TestOperationsMeasures(t *testing.T) {
	t.Parallel()
	dir := sample(t, "operations-kpi")
	db := oracle(t, dir)
	s := open(t, Config{})
	done, err := s.Import(t.Context(), Import{Folder: dir, Workspace: "Operations"})
	if err != nil {
		t.Fatal(err)
	}
	m, err := s.datasets.Model(t.Context(), done.Dataset)
	if err != nil {
		t.Fatal(err)
	}
	var measures []string
	for _, table := range m.Tables {
		for _, x := range table.Measures {
			measures = append(measures, x.Name)
		}
	}
	if len(measures) != 31 {
		t.Fatalf("the model has %d measures, want 31", len(measures))
	}
	users := table(t, db, "SELECT who FROM users ORDER BY who")
	if len(users) < 7 {
		t.Fatalf("%d users: nothing would be proved", len(users))
	}
	compared := 0
	for _, user := range users {
		v := query.Viewer{Username: user[0], Roles: []string{"Service Area Manager"}}
		if user[0] == everything {
			v = query.Viewer{Unrestricted: true}
		}
		for _, by := range slices.Sorted(maps.Keys(questions)) {
			groups := questions[by]
			list := slices.Clone(groups)
			var q model.Query
			for _, g := range groups {
				q.Groups = append(q.Groups, fields[g])
			}
			for _, x := range measures {
				list = append(list, `"`+x+`"`)
				q.Values = append(q.Values, model.Value{Name: x, Measure: x})
			}
			want := table(t, db, "SELECT "+strings.Join(list, ", ")+" FROM answers WHERE who = ? AND asked = ?", user[0], by)
			res, err := s.datasets.Ask(t.Context(), done.Dataset, v, q)
			if err != nil {
				t.Errorf("%s, by %s: %v", user[0], by, err)
				continue
			}
			var got [][]string
			for _, r := range res.Rows {
				line := []string{}
				for _, v := range r {
					line = append(line, daxText(v))
				}
				got = append(got, line)
			}
			compared += differences(t, user[0]+", by "+by, got, want, list)
		}
	}
	t.Logf("%d values are those of the SQL", compared)
	if compared < 5000 {
		t.Errorf("%d values were compared: too few to prove anything", compared)
	}
}

// differences reports the cells in which two answers differ, and counts those that do not.
func differences(t *testing.T, what string, got, want [][]string, columns []string) (same int) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d rows, the SQL has %d: %v, %v", what, len(got), len(want), got, want)
		return 0
	}
	slices.SortFunc(got, slices.Compare[[]string])
	slices.SortFunc(want, slices.Compare[[]string])
	for i := range want {
		for j := range want[i] {
			if got[i][j] != want[i][j] {
				t.Errorf("%s: row %v: %s is %s, the SQL says %s", what, want[i][:min(2, len(want[i]))], columns[j], got[i][j], want[i][j])
				continue
			}
			same++
		}
	}
	return same
}

// drawnBy is what the SQL says of a visual of the sample's report, by the name of the visual: its
// rows as a user sees them. Cards and charts show measures by the question of the oracle.
var drawnBy = map[string]string{
	"c1d2e3f4051627384950": `SELECT "Open Items", "Backlog Items", "Overdue Active Items", "SLA Met Rate" FROM answers WHERE who = ? AND asked = 'total'`,
	"b2c3d4e5f60718293041": `SELECT "Missing Owner Count", "Missing Due Date Count", "Closed Missing Evidence Count", "Data Readiness Rate" FROM answers WHERE who = ? AND asked = 'total'`,
	"d1e2f304152637485960": `SELECT month, "Backlog As At", "Closed Items" FROM answers WHERE who = ? AND asked = 'month' AND coalesce("Backlog As At", "Closed Items") IS NOT NULL`,
	"e1f20314253647586970": `SELECT area, "Overdue Active Items" FROM answers WHERE who = ? AND asked = 'area' AND "Overdue Active Items" IS NOT NULL`,
	"c2d3e4f5061728394051": `SELECT area, "Data Readiness Issue Count" FROM answers WHERE who = ? AND asked = 'area' AND "Data Readiness Issue Count" IS NOT NULL`,
	"f1021324354657687980": `SELECT item_reference, owner, priority, due FROM visible WHERE who = ?`,
	"d2e3f405162738495061": `SELECT item_reference, area, owner, category, status, evidence_status, review_flag FROM visible WHERE who = ?`,
	"b1c2d3e4f50617283940": `SELECT name FROM areas WHERE who = ?`,
}

// TestOperationsVisuals draws every visual of the sample's report for everybody of its security
// table, through the routes of the embed page, and compares what they show with the SQL.
func TestOperationsVisuals(t *testing.T) {
	t.Parallel()
	dir := sample(t, "operations-kpi")
	db := oracle(t, dir)
	s := open(t, Config{SignIn: true})
	done, err := s.Import(t.Context(), Import{Folder: dir, Workspace: "Operations"})
	if err != nil {
		t.Fatal(err)
	}
	app := joined(t, s, done.Workspace.ID)
	seen := map[string]int{}
	for _, user := range table(t, db, "SELECT who FROM users WHERE who <> ? ORDER BY who", everything) {
		identity := fmt.Sprintf(`{"username": %q, "roles": ["Service Area Manager"], "datasets": [%q]}`, user[0], done.Dataset.ID)
		token := app.token(done.Reports[0].ID, done.Dataset.ID, identity)
		for name, answer := range draw(t, s, token, done.Reports[0].ID) {
			if answer != "200" {
				t.Errorf("%s: visual %s: %s", user[0], name, answer)
			}
			if drawnBy[name] == "" {
				t.Errorf("visual %s is not compared", name)
			}
		}
		for page, names := range visualNames(t, s, token, done.Reports[0].ID) {
			for _, name := range names {
				got := drawnRows(t, s, token, done.Reports[0].ID, page+"/visuals/"+name)
				want := table(t, db, drawnBy[name], user[0])
				seen[name] += differences(t, user[0]+": visual "+name, got, want, make([]string, 10))
			}
		}
	}
	for name := range drawnBy {
		if seen[name] == 0 {
			t.Errorf("visual %s shows nothing to anybody: nothing was proved", name)
		}
	}
	t.Logf("values compared, by visual: %v", seen)
}

// visualNames is the visuals with data, by page.
func visualNames(t *testing.T, s *Server, token, report string) map[string][]string {
	t.Helper()
	w := send(t, s.Handler(), "GET", "/inlay/v1/embed/reports/"+report, "", "Authorization", "EmbedToken "+token)
	var def struct {
		Pages []struct {
			Name    string
			Visuals []struct{ Name, Type string }
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &def); err != nil {
		t.Fatal(err)
	}
	list := map[string][]string{}
	for _, p := range def.Pages {
		for _, v := range p.Visuals {
			if v.Type != "textbox" {
				list[p.Name] = append(list[p.Name], v.Name)
			}
		}
	}
	return list
}

// drawnRows is the rows of a visual as text.
func drawnRows(t *testing.T, s *Server, token, report, visual string) [][]string {
	t.Helper()
	w := send(t, s.Handler(), "POST", "/inlay/v1/embed/reports/"+report+"/pages/"+visual+"/query", "{}", "Content-Type", "application/json", "Authorization", "EmbedToken "+token)
	var got struct{ Rows [][]any }
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 {
		t.Fatalf("visual %s answers %d %s", visual, w.Code, w.Body)
	}
	var all [][]string
	for _, r := range got.Rows {
		line := make([]string, len(r))
		for i, v := range r {
			line[i] = plainText(v)
		}
		all = append(all, line)
	}
	return all
}
