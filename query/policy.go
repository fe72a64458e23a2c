package query

import (
	"context"
	"fmt"
	"strings"

	"inlay/dax"
	"inlay/dax/fn"
	"inlay/model"
)

// Policy is the rows of a table that a role shows, for a database's own row policies: a second
// barrier behind the gate, which the database holds by itself. A row is shown if Own holds for it
// and each of Keys has its value.
type Policy struct {
	Role, Table string
	Own         []PolicyText // conditions on a row; its columns are RowMark and the quoted name
	Keys        []PolicyKeys
}

// PolicyKeys is a condition on columns: their values are among those that a SELECT gives, which
// reads tables whole. Blank says that there may be several columns, and that no value is one too.
type PolicyKeys struct {
	Columns []string
	Types   []dax.Type // of the values
	Blank   bool
	Select  PolicyText
}

// PolicyText is SQL in which ArgMark(n) stands for the n-th of Args.
type PolicyText struct {
	SQL  string
	Args []PolicyArg
}

// PolicyArg is a constant, or what the viewer says: username, customdata; NULL where that is nothing.
type PolicyArg struct {
	Value   dax.Value
	Setting string
}

// RowMark stands before the columns of the row that a policy decides about.
const RowMark = "\x00row."

// ArgMark stands for an argument of a PolicyText. No name of a database holds a NUL.
func ArgMark(n int) string { return fmt.Sprintf("\x00%d\x00", n) }

// unbound is a dialect that leaves marks for arguments.
type unbound struct{ Dialect }

// Placeholder is a mark with its type.
func (u unbound) Placeholder(n int, t dax.Type) string {
	return "CAST(" + ArgMark(n) + " AS " + u.Type(t) + ")"
}

// Exact is that of the dialect.
func (u unbound) Exact() bool { return exactText(u.Dialect) }

// FloatsFail is that of the dialect.
func (u unbound) FloatsFail() bool { return floatsFail(u.Dialect) }

// Identities that stand for those of a viewer while policies are written.
const (
	someName = "\x00username"
	someData = "\x00customdata"
)

// Policies writes the policies of a model: one for each role and each table that any role
// restricts. Roles whose filters cannot be said to a database are listed, by name, with the reason;
// they have no policies, so that the database shows them nothing of those tables.
func Policies(m *model.Model, d Dialect) (list []Policy, broken map[string]error, err error) {
	g, err := newGraph(m)
	if err != nil {
		return nil, nil, err
	}
	e := &Engine{m: m, g: g, d: unbound{d}}
	broken = map[string]error{}
	restricted := map[string]bool{}
	for i := range m.Roles {
		r := &m.Roles[i]
		var own []Policy
		for _, t := range m.Tables {
			if t.Calculation {
				continue
			}
			p, err := e.policy(r, t)
			if err != nil {
				broken[r.Name] = err
				own = nil
				break
			}
			restricted[t.Name] = restricted[t.Name] || len(p.Own)+len(p.Keys) > 0
			own = append(own, p)
		}
		list = append(list, own...)
	}
	if len(broken) > 0 { // it restricts what it restricts, even if this cannot be said
		for _, t := range m.Tables {
			restricted[t.Name] = true
		}
	}
	kept := list[:0]
	for _, p := range list {
		if restricted[p.Table] {
			kept = append(kept, p)
		}
	}
	return kept, broken, nil
}

// policy writes what one role shows of one table.
func (e *Engine) policy(r *model.Role, t *model.Table) (Policy, error) {
	out := Policy{Role: r.Name, Table: t.Name}
	fresh := func() *compiler {
		return &compiler{e: e, ctx: context.Background(), v: Viewer{Username: someName, CustomData: someData}, looked: map[string]dax.Value{}, dry: true, policy: true}
	}
	for i := range r.Permissions {
		p := &r.Permissions[i]
		if !strings.EqualFold(p.Table, t.Name) {
			continue
		}
		c := fresh()
		s := c.open(t, true, nil)
		s.alias = strings.TrimSuffix(RowMark, ".")
		s.joined[t] = s.alias
		cond, always, err := c.roleFilter(r, p, s)
		if err != nil {
			return out, err
		}
		if s.joins.Len() > 0 {
			k, err := e.relatedKeys(r, p, fresh())
			if err != nil {
				return out, err
			}
			out.Keys = append(out.Keys, k)
			continue
		}
		if !always {
			out.Own = append(out.Own, c.policyText(cond))
		}
	}
	for _, edge := range e.g.edges[t] {
		if !edge.secures(t) {
			continue
		}
		near, far := edge.at(t)
		c := fresh()
		o := c.open(far.t, true, nil)
		o.from = e.d.Quote(far.t.Name)
		cond, restricted, err := c.under(r, o, edge, map[*model.Table]bool{t: true})
		if err != nil {
			return out, err
		}
		if restricted {
			o.where = append(o.where, cond)
			text := c.policyText("SELECT " + o.alias + "." + e.d.Quote(far.c.Name) + o.sql())
			out.Keys = append(out.Keys, PolicyKeys{Columns: []string{near.c.Name}, Types: []dax.Type{far.c.Type}, Select: text})
		}
	}
	return out, nil
}

