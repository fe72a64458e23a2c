package database

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"inlay/model/powerquery/database/tdstest"
)

// sqlServerValues are the types that have one in M, each with values at the ends of its range, in
// the words of DuckDB, and how M shows the first of them.
var sqlServerValues = []struct {
	typ    string
	values []string
	shown  string
}{
	{"tinyint", []string{"255", "0"}, "255"},
	{"smallint", []string{"-32768", "32767"}, "-32768"},
	{"int", []string{"-2147483648", "2147483647", "0"}, "-2147483648"},
	{"bigint", []string{"-9223372036854775808", "9223372036854775807", "9223372036854775806", "99999999999999", "100000000000000"}, "-9223372036854775808"},
	{"bit", []string{"true", "false"}, "true"},
	{"decimal(12,2)", []string{"-12.50", "9999999999.99", "0"}, "-12.5"},
	{"decimal(38,10)", []string{"1234567890123456789012345678.5", "0.0000000001", "-12.5", "12"}, "1.2345678901234569e+27"},
	{"money", []string{"922337203685477.5807", "-922337203685477.5807", "-922337203685477.5808", "12.5", "0"}, "922337203685477.5807"},
	{"smallmoney", []string{"-214748.3648", "214748.3647"}, "-214748.3648"},
	{"real", []string{"0.1", "1e30"}, "0.1"},
	{"float", []string{"0.1", "1e308", "-0.0", "5e-324", "12"}, "0.1"},
	{"date", []string{"'0001-01-01'", "'9999-12-31'", "'1969-12-31'", "'1899-12-29'", "'1899-12-30'"}, "#date(1, 1, 1)"},
	{"time(7)", []string{"'23:59:59.999999'", "'00:00:00'"}, "time 23:59"},
	{"time(0)", []string{"'10:11:12'"}, "time 10:11"},
	{"datetime", []string{"'1753-01-01'", "'9999-12-31 23:59:59.997'", "'1969-12-31 23:59:59.003333'", "'1900-01-01'", "'1899-12-29 10:00:00'"}, "#datetime(1753, 1, 1, 0, 0, 0)"},
	{"datetime2(6)", []string{"'0001-01-01'", "'9999-12-31 23:59:59.999999'", "'1969-12-31 23:59:59.999999'"}, "#datetime(1, 1, 1, 0, 0, 0)"},
	{"datetime2(7)", []string{"'1969-12-31 23:59:59.9999999'", "'2026-02-01 10:00:00.0000001'"}, "#datetime(1969, 12, 31, 23, 59, 59.999999)"},
	{"smalldatetime", []string{"'1900-01-01'", "'2079-06-06 23:59:00'"}, "#datetime(1900, 1, 1, 0, 0, 0)"},
	{"datetimeoffset(7)", []string{"'2026-01-31 10:00:00.123456 -07:30'", "'0001-01-01 00:00:00 +00:00'"}, "datetimezone 01/31/2026 10:00:00 -07:30"},
	{"char(8)", []string{"'Lamp    '", "'        '"}, `"Lamp    "`},
	{"varchar(20)", []string{"'Ä'", "''", "'lamp'", "'lamp '"}, `"Ä"`},
	{"varchar(max)", []string{"repeat('ab', 5000)", "''", "'lamp'"}, `"` + strings.Repeat("ab", 5000) + `"`},
	{"nchar(4)", []string{"'日本  '"}, `"日本  "`},
	{"nvarchar(20)", []string{"'😀'", "''", "'lAMP'", "'O''Brien'"}, `"😀"`},
	{"nvarchar(max)", []string{"repeat('日', 3000)", "''"}, `"` + strings.Repeat("日", 3000) + `"`},
	{"text", []string{"'Ä'", "''"}, `"Ä"`},
	{"ntext", []string{"'日'"}, `"日"`},
	{"xml", []string{"'<a>日</a>'"}, `"<a>日</a>"`},
	{"uniqueidentifier", []string{"'00112233-4455-6677-8899-aabbccddeeff'"}, `"00112233-4455-6677-8899-aabbccddeeff"`},
	{"binary(2)", []string{`'\x01\xFF'::BLOB`}, "binary Af8="},
	{"varbinary(20)", []string{`'\x01\xFF'::BLOB`, "''::BLOB"}, "binary Af8="},
	{"varbinary(max)", []string{`'\x01\xFF'::BLOB`}, "binary Af8="},
	{"image", []string{`'\x01'::BLOB`}, "binary AQ=="},
}

