package embedtoken

import (
	"fmt"
	"time"

	"inlay"
)

// Sources of rules, as docs/rules.md spells them.
const (
	docToken   = "generate-embed-token.md, "
	docV2      = "REST reference, Generate Token, "
	docLive    = "the service's own answer"
	docCloud   = docToken + `"Row Level Security", row "Cloud RLS"`
	docOurs    = "not documented; closed when in doubt"
	docNotYet  = "not built yet; refused rather than dropped"
	docOption  = "an option beyond the service"
	docLimits  = docV2 + `"Limitations"`
	docEffects = docV2 + `"EffectiveIdentity"`
)

// rules is the decision: what is asked of the request alone, then what is asked of the
// world, then what is given. The first refusal wins, so that a caller learns nothing about
// an item before the rules about seeing and using it have passed.
var rules = []Rule{
	{"items-named", docV2 + `"Request Body"`, false, itemsNamed},
	{"max-items", docLimits, false, maxItems},
	{"item-id", docV2 + `"Request Body"`, false, itemID},
	{"lifetime-positive", docV2 + `"lifetimeInMinutes"`, false, lifetimePositive},
	{"datasource-identities", docNotYet, false, datasourceIdentities},
	{"xmla-permissions", docNotYet, false, xmlaPermissions},
	{"identity-blob", docNotYet, false, identityBlob},
	{"identity-reports", docEffects + `, "reports"`, false, identityReports},
	{"identity-username", docEffects + `, "username"`, false, identityUsername},
	{"identity-roles", docEffects + `, "roles"`, false, identityRoles},
	{"identity-custom-data", docOurs, false, identityCustomData},
	{"narrow-names", docOption, false, narrowNames},
	{"narrow-view", docOption, false, narrowView},

	{"caller-live", docToken + `"Considerations and limitations"`, true, callerLive},
	{"item-once", docOurs, true, itemOnce},
	{"identity-datasets", docEffects + `, "datasets"`, true, identityDatasets},
	{"one-identity", docOurs, true, oneIdentity},
	{"items-visible", docLive + ": PowerBIEntityNotFound", true, itemsVisible},
	{"workspace-right", docToken + `"Considerations and limitations": two workspaces`, true, workspaceRight},
	{"target-right", docV2 + `"targetWorkspaces"`, true, targetRight},
	{"report-dataset", docOurs, true, reportDataset},
	{"identity-forbidden", docLive, true, identityForbidden},
	{"identity-required", docCloud, true, identityRequired},
	{"roles-required", docLive, true, rolesRequired},
	{"require-identity", docOption, true, requireIdentity},
	{"strict-roles", docOption, true, strictRoles},

	{"no-roles-all-data", docToken + `"Row Level Security"`, true, noRolesAllData},
	{"master-user-all-data", docCloud, true, masterUserAllData},
	{"identity-enforced", docToken + `"Row Level Security"`, true, identityEnforced},
	{"allow-edit", docToken + `"Access Level"`, true, allowEdit},
	{"save-targets", docToken + `"Access Level"`, true, saveTargets},
	{"narrow", docOption, true, narrow},
	{"lifetime", docToken + `"Considerations and limitations"`, true, lifetime},
}

// maxNamed is the most reports, datasets and target workspaces; that it also bounds the
// identities is ours: there cannot be more of them than datasets.
const maxNamed = 50

func itemsNamed(d *decision) *inlay.Error {
	if len(d.request.Reports)+len(d.request.Datasets) == 0 {
		return refuse(inlay.Invalid, "the request names no report and no dataset",
			"name at least one in reports or datasets")
	}
	return nil
}

func maxItems(d *decision) *inlay.Error {
	r := d.request
	for _, x := range []struct {
		field string
		n     int
	}{
		{"reports", len(r.Reports)},
		{"datasets", len(r.Datasets)},
		{"targetWorkspaces", len(r.TargetWorkspaces)},
		{"identities", len(r.Identities)},
	} {
		if x.n > maxNamed {
			return refuse(inlay.Invalid, fmt.Sprintf("%s has %d elements, at most %d are allowed", x.field, x.n, maxNamed),
				"ask for several tokens")
		}
	}
	return nil
}

func itemID(d *decision) *inlay.Error {
	bad := func(field string, i int) *inlay.Error {
		return refuse(inlay.Invalid, fmt.Sprintf("%s[%d].id is not a GUID", field, i), "send the id that the item has in the API")
	}
	for i, x := range d.request.Reports {
		if !isGUID(x.ID) {
			return bad("reports", i)
		}
	}
	for i, x := range d.request.Datasets {
		if !isGUID(x.ID) {
			return bad("datasets", i)
		}
	}
	for i, x := range d.request.TargetWorkspaces {
		if !isGUID(x) {
			return bad("targetWorkspaces", i)
		}
	}
	return nil
}

