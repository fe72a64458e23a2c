package plain

import (
	"slices"
	"strings"

	"inlay/dax"
	"inlay/dax/fn"
)

type (
	scalarFunc func(r *run, c *dax.Call, e env) (dax.Value, error)
	tableFunc  func(r *run, c *dax.Call, e env) (*rowset, error)
)

// scalars and tables are the functions that need more than values.
var (
	scalars map[string]scalarFunc
	tables  map[string]tableFunc
)

func init() {
	scalars, tables = map[string]scalarFunc{}, map[string]tableFunc{}
	for _, family := range []map[string]scalarFunc{logicFuncs(), aggregateFuncs(), contextFuncs(), itemFuncs()} {
		for name, f := range family {
			scalars[name] = f
		}
	}
	for _, family := range []map[string]tableFunc{setFuncs(), shapeFuncs(), dateFuncs()} {
		for name, f := range family {
			tables[name] = f
		}
	}
	for name, f := range totals() {
		scalars[name] = f
	}
}

// maxDepth is how deep measures may call each other.
const maxDepth = 100

func (r *run) scalar(x dax.Expr, e env) (dax.Value, error) {
	switch x := x.(type) {
	case nil:
		return dax.Value{}, nil
	case *dax.Literal:
		return x.Value, nil
	case *dax.Name:
		if v := e.vars.find(x.Name); v != nil && !r.isTable(v.x, v.env) {
			if v.value == nil {
				value, err := r.scalar(v.x, v.env)
				if err != nil {
					return value, err
				}
				v.value = &value
			}
			return *v.value, nil
		}
	case *dax.Column:
		return r.reference(x, e)
	case *dax.Unary:
		v, err := r.scalar(x.X, e)
		switch {
		case err != nil || x.Op == "+":
			return v, err
		case x.Op == "-":
			return dax.Neg(v)
		}
		return dax.Not(v)
	case *dax.Binary:
		return r.binary(x, e)
	case *dax.Block:
		return r.scalar(x.Return, block(x, e))
	case *dax.Call:
		name := strings.ToUpper(x.Func)
		if _, ok := tables[name]; ok {
			break
		}
		v, err := r.call(x, e)
		if err == nil && slices.Contains([]string{"IF", "SWITCH", "COALESCE", "SELECTEDVALUE", "DIVIDE"}, name) {
			return r.as(x, v, e)
		}
		return v, err
	}
	return r.single(x, e)
}

// block is the environment of what follows the variables of a block.
func block(x *dax.Block, e env) env {
	for _, v := range x.Vars {
		e.vars = &scope{outer: e.vars, name: v.Name, x: v.X, env: e}
	}
	return e
}

// single is the value of a table of one row and one column; BLANK of no row.
func (r *run) single(x dax.Expr, e env) (dax.Value, error) {
	set, err := r.table(x, e)
	switch {
	case err != nil:
		return dax.Value{}, err
	case len(set.cols) != 1 || len(set.rows) > 1:
		return dax.Value{}, errorf("%s is a table where one value is expected", dax.Print(x))
	case len(set.rows) == 0:
		return dax.Value{}, nil
	}
	return set.rows[0].vals[0], nil
}

func (r *run) condition(x dax.Expr, e env) (bool, error) {
	v, err := r.scalar(x, e)
	if err != nil {
		return false, err
	}
	return v.ToBool()
}

// reference is a column of a row that is iterated, or a measure.
func (r *run) reference(x *dax.Column, e env) (dax.Value, error) {
	if x.Level != "" {
		return dax.Value{}, unsupported("a level of a date hierarchy")
	}
	if v, ok := e.row.field(x.Table, x.Name); ok {
		return v, nil
	}
	if body := r.measure(x); body != nil && !x.Loose {
		if r.depth++; r.depth > maxDepth {
			return dax.Value{}, errorf("measure %s calls itself", x.Name)
		}
		defer func() { r.depth-- }()
		return r.measured(x.Name, body, env{ctx: e.transition(), vars: r.own[strings.ToLower(x.Name)], item: e.item})
	}
	if x.Table == "" && !x.Loose {
		for row := e.row; row != nil; row = row.outer {
			for i, f := range row.set.cols {
				if strings.EqualFold(f.name, x.Name) {
					return row.rec.vals[i], nil
				}
			}
		}
	}
	return dax.Value{}, errorf("%s has no single value here", dax.Print(x))
}

// field finds a column by its name in the rows that are iterated, from the innermost.
func (row *rowContext) field(table, name string) (dax.Value, bool) {
	for ; row != nil; row = row.outer {
		for i, f := range row.set.cols {
			if strings.EqualFold(f.table, table) && strings.EqualFold(f.name, name) {
				return row.rec.vals[i], true
			}
		}
	}
	return dax.Value{}, false
}

