package powerquery

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"inlay"
	"inlay/model/powerquery/culture"
	"inlay/model/powerquery/syntax"
)

// maxEval bounds the depth of evaluation, so that a query that calls itself ends as an error.
const maxEval = 20_000

// DefaultSteps is how many steps an evaluation may take where nobody says it: far more than what
// tens of millions of rows need that are changed one by one, and less than a quarter of an hour.
const DefaultSteps = 4_000_000_000

// scope is where names are found: one of a let or record, or the parameters of a call.
type scope struct {
	parent *scope
	src    *source
	names  []string // parameters
	vals   []Value
	steps  map[string]*thunk
	hide   string // the step of the parent that does not see itself
}

// thunk is a step or field that is evaluated when it is needed, once.
type thunk struct {
	x     syntax.Expr
	env   *scope
	step  string
	state uint8 // 0 not yet, 1 under way, 2 done
	v     Value
	err   error
}

// without is the scope as one of its steps sees it: a step's own name means what it means
// outside, as in [Date = Date] (M specification, "Record expressions").
func (s *scope) without(name string) *scope {
	return &scope{parent: s, src: s.src, hide: name}
}

// closure is a function written in M.
type closure struct {
	fn   *syntax.Func
	env  *scope
	meta *Value // what meta says of it, nil for nothing
}

type evaluator struct {
	ctx     context.Context
	cfg     *Config
	culture *culture.Culture
	queries map[string]*thunk // parameters and shared queries
	step    string            // the step that is being evaluated
	depth   int
	steps   int64 // expressions evaluated so far, and items and rows that functions went through
	look    int64 // the steps at which it is time to look again whether anybody waits
}

func (s *source) limit(pos syntax.Pos, format string, args ...any) *Error {
	return s.errorAt(pos, inlay.Limit, format, args...)
}

// eval evaluates an expression. What may give a list that is still text (see jsonArray) is behind
// loose alone, so that no other code meets one.
func (ev *evaluator) eval(x syntax.Expr, env *scope) (Value, error) {
	v, err := ev.loose(x, env)
	if err != nil || v.kind != List {
		return v, err
	}
	return ev.whole(v)
}

func (ev *evaluator) loose(x syntax.Expr, env *scope) (Value, error) {
	if ev.depth++; ev.depth > maxEval {
		ev.depth--
		return Value{}, env.src.limit(x.Pos(), "the evaluation is nested too deeply; does the query call itself without end?")
	}
	if ev.steps++; ev.steps >= ev.look {
		ev.look = ev.steps + 4096
		if err := ev.pause(x, env); err != nil {
			return Value{}, err
		}
	}
	v, err := ev.node(x, env)
	ev.depth--
	if v.kind == List && v.n > maxHeld {
		return Value{}, env.src.limit(x.Pos(), "the list grows beyond 512 MB")
	}
	return v, err
}

// pause looks now and then whether anybody still waits and whether the work is bounded.
func (ev *evaluator) pause(x syntax.Expr, env *scope) error {
	most := ev.cfg.MaxSteps
	if most <= 0 {
		most = DefaultSteps
	}
	if ev.steps > most {
		e := ev.inStep(env.src.limit(x.Pos(), "the evaluation takes more than %d steps and may have no end", most))
		e.Remedy = "let the query do less, or the source do more of it; who runs the server may allow more (query-steps)"
		return e
	}
	return ev.ctx.Err()
}

func (ev *evaluator) node(x syntax.Expr, env *scope) (Value, error) {
	switch x := x.(type) {
	case *syntax.Literal:
		return ev.literal(x, env)
	case *syntax.Name:
		return ev.lookup(x, env)
	case *unparsed:
		parsed, err := x.src.parse()
		if err != nil {
			return Value{}, err
		}
		return ev.loose(parsed, env)
	case *made:
		return x.f()
	case *syntax.Field:
		return ev.field(x, env)
	case *syntax.Binary:
		return ev.infix(x, env)
	case *syntax.Call:
		return ev.callNode(x, env)
	case *syntax.If:
		c, err := ev.truth(x.Cond, env)
		if err != nil {
			return c, err
		}
		if c.kind != Logical {
			return Value{}, env.src.raise(x.Cond.Pos(), "the condition of if is %s, not true or false", c.describe()).
				as("We cannot convert "+c.inM()+" to type Logical.", Value{})
		}
		if c.n != 0 {
			return ev.eval(x.Then, env)
		}
		return ev.eval(x.Else, env)
	case *syntax.Unary:
		return ev.prefix(x, env)
	case *syntax.Let:
		in := &scope{parent: env, src: env.src, steps: make(map[string]*thunk, len(x.Steps))}
		for _, s := range x.Steps {
			in.steps[s.Name] = &thunk{x: s.X, env: in.without(s.Name), step: s.Name}
		}
		return ev.loose(x.In, in)
	case *syntax.Func:
		return Value{kind: Function, ref: &closure{fn: x, env: env}}, nil
	case *syntax.List:
		return ev.list(x, env)
	case *syntax.Record:
		return ev.recordOf(x, env)
	case *syntax.Index:
		return ev.index(x, env)
	case *syntax.Fields:
		return ev.project(x, env)
	case *syntax.Type:
		return ev.typeOf(x, env)
	case *syntax.Try:
		return ev.try(x, env)
	case *syntax.Raise:
		v, err := ev.eval(x.X, env)
		if err != nil {
			return v, err
		}
		return Value{}, ev.raiseValue(x, v, env)
	}
	return Value{}, env.src.errorAt(x.Pos(), inlay.Unsupported, "this form of expression is not supported")
}

