package duckdb

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strconv"

	"inlay/dax"
	"inlay/model"
	"inlay/query"
)

// onceTable is where the values of a calculated column stand before they enter it.
const onceTable = "temp.calculated"

// computedByEngine is told in tests of each column that one statement has filled.
var computedByEngine = func() {}

// atOnce fills a calculated column by one statement of the engine. It gives no column where the
// evaluator has to do it, or to say what is wrong in which row; nothing was stored then.
func (c *calculation) atOnce(ctx context.Context, item query.Calculated, l *loader, m *meter) (col *model.Column, err error) {
	if c.r.rowByRow || l.sum.Rows == 0 {
		return nil, nil
	}
	stmt, ok, err := c.engine.ColumnStatement(ctx, item)
	if err != nil || !ok {
		return nil, err
	}
	from, to := stmt.Types()[1], item.Column.Type
	if to == dax.Variant {
		if to = from; to == dax.Double || to == dax.Decimal {
			return nil, nil // the values of all rows may be of a narrower type
		}
	}
	if typeNames[to] == "" || from != to && (from != dax.Int64 || to != dax.Double && to != dax.Decimal) {
		return nil, nil
	}
	_, err = l.conn.(driver.ExecerContext).ExecContext(ctx, "CREATE TEMP TABLE "+onceTable+" AS "+stmt.SQL(), bind(stmt.Args()))
	if err != nil {
		return nil, ctx.Err()
	}
	defer func() {
		if e := exec(context.WithoutCancel(ctx), l.conn, "DROP TABLE "+onceTable); err == nil && e != nil {
			err = fmt.Errorf("column '%s'[%s]: %w", l.t.Name, item.Column.Name, e)
		}
	}()
	known, wide, ok, err := l.enters(ctx, to)
	if err != nil || !ok {
		return nil, err
	}
	if !known { // all are blank
		from = dax.Blank
	}
	if col, err = c.typed(item, item.Column, from); err != nil {
		return nil, err
	}
	if err := l.add(ctx, col, wide); err != nil {
		return nil, err
	}
	err = exec(ctx, l.conn, "UPDATE "+l.name()+" AS t SET "+Dialect{}.Quote(col.Name)+" = f.c1 FROM "+onceTable+" AS f WHERE t."+rowNumber+" = f.c0")
	if err != nil {
		return nil, fmt.Errorf("fill column '%s'[%s]: %w", l.t.Name, col.Name, err)
	}
	m.add(int(l.sum.Rows), 0, 0)
	computedByEngine()
	return col, nil
}

// beyond are conditions on values that do not enter a column of a type, see query.Calculated.Enter.
func beyond(t dax.Type) string {
	least, most := query.Ends(t)
	switch t {
	case dax.Int64:
		return fmt.Sprintf("c1 NOT BETWEEN %d AND %d", least, most)
	case dax.Decimal:
		return "CAST(c1 AS DECIMAL(38, 4)) NOT BETWEEN " + dax.DecimalOf(least).ToText() + " AND " + dax.DecimalOf(most).ToText()
	case dax.DateTime:
		return fmt.Sprintf("NOT isfinite(c1) OR epoch_us(c1) NOT BETWEEN %d AND %d", least, most)
	case dax.Double:
		return "NOT isfinite(c1) OR c1 <> 0 AND abs(c1) < " + strconv.FormatFloat(0x1p-1022, 'g', -1, 64)
	}
	return "false"
}

// enters looks at the values of all rows: whether they enter a column of a type, one value for each
// row, whether there is any but blanks, and whether the column must be wide for them.
func (l *loader) enters(ctx context.Context, t dax.Type) (known, wide, ok bool, err error) {
	ask := func(what string) int64 {
		var n int64
		if err == nil {
			n, err = count(ctx, l.conn, "SELECT "+what+" FROM "+onceTable)
		}
		return n
	}
	ok = ask("count(*)") == l.sum.Rows && ask("count(DISTINCT c0)") == l.sum.Rows && ask("count(*) FILTER (WHERE "+beyond(t)+")") == 0
	known = ask("count(c1)") > 0
	wide = t == dax.Decimal && ask(fmt.Sprintf("count(*) FILTER (WHERE abs(CAST(c1 AS DECIMAL(38, 4))) >= %d)", int64(mostNarrow)/10_000)) > 0
	return known, wide, ok, err
}
