package database

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"

	"inlay/model/powerquery/database/tdstest"
)

// sqlServerSet lists a server as db.example.com/shop.
func sqlServerSet(t *testing.T, s *tdstest.Server, options string) *Set {
	t.Helper()
	set, err := New([]Entry{{Name: "db.example.com/shop", URL: s.URL(options)}})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

var sqlServerSales = []tdstest.Column{{Name: "id", Type: "int not null"}, {Name: "name", Type: "nvarchar(100)"}, {Name: "amount", Type: "decimal(12,2)"}, {Name: "day", Type: "date"}, {Name: "note", Type: "varchar(10)"}}

// The server of these tests was itself held against FreeTDS 1.3.17 (tsql and bsqldb, without TLS
// and with it), which signed in, were refused with a wrong password, and read rows of all types.

func TestSQLServer(t *testing.T) {
	s := tdstest.Start(t, tdstest.Options{})
	s.Create(t, "sales", sqlServerSales, data)
	set := sqlServerSet(t, s, "encrypt=true&certificate="+url.QueryEscape(s.Certificate))
	source := `Sql.Database("tcp:DB.example.com,1433", "shop"){[Schema="dbo",Item="sales"]}[Data]`
	check(t, set, source, `Value.NativeQuery(Sql.Database("db.example.com", "shop"), "SELECT id FROM sales WHERE name = @who AND amount > @least;", [who = "lamp", least = 100])`)
	check(t, set, `Sql.Databases("db.example.com"){[Name="shop"]}[Data]{[Schema="dbo",Item="sales"]}[Data]`,
		`Value.NativeQuery(Sql.Database("db.example.com", "shop"), "SELECT id FROM sales WHERE name = @p1 AND id > @p2 ORDER BY id", {"lamp", 1})`)
	if got, err := rows(t, set, `Sql.Database("db.example.com", "shop", [Query = "WITH x AS (SELECT id FROM sales WHERE id = 2) SELECT id FROM x -- delete"])`); err != nil || got != "2" {
		t.Errorf("a query as an option: %q, %v", got, err)
	}
	if got, err := rows(t, set, `Value.NativeQuery(Sql.Database("db.example.com", "shop"), "SELECT id FROM sales WHERE @x IS NULL AND day = @d", [x = null, d = #date(2026, 2, 1)])`); err != nil || got != "2" {
		t.Errorf("a null and a date as parameters: %q, %v", got, err)
	}
	if got, err := rows(t, set, `Table.SelectColumns(Sql.Database("db.example.com", "shop"), {"Schema", "Item"})`); err != nil || got != `"dbo" "sales"` {
		t.Errorf("tables: %q, %v", got, err)
	}
	for _, said := range s.Statements() {
		if strings.Contains(said, "lamp") || strings.Contains(said, "--") {
			t.Errorf("a value or a comment in the statement %s", said)
		}
	}
	if s.Committed() != 0 {
		t.Errorf("%d transactions were committed", s.Committed())
	}
}

// TestSQLServerFolded: what is folded, and how.
func TestSQLServerFolded(t *testing.T) {
	s := tdstest.Start(t, tdstest.Options{})
	s.Create(t, "t", []tdstest.Column{{Name: "id", Type: "bigint"}, {Name: "a]b", Type: "nvarchar(20)"}, {Name: "on", Type: "bit"}, {Name: "price", Type: "money"}, {Name: "at", Type: "datetime"}, {Name: "fine", Type: "datetime2(7)"},
		{Name: "day", Type: "date"}, {Name: "r", Type: "real"}, {Name: "f", Type: "float"}, {Name: "x", Type: "xml"}, {Name: "g", Type: "uniqueidentifier"}, {Name: "long", Type: "decimal(38,20)"}}, "")
	set := sqlServerSet(t, s, "encrypt=disable")
	const source = `Sql.Database("db.example.com", "shop"){[Schema="dbo",Item="t"]}[Data]`
	for _, c := range []struct{ where, want string }{
		{`[id] > 1 and [id] <> 7`, `([id] > @p1 AND ([id] <> @p2 OR [id] IS NULL))`},
		{`[#"a]b"] = "x"`, ``},
		{`[#"a]b"] <> "x"`, ``},
		{`[#"a]b"] = null`, `[a]]b] IS NULL`},
		{`[on] or [id] = 3`, `([on] = 1 OR ([id] = @p1 AND [id] IS NOT NULL))`},
		{`[on] = false`, `([on] = @p1 AND [on] IS NOT NULL)`},
		{`[price] >= 12.5`, `([price] >= CAST(@p1 AS decimal(3, 1)))`},
		{`[price] < -7`, `[price] < CAST(@p1 AS decimal(1, 0))`},
		{`[price] < 123456789012345`, ``},
		{`[long] = 1`, ``},
		{`[id] = 1.5`, ``},
		{`[f] = 0.1`, `([f] = @p1 AND [f] IS NOT NULL)`},
		{`[f] > 9007199254740993`, ``},
		{`[r] = 0.5`, ``},
		{`[day] >= #date(2026, 2, 1)`, `[day] >= CAST(@p1 AS date)`},
		{`[at] >= #datetime(2026, 2, 1, 10, 0, 0)`, `[at] >= CAST(@p1 AS datetime)`},
		{`[at] >= #datetime(2026, 2, 1, 10, 0, 0.5)`, ``},
		{`[at] >= #datetime(1700, 2, 1, 10, 0, 0)`, ``},
		{`[fine] >= #datetime(2026, 2, 1, 10, 0, 0.5) and [fine] < #datetime(2026, 3, 1, 0, 0, 0)`, `([fine] >= CAST(@p1 AS datetime2(6)) AND [fine] < CAST(@p2 AS datetime2(6)))`},
		{`[fine] = #datetime(2026, 2, 1, 10, 0, 0)`, ``},
		{`[x] = "x"`, ``},
		{`[g] = "x"`, ``},
	} {
		m := `Table.SelectRows(Table.SelectColumns(` + source + `, {"id", "a]b", "on", "price", "at", "fine", "day", "r", "f", "x", "g", "long"}), each ` + c.where + `)`
		want := "SELECT [id], [a]]b], [on], [price], [at], [fine], [day], [r], [f], [x], [g], [long] FROM [dbo].[t]"
		if c.want != "" {
			want += " WHERE " + c.want
		}
		folded(t, set, m, want)
	}
	folded(t, set, `Table.FirstN(Table.RenameColumns(Table.SelectColumns(`+source+`, {"id"}), {{"id", "Key [1]"}}), 10)`, `SELECT TOP (10) [id] AS [Key [1]]] FROM [dbo].[t]`)
}

// TestSQLServerRefused: what is wrong is told, with its remedy and without a secret.
func TestSQLServerRefused(t *testing.T) {
	s := tdstest.Start(t, tdstest.Options{})
	s.Create(t, "sales", sqlServerSales, data)
	plain := tdstest.Start(t, tdstest.Options{Encryption: tdstest.Unsupported})
	const m = `Sql.Database("db.example.com", "shop"){[Schema="dbo",Item="sales"]}[Data]`
	good := s.URL("encrypt=disable")
	for _, c := range []struct{ address, m, want string }{
		{strings.Replace(good, "s3cret%26%C3%96l", "wr0ng", 1), m, "Login failed for user 'reader'. (18456)"},
		{strings.Replace(good, "/shop", "/other", 1), m, `Cannot open database "other"`},
		{strings.Replace(good, "encrypt=disable", "", 1), m, "signed by an authority that is not known here"},
		{s.URL("encrypt=true&hostNameInCertificate=other.example.com&certificate=" + url.QueryEscape(s.Certificate)), m, "one for another host"},
		{plain.URL("encrypt=true"), m, "does not encrypt"},
		{"sqlserver://reader:s3cret@127.0.0.1:1/shop", m, "cannot be reached"},
		{good, strings.Replace(m, "sales", "none", 1), "Invalid object name 'none'. (208)"},
		{good, `Value.NativeQuery(Sql.Database("db.example.com", "shop"), "SELECT 1 AS a#(lf)SELECT 2 AS b")`, "gives more than one table"},
		{good, `Value.NativeQuery(Sql.Database("db.example.com", "shop"), "SELECT 1 AS a, 2 AS a ORDER BY 1")`, `two columns "a"`},
		{good, `Value.NativeQuery(Sql.Database("db.example.com", "shop"), "DROP TABLE sales")`, "begins with DROP, not with SELECT or WITH"},
		{good, `Sql.Database("other.example.com", "shop")`, "list it: --sqlserver 'other.example.com/shop=sqlserver://…'"},
		{good, `PostgreSQL.Database("db.example.com", "shop")`, "listed as another kind than PostgreSQL"},
		{good, `MySQL.Database("db.example.com", "shop")`, "listed as another kind than MySQL"},
	} {
		set, err := New([]Entry{{Name: "db.example.com/shop", URL: c.address}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = rows(t, set, c.m)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "wr0ng") || strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("%s\n%v, want %q", c.m, err, c.want)
		}
	}
	for address, want := range map[string]string{
		"sqlserver://reader:hidden@db.example.com":                             "cannot be read",
		"sqlserver://reader:hidden@db.example.com/instance/shop":               "cannot be read",
		"sqlserver://db.example.com/shop":                                      "names no user",
		"sqlserver://reader:hidden@db.example.com/shop?log=63":                 `option "log"`,
		"sqlserver://reader:hidden@db.example.com/shop?encrypt=maybe":          "another value of encrypt",
		"sqlserver://reader:hidden@db.example.com/shop?certificate=/nowhere.x": "cannot be read",
		"sqlserver://reader:hidden@db.example.com/shop?trustServerCertificate": "another value of trustServerCertificate",
	} {
		if _, err := New([]Entry{{Name: "db.example.com/shop", URL: address}}); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
	}
}

// TestSQLServerEncrypted signs in by every way there is.
func TestSQLServerEncrypted(t *testing.T) {
	for _, c := range []struct {
		server  tdstest.Encryption
		options string
	}{
		{tdstest.Optional, "encrypt=disable"}, {tdstest.Optional, "encrypt=false"}, {tdstest.Optional, "encrypt=true&certificate="}, {tdstest.Optional, "trustServerCertificate=true"},
		{tdstest.Required, "encrypt=false"}, {tdstest.Required, "certificate="}, {tdstest.Required, "hostNameInCertificate=db.example.com&certificate="}, {tdstest.Unsupported, "encrypt=disable"},
		{tdstest.Strict, "encrypt=strict&certificate="},
	} {
		s := tdstest.Start(t, tdstest.Options{Encryption: c.server})
		s.Create(t, "sales", sqlServerSales, data)
		if strings.HasSuffix(c.options, "=") {
			c.options += url.QueryEscape(s.Certificate)
		}
		got, err := rows(t, sqlServerSet(t, s, c.options), `Table.SelectColumns(Sql.Database("db.example.com", "shop"){[Schema="dbo",Item="sales"]}[Data], {"id"})`)
		if err != nil || got != "1\n2\n3" {
			t.Errorf("%d, %s: %q, %v", c.server, c.options, got, err)
		}
	}
}

// TestSQLServerStatements: what a model may ask of a server that has no transaction to read in.
func TestSQLServerStatements(t *testing.T) {
	m := &sqlServer{name: "db.example.com/shop"}
	for _, c := range []struct{ sql, want string }{
		{"SELECT 1 AS a", "derived"},
		{"select [delete], \"update\", 'it''s; drop' FROM t WHERE a IN (SELECT b FROM u ORDER BY c OFFSET 1 ROWS)", "derived"},
		{"SELECT a -- ; DELETE\nFROM t /* DROP /* ( */ TABLE */", "derived"},
		{"WITH x AS (SELECT 1 AS a) SELECT * FROM x", "whole"},
		{"SELECT a FROM t ORDER BY a", "whole"},
		{"SELECT a FROM t OPTION (MAXDOP 1)", "whole"},
		{"SELECT a FROM t FOR JSON PATH", "whole"},
		{"", "it is empty"},
		{"DELETE FROM t", "begins with DELETE"},
		{"xp_cmdshell", "begins with xp_cmdshell"},
		{"SELECT 1 DELETE FROM t", "the word DELETE"},
		{"SELECT 1 as a\rDELETE FROM t", "the word DELETE"},
		{"SELECT 1 -- x\rDELETE FROM t", "the word DELETE"},
		{"SELECT * INTO u FROM t", "the word INTO"},
		{"SELECT 1; SELECT 2", "semicolon"},
		{"SELECT 1) AS q COMMIT SELECT * FROM (SELECT 2", "closed that was not opened"},
		{"SELECT 1 COMMIT", "the word COMMIT"},
		{"SELECT (1", "not closed"},
		{"SELECT 'a", "lacks '"},
		{"SELECT [a", "lacks ]"},
		{"SELECT 1 /* x", "a comment is not closed"},
		{"WITH x AS (SELECT 1 AS a) UPDATE x SET a = 2", "the word UPDATE"},
		{"SELECT * FROM OPENROWSET('x', 'y', 'z')", "the word OPENROWSET"},
		{"SELECT 1 EXEC sp_who", "the word EXEC"},
		{"SELECT 1\x00", "a character that is none"},
	} {
		text, derived, err := m.Statement(c.sql)
		got := map[bool]string{true: "derived", false: "whole"}[derived]
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, c.want) || strings.Contains(text, "--") || strings.Contains(text, "/*") {
			t.Errorf("%q: %s, want %s (%s)", c.sql, got, c.want, text)
		}
	}
}