func (ev *evaluator) literal(x *syntax.Literal, env *scope) (Value, error) {
	switch x.Kind {
	case syntax.True, syntax.False:
		return logical(x.Kind == syntax.True), nil
	case syntax.Text:
		return text(x.Text), nil
	case syntax.Number:
		if n, err := strconv.ParseInt(x.Text, 10, 64); err == nil {
			return integer(n), nil
		}
		if hex := strings.ToLower(x.Text); strings.HasPrefix(hex, "0x") {
			n, err := strconv.ParseUint(hex[2:], 16, 63)
			if err != nil {
				return Value{}, env.src.errorAt(x.Pos(), inlay.Invalid, "the number %s is out of range", x.Text)
			}
			return integer(int64(n)), nil
		}
		f, err := strconv.ParseFloat(x.Text, 64)
		if err != nil {
			return Value{}, env.src.errorAt(x.Pos(), inlay.Invalid, "the number %s is out of range", x.Text)
		}
		return number(f), nil
	}
	return Value{}, nil
}

// lookup finds a name: parameters and steps from the inside out, then the queries of the
// model, then the library.
func (ev *evaluator) lookup(x *syntax.Name, env *scope) (Value, error) {
	hidden := false
	for s := env; s != nil; s = s.parent {
		if s.hide != "" {
			hidden = s.hide == x.Name && !x.Self
			continue
		}
		for i, n := range s.names {
			if n == x.Name {
				return ev.cell(s.vals[i], x, env)
			}
		}
		if t, ok := s.steps[x.Name]; ok && !hidden {
			return ev.forced(t, x, env)
		}
		hidden = false
	}
	if t, ok := ev.queries[x.Name]; ok {
		return ev.forced(t, x, env)
	}
	if v, ok := library[x.Name]; ok {
		return v, nil
	}
	if x.Name == "#shared" {
		return ev.shared(), nil
	}
	if isLibraryName(x.Name) {
		e := env.src.errorAt(x.Pos(), inlay.Unsupported, "the function %s is not supported", x.Name)
		return Value{}, ev.inStep(e)
	}
	return Value{}, ev.inStep(env.src.errorAt(x.Pos(), inlay.Invalid, "the name %q is not known: there is no such step, parameter or query", x.Name))
}

func (ev *evaluator) inStep(e *Error) *Error {
	if e.Step == "" {
		e.Step = ev.step
	}
	return e
}

func (ev *evaluator) force(t *thunk, at syntax.Expr, env *scope) (Value, error) {
	v, err := ev.forced(t, at, env)
	if err != nil || v.kind != List {
		return v, err
	}
	return ev.whole(v)
}

// forced is force for where a list may still be text.
func (ev *evaluator) forced(t *thunk, at syntax.Expr, env *scope) (Value, error) {
	switch t.state {
	case 2:
		return t.v, t.err
	case 1:
		return Value{}, env.src.errorAt(at.Pos(), inlay.Invalid, "%q refers to itself", t.step)
	}
	if err := ev.ctx.Err(); err != nil {
		return Value{}, err
	}
	t.state = 1
	outer := ev.step
	ev.step = t.step
	t.v, t.err = ev.loose(t.x, t.env)
	var e *Error
	if errors.As(t.err, &e) && e.Step == "" {
		e.Step = t.step
	}
	ev.step = outer
	t.state = 2
	return t.v, t.err
}

// resolve evaluates a field that was put off.
func (ev *evaluator) resolve(v Value, at syntax.Expr, env *scope) (Value, error) {
	if v.kind == lazy {
		return ev.force(v.ref.(*thunk), at, env)
	}
	return v, nil
}

// cell looks at a value of a row: an error that it holds comes out now.
func (ev *evaluator) cell(v Value, at syntax.Expr, env *scope) (Value, error) {
	if v.kind == Failed {
		return Value{}, env.src.raiseCell(at.Pos(), v.Err())
	}
	return ev.resolve(v, at, env)
}

