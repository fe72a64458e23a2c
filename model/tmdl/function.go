package tmdl

import (
	"fmt"
	"strings"

	"inlay/model"
)

// function maps a function that the model defines. What its text means is found where it is called.
func (m *mapper) function(n *Node) {
	f := model.Function{Name: n.Name, Description: n.Doc, Expression: n.Expr, Place: place(n), Text: n.Text}
	owner := fmt.Sprintf("function '%s'", n.Name)
	m.children(n, owner, map[string]meaning{
		"expression": formula(&f.Expression, &f.Text), "ishidden": m.flag(&f.Hidden),
		"state": ignored, "errormessage": ignored, "modifiedtime": ignored, "structuremodifiedtime": ignored,
	})
	switch before := m.model.Function(f.Name); {
	case f.Name == "" || strings.TrimSpace(f.Expression) == "":
		m.fail(n, "a function needs a name and a text: function Name = (…) => …")
		return
	case before != nil:
		m.fail(n, "%s is defined twice; the first is on line %d", owner, before.Place.Line)
		return
	}
	m.model.Functions = append(m.model.Functions, f)
}
