package rest

import (
	"context"
	"fmt"
	"strings"

	"inlay"
	"inlay/audit"
	"inlay/embedtoken"
)

// revocations are the operations that end tokens before they expire. Whoever may administer a
// workspace ends what shows its items; what reaches beyond a workspace is for the principals
// that the configuration names as administrators.
func revocations() []Operation {
	return []Operation{
		{
			ID: "Inlay_RevokeWorkspace", Method: "POST", Path: "/inlay/v1/groups/{groupId}/revoke",
			Auth:    AccessToken,
			Summary: "Ends all embed tokens that name an item of a workspace. For its administrators.",
			Example: `{}`,
			handle:  (*api).revokeWorkspace,
		},
		{
			ID: "Inlay_RevokeReport", Method: "POST", Path: "/inlay/v1/groups/{groupId}/reports/{reportId}/revoke",
			Auth:    AccessToken,
			Summary: "Ends all embed tokens that name a report. For the administrators of its workspace.",
			Example: `{}`,
			handle:  (*api).revokeReport,
		},
		{
			ID: "Inlay_RevokeDataset", Method: "POST", Path: "/inlay/v1/groups/{groupId}/datasets/{datasetId}/revoke",
			Auth:    AccessToken,
			Summary: "Ends all embed tokens that name a dataset. For the administrators of its workspace.",
			Example: `{}`,
			handle:  (*api).revokeDataset,
		},
		{
			ID: "Inlay_RevokeToken", Method: "POST", Path: "/inlay/v1/tokens/revoke",
			Auth:    AccessToken,
			Summary: "Ends one embed token. By the token: for who generated it and for administrators of a workspace that it names. By its id: for administrators of the server.",
			Example: `{"tokenId":"{tokenId}"}`,
			handle:  (*api).revokeToken,
		},
		{
			ID: "Inlay_RevokePrincipal", Method: "POST", Path: "/inlay/v1/principals/{principalId}/revoke",
			Auth:    AccessToken,
			Summary: "Ends all embed tokens that a principal generated. For administrators of the server.",
			Example: `{}`,
			handle:  (*api).revokePrincipal,
		},
		{
			ID: "Inlay_RevokeTenant", Method: "POST", Path: "/inlay/v1/tenant/revoke",
			Auth:    AccessToken,
			Summary: "Ends all embed tokens. For administrators of the server.",
			Example: `{}`,
			handle:  (*api).revokeTenant,
		},
	}
}

// revokedAnswer says what was revoked. A token that was generated later carries a higher epoch.
type revokedAnswer struct {
	Revoked string `json:"revoked"` // kind
	ID      string `json:"id"`
	Epoch   int64  `json:"epoch,omitzero"`
}

// revoke raises an epoch, of what the caller was found to administer.
func (a *api) revoke(c *call, kind inlay.SubjectKind, id string) error {
	if err := c.decode(&struct{}{}); err != nil {
		return err
	}
	n, err := a.Revocations.Revoke(c.ctx(), inlay.Subject{Kind: kind, ID: id})
	if err != nil {
		return err
	}
	if err := a.recordRevoked(c, string(kind), id); err != nil {
		return err
	}
	c.json(200, revokedAnswer{string(kind), id, n})
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

func (a *api) revokeWorkspace(c *call) error {
	if err := a.administersWorkspace(c); err != nil {
		return err
	}
	return a.revoke(c, inlay.OfWorkspace, c.vars["groupId"])
}

func (a *api) revokeReport(c *call) error {
	if err := a.administersWorkspace(c); err != nil {
		return err
	}
	r, err := a.Items.Report(c.ctx(), c.vars["reportId"])
	if err := elsewhere(c, "report", c.vars["reportId"], r.WorkspaceID, err); err != nil {
		return err
	}
	return a.revoke(c, inlay.OfReport, r.ID)
}

func (a *api) revokeDataset(c *call) error {
	if err := a.administersWorkspace(c); err != nil {
		return err
	}
	d, err := a.Items.Dataset(c.ctx(), c.vars["datasetId"])
	if err := elsewhere(c, "dataset", c.vars["datasetId"], d.WorkspaceID, err); err != nil {
		return err
	}
	return a.revoke(c, inlay.OfDataset, d.ID)
}

func (a *api) revokePrincipal(c *call) error {
	if err := a.administersServer(c); err != nil {
		return err
	}
	p, err := a.Members.Principal(c.ctx(), c.vars["principalId"])
	if err != nil {
		return err
	}
	return a.revoke(c, inlay.OfPrincipal, p.ID)
}

func (a *api) revokeTenant(c *call) error {
	if err := a.administersServer(c); err != nil {
		return err
	}
	return a.revoke(c, inlay.OfTenant, a.TenantID)
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