func (ev *evaluator) field(x *syntax.Field, env *scope) (Value, error) {
	of, err := ev.subject(x.X, x, env)
	if err != nil {
		return of, err
	}
	switch of.kind {
	case RecordOf:
		r := of.record()
		if i, ok := r.head.index[x.Name]; ok {
			if v := r.vals[i]; v.kind == lazy {
				return ev.forced(v.ref.(*thunk), x, env)
			}
			return ev.cell(r.vals[i], x, env)
		}
		if x.Optional {
			return Value{}, nil
		}
		return Value{}, env.src.raise(x.Pos(), "there is no field %q; there are %s", x.Name, names(r.head.names)).noField(x.Name, of)
	case TableOf:
		return ev.columnList(of.tableRef(), x, env)
	case Null:
		if x.Optional {
			return Value{}, nil
		}
	}
	return Value{}, env.src.raise(x.Pos(), "[%s] needs a record or table, not %s", x.Name, of.describe())
}

// subject is what a field is taken from: an expression, or _ in the short form.
func (ev *evaluator) subject(x syntax.Expr, at syntax.Expr, env *scope) (Value, error) {
	if x != nil {
		return ev.eval(x, env)
	}
	for s := env; s != nil; s = s.parent {
		if _, step := s.steps["_"]; step || slices.Contains(s.names, "_") {
			n := &syntax.Name{Name: "_"}
			n.Start = at.Pos()
			return ev.lookup(n, env)
		}
	}
	return Value{}, env.src.errorAt(at.Pos(), inlay.Invalid, "[…] without a record in front works only behind each")
}

// infix evaluates an operator; and, or and ?? look at the right side only when it matters.
func (ev *evaluator) infix(x *syntax.Binary, env *scope) (Value, error) {
	switch x.Op {
	case "and", "or":
		return ev.andOr(x, env)
	case "meta":
		v, err := ev.eval(x.X, env)
		if err != nil {
			return v, err
		}
		return ev.noted(v, Value{kind: lazy, ref: &thunk{x: x.Y, env: env, step: ev.step}})
	}
	a, err := ev.eval(x.X, env)
	if err != nil {
		return a, err
	}
	switch x.Op {
	case "??":
		if a.kind != Null {
			return a, nil
		}
		return ev.eval(x.Y, env)
	case "is", "as":
		t := x.Y.(*syntax.Type)
		fits := conforms(a, t.Name, t.Nullable)
		if x.Op == "is" {
			return logical(fits), nil
		}
		if !fits {
			return Value{}, env.src.raise(x.OpPos, "%s is not of type %s", a.describe(), t.Name).
				as("We cannot convert "+a.inM()+" to type "+typeTitle(t.Name)+".", Value{})
		}
		return a, nil
	}
	b, err := ev.eval(x.Y, env)
	if err != nil {
		return b, err
	}
	return ev.binary(x, a, b, env.src)
}

// andOr is the logic of M with null: false wins in and, true wins in or.
func (ev *evaluator) andOr(x *syntax.Binary, env *scope) (Value, error) {
	a, err := ev.truth(x.X, env)
	if err != nil {
		return a, err
	}
	wins := int64(0)
	if x.Op == "or" {
		wins = 1
	}
	if a.kind == Logical && a.n == wins {
		return a, nil
	}
	b, err := ev.truth(x.Y, env)
	if err != nil {
		return b, err
	}
	if a.kind == Logical || b.kind == Logical && b.n == wins {
		return b, nil
	}
	return Value{}, nil
}

// truth is a value that must be true, false or null.
func (ev *evaluator) truth(x syntax.Expr, env *scope) (Value, error) {
	v, err := ev.eval(x, env)
	if err == nil && v.kind != Logical && v.kind != Null {
		err = env.src.raise(x.Pos(), "%s is neither true nor false", v.describe()).as("We cannot convert "+v.inM()+" to type Logical.", Value{})
	}
	return v, err
}

func (ev *evaluator) prefix(x *syntax.Unary, env *scope) (Value, error) {
	if x.Op == "not" {
		v, err := ev.truth(x.X, env)
		if err != nil || v.kind == Null {
			return v, err
		}
		return logical(v.n == 0), nil
	}
	v, err := ev.eval(x.X, env)
	if err != nil || v.kind == Null {
		return v, err
	}
	switch {
	case !v.isNumber() && v.kind != Duration:
		return Value{}, env.src.raise(x.Pos(), "the operator %s cannot be applied to %s", x.Op, v.describe())
	case x.Op == "+":
		return v, nil
	case v.kind == Number:
		return number(-v.float()), nil
	}
	v.n = -v.n
	return v, nil
}
