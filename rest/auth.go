package rest

import (
	"encoding/base64"
	"errors"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"inlay"
)

// maxBearer bounds an access token before anything looks at it.
const maxBearer = 16 << 10

// authenticate reads the token that the operation asks for. Tokens are taken from the
// Authorization header alone, never from the query string.
func (a *api) authenticate(c *call) error {
	token, err := authorization(c)
	if err != nil {
		return err
	}
	if c.op.Auth == EmbedToken {
		return a.embedToken(c, token)
	}
	return a.accessToken(c, token)
}

// authorization is the token of the one header, of the scheme that is due.
func authorization(c *call) (string, error) {
	scheme, remedy := "Bearer", "send Authorization: Bearer and an access token of the sign-in service"
	if c.op.Auth == EmbedToken {
		scheme, remedy = "EmbedToken", "send Authorization: EmbedToken and a token of GenerateToken"
	}
	values := c.r.Header.Values("Authorization")
	if len(values) == 0 {
		return "", refuse(inlay.Unauthenticated, ruleNoToken, "the request has no Authorization header", remedy)
	}
	got, token, _ := strings.Cut(values[0], " ")
	token = strings.TrimSpace(token)
	if len(values) > 1 || !strings.EqualFold(got, scheme) || token == "" {
		return "", refuse(inlay.Unauthenticated, "", "the Authorization header is not of the form that is due", remedy)
	}
	return token, nil
}

func (a *api) accessToken(c *call, token string) error {
	if len(token) > maxBearer {
		return refuse(inlay.Unauthenticated, "", "the access token is too long", "")
	}
	caller, err := a.Auth.Authenticate(c.ctx(), token)
	if err != nil {
		switch inlay.KindOf(err) {
		case inlay.Unauthenticated:
			return formed(token, err)
		case inlay.Expired, inlay.Internal:
			return err
		}
		return refuse(inlay.Unauthenticated, "", "the access token is not valid", "sign in again")
	}
	if caller.PrincipalID == "" || caller.TenantID != a.TenantID {
		return refuse(inlay.Unauthenticated, ruleUseTenant, "the access token is not for this tenant", "sign in at this server's tenant")
	}
	c.caller = caller
	return a.admit(c)
}

// formed tells a token that is none of ours from text that is no token: the service answers them
// differently.
func formed(token string, err error) error {
	var e *inlay.Error
	header, rest, _ := strings.Cut(token, ".")
	text, wrong := base64.RawURLEncoding.DecodeString(header)
	if !errors.As(err, &e) || e.Rule != "" || wrong != nil || !jsontext.Value(text).IsValid() || strings.Count(rest, ".") != 1 {
		return err
	}
	said := *e
	said.Rule = ruleAccessToken
	return &said
}

func (a *api) embedToken(c *call, token string) error {
	grant, err := a.Tokens.Open(token, a.Now())
	if err != nil {
		return err
	}
	if grant.TenantID != a.TenantID {
		return refuse(inlay.Unauthenticated, ruleUseTenant, "the embed token is not for this tenant", "generate a token at this server")
	}
	c.grant = grant // a refusal from here on is recorded with the token's id
	if err := a.notRevoked(c.ctx(), grant); err != nil {
		return err
	}
	principal, err := a.Members.Principal(c.ctx(), grant.PrincipalID)
	if inlay.KindOf(err) == inlay.NotFound && err != nil {
		return refuse(inlay.Forbidden, ruleUsePrincipal, "who generated the embed token no longer exists", "generate a token as another principal")
	}
	if err != nil {
		return err
	}
	if principal.ParentID != "" {
		if _, err := a.Members.Principal(c.ctx(), principal.ParentID); err != nil {
			return err // the store keeps no profile without its service principal
		}
	}
	c.principal = principal
	if err := a.stillSwitchedOn(c, principal.Kind); err != nil {
		return err
	}
	return a.narrowedUse(c)
}

// stillSwitchedOn asks of the tenant's switches what admit asked when the token was made.
func (a *api) stillSwitchedOn(c *call, maker inlay.PrincipalKind) error {
	if maker == inlay.MasterUser {
		return nil
	}
	switches, err := a.Facts.Switches(c.ctx())
	if err != nil {
		return err
	}
	if !switches.ServicePrincipals || maker == inlay.ServiceProfile && !switches.Profiles {
		return refuse(inlay.Forbidden, ruleUseSwitch, "the tenant no longer lets who generated the embed token use the API",
			"turn the tenant's switch on, or generate a token as a user")
	}
	return nil
}
