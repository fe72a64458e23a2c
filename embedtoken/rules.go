package embedtoken

import (
	"fmt"
	"slices"
	"time"

	"inlay"
)

// Sources of rules, as docs/rules.md spells them.
const (
	docToken     = "generate-embed-token.md, "
	docV2        = "REST reference, Generate Token, "
	docLive      = "the service's own answer"
	docCloud     = docToken + `"Row Level Security", row "Cloud RLS"`
	docOurs      = "not documented; closed when in doubt"
	docSingle    = docToken + `"Dashboards and tiles"`
	docChain     = docToken + `"DirectQuery for Power BI semantic models"`
	docPaginated = docToken + `"Row Level Security", row "RDL (paginated reports)"`
	docLimits    = docV2 + `"Limitations"`
	docEffects   = docV2 + `"EffectiveIdentity"`
	docOption    = "an option beyond the service"
)

// rules is the decision: what is asked of the request alone, then what is asked of the
// world, then what is given. The first refusal wins, so that a caller learns nothing about
// an item before the rules about seeing and using it have passed.
var rules = []Rule{
	{"items-named", docV2 + `"Request Body"`, false, itemsNamed},
	{"max-items", docLimits, false, maxItems},
	{"item-id", docV2 + `"Request Body"`, false, itemID},
	{"access-level", docSingle, false, accessLevel},
	{"create-dataset", docSingle, false, createDataset},
	{"single-identity", docLive, false, singleIdentity},
	{"lifetime-positive", docV2 + `"lifetimeInMinutes"`, false, lifetimePositive},
	{"datasource-identities", docV2 + `"DatasourceIdentity"`, false, datasourceIdentities},
	{"xmla-permissions", docV2 + `"XmlaPermissions"`, false, xmlaPermissions},
	{"identity-blob", docV2 + `"IdentityBlob"`, false, identityBlob},
	{"identity-username", docEffects + `, "username"`, false, identityUsername},
	{"identity-roles", docEffects + `, "roles"`, false, identityRoles},
	{"identity-custom-data", docOurs, false, identityCustomData},
	{"audit-context", docOurs, false, auditContext},
	{"narrow-names", docOption, false, narrowNames},
	{"narrow-view", docOption, false, narrowView},
	{"narrow-origin", docOption, false, narrowOrigin},

	{"caller-live", docToken + `"Considerations and limitations"`, true, callerLive},
	{"delegated-scopes", docV2 + `"Required Scope"`, true, delegatedScopes},
	{"item-once", docOurs, true, itemOnce},
	{"items-visible", docLive + ": PowerBIEntityNotFound", true, itemsVisible},
	{"identity-datasets", docEffects + `, "datasets"`, true, identityDatasets},
	{"identity-reports", docEffects + `, "reports"`, true, identityReports},
	{"one-identity", docOurs, true, oneIdentity},
	{"my-workspace", docToken + `"Considerations and limitations": My workspace`, true, myWorkspace},
	{"old-workspace", docLimits + ": V2 workspace", true, oldWorkspace},
	{"workspace-right", docToken + `"Considerations and limitations": two workspaces`, true, workspaceRight},
	{"target-right", docV2 + `"targetWorkspaces"`, true, targetRight},
	{"paginated-user", docPaginated, true, paginatedUser},
	{"paginated-single", docLive, true, paginatedSingle},
	{"paginated-dataset", docV2 + "example of a paginated report with a dataset", true, paginatedDataset},
	{"paginated-visual", docV2 + "example of a paginated visual", true, paginatedVisual},
	{"report-dataset", docOurs, true, reportDataset},
	{"upstream-single", docChain, true, upstreamSingle},
	{"upstream-datasets", docChain, true, upstreamDatasets},
	{"xmla-needed", docChain, true, xmlaNeeded},
	{"dedicated-capacity", "the pages on paginated reports and on DirectQuery to semantic models", true, dedicatedCapacity},
	{"xmla-capacity", docChain, true, xmlaCapacity},
	{"xmla-tenant", "embed-paginated-reports.md: tenant setting of XMLA endpoints", true, xmlaTenant},
	{"direct-lake-single", docLive, true, directLakeSingle},
	{"direct-lake-identity", docLive, true, directLakeIdentity},
	{"live-profile", "embed-multi-tenancy.md", true, liveProfile},
	{"live-identity", docToken + `"Row Level Security", rows "Analysis Services"`, true, liveIdentity},
	{"live-username", docEffects + `, "username": on-premises model`, true, liveUsername},
	{"live-custom-data", docEffects + `, "customData"`, true, liveCustomData},
	{"live-principal", docLive, true, livePrincipal},
	{"live-override", docToken + `"Row Level Security", row "Analysis Services (AS) on premises live connection"`, true, liveOverride},
	{"identity-forbidden", docLive, true, identityForbidden},
	{"identity-required", docCloud, true, identityRequired},
	{"roles-required", docLive, true, rolesRequired},
	{"blob-source", docV2 + `"IdentityBlob"`, true, blobSource},
	{"datasource-known", docV2 + `"DatasourceSelector"`, true, datasourceKnown},
	{"datasource-once", docOurs, true, datasourceOnce},
	{"sso-both", docToken + `"Row Level Security", row "SSO and cloud RLS"`, true, ssoBoth},
	{"sso-required", docToken + `"Row Level Security", row "Single Sign On (SSO)"`, true, ssoRequired},
	{"require-identity", docOption, true, requireIdentity},
	{"strict-roles", docOption, true, strictRoles},

	{"no-roles-all-data", docToken + `"Row Level Security"`, true, noRolesAllData},
	{"master-user-all-data", docCloud, true, masterUserAllData},
	{"identity-enforced", docToken + `"Row Level Security"`, true, identityEnforced},
	{"live-own-identity", docToken + `"Row Level Security", rows "Analysis Services"`, true, liveOwnIdentity},
	{"sso-identity", docV2 + `"DatasourceIdentity"`, true, ssoIdentity},
	{"xmla-granted", docV2 + `"XmlaPermissions"`, true, xmlaGranted},
	{"allow-edit", docToken + `"Access Level"`, true, allowEdit},
	{"paginated-identity", docPaginated, true, paginatedIdentity},
	{"dashboard-and-tile", docToken + `"Dashboards and tiles"`, true, dashboardAndTile},
	{"save-targets", docToken + `"Access Level"`, true, saveTargets},
	{"narrow", docOption, true, narrow},
	{"lifetime", docToken + `"Considerations and limitations"`, true, lifetime},
}