// TestSQLServerTypes: values of all types, null of each, in rows of both kinds and in the form of
// columns that hold no null.
func TestSQLServerTypes(t *testing.T) {
	s := tdstest.Start(t, tdstest.Options{})
	set := sqlServerSet(t, s, "encrypt=disable")
	for i, c := range sqlServerValues {
		name := "t" + strconv.Itoa(i)
		s.Create(t, name, []tdstest.Column{{Name: "a", Type: c.typ}, {Name: "b", Type: c.typ}, {Name: "c", Type: c.typ + " not null"}},
			fmt.Sprintf("(%[1]s, NULL, %[1]s), (%[1]s, NULL, %[1]s), (NULL, %[1]s, %[1]s)", c.values[0]))
		want := strings.NewReplacer("v", c.shown).Replace("v null v\nv null v\nnull v v")
		got, err := rows(t, set, `Sql.Database("db.example.com", "shop"){[Schema="dbo",Item="`+name+`"]}[Data]`)
		if err != nil || got != want {
			t.Errorf("%s: %v, got\n%.200s\nwant\n%.200s", c.typ, err, got, want)
		}
	}
	// A binary in full, and a value that does not convert.
	s.Create(t, "bytes", []tdstest.Column{{Name: "a", Type: "varbinary(20)"}, {Name: "b", Type: "nvarchar(20)"}}, `('\x01\xFF'::BLOB, '7'), (NULL, 'x')`)
	const m = `Sql.Database("db.example.com", "shop"){[Schema="dbo",Item="bytes"]}[Data]`
	if got, err := rows(t, set, `Table.TransformColumns(`+m+`, {{"a", each Binary.ToText(_, BinaryEncoding.Hex)}})`); err != nil || got != "\"01ff\" \"7\"\nnull \"x\"" {
		t.Errorf("bytes: %q, %v", got, err)
	}
	s.Create(t, "pages", []tdstest.Column{{Name: "a", Type: "varchar(20)"}}, `(chr(228)), (chr(129))`)
	if got, err := rows(t, set, `Sql.Database("db.example.com", "shop"){[Schema="dbo",Item="pages"]}[Data]`); err != nil || got != "\"ä\"\nerror a text has a byte that the code page of the column does not know" {
		t.Errorf("a byte that no code page has: %q, %v", got, err)
	}
	if got, err := rows(t, set, `Table.SelectColumns(Table.TransformColumnTypes(`+m+`, {{"b", Int64.Type}}), {"b"})`); err != nil || !strings.HasPrefix(got, "7\nerror ") {
		t.Errorf("what does not convert: %q, %v", got, err)
	}
}

// sqlServerConditions are conditions on columns of a type, some of which fold.
var sqlServerConditions = map[string][]string{
	"number":   {"-1", "0", "12", "12.5", "0.1", "255", "32767", "99999999999999", "100000000000000", "9223372036854775806", "9007199254740993", "0.0000000001", "-214748.3648", "1e30", "-12.5", "9999999999.99", "12.50001"},
	"date":     {"#date(2026, 1, 31)", "#date(1, 1, 1)", "#date(1969, 12, 31)", "#date(9999, 12, 31)"},
	"datetime": {"#datetime(1969, 12, 31, 23, 59, 59)", "#datetime(1969, 12, 31, 23, 59, 59.999999)", "#datetime(1753, 1, 1, 0, 0, 0)", "#datetime(1, 1, 1, 0, 0, 0)", "#datetime(2026, 2, 1, 10, 0, 0)", "#datetime(1900, 1, 1, 0, 0, 0)", "#datetime(1969, 12, 31, 23, 59, 59.003)"},
	"text":     {`"lamp"`, `"LAMP"`, `"lamp "`, `""`, `"O'Brien"`, `"😀"`},
	"logical":  {"true", "false"},
}

