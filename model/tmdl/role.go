package tmdl

import (
	"fmt"
	"strings"

	"inlay/model"
)

// role maps a security role. Everything in a role can be a restriction: what is not
// understood is an error, never a notice.
func (m *mapper) role(n *Node) {
	owner := fmt.Sprintf("role '%s'", n.Name)
	switch {
	case n.Name == "":
		m.fail(n, "a role needs a name")
		return
	case m.model.Role(n.Name) != nil:
		m.fail(n, "%s is defined twice; the first is in %s", owner, m.model.Role(n.Name).Place.File)
		return
	}
	r := model.Role{Name: n.Name, Description: n.Doc, Place: place(n)}
	reads := false
	m.strict(n, owner, map[string]meaning{
		"modelpermission": func(c *Node) bool {
			reads = strings.EqualFold(c.Value, "read") || strings.EqualFold(c.Value, "readRefresh")
			if !reads {
				m.fail(c, "%s: model permission '%s' is not supported; a role that viewers use has 'read'", owner, c.Value)
			}
			reads = true // it is said, rightly or not
			return true
		},
		"tablepermission": func(c *Node) bool { m.permission(&r, c); return true },
		"member":          func(c *Node) bool { m.member(&r, c); return true }, // an embed token names roles itself
	})
	if !reads {
		// Tabular Object Model, ModelPermission: the default is none.
		m.fail(n, "%s does not say 'modelPermission: read'; without it the role may read nothing", owner)
	}
	m.model.Roles = append(m.model.Roles, r)
}

// permission maps what a role lets see of one table.
func (m *mapper) permission(r *model.Role, n *Node) {
	owner := fmt.Sprintf("role '%s', table permission '%s'", r.Name, n.Name)
	for _, p := range r.Permissions {
		if strings.EqualFold(p.Table, n.Name) {
			m.fail(n, "%s is given twice; the first is on line %d", owner, p.Place.Line)
			return
		}
	}
	p := model.Permission{Table: n.Name, Filter: n.Expr, Place: place(n), Text: n.Text}
	if n.HasExpr && n.Expr == "" {
		m.fail(n, "%s has an equals sign and no filter", owner)
	}
	m.strict(n, owner, map[string]meaning{
		"filterexpression":   text(&p.Filter),
		"metadatapermission": m.metadata(&p.Metadata, owner),
		"columnpermission": func(c *Node) bool {
			p.Columns = append(p.Columns, m.columnPermission(c, owner))
			return true
		},
	})
	m.at[permissionOf{r.Name, n.Name}] = n
	r.Permissions = append(r.Permissions, p)
}

// permissionOf is the key under which the place of a permission is kept.
type permissionOf struct{ role, table string }

func (m *mapper) columnPermission(n *Node, owner string) model.ColumnPermission {
	owner += fmt.Sprintf(", column '%s'", n.Name)
	c := model.ColumnPermission{Column: n.Name}
	read := m.metadata(&c.Metadata, owner)
	if n.HasExpr {
		read(&Node{doc: n.doc, Line: n.Line, Column: n.Column, Word: "metadataPermission", Value: n.Expr})
	}
	m.strict(n, owner, map[string]meaning{"metadatapermission": read})
	if c.Metadata == "" {
		m.fail(n, "%s does not say none or read", owner)
	}
	return c
}

func (m *mapper) metadata(to *string, owner string) meaning {
	return func(n *Node) bool {
		switch v := strings.ToLower(n.Value); v {
		case "none", "read":
			*to = v
		case "default":
		default:
			m.fail(n, "%s: metadata permission is none or read, not '%s'", owner, n.Value)
		}
		return true
	}
}

// strict is children with errors in place of notices.
func (m *mapper) strict(n *Node, owner string, words map[string]meaning) {
	before := m.strictly
	m.strictly = true
	m.children(n, owner, words)
	m.strictly = before
}
