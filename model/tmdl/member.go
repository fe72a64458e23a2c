package tmdl

import (
	"fmt"
	"strings"

	"inlay/model"
)

// member maps who is in a role. A user of the directory may be known where the model is published.
// Everybody else is named and left out: who is in a group, or comes from elsewhere, is not known.
// What is not understood of a member leaves the member out, too.
func (m *mapper) member(r *model.Role, n *Node) {
	x := model.RoleMember{Name: n.Name, Place: place(n)}
	kind, provider, windows := strings.TrimSpace(n.Expr), "", !n.HasExpr && n.Child("memberName") != nil
	unclear := ""
	for _, c := range n.Children {
		v := c.Value
		if c.HasExpr {
			v = c.Expr
		}
		switch w := strings.ToLower(c.Word); {
		case w == "membername": // of TMSL, where a member of Windows has no provider
			x.Name = v
		case w == "memberid":
			x.ID = v
		case w == "membertype":
			kind = v
		case w == "identityprovider":
			provider, windows = v, false
		case w == "modifiedtime", everywhere[w]:
		default:
			unclear = c.Word
		}
	}
	why := ""
	switch k := strings.ToLower(kind); {
	case x.Name == "":
		why = "has no name"
	case unclear != "":
		why = fmt.Sprintf("has the property '%s', which is not understood", unclear)
	case k == "activedirectory" || windows:
		why = "is one of a Windows domain"
	case provider != "" && !strings.EqualFold(provider, "AzureAD"):
		why = fmt.Sprintf("is one of the identity provider '%s'", provider)
	case k == "group":
		why = "is a group"
	case k != "" && k != "user" && k != "auto":
		why = fmt.Sprintf("is of the kind '%s', which is not understood", kind)
	}
	if why != "" {
		m.remark(n, "role '%s', member '%s' %s, and is left out", r.Name, x.Name, why)
		return
	}
	r.Members = append(r.Members, x)
}