// TestSQLServerFoldedAsRows: random conditions and steps give the same whether SQL Server does
// them or Inlay, and the same by columns as by rows.
func TestSQLServerFoldedAsRows(t *testing.T) {
	s := tdstest.Start(t, tdstest.Options{})
	set := sqlServerSet(t, s, "encrypt=disable")
	m := `Sql.Database("db.example.com", "shop"){[Schema="dbo",Item="r"]}[Data]`
	rapid.Check(t, func(t *rapid.T) {
		var columns []tdstest.Column
		var names, lines []string
		var of []int
		for i := range rapid.IntRange(1, 5).Draw(t, "columns") {
			k := rapid.IntRange(0, len(sqlServerValues)-1).Draw(t, "type")
			of, names = append(of, k), append(names, "c"+strconv.Itoa(i))
			columns = append(columns, tdstest.Column{Name: names[i], Type: sqlServerValues[k].typ})
		}
		for range rapid.IntRange(1, 6).Draw(t, "rows") {
			var row []string
			for _, k := range of {
				v := rapid.SampledFrom(append([]string{"NULL"}, sqlServerValues[k].values...)).Draw(t, "value")
				if v != "NULL" && sqlServerValues[k].typ == "decimal(38,10)" && rapid.Bool().Draw(t, "random") {
					v = anyDigits.Draw(t, "number")
				}
				row = append(row, v)
			}
			lines = append(lines, "("+strings.Join(row, ", ")+")")
		}
		s.Create(t, "r", columns, strings.Join(lines, ", "))
		if rapid.Bool().Draw(t, "by columns") {
			sameDirect(t, set, m, names)
			return
		}
		sameCondition(t, set, m, names, of)
	})
}

// sameCondition holds that a random condition gives the same folded as row by row.
func sameCondition(t *rapid.T, set *Set, m string, names []string, of []int) {
	var parts []string
	for range rapid.IntRange(1, 3).Draw(t, "conditions") {
		i := rapid.IntRange(0, len(of)-1).Draw(t, "column")
		class := sqlServerTypes[strings.ToUpper(strings.Split(sqlServerValues[of[i]].typ, "(")[0])]
		if class == "Int64.Type" {
			class = "number"
		}
		column := "[" + names[i] + "]"
		constants := sqlServerConditions[class]
		switch {
		case constants == nil || rapid.IntRange(0, 4).Draw(t, "null") == 0:
			parts = append(parts, column+rapid.SampledFrom([]string{" = ", " <> "}).Draw(t, "op")+"null")
		case class == "logical" || class == "text":
			parts = append(parts, column+rapid.SampledFrom([]string{" = ", " <> "}).Draw(t, "op")+rapid.SampledFrom(constants).Draw(t, "constant"))
		default: // what has no order beside null has no rows here
			op := rapid.SampledFrom([]string{" = ", " <> ", " < ", " <= ", " > ", " >= "}).Draw(t, "op")
			c := rapid.SampledFrom(constants).Draw(t, "constant")
			if !strings.Contains(op, "=") && !strings.Contains(op, "<>") || op == " <= " || op == " >= " {
				parts = append(parts, "("+column+" <> null and "+column+op+c+")")
				continue
			}
			parts = append(parts, column+op+c)
		}
	}
	text := strings.Join(parts, rapid.SampledFrom([]string{" and ", " or "}).Draw(t, "joined"))
	q := `Table.SelectRows(` + m + `, each ` + text + `)`
	if rapid.Bool().Draw(t, "first") {
		q = fmt.Sprintf("Table.FirstN(%s, %d)", q, rapid.IntRange(0, 3).Draw(t, "n"))
	}
	if got, want := both(set, q); got != want {
		t.Fatalf("%s\nfolded\n%s\nrow by row\n%s", q, got, want)
	}
}

// TestRealSQLServer runs the same on a server that INLAY_TEST_MSSQL names, such as
// sqlserver://sa:secret@db.example.com/scratch?trustServerCertificate=true: it makes the table
// inlay_types there.
func TestRealSQLServer(t *testing.T) {
	address := os.Getenv("INLAY_TEST_MSSQL")
	if address == "" {
		t.Skip("INLAY_TEST_MSSQL names no server")
	}
	onServer(t, address)
}
