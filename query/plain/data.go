package plain

import (
	"slices"
	"strings"

	"inlay/dax"
	"inlay/model"
)

// table is a table with its rows. The row behind the last one is the virtual blank row, which
// exists for readers only if blank is set.
type table struct {
	name  string
	cols  []*column
	rows  [][]dax.Value
	date  bool // marked as date table
	blank bool // a row of another table has no partner here
}

type column struct {
	t    *table
	at   int
	name string
	typ  dax.Type
}

// value is a cell; the blank row has none.
func (t *table) value(row int, c *column) dax.Value {
	if row >= len(t.rows) {
		return dax.Value{}
	}
	return t.rows[row][c.at]
}

func (t *table) column(name string) *column {
	for _, c := range t.cols {
		if strings.EqualFold(c.name, name) {
			return c
		}
	}
	return nil
}

// edge is a relationship. A regular one has one partner at most on its one side, so that the
// rows of the many side are expanded by it; a limited one only passes filters on.
type edge struct {
	many, one     *column
	regular       bool
	active        bool
	toMany, toOne bool  // which way filters go
	securityBoth  bool  // filters of security go to the one side too
	partner       []int // of each row of the many side: the row of the one side
	back          []int // of one to one: of each row of the one side, the row of the other
}

// database is a model with rows.
type database struct {
	tables []*table
	edges  []edge
}

func (db *database) table(name string) *table {
	for _, t := range db.tables {
		if strings.EqualFold(t.name, name) {
			return t
		}
	}
	return nil
}

// load makes a database of those rows that keep names; all of them if keep is nil.
func load(m *model.Model, rows map[string][][]dax.Value, keep map[string][]bool) (*database, error) {
	db := &database{}
	for _, def := range m.Tables {
		t := &table{name: def.Name, date: def.Date}
		for i, c := range def.Columns {
			t.cols = append(t.cols, &column{t, i, c.Name, c.Type})
		}
		if def.Group != nil {
			t.rows = rowsOfItems(def)
		}
		for i, row := range rows[def.Name] {
			if keep == nil || keep[def.Name][i] {
				t.rows = append(t.rows, row)
			}
		}
		db.tables = append(db.tables, t)
	}
	for i := range m.Relationships {
		if err := db.relate(&m.Relationships[i]); err != nil {
			return nil, err
		}
	}
	db.spreadBlank()
	return db, nil
}

func (db *database) relate(r *model.Relationship) error {
	find := func(ref model.ColumnRef) *column {
		if t := db.table(ref.Table); t != nil {
			return t.column(ref.Column)
		}
		return nil
	}
	from, to, fromEnd, toEnd := find(r.From), find(r.To), r.FromEnd, r.ToEnd
	if from == nil || to == nil {
		return errorf("relationship %s: no such column", r.Name)
	}
	if fromEnd == model.One && toEnd == model.Many {
		from, to, fromEnd, toEnd = to, from, toEnd, fromEnd
	}
	if fromEnd == model.One {
		return db.pair(r, from, to)
	}
	e := edge{many: from, one: to, regular: toEnd == model.One, active: !r.Inactive,
		toMany: true, toOne: r.Both, securityBoth: r.SecurityBoth}
	if e.regular {
		at := map[string]int{}
		for i, row := range to.t.rows {
			key := row[to.at].Key()
			if row[to.at].IsBlank() {
				continue // no row refers to it: blank has no partner
			}
			if _, twice := at[key]; twice {
				return errorf("relationship %s: %s is not a key", r.Name, r.To)
			}
			at[key] = i
		}
		for _, row := range from.t.rows {
			i, ok := at[row[from.at].Key()]
			if !ok {
				i, to.t.blank = len(to.t.rows), to.t.blank || e.active
			}
			e.partner = append(e.partner, i)
		}
		e.partner = append(e.partner, len(to.t.rows))
	}
	db.edges = append(db.edges, e)
	return nil
}

// pair adds a relationship of one to one: each side is expanded by the other and filters it, and has
// a blank row where the other has rows without a partner (star-schema full outer join of
// desktop-relationships-understand.md, "Regular relationships").
func (db *database) pair(r *model.Relationship, a, b *column) error {
	e := edge{many: a, one: b, regular: true, active: !r.Inactive, toMany: true, toOne: true, securityBoth: r.SecurityBoth}
	look := func(from, to *column) ([]int, error) {
		var found []int
		seen := map[string]bool{}
		for _, row := range from.t.rows {
			v := row[from.at]
			if seen[v.Key()] && !v.IsBlank() {
				return nil, errorf("relationship %s: %s is not a key", r.Name, from.name)
			}
			seen[v.Key()] = true
			i := -1
			if !v.IsBlank() {
				i = slices.IndexFunc(to.t.rows, func(o []dax.Value) bool { return o[to.at].Key() == v.Key() })
			}
			if i < 0 {
				i, to.t.blank = len(to.t.rows), to.t.blank || e.active
			}
			found = append(found, i)
		}
		return append(found, len(to.t.rows)), nil
	}
	var err error
	if e.partner, err = look(a, b); err == nil {
		e.back, err = look(b, a)
	}
	db.edges = append(db.edges, e)
	return err
}

// spreadBlank gives a blank row to the tables behind one: it has no partner there.
func (db *database) spreadBlank() {
	for range db.edges {
		for _, e := range db.edges {
			if e.regular && e.active && e.many.t.blank {
				e.one.t.blank = true
			}
			if e.back != nil && e.active && e.one.t.blank {
				e.many.t.blank = true
			}
		}
	}
}
