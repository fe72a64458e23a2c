package powerquery

import (
	"fmt"
	"io"
	"strings"

	"inlay/model/powerquery/syntax"
)

// table is a table value: columns that are known, and the step that yields its rows.
type table struct {
	cols []Column
	op   op
	deep int    // see depth; 0 where it is not counted yet
	meta *Value // what meta says of it, nil for nothing
}

// depth is how many steps lie behind one another up to the source.
func (t *table) depth() int {
	if t.deep == 0 {
		for _, in := range t.op.inputs() {
			t.deep = max(t.deep, in.depth())
		}
		t.deep++
	}
	return t.deep
}

func (t *table) names() []string {
	out := make([]string, len(t.cols))
	for i, c := range t.cols {
		out[i] = c.Name
	}
	return out
}

func (t *table) find(name string) int {
	for i, c := range t.cols {
		if c.Name == name {
			return i
		}
	}
	return -1
}

// op is a step of a plan. Its rows have one value per column of its table.
type op interface {
	// open starts reading. The row that the iterator gives is good until the next one.
	open(rt *runtime) (iterator, error)
	// explain is the step in one line, without its inputs.
	explain() string
	inputs() []*table
}

// iterator reads rows; io.EOF ends them.
type iterator interface {
	next() ([]Value, error)
	close()
}

// runtime is one reading of a plan. It knows where the row at hand came from.
type runtime struct {
	ev    *evaluator
	loose map[*table]bool // the tables whose rows may come in any order
	file  string
	row   int64
}

func (rt *runtime) failed(column, msg string) Value {
	return Value{kind: Failed, ref: &CellError{File: rt.file, Row: rt.row, Column: column, Msg: msg}}
}

// failedBy is failed with what try shows of the error.
func (rt *runtime) failedBy(column, msg string, why fault) Value {
	return Value{kind: Failed, ref: &CellError{File: rt.file, Row: rt.row, Column: column, Msg: msg, why: &why}}
}

// pipe is an iterator that changes, drops or passes the rows of another.
type pipe struct {
	in   iterator
	each func(row []Value) ([]Value, error) // nil drops the row
}

func (p *pipe) next() ([]Value, error) {
	for {
		row, err := p.in.next()
		if err != nil {
			return nil, err
		}
		if row, err = p.each(row); err != nil || row != nil {
			return row, err
		}
	}
}

func (p *pipe) close() { p.in.close() }

// step is an op over one input that works row by row.
type step struct {
	in    *table
	text  string
	make  func(rt *runtime) (func(row []Value) ([]Value, error), error)
	alone bool                         // what becomes of a row does not hang on the others
	sql   func(in *relation) *relation // nil: it does not fold
	flat  func(in *TextFile) *TextFile // nil: no file of text is what it gives
}

func (s *step) fold(in *relation) *relation {
	if s.sql == nil {
		return nil
	}
	return s.sql(in)
}

func (s *step) inputs() []*table { return []*table{s.in} }
func (s *step) explain() string  { return s.text }

func (s *step) open(rt *runtime) (iterator, error) {
	each, err := s.make(rt)
	if err != nil {
		return nil, err
	}
	in, err := s.in.open(rt)
	if err != nil {
		return nil, err
	}
	return &pipe{in: in, each: each}, nil
}

// rowsOp holds rows that stand in the query itself.
type rowsOp struct {
	rows    [][]Value
	text    string
	cols    []Column // names columns in errors of cells, where one may be put off
	settled bool     // no cell is put off
}

func (r *rowsOp) inputs() []*table { return nil }
func (r *rowsOp) explain() string  { return fmt.Sprintf("%s (%d rows)", r.text, len(r.rows)) }

func (r *rowsOp) open(rt *runtime) (iterator, error) {
	return &rowsIter{rt: rt, rows: r.rows, cols: r.cols}, nil
}

type rowsIter struct {
	rt   *runtime
	rows [][]Value
	cols []Column
	i    int
	buf  []Value
}

func (r *rowsIter) next() ([]Value, error) {
	if r.i >= len(r.rows) {
		return nil, io.EOF
	}
	r.buf = append(r.buf[:0], r.rows[r.i]...)
	r.i++
	r.rt.file, r.rt.row = "", int64(r.i)
	for i, v := range r.buf {
		if v.kind == lazy {
			t := v.ref.(*thunk)
			v, err := r.rt.ev.force(t, t.x, t.env)
			if err != nil {
				if v, err = r.rt.inCell(r.column(i), err); err != nil {
					return nil, err
				}
			}
			r.buf[i] = v
		} else if v.kind == Failed && v.Err().Column == "" && v.Err().why != nil {
			r.buf[i] = r.rt.failedBy(r.column(i), v.Err().Msg, *v.Err().why)
		}
	}
	return r.buf, nil
}

// column is the name of a column, empty where it is not known.
func (r *rowsIter) column(i int) string {
	if i < len(r.cols) {
		return r.cols[i].Name
	}
	return ""
}

func (r *rowsIter) close() {}

// combineOp is one table behind the other, columns by name.
type combineOp struct {
	cols []Column
	in   []*table
}

