package database

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/jackc/pgx/v5"

	"inlay/model/powerquery"
	"inlay/source/sourcetest/pgtest"
)

// TestPostgresNumeric: a number in PostgreSQL's own form is the number that it writes, and its
// units are those of what it writes.
func TestPostgresNumeric(t *testing.T) {
	db := pgtest.Shared(t).Database(t)
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, db.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	list := []string{"NaN", "Infinity", "-Infinity", "0", "0.0000", "-0.00", "0.1", "0.0001", "0.00001", "0.00009999", "0.000000000001", "9999", "10000", "10000.0000", "100010000", "1e20", "1e131071",
		"1e-16383", "123456789012", "999999999999.9999", "-999999999999.9999", "1000000000000", "9999999999999999.9999", "99999999999999.9999", "922337203685477.5807", "1.5000000", "12.34567", "-12.3400"}
	for scale := range 12 {
		for _, n := range []string{"1", "12", "1234", "12345", "100000000", "123456789", "9999999999999999"} {
			list = append(list, n+"e-"+strconv.Itoa(scale), "-"+n+"e-"+strconv.Itoa(scale))
		}
	}
	rows, err := conn.Query(ctx, "SELECT v::numeric, v::numeric::text FROM unnest($1::text[]) u(v)", pgx.QueryResultFormats{pgx.BinaryFormatCode, pgx.TextFormatCode}, list)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	exact := 0
	for rows.Next() {
		raw, want := rows.RawValues()[0], rows.RawValues()[1]
		x, ok := numericOf(raw)
		if got := x.text(); !ok || !bytes.Equal(got, want) {
			t.Errorf("%.60s is read as %.60s, %t", want, got, ok)
		}
		if units, whole, ok := pgUnits(raw); ok {
			exact++
			if u, w, ok := powerquery.Units(want); u != units || w != whole || !ok {
				t.Errorf("%s is %d/10000, %t, and as it is written %d, %t, %t", want, units, whole, u, w, ok)
			}
		}
	}
	if rows.Err() != nil || exact < 50 {
		t.Errorf("%d numbers of %d are exact, %v", exact, len(list), rows.Err())
	}
	for _, raw := range []string{"", "\x00\x01\x00\x00\x00\x00\x00\x00", "\x00\x01\x00\x00\x00\x00\x00\x00\x27\x10", "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"} {
		if x, ok := numericOf([]byte(raw)); ok {
			t.Errorf("%q is a number: %s", raw, x.text())
		}
	}
}

// TestPostgresWays: rows come in their order whichever way they take: short ones past the driver,
// and through it what is long or comes with a notice; types that only the driver knows are read.
func TestPostgresWays(t *testing.T) {
	db := pgtest.Shared(t).Database(t)
	db.Exec(t, `CREATE TYPE mood AS ENUM ('good', 'bad')`)
	db.Exec(t, `CREATE FUNCTION told(i int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN IF i % 50 = 0 THEN RAISE WARNING 'row %', i; END IF; IF i = 100000 THEN RAISE 'no row %', i; END IF; RETURN i; END $$`)
	set, err := New([]Entry{{Name: "db.example.com/shop", URL: db.URL("postgres")}})
	if err != nil {
		t.Fatal(err)
	}
	source, err := set.Find("PostgreSQL", "db.example.com", "shop")
	if err != nil {
		t.Fatal(err)
	}
	read := func(ctx context.Context, last int, each func(i int)) error {
		cells, err := source.Query(ctx, `SELECT told(i), CASE WHEN i % 70 = 1 THEN repeat('x', i * 3000) WHEN i % 3 > 0 THEN 'x' || i END, (ARRAY['good', 'bad'])[1 + i % 2]::mood, '192.0.2.1'::inet, i * interval '1 day',
			i / 8.0 FROM generate_series(1, `+strconv.Itoa(last)+`) g(i)`, nil)
		if err != nil {
			return err
		}
		defer func() { _ = cells.Close() }()
		for i := 1; ; i++ {
			row, err := cells.Next()
			if errors.Is(err, io.EOF) {
				if i <= last {
					t.Errorf("%d rows of %d", i-1, last)
				}
				return nil
			}
			if err != nil {
				return err
			}
			text := `null`
			if i%70 == 1 {
				text = strconv.Quote(strings.Repeat("x", i*3000))
			} else if i%3 > 0 {
				text = strconv.Quote("x" + strconv.Itoa(i))
			}
			want := fmt.Sprintf(`%d %s "%s" error a value of PostgreSQL's type 869 is not supported duration %d.00:00:00 %v`, i, text, []string{"good", "bad"}[i%2], i, float64(i)/8)
			if got := fmt.Sprint(row[0], " ", row[1], " ", row[2], " ", row[3], " ", row[4], " ", row[5]); got != want {
				t.Fatalf("row %d: got\n%.300s\nwant\n%.300s", i, got, want)
			}
			each(i)
		}
	}
	for _, last := range []int{0, 1, 2, 500} {
		if err := read(context.Background(), last, func(int) {}); err != nil {
			t.Errorf("%d rows: %v", last, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	if err := read(ctx, 90_000, func(i int) {
		if i == 300 {
			cancel()
		}
	}); !errors.Is(err, context.Canceled) {
		t.Errorf("a statement that was cancelled: %v", err)
	}
}

// TestPostgresBroken: a row that is not made as it should be is an error, whatever is wrong.
func TestPostgresBroken(t *testing.T) {
	row := "\x00\x02\x00\x00\x00\x01x\xff\xff\xff\xff"
	values := make([][]byte, 2)
	if err := split([]byte(row), values); err != nil || string(values[0]) != "x" || values[1] != nil {
		t.Errorf("%q, %v", values, err)
	}
	for _, bad := range []string{"", "\x00", "\x00\x01\x00\x00\x00\x01x", row[:len(row)-1], row + "x", "\x00\x02\x00\x00\x00\x09x\xff\xff\xff\xff", "\x00\x02\xff\xff\xff\xfe\xff\xff\xff\xff"} {
		if err := split([]byte(bad), values); err == nil {
			t.Errorf("%q is a row: %q", bad, values)
		}
	}
}

// TestPostgresMessages: the driver gets every byte, one message at a time, however the bytes arrive.
func TestPostgresMessages(t *testing.T) {
	message := func(kind byte, body string) string {
		return string(append([]byte{kind, 0, 0, 0, byte(len(body) + 4)}, body...))
	}
	all := message('R', "abcd") + message('D', "x") + message('T', "") + message('Z', strings.Repeat("z", 200))
	for name, r := range map[string]io.Reader{"at once": strings.NewReader(all), "byte by byte": iotest.OneByteReader(strings.NewReader(all)), "data with the end": iotest.DataErrReader(strings.NewReader(all))} {
		p := &pgRows{r: r}
		got, err := io.ReadAll(iotest.HalfReader(p))
		if string(got) != all || err != nil || p.passed != 1 {
			t.Errorf("%s: %q, %v, %d rows", name, got, err, p.passed)
		}
	}
	p := &pgRows{r: strings.NewReader(all)}
	big := make([]byte, 1000)
	if n, err := p.Read(big); n != 9 || err != nil {
		t.Errorf("the first message has %d bytes, %v", n, err)
	}
	if ok, err := p.next(make([][]byte, 1)); !ok || err == nil {
		t.Errorf("a row that is none: %t, %v", ok, err)
	}
}
