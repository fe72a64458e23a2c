package server

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"inlay"
	"inlay/audit"
)

// unrecorded keeps no records: a disk has a cost of its own, which package audit measures.
type unrecorded struct{}

func (unrecorded) Append(context.Context, audit.Record) error { return nil }
func (unrecorded) Note(audit.Record)                          {}

// discarded is a ResponseWriter that keeps the status alone.
type discarded struct {
	header http.Header
	status int
}

func (d *discarded) Header() http.Header         { return d.header }
func (d *discarded) Write(p []byte) (int, error) { return len(p), nil }
func (d *discarded) WriteHeader(status int)      { d.status = status }

// again is a body that is read once for each request.
type again struct{ bytes.Reader }

func (*again) Close() error { return nil }

// BenchmarkGenerateToken is a request for a token without network, audit log and what net/http
// makes for each request.
func BenchmarkGenerateToken(b *testing.B) {
	ctx := b.Context()
	cfg := Config{Data: b.TempDir(), SignIn: true, Listen: "127.0.0.1:0", TLSListen: "127.0.0.1:0", PublicURL: "http://localhost:8400"}
	s, err := New(ctx, cfg, WithLog(cfg.Logger(io.Discard)), WithRecorder(unrecorded{}))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	bearer, body := embeddable(b, s)
	run := func(b *testing.B, next func() bool) {
		sent := &again{}
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/v1.0/myorg/GenerateToken", sent)
		r.Header = http.Header{"Authorization": {"Bearer " + bearer}, "Content-Type": {"application/json"}}
		d := &discarded{header: http.Header{}}
		for next() {
			sent.Reset(body)
			r.ContentLength = int64(len(body))
			s.Handler().ServeHTTP(d, r)
			if d.status != http.StatusOK {
				b.Fatal(d.status)
			}
		}
	}
	b.Run("alone", func(b *testing.B) {
		b.ReportAllocs()
		run(b, b.Loop)
	})
	b.Run("parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(p *testing.PB) { run(b, p.Next) })
	})
}

// embeddable publishes a report on a dataset with a role, and answers with an access token and
// a usual request for a token.
func embeddable(tb testing.TB, s *Server) (bearer string, body []byte) {
	tb.Helper()
	ctx := tb.Context()
	check := func(err error) {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
	}
	room, err := s.NewWorkspace(ctx, "Sales")
	check(err)
	now := time.Now().UTC()
	d := inlay.Dataset{ID: uuid.NewString(), WorkspaceID: room.ID, Name: "Orders", Roles: []string{"Tenant members"}, CreatedAt: now}
	check(s.store.CreateDataset(ctx, d))
	p := inlay.Report{ID: uuid.NewString(), WorkspaceID: room.ID, DatasetID: d.ID, Name: "Orders", CreatedAt: now}
	check(s.store.CreateReport(ctx, p))
	app, secret, err := s.NewApp(ctx, "Shop")
	check(err)
	check(s.Join(ctx, room.ID, app.ID, inlay.Member))
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {app.ClientID}, "client_secret": {secret}, "scope": {"https://analysis.windows.net/powerbi/api/.default"}}
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/"+s.TenantID()+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	check(json.Unmarshal(w.Body.Bytes(), &answer))
	body, err = json.Marshal(map[string]any{
		"datasets":   []any{map[string]string{"id": d.ID}},
		"reports":    []any{map[string]string{"id": p.ID}},
		"identities": []any{map[string]any{"username": "amira@alderfoods.example.com", "roles": d.Roles, "datasets": []string{d.ID}}},
	})
	check(err)
	return answer.AccessToken, body
}
