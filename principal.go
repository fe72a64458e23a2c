package inlay

import (
	"context"
	"time"
)

// PrincipalKind tells users from applications.
type PrincipalKind string

// Kinds of principal.
const (
	ServicePrincipal PrincipalKind = "App"     // signs in with a client secret
	MasterUser       PrincipalKind = "User"    // signs in with a password
	ServiceProfile   PrincipalKind = "Profile" // of a service principal, which signs in for it
)

// Principal is who calls the API: a service principal or a master user.
type Principal struct {
	ID        string // object id in the directory, GUID, lower case
	Kind      PrincipalKind
	Name      string   // display name; for a user the user principal name
	ClientID  string   // application id, of a service principal
	Secret    []byte   // digest of the client secret or password; see entra.Digest
	ParentID  string   // the service principal of a profile
	Scopes    []string // delegated scopes that a user's sign-in gives; none means all
	CreatedAt time.Time
}

// Principals stores principals. Client ids and user names are unique without regard to case.
type Principals interface {
	CreatePrincipal(ctx context.Context, p Principal) error
	Principal(ctx context.Context, id string) (Principal, error)
	PrincipalByClientID(ctx context.Context, clientID string) (Principal, error)
	PrincipalByName(ctx context.Context, name string) (Principal, error)
}

// AccessRight is a principal's role in a workspace, as the API names it.
type AccessRight string

// Access rights, from least to most.
const (
	Viewer      AccessRight = "Viewer"
	Contributor AccessRight = "Contributor"
	Member      AccessRight = "Member"
	Admin       AccessRight = "Admin"
)

// AtLeast reports whether a right includes another. An unknown right includes nothing.
func (r AccessRight) AtLeast(other AccessRight) bool {
	return r.rank() > 0 && other.rank() > 0 && r.rank() >= other.rank()
}

func (r AccessRight) rank() int {
	switch r {
	case Viewer:
		return 1
	case Contributor:
		return 2
	case Member:
		return 3
	case Admin:
		return 4
	}
	return 0
}

// Membership is a principal's right in one workspace.
type Membership struct {
	WorkspaceID string
	PrincipalID string
	Right       AccessRight
}

// Memberships stores who may do what in which workspace.
type Memberships interface {
	SetMembership(ctx context.Context, m Membership) error
	Membership(ctx context.Context, workspaceID, principalID string) (Membership, error)
	MembershipsOf(ctx context.Context, principalID string) ([]Membership, error)
}

// Caller is who presented an access token: a principal, and until when.
type Caller struct {
	PrincipalID string
	TenantID    string
	Kind        PrincipalKind
	Name        string    // display name, or the user principal name of a user
	ParentID    string    // the service principal, when the caller is a profile of it
	ExpiresAt   time.Time // of the access token
	Scopes      []string  // delegated scopes that a user's access token names; none means that it says nothing
}
