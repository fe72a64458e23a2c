package duckdb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	duck "github.com/duckdb/duckdb-go/v2"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/query"
)

// ColumnType is the type that the values of a calculated column turned out to have.
type ColumnType struct {
	Column model.ColumnRef
	Type   dax.Type
}

// Complete gives calculated columns of a model that say no type the one that their values have
// in a data file, and marks those that the file does not hold: an older Inlay made it.
func Complete(m *model.Model, file string) error {
	s, err := ReadSummary(file)
	if err != nil {
		return err
	}
	for _, x := range s.Types {
		if t := m.Table(x.Column.Table); t != nil {
			if c := t.Column(x.Column.Column); c != nil && c.Type == dax.Variant {
				c.Type = x.Type
			}
		}
	}
	for _, t := range m.Tables {
		have := s.Statistics.Table(t.Name)
		for _, c := range t.Columns {
			if (c.Expression != "" || t.Derived() != nil) && (have == nil || have.Column(c.Name) == nil) {
				c.Missing = true
			}
		}
	}
	return nil
}

// spanRows is how many rows of a column are computed at once.
const spanRows = 200_000

// calculation computes what DAX says of a file whose other tables are filled. It reads the file as
// a question does, as far as it is made.
type calculation struct {
	r      *refresh
	src    *DB
	tables map[string]*loader // that are in the file, by name in lower case
	engine *query.Engine      // of what is in the file; nil when that has changed
}

// calculate adds calculated columns and tables.
func (r *refresh) calculate(ctx context.Context, inst *duck.Connector, loaders []*loader) (err error) {
	items, err := query.Order(r.Model)
	if err != nil || len(items) == 0 {
		return err
	}
	src := &DB{conn: inst, free: make(chan driver.Conn, 1), queue: 64, log: r.Log}
	if src.log == nil {
		src.log = slog.Default()
	}
	conn, err := inst.Connect(ctx)
	if err != nil {
		return err
	}
	src.free <- conn
	defer func() {
		src.busy.Wait()
		err = errors.Join(err, conn.Close())
	}()
	c := &calculation{r: r, src: src, tables: map[string]*loader{}}
	for _, l := range loaders {
		l.conn = r.conn
		c.tables[strings.ToLower(l.t.Name)] = l
	}
	for _, item := range items {
		if c.engine, err = query.New(c.model(), src); err != nil {
			return err
		}
		start := time.Now()
		if item.Column == nil {
			err = c.table(ctx, item)
		} else {
			err = c.column(ctx, item)
		}
		if err != nil {
			return err
		}
		if l := c.tables[strings.ToLower(item.Table.Name)]; l != nil {
			c.count(l, time.Since(start))
		}
	}
	return c.close(ctx, items)
}

// count adds the time that a calculation took.
func (c *calculation) count(l *loader, took time.Duration) {
	l.sum.Millis += took.Milliseconds()
	if t := c.r.sum.table(l.t.Name); t != nil {
		t.Millis = l.sum.Millis
	}
}

// close tells what the tables hold now.
func (c *calculation) close(ctx context.Context, items []query.Calculated) error {
	done := map[*loader]bool{}
	for _, item := range items {
		l := c.tables[strings.ToLower(item.Table.Name)]
		if l == nil || done[l] {
			continue
		}
		done[l] = true
		stats, err := l.statistics(ctx)
		if err != nil {
			return fmt.Errorf("statistics of table '%s': %w", l.t.Name, err)
		}
		if s := c.r.sum.Statistics.Table(l.t.Name); s != nil {
			*s = stats
		} else {
			c.r.sum.Statistics.Tables = append(c.r.sum.Statistics.Tables, stats)
		}
	}
	return nil
}

// model is the model as far as it is in the file.
func (c *calculation) model() *model.Model {
	m := *c.r.Model
	m.Tables, m.Relationships = nil, nil
	for _, t := range c.r.Model.Tables {
		copied := *t
		copied.Columns = nil
		if t.Calculation {
			copied.Columns = t.Columns
		}
		if l := c.tables[strings.ToLower(t.Name)]; l != nil {
			copied.Columns = l.cols
		}
		m.Tables = append(m.Tables, &copied)
	}
	for _, r := range c.r.Model.Relationships {
		if c.r.column(r.From) != nil && c.r.column(r.To) != nil {
			m.Relationships = append(m.Relationships, r)
		}
	}
	return &m
}

