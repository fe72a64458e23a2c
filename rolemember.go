package inlay

import "context"

// RoleMember is a user in a security role of a dataset: whose rows a query sees that is asked as
// that user. The identities of embed tokens name roles themselves, whoever is in them.
type RoleMember struct {
	DatasetID string
	Role      string // as the dataset spells it
	User      string // user principal name; the user need not be known otherwise
}

// RoleMembers stores who is in the roles of datasets. Users are told apart without regard to
// case. A role that a dataset loses keeps its members, who are in it again if it comes back.
type RoleMembers interface {
	// AddRoleMember puts a user into a role that the dataset has. One who is in it stays.
	AddRoleMember(ctx context.Context, m RoleMember) error
	RemoveRoleMember(ctx context.Context, m RoleMember) error
	// RoleMembers lists the members of all roles of a dataset, by role and user.
	RoleMembers(ctx context.Context, datasetID string) ([]RoleMember, error)
	// RolesOf lists the roles of a dataset that a user is in, none if there are none.
	RolesOf(ctx context.Context, datasetID, user string) ([]RoleMember, error)
}
