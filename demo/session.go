package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// scope is the permission that a client of the API asks for, as Entra names it.
const scope = "https://analysis.windows.net/powerbi/api/.default"

// spare is how long before its expiry an access token is no longer used. An embed token lives
// at most as long as the access token that asked for it.
const spare = 5 * time.Minute

// maxAnswer bounds what is read of an answer.
const maxAnswer = 1 << 20

// session is the application signed in. It keeps the access token to itself.
type session struct {
	file   File
	client *http.Client
	now    func() time.Time

	mu       sync.Mutex
	access   string
	expires  time.Time
	embedURL string
}

// exchange is what the page shows of a token request, and what it needs to embed.
type exchange struct {
	Request  sent       `json:"request"`
	Response received   `json:"response"`
	Embed    *embedding `json:"embed,omitempty"`
	Error    *problem   `json:"error,omitempty"`
}

type sent struct {
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Body    generate          `json:"body"`
}

type received struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    any               `json:"body"`
}

type embedding struct {
	ReportID    string `json:"reportId"`
	EmbedURL    string `json:"embedUrl"`
	AccessToken string `json:"accessToken"`
	Expiration  string `json:"expiration"`
}

// generate is the request of GenerateToken.
type generate struct {
	Datasets          []item     `json:"datasets"`
	Reports           []item     `json:"reports"`
	Identities        []identity `json:"identities"`
	LifetimeInMinutes int        `json:"lifetimeInMinutes,omitempty"`
}

type item struct {
	ID string `json:"id"`
}

type identity struct {
	Username string   `json:"username"`
	Roles    []string `json:"roles"`
	Datasets []string `json:"datasets"`
}

// token asks for an embed token of a viewer. An error comes with as much of the exchange as
// took place.
func (s *session) token(ctx context.Context, v Viewer, lifetime int) (exchange, error) {
	x := exchange{Request: sent{
		Method:  http.MethodPost,
		URL:     s.file.APIURL + "/v1.0/myorg/GenerateToken",
		Headers: map[string]string{"Authorization": "Bearer (access token of the application)", "Content-Type": "application/json"},
		Body: generate{
			Datasets:          []item{{s.file.DatasetID}},
			Reports:           []item{{s.file.ReportID}},
			Identities:        []identity{{v.Username, v.Roles, []string{s.file.DatasetID}}},
			LifetimeInMinutes: lifetime,
		},
	}}
	embedURL, err := s.report(ctx)
	if err != nil {
		return x, err
	}
	status, header, body, err := s.call(ctx, http.MethodPost, x.Request.URL, x.Request.Body)
	if err != nil {
		return x, err
	}
	x.Response = received{Status: status, Headers: shown(header), Body: body}
	fields, _ := body.(map[string]any)
	secret, _ := fields["token"].(string)
	if status != http.StatusOK || secret == "" {
		return x, fmt.Errorf("GenerateToken answered %d%s", status, reason(body))
	}
	expiration, _ := fields["expiration"].(string)
	x.Embed = &embedding{s.file.ReportID, embedURL, secret, expiration}
	fields["token"] = shorten(secret)
	return x, nil
}

// report is the address at which the report is embedded, as the API says it.
func (s *session) report(ctx context.Context) (string, error) {
	s.mu.Lock()
	known := s.embedURL
	s.mu.Unlock()
	if known != "" {
		return known, nil
	}
	address := s.file.APIURL + "/v1.0/myorg/groups/" + url.PathEscape(s.file.WorkspaceID) + "/reports/" + url.PathEscape(s.file.ReportID)
	status, _, body, err := s.call(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	fields, _ := body.(map[string]any)
	embedURL, _ := fields["embedUrl"].(string)
	if status != http.StatusOK || embedURL == "" {
		return "", fmt.Errorf("asking for the report answered %d%s", status, reason(body))
	}
	s.mu.Lock()
	s.embedURL = embedURL
	s.mu.Unlock()
	return embedURL, nil
}

// call sends a request with the access token. An access token that is no longer accepted, as
// after a restart of the server with other keys, is asked for anew once.
func (s *session) call(ctx context.Context, method, address string, body any) (int, http.Header, any, error) {
	for attempt := 0; ; attempt++ {
		access, fresh, err := s.signIn(ctx)
		if err != nil {
			return 0, nil, nil, err
		}
		status, header, answer, err := s.do(ctx, method, address, body, access)
		refused := status == http.StatusUnauthorized || status == http.StatusForbidden
		if err != nil || !refused || fresh || attempt > 0 {
			return status, header, answer, err
		}
		s.forget(access)
	}
}

func (s *session) do(ctx context.Context, method, address string, body any, access string) (int, http.Header, any, error) {
	var send io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return 0, nil, nil, err
		}
		send = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, address, send)
	if err != nil {
		return 0, nil, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+access)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return s.send(req)
}

