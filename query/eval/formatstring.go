package eval

import (
	"slices"

	"inlay/dax"
	"inlay/model"
)

// formatCall is a function that no expression can name: the format string of a measure.
const formatCall = "FORMAT STRING OF"

// FormatString is the format string of a measure as an expression: that of the calculation item
// that changes the measure, or else its own.
func FormatString(m *model.Measure) dax.Expr {
	return &dax.Call{Func: formatCall, Args: []dax.Expr{&dax.Column{Name: m.Name}}}
}

// formatOf is formatCall.
func formatOf(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
	ref, ok := x.Args[0].(*dax.Column)
	if !ok || e.measure(ref.Name) == nil {
		return nil, absent(x)
	}
	inner, err := e.transition(b)
	if err != nil {
		return nil, err
	}
	return e.formatString(x, e.measure(ref.Name), inner)
}

// formatString is the format string of a measure in each environment. An item without one leaves
// that of the next group, or of the measure (calculation-groups.md, "Dynamic format strings").
func (e *evaluator) formatString(x dax.Expr, m *model.Measure, b *batch) ([]dax.Value, error) {
	for _, t := range e.groups() {
		items, err := e.chosen(x, t, b)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(items, func(i *model.CalculationItem) bool { return i != nil }) {
			return e.itemFormats(x, m, t, items, b)
		}
	}
	if m.FormatBy != "" {
		return e.formatText(x, m.FormatBy, "the format string of measure ["+m.Name+"]", b)
	}
	if m.Format == "" {
		return repeat(dax.Value{}, b.n), nil
	}
	return repeat(dax.TextOf(m.Format), b.n), nil
}

// itemFormats computes the format string of each environment by its item.
func (e *evaluator) itemFormats(x dax.Expr, m *model.Measure, t *model.Table, items []*model.CalculationItem, b *batch) ([]dax.Value, error) {
	return e.byItem(m, items, b, func(item *model.CalculationItem, sub *batch) ([]dax.Value, error) {
		if item == nil || item.Format == "" {
			return e.formatString(x, m, sub)
		}
		return e.formatText(x, item.Format, "the format string of calculation item "+t.Name+"["+item.Name+"]", sub)
	})
}

// formatText computes an expression of the model that gives a format string.
func (e *evaluator) formatText(x dax.Expr, text, owner string, b *batch) ([]dax.Value, error) {
	body, err := e.s.Parse(text)
	if err != nil {
		return nil, wrong(x, "%s is not valid DAX: %v", owner, err)
	}
	if e.depth++; e.depth > mostDepth*4 {
		return nil, tooMany(x, "levels of evaluation", mostDepth*4)
	}
	defer func() { e.depth-- }()
	out, err := e.scalar(body, &batch{n: b.n, parent: b, closed: true})
	if err != nil {
		return nil, placed(x, err)
	}
	return out, nil
}

// byItem computes the environments of each item together, in the order in which items first occur:
// with the measure and the item as what is selected, where there is an item.
func (e *evaluator) byItem(m *model.Measure, items []*model.CalculationItem, b *batch, compute func(*model.CalculationItem, *batch) ([]dax.Value, error)) ([]dax.Value, error) {
	was := e.selected
	defer func() { e.selected = was }()
	parts, order := map[*model.CalculationItem][]int{}, []*model.CalculationItem{}
	for i, item := range items {
		if parts[item] == nil {
			order = append(order, item)
		}
		parts[item] = append(parts[item], i)
	}
	out := make([]dax.Value, b.n)
	for _, item := range order {
		sub := b
		if len(parts[item]) < b.n {
			sub = b.pick(parts[item])
		}
		if e.selected = was; item != nil {
			e.selected = selection{measure: m, done: append(slices.Clone(was.done), item)}
		}
		got, err := compute(item, sub)
		if err != nil {
			return nil, err
		}
		for j, i := range parts[item] {
			out[i] = got[j]
		}
	}
	return out, nil
}