func combine(in []*table) *table {
	var cols []Column
	seen := map[string]int{}
	for _, t := range in {
		for _, c := range t.cols {
			if i, ok := seen[c.Name]; ok {
				if cols[i].Type.Name != c.Type.Name {
					cols[i].Type = anyType
				}
				continue
			}
			seen[c.Name] = len(cols)
			cols = append(cols, c)
		}
	}
	return &table{cols: cols, op: &combineOp{cols: cols, in: in}}
}

func (c *combineOp) inputs() []*table { return c.in }
func (c *combineOp) explain() string  { return fmt.Sprintf("combine %d tables", len(c.in)) }

func (c *combineOp) open(rt *runtime) (iterator, error) { return &combineIter{rt: rt, op: c}, nil }

type combineIter struct {
	rt  *runtime
	op  *combineOp
	i   int
	cur iterator
	at  []int // of the current table: its column for each of ours, or -1
	buf []Value
}

func (c *combineIter) next() ([]Value, error) {
	for {
		if c.cur == nil {
			if c.i >= len(c.op.in) {
				return nil, io.EOF
			}
			t := c.op.in[c.i]
			c.i++
			c.at = c.at[:0]
			for _, col := range c.op.cols {
				c.at = append(c.at, t.find(col.Name))
			}
			var err error
			if c.cur, err = t.open(c.rt); err != nil {
				c.cur = nil
				return nil, err
			}
		}
		row, err := c.cur.next()
		if err == io.EOF {
			c.cur.close()
			c.cur = nil
			continue
		}
		if err != nil {
			return nil, err
		}
		c.buf = c.buf[:0]
		for _, i := range c.at {
			if i < 0 {
				c.buf = append(c.buf, Value{})
			} else {
				c.buf = append(c.buf, row[i])
			}
		}
		return c.buf, nil
	}
}

func (c *combineIter) close() {
	if c.cur != nil {
		c.cur.close()
		c.cur = nil
	}
}

// selectColumns is a table with some of its columns; missing is the first that it has not.
func selectColumns(t *table, want []string) (out *table, missing string) {
	at := make([]int, len(want))
	cols := make([]Column, len(want))
	for i, n := range want {
		if at[i] = t.find(n); at[i] < 0 {
			return nil, n
		}
		cols[i] = t.cols[at[i]]
	}
	return &table{cols: cols, op: &step{in: t, alone: true, text: "select " + strings.Join(quoteAll(want), ", "),
		sql:  func(r *relation) *relation { return r.pick(at) },
		flat: func(f *TextFile) *TextFile { return f.pick(at) },
		make: func(*runtime) (func([]Value) ([]Value, error), error) {
			buf := make([]Value, len(at))
			return func(row []Value) ([]Value, error) {
				for i, j := range at {
					buf[i] = row[j]
				}
				return buf, nil
			}, nil
		}}}, ""
}

func quoteAll(list []string) []string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = "[" + n + "]"
	}
	return out
}

// scan reads a table while a query is being evaluated, for a list or a single row.
func (ev *evaluator) scan(t *table, each func(row []Value) (more bool, err error)) error {
	it, err := t.open(&runtime{ev: ev})
	if err != nil {
		return err
	}
	defer it.close()
	for n := 0; ; n++ {
		if ev.steps++; n&1023 == 0 && ev.ctx.Err() != nil {
			return ev.ctx.Err()
		}
		row, err := it.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if more, err := each(row); err != nil || !more {
			return err
		}
	}
}

// columnList is table[Column]: the values of a column as a list.
func (ev *evaluator) columnList(t *table, x *syntax.Field, env *scope) (Value, error) {
	i := t.find(x.Name)
	if i < 0 {
		return Value{}, env.src.raise(x.Pos(), "there is no column %q; there are %s", x.Name, names(t.names())).noColumn(x.Name)
	}
	var out []Value
	err := ev.scan(t, func(row []Value) (bool, error) {
		if len(out) >= maxList {
			return false, env.src.limit(x.Pos(), "the column [%s] has more than a million rows: too many for a list", x.Name)
		}
		if row[i].kind == Failed {
			return false, env.src.raiseCell(x.Pos(), row[i].Err())
		}
		out = append(out, row[i])
		return true, nil
	})
	return list(out), err
}

// rowAt is table{n}, null where there is no such row.
func (ev *evaluator) rowAt(t *table, n int64) (Value, error) {
	var out Value
	err := ev.scan(t, func(row []Value) (bool, error) {
		if n--; n >= 0 {
			return true, nil
		}
		out = Value{kind: RecordOf, ref: &record{head: newHeader(t.names()), vals: append([]Value(nil), row...)}}
		return false, nil
	})
	return out, err
}

// rowFunc calls a function with each row as a record. One record serves all rows as long as
// the function gives scalars; a list, record or table may keep hold of its row, so from the
// first of them on each call has a record of its own.
func (c *call) rowFunc(f Value, t *table) func(row []Value) (Value, error) {
	head := newHeader(t.names())
	rec := &record{head: head}
	arg := []Value{{kind: RecordOf, ref: rec}}
	own := func(row []Value) []Value {
		return []Value{{kind: RecordOf, ref: &record{head: head, vals: append([]Value(nil), row...)}}}
	}
	keeps := false
	return func(row []Value) (Value, error) {
		if keeps {
			return c.invoke(f, own(row))
		}
		rec.vals = row
		v, err := c.invoke(f, arg)
		if err == nil && v.structured() {
			keeps = true
			return c.invoke(f, own(row))
		}
		return v, err
	}
}
