package fn

import (
	"errors"
	"math"
	"strings"

	"inlay/dax"
)

// Env supplies what the interpreter cannot know. A nil Env supplies nothing.
type Env interface {
	// Variable is the value of a variable that is defined outside of the expression.
	Variable(name string) (dax.Value, bool)
	// Leaf is the value of a node that the caller computed: a column, a measure, an aggregate.
	// It is asked for every node but literals, from the top; false lets the interpreter go on.
	Leaf(e dax.Expr) (dax.Value, bool, error)
}

// TableEnv is an Env that also knows tables, for IN.
type TableEnv interface {
	Env
	// Table is the rows of a table expression; false if it is not known.
	Table(e dax.Expr) ([][]dax.Value, bool, error)
}

// Eval computes a scalar expression. IF, SWITCH, COALESCE, IFERROR, AND, OR, && and ||
// evaluate only what they need, and so do variables. Errors of the expression are *dax.Error
// with the place of the node; those of the Env are passed on as they are.
func Eval(e dax.Expr, env Env) (dax.Value, error) {
	return (&machine{env}).eval(e, nil)
}

type machine struct{ env Env }

// scope is a variable and the variables defined before it. The value is computed at the first
// use, in the scope that the variable was defined in.
type scope struct {
	outer *scope
	name  string
	x     dax.Expr
	done  bool
	value dax.Value
	err   error
}

func (s *scope) find(name string) *scope {
	for ; s != nil; s = s.outer {
		if strings.EqualFold(s.name, name) {
			return s
		}
	}
	return nil
}

// at gives an error of a value its place, unless it has one.
func at(e dax.Expr, err error) error {
	var placed *dax.Error
	if err == nil || errors.As(err, &placed) {
		return err
	}
	placed = dax.Errorf(e, "%v", err)
	placed.Value = true
	return placed
}

func (m *machine) eval(e dax.Expr, s *scope) (dax.Value, error) {
	if e == nil {
		return dax.Value{}, nil
	}
	if l, ok := e.(*dax.Literal); ok {
		return l.Value, nil
	}
	if m.env != nil {
		if v, ok, err := m.env.Leaf(e); ok || err != nil {
			return v, err
		}
	}
	switch e := e.(type) {
	case *dax.Name:
		return m.variable(e, s)
	case *dax.Unary:
		return m.unary(e, s)
	case *dax.Binary:
		return m.binary(e, s)
	case *dax.Call:
		return m.call(e, s)
	case *dax.Block:
		for _, v := range e.Vars {
			s = &scope{outer: s, name: v.Name, x: v.X}
		}
		return m.eval(e.Return, s)
	case *dax.TableOf:
		if len(e.Rows) == 1 {
			return m.eval(e.Rows[0], s)
		}
		return dax.Value{}, dax.Errorf(e, "a table of %d rows stands where one value is expected", len(e.Rows))
	case *dax.Column:
		return dax.Value{}, dax.Errorf(e, "%s has no value here", dax.Print(e))
	}
	return dax.Value{}, dax.Errorf(e, "%s is not one value", dax.Print(e))
}

func (m *machine) variable(e *dax.Name, s *scope) (dax.Value, error) {
	if v := s.find(e.Name); v != nil {
		if !v.done {
			v.value, v.err = m.eval(v.x, v.outer)
			v.err = final(v.err)
			v.done = true
		}
		return v.value, v.err
	}
	if m.env != nil {
		if v, ok := m.env.Variable(e.Name); ok {
			return v, nil
		}
	}
	return dax.Value{}, dax.Errorf(e, "%q is not a variable", e.Name)
}

// final is the error of a variable, which IFERROR does not catch where the variable is used;
// Power BI Desktop fails on VAR x = ERROR("…") RETURN IFERROR(x, 9).
func final(err error) error {
	var e *dax.Error
	if !errors.As(err, &e) || !e.Value {
		return err
	}
	c := *e
	c.Value = false
	return &c
}

func (m *machine) unary(e *dax.Unary, s *scope) (dax.Value, error) {
	v, err := m.eval(e.X, s)
	if err != nil {
		return v, err
	}
	switch e.Op {
	case "-":
		v, err = dax.Neg(v)
	case "NOT":
		v, err = dax.Not(v)
	}
	return v, at(e, err)
}

func (m *machine) binary(e *dax.Binary, s *scope) (dax.Value, error) {
	switch e.Op {
	case "IN":
		return m.in(e, s)
	case "&&", "||":
		return m.junction(e.Op == "||", []dax.Expr{e.X, e.Y}, s)
	}
	x, err := m.eval(e.X, s)
	if err != nil {
		return x, err
	}
	y, err := m.eval(e.Y, s)
	if err != nil {
		return y, err
	}
	v, err := dax.Apply(e.Op, x, y)
	return v, at(operator{e}, err)
}

// operator is a Binary whose place is that of its operator, for messages.
type operator struct{ *dax.Binary }

// Pos is where the operator stands.
func (o operator) Pos() dax.Pos { return o.OpPos }

