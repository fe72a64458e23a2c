package model

import (
	"fmt"
	"strings"

	"inlay/dax"
)

// FieldChoices reads the rows of a field parameter, as Power BI Desktop writes them:
// {("Region", NAMEOF('Store'[Region]), 0), …}. A field that is a measure and one that is a
// column are written alike; only a model knows which it is (Model.Resolve).
func FieldChoices(src string) ([]FieldChoice, error) {
	x, err := dax.Parse(src)
	if err != nil {
		return nil, err
	}
	list, ok := x.(*dax.TableOf)
	if !ok {
		return nil, fmt.Errorf("its rows are computed; a list {(\"name\", NAMEOF(field), order), …} is expected")
	}
	var out []FieldChoice
	for i, row := range list.Rows {
		c, err := fieldChoice(row)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", i+1, err)
		}
		out = append(out, c)
	}
	return out, nil
}

func fieldChoice(row dax.Expr) (FieldChoice, error) {
	var c FieldChoice
	t, ok := row.(*dax.Tuple)
	if !ok || len(t.Items) < 2 {
		return c, fmt.Errorf("a name and a field in parentheses are expected")
	}
	name, ok := t.Items[0].(*dax.Literal)
	if !ok || name.Value.Type() != dax.String {
		return c, fmt.Errorf("its name is not a text")
	}
	c.Name = name.Value.Text()
	call, ok := t.Items[1].(*dax.Call)
	if !ok || !strings.EqualFold(call.Func, "NAMEOF") || len(call.Args) != 1 {
		return c, fmt.Errorf("its field is not NAMEOF of a column or a measure")
	}
	field, ok := call.Args[0].(*dax.Column)
	if !ok || field.Level != "" {
		return c, fmt.Errorf("NAMEOF is not of a column or a measure")
	}
	c.Table, c.Column = field.Table, field.Name
	for i, x := range t.Items[2:] {
		l, ok := x.(*dax.Literal)
		if !ok {
			return c, fmt.Errorf("value %d is not a constant", i+3)
		}
		if i == 0 {
			c.Order = l.Value
			continue
		}
		c.More = append(c.More, l.Value)
	}
	return c, nil
}

// Resolve says what a field choice names in this model: a column with its table, or a measure.
// It reports false for a field that does not exist.
func (m *Model) Resolve(c *FieldChoice) bool {
	field := c.Column + c.Measure
	if t := m.Table(c.Table); t != nil {
		if col := t.Column(field); col != nil {
			c.Table, c.Column, c.Measure = t.Name, col.Name, ""
			return true
		}
	}
	if x, t := m.Measure(field); x != nil && (c.Table == "" || strings.EqualFold(c.Table, t.Name)) {
		c.Table, c.Column, c.Measure = t.Name, "", x.Name
		return true
	}
	return false
}
