// Package web serves the browser side of Inlay: the embed page that powerbi-client puts into
// an iframe, the shim that lets the client accept a self-hosted address, and the demo page.
//
// The TypeScript is in src; what build.mjs makes of it is in dist, committed, and part of the
// program. The pages hold no data and need no authorization: the embed page gets its token by
// postMessage from the host page and uses the private routes of package rest with it.
package web

import (
	"net/http"
	"strings"

	"inlay/embedtoken"
)

// Config says who may embed.
type Config struct {
	// FrameAncestors are the sources of the CSP directive frame-ancestors, such as
	// "https://app.example.com". None means the server's own origin. The single entry "*" omits
	// the directive, so that pages without an origin (files, sandboxed frames) may embed too.
	FrameAncestors []string
}

// embedPaths are the addresses that the client asks for, in lower case: one page serves them
// all, and answers for the kinds it cannot show yet.
var embedPaths = map[string]bool{
	"/reportembed":    true,
	"/dashboardembed": true,
	"/embed":          true,
	"/tileembed":      true,
	"/qnaembed":       true,
	"/rdlembed":       true,
	"/quickcreate":    true,
}

// Handler serves the embed page, its assets and the shim; any other path is not found.
func Handler(c Config) http.Handler {
	page := newPage("embed.html", headers.Embed, map[string]string{
		"{inline}":    inlineHash(mustRead("embed.html")),
		"{ancestors}": ancestors(c.FrameAncestors),
	})
	return readOnly(func(w http.ResponseWriter, r *http.Request) {
		path := strings.ToLower(r.URL.Path)
		if len(path) > 1 {
			path = strings.TrimRight(path, "/")
		}
		switch {
		case embedPaths[path]:
			// Two policies hold at once: the address cannot let in whom the server does not.
			if origins, ok := r.URL.Query()["inlayOrigin"]; ok {
				w.Header().Add("Content-Security-Policy", only(origins))
			}
			page.ServeHTTP(w, r)
		case path == "/inlay-embed.js", path == "/inlay-embed.mjs":
			shims[path].ServeHTTP(w, r)
		default:
			serveAsset(w, r)
		}
	})
}

// DemoPage serves the demo page at /, and its assets.
func DemoPage() http.Handler {
	page := newPage("demo.html", headers.Demo, nil)
	return readOnly(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			page.ServeHTTP(w, r)
			return
		}
		serveAsset(w, r)
	})
}

// readOnly lets through what reads.
func readOnly(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		next(w, r)
	})
}

// only is the policy of a page that is served for one origin. Tokens for that origin ask for such
// a page (rest, rule use-origin).
func only(origins []string) string {
	if len(origins) != 1 || !embedtoken.Origin(origins[0]) {
		return "frame-ancestors 'none'"
	}
	return "frame-ancestors " + origins[0]
}

// ancestors is the end of the policy that names who may embed. Entries that would end the
// directive and begin another are left out.
func ancestors(sources []string) string {
	if len(sources) == 1 && sources[0] == "*" {
		return ""
	}
	list := []string{"'self'"}
	for _, s := range sources {
		if s = strings.TrimSpace(s); s != "" && !strings.ContainsAny(s, " ;,\r\n\t") {
			list = append(list, s)
		}
	}
	return "; frame-ancestors " + strings.Join(list, " ")
}
