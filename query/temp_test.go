package query_test

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"inlay/dax"
	"inlay/query"
)

type temp struct{ db *sql.DB }

func openTemp(path string) (*temp, error) {
	db, err := sql.Open("duckdb", path+"?access_mode=read_only")
	return &temp{db}, err
}
func (t *temp) Close() error           { return t.db.Close() }
func (t *temp) Dialect() query.Dialect { return dialect{} }

type dialect struct{}

func (dialect) Quote(n string) string { return fmt.Sprintf("%q", n) }
func (dialect) Placeholder(n int, t dax.Type) string {
	return fmt.Sprintf("CAST($%d AS %s)", n, dialect{}.Type(t))
}
func (dialect) Type(t dax.Type) string {
	return map[dax.Type]string{dax.Int64: "BIGINT", dax.String: "VARCHAR", dax.Double: "DOUBLE", dax.Boolean: "BOOLEAN", dax.DateTime: "TIMESTAMP", dax.Decimal: "DECIMAL(19,4)"}[t]
}
func (dialect) Fence(s string) string  { return s + " LIMIT 9223372036854775807" }
func (dialect) Median(s string) string { return "median(" + s + ")" }
func (dialect) Try(s string) string    { return "TRY(" + s + ")" }

type rows struct {
	*sql.Rows
	types []dax.Type
}

func (t *temp) Run(ctx context.Context, s query.Statement) (query.Rows, error) {
	var args []any
	for _, a := range s.Args() {
		switch a.Type() {
		case dax.Int64:
			args = append(args, a.Int())
		case dax.Double:
			args = append(args, a.Float())
		case dax.Boolean:
			args = append(args, a.Bool())
		case dax.DateTime:
			args = append(args, a.Time())
		default:
			args = append(args, a.Text())
		}
	}
	r, err := t.db.QueryContext(ctx, s.SQL(), args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.SQL(), err)
	}
	return &rows{r, s.Types()}, nil
}
func (r *rows) Next(dst []dax.Value) bool {
	if !r.Rows.Next() {
		return false
	}
	raw := make([]any, len(dst))
	ptr := make([]any, len(dst))
	for i := range raw {
		ptr[i] = &raw[i]
	}
	if err := r.Scan(ptr...); err != nil {
		panic(err)
	}
	for i, v := range raw {
		switch v := v.(type) {
		case nil:
			dst[i] = dax.Value{}
		case int64:
			dst[i] = dax.IntOf(v)
		case int32:
			dst[i] = dax.IntOf(int64(v))
		case float64:
			dst[i] = dax.FloatOf(v)
		case string:
			dst[i] = dax.TextOf(v)
		case bool:
			dst[i] = dax.BoolOf(v)
		case time.Time:
			dst[i] = dax.TimeOf(v)
		default:
			panic(fmt.Sprintf("%T", v))
		}
	}
	return true
}
