package entra

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"time"

	"github.com/google/uuid"

	"inlay"
)

// Config is what the sign-in needs. Now and Log may be left out.
type Config struct {
	TenantID      string           // GUID of the one tenant
	AuthorityURL  string           // where clients reach the sign-in: scheme and host; Microsoft's libraries insist on https
	Principals    inlay.Principals // who may sign in
	Key           *rsa.PrivateKey  // signs access tokens, where there are no Keys; see LoadKey
	Keys          *Ring            // sign access tokens; see OpenRing
	PasswordGrant bool             // users may sign in with a password; for emulation only
	Now           func() time.Time
	Log           *slog.Logger
}

// Validate says what is wrong with a configuration.
func (c Config) Validate() error {
	if _, err := uuid.Parse(c.TenantID); err != nil || len(c.TenantID) != 36 {
		return fmt.Errorf("sign-in: tenant id %q is not a GUID", c.TenantID)
	}
	u, err := url.Parse(c.AuthorityURL)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return fmt.Errorf("sign-in: authority %q is not a URL such as https://localhost:8443", c.AuthorityURL)
	}
	if c.Principals == nil {
		return errors.New("sign-in: there is no store of principals")
	}
	if c.Keys != nil {
		return nil
	}
	if c.Key == nil {
		return errors.New("sign-in: there is no signing key")
	}
	return checkKey(c.Key)
}

// Service is the sign-in of one tenant. It may be used by many goroutines at once.
type Service struct {
	tenant        string
	authority     *url.URL
	principals    inlay.Principals
	keys          *Ring
	passwordGrant bool
	now           func() time.Time
	log           *slog.Logger
	seen          *seen
	attempts      *attempts
	slow          chan struct{} // places for slow digests, so that guessing cannot take every core
}

// New makes the sign-in. It panics on a configuration that Validate refuses.
func New(c Config) *Service {
	if err := c.Validate(); err != nil {
		panic("entra: " + err.Error())
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	u, _ := url.Parse(c.AuthorityURL) // Validate has parsed it
	if c.Keys == nil {
		var err error
		if c.Keys, err = fixedRing(c.Key); err != nil {
			panic("entra: " + err.Error()) // Validate has checked the key
		}
	}
	s := &Service{
		tenant:        strings.ToLower(c.TenantID),
		authority:     &url.URL{Scheme: u.Scheme, Host: u.Host},
		principals:    c.Principals,
		keys:          c.Keys,
		passwordGrant: c.PasswordGrant,
		now:           c.Now,
		log:           c.Log,
		seen:          newSeen(5000),
		attempts:      newAttempts(10, time.Minute, 10000),
		slow:          make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)),
	}
	return s
}

// Handler answers the paths of the sign-in, on any host.
func (s *Service) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := s.call(r)
		h := w.Header()
		// Entra ID's own set, without Strict-Transport-Security: for localhost it would turn
		// every other program's http://localhost away.
		h.Set("Cache-Control", "no-store, no-cache")
		h.Set("Pragma", "no-cache")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("x-ms-request-id", c.trace)
		if c.correlationGiven {
			h.Set("client-request-id", c.correlation)
		}
		status, body := s.answer(c)
		if f, refused := body.(failure); refused {
			s.logRefusal(c, f)
			if f.retryAfter > 0 {
				h.Set("Retry-After", fmt.Sprint(int(f.retryAfter.Seconds())+1))
			}
			if f.allow != "" {
				h.Set("Allow", f.allow)
			}
			body = f.wire(c, s.now())
		}
		writeJSON(w, status, body)
	})
}

// call is one request as the parts of this package see it.
type call struct {
	*http.Request
	base             string // scheme and host of the authority that the client used
	trace            string
	correlation      string
	correlationGiven bool
	who              string // id of the principal, once it is known
}

func (s *Service) call(r *http.Request) *call {
	c := &call{Request: r, base: s.base(r.Host), trace: uuid.NewString()}
	for _, id := range []string{r.Header.Get("client-request-id"), r.URL.Query().Get("client-request-id")} {
		if isGUID(id) {
			c.correlation, c.correlationGiven = strings.ToLower(id), true
			return c
		}
	}
	c.correlation = uuid.NewString()
	return c
}

// answer finds the endpoint and runs it.
func (s *Service) answer(c *call) (int, any) {
	p := parsePath(c.URL.EscapedPath())
	if p.end == nil {
		return refuse(failure{status: http.StatusNotFound, kind: "invalid_request",
			text: "there is no sign-in endpoint at this path; the OpenID configuration lists those that exist"})
	}
	allowed := p.end.method == c.Method || (p.end.method == http.MethodGet && c.Method == http.MethodHead)
	if !allowed && p.end.method != "" {
		f := fail(http.StatusMethodNotAllowed, "invalid_request", 900561,
			"The endpoint only accepts %s requests. Received a %s request.", p.end.method, knownMethod(c.Method))
		f.allow = p.end.method
		return refuse(f)
	}
	body, err := p.end.serve(s, c, p)
	if err != nil {
		return refuse(asFailure(err))
	}
	return http.StatusOK, body
}

func refuse(f failure) (int, any) { return f.status, f }

// asFailure keeps what an error says inside: only a failure is for the client.
func asFailure(err error) failure {
	var f failure
	if errors.As(err, &f) {
		return f
	}
	f = fail(http.StatusServiceUnavailable, "temporarily_unavailable", 90033, "A transient error has occurred. Please try again.")
	f.cause = err
	return f
}

func (s *Service) logRefusal(c *call, f failure) {
	level := slog.LevelWarn
	if f.cause != nil {
		level = slog.LevelError
	}
	attrs := []slog.Attr{
		slog.Int("code", f.code), slog.Int("status", f.status), slog.String("error", f.kind), slog.String("traceId", c.trace),
		slog.String("correlationId", c.correlation), slog.String("remote", c.RemoteAddr),
	}
	if c.who != "" {
		attrs = append(attrs, slog.String("principal", c.who))
	}
	if f.cause != nil {
		attrs = append(attrs, slog.String("cause", f.cause.Error()))
	}
	s.log.LogAttrs(c.Context(), level, "sign-in refused", attrs...)
}

// knownMethod keeps what a client made up out of the answer.
func knownMethod(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "non-standard"
}

func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	_, err := uuid.Parse(s)
	return err == nil
}
