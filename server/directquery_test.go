package server

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inlay"
	"inlay/query"
	"inlay/source/sourcetest/pgtest"
)

const ordersFrom = `let
				    Source = PostgreSQL.Database("DB.example.com:5432", "shop"),
				    Orders = Source{[Schema="public",Item="orders"]}[Data],
				    Renamed = Table.RenameColumns(Orders, {{"owner", "Owner"}, {"amount", "Amount"}}),
				    Kept = Table.SelectRows(Renamed, each [deleted] = false)
				in
				    Kept`

// direct is the project of orders with its rows in a database.
func direct(t *testing.T, partition string) string {
	t.Helper()
	dir := orders(t, t.TempDir(), annAndBob)
	file := filepath.Join(dir, "Orders.SemanticModel", "definition", "tables", "Orders.tmdl")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, _, ok := strings.Cut(string(text), "\t\tmode: import")
	if !ok {
		t.Fatal("the fixture has no partition")
	}
	if err := os.WriteFile(file, []byte(before+"\t\tmode: directQuery\n\t\tsource =\n\t\t\t\t"+partition+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func shopDatabase(t *testing.T) *pgtest.Database {
	t.Helper()
	d := pgtest.Own(t).Database(t)
	d.Exec(t, `CREATE TABLE orders (owner text, amount integer, deleted boolean)`)
	d.Exec(t, `INSERT INTO orders VALUES ('ann', 10, false), ('bob', 20, false), ('ann', 1000, true)`)
	return d
}

// TestDirectQuery publishes a project whose rows stay in a database, and draws its visual from
// there: rows that come later are there at once.
func TestDirectQuery(t *testing.T) {
	t.Parallel()
	d := shopDatabase(t)
	s := open(t, Config{SignIn: true, Postgres: []string{"db.example.com/shop=" + d.URL("postgres")}})
	done := publish(t, s, direct(t, ordersFrom))
	if len(done.Data.Tables) > 0 || len(done.Notices) > 0 {
		t.Errorf("imported %v, named %v", done.Data.Tables, done.Notices)
	}
	token := joined(t, s, done.Workspace.ID).token(done.Reports[0].ID, done.Dataset.ID,
		`{"username": "ann", "roles": ["Mine"], "datasets": ["`+done.Dataset.ID+`"]}`)
	for _, want := range []string{"[[10]]", "[[15]]"} {
		w := send(t, s.Handler(), "POST", "/inlay/v1/embed/reports/"+done.Reports[0].ID+"/pages/page1/visuals/card1/query", "{}",
			"Content-Type", "application/json", "Authorization", "EmbedToken "+token)
		if w.Code != 200 || !strings.Contains(w.Body.String(), `"rows":`+want) {
			t.Errorf("the card shows %d %s, want %s", w.Code, w.Body, want)
		}
		d.Exec(t, `INSERT INTO orders VALUES ('ann', 5, false)`)
	}
	if got := total(t, s, done.Dataset.ID, everybody); got != 40 {
		t.Errorf("all orders are %d", got)
	}
	if _, err := value(t.Context(), s, done.Dataset.ID, query.Viewer{Username: "ann"}, "Total"); inlay.KindOf(err) != inlay.Forbidden {
		t.Errorf("without a role: %v", err)
	}
	if _, err := newRefreshing(s).begin(t.Context(), done.Dataset, inlay.RefreshRequest{}); inlay.KindOf(err) != inlay.Unsupported {
		t.Errorf("a refresh: %v", err)
	}
	// Another dataset over the same pool.
	again := publish(t, s, direct(t, `Value.NativeQuery(PostgreSQL.Database("db.example.com", "shop"), "SELECT owner AS ""Owner"", amount AS ""Amount"" FROM orders;", null, [EnableFolding=true])`))
	if got := total(t, s, again.Dataset.ID, everybody); got != 1040 {
		t.Errorf("all orders are %d", got)
	}
}

// TestDirectQueryRefuses: what cannot be asked in the database is refused when the project is
// imported, by name.
func TestDirectQueryRefuses(t *testing.T) {
	t.Parallel()
	d := shopDatabase(t)
	s := open(t, Config{Postgres: []string{"db.example.com/shop=" + d.URL("postgres")}})
	from := `PostgreSQL.Database("db.example.com", "shop"){[Schema="public",Item="orders"]}[Data]`
	for partition, want := range map[string]string{
		`Table.AddColumn(` + from + `, "Owner", each "x")`:                              "Table.AddColumn cannot be done in the database",
		`Table.SelectRows(` + from + `, each Text.Length([owner]) > 3)`:                 "Table.SelectRows with anything but comparisons",
		`Sql.Database("db.example.com", "shop")`:                                        "Sql.Database cannot be done",
		`PostgreSQL.Database("db.example.com", "other"){[Schema="a",Item="b"]}[Data]`:   "the configuration has no database db.example.com/other",
		`PostgreSQL.Database("postgres.internal", "shop"){[Schema="a",Item="b"]}[Data]`: "the configuration has no database postgres.internal/shop",
		from: `public.orders has no column "Owner"`,
		`Table.RenameColumns(` + from + `, {{"owner", "Owner"}})`:                               `has no column "Amount"`,
		`Table.SelectColumns(Table.RenameColumns(` + from + `, {"owner", "Owner"}), {"Owner"})`: `its partition gives no column "Amount"`,
		`PostgreSQL.Database("db.example.com", "shop", [HierarchicalNavigation=true])`:          "the option HierarchicalNavigation",
		`PostgreSQL.Database("db.example.com", "shop"){[Schema="public",Item="secret"]}[Data]`:  "public.secret",
		`let a = b, b = a in a`: "a step that refers to itself",
	} {
		_, err := s.Import(t.Context(), Import{Folder: direct(t, partition), Workspace: "Sales"})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", partition, err, want)
		}
	}
}

// TestDatabaseOptions: a wrong entry is refused, and none of it is shown.
func TestDatabaseOptions(t *testing.T) {
	for _, c := range []Config{
		{Postgres: []string{"postgres://u:hunter2@h/x"}},
		{Postgres: []string{"h/x=hunter2://"}},
		{Postgres: []string{"h/x=postgres://u:hunter2@h/x", "H:5432/x=postgres://u:hunter2@h/x"}},
		{Postgres: []string{"h/x=postgres://u:hunter2@h/x"}, PostgresPolicies: []string{"h/y"}},
	} {
		c.Data = t.TempDir()
		s, err := New(t.Context(), c)
		if err == nil {
			_ = s.Close()
		}
		if inlay.KindOf(err) != inlay.Invalid || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v", err)
		}
	}
}

// TestPolicies: the barrier of a dataset is written, put up, and asked for: without it nothing is
// answered, with it what the gate would answer.
func TestPolicies(t *testing.T) {
	t.Parallel()
	d := shopDatabase(t)
	d.Exec(t, `CREATE ROLE keeper; CREATE ROLE reader LOGIN; ALTER TABLE orders OWNER TO keeper; GRANT SELECT ON orders TO reader; GRANT CREATE ON DATABASE `+d.Name+` TO keeper`)
	cfg := Config{Postgres: []string{"db.example.com/shop=" + d.URL("reader")}, Data: t.TempDir()}
	s := open(t, cfg)
	done := publish(t, s, direct(t, ordersFrom))
	text, left, err := s.Policies(t.Context(), "Sales", "Orders")
	if err != nil || len(left) > 0 {
		t.Fatal(left, err)
	}
	cfg.PostgresPolicies = []string{"db.example.com/shop"}
	guarded := open(t, cfg)
	ann := query.Viewer{Username: "ann", Roles: []string{"Mine"}}
	if _, err := value(t.Context(), guarded, done.Dataset.ID, ann, "Total"); err == nil || !strings.Contains(err.Error(), "not in force") {
		t.Errorf("before the policies are there: %v", err)
	}
	d.Exec(t, "SET ROLE keeper; "+text+"; RESET ROLE")
	if got := total(t, guarded, done.Dataset.ID, ann); got != 10 {
		t.Errorf("ann sees %d", got)
	}
	if got := total(t, guarded, done.Dataset.ID, everybody); got != 30 {
		t.Errorf("all orders are %d", got)
	}
	// A server that does not say who asks is shown nothing.
	if got, err := value(t.Context(), s, done.Dataset.ID, everybody, "Total"); err != nil || !got.IsBlank() {
		t.Errorf("without a word who asks: %v, %v", got, err)
	}
}
