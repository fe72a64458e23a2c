package database

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inlay/model"
	"inlay/model/powerquery"
	"inlay/source/sourcetest/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// rows evaluates a query, with and without folding, and holds that both give the same.
func rows(t *testing.T, set *Set, m string) (string, error) {
	t.Helper()
	var got [2]string
	for i, plain := range []bool{false, true} {
		cfg := powerquery.Config{Databases: set, NoFolding: plain}
		plan, err := powerquery.Query(context.Background(), cfg, "T", model.Partition{Name: "p", Source: m})
		if err != nil {
			return "", err
		}
		r, err := plan.Rows(context.Background())
		if err != nil {
			return "", err
		}
		var out []string
		for r.Next() {
			var cells []string
			for _, v := range r.Row() {
				cells = append(cells, v.String())
			}
			out = append(out, strings.Join(cells, " "))
		}
		r.Close()
		if r.Err() != nil {
			return "", r.Err()
		}
		got[i] = strings.Join(out, "\n")
	}
	if got[0] != got[1] {
		t.Errorf("%s\nfolded\n%s\nrow by row\n%s", m, got[0], got[1])
	}
	return got[0], nil
}

const data = `(1, 'Lamp', 12.50, '2026-01-31', NULL), (2, 'lamp', 300, '2026-02-01', 'x'), (3, 'O''Brien "quoted"', NULL, NULL, NULL)`

// check runs the same questions on both engines; source is the navigation to the table.
func check(t *testing.T, set *Set, source, native string) {
	t.Helper()
	for _, c := range []struct{ name, m, want string }{
		{"all", `Table.Sort(%s, "id")`, "1 \"Lamp\" 12.5 #date(2026, 1, 31) null\n2 \"lamp\" 300 #date(2026, 2, 1) \"x\"\n3 \"O'Brien \"\"quoted\"\"\" null null null"},
		{"filter", `Table.SelectColumns(Table.SelectRows(%s, each [name] = "Lamp"), {"id"})`, "1"},
		{"quotes", `Table.SelectColumns(Table.SelectRows(%s, each [name] = "O'Brien ""quoted"""), {"id"})`, "3"},
		{"injection", `Table.RowCount(Table.SelectRows(%s, each [name] = "' OR 1=1 --"))`, ""},
		{"numbers", `Table.SelectColumns(Table.SelectRows(%s, each [amount] > 12.5 and [id] <= 2), {"id"})`, "2"},
		{"not equal", `Table.Sort(Table.SelectColumns(Table.SelectRows(%s, each [amount] <> 300), {"id"}), "id")`, "1\n3"},
		{"null", `Table.SelectColumns(Table.SelectRows(%s, each [amount] = null), {"id"})`, "3"},
		{"dates", `Table.SelectColumns(Table.SelectRows(%s, each [day] >= #date(2026, 2, 1)), {"id"})`, "2"},
		{"rename", `Table.SelectRows(Table.SelectColumns(Table.RenameColumns(%s, {{"id", "Key ""1"""}}), {"Key ""1"""}), each [#"Key ""1"""] = 2)`, "2"},
		{"first", `Table.FirstN(Table.SelectColumns(Table.SelectRows(%s, each [id] = 3), {"id"}), 1)`, "3"},
		{"row function", `Table.SelectColumns(Table.SelectRows(%s, each Text.Length([name]) = 4 and [id] > 1), {"id"})`, "2"},
	} {
		m := fmt.Sprintf(c.m, source)
		if c.name == "injection" {
			m = fmt.Sprintf(`#table({"n"}, {{%s}})`, m)
			c.want = "0"
		}
		if got, err := rows(t, set, m); err != nil || got != c.want {
			t.Errorf("%s: %v, got\n%s\nwant\n%s", c.name, err, got, c.want)
		}
	}
	if got, err := rows(t, set, native); err != nil || got != "2" {
		t.Errorf("native query: %q, %v", got, err)
	}
}

