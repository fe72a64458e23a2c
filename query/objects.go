package query

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"inlay"
	"inlay/dax"
	"inlay/model"
)

// asking starts a question of a viewer. Its compiler has the engine of the objects that the
// viewer may name.
func (e *Engine) asking(ctx context.Context, v Viewer) (*compiler, error) {
	roles, err := e.roles(v)
	if err != nil {
		return nil, err
	}
	if e, err = e.view(roles); err != nil {
		return nil, err
	}
	return &compiler{e: e, ctx: ctx, v: v, roles: roles, looked: map[string]dax.Value{}}, nil
}

// Visible is the model as a viewer may know it: without the tables, columns and measures that
// object-level security hides from them. It must not be changed.
func (e *Engine) Visible(v Viewer) (*model.Model, error) {
	roles, err := e.roles(v)
	if err != nil {
		return nil, err
	}
	if e, err = e.view(roles); err != nil || e.whole == nil {
		return e.model(), err
	}
	m := *e.m
	m.Relationships = slices.DeleteFunc(slices.Clone(m.Relationships), func(r model.Relationship) bool {
		_, from := resolve(&m, r.From)
		_, to := resolve(&m, r.To)
		return from != nil || to != nil
	})
	return &m, nil
}

func (e *Engine) model() *model.Model {
	if e == nil {
		return nil
	}
	return e.m
}

// entire is the engine of all objects.
func (e *Engine) entire() *Engine {
	if e.whole != nil {
		return e.whole
	}
	return e
}

// entire is a scope for role filters over the same rows.
func (s *scope) entire() *scope {
	whole := s.c.e.entire()
	if whole == s.c.e {
		return s
	}
	w := *s
	w.base = whole.m.Table(s.base.Name)
	w.over, w.lookups = w.base, whole.g.lookups(w.base, nil)
	w.joined = map[*model.Table]string{w.base: s.alias}
	return &w
}

// end is one end of a relationship, which may be a hidden column.
func (e *Engine) end(m *model.Model, ref model.ColumnRef) (column, error) {
	if t := m.Table(ref.Table); t != nil {
		if c := named(e.veiled[t], ref.Column); c != nil {
			return column{t, c}, nil
		}
	}
	return resolve(m, ref)
}

// sortBy is the column that orders another, which may be hidden; zero if there is none.
func (e *Engine) sortBy(g column) column {
	if g.c.SortBy == "" {
		return column{}
	}
	s := g.t.Column(g.c.SortBy)
	if s == nil {
		s = named(e.veiled[g.t], g.c.SortBy)
	}
	return column{g.t, s}
}

func named(list []*model.Column, name string) *model.Column {
	for _, c := range list {
		if strings.EqualFold(c.Name, name) {
			return c
		}
	}
	return nil
}

// view is the engine for viewers with some roles: the same rows through the same gate, and a
// model without what the roles hide. A name that is hidden is so a name that does not exist.
func (e *Engine) view(roles []*model.Role) (*Engine, error) {
	h, err := e.hides(roles)
	if err != nil || h == nil {
		return e, err
	}
	key := h.key(e.m)
	if v, ok := e.views.Load(key); ok {
		return v.(*Engine), nil
	}
	v := &Engine{src: e.src, d: e.d, cache: e.cache, name: e.name, stats: e.stats, whole: e, hidden: key}
	v.m, v.veiled = h.model(e)
	if v.g, err = v.newGraph(v.m); err != nil {
		return nil, err
	}
	for _, a := range v.m.Tables {
		for _, b := range v.m.Tables {
			if e.g.reaches(e.m.Table(a.Name), e.m.Table(b.Name)) && !v.g.reaches(a, b) {
				return nil, denied(RuleRoleBroken, "relate the tables on both sides of the hidden one directly",
					"role %q hides a table over which other tables are related, so no rows are visible", roles[0].Name)
			}
		}
	}
	e.views.Store(key, v)
	return v, nil
}

// hides is the objects of a model that a viewer cannot name.
type hides struct {
	tables   map[*model.Table]bool
	columns  map[*model.Column]bool
	measures map[*model.Measure]bool

	functions map[string]bool // of the model, by name in lower case
}

