package check

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"
	"github.com/xuri/excelize/v2"

	"inlay/model"
	"inlay/model/powerquery/database"
	"inlay/model/powerquery/database/tdstest"
	"inlay/model/powerquery/workbook"
	"inlay/source/duckdb"
	"inlay/source/postgres"
	"inlay/source/sourcetest/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// sources is a project whose table T has two columns, id of whole numbers and name of text, and
// the query given; files of data lie beside it.
func sources(t *testing.T, mode, query string) {
	t.Helper()
	write(t, map[string]string{"S.SemanticModel/definition/m.tmdl": "table T\n\tcolumn id\n\t\tdataType: int64\n\t\tsourceColumn: id\n\tcolumn name\n\t\tdataType: string\n\t\tsourceColumn: name\n" +
		"\tpartition p = m\n\t\tmode: " + mode + "\n\t\tsource =\n\t\t\t\t" + strings.ReplaceAll(query, "\n", "\n\t\t\t\t") + "\n"})
	book := excelize.NewFile()
	defer func() { _ = book.Close() }()
	for at, row := range map[string][]any{"A1": {"id", "name"}, "A2": {1, "one"}} {
		if err := book.SetSheetRow("Sheet1", at, &row); err != nil {
			t.Fatal(err)
		}
	}
	if err := book.SaveAs("book.xlsx"); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for name, text := range map[string]string{"good": "1::BIGINT AS id, 'one' AS name", "typed": "DATE '2026-01-31' AS id, 'one' AS name"} {
		if _, err := db.ExecContext(t.Context(), "COPY (SELECT "+text+") TO '"+filepath.ToSlash(name)+".parquet' (FORMAT parquet)"); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile("bad.parquet", []byte("PAR1 not at all PAR1"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("bad.xlsx", []byte("PK\x03\x04 not at all"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// told are the findings of a check, one a line.
func told(t *testing.T, in Input) string {
	t.Helper()
	in.Folder = "."
	r, err := Run(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range r.Findings {
		out = append(out, fmt.Sprintf("%s %d:%d %s", f.Rule, f.Place.Line, f.Place.Column, f.Message))
	}
	return strings.Join(out, "\n")
}

// TestOpened holds that a check tells without a refresh what one would refuse of a workbook and
// of a Parquet file, and that it looks into neither where it has no reader.
func TestOpened(t *testing.T) {
	for _, c := range []struct{ name, query, want string }{
		{"a sheet", `Table.PromoteHeaders(Excel.Workbook(File.Contents("book.xlsx")){[Item="Sheet1",Kind="Sheet"]}[Data])`, ""},
		{"a sheet that is not there", `Table.PromoteHeaders(Excel.Workbook(File.Contents("book.xlsx")){[Item="Sheet2",Kind="Sheet"]}[Data])`,
			`query-fails 11:69 table 'T': the key matches no row of the table; the workbook has Sheet "Sheet1"`},
		{"a table that is not there", `Excel.Workbook(File.Contents("book.xlsx")){[Item="Orders",Kind="Table"]}[Data]`,
			`query-fails 11:48 table 'T': the key matches no row of the table; the workbook has Sheet "Sheet1"`},
		{"a column of a sheet that is not there", "let s = Table.PromoteHeaders(Excel.Workbook(File.Contents(\"book.xlsx\")){[Item=\"Sheet1\",Kind=\"Sheet\"]}[Data])\nin Table.SelectColumns(s, {\"id\", \"Name\"})",
			`query-fails 12:31 table 'T': Table.SelectColumns: there is no column "Name"; there are id, name`},
		{"headers left where they are", `Excel.Workbook(File.Contents("book.xlsx")){[Item="Sheet1",Kind="Sheet"]}[Data]`,
			`refresh-refused 8:0 table 'T', query "p": the result has no column "id", which column [id] of the model needs; it has Column1, Column2`},
		{"a workbook that is none", `Excel.Workbook(File.Contents("bad.xlsx")){[Item="Sheet1",Kind="Sheet"]}[Data]`,
			`query-fails 11:20 table 'T': Excel.Workbook: "bad.xlsx" is not a workbook (.xlsx): zip: not a valid zip file`},
		{"parquet", `Parquet.Document(File.Contents("good.parquet"))`, ""},
		{"a column of parquet that is not there", `Table.RenameColumns(Parquet.Document(File.Contents("good.parquet")), {{"nam", "name"}})`,
			`query-fails 11:74 table 'T': Table.RenameColumns: there is no column "nam"; there are id, name`},
		{"a column of parquet of another type", `Parquet.Document(File.Contents("typed.parquet"))`,
			"column-type 2:0 column 'T'[id] is a whole number, and the query gives values of type date, which do not convert; change the type in the query or in the model"},
		{"a type that the query changes", `Table.TransformColumnTypes(Parquet.Document(File.Contents("typed.parquet")), {{"id", Int64.Type}})`, ""},
		{"parquet that is none", `Parquet.Document(File.Contents("bad.parquet"))`,
			`query-fails 11:22 table 'T': Parquet.Document: file "bad.parquet" cannot be read: it is not a Parquet file, or it is damaged`},
	} {
		t.Run(c.name, func(t *testing.T) {
			sources(t, "import", c.query)
			opened := Opened{Workbooks: workbook.Reader{}, Parquet: duckdb.Parquet{}}
			if got := told(t, Input{Sources: Sources{Opened: opened}}); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
			if got := told(t, Input{}); got != "" {
				t.Errorf("without readers\n%s", got)
			}
		})
	}
}

// TestConnected holds that columns are compared with a database where that is asked for, and that
// nothing is dialled where it is not.
func TestConnected(t *testing.T) {
	d := pgtest.Shared(t).Database(t)
	d.Exec(t, "CREATE TABLE orders (id bigint, name text); CREATE TABLE days (id date, name text)")
	url := d.URL("postgres")
	set, err := database.New([]database.Entry{{Name: "db.example.com/shop", URL: url}, {Name: "db.example.com/gone", URL: "postgres://asks@127.0.0.1:1/gone"}})
	if err != nil {
		t.Fatal(err)
	}
	const shop = `PostgreSQL.Database("db.example.com", "shop")`
	for _, c := range []struct{ name, mode, query, want, without string }{
		{"a table", "import", shop + `{[Schema="public",Item="orders"]}[Data]`, "", ""},
		{"a table that is not there", "import", shop + `{[Schema="public",Item="order"]}[Data]`,
			`query-fails 11:25 table 'T': PostgreSQL.Database: database "db.example.com/shop": relation "public.order" does not exist (42P01)`, ""},
		{"a column that is not there", "import", `Table.SelectColumns(` + shop + `{[Schema="public",Item="orders"]}[Data], {"id", "Name"})`,
			`query-fails 11:111 table 'T': Table.SelectColumns: there is no column "Name"; there are id, name`, ""},
		{"a column of another type", "import", shop + `{[Schema="public",Item="days"]}[Data]`, "column-type 2:0", ""},
		{"a statement", "import", `Value.NativeQuery(` + shop + `, "SELECT id FROM orders")`, `refresh-refused 8:0 table 'T', query "p": the result has no column "name"`, ""},
		{"a statement with a fault", "import", `Value.NativeQuery(` + shop + `, "SELEKT id FROM orders")`, `query-fails 11:23`, ""},
		{"a database that is away", "import", `PostgreSQL.Database("db.example.com", "gone"){[Schema="public",Item="orders"]}[Data]`, `source-missing 11:25`, ""},
		{"a key without a schema", "import", shop + `{[Item="orders"]}[Data]`, "query-fails 11:51", "query-fails 11:51"},
		{"a statement over a table", "import", `Value.NativeQuery(` + shop + `{[Schema="public",Item="orders"]}[Data], "SELECT 1")`, "query-fails 11:101", "query-not-supported 11:101"},
		{"in place", "directQuery", shop + `{[Schema="public",Item="orders"]}[Data]`, "", ""},
		{"a table that is not there, in place", "directQuery", shop + `{[Schema="public",Item="order"]}[Data]`, "refresh-refused 0:0", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			sources(t, c.mode, c.query)
			in := Input{Sources: Sources{Databases: set}}
			if got := told(t, in); !strings.HasPrefix(got, c.without) || c.without == "" && got != "" {
				t.Errorf("without a connection, got\n%s\nwant\n%s", got, c.without)
			}
			in.Connect = true
			in.Direct = func(ctx context.Context, m *model.Model) error { return bind(ctx, url, m) }
			got := told(t, in)
			if !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
			if strings.Contains(got, "127.0.0.1") {
				t.Errorf("the address is shown: %s", got)
			}
		})
	}
}

// TestConnectedSQLServer does the same for SQL Server.
func TestConnectedSQLServer(t *testing.T) {
	s := tdstest.Start(t, tdstest.Options{})
	s.Create(t, "orders", []tdstest.Column{{Name: "id", Type: "bigint"}, {Name: "name", Type: "nvarchar(20)"}}, "")
	s.Create(t, "days", []tdstest.Column{{Name: "id", Type: "date"}, {Name: "name", Type: "nvarchar(20)"}}, "")
	set, err := database.New([]database.Entry{{Name: "db.example.com/shop", URL: s.URL("encrypt=disable")}, {Name: "db.example.com/secure", URL: s.URL("")},
		{Name: "db.example.com/closed", URL: strings.Replace(s.URL("encrypt=disable"), tdstest.User, "stranger", 1)}})
	if err != nil {
		t.Fatal(err)
	}
	const shop = `Sql.Database("db.example.com", "shop")`
	for _, c := range []struct{ name, query, want string }{
		{"a table", shop + `{[Schema="dbo",Item="orders"]}[Data]`, ""},
		{"a table that is not there", shop + `{[Schema="dbo",Item="order"]}[Data]`, `query-fails 11:18 table 'T': Sql.Database: database "db.example.com/shop": Invalid object name 'order'. (208)`},
		{"a column of another type", shop + `{[Schema="dbo",Item="days"]}[Data]`, "column-type 2:0"},
		{"a statement", `Value.NativeQuery(` + shop + `, "SELECT id FROM orders ORDER BY id")`, `refresh-refused 8:0 table 'T', query "p": the result has no column "name"`},
		{"a login that is refused", `Sql.Database("db.example.com", "closed"){[Schema="dbo",Item="orders"]}[Data]`, `query-fails 11:18 table 'T': Sql.Database: database "db.example.com/closed": Login failed for user 'stranger'. (18456)`},
		{"a certificate of nobody", `Sql.Database("db.example.com", "secure"){[Schema="dbo",Item="orders"]}[Data]`, `source-missing 11:18 table 'T': Sql.Database: database "db.example.com/secure": the certificate of the server is signed by an authority that is not known here`},
	} {
		t.Run(c.name, func(t *testing.T) {
			sources(t, "import", c.query)
			before := len(s.Statements())
			in := Input{Sources: Sources{Databases: set}}
			if got := told(t, in); got != "" || len(s.Statements()) != before {
				t.Errorf("without a connection, got\n%s", got)
			}
			in.Connect = true
			got := told(t, in)
			if !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
			if strings.Contains(got, "127.0.0.1") || strings.Contains(got, tdstest.Password) {
				t.Errorf("the address is shown: %s", got)
			}
		})
	}
}

// bind looks for the tables of a model in DirectQuery as a server does that publishes it.
func bind(ctx context.Context, url string, m *model.Model) error {
	p, err := postgres.Open(url, postgres.Options{Connections: 1, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer p.Close()
	_, relations, err := postgres.Relations(m)
	if err != nil {
		return err
	}
	_, err = postgres.Bind(ctx, p, m, relations)
	return err
}
