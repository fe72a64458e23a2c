package query

import (
	"slices"
	"strconv"
	"strings"

	"inlay/dax"
	"inlay/model"
)

// grouping is a statement that is being written: aggregates over the rows of a scope, by keys.
type grouping struct {
	*scope
	keys   []groupKey
	values []aggregate
	exact  bool // texts of different letters are different keys
}

// groupKey is what rows are grouped by: a column of the base or of a table that it looks up, an
// expression of each row, or the SQL of the number of the row.
type groupKey struct {
	column column // if it is not zero
	x      dax.Expr
	number string
}

// statement writes the SQL: keys, then values.
func (g grouping) statement() (Statement, error) {
	values := make([]computed, len(g.values))
	for i, a := range g.values {
		var err error
		if values[i], err = a.sql(g.scope, g.c.e.d); err != nil {
			return Statement{}, err
		}
	}
	keys := make([]rowExpr, len(g.keys))
	from := g.scope
	var err error
	far := g.early(values)
	if far != nil {
		from, keys, err = g.firstByKeys(far, values)
	} else {
		for i, k := range g.keys {
			if keys[i], err = k.sql(g.scope); err != nil {
				break
			}
		}
	}
	if err != nil {
		return Statement{}, err
	}
	var items, by []string
	var types []dax.Type
	for _, k := range keys {
		item, group := k.sql, k.sql
		if k.typ == dax.String && exactText(g.c.e.d) && !g.exact {
			item, group = "MIN("+k.sql+")", "lower("+k.sql+")"
		}
		items, by, types = append(items, item), append(by, group), append(types, k.typ)
	}
	for _, v := range values {
		items, types = append(items, v.sql), append(types, v.typ)
	}
	s := Statement{sql: "SELECT " + strings.Join(items, ", ") + from.sql(), args: g.c.args, types: types}
	if len(by) > 0 {
		s.sql += " GROUP BY " + strings.Join(by, ", ")
	}
	if far != nil {
		s.alone = g.alone(far, from, keys, values)
	}
	return s, nil
}

// alone is a statement that takes each row of parts for a group, and says in a further column
// whether some are of the same group, so that its other columns are not the answer:
//
//	SELECT * FROM (WITH n AS (SELECT p."Product" AS "k1", t.v1 AS "v1" FROM … AS t LEFT JOIN … AS p …)
//	SELECT "k1", "v1", (SELECT COUNT("k1") <> COUNT(DISTINCT lower("k1")) OR … FROM n) FROM n) AS a
//
// It spares adding up again, which costs PostgreSQL as much as the first time. A source may put a
// WITH of its own before a statement, so that it does not begin with one. Empty if it is not known
// how to say that, or some rows are likely to be of the same group.
func (g grouping) alone(far map[*model.Table]bool, from *scope, keys []rowExpr, values []computed) string {
	d := g.c.e.d
	r, ok := d.(Repeating)
	if !ok || len(keys) != 1 || keys[0].typ != dax.String || !g.named(far) {
		return ""
	}
	n, key := d.Quote("n"), d.Quote("k1")
	held, items := []string{keys[0].sql + " AS " + key}, []string{key}
	for _, v := range values {
		var parts []string
		for _, p := range v.held {
			name := d.Quote("v" + strconv.Itoa(len(held)))
			held, parts = append(held, p+" AS "+name), append(parts, name)
		}
		items = append(items, v.whole(one, parts))
	}
	items = append(items, "(SELECT "+r.Repeats(key)+" FROM "+n+")")
	return "SELECT * FROM (WITH " + n + " AS (SELECT " + strings.Join(held, ", ") + from.sql() + ") SELECT " + strings.Join(items, ", ") + " FROM " + n + ") AS a"
}

// named reports whether each row of the far tables is likely to be a group of its own: by what is
// known, a column that rows are grouped by has another value in each.
func (g grouping) named(far map[*model.Table]bool) bool {
	for t, is := range far {
		s := g.c.e.stats.Load().Table(t.Name)
		if is && (s == nil || !slices.ContainsFunc(g.keys, func(k groupKey) bool { return k.column.t == t && distinct(s, k.column.c) > float64(s.Rows) })) {
			return false
		}
	}
	return true
}

// sql is a key in a scope.
func (k groupKey) sql(s *scope) (rowExpr, error) {
	switch {
	case k.number != "":
		return rowExpr{sql: k.number, typ: dax.Int64}, nil
	case k.x != nil:
		return s.row(k.x)
	}
	text, err := s.column(k.column)
	return rowExpr{sql: text, typ: k.column.c.Type}, err
}

// Grouping by the keys of a large table that stand for rows of small ones first, and joining only
// what comes out of that, spares a look-up for each row, and grouping by text:
//
//	SELECT p."Category", SUM(t.v1) FROM (SELECT s."Product", SUM(s."Amount") AS v1 FROM … AS s GROUP BY 1) AS t
//	LEFT JOIN … AS p ON t."Product" = p."Key" GROUP BY 1
//
// The rows are the same, each in the same group. It pays where there are far fewer keys than rows.
const (
	// leastEarly is from how many rows on it is done: more than DuckDB reads by one thread, so that
	// the order of additions is nobody's to know anyway.
	leastEarly = 200_000
	// rowsEarly is how many rows there are for each key, at least.
	rowsEarly = 16
	// mostPairs is how many combinations of several keys are worth it: those of more than fit into
	// the caches of a processor cost more than looking up.
	mostPairs = 50_000
)

