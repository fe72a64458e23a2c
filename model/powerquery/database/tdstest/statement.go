package tdstest

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strings"
	"time"
)

// tester is a *testing.T or a *rapid.T.
type tester interface {
	Helper()
	Fatal(args ...any)
}

// Create makes a table dbo.name; rows are the values of VALUES, in the words of DuckDB.
func (s *Server) Create(t tester, name string, columns []Column, rows string) {
	t.Helper()
	var defs []string
	for _, c := range columns {
		defs = append(defs, quote(c.Name)+" "+typeOf(c.Type).stored())
	}
	for _, q := range []string{"CREATE OR REPLACE TABLE dbo." + quote(name) + " (" + strings.Join(defs, ", ") + ")", "INSERT INTO dbo." + quote(name) + " VALUES " + rows} {
		if rows == "" && strings.HasPrefix(q, "INSERT") {
			continue
		}
		if _, err := s.db.ExecContext(context.Background(), q); err != nil {
			t.Fatal(q, err)
		}
	}
	s.mu.Lock()
	s.tables[name] = columns
	s.mu.Unlock()
}

// Fill puts the rows of a SELECT of DuckDB into a table.
func (s *Server) Fill(t tester, name, query string) {
	t.Helper()
	if _, err := s.db.ExecContext(context.Background(), "INSERT INTO dbo."+quote(name)+" "+query); err != nil { //nolint:gosec // of a test
		t.Fatal(err)
	}
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

var (
	namePart  = regexp.MustCompile(`\[((?:[^\]]|\]\])*)\]`)
	topPart   = regexp.MustCompile(`^SELECT TOP \((\d+)\) `)
	renamed   = regexp.MustCompile(`\[((?:[^\]]|\]\])*)\] AS \[((?:[^\]]|\]\])*)\]`)
	markPart  = regexp.MustCompile(`@p(\d+)`)
	tableName = regexp.MustCompile(`(?i)^FROM (?:\[?dbo\]?\.)?\[?(\w+)\]?`)
	wideText  = regexp.MustCompile(`\bN'`)
	finer     = regexp.MustCompile(`"((?:[^"]|"")*)" (>=|<) CAST\((\$\d+) AS datetime2\(6\)\)`)
	moments   = regexp.MustCompile(`CAST\((\$\d+) AS datetime(?:2\(\d\))?\)`)
	schemaSys = "INFORMATION_SCHEMA.TABLES"
)

// translated is a statement of Transact-SQL, of those that Inlay writes and tests give, in the
// words of DuckDB; with the types of the table's columns by the names that the result has.
func (s *Server) translated(text string) (string, map[string]columnType) {
	s.mu.Lock()
	defer s.mu.Unlock()
	types := map[string]columnType{}
	if m := tableName.FindStringSubmatch(text[max(0, strings.LastIndex(strings.ToUpper(text), "FROM ")):]); m != nil {
		for _, c := range s.tables[m[1]] {
			types[c.Name] = typeOf(c.Type)
		}
	}
	by := map[string]columnType{}
	for n, t := range types {
		by[n] = t
	}
	plain := func(s string) string { return strings.ReplaceAll(s, "]]", "]") }
	for _, m := range renamed.FindAllStringSubmatch(text, -1) {
		if t, ok := types[plain(m[1])]; ok {
			by[plain(m[2])] = t
		}
	}
	limit := ""
	if m := topPart.FindStringSubmatch(text); m != nil {
		text, limit = "SELECT "+text[len(m[0]):], " LIMIT "+m[1]
	}
	text = namePart.ReplaceAllStringFunc(text, func(n string) string { return quote(plain(n[1 : len(n)-1])) })
	text = markPart.ReplaceAllString(text, "$$$1")
	text = finer.ReplaceAllStringFunc(text, func(part string) string {
		m := finer.FindStringSubmatch(part)
		if types[strings.ReplaceAll(m[1], `""`, `"`)].stored() != "VARCHAR" {
			return part
		}
		return quote(m[1]) + m[2] + "replace(" + m[3] + ", 'T', ' ')" // of which it is the beginning
	})
	text = moments.ReplaceAllString(text, "CAST($1 AS TIMESTAMP)")
	text = wideText.ReplaceAllString(text, "'")
	return strings.Replace(text, schemaSys, "(SELECT table_schema AS TABLE_SCHEMA, table_name AS TABLE_NAME FROM information_schema.tables)", 1) + limit, by
}

// errDivided has the words of SQL Server.
var errDivided = errors.New("Divide by zero error encountered.") //nolint:revive,staticcheck // its own

// cutError ends the connection.
type cutError struct{ error }

// rows runs a statement and sends what it gives.
func (c *session) rows(ctx context.Context, text string, args []any) (uint64, error) {
	translated, types := c.s.translated(text)
	rows, err := c.s.db.QueryContext(ctx, translated, args...)
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }()
	of, err := c.columns(rows, types)
	if err != nil {
		return 0, err
	}
	vals, into := make([]any, len(of)), make([]any, len(of))
	for i := range vals {
		into[i] = &vals[i]
	}
	n := uint64(0)
	for ; rows.Next(); n++ {
		switch {
		case c.s.opts.CutAfter > 0 && n == uint64(c.s.opts.CutAfter):
			_ = c.packet(packetReply, c.out, false)
			return n, cutError{errors.New("cut")}
		case c.s.opts.FailAfter > 0 && n == uint64(c.s.opts.FailAfter):
			return n, errDivided
		case ctx.Err() != nil:
			return n, ctx.Err()
		}
		if err := rows.Scan(into...); err != nil {
			return n, err
		}
		if err := c.write(row(of, vals, n%2 == 1)); err != nil {
			return n, cutError{err}
		}
	}
	return n, rows.Err()
}

