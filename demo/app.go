package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Application is the demo's back end: what an application that embeds reports has to do. It
// talks to Inlay over HTTP, as any client.
type Application struct {
	File       File
	ReportName string
	// Hosts are further names, without port, under which the page may be asked for. Names of
	// this machine and those of the API's address always may.
	Hosts []string
	// Client is for requests to the API and the token endpoint. If it is nil, one is used that
	// waits 15 seconds and follows no redirects.
	Client *http.Client
	// Now is the clock; time.Now if nil.
	Now func() time.Time
}

// maxBody is more than any request of the page needs.
const maxBody = 4 << 10

// Handler serves /demo/config and /demo/token. It hands out tokens to whoever asks, so it
// belongs on a machine of one's own; requests of other sites' pages are refused all the same.
func (a Application) Handler() http.Handler {
	s := &session{file: a.File, client: a.Client, now: a.Now}
	if s.client == nil {
		s.client = &http.Client{Timeout: 15 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	if s.now == nil {
		s.now = time.Now
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /demo/config", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, a.config())
	})
	mux.HandleFunc("POST /demo/token", func(w http.ResponseWriter, r *http.Request) { token(s, w, r) })
	return a.sameSite(mux)
}

type config struct {
	ReportName  string   `json:"reportName"`
	WorkspaceID string   `json:"workspaceId"`
	ReportID    string   `json:"reportId"`
	DatasetID   string   `json:"datasetId"`
	APIURL      string   `json:"apiUrl"`
	Viewers     []Viewer `json:"viewers"`
	Left        string   `json:"left"`
	Right       string   `json:"right"`
}

func (a Application) config() config {
	return config{
		ReportName: a.ReportName, WorkspaceID: a.File.WorkspaceID, ReportID: a.File.ReportID,
		DatasetID: a.File.DatasetID, APIURL: a.File.APIURL, Viewers: Viewers(), Left: left, Right: right,
	}
}

// sameSite refuses what did not come from the page itself: requests of other sites' pages, and
// names that are not ours, which a page elsewhere could have pointed at this machine.
func (a Application) sameSite(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !a.knownHost(r.Host):
			refuse(w, http.StatusMisdirectedRequest, "UnknownHost", "the demo does not answer under this host name")
		case !sameOrigin(r):
			refuse(w, http.StatusForbidden, "CrossSiteRequest", "the demo answers its own page only")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func (a Application) knownHost(host string) bool {
	name := strings.ToLower(hostname(host))
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	if ip := net.ParseIP(name); ip != nil && ip.IsLoopback() {
		return true
	}
	if api, err := url.Parse(a.File.APIURL); err == nil && strings.EqualFold(api.Hostname(), name) && name != "" {
		return true
	}
	for _, h := range a.Hosts {
		if h != "" && strings.EqualFold(h, name) {
			return true
		}
	}
	return false
}

// hostname is a Host header without its port and the brackets of an IPv6 address.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.Trim(host, "[]")
}

// sameOrigin believes what browsers say about where a request comes from. Other clients say
// nothing, and have no user whose address could be misused.
func sameOrigin(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		return false
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

type tokenRequest struct {
	Viewer            string `json:"viewer"`
	LifetimeInMinutes int    `json:"lifetimeInMinutes"`
}

// token answers POST /demo/token.
func token(s *session, w http.ResponseWriter, r *http.Request) {
	req, err := decode(w, r)
	if err != nil {
		refuse(w, http.StatusBadRequest, "InvalidRequest", err.Error())
		return
	}
	v, ok := viewer(req.Viewer)
	if !ok {
		refuse(w, http.StatusNotFound, "UnknownViewer", "no such viewer; /demo/config lists them")
		return
	}
	got, err := s.token(r.Context(), v, req.LifetimeInMinutes)
	if err != nil {
		got.Error = &problem{Code: "UpstreamError", Message: err.Error()}
		answer(w, http.StatusBadGateway, got)
		return
	}
	answer(w, http.StatusOK, got)
}

// decode reads the page's request. Only JSON is taken, which no form of another site can send.
func decode(w http.ResponseWriter, r *http.Request) (tokenRequest, error) {
	var req tokenRequest
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return req, errors.New("content type must be application/json")
	}
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(&req); err != nil {
		return req, errors.New(`body must be {"viewer": "…", "lifetimeInMinutes": n}`)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return req, errors.New("body must be one JSON object")
	}
	if req.LifetimeInMinutes < 0 || req.LifetimeInMinutes > 24*60 {
		return req, fmt.Errorf("lifetimeInMinutes is %d; it must lie between 0, which asks for no limit, and %d", req.LifetimeInMinutes, 24*60)
	}
	return req, nil
}

type problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	answer(w, status, map[string]problem{"error": {code, message}})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the browser went away: nobody is left to tell
}
