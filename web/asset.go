package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

//go:embed dist
var dist embed.FS

// headersFile is read by the fixture server of the browser tests too, so that they run under
// the policy that is served.
//
//go:embed headers.json
var headersFile []byte

var headers = func() (h struct{ Embed, Demo, Asset, Shim map[string]string }) {
	if err := json.Unmarshal(headersFile, &h); err != nil {
		panic("web: headers.json: " + err.Error())
	}
	return h
}()

// assets are the files below /inlay/assets/, whose names change with their content.
var assets = func() map[string]*file {
	found := map[string]*file{}
	entries, err := fs.ReadDir(dist, "dist/assets")
	if err != nil {
		panic("web: " + err.Error())
	}
	for _, e := range entries {
		found["/inlay/assets/"+e.Name()] = newFile(mustRead("assets/"+e.Name()), headers.Asset, contentType(e.Name()))
	}
	return found
}()

var shims = map[string]*file{
	"/inlay-embed.js":  newFile(mustRead("inlay-embed.js"), headers.Shim, contentType(".js")),
	"/inlay-embed.mjs": newFile(mustRead("inlay-embed.mjs"), headers.Shim, contentType(".mjs")),
}

func serveAsset(w http.ResponseWriter, r *http.Request) {
	f, ok := assets[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	f.ServeHTTP(w, r)
}

func mustRead(name string) []byte {
	b, err := dist.ReadFile("dist/" + name)
	if err != nil {
		panic("web: " + err.Error())
	}
	return b
}

func contentType(name string) string {
	if strings.HasSuffix(name, ".css") {
		return "text/css; charset=utf-8"
	}
	return "text/javascript; charset=utf-8"
}

// inlineScript finds the one script that is written into the page itself.
var inlineScript = regexp.MustCompile(`(?s)<script>(.*?)</script>`)

// inlineHash is the CSP source that admits the inline script of a page and no other.
func inlineHash(html []byte) string {
	sum := sha256.Sum256(inlineScript.FindSubmatch(html)[1])
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// newPage prepares a page of dist, with the values that its headers leave open.
func newPage(name string, from, open map[string]string) *file {
	filled := map[string]string{}
	for k, v := range from {
		for place, value := range open {
			v = strings.ReplaceAll(v, place, value)
		}
		filled[k] = v
	}
	return newFile(mustRead(name), filled, filled["Content-Type"])
}

// file is content that does not change, compressed once, when it is first asked for. There is
// no secret in it, so compressing tells nothing.
type file struct {
	content []byte
	etag    string
	headers map[string]string
	small   func() []byte
}

func newFile(content []byte, headers map[string]string, kind string) *file {
	sum := sha256.Sum256(content)
	all := map[string]string{"Content-Type": kind, "Vary": "Accept-Encoding"}
	for k, v := range headers {
		all[k] = v
	}
	return &file{
		content: content,
		etag:    `W/"` + hex.EncodeToString(sum[:12]) + `"`,
		headers: all,
		small:   sync.OnceValue(func() []byte { return compress(content) }),
	}
}

func compress(content []byte) []byte {
	var b bytes.Buffer
	// Neither the level nor a buffer can make this fail.
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	_, _ = z.Write(content)
	_ = z.Close()
	return b.Bytes()
}

// ServeHTTP answers with the file, or that the asker has it already.
func (f *file) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	for k, v := range f.headers {
		h.Add(k, v) // beside a policy for this address
	}
	h.Set("ETag", f.etag)
	if strings.Contains(r.Header.Get("If-None-Match"), f.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := f.content
	if acceptsGzip(r.Header.Get("Accept-Encoding")) {
		body = f.small()
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(body) // the asker has gone if this fails
}

// acceptsGzip reads Accept-Encoding as far as it matters: gzip named and not refused by q=0.
func acceptsGzip(accept string) bool {
	for _, part := range strings.Split(accept, ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			q, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(quality), "q="), 64)
			return err != nil || q > 0
		}
	}
	return false
}
