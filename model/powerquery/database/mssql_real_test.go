package database

import (
	"context"
	"database/sql/driver"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	mssql "github.com/microsoft/go-mssqldb"
	"pgregory.net/rapid"

	"inlay/model"
	"inlay/model/powerquery"
)

// both gives the rows of a query, folded and row by row, or the error of either.
func both(set *Set, m string) (folded, plain string) {
	var got [2]string
	for i, noFolding := range []bool{false, true} {
		plan, err := powerquery.Query(context.Background(), powerquery.Config{Databases: set, NoFolding: noFolding}, "T", model.Partition{Name: "p", Source: m})
		if err != nil {
			got[i] = err.Error()
			continue
		}
		r, err := plan.Rows(context.Background())
		if err != nil {
			got[i] = err.Error()
			continue
		}
		for r.Next() {
			for _, v := range r.Row() {
				got[i] += v.String() + " "
			}
			got[i] += "\n"
		}
		r.Close()
		if r.Err() != nil {
			got[i] = r.Err().Error()
		}
	}
	return got[0], got[1]
}

// inTransact writes a value of DuckDB as Transact-SQL has it.
func inTransact(typ, v string) string {
	switch {
	case v == "true":
		v = "1"
	case v == "false":
		v = "0"
	case strings.HasPrefix(v, "repeat("):
		parts := strings.Split(strings.TrimSuffix(strings.TrimPrefix(v, "repeat("), ")"), ", ")
		v = "REPLICATE(CAST(N" + parts[0] + " AS nvarchar(max)), " + parts[1] + ")"
	case strings.HasSuffix(v, "::BLOB"):
		v = "0x" + strings.ReplaceAll(strings.Trim(strings.TrimSuffix(v, "::BLOB"), "'"), `\x`, "")
	case typ == "datetime": // which reads no more than three digits
		v = "CAST(N" + v + " AS datetime2(6))"
	case strings.HasPrefix(v, "'"):
		v = "N" + v
	case typ == "real" || typ == "float":
		if !strings.Contains(v, "e") {
			v += "e0"
		}
	}
	return "CAST(" + v + " AS " + typ + ")"
}

// onServer runs conditions on all types on a real server: folded and row by row, and by columns.
func onServer(t *testing.T, address string) {
	set, err := New([]Entry{{Name: "db.example.com/shop", URL: address}})
	if err != nil {
		t.Fatal(err)
	}
	db, err := set.Find("Sql", "db.example.com", "shop")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := db.(*sqlServer).connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	var defs, names []string
	var of []int
	most := 0
	for i, c := range sqlServerValues {
		names, of = append(names, "c"+strconv.Itoa(i)), append(of, i)
		defs = append(defs, names[i]+" "+c.typ)
		most = max(most, len(c.values))
	}
	perform(t, conn, "DROP TABLE IF EXISTS inlay_types")
	perform(t, conn, "CREATE TABLE inlay_types ("+strings.Join(defs, ", ")+")")
	for n := range most + 1 {
		var row []string
		for _, c := range sqlServerValues {
			v := "NULL"
			if n < len(c.values) {
				v = inTransact(c.typ, c.values[n])
			}
			row = append(row, v)
		}
		perform(t, conn, "INSERT INTO inlay_types VALUES ("+strings.Join(row, ", ")+")")
	}
	m := `Sql.Database("db.example.com", "shop"){[Schema="dbo",Item="inlay_types"]}[Data]`
	for i, c := range sqlServerValues {
		got, _, _ := strings.Cut(first(both(set, fmt.Sprintf(`Table.SelectColumns(%s, {"c%d"})`, m, i))), "\n")
		if strings.TrimSpace(got) != strings.TrimSpace(c.shown) {
			t.Errorf("%s: got %.200q, want %.200q", c.typ, got, c.shown)
		}
	}
	t.Run("folded", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			if rapid.Bool().Draw(t, "by columns") {
				sameDirect(t, set, m, names)
				return
			}
			sameCondition(t, set, m, names, of)
		})
	})
	perform(t, conn, "DROP TABLE inlay_types")
}

func first(a, _ string) string { return a }

func perform(t *testing.T, conn *mssql.Conn, text string) {
	t.Helper()
	stmt, err := conn.PrepareContext(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	e, ok := stmt.(driver.StmtExecContext)
	if !ok {
		t.Fatal("no driver of SQL Server")
	}
	if _, err := e.ExecContext(t.Context(), nil); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// outside is what stands neither in a text nor in a name in quotes.
var outside = regexp.MustCompile(`'(?:[^']|'')*'|"(?:[^"]|"")*"|\[(?:[^\]]|\]\])*\]`)

// TestSQLServerStatementsDrawn: whatever a statement is put together from, what is sent has no
// comment, no second statement, and stands inside parentheses as a whole.
func TestSQLServerStatementsDrawn(t *testing.T) {
	pieces := []string{"SELECT", "WITH", " ", "\n", "\r", "a", "'", "''", "\"", "[", "]", "]]", "(", ")", "--", "/*", "*/", ";", "DELETE", "delete", "INTO", "EXEC", "ORDER BY", "x", "1", ",", "FROM", "\u2028", "-", "/", "N'a'", "É"}
	sent := 0
	rapid.Check(t, func(t *rapid.T) {
		sql := "SELECT " + strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 12).Draw(t, "pieces"), rapid.SampledFrom([]string{"", " "}).Draw(t, "between"))
		text, _, err := (&sqlServer{name: "x/y"}).Statement(sql)
		if err != nil {
			return
		}
		sent++
		plain := outside.ReplaceAllString(text, " ")
		depth := 0
		for _, c := range plain {
			depth += map[rune]int{'(': 1, ')': -1}[c]
			if depth < 0 || strings.ContainsRune("'\"[;", c) {
				t.Fatalf("%q is sent as %q", sql, text)
			}
		}
		for _, w := range regexp.MustCompile(`[\pL\pN_@#$]+`).FindAllString(plain, -1) {
			if refusedWords[strings.ToUpper(w)] {
				t.Fatalf("%q is sent as %q", sql, text)
			}
		}
		if depth != 0 || strings.Contains(plain, "--") || strings.Contains(plain, "/*") {
			t.Fatalf("%q is sent as %q", sql, text)
		}
	})
	if sent == 0 {
		t.Error("no statement was fit")
	}
}
