package query

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/maypok86/otter/v2"
	"golang.org/x/sync/singleflight"

	"inlay/dax"
	"inlay/dax/fn"
	"inlay/model"
)

// Cache holds answers, for viewers whose effective filters are equal and for no others. It is
// bounded in bytes, shared by engines, and safe for concurrent use.
type Cache struct {
	held   *otter.Cache[string, any]
	flight singleflight.Group
}

// NewCache makes a cache of about so many bytes.
func NewCache(bytes int) *Cache {
	return &Cache{held: otter.Must(&otter.Options[string, any]{
		MaximumWeight: uint64(max(bytes, 1)),
		Weigher:       func(key string, v any) uint32 { return weigh(key, v) },
	})}
}

// weigh estimates the memory of an entry.
func weigh(key string, v any) uint32 {
	n := len(key) + 200
	add := func(r model.Result) {
		for _, row := range append(r.Rows, r.Total) {
			n += 24
			for _, v := range row {
				n += 48 + len(v.Text())
			}
		}
	}
	switch v := v.(type) {
	case model.Result:
		add(v)
	case []model.Result:
		for _, r := range v {
			add(r)
		}
	case string:
		n += len(v)
	}
	return uint32(min(n, 1<<31))
}

// Share lets an engine keep its answers in a cache. The name is that of the version of the rows
// behind the engine: two engines with one name answer the same. An engine whose rows change
// while it is open must not share.
func (e *Engine) Share(c *Cache, name string) {
	e.cache, e.name = c, name
	e.views.Clear()
}

// traits is what keeps an answer from being shared or kept.
type traits struct {
	user    bool // it depends on who asks, beyond the rows
	changes bool // it changes by itself
	details bool // detail rows have been looked at
}

// traits finds what expressions depend on, through the measures that they refer to.
func (e *Engine) traits(list []dax.Expr) traits {
	t := &traits{}
	seen := map[*model.Measure]bool{}
	for _, x := range list {
		e.trace(x, t, seen)
	}
	for _, table := range e.m.Tables { // any item may be chosen
		if table.Group != nil {
			e.traceGroup(table.Group, t, seen)
		}
	}
	return *t
}

// traceGroup looks at all that a calculation group may compute, and at the format strings that its
// items may ask for.
func (e *Engine) traceGroup(g *model.CalculationGroup, t *traits, seen map[*model.Measure]bool) {
	texts := []string{}
	add := func(item *model.CalculationItem) {
		if item != nil {
			texts = append(texts, item.Expression, item.Format)
		}
	}
	for i := range g.Items {
		add(&g.Items[i])
	}
	add(g.None)
	add(g.Several)
	for _, table := range e.m.Tables {
		for _, m := range table.Measures {
			texts = append(texts, m.FormatBy)
		}
	}
	for _, text := range texts {
		if strings.TrimSpace(text) != "" {
			e.traceText(text, t, seen)
		}
	}
}

func (e *Engine) traceText(text string, t *traits, seen map[*model.Measure]bool) {
	x, err := e.parse(text)
	if err != nil {
		t.changes = true // it will be refused; the refusal is not kept
		return
	}
	e.trace(x, t, seen)
}

func (e *Engine) trace(x dax.Expr, t *traits, seen map[*model.Measure]bool) {
	dax.Walk(x, func(x dax.Expr) bool {
		switch x := x.(type) {
		case *dax.Call:
			name := strings.ToUpper(x.Func)
			t.user = t.user || slices.Contains(identities, name)
			f, ok := fn.Lookup(name)
			// What INFO tells depends on more of the viewer than the rows that are visible.
			t.changes = t.changes || !ok || f.Volatile || strings.HasPrefix(name, "INFO.")
			if name == "DETAILROWS" && !t.details {
				t.details = true
				e.traceDetails(t, seen)
			}
		case *dax.Column:
			if m, _ := e.m.Measure(x.Name); m != nil && !seen[m] {
				seen[m] = true
				e.traceText(m.Expression, t, seen)
			}
		}
		return true
	})
}

// traceDetails looks at all detail rows: which of them DETAILROWS means is known later.
func (e *Engine) traceDetails(t *traits, seen map[*model.Measure]bool) {
	for _, table := range e.m.Tables {
		if table.DetailRows != nil {
			e.traceText(table.DetailRows.Expression, t, seen)
		}
		for _, m := range table.Measures {
			if m.DetailRows != nil {
				e.traceText(m.DetailRows.Expression, t, seen)
			}
		}
	}
}

