package duckdb

import (
	"fmt"
	"strings"
	"testing"

	"inlay/model/powerquery/database"
	"inlay/model/powerquery/database/tdstest"
)

// TestSQLServerByColumns does the same for SQL Server, whose statements cannot always be put into
// another.
func TestSQLServerByColumns(t *testing.T) {
	s := tdstest.Start(t, tdstest.Options{})
	s.Create(t, "facts", []tdstest.Column{{Name: "id", Type: "bigint not null"}, {Name: "day", Type: "date"}, {Name: "region", Type: "nvarchar(40)"}, {Name: "units", Type: "int"}, {Name: "amount", Type: "money"},
		{Name: "price", Type: "float"}, {Name: "open", Type: "bit"}, {Name: "at", Type: "datetime2(6)"}, {Name: "note", Type: "varchar(20)"}, {Name: "key", Type: "uniqueidentifier"}}, "")
	s.Fill(t, "facts", `SELECT i, date '1950-01-01' + (i * 7 % 40000)::int, CASE i % 7 WHEN 3 THEN NULL WHEN 4 THEN 'NORD ' || i % 9 ELSE 'Nord ' || i % 9 END,
		(i % 4000)::int, CASE WHEN i % 11 > 0 THEN (i % 9000 - 300) / 100 END, CASE WHEN i % 5 > 0 THEN i / 3 END, i % 3 = 0,
		timestamp '2026-01-31 10:11:12.131415' - i * interval '1 hour', CASE WHEN i = 9001 THEN 'many' ELSE i::text END, lpad(i::text, 32, '0')::uuid FROM range(1, 12001) t(i)`)
	set, err := database.New([]database.Entry{{Name: "db.example.com/shop", URL: s.URL("encrypt=disable")}})
	if err != nil {
		t.Fatal(err)
	}
	const shop = `Sql.Database("db.example.com", "shop")`
	const all = shop + `{[Schema="dbo",Item="facts"]}[Data]`
	for _, c := range []struct {
		name, m string
		columns []string
		want    string
	}{
		{"all", all, []string{"id int", "day date", "region text", "units int", "amount decimal", "price double", "open bool", "at date", "note text", "key text"}, "12000 rows"},
		{"other types", all, []string{"id decimal", "units double", "amount double", "day date", "open bool"}, "12000 rows"},
		{"folded", `Table.SelectRows(Table.RenameColumns(` + all + `, {{"id", "ID"}}), each [ID] > 100 and [amount] >= 12.5 and [day] < #date(2026, 1, 1))`, []string{"ID int", "amount decimal", "region text"}, " rows"},
		{"a statement as it is", `Value.NativeQuery(` + shop + `, "WITH f AS (SELECT * FROM facts) SELECT id, amount FROM f WHERE id <= @most ORDER BY id DESC", [most = 500])`, []string{"id int", "amount decimal"}, "500 rows"},
		{"text that is no number", all, []string{"id int", "note int"}, `row 9001, column "note": the text "many" does not convert to a whole number`},
	} {
		table := tableOf("T", c.m, c.columns...)
		got, want := fromDatabase(t, set, table, false, false), fromDatabase(t, set, table, false, true)
		if got != want || !strings.Contains(got, c.want) {
			t.Errorf("%s: got\n%.1500s\nwant\n%.1500s\nwith %s", c.name, got, want, c.want)
		}
	}
	if said := fmt.Sprint(s.Statements()); !strings.Contains(said, "[id] > @p1") {
		t.Errorf("no condition was done by the server: %.500s", said)
	}
}
