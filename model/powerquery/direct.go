package powerquery

import (
	"context"
	"io"

	"inlay/dax"
	"inlay/model/powerquery/culture"
)

// DirectCells are Cells that fill columns of a model by themselves: of a value that has the type
// of its column already, no Value is made.
type DirectCells interface {
	Cells
	// Put reads the next row into row n of the targets; io.EOF at the end. It gives back which
	// targets it did not fill: they are for Value. What it fills is what As gives of Value.
	Put(to []Target, n int) (rest []int, err error)
	// Value is a value of the row that Put read.
	Value(column int) (Value, error)
}

// Target is where values of a column go.
type Target struct {
	*Vector
	At  int  // which column of the statement
	Odd bool // every value is for Value
}

// Direct is a table that is one statement in a database, and conversions of its columns. Whoever
// wants its rows in the types of a model reads them here faster than by Rows.
type Direct struct {
	file *TextFile
	t    *table
	ev   *evaluator
}

// Direct is the table as one statement in a database, nil if it is something else.
func (p *Plan) Direct() *Direct {
	if p.ev.cfg.NoFolding {
		return nil
	}
	f := p.t.textFile()
	if f == nil || f.rel == nil || f.rel.inFile() {
		return nil
	}
	return &Direct{file: f, t: p.t, ev: p.ev}
}

// DirectRows is such a table being read.
type DirectRows struct {
	cells   DirectCells
	call    *call
	rt      *runtime
	targets []Target
	types   []dax.Type
	columns []TextColumn // of the targets
	culture *culture.Culture
}

// Open runs the statement. Column i of what is read is column at[i] of the table, and goes into
// a column of the model of type types[i]. Close the rows.
func (d *Direct) Open(ctx context.Context, at []int, types []dax.Type, cul *culture.Culture) (*DirectRows, error) {
	d.ev.ctx = ctx
	r := &DirectRows{call: callOf(d.t), rt: &runtime{ev: d.ev}, types: types, culture: cul}
	cells, err := d.file.rel.run.cells(ctx, d.file.rel.sql(), d.file.rel.args)
	if err != nil {
		return nil, r.call.outside(err)
	}
	var ok bool
	if r.cells, ok = cells.(DirectCells); !ok {
		r.cells = &valueCells{Cells: cells}
	}
	have := cells.Columns()
	for i, j := range at {
		c := d.file.Columns[j]
		r.columns = append(r.columns, c)
		r.targets = append(r.targets, Target{At: c.At, Odd: c.Type != "" && !stays(have[c.At].Type.Name, c.Type, types[i])})
	}
	return r, nil
}

// stays reports whether a value of a source's type that a step converts into a type of M enters a
// column of the model as it does without the step.
func stays(from, step string, to dax.Type) bool {
	switch from {
	case "Int64.Type", "number":
		return isNumber[step] || step == "Currency.Type" && to == dax.Decimal || step == "Int64.Type" && from == step
	case "date":
		return step == from || step == "datetime" && to == dax.DateTime
	case "text", "logical", "datetime":
		return step == from
	}
	return false
}

// isNumber are types of M into which a number goes as it is.
var isNumber = map[string]bool{"number": true, "Double.Type": true, "Decimal.Type": true, "Percentage.Type": true}

// Into says which vectors the next rows go to, one for each column that was asked for.
func (r *DirectRows) Into(list []*Vector) {
	for i, v := range list {
		r.targets[i].Vector = v
	}
}

// Next reads a row into row n of the vectors; io.EOF at the end. What does not enter its column
// is told to bad: the row is blank there if that gives no error.
func (r *DirectRows) Next(n int, bad func(column int, v Value) error) error {
	rest, err := r.cells.Put(r.targets, n)
	if err == io.EOF {
		return err
	}
	if err != nil {
		return r.call.outside(err)
	}
	r.rt.row++
	for _, i := range rest {
		v, err := r.value(i)
		if err != nil {
			return err
		}
		x, ok := v.As(r.types[i], r.culture)
		if !ok {
			if err := bad(i, v); err != nil {
				return err
			}
		}
		r.targets[i].Set(n, x)
	}
	return nil
}

// value is a value as the table has it.
func (r *DirectRows) value(i int) (Value, error) {
	c := r.columns[i]
	v, err := r.cells.Value(c.At)
	if err != nil {
		return Value{}, r.call.outside(err)
	}
	if v.kind == Failed && v.Err().Row == 0 {
		v = r.rt.failed(r.cells.Columns()[c.At].Name, v.Err().Msg)
	}
	if c.Type == "" {
		return v, nil
	}
	return r.rt.typed(v, c), nil
}

// typed is a value in the type that a step gives its column.
func (rt *runtime) typed(v Value, c TextColumn) Value {
	out, ok := convert(v, c.Type, c.Culture)
	if !ok {
		return rt.failedBy(c.Name, v.describe()+" does not convert to "+c.Type, unconverted(v, c.Type))
	}
	return out
}

// Failure is an error in a column of the row that Next read.
func (r *DirectRows) Failure(column, msg string) *CellError { return r.rt.failed(column, msg).Err() }

// Close ends the statement.
func (r *DirectRows) Close() { _ = r.cells.Close() }

// valueCells are Cells that give Values alone.
type valueCells struct {
	Cells
	row  []Value
	rest []int
}

func (c *valueCells) Put(to []Target, _ int) (rest []int, err error) {
	for len(c.rest) < len(to) {
		c.rest = append(c.rest, len(c.rest))
	}
	c.row, err = c.Next()
	return c.rest, err
}

func (c *valueCells) Value(column int) (Value, error) { return c.row[column], nil }
