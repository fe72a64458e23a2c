package powerquery

import (
	"fmt"
	"strings"

	"inlay"
	"inlay/model/powerquery/culture"
	"inlay/model/powerquery/syntax"
)

// builtin is a function of the library.
type builtin struct {
	name        string
	least, most int
	fn          func(c *call) (Value, error)
}

// call is a function call that is under way, or one whose work was put off until rows flow.
type call struct {
	ev   *evaluator
	src  *source
	step string
	pos  syntax.Pos
	name string
	args []Value
	at   []syntax.Pos // of the arguments
}

func (ev *evaluator) callNode(x *syntax.Call, env *scope) (Value, error) {
	f, err := ev.eval(x.Func, env)
	if err != nil {
		return f, err
	}
	if f.kind != Function {
		return Value{}, env.src.raise(x.Func.Pos(), "%s is not a function", f.describe())
	}
	args := make([]Value, len(x.Args))
	b, ok := f.ref.(*builtin)
	for i, a := range x.Args {
		if i == 0 && ok && (b.name == "Table.FromList" || b.name == "Table.FromRecords") {
			args[i], err = ev.loose(a, env)
		} else {
			args[i], err = ev.eval(a, env)
		}
		if err != nil {
			return Value{}, err
		}
	}
	if !ok {
		return ev.apply(f, args, x.Pos(), env.src)
	}
	if len(args) < b.least || len(args) > b.most {
		return Value{}, env.src.errorAt(x.Pos(), inlay.Invalid, "%s takes %s, not %d", b.name, counts(b.least, b.most), len(args))
	}
	c := &call{ev: ev, src: env.src, step: ev.step, pos: x.Pos(), name: b.name, args: args}
	if len(x.Args) > 0 {
		c.at = make([]syntax.Pos, len(x.Args))
		for i, a := range x.Args {
			c.at[i] = a.Pos()
		}
	}
	return c.do(b)
}

// maxChain bounds the steps of a plan that lie behind one another: each is a frame of the stack
// while rows flow.
const maxChain = 2_000

// do calls a function of the library.
func (c *call) do(b *builtin) (Value, error) {
	for i := range c.args { // a function may go through each item: that is work, too
		c.ev.steps += int64(len(c.args[i].items()))
	}
	v, err := b.fn(c)
	if v.kind == TableOf && err == nil && v.tableRef().depth() > maxChain {
		return Value{}, c.errorf(-1, inlay.Limit, "more than %d steps lie behind one another; keep the rows with Table.FromRows(Table.ToRows(…)) or do the same in fewer steps", maxChain)
	}
	switch {
	case err != nil:
	case v.kind == List && len(v.items()) > maxList:
		return Value{}, c.errorf(-1, inlay.Limit, "the list grows beyond a million items")
	case v.kind == Text && len(v.s) > maxText && b.name != "Text.FromBinary": // which has the limit of files
		return Value{}, c.errorf(-1, inlay.Limit, "the text grows beyond 16 MB")
	}
	return v, err
}

func counts(least, most int) string {
	switch {
	case least == most && least == 1:
		return "1 argument"
	case least == most:
		return fmt.Sprintf("%d arguments", least)
	}
	return fmt.Sprintf("%d to %d arguments", least, most)
}

// apply calls a function with values that are at hand.
func (ev *evaluator) apply(f Value, args []Value, pos syntax.Pos, src *source) (Value, error) {
	switch fn := f.ref.(type) {
	case *builtin:
		if len(args) < fn.least || len(args) > fn.most {
			return Value{}, src.errorAt(pos, inlay.Invalid, "%s takes %s, not %d", fn.name, counts(fn.least, fn.most), len(args))
		}
		v, err := (&call{ev: ev, src: src, step: ev.step, pos: pos, name: fn.name, args: args}).do(fn)
		if err != nil || v.kind != List {
			return v, err
		}
		return ev.whole(v)
	case *closure:
		if len(args) > len(fn.fn.Params) {
			return Value{}, src.raise(pos, "the function takes %d arguments, not %d", len(fn.fn.Params), len(args))
		}
		in := &scope{parent: fn.env, src: fn.env.src, names: make([]string, len(fn.fn.Params)), vals: make([]Value, len(fn.fn.Params))}
		for i, p := range fn.fn.Params {
			in.names[i] = p.Name
			if i >= len(args) {
				if !p.Optional {
					return Value{}, src.raise(pos, "the function takes %d arguments, not %d", len(fn.fn.Params), len(args))
				}
				continue
			}
			in.vals[i] = args[i]
			if t, ok := p.Type.(*syntax.Type); ok && !conforms(args[i], t.Name, t.Nullable || p.Optional) {
				return Value{}, src.raise(pos, "the parameter %q takes a %s, not %s", p.Name, t.Name, args[i].describe()).
					as("We cannot convert "+args[i].inM()+" to type "+typeTitle(t.Name)+".",
						recordOf([]string{"Value", "Type"}, []Value{args[i], typeValue(Type{Name: t.Name, Nullable: t.Nullable})}))
			}
		}
		v, err := ev.eval(fn.fn.Body, in)
		if t, ok := fn.fn.Return.(*syntax.Type); ok && err == nil && v.kind != Failed && !conforms(v, t.Name, t.Nullable) {
			err = src.raise(pos, "the function returns a %s, not %s", t.Name, v.describe()).as("We cannot convert "+v.inM()+" to type "+typeTitle(t.Name)+".",
				recordOf([]string{"Value", "Type"}, []Value{v, typeValue(Type{Name: t.Name, Nullable: t.Nullable})}))
		}
		return v, err
	}
	return Value{}, src.raise(pos, "%s is not a function", f.describe())
}