// junction is AND, or OR if stop is true: the first operand that equals stop decides. BLANK
// counts as FALSE, but nothing except BLANK gives BLANK.
func (m *machine) junction(stop bool, operands []dax.Expr, s *scope) (dax.Value, error) {
	blanks := 0
	for _, x := range operands {
		v, err := m.eval(x, s)
		if err != nil {
			return v, err
		}
		b, err := v.ToBool()
		switch {
		case err != nil:
			return dax.Value{}, at(x, err)
		case v.IsBlank():
			blanks++
		case b == stop:
			return dax.BoolOf(stop), nil
		}
	}
	if blanks == len(operands) {
		return dax.Value{}, nil
	}
	return dax.BoolOf(!stop && blanks == 0), nil
}

// call computes a function.
func (m *machine) call(e *dax.Call, s *scope) (dax.Value, error) {
	f, ok := Lookup(e.Func)
	switch {
	case !ok, f.Unbuilt(), f.Visual:
		return dax.Value{}, Absent(e)
	case f.Special:
		err := dax.Errorf(e, "function %s is not supported here", f.Name)
		err.Unsupported = true
		return dax.Value{}, err
	}
	if err := f.Arity(len(e.Args)); err != nil {
		return dax.Value{}, dax.Errorf(e, "%v", err)
	}
	if f.Lazy {
		return lazy[f.Name](m, e, s)
	}
	args := make([]dax.Value, len(e.Args))
	for i, a := range e.Args {
		v, err := m.argument(f, i, a, s)
		if err != nil {
			return v, err
		}
		args[i] = v
	}
	v, err := f.Call(args)
	return v, at(e, err)
}

// keyword is the type of parameters that take a bare word, such as DAY.
const keyword = dax.Rows

// argument computes an argument; a bare word is a text where the parameter takes a keyword.
func (m *machine) argument(f *Func, i int, a dax.Expr, s *scope) (dax.Value, error) {
	p := f.Params[min(i, len(f.Params)-1)]
	if n, ok := a.(*dax.Name); ok && p.Type == keyword {
		return dax.TextOf(strings.ToUpper(n.Name)), nil
	}
	return m.eval(a, s)
}

// in is x IN table: TRUE if a row is strictly equal, column by column.
func (m *machine) in(e *dax.Binary, s *scope) (dax.Value, error) {
	left, err := m.row(e.X, s)
	if err != nil {
		return dax.Value{}, err
	}
	rows, err := m.rows(e.Y, s)
	if err != nil {
		return dax.Value{}, err
	}
	for _, r := range rows {
		if len(r) != len(left) {
			return dax.Value{}, dax.Errorf(operator{e}, "IN compares %d values with rows of %d columns", len(left), len(r))
		}
		same := true
		for i := range r {
			eq, err := dax.StrictEqual(left[i], r[i])
			if err != nil {
				return dax.Value{}, at(operator{e}, err)
			}
			same = same && eq
		}
		if same {
			return dax.BoolOf(true), nil
		}
	}
	return dax.BoolOf(false), nil
}

// row computes a tuple, or one value as a row of one column.
func (m *machine) row(e dax.Expr, s *scope) ([]dax.Value, error) {
	items := []dax.Expr{e}
	if t, ok := e.(*dax.Tuple); ok {
		items = t.Items
	}
	row := make([]dax.Value, len(items))
	for i, x := range items {
		v, err := m.eval(x, s)
		if err != nil {
			return nil, err
		}
		row[i] = v
	}
	return row, nil
}

// rows computes a table: a constructor, a variable that holds one, or what the Env knows.
func (m *machine) rows(e dax.Expr, s *scope) ([][]dax.Value, error) {
	if env, ok := m.env.(TableEnv); ok {
		if rows, ok, err := env.Table(e); ok || err != nil {
			return rows, err
		}
	}
	switch x := e.(type) {
	case *dax.TableOf:
		rows := make([][]dax.Value, len(x.Rows))
		for i, r := range x.Rows {
			row, err := m.row(r, s)
			if err != nil {
				return nil, err
			}
			rows[i] = row
		}
		return rows, nil
	case *dax.Name:
		if v := s.find(x.Name); v != nil {
			return m.rows(v.x, v.outer)
		}
	case *dax.Block:
		for _, v := range x.Vars {
			s = &scope{outer: s, name: v.Name, x: v.X}
		}
		return m.rows(x.Return, s)
	}
	return nil, dax.Errorf(e, "%s is not a table that is known here", dax.Print(e))
}

// isError reports whether a result counts as an error for IFERROR and ISERROR: infinity and
// NaN do (iferror-function-dax.md gives 9999 for IFERROR(25/0, 9999)). Mistakes of the
// expression and errors of the Env do not: they end the evaluation.
func isError(v dax.Value, err error) bool {
	var e *dax.Error
	if err != nil {
		return errors.As(err, &e) && e.Value
	}
	return v.Type() == dax.Double && (math.IsInf(v.Float(), 0) || math.IsNaN(v.Float()))
}
