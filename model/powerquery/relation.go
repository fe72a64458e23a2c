package powerquery

import (
	"context"
	"math"
	"strconv"
	"strings"

	"inlay/model/powerquery/syntax"
)

// relation is a chain of steps as one SELECT: what a source does by itself. Steps that mean the
// same in SQL as in M are put into it; the rows evaluator does the rest, and does a condition
// again where the source may keep more rows than M.
type relation struct {
	run    runner
	from   string
	cols   []relColumn
	where  []string
	args   []any
	group  []string
	order  []string
	limit  int64 // -1: none
	offset int64
	row    string // the number of the row in the source, from 0; empty where there is none
	steps  int    // how many steps of M it stands for

	distinct bool
	mixed    bool // its rows come in any order: only for who does not mind, and none are cut
	loose    bool // the condition may keep too much: no limit may follow
}

// relColumn is a column of a relation. Class is what conditions on it may compare with:
// number, text, logical, date, datetime; empty for none.
type relColumn struct {
	name  string
	expr  string
	class string
	float bool // it may hold NaN, which SQL takes for large and M for nothing

	compared func(op string, constant any) (arg any, exact, ok bool) // see Comparing; nil for most
}

// runner is where a relation runs.
type runner interface {
	Quote(name string) string
	Placeholder(n int, v any) string
	// exact tells whether comparing a column of a class for equality is what M does.
	exact(class string) bool
	// notNaN is the end of a comparison that NaN must not pass.
	notNaN(expr string) string
	// cells runs the statement; the columns come as the relation has them.
	cells(ctx context.Context, sql string, args []any) (Cells, error)
}

// folds is an op that can become part of its input's relation, or begin one.
type folds interface {
	// fold gives the relation of the op, nil if there is none. In is that of its input.
	fold(in *relation) *relation
}

// relation folds a table as far as it goes; nil where the last step does not fold.
func (t *table) relation() *relation {
	f, ok := t.op.(folds)
	if !ok {
		return nil
	}
	in := t.op.inputs()
	switch len(in) {
	case 0:
		return f.fold(nil)
	case 1:
		if r := in[0].relation(); r != nil {
			if out := f.fold(r.clone()); out != nil {
				out.steps++
				return out
			}
		}
	}
	return nil
}

// open reads a table: by one statement of its source if it folds, else step by step.
func (t *table) open(rt *runtime) (iterator, error) {
	if r := t.folded(rt); r != nil && r.steps > 0 {
		return r.open(rt, t)
	}
	return t.op.open(rt)
}

// folded is the relation of a table where it may be read as one: rows in any order are not what a
// step wants that counts them or takes the first.
func (t *table) folded(rt *runtime) *relation {
	if rt.ev.cfg.NoFolding {
		return nil
	}
	r := t.relation()
	if r != nil && r.mixed && !rt.loose[t] {
		return nil
	}
	return r
}

// loose finds the tables of a plan whose rows may come in any order, because nothing above them
// looks at it: nor does who loads the table.
func loose(t *table) map[*table]bool {
	out := map[*table]bool{}
	var walk func(t *table, free bool)
	walk = func(t *table, free bool) {
		if was, seen := out[t]; seen && (!was || free) {
			return
		}
		out[t] = free
		o, ok := t.op.(interface{ anyOrder() bool })
		for _, in := range t.op.inputs() {
			walk(in, free && ok && o.anyOrder())
		}
	}
	walk(t, true)
	return out
}

// These give the same rows, in some order, whatever the order of what they are given.
func (s *step) anyOrder() bool       { return s.alone }
func (*sortOp) anyOrder() bool       { return true }
func (*combineOp) anyOrder() bool    { return true }
func (o *distinctOp) anyOrder() bool { return o.all }
func (o *groupOp) anyOrder() bool {
	r := &relation{} // of which only numbers of binary fractions are left out: their sum hangs on the order
	for _, col := range o.in[0].cols {
		r.cols = append(r.cols, relColumn{name: col.Name, expr: "x", class: classOf(col.Type.Name), float: col.Type.Name == "number"})
	}
	for _, a := range o.aggs {
		if expr, _ := r.aggregate(a.f); expr == "" {
			return false
		}
	}
	return true
}

func (r *relation) clone() *relation {
	out := *r
	out.cols = append([]relColumn(nil), r.cols...)
	out.where = append([]string(nil), r.where...)
	out.args = append([]any(nil), r.args...)
	return &out
}

