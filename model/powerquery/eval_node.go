package powerquery

import (
	"errors"
	"strconv"
	"strings"

	"inlay"
	"inlay/model/powerquery/syntax"
)

func (ev *evaluator) list(x *syntax.List, env *scope) (Value, error) {
	out := make([]Value, 0, len(x.Items))
	for _, item := range x.Items {
		v, err := ev.eval(item.From, env)
		if e := (*Error)(nil); item.To == nil && errors.As(err, &e) && e.raised {
			v, err = heldError(e), nil // an item that nobody looks at does no harm
		}
		if err != nil {
			return v, err
		}
		if item.To == nil {
			out = append(out, v)
			continue
		}
		to, err := ev.eval(item.To, env)
		if err != nil {
			return to, err
		}
		if out, err = ev.rangeOf(out, [2]Value{v, to}, item.From.Pos(), env.src); err != nil {
			return Value{}, err
		}
	}
	return list(out), nil
}

// heldError is an error in the place of a value: it comes out when somebody looks at it.
func heldError(e *Error) Value {
	return Value{kind: Failed, ref: &CellError{Msg: e.Msg, why: e.shown()}}
}

func (ev *evaluator) recordOf(x *syntax.Record, env *scope) (Value, error) {
	in := &scope{parent: env, src: env.src, steps: make(map[string]*thunk, len(x.Fields))}
	fields := make([]string, len(x.Fields))
	vals := make([]Value, len(x.Fields))
	for i, f := range x.Fields {
		t := &thunk{x: f.X, env: in.without(f.Name), step: ev.step}
		in.steps[f.Name] = t
		fields[i], vals[i] = f.Name, Value{kind: lazy, ref: t}
	}
	return Value{kind: RecordOf, ref: &record{head: newHeader(fields), vals: vals}}, nil
}

func (ev *evaluator) index(x *syntax.Index, env *scope) (Value, error) {
	of, err := ev.eval(x.X, env)
	if err != nil {
		return of, err
	}
	key, err := ev.eval(x.Key, env)
	if err != nil {
		return key, err
	}
	if key.kind == RecordOf {
		return ev.indexByKey(x, of, key.record(), env)
	}
	n, isNumber := key.whole()
	if !key.isNumber() || !isNumber || n < 0 {
		return Value{}, env.src.raise(x.Key.Pos(), "{…} takes a position from 0 or a record, not %s", key.describe())
	}
	switch of.kind {
	case List:
		if items := of.items(); n < int64(len(items)) {
			return ev.cell(items[n], x, env)
		}
	case TableOf:
		row, err := ev.rowAt(of.tableRef(), n)
		if err != nil || row.kind != Null {
			return row, err
		}
	default:
		return Value{}, env.src.raise(x.Pos(), "{…} needs a list or table, not %s", of.describe())
	}
	if x.Optional {
		return Value{}, nil
	}
	return Value{}, env.src.raise(x.Key.Pos(), "there is no item %d", n).as(tooFew, of)
}

func (ev *evaluator) project(x *syntax.Fields, env *scope) (Value, error) {
	of, err := ev.subject(x.X, x, env)
	if err != nil {
		return of, err
	}
	if of.kind == TableOf {
		t, missing := selectColumns(of.tableRef(), x.Names)
		if missing != "" {
			return Value{}, env.src.raise(x.Pos(), "there is no column %q; there are %s", missing, names(of.tableRef().names())).noColumn(missing)
		}
		return tableOf(t), nil
	}
	r := of.record()
	if r == nil {
		return Value{}, env.src.raise(x.Pos(), "[[…]] needs a record or table, not %s", of.describe())
	}
	vals := make([]Value, len(x.Names))
	for i, n := range x.Names {
		j, ok := r.head.index[n]
		if !ok && !x.Optional {
			return Value{}, env.src.raise(x.Pos(), "there is no field %q; there are %s", n, names(r.head.names)).noField(n, of)
		}
		if ok {
			vals[i] = r.vals[j]
		}
	}
	return Value{kind: RecordOf, ref: &record{head: newHeader(x.Names), vals: vals}}, nil
}

func (ev *evaluator) typeOf(x *syntax.Type, env *scope) (Value, error) {
	t := Type{Name: x.Name, Nullable: x.Nullable || x.Name == "any"}
	var failed error
	part := func(of syntax.Expr, what string) Type {
		if of == nil || failed != nil {
			return anyType
		}
		v, err := ev.eval(of, env)
		typ, ok := v.ref.(Type)
		if err == nil && !ok {
			err = env.src.errorAt(of.Pos(), inlay.Invalid, "the type of %s is %s", what, v.describe())
		}
		failed = err
		return typ
	}
	var more shape
	for _, f := range x.Fields {
		t.Fields = append(t.Fields, Column{Name: f.Name, Type: part(f.Type, "column "+strconv.Quote(f.Name))})
		if f.Optional {
			if more.optional == nil {
				more.optional = map[string]bool{}
			}
			more.optional[f.Name] = true
		}
	}
	if x.Of != nil {
		of := part(x.Of, map[bool]string{true: "the items", false: "the row"}[x.Name == "list"])
		switch {
		case x.Name == "list":
			more.item = &of
		case failed == nil && (of.Name != "record" || of.more != nil):
			failed = env.src.raise(x.Of.Pos(), "the row of a table type is a record type whose fields are all there, not type %s", of.Name)
		default:
			t.Fields = of.Fields
		}
	}
	for _, p := range x.Params {
		more.params = append(more.params, Column{Name: p.Name, Type: part(p.Type, "parameter "+strconv.Quote(p.Name))})
		if !p.Optional {
			more.least++
		}
	}
	if x.Return != nil {
		result := part(x.Return, "the result")
		more.result = &result
	}
	if more.open = x.Open; more.open || more.optional != nil || more.item != nil || more.result != nil {
		t = t.with(more)
	}
	return typeValue(t), failed
}

// conforms is the operator is: whether a value is of a primitive type.
func conforms(v Value, name string, nullable bool) bool {
	switch {
	case name == "any":
		return true
	case v.kind == Null:
		return nullable || name == "null"
	case name == "anynonnull":
		return true
	}
	return v.kind.String() == name
}

// names lists names in an error, a few of them.
func names(list []string) string {
	const most = 12
	more := ""
	if len(list) > most {
		list, more = list[:most], ", …"
	}
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ") + more
}
