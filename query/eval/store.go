package eval

import (
	"context"
	"strings"

	"inlay/dax"
	"inlay/dax/fn"
	"inlay/model"
)

// Store gives rows of one model, as one viewer sees them.
type Store interface {
	// Model is the model.
	Model() *model.Model
	// Parse parses an expression of the model, and keeps it.
	Parse(text string) (dax.Expr, error)
	// Read answers groups of rows with their aggregates. Each row holds the keys, then the values.
	Read(ctx context.Context, r Read) ([][]dax.Value, error)
	// Reach says how a filter on the rows of one table reaches the rows of another.
	Reach(base, from *model.Table, edges []Change) (Reach, error)
	// Pushable reports why an expression cannot be evaluated by the store for each row of base;
	// nil if it can.
	Pushable(base *model.Table, x dax.Expr, truth bool, edges []Change) error
	// Veiled is the columns of a table that the viewer cannot name. They identify rows and filter
	// like others, and are in no result.
	Veiled(t *model.Table) []*model.Column
	// User is the value of a function about the viewer, such as USERNAME.
	User(function string) (dax.Value, bool)
}

// Informer is a Store that knows who may read the definition of the model. Without it nobody may.
type Informer interface {
	// Definition reports why the viewer may not read the tables, columns and measures of the
	// model, or what is private in it: filters of roles and sources.
	Definition(private bool) error
}

// Column is a column of the model; it is comparable.
type Column struct {
	T *model.Table
	C *model.Column
}

// String is the column as DAX writes it.
func (c Column) String() string {
	if c.C == nil {
		return "[]"
	}
	return model.ColumnRef{Table: c.T.Name, Column: c.C.Name}.String()
}

// Key is what rows are grouped by: a column of the base or of a table that it looks up, or an
// expression of each row.
type Key struct {
	Column Column
	X      dax.Expr // if Column is zero
}

// Value is an aggregate: a function of an expression over the rows of a group. Without an
// expression it counts rows.
type Value struct {
	Fn string // SUM, MIN, MAX, COUNT, COUNTA, DISTINCTCOUNT; empty counts rows
	X  dax.Expr
}

// Read asks for rows of a table.
type Read struct {
	Base   *model.Table
	Keys   []Key
	Values []Value
	Where  []Condition // all must hold
	Rows   dax.Expr    // a condition on each row of Base; nil keeps all
	Edges  []Change    // relationships that differ from the model's
	Blank  bool        // also the blank row, where rows of other tables look up nothing in Base
	Span   *Span       // only these rows of Base, each with its number as a last key
	Fit    bool        // only rows of which DAX has every key, where a source may hold others, and each letter tells texts apart
}

// BlankRow is the blank row of the base, as one group: nothing but that it is one row.
func (r Read) BlankRow() []dax.Value {
	row := make([]dax.Value, len(r.Keys)+len(r.Values))
	for i, v := range r.Values {
		if v.Fn == "" && v.X == nil {
			row[len(r.Keys)+i] = dax.IntOf(1)
		}
	}
	return row
}

// Span is rows of a table by the numbers that the store gives them, from First to before End.
type Span struct{ First, End int64 }

// Condition is a filter that is the same for all environments: an expression or a filter on
// columns of one table, or a list of tuples.
type Condition struct {
	Columns []Column
	X       dax.Expr
	Filter  *model.Filter
	In      [][]dax.Value // of Columns
	// Rows says that the condition is on whole rows of the table, so that it reaches tables that
	// those rows look up.
	Rows bool
}

// Reach is how a filter reaches a table.
type Reach uint8

// None: not at all. Direct: each row has one value of it. Indirect: over many rows.
const (
	None Reach = iota
	Direct
	Indirect
)

// Change is a relationship that CALCULATE changes.
type Change struct {
	From, To  Column
	Direction string // "" makes it active; NONE, ONEWAY, BOTH, ONEWAY_LEFTFILTERSRIGHT, ONEWAY_RIGHTFILTERSLEFT
}

// most limits what is held in memory for one question.
const (
	mostRows     = 1_000_000
	mostContexts = 1_000_000
	mostReads    = 500 // statements of one aggregate
	mostListed   = 2_000
	mostDepth    = 100
)

func tooMany(x dax.Expr, what string, most int) error {
	e := dax.Errorf(x, "more than %d %s; add a filter or group by fewer columns", most, what)
	e.Limit = true
	return e
}

// unsupported names what cannot be computed, with its place.
func unsupported(x dax.Expr, format string, args ...any) error {
	e := dax.Errorf(x, format, args...)
	e.Unsupported = true
	return e
}

// absent is the error of a call that nothing evaluates where it stands.
func absent(x *dax.Call) error {
	if err := fn.Absent(x); !err.Unsupported {
		return err
	}
	return unsupported(x, "function %s is not supported here", strings.ToUpper(x.Func))
}

// wrong is a mistake in the expression.
func wrong(x dax.Expr, format string, args ...any) error {
	return dax.Errorf(x, format, args...)
}

// failed is a value at fault, which IFERROR catches.
func failed(x dax.Expr, format string, args ...any) error {
	e := dax.Errorf(x, format, args...)
	e.Value = true
	return e
}

// resolve finds a column by table and name.
func resolve(m *model.Model, x *dax.Column) (Column, error) {
	t := m.Table(x.Table)
	if t == nil {
		return Column{}, wrong(x, "the model has no table %q", x.Table)
	}
	c := t.Column(x.Name)
	if c == nil {
		return Column{}, wrong(x, "table %q has no column [%s]", t.Name, x.Name)
	}
	return Column{t, c}, nil
}

func same(a, b string) bool { return strings.EqualFold(a, b) }
