package query

import (
	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/query/eval"
)

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
	blank := &dax.Call{Func: "ISBLANK", Args: []dax.Expr{&dax.Column{Name: m.Name}}}
	return &dax.Call{Func: "IF", Args: []dax.Expr{blank, &dax.Call{Func: "BLANK"}, format}}, nil
}