// relatedKeys is a filter that asks for columns of tables that a row looks up: the values, in the
// columns that it depends on, of the rows for which it holds. A policy cannot join these tables by
// itself, as their own policies would hide rows that role filters see.
func (e *Engine) relatedKeys(r *model.Role, p *model.Permission, c *compiler) (PolicyKeys, error) {
	t := e.m.Table(p.Table)
	s := c.open(t, true, nil)
	s.from = e.d.Quote(t.Name)
	cond, _, err := c.roleFilter(r, p, s)
	if err != nil {
		return PolicyKeys{}, err
	}
	s.where = append(s.where, cond)
	from := s.sql()
	k := PolicyKeys{Blank: true}
	var items []string
	for _, col := range t.Columns {
		if name := s.alias + "." + e.d.Quote(e.sqlName(col)); strings.Contains(from, name) {
			k.Columns, k.Types, items = append(k.Columns, col.Name), append(k.Types, col.Type), append(items, name)
		}
	}
	k.Select = c.policyText("SELECT DISTINCT " + strings.Join(items, ", ") + from)
	return k, nil
}

func (c *compiler) policyText(sql string) PolicyText {
	p := PolicyText{SQL: sql}
	for _, v := range c.args {
		a := PolicyArg{Value: v}
		switch {
		case v.Type() == dax.String && v.Text() == someName:
			a = PolicyArg{Setting: "username"}
		case v.Type() == dax.String && v.Text() == someData:
			a = PolicyArg{Setting: "customdata"}
		}
		p.Args = append(p.Args, a)
	}
	return p
}

// sayable reports why the filter of a role cannot be a policy: what is computed of the identity
// here, before the statement, and what is looked up, are known only when a question is asked.
func (c *compiler) sayable(x dax.Expr) (err error) {
	dax.Walk(x, func(x dax.Expr) bool {
		call, isCall := x.(*dax.Call)
		if isCall && strings.EqualFold(call.Func, "LOOKUPVALUE") {
			err = unsupported(x, "LOOKUPVALUE cannot be said in a policy of the database")
		}
		if isCall {
			if f, ok := fn.Lookup(call.Func); ok && f.Volatile {
				err = unsupported(x, "%s would be that of when the policy is written", f.Name)
			}
			if v, ok := c.identity(call); ok {
				if v.Type() != dax.String || v.Text() != someName && v.Text() != someData {
					err = unsupported(x, "%s cannot be said in a policy of the database", strings.ToUpper(call.Func))
				}
				return false
			}
		}
		if err == nil && c.whoAlone(x) && !logical(x) && !c.whetherSaid(x) {
			err = unsupported(x, "a value computed from the name or data of the user cannot be said in a policy of the database")
		}
		return err == nil
	})
	return err
}

// withName adds to a filter what the gate asks first: that the viewer has a name.
func withName(x dax.Expr) dax.Expr {
	at := dax.At{Start: x.Pos()}
	none := &dax.Call{At: at, Func: "ISBLANK", Args: []dax.Expr{&dax.Call{At: at, Func: "USERNAME"}}}
	return &dax.Binary{At: at, Op: "&&", X: &dax.Unary{At: at, Op: "NOT", X: none}, Y: x}
}

// shields reports whether the filters of a table reach others. These hide what has no partner in it
// only while a filter hides any row, which a policy does not know of one that no row changes.
func (g *graph) shields(t *model.Table) bool {
	for _, edge := range g.edges[t] {
		if _, far := edge.at(t); edge.secures(far.t) {
			return true
		}
	}
	return false
}

// whoAlone reports whether a value depends on the viewer and on no row.
func (c *compiler) whoAlone(x dax.Expr) bool {
	switch x.(type) {
	case *dax.Tuple, *dax.TableOf: // their items are values
		return false
	}
	if !c.asksWho(x) {
		return false
	}
	_, constant, err := c.fold(x)
	return constant || err != nil
}

// logical reports whether an expression only joins conditions.
func logical(x dax.Expr) bool {
	switch x := x.(type) {
	case *dax.Unary:
		return strings.EqualFold(x.Op, "NOT")
	case *dax.Binary:
		return x.Op == "&&" || x.Op == "||"
	case *dax.Call:
		return strings.EqualFold(x.Func, "NOT") || strings.EqualFold(x.Func, "AND") || strings.EqualFold(x.Func, "OR")
	}
	return false
}

// whetherSaid reports whether an expression asks only whether the viewer says anything: ISBLANK of
// the name or data, or a comparison with BLANK() or "". Of other texts the database may know other
// letters.
func (c *compiler) whetherSaid(x dax.Expr) bool {
	who := func(x dax.Expr) bool {
		call, ok := x.(*dax.Call)
		if ok {
			_, ok = c.identity(call)
		}
		return ok
	}
	nothing := func(x dax.Expr) bool {
		if c.asksWho(x) {
			return false
		}
		v, ok, err := c.fold(x)
		return err == nil && ok && (v.IsBlank() || v.Type() == dax.String && v.Text() == "")
	}
	switch x := x.(type) {
	case *dax.Call:
		return strings.EqualFold(x.Func, "ISBLANK") && len(x.Args) == 1 && who(x.Args[0])
	case *dax.Binary:
		switch x.Op {
		case "=", "==", "<>", "<", "<=", ">", ">=":
			return who(x.X) && nothing(x.Y) || nothing(x.X) && who(x.Y)
		}
	}
	return false
}

// asksWho reports whether an expression asks who the viewer is.
func (c *compiler) asksWho(x dax.Expr) bool {
	found := false
	dax.Walk(x, func(x dax.Expr) bool {
		if call, ok := x.(*dax.Call); ok {
			_, who := c.identity(call)
			found = found || who
		}
		return !found
	})
	return found
}