// columns sends COLMETADATA (MS-TDS 2.2.7.4).
func (c *session) columns(rows *sql.Rows, types map[string]columnType) ([]columnType, error) {
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	kinds, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	var of []columnType
	b := binary.LittleEndian.AppendUint16([]byte{0x81}, uint16(len(names)))
	for i, n := range names {
		t, ok := types[n]
		if !ok {
			switch kind := kinds[i].DatabaseTypeName(); {
			case kind == "INTEGER":
				t = typeOf("int")
			case kind == "BIGINT":
				t = typeOf("bigint")
			case kind == "BOOLEAN":
				t = typeOf("bit")
			case kind == "DOUBLE":
				t = typeOf("float")
			case kind == "VARCHAR":
				t = typeOf("nvarchar(4000)")
			case strings.HasPrefix(kind, "DECIMAL"):
				t = typeOf(strings.ToLower(kind))
			default:
				return nil, fmt.Errorf("a column of type %s", kind)
			}
		}
		of = append(of, t)
		b = append(b, 0, 0, 0, 0, 1, 0)
		if t.notNull {
			b[len(b)-2] = 0
		}
		b = append(append(b, t.info()...), toBVarchar(strings.TrimPrefix(n, "?column?"))...)
	}
	return of, c.write(b)
}

// row is a ROW, or a NBCROW, which says in bits which values are null (MS-TDS 2.2.7.19, 2.2.7.14).
func row(of []columnType, vals []any, bits bool) []byte {
	out := []byte{0xD1}
	if bits {
		out = append([]byte{0xD2}, make([]byte, (len(of)+7)/8)...)
	}
	for i, v := range vals {
		switch {
		case v != nil:
			out = append(out, of[i].value(v)...)
		case bits:
			out[1+i/8] |= 1 << (i % 8)
		default:
			out = append(out, of[i].null()...)
		}
	}
	return out
}

// readRPC reads a call of sp_executesql: the statement and its values (MS-TDS 2.2.6.6).
func readRPC(b []byte) (text string, args []any, err error) {
	r := &rpc{b: b}
	if r.number(2) != 0xFFFF || r.number(2) != 10 {
		return "", nil, errors.New("a call of something else than sp_executesql")
	}
	r.number(2)
	for len(r.b) > 0 && !r.bad {
		r.take(2 * r.number(1)) // name
		r.number(1)
		args = append(args, r.value())
	}
	if r.bad || len(args) == 0 {
		return "", nil, errors.New("a call that cannot be read")
	}
	text, ok := args[0].(string)
	if !ok {
		return "", nil, errors.New("a call without a statement")
	}
	return text, args[min(2, len(args)):], nil
}

type rpc struct {
	b   []byte
	bad bool
}

func (r *rpc) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.bad, r.b = true, nil
		return make([]byte, min(max(n, 0), 16))
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *rpc) number(size int) int {
	n := 0
	for i, x := range r.take(size) {
		n |= int(x) << (8 * i)
	}
	return n
}

// value is a parameter: its type and what it is.
func (r *rpc) value() any {
	switch token := r.number(1); token {
	case 0x1F:
		return nil
	case 0x26, 0x68, 0x6D:
		r.number(1)
		data := r.take(r.number(1))
		switch {
		case len(data) == 0:
			return nil
		case token == 0x68:
			return data[0] != 0
		case token == 0x6D && len(data) == 8:
			return math.Float64frombits(binary.LittleEndian.Uint64(data))
		case len(data) == 8:
			return int64(binary.LittleEndian.Uint64(data))
		}
	case 0xE7:
		size := r.number(2)
		r.take(5)
		if size != 0xFFFF {
			if n := r.number(2); n != 0xFFFF {
				return fromUCS2(r.take(n))
			}
			return nil
		}
		r.take(8)
		var data []byte
		for n := r.number(4); n > 0 && !r.bad; n = r.number(4) {
			data = append(data, r.take(n)...)
		}
		return fromUCS2(data)
	case 0x2B:
		r.number(1)
		data := r.take(r.number(1))
		if len(data) != 10 {
			return nil
		}
		ticks, days := int64(0), int64(0)
		for i, x := range data[:5] {
			ticks |= int64(x) << (8 * i)
		}
		for i, x := range data[5:8] {
			days |= int64(x) << (8 * i)
		}
		return time.Unix(days*86_400-62_135_596_800, ticks*100).UTC()
	default:
		r.bad = true
	}
	return nil
}