var identities = []string{"USERNAME", "USERPRINCIPALNAME", "CUSTOMDATA", "USEROBJECTID", "USERCULTURE"}

// cached answers from the cache, or computes the answer once for all who ask at the same time.
// list is the expressions of the question.
func cached[T any](c *compiler, question string, list []dax.Expr, compute func() (T, error)) (T, error) {
	e := c.e
	if e.cache == nil {
		return compute()
	}
	if e.traits(list).changes || e.entire().traits(c.filters()).changes {
		return compute()
	}
	key, err := c.fingerprint(e.traits(list).user)
	if err != nil {
		var none T
		return none, err
	}
	key += "\x00" + question
	if v, ok := e.cache.held.GetIfPresent(key); ok {
		return v.(T), nil
	}
	for {
		done := e.cache.flight.DoChan(key, func() (any, error) {
			v, err := compute()
			if err == nil {
				e.cache.held.Set(key, v)
			}
			return v, err
		})
		select {
		case <-c.ctx.Done():
			var none T
			return none, c.ctx.Err()
		case r := <-done:
			if r.Err != nil && r.Shared && c.ctx.Err() == nil && ended(r.Err) {
				continue // whoever computed it went away; we did not
			}
			v, _ := r.Val.(T)
			return v, r.Err
		}
	}
}

func ended(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// fingerprint is equal for viewers to whom the same question has the same answer: the version
// of the rows, the compiled condition on the rows of every table with its values, and who asks
// where an expression can tell.
func (c *compiler) fingerprint(user bool) (string, error) {
	e := c.e
	who := fmt.Sprintf("%t\x00%q\x00%q\x00%q\x00%q\x00%q", c.roles == nil, c.v.Username, c.v.Roles, c.v.CustomData, c.v.ObjectID, c.v.Culture)
	known := "viewer\x00" + e.name + "\x00" + who
	seen, ok := e.cache.held.GetIfPresent(known)
	if !ok {
		text, err := c.security()
		if err != nil {
			return "", err
		}
		seen = e.name + "\x00" + e.hidden + "\x00" + text
		e.cache.held.Set(known, seen)
	}
	key := seen.(string)
	if user {
		key += "\x00" + who
	}
	return key, nil
}

// security is the compiled condition on the rows of every table.
func (c *compiler) security() (string, error) {
	var b strings.Builder
	for _, t := range c.e.m.Tables {
		if t.Calculation {
			continue
		}
		one := c.fresh()
		one.told = true
		text, err := one.secured(t, nil)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%q\x00%s", t.Name, text)
		for _, v := range one.args {
			fmt.Fprintf(&b, "\x01%#v", v) // letters as they are: EXACT tells them apart
		}
	}
	return b.String(), nil
}

// filters is the filters of the viewer's roles, where they can be read.
func (c *compiler) filters() []dax.Expr {
	var list []dax.Expr
	for _, r := range c.roles {
		for i := range r.Permissions {
			if x, err := c.e.roleExpr(r, &r.Permissions[i]); err == nil && x != nil {
				list = append(list, x)
			}
		}
	}
	return list
}

// expressions is what the values of a question compute.
func (c *compiler) expressions(q model.Query) []dax.Expr {
	var list []dax.Expr
	for _, v := range q.Values {
		if v.Measure != "" {
			list = append(list, &dax.Column{Name: v.Measure})
		}
		if m, _ := c.e.m.Measure(v.Measure); m != nil && v.FormatOf {
			if x, err := c.e.parse(m.FormatBy); err == nil {
				list = append(list, x)
			}
		}
	}
	return list
}

// question is a canonical text of a Query.
func question(q model.Query) string {
	var b strings.Builder
	fmt.Fprintf(&b, "ask\x00%v\x00%v\x00%d\x00%t\x00%t", q.Groups, q.Order, q.Limit, q.Total, q.Detail)
	for _, v := range q.Values {
		fmt.Fprintf(&b, "\x00v%q %q %d %v %t", v.Name, v.Measure, v.Aggregate, v.Column, v.FormatOf)
	}
	var filter func(f model.Filter)
	filter = func(f model.Filter) {
		fmt.Fprintf(&b, "\x00f%v %d(", f.Column, f.Op)
		for _, v := range f.Values {
			fmt.Fprintf(&b, "%#v,", v)
		}
		for _, p := range f.Parts {
			filter(p)
		}
		b.WriteString(")")
	}
	for _, f := range q.Where {
		filter(f)
	}
	return b.String()
}