// hides is what no role of a viewer lets be read; nil if that is nothing. Roles that filter rows
// and other roles that hide objects cannot be combined, as in Power BI: together they would
// show what neither shows.
func (e *Engine) hides(roles []*model.Role) (*hides, error) {
	var all *hides
	rows, objects := map[*model.Role]bool{}, map[*model.Role]bool{}
	for i, r := range roles {
		h, err := e.hiddenBy(r)
		if err != nil {
			return nil, err
		}
		rows[r] = slices.ContainsFunc(r.Permissions, func(p model.Permission) bool { return strings.TrimSpace(p.Filter) != "" })
		objects[r] = len(h.tables)+len(h.columns) > 0
		if i == 0 {
			all = h
			continue
		}
		for t := range all.tables {
			if !h.tables[t] {
				delete(all.tables, t)
			}
		}
		for c := range all.columns {
			if !h.columns[c] {
				delete(all.columns, c)
			}
		}
	}
	for _, a := range roles {
		for _, b := range roles {
			if a != b && rows[a] && objects[b] {
				return nil, denied(RuleRowsObjects, "ask for one role, or put both kinds of security into one",
					"role %q, which filters rows, and role %q, which hides objects, cannot be combined", a.Name, b.Name)
			}
		}
	}
	if all == nil || len(all.tables)+len(all.columns) == 0 {
		return nil, nil
	}
	all.implied(e)
	return all, nil
}

// hiddenBy is what one role hides: tables, all of their columns, and columns.
func (e *Engine) hiddenBy(r *model.Role) (*hides, error) {
	h := &hides{tables: map[*model.Table]bool{}, columns: map[*model.Column]bool{}, measures: map[*model.Measure]bool{}, functions: map[string]bool{}}
	for i := range r.Permissions {
		p := &r.Permissions[i]
		t := e.m.Table(p.Table)
		none, err := hidden(r, p.Metadata)
		if err != nil {
			return nil, err
		}
		if none && t != nil {
			h.tables[t] = true
			for _, c := range t.Columns {
				h.columns[c] = true
			}
		}
		for _, cp := range p.Columns {
			none, err := hidden(r, cp.Metadata)
			if err != nil {
				return nil, err
			}
			if !none {
				continue
			}
			var c *model.Column
			if t != nil {
				c = t.Column(cp.Column)
			}
			if c == nil {
				return nil, denied(RuleRoleBroken, "name columns as the model does",
					"role %q hides a column that the model does not have, so no rows are visible", r.Name)
			}
			h.columns[c] = true
		}
		if none && t == nil {
			return nil, denied(RuleRoleBroken, "name tables as the model does",
				"role %q hides a table that the model does not have, so no rows are visible", r.Name)
		}
	}
	return h, nil
}

// hidden reads a metadataPermission.
func hidden(r *model.Role, permission string) (bool, error) {
	switch strings.ToLower(permission) {
	case "none":
		return true, nil
	case "", "default", "read":
		return false, nil
	}
	return false, denied(RuleRoleBroken, "use none or read", "role %q has the metadataPermission %q, so no rows are visible", r.Name, permission)
}

// implied hides tables of which nothing is left, and measures and functions that name what is hidden.
func (h *hides) implied(e *Engine) {
	for _, t := range e.m.Tables {
		gone := func(c *model.Column) bool { return h.columns[c] }
		if len(t.Columns) > 0 && !slices.ContainsFunc(t.Columns, func(c *model.Column) bool { return !h.columns[c] }) ||
			t.Calculation && slices.ContainsFunc(t.Columns, gone) {
			h.tables[t] = true
		}
		if h.tables[t] {
			for _, m := range t.Measures {
				h.measures[m] = true
			}
		}
	}
	for more := true; more; {
		more = h.impliedFunctions(e)
		for _, t := range e.m.Tables {
			for _, m := range t.Measures {
				if !h.measures[m] && (h.names(e, m.Expression) || h.names(e, m.FormatBy)) {
					h.measures[m], more = true, true
				}
			}
		}
	}
}

