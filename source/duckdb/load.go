package duckdb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/model/powerquery"
	"inlay/model/powerquery/culture"
)

// typeNames are the names of types in errors.
var typeNames = map[dax.Type]string{
	dax.Boolean: "true/false", dax.Int64: "a whole number", dax.Double: "a decimal number",
	dax.Decimal: "a fixed decimal number", dax.DateTime: "a date", dax.String: "text",
}

// loader fills one table.
type loader struct {
	r       *refresh
	conn    driver.Conn
	t       *model.Table
	cols    []*model.Column
	types   []dax.Type
	parts   []part
	wide    bool // fixed decimals have 19 digits
	made    bool // the table is there
	plain   bool // rows come from the evaluator alone: a file was not what the engine reads alike
	blanked []Blanked
	learnt  []sketch             // of the columns; nil: not all rows came from Go
	texts   map[string]textCount // by column, once they are canonical
	sum     TableSummary
	stats   model.TableStatistics
}

// newLoader checks what of a table is loaded.
func (r *refresh) newLoader(t *model.Table, cols []*model.Column) (*loader, error) {
	l := &loader{r: r, t: t, cols: cols}
	for _, c := range cols {
		if typeNames[c.Type] == "" {
			return nil, inlay.Errorf(inlay.Unsupported, "column '%s'[%s] has a data type that is not supported", t.Name, c.Name)
		}
		l.types = append(l.types, c.Type)
	}
	if r.have[strings.ToLower(t.Name)] != nil {
		return nil, inlay.Errorf(inlay.Invalid, "the model has two tables '%s'", t.Name)
	}
	have := map[string]bool{}
	for _, c := range cols {
		have[strings.ToLower(c.Name)] = true
	}
	r.have[strings.ToLower(t.Name)] = have
	var err error
	l.parts, err = r.partition(t)
	return l, err
}

// name is the table as SQL names it.
func (l *loader) name() string { return "main." + Dialect{}.Quote(l.t.Name) }

// load makes the table and fills it with the rows of its partitions.
func (l *loader) load(ctx context.Context) error {
	start := time.Now()
	if l.kept() {
		if err := l.fits(ctx); err != nil {
			return err
		}
	}
	err := l.fill(ctx)
	for errors.Is(err, errWide) && !l.wide || errors.Is(err, errIrregular) && !l.plain {
		l.wide, l.plain = l.wide || errors.Is(err, errWide), l.plain || errors.Is(err, errIrregular)
		if err = exec(ctx, l.conn, "DROP TABLE IF EXISTS "+l.name()); err == nil {
			err = l.fill(ctx)
		}
	}
	if err != nil {
		return err
	}
	if err := l.canonical(ctx); err != nil {
		return err
	}
	if l.stats, err = l.statistics(ctx); err != nil {
		return fmt.Errorf("statistics of table '%s': %w", l.t.Name, err)
	}
	l.sum.Name, l.sum.Millis = l.t.Name, time.Since(start).Milliseconds()
	return nil
}

// canonical does it for all columns of the table.
func (l *loader) canonical(ctx context.Context) error {
	l.texts = map[string]textCount{}
	for i, c := range l.cols {
		if c.Type != dax.String {
			continue
		}
		if k := l.sketch(i); k != nil && k.oneCase() && !l.r.isKey(l.t, c) { // no two differ only in case
			l.texts[c.Name] = textCount{k.values, k.distinct()}
			continue
		}
		var err error
		if l.texts[c.Name], err = canonical(ctx, l.conn, l.t.Name, c.Name); err != nil {
			return fmt.Errorf("column '%s'[%s]: %w", l.t.Name, c.Name, err)
		}
	}
	return nil
}

// create makes the table, if it is not there. Packed are its texts, by column.
func (l *loader) create(ctx context.Context, packed []packing) error {
	if l.made {
		return nil
	}
	defs := make([]string, len(l.cols))
	for i, c := range l.cols {
		defs[i] = defined(c, l.wide, packed[i])
	}
	if err := exec(ctx, l.conn, "CREATE TABLE "+l.name()+" ("+strings.Join(defs, ", ")+")"); err != nil {
		return fmt.Errorf("make table '%s': %w", l.t.Name, err)
	}
	l.made = true
	return nil
}

func (l *loader) fill(ctx context.Context) error {
	l.made, l.learnt = false, nil
	if !l.kept() {
		l.learnt = newSketches(len(l.cols))
	}
	l.blanked, l.sum.Rows, l.sum.Partitions = make([]Blanked, len(l.cols)), 0, nil
	for i := range l.parts {
		p := &l.parts[i]
		m := l.r.tell.meter(l.t.Name, p.Name)
		how, first := Reading, l.sum.Rows
		put := l.read
		if p.keep != nil {
			how, put = Kept, l.carry
		}
		m.begin(how)
		if err := put(ctx, p, m); err != nil {
			return err
		}
		l.sum.Rows += m.now.Rows
		if how == Reading {
			how = Done
		}
		m.set(how)
		l.sum.Partitions = append(l.sum.Partitions, PartitionSummary{Name: p.Name, First: first, Rows: m.now.Rows, Bytes: m.now.Bytes,
			Kept: how == Kept, Start: p.start, End: p.end, Millis: m.now.Elapsed.Milliseconds()})
	}
	return l.create(ctx, make([]packing, len(l.cols))) // of no partition
}

