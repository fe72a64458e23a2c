package powerquery

import (
	"errors"

	"inlay/model/powerquery/syntax"
)

// try catches errors of the language alone: what is not supported stays an error, because M
// itself would not have failed there.
func (ev *evaluator) try(x *syntax.Try, env *scope) (Value, error) {
	step, depth := ev.step, ev.depth
	v, err := ev.eval(x.X, env)
	if err == nil && v.kind == Failed {
		v, err = Value{}, env.src.raiseCell(x.X.Pos(), v.Err())
	}
	var e *Error
	caught := errors.As(err, &e) && e.raised
	if err != nil && !caught {
		return v, err
	}
	if caught {
		ev.step, ev.depth = step, depth
	}
	switch {
	case x.Otherwise != nil && caught:
		return ev.eval(x.Otherwise, env)
	case x.Catch != nil && caught:
		f, err := ev.eval(x.Catch, env)
		if err != nil {
			return f, err
		}
		var args []Value
		if c, ok := f.ref.(*closure); ok && len(c.fn.Params) > 0 {
			args = []Value{e.value()}
		}
		return ev.apply(f, args, x.Catch.Pos(), env.src)
	case x.Otherwise != nil || x.Catch != nil:
		return v, nil
	case caught:
		return recordOf([]string{"HasError", "Error"}, []Value{logical(true), e.value()}), nil
	}
	return recordOf([]string{"HasError", "Value"}, []Value{logical(false), v}), nil
}

// value is an error as the language shows it.
func (e *Error) value() Value {
	reason, msg := e.reason, e.plain
	if reason == "" {
		reason = expressionError
	}
	if msg == "" {
		msg = e.Msg
	}
	return recordOf(errorFields[:], []Value{text(reason), text(msg), e.detail, e.format, e.params, e.code})
}

// errorFields are the fields of an error (M specification, "Raising errors").
var errorFields = [...]string{"Reason", "Message", "Detail", "Message.Format", "Message.Parameters", "ErrorCode"}

// raiseValue is error x: of a text, or of a record. A Message.Format makes the message of its
// parameters.
func (ev *evaluator) raiseValue(x *syntax.Raise, v Value, env *scope) error {
	var f fault
	r := v.record()
	switch {
	case r == nil && v.kind != Text && v.kind != Null:
		return env.src.raise(x.X.Pos(), "an error is made of a text or a record, not of %s", v.describe())
	case r == nil:
		f.plain = v.s
	default:
		var vals [len(errorFields)]Value
		for i, name := range errorFields {
			at, ok := r.head.index[name]
			if !ok {
				continue
			}
			var err error
			if vals[i], err = ev.resolve(r.vals[at], x, env); err != nil {
				return err
			}
		}
		f = fault{reason: vals[0].s, plain: vals[1].s, detail: vals[2], format: vals[3], params: vals[4], code: vals[5]}
		if f.format.kind == Text {
			c := &call{ev: ev, src: env.src, step: ev.step, pos: x.Pos(), name: "error", args: []Value{f.format, f.params}}
			if c.args[1].kind == Null {
				c.args[1] = list(nil)
			}
			msg, err := textFormat(c)
			if err != nil {
				return err
			}
			f.plain = msg.s
		}
	}
	e := env.src.raise(x.Pos(), "the query raised an error: %s", f.plain)
	e.fault = f
	return ev.inStep(e)
}

// rangeOf is {a..b}: whole numbers, or characters.
func (ev *evaluator) rangeOf(out []Value, ends [2]Value, pos syntax.Pos, src *source) ([]Value, error) {
	make1 := integer
	a, ok := ends[0].whole()
	b, ok2 := ends[1].whole()
	if x, y := []rune(ends[0].s), []rune(ends[1].s); ends[0].kind == Text && ends[1].kind == Text && len(x) == 1 && len(y) == 1 {
		a, b, ok, ok2 = int64(x[0]), int64(y[0]), true, true
		make1 = func(n int64) Value { return text(string(rune(n))) }
	}
	if !ok || !ok2 {
		return nil, src.raise(pos, "a range {a..b} is of whole numbers or of single characters, not of %s and %s", ends[0].describe(), ends[1].describe())
	}
	if a > b {
		return out, nil
	}
	if n := uint64(b) - uint64(a); n >= uint64(maxList-len(out)) {
		return nil, src.limit(pos, "the list grows beyond a million items")
	}
	if ev.steps += (b - a) / 16; b-a > 10_000 {
		if err := ev.pause(&syntax.Literal{At: syntax.At{Start: pos}}, &scope{src: src}); err != nil {
			return nil, err
		}
	}
	for ; a < b; a++ {
		out = append(out, make1(a))
	}
	return append(out, make1(b)), nil
}

