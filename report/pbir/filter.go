package pbir

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"inlay/dax"
	"inlay/model"
)

// maxFilterDepth bounds nested conditions.
const maxFilterDepth = 64

// filterConfig is the list of filters of a report, a page or a visual.
type filterConfig struct {
	Filters []struct {
		Name   string          `json:"name"`
		Type   string          `json:"type"`
		Filter json.RawMessage `json:"filter"`
	} `json:"filters"`
}

// definition is FilterDefinition of the semantic query schema.
type definition struct {
	Version int
	From    []struct {
		Name, Entity, Schema string
		Type                 int
		Expression           json.RawMessage
	}
	Where []struct {
		Target      []json.RawMessage
		Condition   json.RawMessage
		Annotations json.RawMessage
	}
}

// strict decodes what may restrict rows: a member that is not known is an error.
func strict(raw json.RawMessage, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// read turns the filters into conditions. A filter without a condition is a card of the
// filter pane that filters nothing. The reason is empty if all were understood.
func (c filterConfig) read() (filters []model.Filter, reason string) {
	for _, f := range c.Filters {
		if len(f.Filter) == 0 || string(f.Filter) == "null" {
			continue
		}
		conditions, err := conditions(f.Filter)
		if err != nil {
			kind := f.Type
			if kind == "" {
				kind = "unnamed"
			}
			return nil, fmt.Sprintf("its filter '%s' (type %s) is not supported: %v", f.Name, kind, err)
		}
		filters = append(filters, conditions...)
	}
	return filters, ""
}

// conditions reads one filter definition.
func conditions(raw json.RawMessage) ([]model.Filter, error) {
	var d definition
	if err := strict(raw, &d); err != nil {
		return nil, fmt.Errorf("it is not a filter of version 2: %w", err)
	}
	if d.Version != 0 && d.Version != 2 {
		return nil, fmt.Errorf("filters of version %d are not supported", d.Version)
	}
	from := sources{}
	for _, f := range d.From {
		if f.Type != 0 || len(f.Expression) > 0 || f.Schema != "" {
			return nil, errors.New("it filters by the result of another query")
		}
		from[f.Name] = f.Entity
	}
	var out []model.Filter
	for _, w := range d.Where {
		if len(w.Target) > 0 {
			return nil, errors.New("its condition has a target of its own")
		}
		f, err := from.condition(w.Condition, 0)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

// condition reads an expression that is true or false.
func (s sources) condition(raw json.RawMessage, depth int) (model.Filter, error) {
	if depth > maxFilterDepth {
		return model.Filter{}, fmt.Errorf("its condition is nested deeper than %d levels", maxFilterDepth)
	}
	kind, body, err := open(raw)
	if err != nil {
		return model.Filter{}, err
	}
	switch kind {
	case "In":
		return s.in(body)
	case "Comparison":
		return s.comparison(body)
	case "Between":
		return s.between(body)
	case "Contains":
		return s.match(body, model.Contains)
	case "StartsWith":
		return s.match(body, model.StartsWith)
	case "And":
		return s.combine(body, model.And, depth)
	case "Or":
		return s.combine(body, model.Or, depth)
	case "Not":
		return s.not(body, depth)
	}
	return model.Filter{}, fmt.Errorf("a condition of kind %s is not supported", kind)
}

// target reads the column that a condition is about.
func (s sources) target(raw json.RawMessage) (model.ColumnRef, error) {
	p, err := s.field(raw)
	switch {
	case err != nil:
		return model.ColumnRef{}, err
	case p.Measure != "":
		return model.ColumnRef{}, fmt.Errorf("it filters by the measure [%s]", p.Measure)
	case p.Aggregate != nil:
		return model.ColumnRef{}, fmt.Errorf("it filters by an aggregation of %s", p.Column)
	case p.Hierarchy != "":
		return model.ColumnRef{}, fmt.Errorf("it filters by level '%s' of the hierarchy '%s'", p.Level, p.Hierarchy)
	}
	return p.Column, nil
}

// constant reads a literal.
func constant(raw json.RawMessage) (dax.Value, error) {
	kind, body, err := open(raw)
	if err != nil {
		return dax.Value{}, err
	}
	if kind != "Literal" {
		return dax.Value{}, fmt.Errorf("it compares with %s, which is no constant", kind)
	}
	var l struct{ Value string }
	if err := json.Unmarshal(body, &l); err != nil {
		return dax.Value{}, errors.New("a constant is not readable")
	}
	return literal(l.Value)
}

// in reads (a, b) IN {(1, 2), …}; with several columns it becomes a disjunction.
func (s sources) in(body json.RawMessage) (model.Filter, error) {
	var x struct {
		Expressions  []json.RawMessage
		Values       [][]json.RawMessage
		EqualityKind int // 0, the default, is equality as DAX's = has it
	}
	if err := strict(body, &x); err != nil {
		return model.Filter{}, errors.New("it takes its values from another query")
	}
	if len(x.Expressions) == 0 || x.EqualityKind != 0 {
		return model.Filter{}, errors.New("its list of values is not readable")
	}
	columns := make([]model.ColumnRef, len(x.Expressions))
	for i, e := range x.Expressions {
		var err error
		if columns[i], err = s.target(e); err != nil {
			return model.Filter{}, err
		}
	}
	single := model.Filter{Column: columns[0], Op: model.In}
	tuples := model.Filter{Op: model.Or}
	for _, row := range x.Values {
		if len(row) != len(columns) {
			return model.Filter{}, errors.New("its values and its columns differ in number")
		}
		all := model.Filter{Op: model.And}
		for i, raw := range row {
			v, err := constant(raw)
			if err != nil {
				return model.Filter{}, err
			}
			all.Parts = append(all.Parts, model.Filter{Column: columns[i], Op: model.In, Values: []dax.Value{v}})
		}
		single.Values = append(single.Values, all.Parts[0].Values[0])
		tuples.Parts = append(tuples.Parts, all)
	}
	if len(columns) == 1 {
		return single, nil
	}
	if len(tuples.Parts) == 0 {
		return model.Filter{}, errors.New("its list of values is empty")
	}
	return tuples, nil
}

// comparisons are the kinds of Comparison, and the same with the sides exchanged.
var comparisons = []struct{ op, mirror model.Op }{
	{model.In, model.In}, {model.Greater, model.Less}, {model.GreaterEqual, model.LessEqual},
	{model.Less, model.Greater}, {model.LessEqual, model.GreaterEqual},
}

func (s sources) comparison(body json.RawMessage) (model.Filter, error) {
	var x struct {
		ComparisonKind int
		Left, Right    json.RawMessage
	}
	if err := strict(body, &x); err != nil || x.ComparisonKind < 0 || x.ComparisonKind >= len(comparisons) {
		return model.Filter{}, errors.New("its comparison is not readable")
	}
	op := comparisons[x.ComparisonKind].op
	if kind, _, err := open(x.Left); err == nil && kind == "Literal" {
		x.Left, x.Right, op = x.Right, x.Left, comparisons[x.ComparisonKind].mirror
	}
	return s.single(x.Left, op, x.Right)
}

func (s sources) single(column json.RawMessage, op model.Op, value json.RawMessage) (model.Filter, error) {
	c, err := s.target(column)
	if err != nil {
		return model.Filter{}, err
	}
	v, err := constant(value)
	return model.Filter{Column: c, Op: op, Values: []dax.Value{v}}, err
}

func (s sources) between(body json.RawMessage) (model.Filter, error) {
	var x struct{ Expression, LowerBound, UpperBound json.RawMessage }
	if err := strict(body, &x); err != nil {
		return model.Filter{}, errors.New("its range is not readable")
	}
	low, err := s.single(x.Expression, model.GreaterEqual, x.LowerBound)
	if err != nil {
		return model.Filter{}, err
	}
	high, err := s.single(x.Expression, model.LessEqual, x.UpperBound)
	return model.Filter{Op: model.And, Parts: []model.Filter{low, high}}, err
}

func (s sources) match(body json.RawMessage, op model.Op) (model.Filter, error) {
	var x struct{ Left, Right json.RawMessage }
	if err := strict(body, &x); err != nil {
		return model.Filter{}, errors.New("its search is not readable")
	}
	f, err := s.single(x.Left, op, x.Right)
	if err == nil && f.Values[0].Type() != dax.String {
		err = errors.New("it searches for something that is not text")
	}
	return f, err
}

func (s sources) combine(body json.RawMessage, op model.Op, depth int) (model.Filter, error) {
	var x struct{ Left, Right json.RawMessage }
	if err := strict(body, &x); err != nil {
		return model.Filter{}, errors.New("its combination is not readable")
	}
	left, err := s.condition(x.Left, depth+1)
	if err != nil {
		return model.Filter{}, err
	}
	right, err := s.condition(x.Right, depth+1)
	return model.Filter{Op: op, Parts: []model.Filter{left, right}}, err
}

// not negates; what has a negative of its own uses that, because BLANK is then a value like
// any other.
func (s sources) not(body json.RawMessage, depth int) (model.Filter, error) {
	var x struct{ Expression json.RawMessage }
	if err := strict(body, &x); err != nil {
		return model.Filter{}, errors.New("its negation is not readable")
	}
	f, err := s.condition(x.Expression, depth+1)
	if err != nil {
		return model.Filter{}, err
	}
	switch f.Op {
	case model.In:
		f.Op = model.NotIn
	case model.Contains:
		f.Op = model.NotContains
	default:
		f = model.Filter{Op: model.Not, Parts: []model.Filter{f}}
	}
	return f, nil
}