// isGUID accepts the form 8-4-4-4-12 in hexadecimal digits, of any case.
func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i] | 0x20
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if s[i] != '-' {
				return false
			}
		} else if (s[i] < '0' || s[i] > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func lifetimePositive(d *decision) *inlay.Error {
	if d.request.LifetimeMinutes < 0 {
		return refuse(inlay.Invalid, fmt.Sprintf("lifetimeInMinutes is %d, it must be a positive whole number", d.request.LifetimeMinutes),
			"leave lifetimeInMinutes out, or send 0, for the lifetime of the access token")
	}
	return nil
}

func datasourceIdentities(d *decision) *inlay.Error {
	if d.request.DatasourceIdentities > 0 {
		return refuse(inlay.Unsupported, "datasourceIdentities is not supported", "leave it out; no data source here signs in as the viewer")
	}
	return nil
}

func xmlaPermissions(d *decision) *inlay.Error {
	for i, x := range d.request.Datasets {
		switch {
		case fold(x.XMLA, "", "Off"):
		case fold(x.XMLA, "ReadOnly"):
			return refuse(inlay.Unsupported, fmt.Sprintf("datasets[%d].xmlaPermissions ReadOnly is not supported", i),
				"leave xmlaPermissions out or send Off; there is no XMLA endpoint")
		default:
			return refuse(inlay.Invalid, fmt.Sprintf("datasets[%d].xmlaPermissions is neither Off nor ReadOnly", i), "send Off or leave it out")
		}
	}
	return nil
}

// callerLive refuses a sign-in token that has run out, and one that says nothing about its
// end: the embed token's end is taken from it.
func callerLive(d *decision) *inlay.Error {
	if !d.caller.ExpiresAt.Truncate(time.Second).After(d.now) {
		return refuse(inlay.Expired, "the access token has expired", "sign in again")
	}
	return nil
}

// itemOnce refuses an item that is named twice with different permissions: taking either
// would be a guess. normal has already folded equal elements.
func itemOnce(d *decision) *inlay.Error {
	seen := map[string]bool{}
	for _, x := range d.request.Reports {
		if seen[x.ID] {
			return refuse(inlay.Invalid, fmt.Sprintf("report %s is named twice with different permissions", x.ID), "name it once")
		}
		seen[x.ID] = true
	}
	clear(seen)
	for _, x := range d.request.Datasets {
		if seen[x.ID] {
			return refuse(inlay.Invalid, fmt.Sprintf("dataset %s is named twice with different permissions", x.ID), "name it once")
		}
		seen[x.ID] = true
	}
	return nil
}

// itemsVisible answers the same for an item that does not exist and for one in a workspace
// in which the caller has no role.
func itemsVisible(d *decision) *inlay.Error {
	for _, x := range d.request.Reports {
		if r, ok := d.world.Reports[x.ID]; !ok || !d.may(r.WorkspaceID, inlay.Viewer) {
			return refuse(inlay.NotFound, fmt.Sprintf("report %s was not found", x.ID),
				"check the id, and that the caller has a role in the report's workspace")
		}
	}
	for _, x := range d.request.Datasets {
		if s, ok := d.world.Datasets[x.ID]; !ok || !d.may(s.WorkspaceID, inlay.Viewer) {
			return refuse(inlay.NotFound, fmt.Sprintf("dataset %s was not found", x.ID),
				"check the id, and that the caller has a role in the dataset's workspace")
		}
	}
	return nil
}

// may reports whether the caller has a right, or more, in a workspace.
func (d *decision) may(workspace string, right inlay.AccessRight) bool {
	return d.world.Rights[workspace].AtLeast(right)
}

// workspaceRight asks for Contributor. The documents say "at least a member of both
// workspaces"; in the service a Viewer is refused and a Contributor is not. See docs/rules.md.
func workspaceRight(d *decision) *inlay.Error {
	const remedy = "give the caller the role Contributor, Member or Admin there"
	for _, x := range d.request.Reports {
		if w := d.world.Reports[x.ID].WorkspaceID; !d.may(w, inlay.Contributor) {
			return refuse(inlay.Forbidden, fmt.Sprintf("the caller is only %s in the workspace of report %s", d.world.Rights[w], x.ID), remedy)
		}
	}
	for _, x := range d.request.Datasets {
		if w := d.world.Datasets[x.ID].WorkspaceID; !d.may(w, inlay.Contributor) {
			return refuse(inlay.Forbidden, fmt.Sprintf("the caller is only %s in the workspace of dataset %s", d.world.Rights[w], x.ID), remedy)
		}
	}
	return nil
}

func targetRight(d *decision) *inlay.Error {
	for _, w := range d.request.TargetWorkspaces {
		if !d.may(w, inlay.Contributor) {
			return refuse(inlay.Forbidden, fmt.Sprintf("the caller may not save reports to workspace %s", w),
				"give the caller the role Contributor, Member or Admin there, or leave the workspace out of targetWorkspaces")
		}
	}
	return nil
}

// reportDataset refuses a report that could show nothing: no dataset is asked for at all. A
// request with some other dataset passes, because a report may be bound to another dataset
// while it is embedded ("reports and datasets don't have to be related").
func reportDataset(d *decision) *inlay.Error {
	if len(d.request.Datasets) > 0 {
		return nil
	}
	x := d.world.Reports[d.request.Reports[0].ID]
	return refuse(inlay.Invalid, fmt.Sprintf("report %s shows dataset %s, and the request names no dataset", x.ID, x.DatasetID),
		fmt.Sprintf(`add {"id": %q} to datasets`, x.DatasetID))
}

func allowEdit(d *decision) *inlay.Error {
	for _, x := range d.request.Reports {
		d.grant.Reports = append(d.grant.Reports, ReportGrant{ID: x.ID, Edit: x.AllowEdit})
	}
	return nil
}

func saveTargets(d *decision) *inlay.Error {
	d.grant.TargetWorkspaces = append(d.grant.TargetWorkspaces, d.request.TargetWorkspaces...)
	return nil
}

// lifetime sets the end: that of the caller's access token, or sooner, never later.
func lifetime(d *decision) *inlay.Error {
	end := d.caller.ExpiresAt
	// Compared in minutes: a large number of them does not fit a Duration.
	if n := d.request.LifetimeMinutes; n > 0 && n < int64(end.Sub(d.now)/time.Minute)+1 {
		if sooner := d.now.Add(time.Duration(n) * time.Minute); sooner.Before(end) {
			end = sooner
		}
	}
	d.grant.ExpiresAt = end.UTC().Truncate(time.Second)
	return nil
}
