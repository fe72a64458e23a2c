package daxcase

import (
	"fmt"
	"strings"

	"inlay/dax"
	"inlay/model"
)

// relate adds a relationship: from, to, and options.
func (d *Data) relate(words []string) error {
	if len(words) < 2 {
		return fmt.Errorf("relationship %q: want two columns", words)
	}
	r := model.Relationship{Name: words[0] + " to " + words[1], ToEnd: model.One}
	for i, to := range []*model.ColumnRef{&r.From, &r.To} {
		x, err := dax.Parse(words[i])
		c, ok := x.(*dax.Column)
		if err != nil || !ok || c.Table == "" {
			return fmt.Errorf("relationship %q: %q is no column with its table", words, words[i])
		}
		*to = model.ColumnRef{Table: c.Table, Column: c.Name}
	}
	for _, option := range words[2:] {
		switch option {
		case "inactive":
			r.Inactive = true
		case "bothDirections", "both":
			r.Both = true
		case "securityBothDirections", "securityBoth":
			r.Both, r.SecurityBoth = true, true
		case "manyToMany":
			r.ToEnd = model.Many
		case "oneToOne":
			r.FromEnd, r.Both = model.One, true
		case "oneToMany":
			r.From, r.To = r.To, r.From
		case "manyToOne", "singleDirection":
		default:
			return fmt.Errorf("relationship %q: the option %q is not known", words, option)
		}
	}
	d.Model.Relationships = append(d.Model.Relationships, r)
	return nil
}

// measure adds a measure to the table that its expression speaks of first.
func (d *Data) measure(name string, all map[string]string) {
	home := d.Model.Table(homeOf(name, all, map[string]bool{}))
	if home == nil && len(d.Model.Tables) > 0 {
		home = d.Model.Tables[0]
	}
	if home != nil {
		home.Measures = append(home.Measures, &model.Measure{Name: name, Expression: all[name]})
	}
}

// homeOf is the first table in an expression, or in the measures that it is made of.
func homeOf(name string, all map[string]string, seen map[string]bool) string {
	x, err := dax.Parse(all[name])
	if err != nil || seen[name] {
		return ""
	}
	seen[name] = true
	table := ""
	dax.Walk(x, func(x dax.Expr) bool {
		switch x := x.(type) {
		case *dax.Column:
			if table == "" {
				table = x.Table
			}
			if table == "" {
				table = homeOf(x.Name, all, seen)
			}
		case *dax.Table:
			if table == "" {
				table = x.Name
			}
		}
		return table == ""
	})
	return table
}

// literalTable is a table as an expression of Power Query.
func literalTable(t *model.Table, rows [][]dax.Value) string {
	var b strings.Builder
	b.WriteString("#table({")
	n := 0
	for _, c := range t.Columns {
		if c.Expression != "" {
			continue
		}
		if n++; n > 1 {
			b.WriteString(", ")
		}
		b.WriteString(quoteM(c.Source))
	}
	b.WriteString("}, {")
	for i, row := range rows {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("{")
		for j, v := range row {
			if j > 0 {
				b.WriteString(", ")
			}
			b.WriteString(literalM(v))
		}
		b.WriteString("}")
	}
	return b.String() + "})"
}

// quoteM is a text of Power Query; # and line breaks are escaped.
func quoteM(s string) string {
	s = strings.NewReplacer(`"`, `""`, "#(", "#(#)(", "\n", "#(lf)", "\r", "#(cr)").Replace(s)
	return `"` + s + `"`
}

func literalM(v dax.Value) string {
	switch v.Type() {
	case dax.Boolean:
		return strings.ToLower(v.ToText())
	case dax.DateTime:
		return v.Time().Format("#datetime(2006, 1, 2, 15, 4, 5)")
	case dax.String:
		return quoteM(v.Text())
	}
	if s, ok := v.ToDecimalText(); ok {
		return s
	}
	return "null"
}
