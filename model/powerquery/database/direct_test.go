package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"inlay/dax"
	"inlay/model"
	"inlay/model/powerquery"
	"inlay/model/powerquery/culture"
	"inlay/source/sourcetest/pgtest"
)

// entered is what a table gives columns of a model: values as they are stored, or why they are not.
func entered(t *rapid.T, plan *powerquery.Plan, at []int, types []dax.Type, direct bool) string {
	cul, _ := culture.Find("en-US")
	var b strings.Builder
	tell := func(v *powerquery.Vector) {
		switch {
		case !v.Has(0):
			b.WriteString("- ")
		case v.Type == dax.String:
			fmt.Fprintf(&b, "%q ", v.Text)
		case v.Type == dax.Double:
			fmt.Fprintf(&b, "%x ", math.Float64bits(v.Number[0]))
		case v.Type == dax.Boolean:
			fmt.Fprintf(&b, "%t ", v.Truth[0] != 0)
		default:
			fmt.Fprintf(&b, "%d ", v.Whole[0])
		}
		v.Text = v.Text[:0]
	}
	vectors, into := make([]powerquery.Vector, len(types)), make([]*powerquery.Vector, len(types))
	for i, typ := range types {
		vectors[i] = powerquery.NewVector(typ, 1)
		into[i] = &vectors[i]
	}
	bad := func(rows interface {
		Failure(column, msg string) *powerquery.CellError
	}, i int, v powerquery.Value) {
		why := v.Err()
		if why == nil {
			why = rows.Failure("x", v.CannotLoad(strconv.Itoa(int(types[i]))))
		}
		b.WriteString(why.Error() + " ")
	}
	if direct {
		d := plan.Direct()
		if d == nil {
			t.Fatalf("not direct:\n%s", plan)
		}
		rows, err := d.Open(context.Background(), at, types, cul)
		if err != nil {
			return err.Error()
		}
		defer rows.Close()
		rows.Into(into)
		for {
			err := rows.Next(0, func(i int, v powerquery.Value) error { bad(rows, i, v); return nil })
			if errors.Is(err, io.EOF) {
				return b.String()
			}
			if err != nil {
				return err.Error()
			}
			for i := range vectors {
				tell(&vectors[i])
			}
			b.WriteByte('\n')
		}
	}
	rows, err := plan.Rows(context.Background())
	if err != nil {
		return err.Error()
	}
	defer rows.Close()
	for rows.Next() {
		for i, typ := range types {
			v := rows.Row()[at[i]]
			x, ok := v.As(typ, cul)
			if !ok {
				bad(rows, i, v)
			}
			vectors[i].Set(0, x)
		}
		for i := range vectors {
			tell(&vectors[i])
		}
		b.WriteByte('\n')
	}
	if rows.Err() != nil {
		return rows.Err().Error()
	}
	return b.String()
}

// sameDirect holds that a random reading of a table gives the same by columns as row by row.
func sameDirect(t *rapid.T, set *Set, source string, columns []string) {
	m := source
	names := append([]string(nil), columns...)
	typed := map[int]bool{}
	for range rapid.IntRange(0, 3).Draw(t, "steps") {
		i := rapid.IntRange(0, len(names)-1).Draw(t, "column")
		switch rapid.SampledFrom([]string{"types", "types", "rename", "select"}).Draw(t, "step") {
		case "types":
			if len(typed) > 0 {
				continue
			}
			var list []string
			for j := range names {
				if rapid.Bool().Draw(t, "typed") {
					typ := rapid.SampledFrom([]string{"type text", "type number", "Int64.Type", "Currency.Type", "type date", "type datetime", "type logical", "type any", "Percentage.Type", "Int32.Type"}).Draw(t, "type")
					list, typed[j] = append(list, fmt.Sprintf(`{"%s", %s}`, names[j], typ)), true
				}
			}
			m = "Table.TransformColumnTypes(" + m + ", {" + strings.Join(list, ", ") + "})"
		case "rename":
			m = fmt.Sprintf(`Table.RenameColumns(%s, {{"%s", "%sx"}})`, m, names[i], names[i])
			names[i] += "x"
		case "select":
			names = append(names[i:], names[:i]...)
			m = fmt.Sprintf(`Table.SelectColumns(%s, {"%s"})`, m, strings.Join(names, `", "`))
		}
	}
	var at []int
	var types []dax.Type
	for range rapid.IntRange(1, 6).Draw(t, "width") {
		at = append(at, rapid.IntRange(0, len(names)-1).Draw(t, "at"))
		types = append(types, rapid.SampledFrom([]dax.Type{dax.Int64, dax.Double, dax.Decimal, dax.DateTime, dax.Boolean, dax.String}).Draw(t, "model type"))
	}
	var got [2]string
	for i, direct := range []bool{false, true} {
		plan, err := powerquery.Query(context.Background(), powerquery.Config{Databases: set}, "T", model.Partition{Name: "p", Source: m})
		if err != nil {
			t.Fatal(err)
		}
		got[i] = entered(t, plan, at, types, direct)
	}
	if got[0] != got[1] {
		t.Fatalf("%s\ncolumns %d, types %d\nrow by row\n%s\nby columns\n%s", m, at, types, got[0], got[1])
	}
}

