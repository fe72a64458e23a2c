package rest_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// variants are spellings of a path, and whether they are tolerated: then they are the same
// request, and need the same token.
func variants(path string) map[string]bool {
	segments := strings.Split(path[1:], "/")
	last := len(segments) - 1
	out := map[string]bool{
		path + "/":                  true,
		strings.ToUpper(path):       true,
		"/" + path:                  false,
		path + "//":                 false,
		path + "/.":                 false,
		path + "/x/..":              false,
		path + "/..":                false,
		path + ".":                  false,
		path + "..":                 false,
		path + "%2e":                false,
		path + ";x=y":               false,
		path + "%3bx=y":             false,
		path + "/;x=y":              false,
		path + "%00":                false,
		path + "%00.json":           false,
		path + "%0a":                false,
		path + "%20":                false,
		path + "%252f":              false,
		path + "/%2e%2e/" + path:    false,
		path + "\\":                 false,
		path + "%5c":                false,
		path + ".json":              false,
		"/./" + path[1:]:            false,
		"/x/../" + path[1:]:         false,
		"/x/%2e%2e/" + path[1:]:     false,
		"/..;/" + path[1:]:          false,
		"//example.com/" + path[1:]: false,
		"/%2f" + path[1:]:           false,
	}
	for i := range segments {
		join := func(s string) string {
			c := append([]string(nil), segments...)
			c[i] = s
			return "/" + strings.Join(c, "/")
		}
		s := segments[i]
		if i < last {
			out[join(s+"/")] = false
			out[join(s+"%2f")] = false
			out[join(s+"/.")] = false
		}
		out[join(s+".")] = false
		out[join(s+";x=y")] = false
		out[join(s+"%00")] = false
		out[join(s+"%5c")] = false
		out[join("%2f"+s)] = false
		out[join("%"+fmt.Sprintf("%02x", s[0])+s[1:])] = false
		out[join(strings.Replace(s, "s", "%C5%BF", 1)+"%00")] = false
	}
	return out
}

// TestPaths is A12: a path has one reading.
func TestPaths(t *testing.T) {
	w := newWorld(t)
	tried := 0
	for _, op := range operations(t) {
		path, good, body := w.valid(op)
		want := w.send(op.Method, path, good, body)
		path, query, asks := strings.Cut(path, "?")
		for variant, tolerated := range variants(path) {
			if strings.HasSuffix(op.Path, "}") || strings.Contains(op.Path, "{page}") {
				// Names of pages and visuals keep their case and may be encoded.
				if encoded := strings.Contains(variant, "%") && !strings.ContainsAny(variant[strings.Index(variant, "%")+1:][:1], "0235"); encoded || variant == strings.ToUpper(path) && strings.Contains(op.Path, "{page}") {
					continue
				}
			}
			tried++
			if asks {
				variant += "?" + query
			}
			bare := w.send(op.Method, variant, "", body)
			if bare.status == 200 {
				t.Errorf("%s: %s needs no token", op.ID, variant)
			}
			clean(t, bare, path+body)
			a := w.send(op.Method, variant, good, body)
			switch {
			case tolerated && a.status != want.status:
				t.Errorf("%s: %s is %d", op.ID, variant, a.status)
			case !tolerated && (a.status != 404 || bare.status != 404):
				t.Errorf("%s: %s is %d, and %d without a token", op.ID, variant, a.status, bare.status)
			}
		}
	}
	if tried < 300 {
		t.Fatalf("only %d paths were tried", tried)
	}
}

// TestRawPaths sends what Go's client would not.
func TestRawPaths(t *testing.T) {
	w := newWorld(t)
	server := httptest.NewServer(w.handler)
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	tried := 0
	for _, op := range operations(t) {
		path, good, body := w.valid(op)
		path, _, _ = strings.Cut(path, "?")
		for _, target := range []string{"/" + path, path + "/../" + path[1:], "http://example.com//" + path, path[1:], "\\" + path[1:], path + "#x", "*", path + "\x00", path + "\\..", "http:" + path} {
			conn, err := net.Dial("tcp", host)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
				op.Method, target, good, len(body), body)
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatalf("%s %q: %v", op.ID, target, err)
			}
			if res.StatusCode == http.StatusOK || res.StatusCode >= 500 {
				t.Errorf("%s %q: %d", op.ID, target, res.StatusCode)
			}
			res.Body.Close()
			conn.Close()
			tried++
		}
	}
	if tried == 0 {
		t.Fatal("no path was tried")
	}
}

func TestMethods(t *testing.T) {
	w := newWorld(t)
	byPath, allow := map[string]map[string]bool{}, map[string]string{}
	for _, op := range operations(t) {
		if byPath[op.Path] == nil {
			byPath[op.Path] = map[string]bool{}
		}
		byPath[op.Path][op.Method] = true
		if allow[op.Path] != "" {
			allow[op.Path] += ", "
		}
		allow[op.Path] += op.Method
	}
	for _, op := range operations(t) {
		path, good, body := w.valid(op)
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get", "PROPFIND"} {
			if byPath[op.Path][method] {
				continue
			}
			for _, auth := range []string{"", good} {
				a := w.sendWith(method, path, body, "Authorization", auth, "X-HTTP-Method-Override", op.Method, "X-HTTP-Method", op.Method)
				if a.status != 405 || a.header.Get("Allow") != allow[op.Path] {
					t.Errorf("%s %s: %d, allow %q", method, path, a.status, a.header.Get("Allow"))
				}
				clean(t, a, path+body)
			}
		}
	}
}
