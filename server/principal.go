package server

import (
	"context"

	"github.com/google/uuid"

	"inlay"
	"inlay/entra"
)

// NewApp registers a service principal and answers it with its client secret, which is stored
// nowhere and cannot be asked for again.
func (s *Server) NewApp(ctx context.Context, name string) (inlay.Principal, string, error) {
	secret := entra.NewSecret()
	p := inlay.Principal{ID: uuid.NewString(), Kind: inlay.ServicePrincipal, Name: name, ClientID: uuid.NewString(),
		Secret: entra.Digest(secret), CreatedAt: s.now().UTC()}
	return p, secret, s.store.CreatePrincipal(ctx, p)
}

// NewUser registers a master user and answers it with its password, which is stored nowhere.
func (s *Server) NewUser(ctx context.Context, name string) (inlay.Principal, string, error) {
	password := entra.NewSecret()
	p := inlay.Principal{ID: uuid.NewString(), Kind: inlay.MasterUser, Name: name,
		Secret: entra.Digest(password), CreatedAt: s.now().UTC()}
	return p, password, s.store.CreatePrincipal(ctx, p)
}

// Join gives a principal a right in a workspace.
func (s *Server) Join(ctx context.Context, workspaceID, principalID string, right inlay.AccessRight) error {
	return s.store.SetMembership(ctx, inlay.Membership{WorkspaceID: workspaceID, PrincipalID: principalID, Right: right})
}

// NewWorkspace makes a workspace, or finds the one of that name.
func (s *Server) NewWorkspace(ctx context.Context, name string) (inlay.Workspace, error) {
	return s.ensureWorkspace(ctx, name)
}
