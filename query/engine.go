package query

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/query/eval"
)

// Engine answers questions about one model whose rows live in one source. It is safe for
// concurrent use; the model must not change.
type Engine struct {
	m   *model.Model
	g   *graph
	src Source
	d   Dialect

	parsed sync.Map // of expressions, by text

	views  sync.Map                         // engines for viewers from whom objects are hidden, by hidden
	whole  *Engine                          // of such an engine: that of all objects; else nil
	hidden string                           // which objects are hidden, in the cache
	veiled map[*model.Table][]*model.Column // hidden columns of tables that are not

	defined []defined // columns of a query, in a model that has them

	mode    Mode
	cache   *Cache                            // nil keeps no answers
	name    string                            // of the version of the rows, in the cache
	stats   *atomic.Pointer[model.Statistics] // that of an engine and of those made of it
	days    calendars
	several seen // statements whose groups are made of several rows
	spans   spans
}

// New makes an engine. It fails if relationships name what does not exist; measures and role
// filters that cannot be used are found when they are used, and listed by Unsupported.
func New(m *model.Model, src Source) (*Engine, error) {
	g, err := newGraph(m)
	if err != nil {
		return nil, err
	}
	for _, t := range m.Tables {
		for _, x := range t.Measures {
			if other, _ := m.Measure(x.Name); other != x {
				return nil, inlay.Errorf(inlay.Invalid, "the model has two measures [%s]", x.Name)
			}
		}
	}
	return &Engine{m: m, g: g, src: src, d: src.Dialect(), stats: new(atomic.Pointer[model.Statistics])}, nil
}

// Learn tells the engine what a refresh learnt about its rows, or what a database believes of them,
// by which it chooses between ways to the same answer; nil is nothing.
func (e *Engine) Learn(s *model.Statistics) {
	if s != nil && len(s.Tables) > 0 {
		e.stats.Store(s)
	}
}

// Model is the model that the engine answers about.
func (e *Engine) Model() *model.Model { return e.m }

// Unsupported lists the measures and role filters that the engine cannot use, with the reason.
func (e *Engine) Unsupported() []model.Notice {
	var list []model.Notice
	c := &compiler{e: e, ctx: context.Background(), v: Viewer{Unrestricted: true, Username: "user"}, looked: map[string]dax.Value{}}
	for _, t := range e.m.Tables {
		for _, x := range t.Measures {
			if err := e.checkMeasure(c, x); err != nil {
				list = append(list, model.Notice{Place: x.Place, What: err.Error()})
			}
			if x.FormatBy == "" {
				continue
			}
			if _, err := e.formatOf(x); err != nil {
				list = append(list, model.Notice{Place: x.Place, What: err.Error() + "; its values are shown without it"})
			}
		}
	}
	list = append(list, e.uncalculated()...)
	for i := range e.m.Roles {
		r := &e.m.Roles[i]
		if _, err := e.view([]*model.Role{r}); err != nil {
			list = append(list, model.Notice{Place: r.Place, What: err.Error()})
		}
		for j := range r.Permissions {
			p := &r.Permissions[j]
			if err := c.tryRole(r, p); err != nil {
				list = append(list, model.Notice{Place: p.Place, What: remedied(err)})
			}
		}
	}
	return list
}

// remedied is an error with what would pass, for who writes the model.
func remedied(err error) string {
	var own *inlay.Error
	if errors.As(err, &own) && own.Remedy != "" {
		return own.Msg + "; " + own.Remedy
	}
	return err.Error()
}

// checkMeasure reports why a measure cannot be computed: neither planned nor evaluated.
func (e *Engine) checkMeasure(c *compiler, x *model.Measure) error {
	p := &plan{c: c}
	if _, err := p.measure(x, filterContext{}, nil); err == nil {
		return nil
	}
	return e.checkTree(x, nil)
}

// checkTree looks for unknown names in a measure and in those that it refers to.
func (e *Engine) checkTree(x *model.Measure, stack []*model.Measure) error {
	if slices.Contains(stack, x) {
		return inlay.Errorf(inlay.Invalid, "measure [%s] refers to itself", x.Name)
	}
	if len(stack) > 100 {
		return inlay.Errorf(inlay.Limit, "measure [%s]: measures refer to each other over more than 100 levels", x.Name)
	}
	tree, err := e.parse(x.Expression)
	if err != nil {
		return inlay.Errorf(inlay.Invalid, "measure [%s] is not valid DAX: %v", x.Name, err)
	}
	if err := eval.Check(e.m, tree); err != nil {
		return inlay.Errorf(inlay.KindOf(err), "measure [%s]: %v", x.Name, err)
	}
	dax.Walk(tree, func(y dax.Expr) bool {
		ref, ok := y.(*dax.Column)
		if ok && err == nil && (ref.Table == "" || e.m.Table(ref.Table) == nil || e.m.Table(ref.Table).Column(ref.Name) == nil) {
			if m, _ := e.m.Measure(ref.Name); m != nil {
				err = e.checkTree(m, append(stack[:len(stack):len(stack)], x))
			}
		}
		return err == nil
	})
	return err
}

