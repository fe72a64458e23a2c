package embedtoken

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"inlay"
)

// Limits of an identity, REST reference, "EffectiveIdentity". The one for custom data is
// ours: the documents have none, and a token must stay small enough for a header.
const (
	maxUsername   = 256
	maxRoles      = 50
	maxRole       = 50
	maxCustomData = 4096
	maxBlob       = 16 << 10
	maxAudit      = 256
)

// fold reports whether s is one of the words, without regard to case.
func fold(s string, words ...string) bool {
	for _, w := range words {
		if strings.EqualFold(s, w) {
			return true
		}
	}
	return false
}

// identityBlob asks for the form of a blob alone: it is opaque here.
func identityBlob(d *decision) *inlay.Error {
	for i, id := range d.request.Identities {
		if id.Blob == nil {
			continue
		}
		if problem := badBlob(*id.Blob); problem != "" {
			return refuse(inlay.Invalid, fmt.Sprintf("identities[%d].identityBlob.value %s", i, problem), "send an access token for the data source, or leave identityBlob out")
		}
	}
	return nil
}

// badBlob says what is wrong with a blob.
func badBlob(blob string) string {
	switch {
	case strings.TrimSpace(blob) == "":
		return "is missing or blank"
	case len(blob) > maxBlob:
		return fmt.Sprintf("is longer than %d characters", maxBlob)
	}
	return ""
}

// identityReports asks that the reports of an identity are paginated and of this request.
func identityReports(d *decision) *inlay.Error {
	for i, id := range d.request.Identities {
		for _, r := range id.Reports {
			if d.reports.of(r) == nil {
				return refuse(inlay.Invalid, fmt.Sprintf("identities[%d] applies to report %q, which the request does not ask for", i, r), "add it to reports, or remove it from the identity")
			}
			if d.report(r).Kind != inlay.PaginatedReport {
				return refuse(inlay.Invalid, fmt.Sprintf("identities[%d].reports is only for paginated reports, and report %s is none", i, r), "name the datasets of the identity instead")
			}
		}
	}
	return nil
}

// identityUsername asks for 1 to 256 printable ASCII characters, not all of them spaces. The
// reference says that a name should have no spaces and shows one that has: they pass.
func identityUsername(d *decision) *inlay.Error {
	for i, id := range d.request.Identities {
		if id.Username == "" && id.Blob != nil && len(id.Roles) == 0 && id.CustomData == "" && len(id.Reports) == 0 {
			continue // as in the reference's own examples of a blob
		}
		if strings.TrimSpace(id.Username) == "" {
			return refuse(inlay.Invalid, fmt.Sprintf("identities[%d].username is missing or blank", i),
				"send the name of the viewer that the model's roles ask for")
		}
		if len(id.Username) > maxUsername {
			return refuse(inlay.Invalid, fmt.Sprintf("identities[%d].username is longer than %d characters", i, maxUsername), "send a shorter name")
		}
		for _, c := range []byte(id.Username) {
			if c < 0x20 || c > 0x7e {
				return refuse(inlay.Invalid, fmt.Sprintf("identities[%d].username has a character that is not printable ASCII", i),
					"send such text in customData")
			}
		}
	}
	return nil
}

// identityRoles checks the form of role names only. Whether the model has such a role is not
// asked here, as the service does not; at use an unknown role sees nothing.
func identityRoles(d *decision) *inlay.Error {
	for i, id := range d.request.Identities {
		if len(id.Roles) > maxRoles {
			return refuse(inlay.Invalid, fmt.Sprintf("identities[%d].roles has %d elements, at most %d are allowed", i, len(id.Roles), maxRoles), "send fewer roles")
		}
		for j, role := range id.Roles {
			switch {
			case strings.TrimSpace(role) == "":
				return refuse(inlay.Invalid, fmt.Sprintf("identities[%d].roles[%d] is blank", i, j), "send the name of a role of the model")
			case utf8.RuneCountInString(role) > maxRole:
				return refuse(inlay.Invalid, fmt.Sprintf("identities[%d].roles[%d] is longer than %d characters", i, j, maxRole), "send the name of a role of the model")
			case strings.Contains(role, ","):
				return refuse(inlay.Invalid, fmt.Sprintf("identities[%d].roles[%d] has a comma", i, j), "send each role as an element of its own")
			}
		}
	}
	return nil
}

func identityCustomData(d *decision) *inlay.Error {
	for i, id := range d.request.Identities {
		if utf8.RuneCountInString(id.CustomData) > maxCustomData {
			return refuse(inlay.Invalid, fmt.Sprintf("identities[%d].customData is longer than %d characters", i, maxCustomData), "send less custom data")
		}
	}
	return nil
}

// auditContext bounds what is kept for the record of the generation.
func auditContext(d *decision) *inlay.Error {
	for i, id := range d.request.Identities {
		if utf8.RuneCountInString(id.Audit) > maxAudit {
			return refuse(inlay.Invalid, fmt.Sprintf("identities[%d].auditableContext is longer than %d characters", i, maxAudit), "send a shorter text")
		}
	}
	return nil
}