var anyDigits = rapid.Custom(func(t *rapid.T) string {
	return rapid.OneOf(rapid.SampledFrom([]string{"0", "-1", "12.5", "99999999999999.9999", "-99999999999999.9999", "100000000000000", "922337203685477.5807", "0.00001", "-0.0001", "922337203685477.5808"}),
		rapid.StringMatching(`-?[1-9][0-9]{0,13}\.[0-9]{1,6}`)).Draw(t, "digits")
})

// texts are SQL literals.
var texts = []string{"''", "' '", "'Lamp'", "'lAMP'", "'ÄÖ ß'", "'日本'", "'😀'", "'1.5'", "'2026-01-31'", "'true'", "'O''Brien'", "'-7'"}

// TestPostgresDirect: what goes into columns as PostgreSQL gives it is what goes by way of values.
func TestPostgresDirect(t *testing.T) {
	db := pgtest.Shared(t).Database(t)
	set, err := New([]Entry{{Name: "db.example.com/shop", URL: db.URL("postgres")}})
	if err != nil {
		t.Fatal(err)
	}
	whole := []string{"'0'", "'1'", "'-1'", "'-32768'", "'32767'"}
	types := []struct {
		sql    string
		values []string
	}{
		{"int2", whole}, {"int4", append([]string{"'2147483647'", "'-2147483648'"}, whole...)},
		{"int8", append([]string{"'9223372036854775807'", "'-9223372036854775808'", "'9223372036854775806'", "'99999999999999'", "'100000000000000'", "'-922337203685478'"}, whole...)},
		{"numeric", []string{"'NaN'", "'12.5000'", "'123456789012345678901.5'", "'0'"}}, {"float4", []string{"'0.1'", "'-Infinity'", "'1e30'"}},
		{"float8", []string{"'0.1'", "'NaN'", "'Infinity'", "'-0'", "'1e308'", "'5e-324'", "'2.2250738585072014e-308'", "'12'"}}, {"bool", []string{"'t'", "'f'"}},
		{"date", []string{"'0001-01-01'", "'1899-12-29'", "'1899-12-30'", "'1969-12-31'", "'9999-12-31'", "'10000-01-01'", "'infinity'", "'5000000-01-01'"}},
		{"timestamp", []string{"'1899-12-29 23:59:59.999999'", "'1899-12-30'", "'1969-12-31 23:59:59.999999'", "'9999-12-31 23:59:59.999999'", "'10000-01-01'", "'-infinity'", "'infinity'", "'294276-12-31'"}},
		{"timestamptz", []string{"'2026-01-31 10:00+02'", "'infinity'"}}, {"time", []string{"'10:11:12'"}}, {"interval", []string{"'1 day 2 hours'", "'1 month'"}},
		{"text", texts}, {"varchar(20)", texts}, {"char(8)", texts[:4]}, {"uuid", []string{"'00000000-0000-0000-0000-000000000001'"}}, {"jsonb", []string{`'{"a": 1}'`}}, {"bytea", []string{`'\x01'`}},
	}
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(1, 5).Draw(t, "columns")
		var names, lines []string
		of := make([]int, width)
		for i := range of {
			of[i] = rapid.IntRange(0, len(types)-1).Draw(t, "type")
			names = append(names, "c"+strconv.Itoa(i))
		}
		for range rapid.IntRange(1, 6).Draw(t, "rows") {
			var row []string
			for _, k := range of {
				v := rapid.SampledFrom(append([]string{"NULL"}, types[k].values...)).Draw(t, "value")
				if types[k].sql == "numeric" && v != "NULL" && rapid.Bool().Draw(t, "random") {
					v = "'" + anyDigits.Draw(t, "number") + "'"
				}
				row = append(row, v+"::"+types[k].sql)
			}
			lines = append(lines, "("+strings.Join(row, ", ")+")")
		}
		query := "SELECT * FROM (VALUES " + strings.Join(lines, ", ") + ") v(" + strings.Join(names, ", ") + ")"
		sameDirect(t, set, `Value.NativeQuery(PostgreSQL.Database("db.example.com", "shop"), "`+strings.ReplaceAll(query, `"`, `""`)+`")`, names)
	})
}

