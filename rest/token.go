package rest

import (
	"time"

	"github.com/go-json-experiment/json"
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
			ConnectionDetails connectionDetails `json:"connectionDetails"`
		} `json:"datasources"`
	}
)

// connectionDetails are what identifies a data source; the names are all that there are.
type connectionDetails struct {
	Server       string `json:"server"`
	Database     string `json:"database"`
	URL          string `json:"url"`
	Path         string `json:"path"`
	Kind         string `json:"kind"`
	Account      string `json:"account"`
	Domain       string `json:"domain"`
	EmailAddress string `json:"emailAddress"`
	LoginServer  string `json:"loginServer"`
	ClassInfo    string `json:"classInfo"`
}

// appendToken writes the answer of GenerateToken.
func appendToken(b []byte, context, token string, g embedtoken.Grant) []byte {
	b = appendText(append(b, `{"@odata.context":`...), context)
	b = append(append(b, `,"token":"`...), token...) // base64 and a dot
	b = append(b, '"')
	b = appendText(append(b, `,"tokenId":`...), g.TokenID)
	b = append(b, `,"expiration":"`...)
	b = g.ExpiresAt.AppendFormat(b, time.RFC3339)
	return append(b, `"}`...)
}

// wanted is the request in terms of the decision.
func (t tokenRequest) wanted() embedtoken.Request {
	r := embedtoken.Request{
		Identities:      wantedIdentities(t.Identities),
		LifetimeMinutes: t.LifetimeInMinutes,
	}
	for _, x := range t.DatasourceIdentities {
		id := embedtoken.DatasourceIdentity{Blob: x.IdentityBlob}
		for _, s := range x.Datasources {
			id.Sources = append(id.Sources, inlay.Datasource{Type: s.DatasourceType, Details: inlay.ConnectionDetails(s.ConnectionDetails)})
		}
		r.DatasourceIdentities = append(r.DatasourceIdentities, id)
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
	return r
}

func wantedIdentities(sent []tokenIdentity) []embedtoken.IdentityRequest {
	var list []embedtoken.IdentityRequest
	for _, x := range sent {
		id := embedtoken.IdentityRequest{
			Username:   x.Username,
			Roles:      x.Roles,
			CustomData: x.CustomData,
			Datasets:   x.Datasets,
			Reports:    x.Reports,
			Audit:      x.AuditableContext,
		}
		if x.IdentityBlob != nil {
			id.Blob = &x.IdentityBlob.Value
		}
		list = append(list, id)
	}
	return list
}

func (a *api) generateToken(c *call) error {
	wanted, err := c.tokenRequest()
	if err != nil {
		return err
	}
	return a.issue(c, wanted, "")
}

// tokenRequest reads a request for a token.
func (c *call) tokenRequest() (embedtoken.Request, error) {
	space := bodies.Get().(*[]byte)
	defer func() { release(space) }()
	body, err := c.body(space)
	if err != nil || len(body) == 0 {
		return embedtoken.Request{}, err
	}
	if wanted, ok := quick(body); ok {
		return wanted, nil
	}
	var t tokenRequest
	if err := json.Unmarshal(body, &t, json.MatchCaseInsensitiveNames(true), json.RejectUnknownMembers(true)); err != nil {
		return embedtoken.Request{}, explain(err)
	}
	wanted := t.wanted()
	wanted.Narrow, err = narrowed(t.Inlay)
	return wanted, err
}

// issue decides a request and answers with a token. A V1 operation answers in the context of its
// workspace.
func (a *api) issue(c *call, wanted embedtoken.Request, group string) error {
	shaped, err := embedtoken.Shape(wanted)
	if err != nil {
		return err
	}
	c.wanted = wanted
	revoked, err := a.Revocations.Revoked(c.ctx()) // before the world: see Stamp
	if err != nil {
		return err
	}
	look := lookups.Get().(*lookup)
	defer look.done()
	if err := look.fill(c.ctx(), a, c.caller, wanted); err != nil {
		return err
	}
	grant, err := shaped.Decide(look.w, c.caller, a.Now())
	if err != nil {
		return err
	}
	grant.TokenID = uuid.NewString()
	grant.Stamp(look.w, revoked)
	if grant.OneUse {
		grant.Keeper = a.sessions.ID()
	}
	token, err := a.Tokens.Seal(grant, a.clusterURL(c))
	if err != nil {
		return err
	}
	// No token without its record: from here on nothing fails.
	if err := a.Audit.Append(c.ctx(), a.generated(c, grant)); err != nil {
		return err
	}
	c.grant = grant // for the log
	context := a.tokenContext(c, group)
	c.answer(200, func(b []byte) []byte { return appendToken(b, context, token, grant) })
	return nil
}
