package pbir

import (
	"encoding/json"
	"errors"
	"fmt"

	"inlay/model"
	"inlay/report"
)

// container is QueryExpressionContainer of the semantic query schema: exactly one of its
// members is the expression.
type container map[string]json.RawMessage

// open finds the expression of a container: its kind and its content.
func open(raw json.RawMessage) (kind string, body json.RawMessage, err error) {
	var c container
	if err := json.Unmarshal(raw, &c); err != nil {
		return "", nil, errors.New("an expression is not an object")
	}
	for k, v := range c {
		if k == "Name" || k == "NativeReferenceName" || k == "Annotations" {
			continue
		}
		if kind != "" {
			return "", nil, fmt.Errorf("an expression is both %s and %s", min(kind, k), max(kind, k))
		}
		kind, body = k, v
	}
	if kind == "" {
		return "", nil, errors.New("an expression is empty")
	}
	return kind, body, nil
}

// property is the body of Column and Measure.
type property struct {
	Expression json.RawMessage
	Property   string
}

// sources maps the aliases of a filter's From to tables. Fields outside of filters name the
// table itself.
type sources map[string]string

// table reads a SourceRef.
func (s sources) table(raw json.RawMessage) (string, error) {
	kind, body, err := open(raw)
	if err != nil {
		return "", err
	}
	if kind != "SourceRef" {
		return "", fmt.Errorf("a field of %s is not supported", kind)
	}
	var ref struct{ Schema, Entity, Source string }
	if err := json.Unmarshal(body, &ref); err != nil {
		return "", errors.New("a SourceRef is not readable")
	}
	switch {
	case ref.Schema != "":
		return "", fmt.Errorf("a field that the report defines itself (schema %s) is not supported", ref.Schema)
	case ref.Entity != "":
		return ref.Entity, nil
	case s[ref.Source] != "":
		return s[ref.Source], nil
	}
	return "", fmt.Errorf("the source '%s' is not declared", ref.Source)
}

// field reads a reference to a field of the model.
func (s sources) field(raw json.RawMessage) (report.Projection, error) {
	var p report.Projection
	kind, body, err := open(raw)
	if err != nil {
		return p, err
	}
	switch kind {
	case "Column":
		p.Column, err = s.column(body)
	case "Measure":
		var x property
		if err := json.Unmarshal(body, &x); err != nil || x.Property == "" {
			return p, errors.New("a measure without a name")
		}
		p.Measure = x.Property
		_, err = s.table(x.Expression)
	case "Aggregation":
		return s.aggregation(body)
	case "HierarchyLevel":
		return s.level(body)
	default:
		return p, fmt.Errorf("a field of kind %s is not supported", kind)
	}
	return p, err
}

func (s sources) column(body json.RawMessage) (model.ColumnRef, error) {
	var x property
	if err := json.Unmarshal(body, &x); err != nil || x.Property == "" {
		return model.ColumnRef{}, errors.New("a column without a name")
	}
	table, err := s.table(x.Expression)
	return model.ColumnRef{Table: table, Column: x.Property}, err
}

func (s sources) aggregation(body json.RawMessage) (report.Projection, error) {
	var x struct {
		Expression json.RawMessage
		Function   *int
	}
	if err := json.Unmarshal(body, &x); err != nil || x.Function == nil {
		return report.Projection{}, errors.New("an aggregation without a function")
	}
	f := model.Aggregate(*x.Function)
	if f < model.Sum || f > model.Median {
		return report.Projection{}, fmt.Errorf("aggregation %d is not supported", *x.Function)
	}
	p, err := s.field(x.Expression)
	if err == nil && (p.Measure != "" || p.Aggregate != nil) {
		err = errors.New("an aggregation of something that is not a column is not supported")
	}
	p.Aggregate = &f
	return p, err
}

func (s sources) level(body json.RawMessage) (report.Projection, error) {
	var x struct {
		Expression json.RawMessage
		Level      string
	}
	var h struct {
		Expression json.RawMessage
		Hierarchy  string
	}
	if err := json.Unmarshal(body, &x); err != nil || x.Level == "" {
		return report.Projection{}, errors.New("a level without a name")
	}
	kind, inner, err := open(x.Expression)
	if err != nil {
		return report.Projection{}, err
	}
	if kind != "Hierarchy" {
		return report.Projection{}, fmt.Errorf("a level of %s is not supported", kind)
	}
	if err := json.Unmarshal(inner, &h); err != nil || h.Hierarchy == "" {
		return report.Projection{}, errors.New("a hierarchy without a name")
	}
	table, err := s.table(h.Expression)
	if err != nil && len(h.Expression) > 0 {
		if k, _, e := open(h.Expression); e == nil && k == "PropertyVariationSource" {
			err = errors.New("the automatic date hierarchy of a column is not supported; use a date table")
		}
	}
	return report.Projection{Column: model.ColumnRef{Table: table}, Hierarchy: h.Hierarchy, Level: x.Level}, err
}