// indexByKey is table{[Name = value]}: the one row with these values. On the table of what a
// source has, it is navigation.
func (ev *evaluator) indexByKey(x *syntax.Index, of Value, key *record, env *scope) (Value, error) {
	t := of.tableRef()
	if t == nil {
		return Value{}, env.src.raise(x.Pos(), "{[…]} needs a table, not %s", of.describe())
	}
	at := make([]int, len(key.vals))
	for i, n := range key.head.names {
		var err error
		if key.vals[i], err = ev.resolve(key.vals[i], x, env); err != nil {
			return Value{}, err
		}
		if at[i] = t.find(n); at[i] < 0 {
			return Value{}, env.src.raise(x.Key.Pos(), "there is no column %q; there are %s", n, names(t.names())).noColumn(n)
		}
	}
	var found []Value
	twice := false
	each := func(row []Value) (bool, error) {
		for i, j := range at {
			if eq, err := ev.equal(row[j], key.vals[i]); err != nil || !eq {
				return true, err
			}
		}
		twice = found != nil
		found = append([]Value(nil), row...)
		return !twice, nil
	}
	var err error
	if nav, ok := t.op.(navigable); ok {
		found, err = nav.row(key)
	} else {
		err = ev.scan(t, each)
	}
	var r *refusal
	switch {
	case errors.As(err, &r):
		e := env.src.errorAt(x.Key.Pos(), r.kind, "%s", r.msg)
		e.Remedy = r.remedy
		return Value{}, ev.inStep(e)
	case err != nil:
		return Value{}, err
	case twice:
		return Value{}, env.src.raise(x.Key.Pos(), "the key matches more than one row of the table").as("The key matched more than one row in the table.", recordOf([]string{"Key", "Table"}, []Value{{kind: RecordOf, ref: key}, of}))
	case found != nil:
		return recordOf(t.names(), found), nil
	case x.Optional:
		return Value{}, nil
	}
	e := env.src.raise(x.Key.Pos(), "the key matches no row of the table").as("The key didn't match any rows in the table.", recordOf([]string{"Key", "Table"}, []Value{{kind: RecordOf, ref: key}, of}))
	if parts, ok := t.op.(*partsOp); ok {
		e.Remedy = parts.has()
	}
	return Value{}, e
}

// navigable is a table of what a source has, which finds a row without listing all.
type navigable interface {
	// row is the row with these values, nil if there is none.
	row(key *record) ([]Value, error)
}

// settle evaluates the fields of a record that were put off, and those inside them.
func (ev *evaluator) settle(v Value) (Value, error) {
	switch v.kind {
	case lazy:
		t := v.ref.(*thunk)
		out, err := ev.force(t, t.x, t.env)
		if err != nil {
			return out, err
		}
		return ev.settle(out)
	case List:
		for i, it := range v.items() {
			if it.kind >= List {
				var err error
				if v.items()[i], err = ev.settle(it); err != nil {
					return v, err
				}
			}
		}
	case RecordOf:
		r := v.record()
		for i, f := range r.vals {
			var err error
			if r.vals[i], err = ev.settle(f); err != nil {
				return v, err
			}
		}
	case Failed:
		return v, (&source{}).raiseCell(syntax.Pos{}, v.Err())
	}
	return v, nil
}

// equal is the operator = for every value; functions are equal to nothing.
func (ev *evaluator) equal(a, b Value) (bool, error) {
	if a.kind < List && b.kind < List {
		eq, ok := equal(a, b)
		return eq && ok, nil
	}
	var err error
	if a, err = ev.settle(a); err != nil {
		return false, err
	}
	if b, err = ev.settle(b); err != nil {
		return false, err
	}
	if a.kind == TableOf && b.kind == TableOf {
		return ev.equalTables(a.tableRef(), b.tableRef())
	}
	eq, ok := equal(a, b)
	return eq && ok, nil
}

// equalTables compares columns by name and rows in order.
func (ev *evaluator) equalTables(a, b *table) (bool, error) {
	if len(a.cols) != len(b.cols) {
		return false, nil
	}
	b, missing := selectColumns(b, a.names())
	if missing != "" {
		return false, nil
	}
	x, err := ev.hold(a)
	if err != nil {
		return false, err
	}
	y, err := ev.hold(b)
	if err != nil || len(x) != len(y) {
		return false, err
	}
	for i := range x {
		for j := range x[i] {
			if eq, err := ev.equal(x[i][j], y[i][j]); err != nil || !eq {
				return false, err
			}
		}
	}
	return true, nil
}