// typed is a column with the type that its values have, where the definition says none.
func (c *calculation) typed(item query.Calculated, col *model.Column, t dax.Type) (*model.Column, error) {
	if col.Type == dax.Variant {
		if t == dax.Blank {
			t = dax.String
		}
		out := *col
		out.Type = t
		col = &out
		if typeNames[t] != "" {
			c.r.sum.Types = append(c.r.sum.Types, ColumnType{Column: model.ColumnRef{Table: item.Table.Name, Column: col.Name}, Type: t})
		}
	}
	if typeNames[col.Type] == "" {
		return nil, item.Failed(inlay.Errorf(inlay.Unsupported, "column [%s] has values of different types, or a data type that is not supported", col.Name))
	}
	return col, nil
}

// table makes a calculated table.
func (c *calculation) table(ctx context.Context, item query.Calculated) error {
	t, p := item.Table, item.Table.Derived()
	name := strings.ToLower(t.Name)
	if c.r.have[name] != nil {
		return inlay.Errorf(inlay.Invalid, "the model has two tables '%s'", t.Name)
	}
	meter := c.r.tell.meter(t.Name, p.Name)
	meter.begin(Reading)
	res, err := c.engine.CalculateTable(ctx, item)
	if err != nil {
		return err
	}
	l := &loader{r: c.r, conn: c.r.conn, t: t}
	var at []int
	have := map[string]bool{}
	for _, col := range t.Columns {
		if col.Expression != "" {
			continue
		}
		i, err := find(res.Columns, col)
		if err != nil {
			return item.Failed(err)
		}
		if col, err = c.typed(item, col, res.Columns[i].Type); err != nil {
			return err
		}
		if have[strings.ToLower(col.Name)] {
			return inlay.Errorf(inlay.Invalid, "table '%s' has two columns [%s]", t.Name, col.Name)
		}
		have[strings.ToLower(col.Name)] = true
		at, l.cols, l.types = append(at, i), append(l.cols, col), append(l.types, col.Type)
	}
	if len(l.cols) == 0 {
		c.r.unsupported(item.Place(), "table '%s' has no columns with data", t.Name)
		return nil
	}
	if err := enter(item, l, res.Rows, at); err != nil {
		return err
	}
	if err := l.store(ctx, res.Rows, at); err != nil {
		return err
	}
	c.r.have[name], c.tables[name] = have, l
	meter.add(len(res.Rows), 0, 0)
	meter.set(Done)
	l.sum = TableSummary{Name: t.Name, Rows: int64(len(res.Rows)), Partitions: []PartitionSummary{{Name: p.Name, Rows: int64(len(res.Rows)), Millis: meter.now.Elapsed.Milliseconds()}}}
	c.r.sum.Tables = append(c.r.sum.Tables, l.sum)
	return nil
}

// find is the place of a column of a calculated table in what its expression gives: by the name
// that the source column says, [Name] or Table[Name], or by that name without the table.
func find(have []model.ResultColumn, c *model.Column) (int, error) {
	table, name := "", c.Source
	if name == "" {
		name = c.Name
	} else if i := strings.IndexByte(name, '['); i >= 0 && strings.HasSuffix(name, "]") {
		table, name = strings.TrimSpace(name[:i]), strings.ReplaceAll(name[i+1:len(name)-1], "]]", "]")
		if len(table) > 1 && table[0] == '\'' {
			table = strings.ReplaceAll(strings.Trim(table, "'"), "''", "'")
		}
	}
	at, names := -1, make([]string, len(have))
	for i, h := range have {
		names[i] = h.Name
		if strings.EqualFold(h.Name, table+"["+name+"]") {
			return i, nil
		}
		if j := strings.IndexByte(h.Name, '['); strings.EqualFold(h.Name[j+1:], name+"]") {
			if at >= 0 {
				at = len(have)
			} else {
				at = i
			}
		}
	}
	switch {
	case at < 0:
		return 0, inlay.Errorf(inlay.Invalid, "the expression gives no column %s, which column [%s] of the model needs; it gives %s", c.Source, c.Name, strings.Join(names, ", "))
	case at == len(have):
		return 0, inlay.Errorf(inlay.Invalid, "the expression gives several columns %s, which column [%s] of the model needs; it gives %s", c.Source, c.Name, strings.Join(names, ", "))
	}
	return at, nil
}