func folded(t *testing.T, set *Set, m, want string) {
	t.Helper()
	plan, err := powerquery.Query(context.Background(), powerquery.Config{Databases: set}, "T", model.Partition{Name: "p", Source: m})
	if err != nil {
		t.Fatal(err)
	}
	if got := plan.Folded(); got != want {
		t.Errorf("folded\n%s\nwant\n%s", got, want)
	}
}

// singles compares single-precision numbers: by the digits that are shown of them.
func singles(t *testing.T, set *Set, source string) {
	t.Helper()
	for condition, want := range map[string]string{"[x] = 0.1": "1", "[x] > 0.2": "3", "[x] <= 0.1000000001": "1", "[x] = 0.2000000001": "", "[x] <> 0.3": "1\n2"} {
		m := `Table.Sort(Table.SelectColumns(Table.SelectRows(` + source + `, each ` + condition + `), {"id"}), "id")`
		if got, err := rows(t, set, m); err != nil || got != want {
			t.Errorf("%s: %v, got %q, want %q", condition, err, got, want)
		}
	}
}

func TestPostgres(t *testing.T) {
	db := pgtest.Shared(t).Database(t)
	db.Exec(t, `CREATE TABLE sales (id int PRIMARY KEY, name text, amount numeric(12,2), day date, note varchar(10))`)
	db.Exec(t, `INSERT INTO sales VALUES `+data)
	set, err := New([]Entry{{Name: "db.example.com/shop", URL: db.URL("postgres")}})
	if err != nil {
		t.Fatal(err)
	}
	source := `PostgreSQL.Database("DB.example.com:5432", "shop"){[Schema="public",Item="sales"]}[Data]`
	check(t, set, source, `Value.NativeQuery(PostgreSQL.Database("db.example.com", "shop"), "SELECT id FROM sales WHERE name = @who AND amount > @least;", [who = "lamp", least = 1])`)
	check(t, set, `Sql.Databases("db.example.com"){[Name="shop"]}[Data]{[Schema="public",Item="sales"]}[Data]`,
		`Value.NativeQuery(PostgreSQL.Database("db.example.com", "shop"), "SELECT id FROM sales WHERE name = $1 AND id > $2", {"lamp", 0})`)
	folded(t, set, `Table.FirstN(Table.SelectRows(Table.SelectColumns(`+source+`, {"id", "amount"}), each [id] > 1), 10)`,
		`SELECT "id", "amount" FROM "public"."sales" WHERE "id" > $1::bigint LIMIT 10`)
	db.Exec(t, `CREATE TABLE single AS SELECT i AS id, (i / 10.0)::real AS x FROM generate_series(1, 3) s(i)`)
	singles(t, set, `PostgreSQL.Database("db.example.com", "shop"){[Schema="public",Item="single"]}[Data]`)
	for m, want := range map[string]string{
		`PostgreSQL.Database("db.example.com", "other")`:                                                                         `is not listed in the configuration, so it is not dialled`,
		`Sql.Database("sqlserver.example.com", "dw"){[Schema="dbo",Item="f"]}[Data]`:                                             `--sqlserver 'sqlserver.example.com/dw=sqlserver://…'`,
		`MySQL.Database("db.example.com", "shop")`:                                                                               `is listed as another kind than MySQL`,
		`PostgreSQL.Database("db.example.com", "shop"){[Schema="public",Item="sales; DROP"]}[Data]`:                              `does not exist`,
		`Value.NativeQuery(PostgreSQL.Database("db.example.com", "shop"), "DELETE FROM sales RETURNING id")`:                     `database "db.example.com/shop"`,
		`Value.NativeQuery(PostgreSQL.Database("db.example.com", "shop"), "WITH x AS (DELETE FROM sales RETURNING id) TABLE x")`: `database "db.example.com/shop"`,
		`Value.NativeQuery(PostgreSQL.Database("db.example.com", "shop"), "SELECT 1) AS q; DELETE FROM sales; SELECT (2")`:       `database "db.example.com/shop"`,
	} {
		if _, err := rows(t, set, m); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), db.URL("postgres")) {
			t.Errorf("%s: %v, want %q", m, err, want)
		}
	}
	if got, err := rows(t, set, source); err != nil || strings.Count(got, "\n") != 2 {
		t.Errorf("the table was changed: %q, %v", got, err)
	}
}