// TestMySQLDirect does the same for MySQL, with and without values in the statement.
func TestMySQLDirect(t *testing.T) {
	address, admin := mariadb(t)
	columns := []struct {
		sql    string
		values []string
	}{
		{"tinyint", []string{"0", "-128", "127"}}, {"int unsigned", []string{"0", "4294967295"}},
		{"bigint", []string{"9223372036854775807", "-9223372036854775808", "9223372036854775806", "99999999999999", "100000000000000"}}, {"bigint unsigned", []string{"7", "18446744073709551615"}},
		{"decimal(24,6)", nil}, {"float", []string{"0.1", "1e30"}}, {"double", []string{"0.1", "-0.0", "1e308", "5e-324", "12"}},
		{"date", []string{"'0001-01-01'", "'1899-12-29'", "'1899-12-30'", "'1969-12-31'", "'9999-12-31'", "'0000-00-00'", "'2026-01-00'"}},
		{"datetime(6)", []string{"'1899-12-29 23:59:59.999999'", "'1899-12-30'", "'1969-12-31 23:59:59.999999'", "'9999-12-31 23:59:59.999999'", "'0000-00-00'"}},
		{"time(3)", []string{"'-25:00:00.5'", "'10:11:12'"}}, {"varchar(20)", texts}, {"enum('x', 'y')", []string{"'x'"}}, {"year", []string{"2026"}}, {"varbinary(4)", []string{"'ab'"}}, {"json", []string{`'{"a": 1}'`}},
	}
	var defs, names []string
	for i, c := range columns {
		names = append(names, "c"+strconv.Itoa(i))
		defs = append(defs, names[i]+" "+c.sql)
	}
	for _, q := range []string{"CREATE DATABASE shop", "CREATE TABLE shop.r (" + strings.Join(defs, ", ") + ") CHARACTER SET utf8mb4"} {
		if _, err := admin.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	conn, err := admin.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	set, err := New([]Entry{{Name: "db.example.com/shop", URL: "mysql://reader:secret@" + address + "/shop"}})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	run(t, conn, "SET SESSION sql_mode = ''")
	rapid.Check(t, func(t *rapid.T) {
		var lines []string
		for range rapid.IntRange(1, 6).Draw(t, "rows") {
			var row []string
			for _, c := range columns {
				v := rapid.SampledFrom(append([]string{"NULL"}, c.values...)).Draw(t, "value")
				if c.values == nil && rapid.Bool().Draw(t, "random") {
					v = anyDigits.Draw(t, "number")
				}
				row = append(row, v)
			}
			lines = append(lines, "("+strings.Join(row, ", ")+")")
		}
		run(t, conn, "DELETE FROM shop.r")
		run(t, conn, "INSERT INTO shop.r VALUES "+strings.Join(lines, ", "))
		m := `MySQL.Database("db.example.com", "shop"){[Schema="shop",Item="r"]}[Data]`
		if rapid.Bool().Draw(t, "prepared") {
			m = `Value.NativeQuery(MySQL.Database("db.example.com", "shop"), "SELECT * FROM r WHERE 1 = @one", [one = 1])`
		}
		sameDirect(t, set, m, names)
	})
}

func run(t interface{ Fatal(args ...any) }, conn *sql.Conn, text string) {
	if _, err := conn.ExecContext(context.Background(), text); err != nil {
		t.Fatal(err)
	}
}