// maxNamed is the most reports, datasets and target workspaces; that it also bounds the
// identities is ours: there cannot be more of them than datasets.
const maxNamed = 50

func itemsNamed(d *decision) *inlay.Error {
	if len(d.request.Reports)+len(d.request.Datasets) == 0 && d.request.Single == nil {
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
		{"datasourceIdentities", len(r.DatasourceIdentities)},
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

func xmlaPermissions(d *decision) *inlay.Error {
	for i, x := range d.request.Datasets {
		if !fold(x.XMLA, "", "Off", xmlaReadOnly) {
			return refuse(inlay.Invalid, fmt.Sprintf("datasets[%d].xmlaPermissions is neither Off nor ReadOnly", i), "send Off or ReadOnly, or leave it out")
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
	for i, x := range d.request.Reports {
		if slices.ContainsFunc(d.request.Reports[:i], func(y ReportRequest) bool { return y.ID == x.ID }) {
			return refuse(inlay.Invalid, fmt.Sprintf("report %s is named twice with different permissions", x.ID), "name it once")
		}
	}
	for i, x := range d.request.Datasets {
		if slices.ContainsFunc(d.request.Datasets[:i], func(y DatasetRequest) bool { return y.ID == x.ID }) {
			return refuse(inlay.Invalid, fmt.Sprintf("dataset %s is named twice with different permissions", x.ID), "name it once")
		}
	}
	return nil
}

// itemsVisible answers the same for an item that does not exist and for one in a workspace
// in which the caller has no role.
func itemsVisible(d *decision) *inlay.Error {
	if x := d.request.Single; x != nil {
		return d.singleVisible(x)
	}
	for _, x := range d.request.Reports {
		if r, ok := d.reports.known(x.ID); !ok || !d.may(r.WorkspaceID, inlay.Viewer) {
			return refuse(inlay.NotFound, fmt.Sprintf("report %s was not found", x.ID),
				"check the id, and that the caller has a role in the report's workspace")
		}
	}
	for _, x := range d.request.Datasets {
		if s, ok := d.datasets.known(x.ID); !ok || !d.may(s.WorkspaceID, inlay.Viewer) {
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

// role says what the caller is in a workspace, for refusals.
func (d *decision) role(workspace string) string {
	if r := d.world.Rights[workspace]; r != "" {
		return "is only " + string(r)
	}
	return "has no role"
}

// workspaceRight asks for Contributor. The documents say "at least a member of both
// workspaces"; in the service a Viewer is refused and a Contributor is not. See docs/rules.md.
func workspaceRight(d *decision) *inlay.Error {
	const remedy = "give the caller the role Contributor, Member or Admin there"
	for _, x := range d.request.Reports {
		if w := d.report(x.ID).WorkspaceID; !d.may(w, inlay.Contributor) {
			return refuse(inlay.Forbidden, fmt.Sprintf("the caller %s in the workspace of report %s", d.role(w), x.ID), remedy)
		}
	}
	for _, x := range d.request.Datasets {
		if w := d.dataset(x.ID).WorkspaceID; !d.may(w, inlay.Contributor) {
			return refuse(inlay.Forbidden, fmt.Sprintf("the caller %s in the workspace of dataset %s", d.role(w), x.ID), remedy)
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
	for _, asked := range d.request.Reports {
		if x := d.report(asked.ID); x.Kind != inlay.PaginatedReport {
			return refuse(inlay.Invalid, fmt.Sprintf("report %s shows dataset %s, and the request names no dataset", x.ID, x.DatasetID),
				fmt.Sprintf(`add {"id": %q} to datasets`, x.DatasetID))
		}
	}
	return nil
}

func allowEdit(d *decision) *inlay.Error {
	for _, x := range d.request.Reports {
		edit := x.AllowEdit && d.report(x.ID).Kind == inlay.PagesReport // paginated reports are not edited while embedded
		d.grant.Reports = append(d.grant.Reports, ReportGrant{ID: x.ID, Edit: edit})
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
