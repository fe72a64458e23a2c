package entra

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"inlay"
)

// lifetime is that of an access token. Entra ID varies it between 60 and 90 minutes.
const lifetime = time.Hour

// backdate puts "issued at" and "not before" into the past, as Entra ID does, so that a server
// whose clock is a little slow takes the token. For that reason Authenticate needs no leeway.
const backdate = 5 * time.Minute

// scopes are the delegated permissions in a user's token: those of the Power BI service that an
// embedding application uses. None of a tenant's administrator.
var scopes = []string{
	"App.Read.All", "Capacity.Read.All", "Capacity.ReadWrite.All", "Content.Create", "Dashboard.Read.All", "Dashboard.ReadWrite.All",
	"Dataset.Read.All", "Dataset.ReadWrite.All", "Gateway.Read.All", "Gateway.ReadWrite.All", "Report.Execute.All", "Report.Read.All",
	"Report.ReadWrite.All", "Workspace.Read.All", "Workspace.ReadWrite.All",
}

// allScopes are what a token says whose user has no list in the catalog.
var allScopes = strings.Join(scopes, " ")

// scopesOf are those of a user: what the catalog names, or all.
func scopesOf(p inlay.Principal) []string {
	if len(p.Scopes) > 0 {
		return p.Scopes
	}
	return scopes
}

// signing makes the public key as clients read it and the signer. The key id is the key's
// thumbprint (RFC 7638).
func signing(key *rsa.PrivateKey) (jose.JSONWebKey, jose.Signer) {
	public := jose.JSONWebKey{Key: &key.PublicKey, Use: "sig", Algorithm: string(jose.RS256)}
	thumbprint, err := public.Thumbprint(crypto.SHA256)
	if err != nil {
		panic(fmt.Sprintf("entra: thumbprint of an RSA key: %v", err))
	}
	public.KeyID = b64.EncodeToString(thumbprint)
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: public.KeyID}},
		(&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		panic(fmt.Sprintf("entra: signer for an RSA key: %v", err))
	}
	return public, signer
}

// subject is who signed in, and through which application.
type subject struct{ principal, app inlay.Principal }

// claims are those of an access token of version 1.0, the version that Power BI asks for.
type claims struct {
	Audience    string `json:"aud"`
	Issuer      string `json:"iss"`
	IssuedAt    int64  `json:"iat"`
	NotBefore   int64  `json:"nbf"`
	Expires     int64  `json:"exp"`
	AppID       string `json:"appid"`
	AppIDAcr    string `json:"appidacr"` // how the client authenticated: 0 not at all, 1 with a secret
	IDType      string `json:"idtyp"`
	Name        string `json:"name,omitempty"`
	ObjectID    string `json:"oid"`
	Scopes      string `json:"scp,omitempty"`
	Subject     string `json:"sub"`
	TenantID    string `json:"tid"`
	UniqueName  string `json:"unique_name,omitempty"`
	UPN         string `json:"upn,omitempty"`
	UniqueToken string `json:"uti"`
	Version     string `json:"ver"`

	header string // names the key that has signed them
}

// issuer is that of version 1.0 tokens, whichever host handed them out.
func issuer(tenant string) string { return "https://sts.windows.net/" + tenant + "/" }

// issue makes the tokens and the answer.
func (s *Service) issue(c *call, r request, who subject) (any, error) {
	now := s.now()
	p := who.principal
	access := claims{
		Audience: Audience, Issuer: issuer(s.tenant),
		IssuedAt: now.Add(-backdate).Unix(), NotBefore: now.Add(-backdate).Unix(), Expires: now.Add(lifetime).Unix(),
		AppID: who.app.ClientID, AppIDAcr: "1", IDType: "app", ObjectID: p.ID, Subject: p.ID, TenantID: s.tenant,
		UniqueToken: b64.EncodeToString(random16()), Version: "1.0",
	}
	if p.Kind == inlay.MasterUser {
		access.IDType, access.Name, access.UPN, access.UniqueName = "user", p.Name, p.Name, p.Name
		access.Scopes, access.Subject = strings.Join(scopesOf(p), " "), pairwise(who)
		if r.secret == "" {
			access.AppIDAcr = "0"
		}
	}
	token, err := s.sign(access)
	if err != nil {
		return nil, err
	}
	answer := tokenAnswer{Type: "Bearer", AccessToken: token}
	seconds := int64(lifetime/time.Second) - 1 // 3599, as Entra ID says
	answer.ExpiresIn, answer.ExtExpiresIn = seconds, seconds
	if r.v1 {
		answer.ExpiresIn, answer.ExtExpiresIn = strconv.FormatInt(seconds, 10), strconv.FormatInt(seconds, 10)
		answer.ExpiresOn, answer.NotBefore = strconv.FormatInt(access.Expires, 10), strconv.FormatInt(access.NotBefore, 10)
		answer.Resource = r.form["resource"]
	}
	if p.Kind == inlay.MasterUser {
		if err := s.addUser(c, r, access, &answer); err != nil {
			return nil, err
		}
	}
	s.logSignIn(c.Context(), c, who)
	return answer, nil
}