// impliedFunctions hides functions that name what is hidden; it reports whether there are more.
func (h *hides) impliedFunctions(e *Engine) (more bool) {
	for i := range e.m.Functions {
		f := &e.m.Functions[i]
		key := strings.ToLower(f.Name)
		if h.functions[key] {
			continue
		}
		d, err := f.Parse()
		hidden := err != nil // its error may hold the name
		if err == nil {
			hidden = slices.ContainsFunc((&dax.Query{Defines: []dax.Define{*d}}).Expressions(), func(x dax.Expr) bool { return h.inTree(e, x) })
		}
		h.functions[key], more = hidden, more || hidden
	}
	return more
}

// names reports whether an expression of the model names what is hidden.
func (h *hides) names(e *Engine, text string) bool {
	if strings.TrimSpace(text) == "" {
		return false
	}
	x, err := e.parse(text)
	if err != nil {
		return true // its error may hold the name
	}
	return h.inTree(e, x)
}

func (h *hides) inTree(e *Engine, x dax.Expr) bool {
	near := map[*model.Table]bool{} // those that it names
	dax.Walk(x, func(x dax.Expr) bool {
		switch x := x.(type) {
		case *dax.Table:
			near[e.m.Table(x.Name)] = true
		case *dax.Name:
			near[e.m.Table(x.Name)] = true
		case *dax.Column:
			near[e.m.Table(x.Table)] = true
		}
		return true
	})
	found := false
	dax.Walk(x, func(x dax.Expr) bool {
		switch x := x.(type) {
		case *dax.Call:
			found = found || h.functions[strings.ToLower(x.Func)]
		case *dax.Table:
			found = found || h.tables[e.m.Table(x.Name)]
		case *dax.Name:
			found = found || h.tables[e.m.Table(x.Name)]
		case *dax.Column:
			found = found || h.column(e.m, x, near)
		}
		return !found
	})
	return found
}

// column reports whether a reference is to something hidden. A name without a table is one of
// a hidden column if nothing else has it, or if the expression names its table, too: it may be a
// column of a current row.
func (h *hides) column(m *model.Model, x *dax.Column, near map[*model.Table]bool) bool {
	if ms, _ := m.Measure(x.Name); ms != nil && (x.Table == "" || m.Table(x.Table) == nil || m.Table(x.Table).Column(x.Name) == nil) {
		return h.measures[ms] || h.tables[m.Table(x.Table)]
	}
	if t := m.Table(x.Table); t != nil {
		return h.tables[t] || h.columns[t.Column(x.Name)]
	}
	hid, seen := false, false
	for _, t := range m.Tables {
		if c := t.Column(x.Name); c != nil {
			if h.columns[c] && near[t] {
				return true
			}
			hid, seen = hid || h.columns[c], seen || !h.columns[c] && !h.tables[t]
		}
	}
	return hid && !seen
}

// key is which objects are hidden.
func (h *hides) key(m *model.Model) string {
	var b strings.Builder
	for _, t := range m.Tables {
		if h.tables[t] {
			fmt.Fprintf(&b, "%q;", t.Name)
			continue
		}
		for _, c := range t.Columns {
			if h.columns[c] {
				b.WriteString(column{t, c}.String() + ";")
			}
		}
	}
	return b.String()
}

// model is the model without what is hidden, with the hidden columns of its tables. Its
// relationships may have hidden ends.
func (h *hides) model(e *Engine) (*model.Model, map[*model.Table][]*model.Column) {
	m := &model.Model{Name: e.m.Name, Culture: e.m.Culture, SourceCulture: e.m.SourceCulture, ErrorsAsNull: e.m.ErrorsAsNull}
	veiled := map[*model.Table][]*model.Column{}
	for _, t := range e.m.Tables {
		if h.tables[t] {
			continue
		}
		n := *t
		n.Columns, n.Partitions, n.Policy = nil, nil, nil
		for _, c := range t.Columns {
			if h.columns[c] {
				veiled[&n] = append(veiled[&n], c)
			} else {
				n.Columns = append(n.Columns, h.shown(e, t, c))
			}
		}
		n.Measures, n.DetailRows = h.shownMeasures(e, t), h.detailRows(e, t.DetailRows)
		n.Hierarchies = slices.DeleteFunc(slices.Clone(t.Hierarchies), func(y model.Hierarchy) bool {
			return slices.ContainsFunc(y.Levels, func(l model.Level) bool { return h.columns[t.Column(l.Column)] })
		})
		n.Group, n.Parameter = h.group(e, t.Group), h.parameter(e.m, t.Parameter)
		m.Tables = append(m.Tables, &n)
	}
	m.Functions = slices.DeleteFunc(slices.Clone(e.m.Functions), func(f model.Function) bool { return h.functions[strings.ToLower(f.Name)] })
	m.Relationships = slices.DeleteFunc(slices.Clone(e.m.Relationships), func(r model.Relationship) bool {
		return m.Table(r.From.Table) == nil || m.Table(r.To.Table) == nil
	})
	return m, veiled
}

