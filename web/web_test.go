package web

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func ask(t *testing.T, h http.Handler, method, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestEmbedPageIsFoundHoweverItIsSpelled(t *testing.T) {
	h := Handler(Config{})
	for _, path := range []string{
		"/reportEmbed", "/reportembed", "/REPORTEMBED/", "/reportEmbed?reportId=x&uid=y", "/dashboardEmbed", "/embed?tileId=x",
		"/tileEmbed", "/qnaEmbed", "/rdlEmbed/", "/quickCreate",
	} {
		if r := ask(t, h, "GET", path); r.StatusCode != http.StatusOK || !strings.Contains(body(t, r), "inlayInbox") {
			t.Errorf("GET %s: %s, want the embed page", path, r.Status)
		}
	}
	for _, path := range []string{"/", "/reportEmbedX", "/x/reportEmbed", "/inlay/assets/", "/inlay/assets/none.js", "/inlay/assets/../embed.html", "/embed.html"} {
		if r := ask(t, h, "GET", path); r.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s: %s, want 404", path, r.Status)
		}
	}
	if r := ask(t, h, "POST", "/reportEmbed"); r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST /reportEmbed: %s, want 405", r.Status)
	}
}

func TestEmbedPageCarriesNothingOfTheRequest(t *testing.T) {
	h := Handler(Config{})
	plain := body(t, ask(t, h, "GET", "/reportEmbed"))
	r := ask(t, h, "GET", "/reportEmbed?x=%3Cscript%3Ealert(1)%3C/script%3E")
	if body(t, r) != plain {
		t.Error("the page depends on its query")
	}
	if r.Header.Get("Set-Cookie") != "" {
		t.Error("the page sets a cookie")
	}
}

func TestPolicyAdmitsTheInlineScriptAndNoOther(t *testing.T) {
	r := ask(t, Handler(Config{}), "GET", "/reportEmbed")
	policy, page := r.Header.Get("Content-Security-Policy"), body(t, r)
	scripts := regexp.MustCompile(`(?s)<script>(.*?)</script>`).FindAllStringSubmatch(page, -1)
	if len(scripts) != 1 {
		t.Fatalf("the page has %d inline scripts, want 1", len(scripts))
	}
	sum := sha256.Sum256([]byte(scripts[0][1]))
	if want := "script-src 'self' 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "';"; !strings.Contains(policy, want) {
		t.Errorf("policy %q lacks %q", policy, want)
	}
	for _, bad := range []string{"unsafe", "*", "{"} {
		if strings.Contains(policy, bad) {
			t.Errorf("policy %q holds %q", policy, bad)
		}
	}
	if regexp.MustCompile(`(?i)\son\w+=|style=`).MatchString(page) {
		t.Error("the page has inline handlers or styles, which its policy forbids")
	}
}

func TestFrameAncestors(t *testing.T) {
	tests := []struct {
		name string
		give []string
		want string
	}{
		{"none", nil, "; frame-ancestors 'self'"},
		{"two", []string{"https://a.example.com", " https://*.b.example.com "}, "; frame-ancestors 'self' https://a.example.com https://*.b.example.com"},
		{"any", []string{"*"}, ""},
		{"what would end the directive", []string{"https://a.example.com; script-src *", "", "x\r\nSet-Cookie: a"}, "; frame-ancestors 'self'"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			policy := ask(t, Handler(Config{FrameAncestors: test.give}), "GET", "/reportEmbed").Header.Get("Content-Security-Policy")
			_, got, _ := strings.Cut(policy, "form-action 'none'")
			if got != test.want {
				t.Errorf("policy ends with %q, want %q", got, test.want)
			}
		})
	}
}

func TestHeadersOfPages(t *testing.T) {
	for name, r := range map[string]*http.Response{
		"embed": ask(t, Handler(Config{}), "GET", "/reportEmbed"),
		"demo":  ask(t, DemoPage(), "GET", "/"),
	} {
		for header, want := range map[string]string{
			"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache", "Content-Type": "text/html; charset=utf-8",
		} {
			if got := r.Header.Get(header); got != want {
				t.Errorf("%s: %s is %q, want %q", name, header, got, want)
			}
		}
		if r.Header.Get("Permissions-Policy") == "" {
			t.Errorf("%s: no Permissions-Policy", name)
		}
	}
}

