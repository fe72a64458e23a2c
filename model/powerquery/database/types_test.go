package database

import (
	"strconv"
	"strings"
	"testing"

	"inlay/source/sourcetest/pgtest"
)

// TestPostgresTypes: values of all types that have one in M, at the ends of their ranges.
func TestPostgresTypes(t *testing.T) {
	db := pgtest.Shared(t).Database(t)
	set, err := New([]Entry{{Name: "db.example.com/shop", URL: db.URL("postgres")}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		exprs []string
		want  string
	}{
		{[]string{"(-32768)::int2", "7::int4", "(-2147483648)::int4", "(-9223372036854775808)::int8"}, "-32768 7 -2147483648 -9223372036854775808"},
		{[]string{"0.1::float4", "0.1::float8", "'-Infinity'::float8", "'NaN'::float8", "-0.0::float8"}, "0.1 0.1 -Inf NaN -0"},
		{[]string{"12.5000::numeric", "12.0000::numeric", "-0.5::numeric", "123456789012345678901.5::numeric", "0.00001::numeric"}, "12.5 12 -0.5 1.2345678901234568e+20 1e-05"},
		{[]string{"true", "false", "NULL::bool", "NULL::int", "NULL::text", "NULL::numeric", "NULL::date"}, "true false null null null null null"},
		{[]string{"date '2026-01-31'", "date '1999-12-31'", "date '0001-01-01'", "date '9999-12-31'"}, "#date(2026, 1, 31) #date(1999, 12, 31) #date(1, 1, 1) #date(9999, 12, 31)"},
		{[]string{"timestamp '2026-01-31 10:11:12.131415'", "timestamp '1969-12-31 23:59:59.999999'"}, "#datetime(2026, 1, 31, 10, 11, 12.131415) #datetime(1969, 12, 31, 23, 59, 59.999999)"},
		{[]string{"timestamptz '2026-01-31 10:00:00+02'", "time '10:11:12'", "interval '1 day 2 hours'"}, "datetimezone 01/31/2026 08:00:00 +00:00 time 10:11 duration 1.02:00:00"},
		{[]string{"'Ä'::text", "'x'::varchar(5)", "'y'::char(5)", `'{"a": 1}'::jsonb`, "'00000000-0000-0000-0000-000000000001'::uuid"}, `"Ä" "x" "y" "{""a"": 1}" "00000000-0000-0000-0000-000000000001"`},
		{[]string{"date 'infinity'", "timestamp '-infinity'"}, "error an infinite date error an infinite date"},
	} {
		sql := "SELECT "
		for i, x := range c.exprs {
			sql += []string{"", ", "}[min(i, 1)] + x + " AS c" + strconv.Itoa(i)
		}
		if got, err := rows(t, set, `Value.NativeQuery(PostgreSQL.Database("db.example.com", "shop"), "`+strings.ReplaceAll(sql, `"`, `""`)+`")`); err != nil || got != c.want {
			t.Errorf("%s: %v, got\n%s\nwant\n%s", sql, err, got, c.want)
		}
	}
}

// TestMySQLTypes does the same for MySQL.
func TestMySQLTypes(t *testing.T) {
	address, admin := mariadb(t)
	for _, q := range []string{
		"CREATE DATABASE shop",
		`CREATE TABLE shop.types (a tinyint, b bigint unsigned, c float, d double, e decimal(20,6), f datetime(6), g time(3), h date, i enum('x','y'), j year, k varchar(9), l bool)`,
		`INSERT INTO shop.types VALUES (-128, 18446744073709551615, 0.1, 0.1, 12.500000, '2026-01-31 10:11:12.131415', '-25:00:00.5', '1969-12-31', 'y', 2026, 'Ä', true), (NULL, 7, NULL, -2.5, -0.000001, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,
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
	want := "-128 1.8446744073709552e+19 0.1 0.1 12.5 #datetime(2026, 1, 31, 10, 11, 12.131415) duration -1.01:00:00.5000000 #date(1969, 12, 31) \"y\" 2026 \"Ä\" 1\n" +
		"null 7 null -2.5 -1e-06 null null null null null null null"
	for _, m := range []string{`MySQL.Database("db.example.com", "shop"){[Schema="shop",Item="types"]}[Data]`, // with and without values
		`Value.NativeQuery(MySQL.Database("db.example.com", "shop"), "SELECT * FROM types WHERE b >= @least", [least = 0])`} {
		if got, err := rows(t, set, m); err != nil || got != want {
			t.Errorf("%s: %v, got\n%s\nwant\n%s", m, err, got, want)
		}
	}
}