// enter brings the values of rows into the types of their columns.
func enter(item query.Calculated, l *loader, rows [][]dax.Value, at []int) error {
	for i, row := range rows {
		for j, c := range l.cols {
			v, err := item.Enter(c, int64(i), row[at[j]])
			if err != nil {
				return err
			}
			row[at[j]] = v
			l.wide = l.wide || c.Type == dax.Decimal && tooWide(v.Int())
		}
	}
	return nil
}

// store makes the table of rows that are at hand.
func (l *loader) store(ctx context.Context, rows [][]dax.Value, at []int) error {
	defs := make([]string, len(l.cols))
	for i, c := range l.cols {
		defs[i] = defined(c, l.wide, "")
	}
	if err := exec(ctx, l.conn, "CREATE TABLE "+l.name()+" ("+strings.Join(defs, ", ")+")"); err != nil {
		return fmt.Errorf("make table '%s': %w", l.t.Name, err)
	}
	set := func(b *batch, row int) {
		for j := range b.cols {
			b.cols[j].Set(b.n, rows[row][at[j]])
		}
	}
	if err := l.r.put(ctx, l.types, handed{n: len(rows), set: set, before: "INSERT INTO " + l.name() + " SELECT * FROM ", after: l.order()}); err != nil {
		return fmt.Errorf("fill table '%s': %w", l.t.Name, err)
	}
	return l.canonical(ctx)
}

// stored is the engine's type of a column.
func stored(t dax.Type, wide bool) string {
	if t == dax.Decimal && !wide {
		return narrowDecimal
	}
	return Dialect{}.Type(t)
}

// handed is rows in memory, and the statement around them.
type handed struct {
	n             int
	set           func(b *batch, row int) // puts a row at the end of a batch
	before, after string
}

// put runs a statement over rows that are at hand.
func (r *refresh) put(ctx context.Context, types []dax.Type, h handed) error {
	inner, cancel := context.WithCancel(ctx)
	f, err := newFeed(inner, types, func(*batch) {})
	if err != nil {
		cancel()
		return err
	}
	done := make(chan error, 1)
	go func() {
		err := guarded(func() error { return h.send(inner, f) })
		if err != nil {
			cancel() // ends the statement
		}
		done <- err
	}()
	id, remove := r.feeds.add(f)
	defer remove()
	err = f.run(ctx, r.conn, h.before+feedFunction+"("+strconv.FormatInt(id, 10)+")"+h.after)
	cancel()
	if why := <-done; why != nil && !errors.Is(why, context.Canceled) {
		return why
	}
	return err
}

// send gives a feed the rows.
func (h handed) send(ctx context.Context, f *feed) error {
	for row := 0; row < h.n; {
		b, err := f.next(ctx)
		if err != nil {
			return err
		}
		for ; !b.filled() && row < h.n; row++ {
			h.set(b, row)
			b.n++
		}
		if err := f.give(ctx, b); err != nil {
			return err
		}
	}
	close(f.full)
	return nil
}

