package rest

import (
	"context"
	"fmt"
	"strings"

	"inlay"
	"inlay/audit"
	"inlay/embedtoken"
)

// revocable is a kind of subject whose tokens are ended together.
type revocable struct {
	kind    inlay.SubjectKind
	id      string // of the operation
	path    string
	summary string
	may     func(*api, *call) error           // asks whether the caller may, before anything is looked up
	find    func(*api, *call) (string, error) // the subject's id, which exists
}

// revocables are all kinds. Whoever may administer a workspace ends what shows its items; what
// reaches beyond a workspace is for the principals that the configuration names as administrators.
func revocables() []revocable {
	const ofWorkspace, ofServer = " For the administrators of the workspace.", " For administrators of the server."
	return []revocable{
		{inlay.OfWorkspace, "Inlay_RevokeWorkspace", "/inlay/v1/groups/{groupId}/revoke",
			"Ends all embed tokens that name an item of a workspace." + ofWorkspace, (*api).administersWorkspace,
			func(_ *api, c *call) (string, error) { return c.vars["groupId"], nil }}, // administersWorkspace has found it
		{inlay.OfReport, "Inlay_RevokeReport", "/inlay/v1/groups/{groupId}/reports/{reportId}/revoke",
			"Ends all embed tokens that name a report." + ofWorkspace, (*api).administersWorkspace,
			func(a *api, c *call) (string, error) {
				r, err := a.Items.Report(c.ctx(), c.vars["reportId"])
				return r.ID, elsewhere(c, "report", c.vars["reportId"], r.WorkspaceID, err)
			}},
		{inlay.OfDataset, "Inlay_RevokeDataset", "/inlay/v1/groups/{groupId}/datasets/{datasetId}/revoke",
			"Ends all embed tokens that name a dataset." + ofWorkspace, (*api).administersWorkspace,
			func(a *api, c *call) (string, error) {
				d, err := a.Items.Dataset(c.ctx(), c.vars["datasetId"])
				return d.ID, elsewhere(c, "dataset", c.vars["datasetId"], d.WorkspaceID, err)
			}},
		{inlay.OfPrincipal, "Inlay_RevokePrincipal", "/inlay/v1/principals/{principalId}/revoke",
			"Ends all embed tokens that a principal generated." + ofServer, (*api).administersServer,
			func(a *api, c *call) (string, error) {
				p, err := a.Members.Principal(c.ctx(), c.vars["principalId"])
				return p.ID, err
			}},
		{inlay.OfTenant, "Inlay_RevokeTenant", "/inlay/v1/tenant/revoke",
			"Ends all embed tokens." + ofServer, (*api).administersServer,
			func(a *api, _ *call) (string, error) { return a.TenantID, nil }},
	}
}

// revocations are the operations that end tokens before they expire.
func revocations() []Operation {
	list := []Operation{{
		ID: "Inlay_RevokeToken", Method: "POST", Path: "/inlay/v1/tokens/revoke",
		Auth:    AccessToken,
		Summary: "Ends one embed token. By the token: for who generated it and for administrators of a workspace that it names. By its id: for administrators of the server.",
		Example: `{"tokenId":"{tokenId}"}`,
		handle:  (*api).revokeToken,
	}}
	for _, r := range revocables() {
		list = append(list, Operation{ID: r.id, Method: "POST", Path: r.path, Auth: AccessToken, Summary: r.summary, Example: `{}`, handle: r.revoke})
	}
	return list
}

// revokedAnswer says what was revoked. A token that was generated later carries a higher epoch.
type revokedAnswer struct {
	Revoked string `json:"revoked"` // kind
	ID      string `json:"id"`
	Epoch   int64  `json:"epoch,omitzero"`
}

// revoke raises the epoch of a subject.
func (r revocable) revoke(a *api, c *call) error {
	if err := r.may(a, c); err != nil {
		return err
	}
	id, err := r.find(a, c)
	if err != nil {
		return err
	}
	if err := c.decode(&struct{}{}); err != nil {
		return err
	}
	n, err := a.Revocations.Revoke(c.ctx(), inlay.Subject{Kind: r.kind, ID: id})
	if err != nil {
		return err
	}
	if err := a.recordRevoked(c, string(r.kind), id); err != nil {
		return err
	}
	c.json(200, revokedAnswer{string(r.kind), id, n})
	return nil
}

// recordRevoked keeps the record of a revocation, which holds whether or not that succeeds.
func (a *api) recordRevoked(c *call, what, id string) error {
	r := a.record(c, audit.Revoke)
	r.Status, r.Detail = 200, "tokens of "+what+" "+id+" were revoked"
	if what == "token" {
		r.Token, r.Detail = id, "the token was revoked"
	}
	if err := a.Audit.Append(c.ctx(), r); err != nil {
		return refuse(inlay.Unavailable, "", "the revocation holds, but it could not be recorded", "repeat the request when the audit log can be written")
	}
	return nil
}

