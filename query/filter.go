package query

import (
	"fmt"
	"strings"

	"inlay"
	"inlay/dax"
	"inlay/model"
)

// conditions turns the filters of a question into filters of a context, one per column where
// that is possible, so that CALCULATE can replace each by itself.
func (e *Engine) conditions(list []model.Filter) ([]filter, error) {
	var out []filter
	for _, f := range list {
		if f.Op == model.And {
			parts, err := e.conditions(f.Parts)
			if err != nil {
				return nil, err
			}
			out = append(out, parts...)
			continue
		}
		one, err := e.asFilter(f)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

func (e *Engine) asFilter(f model.Filter) (filter, error) {
	cols, key, err := e.filterColumns(f, nil)
	if err != nil {
		return filter{}, err
	}
	if len(cols) == 0 {
		return filter{}, inlay.Errorf(inlay.Invalid, "a filter without a column")
	}
	for _, c := range cols {
		if c.t != cols[0].t {
			return filter{}, inlay.Errorf(inlay.Unsupported, "a filter that joins conditions on %s and %s is not supported yet", cols[0], c)
		}
	}
	return filter{columns: cols, key: key, cond: func(s *scope) (string, bool, error) {
		text, err := s.filter(f)
		return text, true, err
	}}, nil
}

// filterColumns resolves the columns of a filter and converts nothing yet.
func (e *Engine) filterColumns(f model.Filter, cols []column) ([]column, string, error) {
	key := fmt.Sprintf("%d(", f.Op)
	switch f.Op {
	case model.And, model.Or, model.Not:
		for _, p := range f.Parts {
			more, k, err := e.filterColumns(p, cols)
			if err != nil {
				return nil, "", err
			}
			cols, key = more, key+k+","
		}
		return cols, key + ")", nil
	}
	c, err := resolve(e.m, f.Column)
	if err != nil {
		return nil, "", err
	}
	if !contains(cols, c) {
		cols = append(cols, c)
	}
	key += c.String()
	for _, v := range f.Values {
		key += fmt.Sprintf(",%d:%d:%q", v.Type(), len(v.Key()), v.Key())
	}
	return cols, key + ")", nil
}

// filter writes a filter; every form of it is total.
func (s *scope) filter(f model.Filter) (string, error) {
	switch f.Op {
	case model.And, model.Or:
		if len(f.Parts) == 0 {
			return "", inlay.Errorf(inlay.Invalid, "a filter that combines nothing")
		}
		var parts []string
		for _, p := range f.Parts {
			text, err := s.filter(p)
			if err != nil {
				return "", err
			}
			parts = append(parts, text)
		}
		if f.Op == model.And {
			return "(" + strings.Join(parts, " AND ") + ")", nil
		}
		return "(" + strings.Join(parts, " OR ") + ")", nil
	case model.Not:
		if len(f.Parts) != 1 {
			return "", inlay.Errorf(inlay.Invalid, "NOT takes one filter")
		}
		text, err := s.filter(f.Parts[0])
		return "(NOT COALESCE(" + text + ", FALSE))", err
	}
	col, err := resolve(s.c.e.m, f.Column)
	if err != nil {
		return "", err
	}
	text, err := s.column(col)
	if err != nil {
		return "", err
	}
	values, err := fitted(col, f.Values)
	if err != nil {
		return "", err
	}
	switch f.Op {
	case model.In, model.NotIn:
		cond := s.among(text, col, values, false)
		if f.Op == model.NotIn {
			cond = "(NOT COALESCE(" + cond + ", FALSE))"
		}
		return cond, nil
	case model.Contains, model.NotContains, model.StartsWith:
		return s.like(text, col, values, f.Op)
	}
	return s.bounded(text, col, values, f.Op)
}

// among is membership in a list of values, of texts in that of any letter case unless it is exact.
// BLANK matches NULL alone.
func (s *scope) among(text string, col column, values []dax.Value, exact bool) string {
	var marks []string
	blank, folded := false, col.c.Type == dax.String && !(exact && exactText(s.c.e.d))
	for _, v := range values {
		if v.IsBlank() {
			blank = true
		} else if folded {
			marks = append(marks, "lower("+s.c.bind(v)+")")
		} else {
			marks = append(marks, s.c.bind(v))
		}
	}
	var parts []string
	if blank {
		parts = append(parts, text+" IS NULL")
	}
	if len(marks) > 0 {
		if folded {
			text = "lower(" + text + ")"
		}
		parts = append(parts, text+" IN ("+strings.Join(marks, ", ")+")")
	}
	if len(parts) == 0 {
		parts = []string{"FALSE"}
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

func (s *scope) like(text string, col column, values []dax.Value, op model.Op) (string, error) {
	if col.c.Type != dax.String || len(values) != 1 || values[0].IsBlank() {
		return "", inlay.Errorf(inlay.Invalid, "a filter on a part of text takes one text and a text column, not %s", col)
	}
	text, mark := "lower(COALESCE("+text+", ''))", "lower("+s.c.bind(values[0])+")"
	switch op {
	case model.Contains:
		return "(strpos(" + text + ", " + mark + ") > 0)", nil
	case model.NotContains:
		return "(strpos(" + text + ", " + mark + ") = 0)", nil
	}
	return "starts_with(" + text + ", " + mark + ")", nil
}

func (s *scope) bounded(text string, col column, values []dax.Value, op model.Op) (string, error) {
	sign, ok := map[model.Op]string{model.Less: "<", model.LessEqual: "<=", model.Greater: ">", model.GreaterEqual: ">="}[op]
	if !ok || len(values) != 1 {
		return "", inlay.Errorf(inlay.Invalid, "a comparison with %s takes one value", col)
	}
	if col.c.Type == dax.Boolean {
		return "", inlay.Errorf(inlay.Invalid, "column %s has no order", col)
	}
	a := rowExpr{sql: text, typ: col.c.Type, null: true}
	b := rowExpr{sql: s.c.bind(values[0]), typ: values[0].Type()}
	k := classOf(col.c.Type)
	return "(" + filled(a, k) + " " + sign + " " + filled(b, k) + ")", nil
}

// fitted converts values to the type of a column. One that does not convert is refused: a
// filter is never dropped or guessed.
func fitted(col column, values []dax.Value) ([]dax.Value, error) {
	out := make([]dax.Value, len(values))
	for i, v := range values {
		fit, err := convert(v, col.c.Type)
		if err != nil {
			return nil, inlay.Errorf(inlay.Invalid, "a value of type %s does not fit column %s of type %s", v.Type(), col, col.c.Type)
		}
		out[i] = fit
	}
	return out, nil
}

func convert(v dax.Value, t dax.Type) (dax.Value, error) {
	if v.IsBlank() || v.Type() == t {
		return v, nil
	}
	bad := inlay.Errorf(inlay.Invalid, "no conversion")
	switch {
	case t == dax.DateTime && v.Type() == dax.String:
		return v.ToTime()
	case t == dax.Double && v.Type().IsNumeric():
		return dax.FloatOf(v.Float()), nil
	case t == dax.Decimal && v.Type().IsNumeric():
		return v.ToDecimal()
	case t == dax.Int64 && v.Type().IsNumeric():
		n := int64(v.Float())
		if float64(n) != v.Float() {
			return v, bad
		}
		return dax.IntOf(n), nil
	}
	return v, bad
}
