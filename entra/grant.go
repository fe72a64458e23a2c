package entra

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"inlay"
)

// clientCredentials signs a service principal in as itself.
func (s *Service) clientCredentials(c *call, r request) (any, error) {
	if r.tenant != s.tenant {
		return nil, fail(http.StatusBadRequest, "invalid_request", 50059,
			"No tenant-identifying information found in either the request or implied by any provided credentials.")
	}
	app, err := s.client(c, r)
	if err != nil {
		return nil, err
	}
	if r.secret == "" {
		text := "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type."
		if r.form["client_assertion"] != "" {
			text = "'client_secret' is required for the 'client_credentials' grant type: this sign-in does not know client assertions."
		}
		return nil, fail(http.StatusUnauthorized, "invalid_client", 7000216, "%s", text)
	}
	if err := s.checkSecret(c, app, r.secret); err != nil {
		return nil, err
	}
	if err := checkScope(r, true); err != nil {
		return nil, err
	}
	return s.issue(c, r, subject{principal: app, app: app})
}

// password signs a user in (resource owner password credentials). Every refusal for a name or a
// password is the same answer at the same cost.
func (s *Service) password(c *call, r request) (any, error) {
	if !s.passwordGrant {
		return nil, fail(http.StatusBadRequest, "unsupported_grant_type", 70003,
			"The app requested an unsupported grant type 'password'. Signing in with a user's password is switched off on this server. "+
				"Sign in as a service principal (client_credentials); on a server for development the grant can be allowed with --password-grant.")
	}
	if r.tenant == "common" {
		return nil, fail(http.StatusBadRequest, "invalid_request", 9001023, "The grant type is not supported over the /common or /consumers endpoints. "+
			"Please use the /organizations or tenant-specific endpoint.")
	}
	app, err := s.client(c, r)
	if err != nil {
		return nil, err
	}
	// A public client sends no secret. One that is sent must be right.
	if r.secret != "" {
		if err := s.checkSecret(c, app, r.secret); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{"username", "password"} {
		if r.form[name] == "" {
			return nil, missing(name)
		}
	}
	if err := checkScope(r, false); err != nil {
		return nil, err
	}
	user, err := s.user(c, r.form["username"], r.form["password"])
	if err != nil {
		return nil, err
	}
	return s.issue(c, r, subject{principal: user, app: app})
}

func (s *Service) user(c *call, name, password string) (inlay.Principal, error) {
	const longest = 1024
	if len(name) > longest || len(password) > longest {
		return inlay.Principal{}, wrongPassword()
	}
	user, err := s.principals.PrincipalByName(c.Context(), name)
	if err != nil && inlay.KindOf(err) != inlay.NotFound {
		return inlay.Principal{}, err
	}
	digest, account := decoy, "name "+strings.ToLower(name)
	if err == nil && user.Kind == inlay.MasterUser && user.Secret != nil {
		digest, account, c.who = user.Secret, "user "+user.ID, user.ID
	}
	locked := fail(http.StatusBadRequest, "invalid_grant", 50053,
		"The account is locked, you've tried to sign in too many times with an incorrect user ID or password.")
	ok, err := s.guess(c, account, locked, func() bool {
		same := Matches(digest, password)
		if !isSlow(digest) {
			// A machine-made password compares fast. Its user, too, costs what a stranger costs.
			Matches(decoy, password)
		}
		return same
	})
	if err != nil {
		return inlay.Principal{}, err
	}
	if !ok {
		return inlay.Principal{}, wrongPassword()
	}
	return user, nil
}

func wrongPassword() failure {
	return fail(http.StatusBadRequest, "invalid_grant", 50126, "Error validating credentials due to invalid username or password.")
}

// Audience is what an access token is for: the Power BI service.
const Audience = "https://analysis.windows.net/powerbi/api"

// powerBIAppID is the same audience by the id of its application.
const powerBIAppID = "00000009-0000-0000-c000-000000000000"

func isPowerBI(resource string) bool {
	resource = strings.TrimSuffix(strings.ToLower(resource), "/")
	return resource == Audience || resource == powerBIAppID
}

// checkScope holds that the token is asked for Power BI. An application asks for its permissions
// as a whole (/.default); a user may name scopes that there are. Which ones makes no difference, as
// with Entra ID, whose tokens carry every scope that was consented to. Libraries add openid,
// profile and offline_access on their own.
func checkScope(r request, app bool) error {
	if r.v1 {
		switch resource := r.form["resource"]; {
		case resource == "":
			return missing("resource")
		case !isPowerBI(resource):
			return unknownResource(resource, r.tenant)
		}
		return nil
	}
	if strings.TrimSpace(r.form["scope"]) == "" {
		return missing("scope")
	}
	resources := 0
	for _, scope := range strings.Fields(r.form["scope"]) {
		switch strings.ToLower(scope) {
		case "openid", "profile", "email", "offline_access":
			continue
		}
		cut := strings.LastIndex(scope, "/")
		if cut < 1 {
			return badScope(scope, app)
		}
		resource, permission := scope[:cut], scope[cut+1:]
		if app && !strings.EqualFold(permission, ".default") {
			return badScope(scope, app)
		}
		if !isPowerBI(resource) {
			return unknownResource(resource, r.tenant)
		}
		if !strings.EqualFold(permission, ".default") && !asks(strings.Join(scopes, " "), permission) {
			return badScope(scope, app)
		}
		resources++
	}
	if resources == 0 {
		return badScope(r.form["scope"], app)
	}
	return nil
}

func badScope(scope string, app bool) failure {
	if app {
		return fail(http.StatusBadRequest, "invalid_scope", 1002012, "The provided value for scope %s is not valid. Client credential flows must have "+
			"a scope value with /.default suffixed to the resource identifier (application ID URI).", shorten(scope))
	}
	return fail(http.StatusBadRequest, "invalid_scope", 70011, "The provided request must include a 'scope' input parameter. The provided value for "+
		"the input parameter 'scope' is not valid. The scope %s is not valid.", shorten(scope))
}

func unknownResource(resource, tenant string) failure {
	return fail(http.StatusBadRequest, "invalid_resource", 500011, "The resource principal named %s was not found in the tenant named %s. This can happen if "+
		"the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. "+
		"You might have sent your authentication request to the wrong tenant.", shorten(resource), tenant)
}

func (s *Service) logSignIn(ctx context.Context, c *call, who subject) {
	s.log.LogAttrs(ctx, slog.LevelInfo, "signed in", slog.String("principal", who.principal.ID), slog.String("kind", string(who.principal.Kind)),
		slog.String("clientId", who.app.ClientID), slog.String("traceId", c.trace), slog.String("correlationId", c.correlation), slog.String("remote", c.RemoteAddr))
}