// Every file that a page names must be there, and stay for as long as a browser keeps it.
func TestAssetsOfPages(t *testing.T) {
	refs := regexp.MustCompile(`(?:src|href)="(/[^"]+)"`)
	for name, h := range map[string]http.Handler{"embed": Handler(Config{}), "demo": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/inlay-embed") {
			Handler(Config{}).ServeHTTP(w, r)
			return
		}
		DemoPage().ServeHTTP(w, r)
	})} {
		path := map[string]string{"embed": "/reportEmbed", "demo": "/"}[name]
		found := refs.FindAllStringSubmatch(body(t, ask(t, h, "GET", path)), -1)
		if len(found) < 3 {
			t.Fatalf("%s names %d files, want at least 3", name, len(found))
		}
		for _, ref := range found {
			r := ask(t, h, "GET", ref[1])
			if r.StatusCode != http.StatusOK {
				t.Errorf("%s names %s: %s", name, ref[1], r.Status)
			}
			if cache := r.Header.Get("Cache-Control"); strings.HasPrefix(ref[1], "/inlay/assets/") && !strings.Contains(cache, "immutable") {
				t.Errorf("%s: Cache-Control %q", ref[1], cache)
			}
		}
	}
}

func TestAssetsAreCompressedAndRevalidated(t *testing.T) {
	h := Handler(Config{})
	plain := ask(t, h, "GET", "/inlay-embed.js")
	want := body(t, plain)
	if plain.Header.Get("Content-Type") != "text/javascript; charset=utf-8" || plain.Header.Get("Content-Encoding") != "" {
		t.Errorf("headers %v", plain.Header)
	}
	small := ask(t, h, "GET", "/inlay-embed.js", "Accept-Encoding", "br, gzip;q=0.8")
	z, err := gzip.NewReader(small.Body)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(z)
	if err != nil || string(got) != want {
		t.Errorf("unpacked %d bytes (%v), want %d", len(got), err, len(want))
	}
	if r := ask(t, h, "GET", "/inlay-embed.js", "Accept-Encoding", "gzip;q=0"); r.Header.Get("Content-Encoding") != "" {
		t.Error("compressed although refused")
	}
	again := ask(t, h, "GET", "/inlay-embed.js", "If-None-Match", plain.Header.Get("ETag"))
	if again.StatusCode != http.StatusNotModified || body(t, again) != "" {
		t.Errorf("asked again: %s", again.Status)
	}
	if head := ask(t, h, "HEAD", "/inlay-embed.js"); body(t, head) != "" || head.Header.Get("Content-Length") == "" {
		t.Error("HEAD has a body or no length")
	}
}

func TestDemoPageEmbedsFromItsOwnOriginOnly(t *testing.T) {
	r := ask(t, DemoPage(), "GET", "/")
	policy := r.Header.Get("Content-Security-Policy")
	for _, want := range []string{"frame-src 'self'", "script-src 'self';", "frame-ancestors 'none'", "default-src 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("policy %q lacks %q", policy, want)
		}
	}
	if r := ask(t, DemoPage(), "GET", "/other"); r.StatusCode != http.StatusNotFound {
		t.Errorf("GET /other: %s", r.Status)
	}
}

// TestPageForOneOrigin holds that an address may name one origin that may frame the page, that this
// never lets in whom the server does not, and that what is no origin lets in nobody.
func TestPageForOneOrigin(t *testing.T) {
	h := Handler(Config{FrameAncestors: []string{"https://app.example.com"}})
	for query, want := range map[string]string{
		"inlayOrigin=https%3A%2F%2Fapp.example.com":          "frame-ancestors https://app.example.com",
		"inlayOrigin=https%3A%2F%2Fother.example.net%3A8443": "frame-ancestors https://other.example.net:8443",
		"inlayOrigin=":                                    "frame-ancestors 'none'",
		"inlayOrigin=*":                                   "frame-ancestors 'none'",
		"inlayOrigin=https:":                              "frame-ancestors 'none'",
		"inlayOrigin=https://a.b%3Bx":                     "frame-ancestors 'none'",
		"inlayOrigin=https://*.b":                         "frame-ancestors 'none'",
		"inlayOrigin=https://A.b":                         "frame-ancestors 'none'",
		"inlayOrigin=https://a.b:443":                     "frame-ancestors 'none'",
		"inlayOrigin=https://a.b%20*":                     "frame-ancestors 'none'",
		"inlayOrigin=https://a.b%0d%0ax:":                 "frame-ancestors 'none'",
		"inlayOrigin=https://a.b&inlayOrigin=https://c.d": "frame-ancestors 'none'",
	} {
		r := ask(t, h, http.MethodGet, "/reportEmbed?reportId=x&"+query)
		policies := r.Header.Values("Content-Security-Policy")
		if len(policies) != 2 || policies[0] != want || !strings.Contains(policies[1], "; frame-ancestors 'self' https://app.example.com") {
			t.Errorf("%s: %q", query, policies)
		}
	}
	if r := ask(t, h, http.MethodGet, "/reportEmbed?reportId=x"); len(r.Header.Values("Content-Security-Policy")) != 1 {
		t.Error("a second policy that nobody asked for")
	}
}
