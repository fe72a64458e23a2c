package rest

import (
	"context"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"inlay"
	"inlay/embedtoken"
)

// The request of GenerateToken, as the REST reference spells it. The unnamed fields of
// described are sent by applications that pass on what the API gave them; they cannot
// restrict anything, so that they are read and dropped. docs/rules.md lists them.
type (
	tokenRequest struct {
		Datasets             []tokenDataset       `json:"datasets"`
		Reports              []tokenReport        `json:"reports"`
		TargetWorkspaces     []tokenWorkspace     `json:"targetWorkspaces"`
		Identities           []tokenIdentity      `json:"identities"`
		DatasourceIdentities []datasourceIdentity `json:"datasourceIdentities"`
		LifetimeInMinutes    int64                `json:"lifetimeInMinutes"`
		Context              jsontext.Value       `json:"@odata.context"`
		Inlay                jsontext.Value       `json:"inlay"`
	}
	tokenDataset struct {
		ID              string `json:"id"`
		XMLAPermissions string `json:"xmlaPermissions"`
		described
	}
	tokenReport struct {
		ID        string         `json:"id"`
		AllowEdit bool           `json:"allowEdit"`
		DatasetID jsontext.Value `json:"datasetId"`
		described
	}
	tokenWorkspace struct {
		ID string `json:"id"`
		described
	}
	described struct {
		Context     jsontext.Value `json:"@odata.context"`
		Name        jsontext.Value `json:"name"`
		DisplayName jsontext.Value `json:"displayName"`
		Description jsontext.Value `json:"description"`
		WebURL      jsontext.Value `json:"webUrl"`
		EmbedURL    jsontext.Value `json:"embedUrl"`
	}
	tokenIdentity struct {
		Username     string   `json:"username"`
		Roles        []string `json:"roles"`
		Datasets     []string `json:"datasets"`
		Reports      []string `json:"reports"`
		CustomData   string   `json:"customData"`
		IdentityBlob *struct {
			Value string `json:"value"`
		} `json:"identityBlob"`
		AuditableContext string `json:"auditableContext"`
	}
	datasourceIdentity struct {
		IdentityBlob string `json:"identityBlob"`
		Datasources  []struct {
			DatasourceType    string            `json:"datasourceType"`
			ConnectionDetails map[string]string `json:"connectionDetails"`
		} `json:"datasources"`
	}
)

// appendToken writes the answer of GenerateToken.
func appendToken(b []byte, context, token string, g embedtoken.Grant) []byte {
	b = appendText(append(b, `{"@odata.context":`...), context)
	b = appendText(append(b, `,"token":`...), token)
	b = appendText(append(b, `,"tokenId":`...), g.TokenID)
	b = append(b, `,"expiration":"`...)
	b = g.ExpiresAt.AppendFormat(b, time.RFC3339)
	return append(b, `"}`...)
}

// wanted is the request in terms of the decision.
func (t tokenRequest) wanted() embedtoken.Request {
	r := embedtoken.Request{
		DatasourceIdentities: len(t.DatasourceIdentities),
		LifetimeMinutes:      t.LifetimeInMinutes,
	}
	for _, x := range t.Datasets {
		r.Datasets = append(r.Datasets, embedtoken.DatasetRequest{ID: x.ID, XMLA: x.XMLAPermissions})
	}
	for _, x := range t.Reports {
		r.Reports = append(r.Reports, embedtoken.ReportRequest{ID: x.ID, AllowEdit: x.AllowEdit})
	}
	for _, x := range t.TargetWorkspaces {
		r.TargetWorkspaces = append(r.TargetWorkspaces, x.ID)
	}
	for _, x := range t.Identities {
		r.Identities = append(r.Identities, embedtoken.IdentityRequest{
			Username:   x.Username,
			Roles:      x.Roles,
			CustomData: x.CustomData,
			Datasets:   x.Datasets,
			Reports:    x.Reports,
			Blob:       x.IdentityBlob != nil,
		})
	}
	return r
}

func (a *api) generateToken(c *call) error {
	var t tokenRequest
	if err := c.decode(&t); err != nil {
		return err
	}
	wanted := t.wanted()
	var err error
	if wanted.Narrow, err = narrowed(t.Inlay); err != nil {
		return err
	}
	if err := embedtoken.Shape(wanted); err != nil {
		return err
	}
	c.asked(t, wanted)
	revoked, err := a.Revocations.Revoked(c.ctx()) // before the world: see Stamp
	if err != nil {
		return err
	}
	world, err := a.world(c.ctx(), c.caller, wanted)
	if err != nil {
		return err
	}
	grant, err := embedtoken.Decide(world, c.caller, wanted, a.Now())
	if err != nil {
		return err
	}
	grant.TokenID = uuid.NewString()
	grant.Stamp(world, revoked)
	token, err := a.Tokens.Seal(grant, a.clusterURL(c))
	if err != nil {
		return err
	}
	// No token without its record: from here on nothing fails.
	if err := a.Audit.Append(c.ctx(), a.generated(c, world, grant)); err != nil {
		return err
	}
	c.grant = grant // for the log
	context := a.context(c, "", "Microsoft.PowerBI.ServiceContracts.Api.V1.GenerateTokenResponse")
	c.answer(200, func(b []byte) []byte { return appendToken(b, context, token, grant) })
	return nil
}

// world looks up what the decision needs: what the request names, and the caller's rights.
func (a *api) world(ctx context.Context, caller inlay.Caller, r embedtoken.Request) (embedtoken.World, error) {
	w := embedtoken.World{
		Datasets: map[string]inlay.Dataset{},
		Reports:  map[string]inlay.Report{},
		Rights:   map[string]inlay.AccessRight{},
		Policy:   a.Policy,
	}
	members, err := a.Members.MembershipsOf(ctx, caller.PrincipalID)
	if err != nil {
		return w, err
	}
	for _, m := range members {
		w.Rights[m.WorkspaceID] = m.Right
	}
	for _, x := range r.Datasets {
		id := strings.ToLower(x.ID)
		if d, err := a.Items.Dataset(ctx, id); err == nil {
			w.Datasets[id] = d
		} else if inlay.KindOf(err) != inlay.NotFound {
			return w, err
		}
	}
	for _, x := range r.Reports {
		id := strings.ToLower(x.ID)
		if p, err := a.Items.Report(ctx, id); err == nil {
			w.Reports[id] = p
		} else if inlay.KindOf(err) != inlay.NotFound {
			return w, err
		}
	}
	return w, nil
}
