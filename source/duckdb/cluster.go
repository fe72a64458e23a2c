package duckdb

import (
	"slices"
	"strconv"
	"strings"

	"inlay/dax"
	"inlay/model"
)

// mostKeys is by how many columns a table is sorted: zone maps skip little by the third.
const mostKeys = 2

// clusterKeys finds the columns by which row-level security chooses the rows of a table: those
// that filters of roles name, and the keys that lead to a table that is filtered. Rows are
// sorted by them within each partition, so that what a viewer may see lies together and the
// engine skips the rest by its zone maps. Keys are by the table's name in lower case.
func clusterKeys(m *model.Model) map[string][]string {
	keys := map[string][]string{}
	add := func(t *model.Table, column string) {
		name := strings.ToLower(t.Name)
		c := t.Column(column)
		if c != nil && c.Expression == "" && len(keys[name]) < mostKeys && !slices.Contains(keys[name], c.Name) {
			keys[name] = append(keys[name], c.Name)
		}
	}
	var queue []*model.Table
	for _, role := range m.Roles {
		for _, p := range role.Permissions {
			t := m.Table(p.Table)
			x, err := dax.Parse(p.Filter)
			if t == nil || err != nil { // refused when it is asked for
				continue
			}
			dax.Walk(x, func(x dax.Expr) bool {
				if c, ok := x.(*dax.Column); ok && (c.Table == "" || strings.EqualFold(c.Table, t.Name)) {
					add(t, c.Name)
				}
				return true
			})
			queue = append(queue, t)
		}
	}
	seen := map[*model.Table]bool{}
	for len(queue) > 0 {
		t := queue[0]
		queue = queue[1:]
		if seen[t] {
			continue
		}
		seen[t] = true
		for i := range m.Relationships {
			rel := &m.Relationships[i]
			if rel.Inactive {
				continue
			}
			if strings.EqualFold(rel.To.Table, t.Name) {
				queue = filtered(m, rel.From, add, queue)
			}
			if strings.EqualFold(rel.From.Table, t.Name) && (rel.SecurityBoth || rel.FromEnd == model.One) {
				queue = filtered(m, rel.To, add, queue)
			}
		}
	}
	return keys
}

// filtered notes that security reaches a table by a column.
func filtered(m *model.Model, by model.ColumnRef, add func(*model.Table, string), queue []*model.Table) []*model.Table {
	t := m.Table(by.Table)
	if t == nil {
		return queue
	}
	add(t, by.Column)
	return append(queue, t)
}

// order is how the rows of a partition are sorted as they are stored; empty where it does not
// matter, so that they stay as they come.
func (l *loader) order() string {
	var by []string
	for _, key := range l.r.keys[strings.ToLower(l.t.Name)] {
		for i, c := range l.cols {
			if c.Name != key {
				continue
			}
			col := "c" + strconv.Itoa(i)
			if c.Type == dax.String {
				col = "lower(" + col + ")"
			}
			by = append(by, col)
		}
	}
	if len(by) == 0 {
		return ""
	}
	return " ORDER BY " + strings.Join(by, ", ")
}