// TestSQLServerBroken: a connection that is lost and a statement that fails half way are errors,
// never the end of the rows; a statement that nobody waits for is ended, and so is a login.
func TestSQLServerBroken(t *testing.T) {
	const big = `Value.NativeQuery(Sql.Database("db.example.com", "shop"), "SELECT i AS a FROM range(100000000) AS r(i)")`
	for want, opts := range map[string]tdstest.Options{"broke off": {CutAfter: 1000}, "Divide by zero": {FailAfter: 1000}} {
		s := tdstest.Start(t, opts)
		if got, err := rows(t, sqlServerSet(t, s, "encrypt=disable"), big); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %d bytes", want, err, len(got))
		}
	}
	s := tdstest.Start(t, tdstest.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	set := sqlServerSet(t, s, "encrypt=disable")
	db, err := set.Find("Sql", "db.example.com", "shop")
	if err != nil {
		t.Fatal(err)
	}
	cells, err := db.Query(ctx, "SELECT i AS a FROM range(100000000) AS r(i)", nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		if _, err := cells.Next(); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	for err = nil; err == nil; {
		_, err = cells.Next()
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled statement: %v", err)
	}
	if err := cells.Close(); err != nil || s.Cancelled() != 1 {
		t.Errorf("%v, %d statements were ended", err, s.Cancelled())
	}
	silent := tdstest.Start(t, tdstest.Options{Silent: true})
	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	db, err = sqlServerSet(t, silent, "").Find("Sql", "db.example.com", "shop")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Query(ctx, "SELECT 1 AS a", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled login: %v", err)
	}
}
