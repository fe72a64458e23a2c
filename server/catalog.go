package server

import (
	"context"

	"github.com/google/uuid"

	"inlay"
	"inlay/entra"
)

// Catalog is what programs that fill a server's catalog need of it.
type Catalog interface {
	inlay.Workspaces
	inlay.Datasets
	inlay.Reports
	inlay.Principals
	inlay.Memberships
	inlay.Capacities
	inlay.Dashboards
	inlay.Gateways
	inlay.RoleMembers
	inlay.Tenants
}

// Catalog is the catalog of the data folder.
func (s *Server) Catalog() Catalog { return s.store }

// Named is the id of a thing that is known by a name alone: the same whenever it is asked for,
// and another in each tenant.
func (s *Server) Named(kind, name string) string {
	space, err := uuid.Parse(s.tenant)
	if err != nil {
		space = uuid.NameSpaceOID // a tenant file that somebody wrote by hand
	}
	return uuid.NewSHA1(space, []byte(kind+"\x00"+name)).String()
}

// Register registers a principal of which id, kind and name are set, unless the id is there. It
// answers with the secret of a new one, which is stored nowhere.
func (s *Server) Register(ctx context.Context, p inlay.Principal) (secret string, err error) {
	if _, err := s.store.Principal(ctx, p.ID); err == nil || inlay.KindOf(err) != inlay.NotFound {
		return "", err
	}
	p.CreatedAt = s.now().UTC()
	if p.Kind != inlay.ServiceProfile {
		secret = entra.NewSecret()
		p.Secret = entra.Digest(secret)
	}
	return secret, s.store.CreatePrincipal(ctx, p)
}