// tokenAnswer is the answer of the token endpoint. The times are numbers in version 2 and text in
// version 1. There is no refresh token: the grants that there are can be repeated, and Microsoft's
// libraries do without (server/certificate_clients_test.go).
type tokenAnswer struct {
	Type         string `json:"token_type"`
	Scope        string `json:"scope,omitempty"`
	ExpiresIn    any    `json:"expires_in"`
	ExtExpiresIn any    `json:"ext_expires_in"`
	ExpiresOn    string `json:"expires_on,omitempty"`
	NotBefore    string `json:"not_before,omitempty"`
	Resource     string `json:"resource,omitempty"`
	AccessToken  string `json:"access_token"`
	IDToken      string `json:"id_token,omitempty"`
	ClientInfo   string `json:"client_info,omitempty"`
}

// idClaims are those of an id token of version 2.0: who signed in, for the application itself. Its
// audience is the application, so that nothing takes it for an access token.
type idClaims struct {
	Audience    string `json:"aud"`
	Issuer      string `json:"iss"`
	IssuedAt    int64  `json:"iat"`
	NotBefore   int64  `json:"nbf"`
	Expires     int64  `json:"exp"`
	Name        string `json:"name"`
	ObjectID    string `json:"oid"`
	Username    string `json:"preferred_username"`
	Subject     string `json:"sub"`
	TenantID    string `json:"tid"`
	UniqueToken string `json:"uti"`
	Version     string `json:"ver"`
}

// granted is the answer's scope: all that the token carries, and what was asked for in the words
// of the request, since libraries take a scope that is not repeated for a refused one.
func granted(asked string, carried []string) string {
	list := make([]string, 0, len(carried)+1)
	for _, scope := range carried {
		list = append(list, Audience+"/"+scope)
	}
	for _, scope := range strings.Fields(asked) {
		if strings.Contains(scope, "/") && !slices.Contains(list, scope) {
			list = append(list, scope)
		}
	}
	return strings.Join(list, " ")
}

// addUser adds what libraries keep an account by.
func (s *Service) addUser(c *call, r request, access claims, answer *tokenAnswer) error {
	answer.Scope = granted(r.form["scope"], strings.Fields(access.Scopes))
	if r.v1 {
		answer.Scope = access.Scopes
	}
	if asks(r.form["scope"], "openid") {
		id := idClaims{
			Audience: access.AppID, Issuer: c.base + "/" + s.tenant + "/v2.0",
			IssuedAt: access.IssuedAt, NotBefore: access.NotBefore, Expires: access.Expires,
			Name: access.Name, ObjectID: access.ObjectID, Username: access.UPN, Subject: access.Subject, TenantID: s.tenant,
			UniqueToken: access.UniqueToken, Version: "2.0",
		}
		token, err := s.sign(id)
		if err != nil {
			return err
		}
		answer.IDToken = token
	}
	if r.form["client_info"] == "1" {
		info, err := json.Marshal(map[string]string{"uid": access.ObjectID, "utid": s.tenant})
		if err != nil {
			return err
		}
		answer.ClientInfo = b64.EncodeToString(info)
	}
	return nil
}

func asks(scope, word string) bool {
	for _, s := range strings.Fields(scope) {
		if strings.EqualFold(s, word) {
			return true
		}
	}
	return false
}

func (s *Service) sign(claims any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	keys, err := s.keys.current()
	if err != nil {
		return "", err
	}
	k := signs(keys, s.now())
	if k == nil {
		return "", errors.New("sign-in: no key signs at this time")
	}
	return k.sign(payload)
}

// pairwise is a user's name for one application: two applications cannot tell that it is the
// same user.
func pairwise(who subject) string {
	sum := sha256.Sum256([]byte(who.app.ClientID + "\x00" + who.principal.ID))
	return b64.EncodeToString(sum[:])
}

func random16() []byte {
	b := make([]byte, 16)
	rand.Read(b) // never fails
	return b
}
