package server

import (
	"net/http"
	"strings"

	"inlay/entra"
)

// dispatch finds the room that answers a path. It is no http.ServeMux: that one redirects
// paths with double slashes and dots, and rest wants to see and refuse them.
type dispatch struct {
	rest, signIn, web http.Handler
	demo              http.Handler // nil outside of inlay demo
}

func (d dispatch) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.ToLower(r.URL.Path)
	switch {
	case strings.HasPrefix(path, "/v1.0/"), strings.HasPrefix(path, "/inlay/v1"):
		d.rest.ServeHTTP(w, r)
	case path == "/healthz":
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("ok\n"))
	case entra.Owns(r.URL.EscapedPath()):
		d.signIn.ServeHTTP(w, r)
	case d.demo != nil && (path == "/" || strings.HasPrefix(path, "/demo")):
		d.demo.ServeHTTP(w, r)
	case webPath(path):
		d.web.ServeHTTP(w, r)
	default:
		// Anything else is refused by rest, in the form that clients of the API understand.
		d.rest.ServeHTTP(w, r)
	}
}

// webPath reports whether a path is of the embed page.
func webPath(path string) bool {
	if strings.HasPrefix(path, "/inlay/assets/") || path == "/inlay-embed.js" || path == "/" || path == "/favicon.ico" {
		return true
	}
	switch strings.TrimSuffix(path, "/") {
	case "/reportembed", "/dashboardembed", "/embed", "/tileembed", "/qnaembed", "/rdlembed", "/quickcreate":
		return true
	}
	return false
}
