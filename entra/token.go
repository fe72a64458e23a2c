package entra

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"inlay"
)

// form is the body of a token request: each parameter once.
type form map[string]string

// token answers POST /{tenant}/oauth2/v2.0/token.
func (s *Service) token(c *call, p path) (any, error) { return s.grant(c, p, false) }

// tokenV1 answers POST /{tenant}/oauth2/token: resource in place of scope, numbers as text.
func (s *Service) tokenV1(c *call, p path) (any, error) { return s.grant(c, p, true) }

// request is a token request as far as every grant reads it.
type request struct {
	form
	v1       bool
	tenant   string // as the path names it
	clientID string
	secret   string // of the client; empty when none was sent
}

// grant is the token endpoint. 1. The tenant is ours. 2. The form is well formed. 3. The grant
// decides who signs in. Each grant checks client and scope itself, in the order of Entra ID.
func (s *Service) grant(c *call, p path, v1 bool) (any, error) {
	if err := s.checkTenant(p.tenant(), "invalid_request"); err != nil {
		return nil, err
	}
	f, err := readForm(c.Request)
	if err != nil {
		return nil, err
	}
	r := request{form: f, v1: v1, tenant: strings.ToLower(p.tenant())}
	if r.clientID, r.secret, err = clientOf(c.Request, f); err != nil {
		return nil, err
	}
	switch f["grant_type"] {
	case "":
		return nil, missing("grant_type")
	case "client_credentials":
		return s.clientCredentials(c, r)
	case "password":
		return s.password(c, r)
	}
	return nil, fail(http.StatusBadRequest, "unsupported_grant_type", 70003,
		"The app requested an unsupported grant type '%s'.", shorten(f["grant_type"]))
}

// readForm reads the body and nothing else: a secret in the query string would end up in logs.
func readForm(r *http.Request) (form, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, missing("grant_type") // what Entra ID says of any other body
	}
	const most = 64 << 10
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, most))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, fail(http.StatusRequestEntityTooLarge, "invalid_request", 90013, "Invalid input received from the user: the request body is too large.")
	}
	if err != nil {
		return nil, fail(http.StatusBadRequest, "invalid_request", 90013, "Invalid input received from the user: the request body ended early.")
	}
	return parseForm(string(body))
}

func parseForm(body string) (form, error) {
	values, err := url.ParseQuery(body)
	if err != nil {
		// The error of the parser quotes the body, and so a secret.
		return nil, fail(http.StatusBadRequest, "invalid_request", 90013, "Invalid input received from the user: the request body is not a form.")
	}
	f := make(form, len(values))
	for name, v := range values {
		if len(v) > 1 {
			return nil, fail(http.StatusBadRequest, "invalid_request", 9000411,
				"The request is not properly formatted. The parameter '%s' is duplicated.", shorten(name))
		}
		f[name] = v[0]
	}
	return f, nil
}

// clientOf reads the client's id and secret from the form or from basic authentication, where
// both are form-encoded (RFC 6749, section 2.3.1).
func clientOf(r *http.Request, f form) (id, secret string, err error) {
	id, secret = f["client_id"], f["client_secret"]
	if r.Header.Get("Authorization") == "" {
		return id, secret, nil
	}
	user, pass, ok := r.BasicAuth()
	basicID, errID := url.QueryUnescape(user)
	basicSecret, errSecret := url.QueryUnescape(pass)
	if !ok || errID != nil || errSecret != nil {
		return "", "", fail(http.StatusUnauthorized, "invalid_client", 7000215, "Invalid client secret provided. The Authorization header is not basic authentication.")
	}
	if secret != "" || (id != "" && !strings.EqualFold(id, basicID)) {
		return "", "", fail(http.StatusBadRequest, "invalid_request", 90013,
			"Invalid input received from the user: the client authenticates in the Authorization header and in the body.")
	}
	return basicID, basicSecret, nil
}

// client finds the application of a request.
func (s *Service) client(c *call, r request) (inlay.Principal, error) {
	if r.clientID == "" {
		return inlay.Principal{}, missing("client_id")
	}
	unknown := "(not a GUID)" // what is there in its place may be the secret
	if isGUID(r.clientID) {
		unknown = r.clientID
		p, err := s.principals.PrincipalByClientID(c.Context(), strings.ToLower(r.clientID))
		if err == nil && p.Kind == inlay.ServicePrincipal {
			c.who = p.ID
			return p, nil
		}
		if err != nil && inlay.KindOf(err) != inlay.NotFound {
			return inlay.Principal{}, err
		}
	}
	return inlay.Principal{}, fail(http.StatusBadRequest, "unauthorized_client", 700016,
		"Application with identifier '%s' was not found in the directory '%s'. This can happen if the application has not been installed by "+
			"the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.",
		unknown, s.tenant)
}

// checkSecret holds a client's secret against its digest.
func (s *Service) checkSecret(c *call, app inlay.Principal, secret string) error {
	var ok bool
	if isSlow(app.Secret) {
		locked := fail(http.StatusTooManyRequests, "temporarily_unavailable", 90055, "There are too many incoming requests.")
		var err error
		if ok, err = s.guess(c, "app "+app.ID, locked, func() bool { return Matches(app.Secret, secret) }); err != nil {
			return err
		}
	} else {
		ok = Matches(app.Secret, secret) // of 256 random bits: there is nothing to guess
	}
	if !ok {
		return fail(http.StatusUnauthorized, "invalid_client", 7000215,
			"Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "+
				"not the client secret ID, for a secret added to app '%s'.", app.ClientID)
	}
	return nil
}

// guess runs a slow comparison when it is its turn, and counts those that fail. After too many
// it answers with the failure locked.
func (s *Service) guess(c *call, account string, locked failure, check func() bool) (bool, error) {
	select {
	case s.slow <- struct{}{}:
		defer func() { <-s.slow }()
	case <-c.Context().Done():
		return false, c.Context().Err()
	}
	ticket, wait := s.attempts.take(s.now(), account, c.RemoteAddr)
	if wait > 0 {
		locked.retryAfter = wait
		return false, locked
	}
	if !check() {
		return false, nil
	}
	s.attempts.refund(ticket)
	return true, nil
}
