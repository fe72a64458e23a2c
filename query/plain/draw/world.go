// Package draw draws random models with data and roles, and queries about them, with rapid. It
// exists for tests that compare evaluators.
//
// The models are stars and snowflakes of one schema, parts of which are left out: orphans,
// blanks, texts that differ in case, filters in both directions, limited and inactive
// relationships. Queries are drawn from a typed grammar, so that all of them are well-formed.
//
//	rapid.T ──NewWorld──► World ──Query──► text      (the simplest alternatives stand first: rapid shrinks to them)
package draw

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"inlay/dax"
	"inlay/model"
	"inlay/query/plain"
)

// World is a model with rows, and who asks.
type World struct {
	Model   *model.Model
	Rows    map[string][][]dax.Value
	Viewers []plain.Viewer // the first sees everything

	t       *rapid.T
	cols    []column
	defined int                 // names that queries defined
	related map[string][]string // table: those that RELATED reaches
}

// column is a column that the grammar uses.
type column struct {
	table, name string
	typ         dax.Type
	key         bool
}

// String is the reference to the column.
func (c column) String() string { return c.table + "[" + c.name + "]" }

// values are what is drawn for the cells of a column.
type values func(row int) dax.Value

// NewWorld draws a world.
func NewWorld(t *rapid.T) *World {
	w := &World{t: t, Model: &model.Model{Name: "drawn"}, Rows: map[string][][]dax.Value{}, related: map[string][]string{}}
	has := func(what string) bool { return rapid.Bool().Draw(t, what) }
	shop, group, calendar, budget, access := has("shop"), has("group"), has("calendar"), has("budget"), has("access")
	both := rapid.IntRange(0, 3).Draw(t, "both directions") == 3
	secure := access && has("secure")
	days := w.days()

	if group {
		w.table("Group", w.count(4), w.key("Key", dax.Int64), w.text("Name"))
	}
	w.table("Product", w.count(6), w.key("Key", dax.Int64), w.optional(group, w.number("Group", 5)), w.text("Color"), w.text("Name"), w.number("Weight", 9))
	if shop {
		w.table("Shop", w.count(4), w.key("Key", dax.String), w.text("City"), w.number("Size", 3))
	}
	if calendar {
		w.table("Calendar", len(days), spec{"Date", dax.DateTime, true, func(row int) dax.Value { return dax.TimeOf(days[row]) }},
			spec{"Month", dax.Int64, false, func(row int) dax.Value { return dax.IntOf(int64(days[row].Month())) }},
			spec{"Year", dax.Int64, false, func(row int) dax.Value { return dax.IntOf(int64(days[row].Year())) }})
		w.Model.Table("Calendar").Date = has("marked as date table")
	}
	w.table("Sales", w.count(12), spec{"Id", dax.Int64, true, func(row int) dax.Value { return dax.IntOf(int64(row)) }},
		w.product(), w.optional(shop, w.code("Shop")), w.optional(calendar, w.day("Day", days)), w.optional(calendar, spec{"Ship", dax.DateTime, false, func(int) dax.Value { return dax.TimeOf(rapid.SampledFrom(days).Draw(t, "Ship")) }}),
		w.number("Qty", 9), w.amount("Price"), w.optional(has("fixed"), w.fixed("Cost")), w.text("Note"), w.flag("Flag"))
	w.relate("Sales", "Prod", "Product", "Key", both)
	if group {
		w.relate("Product", "Group", "Group", "Key", rapid.IntRange(0, 3).Draw(t, "both directions") == 3)
	}
	if shop {
		w.relate("Sales", "Shop", "Shop", "Key", has("both directions"))
	}
	if calendar {
		w.relate("Sales", "Day", "Calendar", "Date", false)
		w.relate("Sales", "Ship", "Calendar", "Date", false)
		w.Model.Relationships[len(w.Model.Relationships)-1].Inactive = true
	}
	if budget {
		w.budget(shop)
	}
	if access {
		w.table("Access", w.count(4), spec{"User", dax.String, false, w.pick("user", "ann@example.com", "Ann@example.com", "bob@example.com", "")}, w.product())
		w.relate("Access", "Prod", "Product", "Key", false)
		if secure {
			r := &w.Model.Relationships[len(w.Model.Relationships)-1]
			r.Both, r.SecurityBoth = true, true
		}
	}
	w.extras(group)
	w.measures()
	w.viewers()
	return w
}

