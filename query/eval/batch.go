package eval

import (
	"inlay/dax"
	"inlay/model"
)

// batch is environments in which an expression is evaluated together. A batch inherits what it
// does not set from its parent: environment i stands in environment up[i] of it.
type batch struct {
	n      int
	parent *batch
	up     []int          // nil if the environments are those of the parent
	ctx    *filterContext // nil: the parent's
	row    *rowContext
	v      *variable
	closed bool    // a measure begins: rows and variables outside are not seen
	query  *batch  // of a closed batch: where the variables of the query are seen, nil if they are not
	group  *rowset // the rows of the group of GROUPBY
	fixed  bool    // rows outside were made filters already
}

// rowContext is the current row of an iterator, in each environment.
type rowContext struct {
	cols  []tableColumn
	rows  [][]dax.Value
	table *model.Table // if rows are those of a table of the model
	set   *rowset      // the tables that are iterated over, by the environments outside
}

// variable is a VAR. It is computed where it is defined, for the environments that ask.
type variable struct {
	name   string
	x      dax.Expr
	values []dax.Value
	have   []bool
	table  *rowset
	isRows bool
	busy   bool // it is being computed
	static *dax.Type
}

// context is the filter contexts of the environments.
func (b *batch) context() *filterContext {
	if b.ctx == nil {
		b.ctx = b.parent.context()
		if b.up != nil {
			b.ctx = b.ctx.pick(b.up)
		}
	}
	return b.ctx
}

// pick is a batch of some environments.
func (b *batch) pick(up []int) *batch { return &batch{n: len(up), parent: b, up: up} }

// under is the same environments in other filter contexts.
func (b *batch) under(ctx *filterContext) *batch {
	return &batch{n: b.n, parent: b, ctx: ctx, fixed: true}
}

// through takes places in a batch to places in its parent.
func (b *batch) through(at []int) []int {
	if b.up == nil {
		return at
	}
	out := make([]int, len(at))
	for i, j := range at {
		out[i] = b.up[j]
	}
	return out
}

func identity(n int) []int {
	at := make([]int, n)
	for i := range at {
		at[i] = i
	}
	return at
}

// find looks for a variable, from the inside. at are the places of the environments where it
// is defined.
func (b *batch) find(name string) (v *variable, home *batch, at []int) {
	at = identity(b.n)
	for ; b != nil && b.parent != nil; b = b.parent {
		if b.v != nil && same(b.v.name, name) {
			return b.v, b.parent, at
		}
		if b.closed && b.query == nil {
			return nil, nil, nil
		}
		if b.closed { // one environment, whatever is computed
			at = make([]int, len(at))
			b = &batch{parent: b.query}
			continue
		}
		at = b.through(at)
	}
	return nil, nil, nil
}

// cell is a value of the current row, in each environment.
type cell struct {
	row *rowContext
	i   int // column
	at  []int
}

func (c cell) values() []dax.Value {
	out := make([]dax.Value, len(c.at))
	for i, j := range c.at {
		out[i] = c.row.rows[j][c.i]
	}
	return out
}

// cell looks for a column of a current row, from the inside; skip leaves out that many row
// contexts that have it.
func (b *batch) cell(match func(tableColumn) bool, skip int) (cell, bool) {
	at := identity(b.n)
	for ; b != nil; b = b.parent {
		if b.row != nil {
			for i, c := range b.row.cols {
				if match(c) {
					if skip == 0 {
						return cell{b.row, i, at}, true
					}
					skip--
					break
				}
			}
		}
		if b.closed {
			return cell{}, false
		}
		at = b.through(at)
	}
	return cell{}, false
}

// hasRow reports whether there is a current row that CALCULATE would make a filter.
func (b *batch) hasRow() bool {
	for ; b != nil; b = b.parent {
		if b.row != nil {
			return true
		}
		if b.closed || b.fixed {
			return false
		}
	}
	return false
}
