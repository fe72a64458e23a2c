package visual

import (
	"slices"

	"inlay/dax"
	"inlay/model"
	"inlay/report"
)

// sort orders the question as the definition says, else as the family does by default. What
// is left undecided is decided by the groups, so that an answer has one order.
func (b *builder) sort() error {
	q := &b.plan.Query
	for _, s := range b.visual.Sort {
		o, skip, err := b.order(s)
		if err != nil {
			return err
		}
		if !skip {
			q.Order = append(q.Order, o)
		}
	}
	if len(q.Order) == 0 && b.family.order != nil {
		q.Order = b.family.order(b)
	}
	for _, g := range q.Groups {
		if !slices.ContainsFunc(q.Order, func(o model.Order) bool { return o.Group == g }) {
			q.Order = append(q.Order, model.Order{Group: g})
		}
	}
	return nil
}

// order is one term of the definition's order. A field of a drill path that is not shown is
// skipped.
func (b *builder) order(s report.Sort) (o model.Order, skip bool, err error) {
	q := &b.plan.Query
	if s.Field.Measure != "" || s.Field.Aggregate != nil {
		v, err := valueOf(b.model, s.Field)
		if err != nil {
			return o, false, b.refuse("its order: %v", err)
		}
		at := b.valueIndex(v)
		if at < 0 {
			return o, false, b.refuse("it is ordered by '%s', which it does not show", fieldName(s.Field))
		}
		return model.Order{By: q.Values[at].Name, Descending: s.Descending}, false, nil
	}
	ref, err := column(b.model, s.Field)
	if err != nil {
		return o, false, b.refuse("its order: %v", err)
	}
	for _, g := range q.Groups {
		c := b.model.Table(g.Table).Column(g.Column)
		sorter := b.model.Table(g.Table).Column(c.SortBy)
		if g == ref || g.Table == ref.Table && sorter != nil && sorter.Name == ref.Column {
			return model.Order{Group: g, Descending: s.Descending}, false, nil
		}
	}
	for _, fields := range b.visual.Roles {
		for _, p := range fields {
			if r, err := column(b.model, p); err == nil && p.Inactive && r == ref {
				return o, true, nil
			}
		}
	}
	return o, false, b.refuse("it is ordered by %s, which it does not show", ref)
}

func fieldName(p report.Projection) string {
	if p.Measure != "" {
		return p.Measure
	}
	return p.Column.String()
}

// byGroups orders by the groups, ascending; sort leaves it to its last step.
func byGroups(*builder) []model.Order { return nil }

// byValue orders category axes by the first value, descending, and axes that have an order of
// their own (dates, numbers, columns with a sort-by column) by that order, as Power BI does.
// With a series, rows are ordered by the value of one category and series, not by the sum of
// the category.
func byValue(b *builder) []model.Order {
	q := &b.plan.Query
	if len(q.Values) == 0 || len(q.Groups) == 0 {
		return nil
	}
	first := q.Groups[0]
	c := b.model.Table(first.Table).Column(first.Column)
	switch {
	case c.SortBy != "":
		return nil
	case c.Type == dax.DateTime || c.Type == dax.Int64 || c.Type == dax.Double || c.Type == dax.Decimal:
		return nil
	}
	for _, col := range b.plan.Columns {
		if col.Role == "Y" {
			return []model.Order{{By: q.Values[col.From-len(q.Groups)].Name, Descending: true}}
		}
	}
	return nil
}