// tryRole compiles a role filter without running anything.
func (c *compiler) tryRole(r *model.Role, p *model.Permission) error {
	t := c.e.m.Table(p.Table)
	if t == nil {
		return inlay.Errorf(inlay.Invalid, "role %q filters table %q, which does not exist", r.Name, p.Table)
	}
	if _, err := c.e.parse(p.Filter); err != nil && strings.TrimSpace(p.Filter) != "" {
		return inlay.Errorf(inlay.Invalid, "the filter of role %q on table %q is not valid DAX, so no rows are visible: %v", r.Name, p.Table, err)
	}
	dry := &compiler{e: c.e, ctx: c.ctx, v: c.v, looked: map[string]dax.Value{}, dry: true}
	_, _, err := dry.roleFilter(r, p, dry.open(t, true, nil))
	return err
}

// parse parses an expression once.
func (e *Engine) parse(text string) (dax.Expr, error) {
	e = e.entire()
	if x, ok := e.parsed.Load(text); ok {
		return x.(dax.Expr), nil
	}
	x, err := dax.Parse(text)
	if err != nil {
		return nil, err
	}
	e.parsed.Store(text, x)
	return x, nil
}

// roleExpr is the filter of a permission, nil if it has none.
func (e *Engine) roleExpr(r *model.Role, p *model.Permission) (dax.Expr, error) {
	if strings.TrimSpace(p.Filter) == "" {
		return nil, nil
	}
	x, err := e.parse(p.Filter)
	if err != nil {
		return nil, denied(RuleRoleBroken, "correct the filter", "the filter of role %q on table %q is not valid DAX, so no rows are visible", r.Name, p.Table)
	}
	return x, nil
}

// column resolves a column reference that has a table.
func (e *Engine) column(x *dax.Column) (column, error) {
	t := e.m.Table(x.Table)
	if t == nil {
		return column{}, unsupported(x, "the model has no table %q", x.Table)
	}
	c := t.Column(x.Name)
	if c == nil {
		return column{}, unsupported(x, "table %q has no column [%s]", t.Name, x.Name)
	}
	if t.Calculation {
		return column{}, unsupported(x, "calculation group %q has no rows", t.Name)
	}
	return column{t, c}, nil
}

// columnArg is an argument that must be a column with its table.
func (e *Engine) columnArg(x dax.Expr) (column, error) {
	ref, ok := x.(*dax.Column)
	if !ok || ref.Table == "" {
		return column{}, unsupported(x, "a column with its table is expected here")
	}
	return e.column(ref)
}

// table is an argument that must be a table.
func (e *Engine) table(x dax.Expr) (*model.Table, bool) {
	switch x := x.(type) {
	case *dax.Table:
		t := e.m.Table(x.Name)
		return t, t != nil
	case *dax.Name:
		t := e.m.Table(x.Name)
		return t, t != nil
	}
	return nil, false
}

// mostRows is how many rows of one statement are held; more is refused rather than cut.
const mostRows = 1_000_000

// run executes a statement for the viewer.
func (c *compiler) run(s Statement) ([][]dax.Value, error) {
	s.viewer = c.v
	return c.e.run(c.ctx, s)
}

// run executes a statement and holds its rows.
func (e *Engine) run(ctx context.Context, s Statement) ([][]dax.Value, error) {
	rows, err := e.src.Run(ctx, s)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all [][]dax.Value
	var room []dax.Value // of rows to come
	var meter eval.Meter
	for {
		if len(room) < len(s.types) {
			room = make([]dax.Value, len(s.types)*min(256, len(all)+4))
		}
		row := room[:len(s.types):len(s.types)]
		if !rows.Next(row) {
			break
		}
		room = room[len(row):]
		if len(all) == mostRows {
			return nil, inlay.Errorf(inlay.Limit, "the question has more than %d combinations; add a filter or group by fewer columns", mostRows)
		}
		if err := meter.Row(ctx, row); err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, rows.Err()
}