func (c *call) place(i int) syntax.Pos {
	if i >= 0 && i < len(c.at) {
		return c.at[i]
	}
	return c.pos
}

// errorf is an error of kind at argument i, or at the call where i is negative.
func (c *call) errorf(i int, kind inlay.Kind, format string, args ...any) *Error {
	e := c.src.errorAt(c.place(i), kind, "%s: %s", c.name, fmt.Sprintf(format, args...))
	e.Step = c.step
	return e
}

// raise is an error of the language at argument i.
func (c *call) raise(i int, format string, args ...any) *Error {
	e := c.errorf(i, inlay.Invalid, format, args...)
	e.raised = true
	return e
}

func (c *call) arg(i int) Value {
	if i < len(c.args) {
		return c.args[i]
	}
	return Value{}
}

func (c *call) has(i int) bool { return c.arg(i).kind != Null }

func (c *call) text(i int) (string, error) {
	if v := c.arg(i); v.kind == Text {
		return v.s, nil
	}
	return "", c.expected(i, "a text", "text")
}

func (c *call) number(i int) (float64, error) {
	if v := c.arg(i); v.isNumber() {
		return v.float(), nil
	}
	return 0, c.expected(i, "a number", "number")
}

func (c *call) whole(i int) (int64, error) {
	if n, ok := c.arg(i).whole(); ok {
		return n, nil
	}
	return 0, c.expected(i, "a whole number", "number")
}

func (c *call) list(i int) ([]Value, error) {
	if v := c.arg(i); v.kind == List {
		if a, ok := v.ref.(*jsonArray); ok {
			return a.items()
		}
		return v.items(), nil
	}
	return nil, c.expected(i, "a list", "list")
}

// table is the first argument, a table.
func (c *call) table() (*table, error) {
	if t := c.arg(0).tableRef(); t != nil {
		return t, nil
	}
	return nil, c.expected(0, "a table", "table")
}

func (c *call) function(i int) (Value, error) {
	if v := c.arg(i); v.kind == Function {
		return v, nil
	}
	return Value{}, c.expected(i, "a function, such as each …,", "function")
}

// texts is a list of texts, or one text.
func (c *call) texts(i int) ([]string, error) {
	v := c.arg(i)
	if v.kind == Text {
		return []string{v.s}, nil
	}
	items, err := c.list(i)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(items))
	for j, it := range items {
		if it.kind != Text {
			return nil, c.raise(i, "expected a list of names, found %s in it", it.describe())
		}
		out[j] = it.s
	}
	return out, nil
}

// fields gives the options of a record; an option that is not among the allowed is an error.
func (c *call) fields(i int, allowed ...string) (map[string]Value, error) {
	v := c.arg(i)
	out := map[string]Value{}
	if v.kind == Null {
		return out, nil
	}
	r := v.record()
	if r == nil {
		return nil, c.raise(i, "expected a record of options, not %s", v.describe())
	}
	for j, n := range r.head.names {
		if !strings.Contains(" "+strings.Join(allowed, " ")+" ", " "+n+" ") {
			return nil, c.errorf(i, inlay.Unsupported, "the option %s is not supported", n)
		}
		x := r.vals[j]
		if x.kind == lazy {
			var err error
			t := x.ref.(*thunk)
			if x, err = c.ev.force(t, t.x, t.env); err != nil {
				return nil, err
			}
		}
		out[n] = x
	}
	return out, nil
}

// cultureAt is the culture that argument i names, as a text or in a record with the option
// Culture; the culture of the model where it names none.
func (c *call) cultureAt(i int) (*culture.Culture, error) {
	v := c.arg(i)
	if v.kind == RecordOf {
		opts, err := c.fields(i, "Culture", "Format", "MissingField")
		if err != nil {
			return nil, err
		}
		v = opts["Culture"]
	}
	return c.cultureOf(i, v)
}

// cultureOf is the culture that v, of argument i, names.
func (c *call) cultureOf(i int, v Value) (*culture.Culture, error) {
	if v.kind == Null {
		return c.ev.culture, nil
	}
	found, ok := culture.Find(v.s)
	if v.kind != Text || !ok {
		return nil, c.errorf(i, inlay.Unsupported, "the culture %q is not supported; supported are %s", v.s, strings.Join(culture.Names(), ", "))
	}
	return found, nil
}
