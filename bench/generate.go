package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"inlay/audit"
	"inlay/demo"
	"inlay/server"
)

// generateTo is what a client needs to ask the whole server for tokens.
type generateTo struct {
	Access string          `json:"access"`
	Body   json.RawMessage `json:"body"`
}

// unrecorded is a server without its audit log, to see what the log costs.
type unrecorded struct{}

func (unrecorded) Append(context.Context, audit.Record) error { return nil }

func (unrecorded) Note(audit.Record) {}

// serveRecorded is a bare POST with a durable record of what it answered: what any server costs that
// keeps one, whatever it decides.
func serveRecorded() (service, error) {
	dir, err := os.MkdirTemp("", "inlay-bench-")
	if err != nil {
		return service{}, err
	}
	atExit(func() { _ = os.RemoveAll(dir) })
	log, err := audit.Open(filepath.Join(dir, "audit"), audit.Options{})
	if err != nil {
		return service{}, err
	}
	atExit(func() { _ = log.Close() })
	const id = "5d3b2a1c-4b1e-4a55-9d0e-1f0a6a8f2c11"
	record := audit.Record{
		Kind: audit.Generate, Operation: "EmbedToken_GenerateToken", Request: id, Token: id, Tenant: id, Principal: id,
		Name: "Shop", Workspaces: []string{id}, Reports: []string{id}, Datasets: []string{id}, Status: http.StatusOK, Client: "127.0.0.1",
	}
	return service{handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := log.Append(r.Context(), record); err != nil {
			http.Error(w, "not recorded", http.StatusServiceUnavailable)
			return
		}
		fixed(w, r)
	})}, nil
}

// serveGenerate is the whole server with the demo's catalog, as inlay serve runs it. It tells how
// to ask it for a token.
func serveGenerate(o ...server.Option) (service, error) {
	dir, err := os.MkdirTemp("", "inlay-bench-")
	if err != nil {
		return service{}, err
	}
	atExit(func() { _ = os.RemoveAll(dir) })
	ctx := context.Background()
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return service{}, err
	}
	atExit(func() { _ = log.Close() })
	cfg := server.Config{Data: dir, SignIn: true, Listen: "127.0.0.1:0", TLSListen: "127.0.0.1:0", PublicURL: "http://localhost:8400", ResultCache: 64} // the log as it is without options
	s, err := server.New(ctx, cfg, append(o, server.WithLog(cfg.Logger(log)))...)
	if err != nil {
		return service{}, err
	}
	atExit(func() { _ = s.Close() })
	path, err := s.Demo(ctx)
	if err != nil {
		return service{}, err
	}
	f, err := demo.Read(filepath.Clean(path))
	if err != nil {
		return service{}, err
	}
	access, err := signIn(s.Handler(), f)
	if err != nil {
		return service{}, err
	}
	who := f.Identities[0]
	body, err := json.Marshal(map[string]any{
		"datasets":   []any{map[string]string{"id": f.DatasetID}},
		"reports":    []any{map[string]string{"id": f.ReportID}},
		"identities": []any{map[string]any{"username": who.Username, "roles": who.Roles, "datasets": []string{f.DatasetID}}},
	})
	if err != nil {
		return service{}, err
	}
	tell, err := json.Marshal(generateTo{access, body})
	run := func(ctx context.Context, ready func(string)) error {
		return s.Run(ctx, func(a server.Addresses) { ready(strings.TrimPrefix(a.HTTP, "http://")) })
	}
	return service{handler: s.Handler(), run: run, data: dir, tell: string(tell)}, err
}

// signIn asks the handler for an access token, as the demo's application does.
func signIn(h http.Handler, f demo.File) (string, error) {
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {f.ServicePrincipal.ClientID},
		"client_secret": {f.ServicePrincipal.ClientSecret}, "scope": {"https://analysis.windows.net/powerbi/api/.default"},
	}
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, f.AuthorityURL+"/"+f.TenantID+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK {
		return "", fmt.Errorf("signing in answered %d", w.Code)
	}
	return answer.AccessToken, nil
}