// sql is the statement.
func (r *relation) sql() string {
	var b strings.Builder
	b.WriteString("SELECT " + map[bool]string{true: "DISTINCT "}[r.distinct])
	dialect := r.dialect()
	if r.limit >= 0 && dialect != nil {
		b.WriteString(dialect.First(r.limit))
	}
	for i, c := range r.cols {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(c.expr)
		if quoted := r.run.Quote(c.name); quoted != c.expr {
			b.WriteString(" AS " + quoted)
		}
	}
	if len(r.cols) == 0 {
		b.WriteString("1")
	}
	b.WriteString(" FROM " + r.from)
	if len(r.where) > 0 {
		b.WriteString(" WHERE " + strings.Join(r.where, " AND "))
	}
	if len(r.group) > 0 {
		b.WriteString(" GROUP BY " + strings.Join(r.group, ", "))
	}
	if len(r.order) > 0 {
		b.WriteString(" ORDER BY " + strings.Join(r.order, ", "))
	}
	if r.limit >= 0 && dialect == nil {
		b.WriteString(" LIMIT " + strconv.FormatInt(r.limit, 10))
	}
	if r.offset > 0 {
		b.WriteString(" OFFSET " + strconv.FormatInt(r.offset, 10))
	}
	return b.String()
}

// dialect is the SQL of the database, nil for that of most.
func (r *relation) dialect() Dialect {
	s, _ := r.run.(stored)
	d, _ := s.Database.(Dialect)
	return d
}

func (r *relation) open(rt *runtime, t *table) (iterator, error) {
	c := callOf(t)
	numbered := r.row != "" && len(r.order) == 0 && len(r.cols) > 0
	if numbered {
		r = r.clone()
		r.cols = append(r.cols, relColumn{name: RowNumber, expr: r.row})
	}
	cells, err := r.run.cells(rt.ev.ctx, r.sql(), r.args)
	if err != nil {
		return nil, c.outside(err)
	}
	return &cellsIter{op: &cellsOp{c: c}, rt: rt, cells: cells, numbered: numbered, mixed: r.mixed}, nil
}

// callOf is the call that began a chain of steps, for errors.
func callOf(t *table) *call {
	for {
		switch o := t.op.(type) {
		case interface{ origin() *call }:
			return o.origin()
		default:
			in := t.op.inputs()
			if len(in) == 0 {
				return nil
			}
			t = in[0]
		}
	}
}

// bind adds a value and gives its placeholder.
func (r *relation) bind(v any) string {
	r.args = append(r.args, v)
	return r.run.Placeholder(len(r.args), v)
}

// pick leaves some columns, in an order.
func (r *relation) pick(at []int) *relation {
	cols := make([]relColumn, len(at))
	for i, j := range at {
		cols[i] = r.cols[j]
	}
	r.cols = cols
	return r
}

// rename gives the columns the names of a table.
func (r *relation) rename(cols []Column) *relation {
	for i := range r.cols {
		r.cols[i].name = cols[i].Name
	}
	return r
}

// cut takes or skips rows from the start. An order that the source does not promise is none to
// rely on, so it folds only onto what is read as it lies, or is sorted.
func (r *relation) cut(n int64, first bool) *relation {
	_, engine := r.run.(*engine)
	switch {
	case r.loose || r.mixed:
		return nil
	case first && (r.limit < 0 || n < r.limit):
		r.limit = n
	case first || n == 0:
	case !engine: // only the data engine reads a file in its order
		return nil
	default:
		r.offset += n
		if r.limit >= 0 {
			r.limit = max(0, r.limit-n)
		}
	}
	return r
}

// classOf is the class of a column by its type of M.
func classOf(typ string) string {
	switch primitiveOf(typ) {
	case "number":
		return "number"
	case "text", "logical", "date", "datetime":
		return typ
	}
	return ""
}

// kindClass is the class of a constant.
func kindClass(v Value) string {
	switch v.kind {
	case Integer, Number, Decimal:
		return "number"
	case Text, Logical, Date, DateTime:
		return v.kind.String()
	}
	return ""
}

// filter adds a condition that a function of the row makes; nil if it has another meaning in
// SQL or none.
func (r *relation) filter(c *call, f Value) *relation {
	fn, ok := f.ref.(*closure)
	if !ok || len(fn.fn.Params) != 1 || r.limit >= 0 || r.offset > 0 {
		return nil
	}
	cond := condition{r: r, c: c, fn: fn, row: fn.fn.Params[0].Name, sharp: true}
	text, ok := cond.write(fn.fn.Body)
	if !ok {
		return nil
	}
	r.where = append(r.where, text)
	r.loose = r.loose || !cond.sharp
	return r
}