// early is the tables whose rows are looked up after grouping by the keys that lead to them; nil
// if it does not pay, or cannot be done. What a refresh counted decides, which is about all rows,
// visible or not: it changes the way, and never the answer.
func (g grouping) early(values []computed) map[*model.Table]bool {
	if g.c.e.stats.Load() == nil {
		return nil
	}
	base := g.c.e.stats.Load().Table(g.base.Name)
	if base == nil || base.Rows < leastEarly || slices.ContainsFunc(values, func(v computed) bool { return v.parts == nil }) {
		return nil
	}
	own := map[column]float64{}           // of the base, by which rows are grouped anyway
	near := map[*model.Table]column{}     // the key of the base that leads to a table
	inside := map[*model.Table][]column{} // columns of tables
	far := map[*model.Table]bool{}
	for _, k := range g.keys {
		if k.column.c == nil {
			return nil
		}
		t := k.column.t
		if t == g.base {
			own[k.column] = distinct(base, k.column.c)
			continue
		}
		way := g.lookups[t]
		if len(way) == 0 {
			return nil
		}
		key, first := way[0].at(g.base)
		near[t], inside[t] = key, append(inside[t], k.column)
		_, joined := g.joined[first.t]
		far[t] = !joined
	}
	for {
		n, largest, after := 1.0, (*model.Table)(nil), 0
		first := map[column]float64{}
		for k, d := range own {
			first[k] = d
		}
		for t, is := range far {
			if !is {
				n *= g.combinations(t, inside[t])
				continue
			}
			after++
			first[near[t]] = distinct(base, near[t].c)
			if largest == nil || first[near[t]] > first[near[largest]] || first[near[t]] == first[near[largest]] && t.Name < largest.Name {
				largest = t
			}
		}
		for _, d := range first {
			n *= d
		}
		if largest == nil {
			return nil
		}
		if n*rowsEarly <= float64(base.Rows) && (after == 1 || n <= mostPairs) {
			return far
		}
		far[largest] = false
	}
}

// distinct is how many values a column has, BLANK among them.
func distinct(t *model.TableStatistics, c *model.Column) float64 {
	s := t.Column(c.Name)
	if s == nil {
		return float64(t.Rows)
	}
	return float64(s.Distinct + 1)
}

// combinations is how many combinations of columns a table has at most.
func (g grouping) combinations(t *model.Table, cols []column) float64 {
	s := g.c.e.stats.Load().Table(t.Name)
	if s == nil {
		return leastEarly
	}
	n := 1.0
	for _, c := range cols {
		n *= distinct(s, c.c)
	}
	return min(n, float64(s.Rows+1))
}

// firstByKeys groups the rows of the scope by the keys that lead to far tables, and by all other
// keys. The answer is a scope over these groups, with the keys in it; values then join their parts.
func (g grouping) firstByKeys(far map[*model.Table]bool, values []computed) (*scope, []rowExpr, error) {
	d := g.c.e.d
	var items []string
	name := g.spare()
	add := func(text string) string {
		items = append(items, text+" AS "+d.Quote(name+strconv.Itoa(len(items)+1)))
		return d.Quote(name + strconv.Itoa(len(items)))
	}
	held := map[column]bool{}
	hold := func(c column) {
		if !held[c] {
			held[c] = true
			name := d.Quote(g.c.e.sqlName(c.c))
			items = append(items, g.alias+"."+name+" AS "+name)
		}
	}
	keys := make([]rowExpr, len(g.keys))
	for i, k := range g.keys {
		switch {
		case far[k.column.t]:
			key, _ := g.lookups[k.column.t][0].at(g.base)
			hold(key)
		case k.column.t == g.base:
			if _, err := g.column(k.column); err != nil {
				return nil, nil, err
			}
			hold(k.column)
		default:
			text, err := g.column(k.column)
			if err != nil {
				return nil, nil, err
			}
			keys[i].sql = add(text)
		}
	}
	n := len(items)
	by := make([]string, n)
	for i := range by {
		by[i] = strconv.Itoa(i + 1)
	}
	o := g.c.open(g.base, false, g.except)
	for i := range values {
		var parts []string
		for _, p := range values[i].parts {
			parts = append(parts, o.alias+"."+add(p))
		}
		values[i].sql, values[i].held = values[i].whole(all, parts), parts
	}
	o.from = "(SELECT " + strings.Join(items, ", ") + g.sql() + " GROUP BY " + strings.Join(by, ", ") + ")"
	for i, k := range g.keys {
		if keys[i].typ = k.column.c.Type; keys[i].sql != "" {
			keys[i].sql = o.alias + "." + keys[i].sql
			continue
		}
		var err error
		if keys[i].sql, err = o.column(k.column); err != nil {
			return nil, nil, err
		}
	}
	return o, keys, nil
}

// spare begins names that no column of the base has.
func (g grouping) spare() string {
	name := "v"
	all := append(slices.Clone(g.base.Columns), g.c.e.veiled[g.base]...)
	for slices.ContainsFunc(all, func(c *model.Column) bool { return strings.HasPrefix(strings.ToLower(c.Name), name) }) {
		name += "_"
	}
	return name
}
