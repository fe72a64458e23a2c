package embedtoken

import (
	"fmt"
	"slices"
	"strings"

	"inlay"
)

// Policy is what a server asks beyond the documents. The zero Policy asks nothing more.
type Policy struct {
	RequireIdentity bool // of master users, too
	StrictRoles     bool // roles exist when the token is made
}

// requireIdentity closes the wide door of masterUserAllData.
func requireIdentity(d *decision) *inlay.Error {
	if !d.world.Policy.RequireIdentity {
		return nil
	}
	for _, x := range d.request.Datasets {
		if d.as(x.ID) == nil && d.secured(x.ID) {
			return refuse(inlay.Invalid, "dataset "+x.ID+" has roles, and this server gives no token for it without an identity, to nobody",
				fmt.Sprintf(`add {"username": "…", "roles": ["…"], "datasets": [%q]} to identities`, x.ID))
		}
	}
	return nil
}

// strictRoles tells the application at once what its viewers would find out: a role that the
// model does not have shows nothing.
func strictRoles(d *decision) *inlay.Error {
	if !d.world.Policy.StrictRoles {
		return nil
	}
	for _, x := range d.request.Datasets {
		id := d.as(x.ID)
		if id == nil {
			continue
		}
		for _, role := range id.Roles {
			known := slices.ContainsFunc(d.dataset(x.ID).Roles, func(r string) bool { return strings.EqualFold(r, role) })
			if !known {
				return refuse(inlay.Invalid, fmt.Sprintf("dataset %s has no role %q", x.ID, role), "send the name of a role of the model")
			}
		}
	}
	return nil
}