// revokeToken ends one token. Its id alone does not tell whose it is, the token itself does.
func (a *api) revokeToken(c *call) error {
	var body struct {
		Token string `json:"token"`
		ID    string `json:"tokenId"`
	}
	if err := c.decode(&body); err != nil {
		return err
	}
	if (body.Token == "") == (body.ID == "") {
		return refuse(inlay.Invalid, "", "the request must name either token or tokenId", "send the embed token, or the tokenId of GenerateToken's answer")
	}
	id, until := strings.ToLower(body.ID), a.Now().Add(embedtoken.MaxLifetime)
	if body.Token != "" {
		g, err := a.Tokens.Open(body.Token, a.Now())
		if err != nil || g.TenantID != a.TenantID {
			return refuse(inlay.Invalid, "", "token is not an embed token of this server that is still good", "there is nothing to revoke")
		}
		if err := a.administersToken(c, g); err != nil {
			return err
		}
		id, until = strings.ToLower(g.TokenID), g.ExpiresAt
	} else {
		if err := a.administersServer(c); err != nil {
			return err
		}
		if !isGUID(id) {
			return refuse(inlay.Invalid, "", "tokenId is not a GUID", "send the tokenId of GenerateToken's answer")
		}
	}
	if err := a.Revocations.RevokeToken(c.ctx(), id, until, a.Now()); err != nil {
		return err
	}
	if err := a.recordRevoked(c, "token", id); err != nil {
		return err
	}
	c.json(200, revokedAnswer{Revoked: "token", ID: id})
	return nil
}

// administersWorkspace asks for the role Admin in the workspace of the path.
func (a *api) administersWorkspace(c *call) error {
	right, err := a.right(c.ctx(), c.caller, c.vars["groupId"])
	if err != nil {
		return err
	}
	if !right.AtLeast(inlay.Admin) {
		return refuse(inlay.Forbidden, ruleRevokeRight, fmt.Sprintf("the caller is only %s in workspace %s", right, c.vars["groupId"]),
			"give the caller the role Admin there, or revoke with the command inlay tokens revoke")
	}
	return nil
}

// administersServer asks that the configuration names the caller as an administrator: by object
// id, by client id, or a user by name. The display names of applications are for anyone to choose.
func (a *api) administersServer(c *call) error {
	if ok, err := a.administers(c); ok || err != nil {
		return err
	}
	return refuse(inlay.Forbidden, ruleRevokeRight, "the caller is no administrator of this server",
		"name the caller in --administrators, or revoke with the command inlay tokens revoke")
}

// administersToken lets end a token: who generated it, an administrator of a workspace that it
// names, who could end it together with all others of the workspace, and one of the server.
func (a *api) administersToken(c *call, g embedtoken.Grant) error {
	if g.PrincipalID == c.caller.PrincipalID {
		return nil
	}
	for _, w := range g.Workspaces {
		right, err := a.rightIn(c.ctx(), w, c.caller.PrincipalID)
		if err != nil {
			return err
		}
		if right.AtLeast(inlay.Admin) {
			return nil
		}
	}
	return a.administersServer(c)
}

func (a *api) rightIn(ctx context.Context, workspace, principal string) (inlay.AccessRight, error) {
	m, err := a.Members.Membership(ctx, workspace, principal)
	if err != nil && inlay.KindOf(err) != inlay.NotFound {
		return "", err
	}
	return m.Right, nil
}

// elsewhere answers the same for an item that does not exist and for one of another workspace.
func elsewhere(c *call, what, id, workspace string, err error) error {
	if err != nil && inlay.KindOf(err) != inlay.NotFound {
		return err
	}
	if err != nil || workspace != c.vars["groupId"] {
		return refuse(inlay.NotFound, "", fmt.Sprintf("%s %s was not found in workspace %s", what, id, c.vars["groupId"]), "check both ids")
	}
	return nil
}

// notRevoked asks on each use whether the token was revoked since it was made. It comes after
// what is remembered of opened tokens, so that nothing remembered outlives a revocation.
func (a *api) notRevoked(ctx context.Context, g embedtoken.Grant) error {
	seen, err := a.Revocations.Revoked(ctx)
	if err != nil {
		return err
	}
	if seen.Token(strings.ToLower(g.TokenID), g.Held()) {
		return tokenRevoked()
	}
	return nil
}

// notRevokedIn asks the same of the workspaces of what is used: tokens that were sealed before
// there were epochs do not name them.
func (a *api) notRevokedIn(ctx context.Context, g embedtoken.Grant, workspaces ...string) error {
	seen, err := a.Revocations.Revoked(ctx)
	if err != nil {
		return err
	}
	for _, w := range workspaces {
		if seen.Token("", []inlay.Epoch{g.At(inlay.Subject{Kind: inlay.OfWorkspace, ID: w})}) {
			return tokenRevoked()
		}
	}
	return nil
}

func tokenRevoked() error {
	return refuse(inlay.Forbidden, ruleTokenRevoked, "the embed token was revoked", "generate a new token")
}
