package inlay

import "context"

// GatewayRight is what a principal may do with a gateway, or with one data source of it.
type GatewayRight struct {
	GatewayID    string
	DatasourceID string // empty is the gateway itself
	PrincipalID  string
	Right        GatewayAccess
}

// GatewayAccess is a right on a gateway or data source, as the API names it.
type GatewayAccess string

// Rights on gateways and data sources.
const (
	GatewayAdmin     GatewayAccess = "Admin"                         // of a gateway
	DatasourceRead   GatewayAccess = "Read"                          // of a data source
	OverrideIdentity GatewayAccess = "ReadOverrideEffectiveIdentity" // of a data source: ask as another user
)

// Gateways stores who may do what with which gateway.
type Gateways interface {
	SetGatewayRight(ctx context.Context, r GatewayRight) error
	GatewayRightsOf(ctx context.Context, principalID string) ([]GatewayRight, error)
}
