package query

import (
	"strconv"
	"strings"

	"inlay"
	"inlay/dax"
	"inlay/model"
)

// combinations answers a question without values: the combinations of its groups that occur.
// Columns of one table come from that table; columns of several from the one table whose rows
// look all others up, as a visual of Power BI shows them.
func (a *answer) combinations() (model.Result, error) {
	var res model.Result
	a.describe(&res)
	if len(a.groups) == 0 {
		return res, inlay.Errorf(inlay.Invalid, "the question asks for nothing")
	}
	base, err := a.carrier()
	if err != nil {
		return res, err
	}
	c := a.c.fresh()
	s, err := c.relation(base, a.where, nil)
	if err != nil {
		return res, err
	}
	var items, group []string
	var types []dax.Type
	for _, g := range a.groups {
		text, err := s.column(g)
		if err != nil {
			return res, err
		}
		item, by := text, text
		if g.c.Type == dax.String && exactText(c.e.d) {
			item, by = "MIN("+text+")", "lower("+text+")"
		}
		items, group, types = append(items, item), append(group, by), append(types, g.c.Type)
	}
	text := "SELECT " + strings.Join(items, ", ") + s.sql() + " GROUP BY " + strings.Join(group, ", ")
	keys, err := a.sortKeys()
	if err != nil {
		return res, err
	}
	var by []string
	for _, k := range keys {
		by = append(by, strconv.Itoa(k.at+1)+map[bool]string{true: " DESC NULLS LAST", false: " NULLS FIRST"}[k.descending])
	}
	text += " ORDER BY " + strings.Join(by, ", ")
	if a.q.Limit > 0 {
		text += " LIMIT " + strconv.Itoa(a.q.Limit+1)
	}
	rows, err := c.run(Statement{sql: text, args: c.args, types: types})
	if err != nil {
		return res, err
	}
	if a.q.Limit > 0 && len(rows) > a.q.Limit {
		rows, res.Truncated = rows[:a.q.Limit], true
	}
	for _, row := range rows {
		res.Rows = append(res.Rows, row[:a.shown])
	}
	return res, nil
}

// carrier is the table of the groups whose rows look up the tables of all others.
func (a *answer) carrier() (*model.Table, error) {
	for _, g := range a.groups {
		lookups := a.c.e.g.lookups(g.t, nil)
		all := true
		for _, o := range a.groups {
			if way, ok := lookups[o.t]; !ok || way == nil {
				all = false
			}
		}
		if all {
			return g.t, nil
		}
	}
	names := map[string]bool{}
	var list []string
	for _, g := range a.groups {
		if !names[g.t.Name] {
			names[g.t.Name] = true
			list = append(list, "\""+g.t.Name+"\"")
		}
	}
	return nil, inlay.Errorf(inlay.Unsupported, "columns of tables %s are not related so that they can be listed together; add a measure", strings.Join(list, ", "))
}
