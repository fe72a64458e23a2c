package inlay

import "context"

// RoleMember is a user in a security role of a dataset: whose rows a query sees that is asked as
// that user. The identities of embed tokens name roles themselves, whoever is in them.
type RoleMember struct {
	DatasetID string
	Role      string // as the dataset spells it
	User      string // user principal name; the user need not be known otherwise
	Origin    RoleOrigin
}

// RoleOrigin says who put a user into a role: its definition, an operator, or both. The user is
// in it as long as one of them says so.
type RoleOrigin uint8

// The origins, as bits.
const (
	ByOperator   RoleOrigin = 1 << iota // inlay roles add
	ByDefinition                        // the definition of the dataset names the user

	// UnknownOrigin is that of members of catalogs that did not keep it yet.
	UnknownOrigin RoleOrigin = 0
)

// Has reports whether an origin is one of those who put a user into a role.
func (o RoleOrigin) Has(x RoleOrigin) bool { return o&x != 0 }

// RoleMembers stores who is in the roles of datasets. Users are told apart without regard to
// case. A role that a dataset loses keeps its members, who are in it again if it comes back.
type RoleMembers interface {
	// AddRoleMember puts a user into a role that the dataset has, by the operator if no origin is
	// said. One who is in it stays, by this origin, too.
	AddRoleMember(ctx context.Context, m RoleMember) error
	// RemoveRoleMember takes a user out of a role, whoever put them there. If an origin is said, it
	// takes that back alone: the user stays in the role if there is another.
	RemoveRoleMember(ctx context.Context, m RoleMember) error
	// RoleMembers lists the members of all roles of a dataset, by role and user.
	RoleMembers(ctx context.Context, datasetID string) ([]RoleMember, error)
	// RolesOf lists the roles of a dataset that a user is in, none if there are none.
	RolesOf(ctx context.Context, datasetID, user string) ([]RoleMember, error)
}
