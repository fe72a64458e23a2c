package postgres

import (
	"context"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"

	"inlay/model"
)

// knownRows is how many rows a table has about, and knownValues how many different ones its
// columns have: less than 0 is a share of the rows. See pg_class and pg_stats in the manual. Who
// may not read a table, or only some of its rows, is told nothing.
const (
	knownRows = `SELECT c.reltuples::bigint FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = $1 AND c.relname = $2 AND c.reltuples > 0`
	knownValues = `SELECT attname, n_distinct FROM pg_catalog.pg_stats WHERE schemaname = $1 AND tablename = $2 AND n_distinct <> 0 ORDER BY inherited`
)

// statistics are what the planner knows, which may be old and may be nothing. They choose between
// ways to an answer, so that a database which does not tell them is no error.
func (s *Source) statistics(ctx context.Context, c *pgconn.PgConn) *model.Statistics {
	list := &model.Statistics{}
	for _, t := range s.m.Tables {
		r, ok := s.relations[t.Name]
		if !ok || r.Native != "" {
			continue
		}
		args := [][]byte{[]byte(r.Schema), []byte(r.Name)}
		counted := c.ExecParams(ctx, knownRows, args, nil, nil, nil).Read()
		values := c.ExecParams(ctx, knownValues, args, nil, nil, nil).Read()
		if counted.Err != nil || values.Err != nil || len(counted.Rows) != 1 {
			continue
		}
		one := model.TableStatistics{Name: t.Name}
		var err error
		if one.Rows, err = strconv.ParseInt(string(counted.Rows[0][0]), 10, 64); err != nil {
			continue
		}
		distinct := map[string]int64{}
		for _, v := range values.Rows {
			n, err := strconv.ParseFloat(string(v[1]), 64)
			if err != nil {
				continue
			}
			if n < 0 {
				n *= -float64(one.Rows)
			}
			distinct[string(v[0])] = int64(n)
		}
		for _, col := range t.Columns {
			name := col.Source
			if n, ok := r.Columns[name]; ok {
				name = n
			}
			if n, ok := distinct[name]; ok {
				one.Columns = append(one.Columns, model.ColumnStatistics{Name: col.Name, Distinct: n})
			}
		}
		list.Tables = append(list.Tables, one)
	}
	return list
}
