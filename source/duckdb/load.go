package duckdb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"

	duck "github.com/duckdb/duckdb-go/v2"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/model/powerquery"
	"inlay/model/powerquery/culture"
)

// batchRows is how many rows travel at once from the reader to the writer.
const batchRows = 1024

// typeNames are the names of types in errors.
var typeNames = map[dax.Type]string{
	dax.Boolean: "true/false", dax.Int64: "a whole number", dax.Double: "a decimal number",
	dax.Decimal: "a fixed decimal number", dax.DateTime: "a date", dax.String: "text",
}

// load makes a table and appends the rows of its partitions.
func (r *refresh) load(ctx context.Context, t *model.Table, cols []*model.Column) error {
	start := time.Now()
	d := Dialect{}
	defs := make([]string, len(cols))
	have := map[string]bool{}
	for i, c := range cols {
		if typeNames[c.Type] == "" {
			return inlay.Errorf(inlay.Unsupported, "column '%s'[%s] has a data type that is not supported", t.Name, c.Name)
		}
		defs[i] = d.Quote(c.Name) + " " + d.Type(c.Type)
		have[strings.ToLower(c.Name)] = true
	}
	if r.have[strings.ToLower(t.Name)] != nil {
		return inlay.Errorf(inlay.Invalid, "the model has two tables '%s'", t.Name)
	}
	if err := exec(ctx, r.conn, "CREATE TABLE main."+d.Quote(t.Name)+" ("+strings.Join(defs, ", ")+")"); err != nil {
		return fmt.Errorf("make table '%s': %w", t.Name, err)
	}
	l := &loader{r: r, t: t, cols: cols, blanked: make([]Blanked, len(cols))}
	var err error
	if l.app, err = duck.NewAppenderFromConn(r.conn, "main", t.Name); err != nil {
		return fmt.Errorf("fill table '%s': %w", t.Name, err)
	}
	for _, p := range t.Partitions {
		if err == nil {
			err = l.partition(ctx, p)
		}
	}
	if err != nil {
		_ = l.app.Clear()
		return errors.Join(err, ignoreClosed(l.app.Close()))
	}
	if err := l.app.CloseWithCancel(ctx); err != nil {
		return fmt.Errorf("fill table '%s': %w", t.Name, err)
	}
	for i, c := range cols {
		if l.blanked[i].Count > 0 {
			r.sum.Blanked = append(r.sum.Blanked, l.blanked[i])
		}
		finish := map[dax.Type]func(context.Context, driver.Conn, string, string) error{dax.String: canonical, dax.Decimal: narrow}[c.Type]
		if finish == nil {
			continue
		}
		if err := finish(ctx, r.conn, t.Name, c.Name); err != nil {
			return fmt.Errorf("column '%s'[%s]: %w", t.Name, c.Name, err)
		}
	}
	r.have[strings.ToLower(t.Name)] = have
	r.sum.Tables = append(r.sum.Tables, TableSummary{Name: t.Name, Rows: l.rows, Millis: time.Since(start).Milliseconds()})
	return nil
}

// ignoreClosed: closing after a failure fails again, which says nothing new.
func ignoreClosed(error) error { return nil }

// loader fills one table.
type loader struct {
	r       *refresh
	t       *model.Table
	cols    []*model.Column
	app     *duck.Appender
	rows    int64
	blanked []Blanked
}

// batch is rows on their way to the writer: n rows of cells, one after the other.
type batch struct {
	cells []driver.Value
	n     int
}

// partition appends the rows of one query. Reading and converting is one goroutine, writing
// another; what travels between them is bounded.
func (l *loader) partition(ctx context.Context, p model.Partition) error {
	plan, err := powerquery.Query(ctx, l.r.cfg, l.t.Name, p)
	if err != nil {
		return err
	}
	at, err := l.match(plan.Columns(), p)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	full, empty := make(chan *batch, 4), make(chan *batch, 6)
	for range cap(empty) {
		empty <- &batch{cells: make([]driver.Value, batchRows*len(l.cols))}
	}
	var readErr error
	go func() {
		defer close(full)
		readErr = l.read(ctx, plan, at, full, empty)
	}()
	var writeErr error
	for b := range full {
		if writeErr == nil {
			if writeErr = l.write(b); writeErr != nil {
				cancel()
			}
		}
		empty <- b
	}
	if writeErr != nil {
		return fmt.Errorf("fill table '%s': %w", l.t.Name, writeErr)
	}
	return readErr
}

func (l *loader) write(b *batch) error {
	w := len(l.cols)
	for i := range b.n {
		if err := l.app.AppendRow(b.cells[i*w : (i+1)*w]...); err != nil {
			return err
		}
	}
	l.rows += int64(b.n)
	if l.r.Progress != nil {
		l.r.Progress(l.t.Name, l.rows)
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

func (l *loader) read(ctx context.Context, plan *powerquery.Plan, at []int, full chan<- *batch, empty <-chan *batch) error {
	cul, ok := culture.Find(l.r.cfg.Culture)
	if !ok {
		cul, _ = culture.Find("en-US")
	}
	rows, err := plan.Rows(ctx)
	if err != nil {
		return err
	}
	defer rows.Close()
	b := <-empty
	b.n = 0
	for rows.Next() {
		row := rows.Row()
		to := b.cells[b.n*len(l.cols):]
		for i, c := range l.cols {
			v, ok := row[at[i]].As(c.Type, cul)
			if !ok {
				if err := l.bad(rows, row[at[i]], i); err != nil {
					return err
				}
				v = dax.Value{}
			}
			to[i] = store(v)
		}
		if b.n++; b.n == batchRows {
			full <- b
			b = <-empty
			b.n = 0
		}
	}
	full <- b
	return rows.Err()
}

// bad is a value that does not enter its column: an error, or blank and counted where the
// model says so.
func (l *loader) bad(rows *powerquery.Rows, v powerquery.Value, i int) error {
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

// store is a value as the appender takes it; a fixed decimal goes as its units.
func store(v dax.Value) driver.Value {
	switch v.Type() {
	case dax.Boolean:
		return v.Bool()
	case dax.Int64, dax.Decimal:
		return v.Int()
	case dax.Double:
		return v.Float()
	case dax.DateTime:
		return v.Time()
	case dax.String:
		return v.Text()
	}
	return nil
}