func TestMySQL(t *testing.T) {
	address, admin := mariadb(t)
	for _, q := range []string{
		"CREATE DATABASE shop", "CREATE TABLE shop.sales (id int PRIMARY KEY, name varchar(100), amount decimal(12,2), day date, note varchar(10)) CHARACTER SET utf8mb4",
		"INSERT INTO shop.sales VALUES " + data,
	} {
		if _, err := admin.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	set, err := New([]Entry{{Name: "db.example.com/shop", URL: "mysql://reader:secret@" + address + "/shop"}})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	source := `MySQL.Database("db.example.com", "shop"){[Schema="shop",Item="sales"]}[Data]`
	check(t, set, source, `Value.NativeQuery(MySQL.Database("db.example.com", "shop"), "SELECT id FROM sales WHERE name = @who AND id > @least", [who = "lamp", least = 1])`)
	folded(t, set, `Table.SelectRows(`+source+`, each [id] = 1 or [amount] < 5)`,
		"SELECT `id`, `name`, `amount`, `day`, `note` FROM `shop`.`sales` WHERE ((`id` = ? AND `id` IS NOT NULL) OR `amount` < ?)")
	if _, err := admin.Exec("CREATE TABLE shop.single AS SELECT 1 AS id, CAST(0.1 AS FLOAT) AS x UNION SELECT 2, CAST(0.2 AS FLOAT) UNION SELECT 3, CAST(0.3 AS FLOAT)"); err != nil {
		t.Fatal(err)
	}
	singles(t, set, `MySQL.Database("db.example.com", "shop"){[Schema="shop",Item="single"]}[Data]`)
	// A statement means what it means to MySQL elsewhere: double quotes hold a text.
	if got, err := rows(t, set, `Value.NativeQuery(MySQL.Database("db.example.com", "shop"), "SELECT id FROM sales WHERE note = ""x""")`); err != nil || got != "2" {
		t.Errorf("double quotes: %q, %v", got, err)
	}
	if _, err := rows(t, set, `MySQL.Database("db.example.com", "shop"){[Schema="shop",Item="none"]}[Data]`); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("a missing table: %v", err)
	}
}

// mariadb starts a server of its own. Without the programs of MariaDB the test is skipped, but
// fails in CI.
func mariadb(t *testing.T) (address string, admin *sql.DB) {
	t.Helper()
	install, err := exec.LookPath("mariadb-install-db")
	server, err2 := exec.LookPath("mariadbd")
	if err2 != nil { // Debian has it where only root looks
		server, err2 = exec.LookPath("/usr/sbin/mariadbd")
	}
	if err != nil || err2 != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("the tests on MySQL need mariadbd; on Debian: apt-get install mariadb-server")
		}
		t.Skip("the tests on MySQL need mariadbd; on Debian: apt-get install mariadb-server")
	}
	dir := t.TempDir()
	if out, err := exec.Command(install, "--no-defaults", "--datadir="+filepath.Join(dir, "data"), "--auth-root-authentication-method=normal", "--skip-test-db").CombinedOutput(); err != nil {
		t.Fatalf("mariadb-install-db: %v\n%s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = l.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	_ = l.Close()
	args := []string{"--no-defaults", "--datadir=" + filepath.Join(dir, "data"), "--port=" + port, "--bind-address=127.0.0.1",
		"--socket=" + filepath.Join(dir, "s.sock"), "--pid-file=" + filepath.Join(dir, "pid"), "--innodb-buffer-pool-size=16M", "--skip-log-bin"}
	if os.Getuid() == 0 {
		args = append(args, "--user=root")
	}
	cmd := exec.Command(server, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	admin, err = sql.Open("mysql", "root@tcp("+address+")/")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = admin.Close() })
	for end := time.Now().Add(60 * time.Second); ; {
		if err = admin.Ping(); err == nil {
			break
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	if _, err := admin.Exec("CREATE USER reader IDENTIFIED BY 'secret'"); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Exec("GRANT SELECT ON *.* TO reader"); err != nil {
		t.Fatal(err)
	}
	return address, admin
}
