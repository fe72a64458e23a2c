package query

import (
	"slices"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/query/eval"
)

// formatted is the format string of a measure, where the filters decide about it, as an expression
// that is BLANK where the measure is.
func (e *Engine) formatted(m *model.Measure) (dax.Expr, error) {
	if !slices.ContainsFunc(e.m.Tables, func(t *model.Table) bool { return t.Group != nil }) {
		return e.formatOf(m)
	}
	// Without one the text is empty: not BLANK, which is no value to format.
	none := &dax.Literal{Value: dax.TextOf("")}
	return unlessBlank(m, &dax.Call{Func: "COALESCE", Args: []dax.Expr{eval.FormatString(m), none}}), nil
}

// formatOf is the format string of a measure as an expression that is BLANK where the measure is, so
// that it adds no row to an answer.
func (e *Engine) formatOf(m *model.Measure) (dax.Expr, error) {
	format, err := e.parse(m.FormatBy)
	if err != nil {
		return nil, inlay.Errorf(inlay.Invalid, "the format string of measure [%s] is not valid DAX: %v", m.Name, err)
	}
	if err := eval.Check(e.m, format); err != nil {
		return nil, inlay.Errorf(inlay.KindOf(err), "the format string of measure [%s]: %v", m.Name, err)
	}
	return unlessBlank(m, format), nil
}

func unlessBlank(m *model.Measure, x dax.Expr) dax.Expr {
	blank := &dax.Call{Func: "ISBLANK", Args: []dax.Expr{&dax.Column{Name: m.Name}}}
	return &dax.Call{Func: "IF", Args: []dax.Expr{blank, &dax.Call{Func: "BLANK"}, x}}
}