// budget adds a second table of facts, on products or, by a limited relationship, on cities.
func (w *World) budget(shop bool) {
	limited := shop && rapid.Bool().Draw(w.t, "limited")
	w.table("Budget", w.count(5), w.product(), w.text("City"), w.number("Amount", 9), w.optional(w.often(2, "fixed"), w.fixed("Fee")))
	if !limited {
		w.relate("Budget", "Prod", "Product", "Key", false)
		return
	}
	w.relate("Budget", "City", "Shop", "City", rapid.Bool().Draw(w.t, "both directions"))
	w.Model.Relationships[len(w.Model.Relationships)-1].ToEnd = model.Many
	delete(w.related, "Budget")
}

// limited reports whether a relationship has many rows on both sides.
func (w *World) limited() bool {
	return slices.ContainsFunc(w.Model.Relationships, func(r model.Relationship) bool { return r.ToEnd == model.Many })
}

// spec is a column and how its cells are drawn.
type spec struct {
	name string
	typ  dax.Type
	key  bool
	cell values
}

// product is a reference to a product, not always to one that there is.
func (w *World) product() spec { return w.number("Prod", 7) }

func (w *World) count(most int) int { return rapid.IntRange(0, most).Draw(w.t, "rows") }

// optional is a column that is left out unless it is wanted.
func (w *World) optional(wanted bool, s spec) spec {
	if !wanted {
		return spec{}
	}
	return s
}

func (w *World) table(name string, rows int, specs ...spec) {
	specs = slices.DeleteFunc(specs, func(s spec) bool { return s.name == "" })
	t := &model.Table{Name: name}
	first := make([]map[string]dax.Value, len(specs))
	for i, s := range specs {
		t.Columns = append(t.Columns, &model.Column{Name: s.name, Source: s.name, Type: s.typ})
		w.cols = append(w.cols, column{name, s.name, s.typ, s.key})
		first[i] = map[string]dax.Value{}
	}
	w.Model.Tables = append(w.Model.Tables, t)
	w.Rows[name] = nil
	for i := range rows {
		var row []dax.Value
		for j, s := range specs {
			v := s.cell(i)
			// As a refresh does, all spellings of a text are kept as the first.
			if one, ok := first[j][v.Key()]; ok {
				v = one
			}
			first[j][v.Key()] = v
			row = append(row, v)
		}
		w.Rows[name] = append(w.Rows[name], row)
	}
}

func (w *World) relate(from, fromColumn, to, toColumn string, both bool) {
	r := model.Relationship{Name: from + " " + fromColumn, From: model.ColumnRef{Table: from, Column: fromColumn},
		To: model.ColumnRef{Table: to, Column: toColumn}, ToEnd: model.One, Both: both}
	w.Model.Relationships = append(w.Model.Relationships, r)
	if !slices.Contains(w.related[from], to) {
		w.related[from] = append(w.related[from], to)
	}
	w.related[from] = append(w.related[from], w.related[to]...)
}

// blank draws a value, or BLANK now and then.
func (w *World) blank(v func() dax.Value) values {
	return func(int) dax.Value {
		if rapid.IntRange(0, 5).Draw(w.t, "blank") == 5 {
			return dax.Value{}
		}
		return v()
	}
}

func (w *World) key(name string, typ dax.Type) spec {
	return spec{name, typ, true, func(row int) dax.Value {
		if typ == dax.String {
			return dax.TextOf(fmt.Sprintf("s%d", row))
		}
		return dax.IntOf(int64(row + 1))
	}}
}

// code is a reference to a key that is a text, spelled as it comes.
func (w *World) code(name string) spec {
	return spec{name, dax.String, false, w.pick("code", "s0", "s1", "s1", "s2", "s3", "s9")}
}

func (w *World) number(name string, most int) spec {
	return spec{name, dax.Int64, false, w.blank(func() dax.Value { return dax.IntOf(int64(rapid.IntRange(0, most).Draw(w.t, name))) })}
}

func (w *World) amount(name string) spec {
	return spec{name, dax.Double, false, w.blank(func() dax.Value {
		return dax.FloatOf(float64(rapid.IntRange(-8, 40).Draw(w.t, name)) / 4)
	})}
}

func (w *World) flag(name string) spec {
	return spec{name, dax.Boolean, false, w.blank(func() dax.Value { return dax.BoolOf(rapid.Bool().Draw(w.t, name)) })}
}

func (w *World) text(name string) spec {
	return spec{name, dax.String, false, w.pick(name, texts...)}
}

var texts = []string{"a", "b", "B", "c", "A", ""}