// send sends a request and reads the answer: its JSON, nil where there is none.
func (s *session) send(req *http.Request) (int, http.Header, any, error) {
	resp, err := s.client.Do(req)
	if err != nil {
		var cause *url.Error // which would repeat the whole address
		if errors.As(err, &cause) {
			err = cause.Err
		}
		return 0, nil, nil, fmt.Errorf("reach %s: %w", req.URL.Host, err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return 0, nil, nil, fmt.Errorf("read the answer of %s: %w", req.URL.Path, err)
	}
	var body any
	if len(bytes.TrimSpace(text)) > 0 {
		if err := json.Unmarshal(text, &body); err != nil {
			return 0, nil, nil, fmt.Errorf("%s answered %d with what is no JSON", req.URL.Path, resp.StatusCode)
		}
	}
	return resp.StatusCode, resp.Header, body, nil
}

// signIn returns an access token, and whether it was made now. Requests that come while one
// signs in wait for it.
func (s *session) signIn(ctx context.Context) (access string, fresh bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.access != "" && s.now().Before(s.expires.Add(-spare)) {
		return s.access, false, nil
	}
	form := url.Values{
		"grant_type":    {"client_credentials"},
		"client_id":     {s.file.ServicePrincipal.ClientID},
		"client_secret": {s.file.ServicePrincipal.ClientSecret},
		"scope":         {scope},
	}
	address := strings.TrimSuffix(s.file.AuthorityURL, "/") + "/" + url.PathEscape(s.file.TenantID) + "/oauth2/v2.0/token"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return "", false, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	asked := s.now()
	status, _, body, err := s.send(req)
	if err != nil {
		return "", false, err
	}
	fields, _ := body.(map[string]any)
	access, _ = fields["access_token"].(string)
	seconds, _ := fields["expires_in"].(float64)
	if status != http.StatusOK || access == "" {
		return "", false, fmt.Errorf("signing in answered %d%s", status, reason(body))
	}
	s.access, s.expires = access, asked.Add(time.Duration(seconds)*time.Second)
	return access, true, nil
}

// forget drops an access token, unless another request has replaced it already.
func (s *session) forget(access string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.access == access {
		s.access = ""
	}
}

// reason is what an error answer says, in the form of the API or of the token endpoint.
func reason(body any) string {
	fields, _ := body.(map[string]any)
	if text, ok := fields["error_description"].(string); ok {
		return ": " + text
	}
	inner, _ := fields["error"].(map[string]any)
	if text, ok := inner["message"].(string); ok {
		return ": " + text
	}
	if text, ok := inner["code"].(string); ok {
		return ": " + text
	}
	return ""
}

// shown picks the headers that tell a reader something.
func shown(h http.Header) map[string]string {
	out := map[string]string{}
	for _, name := range []string{"Content-Type", "Cache-Control", "RequestId", "X-PowerBI-Error-Info"} {
		if v := h.Get(name); v != "" {
			out[name] = v
		}
	}
	return out
}

// shorten keeps enough of a token to recognise it, and too little to use it.
func shorten(token string) string {
	if len(token) <= 24 {
		return "…"
	}
	return fmt.Sprintf("%s… (%d characters)", token[:12], len(token))
}
