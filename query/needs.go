package query

import (
	"strings"

	"inlay/dax"
	"inlay/model"
)

// Need says what a role of a model asks of an identity.
type Need struct {
	Role       string
	Username   bool // a filter reads USERNAME or USERPRINCIPALNAME
	CustomData bool // a filter reads CUSTOMDATA
}

// Needs says of each role of a model what it asks of an identity. A filter that is not valid
// DAX asks nothing here; Unsupported names it.
func Needs(m *model.Model) []Need {
	needs := make([]Need, len(m.Roles))
	for i, r := range m.Roles {
		needs[i].Role = r.Name
		for _, p := range r.Permissions {
			x, err := dax.Parse(p.Filter)
			if strings.TrimSpace(p.Filter) == "" || err != nil {
				continue
			}
			needs[i].Username = needs[i].Username || usesName(m, x)
			needs[i].CustomData = needs[i].CustomData || m.Calls(x, "CUSTOMDATA")
		}
	}
	return needs
}

// BothWays is the relationship that filters security in both directions, beside which two
// roles cannot be combined; nil if there is none.
func BothWays(m *model.Model) *model.Relationship {
	for i, rel := range m.Relationships {
		if rel.SecurityBoth && !rel.Inactive {
			return &m.Relationships[i]
		}
	}
	return nil
}