func (w *World) pick(label string, of ...string) values {
	return w.blank(func() dax.Value { return dax.TextOf(rapid.SampledFrom(of).Draw(w.t, label)) })
}

func (w *World) day(name string, days []time.Time) spec {
	return spec{name, dax.DateTime, false, w.blank(func() dax.Value {
		return dax.TimeOf(rapid.SampledFrom(append(slices.Clone(days), days[0].AddDate(0, 0, -1))).Draw(w.t, name))
	})}
}

// days are those of a calendar: every day of some weeks, or one day of each month.
func (w *World) days() []time.Time {
	from := rapid.SampledFrom([]time.Time{
		time.Date(2023, 12, 30, 0, 0, 0, 0, time.UTC), time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC), time.Date(2022, 11, 1, 0, 0, 0, 0, time.UTC),
	}).Draw(w.t, "from")
	months := rapid.Bool().Draw(w.t, "months")
	var days []time.Time
	for i := range rapid.IntRange(1, 40).Draw(w.t, "days") {
		if months {
			days = append(days, time.Date(from.Year(), from.Month()+time.Month(i), 15, 0, 0, 0, 0, time.UTC))
		} else {
			days = append(days, from.AddDate(0, 0, i))
		}
	}
	return days
}

// measures adds measures, later ones of which use earlier ones.
func (w *World) measures() {
	sales := w.Model.Table("Sales")
	add := func(name, x string) {
		sales.Measures = append(sales.Measures, &model.Measure{Name: name, Expression: x})
	}
	add("Total", "SUM(Sales[Qty])")
	add("Revenue", "SUMX(Sales, Sales[Qty] * Sales[Price])")
	sales.Measures[0].Format = rapid.SampledFrom([]string{"", "0.00"}).Draw(w.t, "format")
	w.groups()
	for i := range rapid.IntRange(0, 2).Draw(w.t, "measures") {
		g := &grammar{w: w}
		add(fmt.Sprintf("M%d", i), g.number(2))
	}
}

// viewers adds roles, and identities with one or two of them.
func (w *World) viewers() {
	w.Viewers = []plain.Viewer{{Unrestricted: true}}
	var names []string
	for i := range rapid.IntRange(0, 3).Draw(w.t, "roles") {
		role := model.Role{Name: fmt.Sprintf("R%d", i)}
		for _, t := range w.Model.Tables {
			if t.Calculation {
				continue
			}
			if rapid.IntRange(0, 2).Draw(w.t, "filtered") == 2 {
				g := &grammar{w: w}
				role.Permissions = append(role.Permissions, model.Permission{Table: t.Name, Filter: g.rowFilter(t.Name)})
			}
		}
		w.Model.Roles = append(w.Model.Roles, role)
		names = append(names, role.Name)
		w.Viewers = append(w.Viewers, plain.Viewer{Username: "ann@example.com", CustomData: rapid.SampledFrom([]string{"a", "", "B"}).Draw(w.t, "custom data"), Roles: []string{role.Name}})
	}
	secure := slices.ContainsFunc(w.Model.Relationships, func(r model.Relationship) bool { return r.SecurityBoth })
	if len(names) > 1 && !secure {
		w.Viewers = append(w.Viewers, plain.Viewer{Username: "BOB@example.com", Roles: names[:2]})
	}
}

// String is the world as a reader of a failed test wants it.
func (w *World) String() string {
	var b strings.Builder
	for _, t := range w.Model.Tables {
		fmt.Fprintf(&b, "%s", t.Name)
		if t.Date {
			b.WriteString(" (date table)")
		}
		for _, c := range t.Columns {
			fmt.Fprintf(&b, " %s:%s", c.Name, c.Type)
		}
		b.WriteByte('\n')
		for _, row := range w.Rows[t.Name] {
			fmt.Fprintf(&b, "  %v\n", row)
		}
		for _, m := range t.Measures {
			fmt.Fprintf(&b, "  [%s] = %s\n", m.Name, m.Expression)
		}
	}
	for _, r := range w.Model.Relationships {
		fmt.Fprintf(&b, "%s → %s limited:%t inactive:%t both:%t security:%t\n", r.From, r.To, r.ToEnd == model.Many, r.Inactive, r.Both, r.SecurityBoth)
	}
	for _, r := range w.Model.Roles {
		for _, p := range r.Permissions {
			fmt.Fprintf(&b, "role %s: %s: %s\n", r.Name, p.Table, p.Filter)
		}
	}
	return b.String()
}
