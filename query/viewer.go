package query

import (
	"strings"

	"inlay"
	"inlay/model"
)

// Viewer is for whom a question is answered. The zero Viewer sees nothing of a model that has
// roles.
type Viewer struct {
	Unrestricted bool // sees every row; only a rule of embedtoken, or of executeQueries, sets it
	Username     string
	Roles        []string
	CustomData   string
	ObjectID     string // of the signed-in user, as USEROBJECTID gives it; empty if there is none
	Culture      string // of the session, such as de-DE; empty means the model's
}

// Rule ids of refusals at use; docs/rules.md lists them.
const (
	RuleNoRole      = "use-role-required"
	RuleUnknownRole = "use-role-unknown"
	RuleRoleBroken  = "use-role-filter-unsupported"
	RuleUsername    = "use-username-required"
	RuleTwoRoles    = "use-roles-beside-bidirectional-security"
	RuleRowsObjects = "use-roles-rows-and-objects"
)

func denied(rule, remedy, format string, args ...any) error {
	err := inlay.Errorf(inlay.Forbidden, format, args...)
	err.Rule, err.Remedy = rule, remedy
	return err
}

// roles resolves the viewer's roles. Nil roles without an error mean that every row is visible:
// the model has no roles, or the viewer is unrestricted.
func (e *Engine) roles(v Viewer) ([]*model.Role, error) {
	if v.Unrestricted || len(e.m.Roles) == 0 {
		return nil, nil
	}
	if len(v.Roles) == 0 {
		return nil, denied(RuleNoRole, "ask for a token whose identity names at least one role of the model",
			"the model %q has security roles and the identity has none, so no rows are visible", e.m.Name)
	}
	var roles []*model.Role
	seen := map[*model.Role]bool{}
	for _, name := range v.Roles {
		r := e.m.Role(strings.TrimSpace(name))
		if r == nil {
			return nil, denied(RuleUnknownRole, "name roles as the model does",
				"the model %q has no role %q, so no rows are visible", e.m.Name, name)
		}
		if !seen[r] {
			seen[r] = true
			roles = append(roles, r)
		}
	}
	// Two roles beside a bidirectional security filter are an error in Power BI.
	if rel := BothWays(e.m); len(roles) > 1 && rel != nil {
		return nil, denied(RuleTwoRoles, "ask for one role",
			"several roles cannot be combined because the relationship from %s to %s filters security in both directions", rel.From, rel.To)
	}
	return roles, nil
}
