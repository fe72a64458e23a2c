package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"inlay"
	"inlay/audit"
	"inlay/embedtoken"
	"inlay/entra"
	"inlay/query"
	"inlay/rest"
	"inlay/store/sqlstore"
	"inlay/web"
)

// Server is an open data folder and everything that serves it.
type Server struct {
	cfg        Config
	parts      parts
	dir        string
	tenant     string
	store      *sqlstore.Store
	ring       *embedtoken.Ring
	signIn     *entra.Service
	signInRing *entra.Ring
	datasets   *datasets
	engines    *engines
	sources    sources
	audit      *audit.Log
	handler    dispatch

	importing  sync.Mutex
	refreshing *refreshing
}

// parts are what a caller in the same process may replace.
type parts struct {
	now      func() time.Time
	log      *slog.Logger
	workers  bool          // the program can become a worker
	recorder rest.Recorder // in place of the audit log; nil in all that is served to people
}

// Option replaces a part of a server: for tests, and for programs that embed one.
type Option func(*parts)

// WithClock sets the clock that decides what has expired.
func WithClock(now func() time.Time) Option { return func(p *parts) { p.now = now } }

// WithLog sets where the server logs; slog.Default() if it is not set.
func WithLog(log *slog.Logger) Option { return func(p *parts) { p.log = log } }

// WithRecorder sets who keeps the records of requests, in place of the audit log of the data folder.
func WithRecorder(r rest.Recorder) Option { return func(p *parts) { p.recorder = r } }

// New opens a data folder, making it if it is empty, and wires the server. Close it.
func New(ctx context.Context, cfg Config, opts ...Option) (*Server, error) {
	s := &Server{cfg: cfg, parts: parts{now: time.Now, log: slog.Default()}}
	for _, o := range opts {
		o(&s.parts)
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(cfg.Data)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	s.dir = dir
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if s.tenant, err = ensureTenant(dir, cfg.TenantID); err != nil {
		return nil, err
	}
	if s.store, err = sqlstore.Open(ctx, filepath.Join(dir, "catalog.db")); err != nil {
		return nil, err
	}
	if err := s.wire(); err != nil {
		return nil, errors.Join(err, s.store.Close())
	}
	return s, nil
}

// wire connects the rooms.
func (s *Server) wire() error {
	var err error
	if s.signInRing, err = entra.OpenRing(s.signInKeyFile()); err != nil {
		return err
	}
	if s.ring, err = embedtoken.OpenRing(s.embedKeys()); err != nil {
		return err
	}
	if s.audit, err = audit.Open(filepath.Join(s.dir, "audit"), audit.Options{Now: s.parts.now, Log: s.parts.log}); err != nil {
		return err
	}
	s.signIn = entra.New(entra.Config{TenantID: s.tenant, AuthorityURL: s.AuthorityURL(), Principals: s.store, Keys: s.signInRing,
		PasswordGrant: s.cfg.PasswordGrant, Now: s.parts.now, Log: s.parts.log})
	dbs, err := openDatabases(s.cfg, s.parts)
	if err != nil {
		return err
	}
	if s.sources, err = openSources(s.cfg); err != nil {
		return err
	}
	if s.engines, err = newEngines(s.cfg, s.dir, s.parts); err != nil {
		return err
	}
	s.datasets = newDatasets(s.dir, s.engines, dbs, s.parts.log)
	s.datasets.keep(s.cfg.ResultCache)
	if s.cfg.SecurityMode == "compat" {
		s.datasets.mode = query.Compat
	}
	s.refreshing = newRefreshing(s)
	s.handler = dispatch{
		signIn: s.signIn.Handler(),
		web:    web.Handler(web.Config{FrameAncestors: s.cfg.EmbedOrigins}),
		rest: rest.New(rest.Config{PublicURL: s.PublicURL(), TenantID: s.tenant, Items: s.store, Members: s.store, Facts: s.store,
			Auth: s.authenticator(), Tokens: s.ring, Revocations: s.store, Uses: s.store, Engine: s.datasets, Definitions: &definitions{dir: s.dir}, Audit: s.recorder(),
			Policy:         embedtoken.Policy{RequireIdentity: s.cfg.RequireIdentity, StrictRoles: s.cfg.StrictRoles},
			Administrators: s.cfg.Administrators, Activity: s.activity, Refreshes: s.refreshing,
			Wire: s.cfg.Wire(), Now: s.parts.now, Log: s.parts.log}),
	}
	if !s.cfg.SignIn {
		s.handler.signIn = signInOff()
	}
	return nil
}

// recorder keeps the records of requests.
func (s *Server) recorder() rest.Recorder {
	if s.parts.recorder != nil {
		return s.parts.recorder
	}
	return s.audit
}

// authenticator reads access tokens; without a sign-in there are none to read.
func (s *Server) authenticator() rest.Authenticator {
	if s.cfg.SignIn {
		return s.signIn
	}
	return noSignIn{}
}

// noSignIn refuses every access token, with the reason.
type noSignIn struct{}

func (noSignIn) Authenticate(context.Context, string) (inlay.Caller, error) {
	return inlay.Caller{}, &inlay.Error{Kind: inlay.Unauthenticated, Msg: "this server has no sign-in",
		Remedy: "start it with --sign-in to use the built-in one"}
}

// signInOff answers for the paths of a sign-in that is off.
func signInOff() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(`{"error":"invalid_request","error_description":"The built-in sign-in is off. Start Inlay with --sign-in to use it."}` + "\n"))
	})
}

// ensureTenant finds the tenant id of a data folder, or makes one. A configured id wins in an
// empty folder and must be the same afterwards: tokens and keys belong to a tenant.
func ensureTenant(dir, configured string) (string, error) {
	path := filepath.Join(dir, "tenant")
	data, err := os.ReadFile(path)
	switch {
	case err == nil:
		id := strings.TrimSpace(string(data))
		if configured != "" && !strings.EqualFold(configured, id) {
			return "", inlay.Errorf(inlay.Invalid, "--tenant-id is %s, and the data folder %s belongs to tenant %s: leave the option out or use another folder", configured, dir, id)
		}
		return id, nil
	case !errors.Is(err, os.ErrNotExist):
		return "", fmt.Errorf("tenant id: %w", err)
	}
	id := strings.ToLower(configured)
	if id == "" {
		id = uuid.NewString()
	}
	return id, os.WriteFile(path, []byte(id+"\n"), 0o600)
}

// Handler serves everything.
func (s *Server) Handler() http.Handler { return s.handler }

// ServeDemo adds the page of inlay demo and the routes of its application.
func (s *Server) ServeDemo(app http.Handler) {
	page := web.DemoPage()
	s.handler.demo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/demo/") {
			app.ServeHTTP(w, r)
			return
		}
		page.ServeHTTP(w, r)
	})
}

// TenantID is the tenant of the data folder.
func (s *Server) TenantID() string { return s.tenant }

// PublicURL is where clients find the server.
func (s *Server) PublicURL() string { return s.cfg.Public() }

// Close closes what is open, after the questions under way have ended.
func (s *Server) Close() error {
	s.refreshing.close()
	s.datasets.Close()
	s.datasets.dbs.Close()
	return errors.Join(s.engines.Close(), s.audit.Close(), s.store.Close())
}

// Now is the time by the server's clock, in UTC.
func (s *Server) Now() time.Time { return s.parts.now().UTC() }

// now is the time.
func (s *Server) now() time.Time { return s.parts.now() }