// measure is the expression of a measure, nil if the reference is none.
func (r *run) measure(x *dax.Column) dax.Expr {
	if body, ok := r.measures[strings.ToLower(x.Name)]; ok {
		return body
	}
	if def, _ := r.m.Measure(x.Name); def != nil {
		body, err := dax.Parse(def.Expression)
		if err != nil {
			panic(err)
		}
		if r.measures == nil {
			r.measures = map[string]dax.Expr{}
		}
		r.measures[strings.ToLower(x.Name)] = body
		return body
	}
	return nil
}

// column is the column of the model that a reference names.
func (r *run) column(x dax.Expr) (*column, error) {
	ref, ok := x.(*dax.Column)
	if !ok || ref.Level != "" {
		return nil, errorf("%s is not a column", dax.Print(x))
	}
	if t := r.db.table(ref.Table); t != nil {
		if c := t.column(ref.Name); c != nil {
			return c, nil
		}
	}
	return nil, errorf("there is no column %s", dax.Print(x))
}

func (r *run) binary(x *dax.Binary, e env) (dax.Value, error) {
	switch x.Op {
	case "IN":
		return r.in(x, e)
	case "&&", "||":
		return r.junction(x.Op == "||", []dax.Expr{x.X, x.Y}, e)
	}
	a, err := r.scalar(x.X, e)
	if err != nil {
		return a, err
	}
	b, err := r.scalar(x.Y, e)
	if err != nil {
		return b, err
	}
	v, err := dax.Apply(x.Op, a, b)
	if err == nil && (x.Op == "+" || x.Op == "-") && (a.IsBlank() || b.IsBlank()) {
		return r.as(x, v, e)
	}
	return v, err
}

// junction is AND, or OR if stop is true: it ends with the first operand that equals stop.
func (r *run) junction(stop bool, operands []dax.Expr, e env) (dax.Value, error) {
	blanks := 0
	for _, x := range operands {
		v, err := r.scalar(x, e)
		if err != nil {
			return v, err
		}
		b, err := v.ToBool()
		if err != nil {
			return v, err
		}
		if v.IsBlank() {
			blanks++
		} else if b == stop {
			return dax.BoolOf(stop), nil
		}
	}
	if blanks == len(operands) {
		return dax.Value{}, nil
	}
	return dax.BoolOf(!stop && blanks == 0), nil
}

func (r *run) in(x *dax.Binary, e env) (dax.Value, error) {
	items := []dax.Expr{x.X}
	if t, ok := x.X.(*dax.Tuple); ok {
		items = t.Items
	}
	left, err := r.list(items, e)
	if err != nil {
		return dax.Value{}, err
	}
	set, err := r.table(x.Y, e)
	if err != nil {
		return dax.Value{}, err
	}
	return contains(set, left)
}

func (r *run) list(items []dax.Expr, e env) ([]dax.Value, error) {
	var out []dax.Value
	for _, x := range items {
		v, err := r.scalar(x, e)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func contains(set *rowset, row []dax.Value) (dax.Value, error) {
	if len(row) != len(set.cols) {
		return dax.Value{}, errorf("%d values are looked for in %d columns", len(row), len(set.cols))
	}
	for _, rec := range set.rows {
		same := true
		for i, v := range rec.vals {
			eq, err := dax.StrictEqual(v, row[i])
			if err != nil {
				return dax.Value{}, err
			}
			same = same && eq
		}
		if same {
			return dax.BoolOf(true), nil
		}
	}
	return dax.BoolOf(false), nil
}

func (r *run) call(c *dax.Call, e env) (dax.Value, error) {
	name := strings.ToUpper(c.Func)
	if f, ok := scalars[name]; ok {
		return f(r, c, e)
	}
	f, ok := fn.Lookup(name)
	if !ok || f.Eval == nil {
		return dax.Value{}, unsupported("%s", name)
	}
	var args []dax.Value
	for i, a := range c.Args {
		if p := f.Params[min(i, len(f.Params)-1)]; p.Type == dax.Rows {
			if n, ok := a.(*dax.Name); ok {
				args = append(args, dax.TextOf(strings.ToUpper(n.Name)))
				continue
			}
		}
		v, err := r.scalar(a, e)
		if err != nil {
			return v, err
		}
		args = append(args, v)
	}
	return f.Call(args)
}

// arg is an argument that may be left out.
func arg(c *dax.Call, i int) dax.Expr {
	if i < len(c.Args) {
		return c.Args[i]
	}
	return nil
}

// word is an argument that is a keyword.
func word(x dax.Expr) string {
	if n, ok := x.(*dax.Name); ok {
		return strings.ToUpper(n.Name)
	}
	return ""
}