// column adds a calculated column to its table.
func (c *calculation) column(ctx context.Context, item query.Calculated) error {
	t := item.Table
	name := strings.ToLower(t.Name)
	l := c.tables[name]
	if l == nil {
		return nil // a table without rows was named already
	}
	if t.Column(rowNumber) != nil {
		return item.Failed(inlay.Errorf(inlay.Unsupported, "table '%s' has a column [%s], whose name the data engine needs for itself", t.Name, rowNumber))
	}
	meter := c.r.tell.meter(t.Name, "["+item.Column.Name+"]")
	meter.begin(Reading)
	col, err := c.atOnce(ctx, item, l, meter)
	if col == nil && err == nil {
		col, err = c.byRow(ctx, item, l, meter)
	}
	if err != nil {
		return err
	}
	if col.Type == dax.String {
		if _, err := canonical(ctx, c.r.conn, t.Name, col.Name); err != nil {
			return fmt.Errorf("column '%s'[%s]: %w", t.Name, col.Name, err)
		}
	}
	meter.set(Done)
	l.cols, l.types = append(l.cols[:len(l.cols):len(l.cols)], col), append(l.types, col.Type)
	c.r.have[name][strings.ToLower(col.Name)] = true
	return nil
}

// add makes an empty column.
func (l *loader) add(ctx context.Context, col *model.Column, wide bool) error {
	if err := exec(ctx, l.conn, "ALTER TABLE "+l.name()+" ADD COLUMN "+Dialect{}.Quote(col.Name)+" "+stored(col.Type, wide)); err != nil {
		return fmt.Errorf("make column '%s'[%s]: %w", l.t.Name, col.Name, err)
	}
	return nil
}

// byRow fills a calculated column with what the evaluator says of its rows.
func (c *calculation) byRow(ctx context.Context, item query.Calculated, l *loader, m *meter) (*model.Column, error) {
	have := dax.Blank
	if item.Column.Type == dax.Variant {
		for first := int64(0); first < l.sum.Rows; first += spanRows {
			_, values, err := c.engine.CalculateColumn(ctx, item, first, first+spanRows)
			if err != nil {
				return nil, err
			}
			have = query.Widest(have, values)
		}
	}
	col, err := c.typed(item, item.Column, have)
	if err != nil {
		return nil, err
	}
	if err := l.add(ctx, col, false); err != nil {
		return nil, err
	}
	f := &filling{l: l, item: item, col: col}
	for first := int64(0); first < l.sum.Rows; first += spanRows {
		numbers, values, err := c.engine.CalculateColumn(ctx, item, first, first+spanRows)
		if err != nil {
			return nil, err
		}
		if err := f.span(ctx, numbers, values); err != nil {
			return nil, err
		}
		m.add(len(values), 0, 0)
	}
	if f.rows != l.sum.Rows {
		return nil, fmt.Errorf("column '%s'[%s]: %d rows were computed, the table has %d", l.t.Name, col.Name, f.rows, l.sum.Rows)
	}
	return col, nil
}

// rowNumber is the number of a row, as the engine calls it.
const rowNumber = "rowid"

// filling writes the values of one column.
type filling struct {
	l    *loader
	item query.Calculated
	col  *model.Column
	wide bool
	rows int64
}

// span writes values into the rows of their numbers.
func (f *filling) span(ctx context.Context, numbers []int64, values []dax.Value) error {
	name := Dialect{}.Quote(f.col.Name)
	wide := f.wide
	for i, v := range values {
		to, err := f.item.Enter(f.col, numbers[i], v)
		if err != nil {
			return err
		}
		values[i] = to
		wide = wide || f.col.Type == dax.Decimal && tooWide(to.Int())
	}
	if wide && !f.wide {
		if err := exec(ctx, f.l.conn, "ALTER TABLE "+f.l.name()+" ALTER COLUMN "+name+" TYPE "+stored(f.col.Type, true)); err != nil {
			return fmt.Errorf("widen column '%s'[%s]: %w", f.l.t.Name, f.col.Name, err)
		}
		f.wide = true
	}
	set := func(b *batch, row int) {
		b.cols[0].Set(b.n, dax.IntOf(numbers[row]))
		b.cols[1].Set(b.n, values[row])
	}
	err := f.l.r.put(ctx, []dax.Type{dax.Int64, f.col.Type}, handed{n: len(values), set: set,
		before: "UPDATE " + f.l.name() + " AS t SET " + name + " = f.c1 FROM ", after: " AS f WHERE t." + rowNumber + " = f.c0"})
	if err != nil {
		return fmt.Errorf("fill column '%s'[%s]: %w", f.l.t.Name, f.col.Name, err)
	}
	f.rows += int64(len(values))
	return nil
}