// identityDatasets asks that every identity is for a dataset of this request. One that is
// for none would silently restrict nothing.
func identityDatasets(d *decision) *inlay.Error {
	for i, id := range d.request.Identities {
		if len(id.Datasets)+len(id.Reports) == 0 {
			return refuse(inlay.Invalid, fmt.Sprintf("identities[%d] applies to no dataset", i), "name its datasets in identities[].datasets, or its paginated reports in identities[].reports")
		}
		for _, s := range id.Datasets {
			if d.datasets.of(s) == nil {
				return refuse(inlay.Invalid, fmt.Sprintf("identities[%d] applies to dataset %q, which the request does not ask for", i, s), "add it to datasets, or remove it from the identity")
			}
		}
	}
	return nil
}

func oneIdentity(d *decision) *inlay.Error {
	for i := range d.request.Identities {
		id := &d.request.Identities[i]
		for _, s := range id.Datasets {
			if d.as(s) != nil {
				return refuse(inlay.Invalid, fmt.Sprintf("dataset %s is in more than one identity", s), "send one identity for each dataset; it may have several roles")
			}
			d.identities.add(s, id)
		}
		for _, r := range id.Reports {
			if d.as(r) != nil {
				return refuse(inlay.Invalid, fmt.Sprintf("report %s is in more than one identity", r), "send one identity for each paginated report")
			}
			d.identities.add(r, id)
		}
	}
	return nil
}

// secured reports whether a dataset of the request has row-level security.
func (d *decision) secured(id string) bool { return len(d.dataset(id).Roles) > 0 }

// live reports whether a dataset of the request is a server that knows users itself.
func (d *decision) live(id string) bool { return d.dataset(id).Kind.Live() }

// rls reports whether an identity says whose rows are meant, and not only who signs in at a
// source.
func (id *IdentityRequest) rls() bool { return id != nil && id.Username != "" }

// The texts of the next three rules are the service's: applications look for them.

// identityForbidden lets a blob pass: it restricts nothing in the model. A name beside it is the
// form that the reference's schema asks for.
func identityForbidden(d *decision) *inlay.Error {
	for _, x := range d.request.Datasets {
		id := d.as(x.ID)
		if id == nil || d.secured(x.ID) || d.live(x.ID) {
			continue
		}
		if id.Blob == nil || len(id.Roles) > 0 || id.CustomData != "" {
			return refuse(inlay.Invalid, accessing(x.ID)+" shouldn't have effective identity",
				"the model has no roles; leave its identity out")
		}
	}
	return nil
}

// accessing is how the service begins a refusal about a dataset.
func accessing(dataset string) string {
	return "Creating embed token for accessing dataset " + dataset
}

// identityRequired holds for everyone but a master user, so that a kind of caller that is
// not known here is treated like a service principal.
func identityRequired(d *decision) *inlay.Error {
	for _, x := range d.request.Datasets {
		if !d.as(x.ID).rls() && d.secured(x.ID) && !d.live(x.ID) && d.caller.Kind != inlay.MasterUser {
			return refuse(inlay.Invalid, accessing(x.ID)+" requires effective identity to be provided",
				fmt.Sprintf(`add {"username": "…", "roles": ["…"], "datasets": [%q]} to identities`, x.ID))
		}
	}
	return nil
}

func rolesRequired(d *decision) *inlay.Error {
	for _, x := range d.request.Datasets {
		if id := d.as(x.ID); id.rls() && len(id.Roles) == 0 && d.secured(x.ID) {
			return refuse(inlay.Invalid, accessing(x.ID)+" requires roles to be included in provided effective identity",
				"name at least one role of the model in the identity's roles")
		}
	}
	return nil
}

func noRolesAllData(d *decision) *inlay.Error {
	for _, x := range d.request.Datasets {
		if !d.secured(x.ID) && !d.live(x.ID) {
			d.grant.Datasets = append(d.grant.Datasets, DatasetGrant{ID: x.ID, Unrestricted: true})
		}
	}
	return nil
}

// masterUserAllData is the documented wide door: "when you don't use the EffectiveIdentity
// parameter, the token has access to the entire database".
func masterUserAllData(d *decision) *inlay.Error {
	for _, x := range d.request.Datasets {
		if d.secured(x.ID) && !d.live(x.ID) && d.as(x.ID) == nil && d.caller.Kind == inlay.MasterUser {
			d.grant.Datasets = append(d.grant.Datasets, DatasetGrant{ID: x.ID, Unrestricted: true})
		}
	}
	return nil
}

// identityEnforced binds an identity that was given, whoever the caller is.
func identityEnforced(d *decision) *inlay.Error {
	for _, x := range d.request.Datasets {
		if id := d.as(x.ID); id.rls() && (d.secured(x.ID) || d.live(x.ID)) {
			as := &struct {
				inlay.Identity
				dataset [1]string // in the same piece of memory
			}{Identity: inlay.Identity{Username: id.Username, Roles: slices.Clone(id.Roles), CustomData: id.CustomData}, dataset: [1]string{x.ID}}
			as.Datasets = as.dataset[:]
			d.grant.Datasets = append(d.grant.Datasets, DatasetGrant{ID: x.ID, Audit: id.Audit, Identity: &as.Identity})
		}
	}
	return nil
}