// condition writes a condition of M in SQL.
type condition struct {
	r     *relation
	c     *call
	fn    *closure
	row   string
	sharp bool // it keeps exactly what M keeps
	deep  int
}

func (k *condition) write(x syntax.Expr) (string, bool) {
	if k.deep++; k.deep > 200 {
		return "", false
	}
	switch x := x.(type) {
	case *syntax.Binary:
		switch x.Op {
		case "and", "or":
			a, ok := k.write(x.X)
			if !ok {
				return "", false
			}
			b, ok := k.write(x.Y)
			return "(" + a + " " + strings.ToUpper(x.Op) + " " + b + ")", ok
		case "=", "<>", "<", "<=", ">", ">=":
			return k.compare(x.Op, x.X, x.Y)
		}
	case *syntax.Field:
		if col := k.column(x); col != nil && col.class == "logical" {
			if d := k.r.dialect(); d != nil {
				return d.Truth(col.expr), true
			}
			return col.expr, true
		}
	}
	return "", false
}

// column is the column that [name] means, nil if it is something else.
func (k *condition) column(x syntax.Expr) *relColumn {
	f, ok := x.(*syntax.Field)
	if !ok || f.Optional {
		return nil
	}
	if n, isName := f.X.(*syntax.Name); f.X == nil && k.row != "_" || f.X != nil && (!isName || n.Name != k.row) {
		return nil
	}
	for i := range k.r.cols {
		if k.r.cols[i].name == f.Name {
			return &k.r.cols[i]
		}
	}
	return nil
}

var mirrored = map[string]string{"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

func (k *condition) compare(op string, x, y syntax.Expr) (string, bool) {
	col := k.column(x)
	if col == nil {
		if col = k.column(y); col == nil {
			return "", false
		}
		op, y = mirrored[op], x
	}
	if !free(y, k.row) {
		return "", false
	}
	v, err := k.c.ev.eval(y, k.fn.env)
	if err != nil {
		return "", false
	}
	if v.kind == Null {
		switch op {
		case "=":
			return col.expr + " IS NULL", true
		case "<>":
			return col.expr + " IS NOT NULL", true
		}
		return "", false
	}
	if col.class == "" || kindClass(v) != col.class || v.kind == Number && math.IsNaN(v.float()) {
		return "", false
	}
	if col.class == "text" && op != "=" || col.class == "logical" && op != "=" && op != "<>" {
		return "", false
	}
	if _, engine := k.r.run.(*engine); v.kind == Number && !col.float && !engine {
		return "", false // drivers bind a value in the type of the column
	}
	arg, exact := bound(v), k.r.run.exact(col.class)
	if col.compared != nil {
		var ok bool
		if arg, exact, ok = col.compared(op, arg); !ok {
			return "", false
		}
	}
	k.sharp = k.sharp && exact
	mark := k.r.bind(arg)
	switch op {
	case "<>": // null is different from a value in M
		return "(" + col.expr + " <> " + mark + " OR " + col.expr + " IS NULL)", true
	case "=": // and equal to none
		return "(" + col.expr + " = " + mark + " AND " + col.expr + " IS NOT NULL)", true
	}
	if col.float && op[0] == '>' {
		return "(" + col.expr + " " + op + " " + mark + k.r.run.notNaN(col.expr) + ")", true
	}
	return col.expr + " " + op + " " + mark, true
}

// bound is a constant as drivers take it.
func bound(v Value) any {
	switch v.kind {
	case Integer:
		return v.n
	case Number:
		return v.float()
	case Decimal:
		return decimalText(v.n)
	case Logical:
		return v.n != 0
	case Date, DateTime:
		return v.clock()
	}
	return v.s
}

// free tells whether an expression is one that never looks at the row: literals, names that are
// not the row's, calls and operators of such.
func free(x syntax.Expr, row string) bool {
	switch x := x.(type) {
	case *syntax.Literal:
		return true
	case *syntax.Name:
		return x.Name != row && x.Name != "_"
	case *syntax.Unary:
		return free(x.X, row)
	case *syntax.Binary:
		return free(x.X, row) && free(x.Y, row)
	case *syntax.Call:
		if !free(x.Func, row) {
			return false
		}
		for _, a := range x.Args {
			if !free(a, row) {
				return false
			}
		}
		return true
	}
	return false
}