// shownMeasures is the measures of a table that are not hidden.
func (h *hides) shownMeasures(e *Engine, t *model.Table) []*model.Measure {
	var out []*model.Measure
	for _, m := range t.Measures {
		if h.measures[m] {
			continue
		}
		if rows := h.detailRows(e, m.DetailRows); rows != m.DetailRows {
			n := *m
			n.DetailRows, m = rows, &n
		}
		out = append(out, m)
	}
	return out
}

// detailRows is a detail rows expression; one that names what is hidden is marked so.
func (h *hides) detailRows(e *Engine, f *model.Formula) *model.Formula {
	if f == nil || !h.names(e, f.Expression) {
		return f
	}
	return &model.Formula{Hidden: true}
}

// shown is a column without the names of hidden ones; what orders it is kept by sortBy.
func (h *hides) shown(e *Engine, t *model.Table, c *model.Column) *model.Column {
	n := *c
	n.GroupBy = slices.DeleteFunc(slices.Clone(c.GroupBy), func(name string) bool { return h.columns[t.Column(name)] })
	n.Variations = slices.DeleteFunc(slices.Clone(c.Variations), func(v model.Variation) bool {
		return h.tables[e.m.Table(v.Hierarchy.Table)] || h.tables[e.m.Table(v.Column.Table)]
	})
	return &n
}

// group is a calculation group without the items that name what is hidden.
func (h *hides) group(e *Engine, g *model.CalculationGroup) *model.CalculationGroup {
	if g == nil {
		return nil
	}
	n := *g
	n.Items = slices.DeleteFunc(slices.Clone(g.Items), func(i model.CalculationItem) bool {
		return h.names(e, i.Expression) || h.names(e, i.Format)
	})
	n.None, n.Several = h.item(e, g.None), h.item(e, g.Several)
	return &n
}

// item is what a group does without a choice. One that names what is hidden is an error instead, as
// leaving it out would change measures.
func (h *hides) item(e *Engine, i *model.CalculationItem) *model.CalculationItem {
	if i == nil || !h.names(e, i.Expression) && !h.names(e, i.Format) {
		return i
	}
	return &model.CalculationItem{Name: i.Name, Expression: `ERROR("this calculation cannot be shown")`, Format: i.Format[:0]}
}

// parameter is a field parameter without the fields that are hidden.
func (h *hides) parameter(m *model.Model, p *model.FieldParameter) *model.FieldParameter {
	if p == nil {
		return nil
	}
	n := *p
	n.Choices = slices.DeleteFunc(slices.Clone(p.Choices), func(c model.FieldChoice) bool {
		t := m.Table(c.Table)
		if c.Measure != "" {
			ms, _ := m.Measure(c.Measure)
			return h.measures[ms] || h.tables[t]
		}
		return h.tables[t] || t != nil && h.columns[t.Column(c.Column)]
	})
	return &n
}

// unnamed is a refusal for viewers from whom names are hidden, which it could tell.
func unnamed(r *model.Role, veiled bool, err error) error {
	var e *inlay.Error
	if !veiled || !errors.As(err, &e) || e.Kind != inlay.Forbidden {
		return err
	}
	return denied(e.Rule, e.Remedy, "role %q cannot be applied for this identity, so no rows are visible", r.Name)
}
