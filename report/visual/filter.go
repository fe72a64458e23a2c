package visual

import (
	"slices"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/report"
)

// maxChosen bounds the values that may be chosen in one slicer.
const maxChosen = 10_000

// filters are all conditions on a visual: of the report, the page, the visual itself, and of
// the other visuals of the page in which something is chosen.
func filters(m *model.Model, d *report.Definition, p *report.Page, v *report.Visual, s State) ([]model.Filter, error) {
	out := slices.Concat(d.Filters, p.Filters, v.Filters)
	choices, err := choices(p, s)
	if err != nil {
		return nil, err
	}
	for _, other := range p.Visuals {
		if other == v || other.Name == v.Name || apart(p, other, v) {
			continue
		}
		chosen, ok := choices[other.Name]
		switch {
		case ok && len(chosen.Values) > 0:
			f, err := chosen.filter(m, other)
			if err != nil {
				return nil, err
			}
			out = append(out, f)
		case ok: // everything was chosen
		case other.ChosenUnsupported != "":
			return nil, inlay.Errorf(inlay.Unsupported, "%s", other.ChosenUnsupported)
		default:
			out = append(out, other.Chosen...)
		}
	}
	for _, f := range out {
		if err := known(m, f); err != nil {
			return nil, inlay.Errorf(inlay.Unsupported, "a filter on visual '%s' cannot be applied: %v", v.Name, err)
		}
	}
	return out, nil
}

// apart reports whether the page says that a choice in one visual does not filter another.
func apart(p *report.Page, source, target *report.Visual) bool {
	return slices.ContainsFunc(p.Interactions, func(i report.Interaction) bool {
		return i.Source == source.Name && i.Target == target.Name && i.Kind == "NoFilter"
	})
}

// choices are the choices of a state by slicer; each must be of a slicer of the page.
func choices(p *report.Page, s State) (map[string]Choice, error) {
	out := map[string]Choice{}
	for _, c := range s.Slicers {
		at := slices.IndexFunc(p.Visuals, func(v *report.Visual) bool { return v.Name == c.Visual })
		if at < 0 || !slices.Contains(slicer.types, p.Visuals[at].Type) {
			return nil, inlay.Errorf(inlay.Invalid, "page '%s' has no slicer '%s'", p.DisplayName, c.Visual)
		}
		if _, twice := out[c.Visual]; twice {
			return nil, inlay.Errorf(inlay.Invalid, "slicer '%s' is given twice", c.Visual)
		}
		out[c.Visual] = c
	}
	return out, nil
}

// filter is the condition of a choice. The column is that of the slicer's definition.
func (c Choice) filter(m *model.Model, v *report.Visual) (model.Filter, error) {
	if v.Unsupported != "" {
		return model.Filter{}, inlay.Errorf(inlay.Unsupported, "%s", v.Unsupported)
	}
	b := &builder{model: m, visual: v, family: &slicer}
	if err := b.fill(); err != nil {
		return model.Filter{}, err
	}
	if single, _ := v.Options["singleSelect"].(bool); single && len(c.Values) > 1 {
		return model.Filter{}, inlay.Errorf(inlay.Invalid, "slicer '%s' takes one value, not %d", v.Name, len(c.Values))
	}
	if len(c.Values) > maxChosen {
		return model.Filter{}, inlay.Errorf(inlay.Limit, "slicer '%s' takes at most %d values", v.Name, maxChosen)
	}
	ref := b.plan.Query.Groups[0]
	typ := m.Table(ref.Table).Column(ref.Column).Type
	f := model.Filter{Column: ref, Op: model.In}
	for _, x := range c.Values {
		conv, ok := convert(x, typ)
		if !ok {
			return model.Filter{}, inlay.Errorf(inlay.Invalid, "a value of slicer '%s' is not of the type of its column %s", v.Name, ref)
		}
		f.Values = append(f.Values, conv)
	}
	return f, nil
}

// known makes sure that the columns of a filter exist.
func known(m *model.Model, f model.Filter) error {
	for _, part := range f.Parts {
		if err := known(m, part); err != nil {
			return err
		}
	}
	if f.Op == model.And || f.Op == model.Or || f.Op == model.Not {
		return nil
	}
	_, err := column(m, report.Projection{Column: f.Column})
	return err
}

// convert gives a value that came as JSON the type of its column. Nothing is rounded.
func convert(v dax.Value, to dax.Type) (dax.Value, bool) {
	switch {
	case v.IsBlank() || v.Type() == to || to == dax.Variant:
		return v, true
	case to == dax.DateTime && v.Type() == dax.String:
		return moment(v.Text())
	}
	numeric := v.Type() == dax.Int64 || v.Type() == dax.Double || v.Type() == dax.Decimal
	if !numeric {
		return dax.Value{}, false
	}
	f := v.Float()
	switch to {
	case dax.Double:
		return dax.FloatOf(f), true
	case dax.Int64:
		n := int64(f)
		return dax.IntOf(n), float64(n) == f && f > -1<<53 && f < 1<<53
	case dax.Decimal:
		return decimal(v)
	}
	return dax.Value{}, false
}