// read appends the rows that a query gives. Reading and converting is one goroutine, storing
// is the engine's; what travels between them is bounded.
func (l *loader) read(ctx context.Context, p *part, m *meter) error {
	files, err := l.r.openFiles()
	if err != nil {
		return err
	}
	defer func() { _ = files.Close() }()
	cfg := p.config(l.r.cfg)
	cfg.Files = files
	plan, err := powerquery.Query(ctx, cfg, l.t.Name, p.Partition)
	if err != nil {
		return err
	}
	defer l.r.use(files)
	at, err := l.match(plan.Columns(), p.Partition)
	if err != nil {
		return err
	}
	if done, err := l.readText(ctx, plan.TextFile(), at, m); done || err != nil {
		return err
	}
	if done, err := l.readSelection(ctx, plan.Selection(), at, m); done || err != nil {
		return err
	}
	if done, err := l.readDirect(ctx, plan.Direct(), at, m); done || err != nil {
		return err
	}
	peeked, opened := files.Read() // to find the columns
	return l.put(ctx, func(b *batch) {
		done, size := files.Read()
		m.add(b.n, done-peeked, size-opened)
	}, func(ctx context.Context, f *feed) error { return l.send(ctx, plan, at, f) })
}

// put stores the rows that send gives a feed; stored is told of each batch.
func (l *loader) put(ctx context.Context, stored func(*batch), send func(ctx context.Context, f *feed) error) error {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	f, err := newFeed(inner, l.types, stored)
	if err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() {
		err := guarded(func() error { return send(inner, f) })
		if err == nil {
			close(f.full)
		} else {
			cancel() // ends the statement
		}
		failed <- err
	}()
	id, remove := l.r.feeds.add(f)
	defer remove()
	if err = l.prepare(inner, f); err == nil {
		err = f.run(ctx, l.conn, fmt.Sprintf("INSERT INTO %s SELECT * FROM %s(%d)%s", l.name(), feedFunction, id, l.order()))
	}
	if err != nil {
		cancel()
	}
	why := <-failed
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case why != nil && !errors.Is(why, context.Canceled):
		return why
	case err != nil:
		return fmt.Errorf("fill table '%s': %w", l.t.Name, err)
	}
	for i := range l.learnt {
		l.learnt[i].join(&f.learnt[i])
	}
	return nil
}

// match finds the model's columns in the query's result; extra columns there are left out.
func (l *loader) match(have []powerquery.Column, p model.Partition) ([]int, error) {
	at := make([]int, len(l.cols))
	for i, c := range l.cols {
		at[i] = -1
		for j, h := range have {
			if h.Name == c.Source || at[i] < 0 && strings.EqualFold(h.Name, c.Source) {
				at[i] = j
				if h.Name == c.Source {
					break
				}
			}
		}
		if at[i] < 0 {
			names := make([]string, len(have))
			for j, h := range have {
				names[j] = h.Name
			}
			return nil, inlay.Errorf(inlay.Invalid, "table '%s', query %q: the result has no column %q, which column [%s] of the model needs; it has %s",
				l.t.Name, p.Name, c.Source, c.Name, strings.Join(names, ", "))
		}
	}
	return at, nil
}

// send reads the rows, converts them and hands them over.
func (l *loader) send(ctx context.Context, plan *powerquery.Plan, at []int, f *feed) error {
	cul := l.culture()
	rows, err := plan.Rows(ctx)
	if err != nil {
		return err
	}
	defer rows.Close()
	for more := true; more; {
		b, err := f.next(ctx)
		if err != nil {
			return err
		}
		for !b.filled() {
			if more = rows.Next(); !more {
				break
			}
			row := rows.Row()
			for i, c := range l.cols {
				v, ok := row[at[i]].As(c.Type, cul)
				if !ok {
					if err := l.bad(rows, row[at[i]], i); err != nil {
						return err
					}
					v = dax.Value{}
				}
				if c.Type == dax.Decimal && !l.wide && tooWide(v.Int()) {
					return errWide
				}
				b.cols[i].Set(b.n, v)
			}
			b.n++
		}
		if err := f.give(ctx, b); err != nil {
			return err
		}
	}
	return rows.Err()
}

// culture is the one with which text is read.
func (l *loader) culture() *culture.Culture {
	cul, ok := culture.Find(l.r.cfg.Culture)
	if !ok {
		cul, _ = culture.Find("en-US")
	}
	return cul
}

// failing are rows that can tell where an error is.
type failing interface {
	Failure(column, msg string) *powerquery.CellError
}

// bad is a value that does not enter its column: an error, or blank and counted where the
// model says so.
func (l *loader) bad(rows failing, v powerquery.Value, i int) error {
	c := l.cols[i]
	e := v.Err()
	if e == nil {
		e = rows.Failure(c.Source, v.CannotLoad(typeNames[c.Type]))
	}
	if !l.r.Model.ErrorsAsNull {
		return &inlay.Error{Kind: inlay.Invalid, Msg: fmt.Sprintf("column '%s'[%s]: %s", l.t.Name, c.Name, e),
			Remedy: "correct the data, or let the model return errors as null (returnErrorValuesAsNull)"}
	}
	k := &l.blanked[i]
	if k.Count == 0 {
		*k = Blanked{Table: l.t.Name, Column: c.Name, First: e.Error()}
	}
	k.Count++
	return nil
}
