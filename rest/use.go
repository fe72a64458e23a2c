package rest

import (
	"fmt"
	"slices"
	"strings"

	"inlay"
	"inlay/embedtoken"
	"inlay/model"
	"inlay/query"
)

// use is what an embed token was found to allow for one report, now.
type use struct {
	report  inlay.Report
	access  embedtoken.ReportGrant
	dataset inlay.Dataset
	viewer  query.Viewer
	model   *model.Model
}

// authorize asks everything again on each use of a token: that the token names the report
// and its dataset, that both still exist, that who generated the token still has rights in
// both workspaces, and that the model is still of the kind that the token was made for. A
// report that the token does not name is refused before anything is looked up, so that the
// answer does not tell whether it exists.
func (a *api) authorize(c *call) (use, error) {
	var u use
	id := c.vars["reportId"]
	access, ok := c.grant.Report(id)
	if !ok {
		return u, refuse(inlay.Forbidden, ruleUseReport, fmt.Sprintf("the embed token is not for report %s", id),
			"name the report in the request that generates the token")
	}
	u.access = access
	var err error
	if u.report, err = a.Items.Report(c.ctx(), id); err != nil {
		return u, gone(err, "report", id)
	}
	if u.report.Kind == inlay.PaginatedReport {
		return u, askable(u.report, u.dataset)
	}
	if id, err = bound(c, u.report); err != nil {
		return u, err
	}
	released, ok := c.grant.Dataset(id)
	if !ok {
		return u, refuse(inlay.Forbidden, ruleUseDataset, fmt.Sprintf("the embed token is not for dataset %s, which the report shows", id),
			"name the dataset in the request that generates the token")
	}
	if u.dataset, err = a.Items.Dataset(c.ctx(), id); err != nil {
		return u, gone(err, "dataset", id)
	}
	c.about.Datasets = []string{u.dataset.ID}
	c.about.Workspaces = slices.Compact([]string{u.report.WorkspaceID, u.dataset.WorkspaceID})
	if err := a.notRevokedIn(c.ctx(), c.grant, u.report.WorkspaceID, u.dataset.WorkspaceID); err != nil {
		return u, err
	}
	if err := a.stillMember(c, u.report.WorkspaceID, u.dataset.WorkspaceID); err != nil {
		return u, err
	}
	if err := askable(u.report, u.dataset); err != nil {
		return u, err
	}
	if u.model, err = a.Engine.Model(c.ctx(), u.dataset); err != nil {
		return u, err
	}
	u.viewer, err = viewer(released, c.principal.Kind, len(u.dataset.Roles) > 0 || len(u.model.Roles) > 0)
	return u, err
}

// bound is the dataset that a report shows: its own, or the one that the embed page binds it to
// while it is embedded. The token must name either.
func bound(c *call, r inlay.Report) (string, error) {
	values := c.r.URL.Query()["datasetId"]
	switch {
	case len(values) == 0:
		return r.DatasetID, nil
	case len(values) > 1 || !isGUID(values[0]):
		return "", refuse(inlay.Invalid, "", "datasetId is not one GUID", "send the id of a dataset of the token, or leave it out")
	}
	return strings.ToLower(values[0]), nil
}

// askable refuses, by name, what tokens are made for and nothing here shows yet.
func askable(r inlay.Report, d inlay.Dataset) error {
	names := map[inlay.DatasetKind]string{
		inlay.DirectQuery: "asked with DirectQuery", inlay.DirectLake: "in Direct Lake mode",
		inlay.LiveServer: "a live connection to Analysis Services", inlay.LiveAzure: "a live connection to Azure Analysis Services",
	}
	var what string
	switch {
	case r.Kind == inlay.PaginatedReport:
		what = fmt.Sprintf("report %s is a paginated report", r.ID)
	case d.Kind != inlay.Imported:
		what = fmt.Sprintf("dataset %s is %s", d.ID, names[d.Kind])
	case len(d.Upstream) > 0:
		what = fmt.Sprintf("dataset %s asks other datasets", d.ID)
	case d.SingleSignOn():
		what = fmt.Sprintf("dataset %s has a data source with single sign-on", d.ID)
	default:
		return nil
	}
	return refuse(inlay.Unsupported, ruleUseKind, what+", which cannot be shown yet", "show a report of an imported dataset")
}

func gone(err error, what, id string) error {
	if inlay.KindOf(err) != inlay.NotFound {
		return err
	}
	return refuse(inlay.NotFound, "", fmt.Sprintf("%s %s no longer exists", what, id), "generate a token for one that exists")
}

// stillMember asks of who generated the token what Decide asked then.
func (a *api) stillMember(c *call, workspaces ...string) error {
	for i, w := range workspaces {
		if i > 0 && w == workspaces[i-1] {
			continue
		}
		m, err := a.Members.Membership(c.ctx(), w, c.grant.PrincipalID)
		if err != nil && inlay.KindOf(err) != inlay.NotFound {
			return err
		}
		if err != nil || !m.Right.AtLeast(inlay.Contributor) {
			return refuse(inlay.Forbidden, ruleUseRight, fmt.Sprintf("who generated the embed token no longer has the right to workspace %s", w),
				"give the role back, or generate a token as another principal")
		}
	}
	return nil
}

// viewer is for whom questions are answered. A model may have been published anew since the
// token was made: with roles, so that "all rows" was never decided for a service principal,
// or without, so that the identity would restrict nothing. Both are refused.
func viewer(d embedtoken.DatasetGrant, maker inlay.PrincipalKind, secured bool) (query.Viewer, error) {
	switch {
	case d.Unrestricted && secured && maker != inlay.MasterUser:
		return query.Viewer{}, refuse(inlay.Forbidden, ruleUseUnrestricted,
			fmt.Sprintf("dataset %s has roles and the embed token has no identity for it", d.ID), "generate a token with an identity")
	case d.Unrestricted:
		return query.Viewer{Unrestricted: true}, nil
	case d.Identity != nil && !secured:
		return query.Viewer{}, refuse(inlay.Forbidden, ruleUseIdentity,
			fmt.Sprintf("dataset %s has no roles any more and the embed token has an identity for it", d.ID), "generate a token without an identity")
	case d.Identity != nil:
		return query.Viewer{Username: d.Identity.Username, Roles: d.Identity.Roles, CustomData: d.Identity.CustomData}, nil
	}
	return query.Viewer{}, refuse(inlay.Forbidden, ruleUseDataset, fmt.Sprintf("the embed token lets nothing of dataset %s be seen", d.ID), "generate a token")
}
