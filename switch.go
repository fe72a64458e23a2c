package inlay

import "context"

// Switches are the settings of the tenant that decide about tokens.
type Switches struct {
	ServicePrincipals bool // service principals can use the API
	Profiles          bool // service principals can use profiles
	XMLA              bool // XMLA endpoints can be used
}

// DefaultSwitches are those of a new tenant.
func DefaultSwitches() Switches {
	return Switches{ServicePrincipals: true, Profiles: true, XMLA: true}
}

// Tenants stores the settings of the tenant; a new one has DefaultSwitches.
type Tenants interface {
	SetSwitches(ctx context.Context, s Switches) error
	Switches(ctx context.Context) (Switches, error)
}
