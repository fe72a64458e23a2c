package rest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"inlay"
	"inlay/audit"
	"inlay/embedtoken"
)

// call is one request on its way through the pipeline.
type call struct {
	w         http.ResponseWriter // sent, in ServeHTTP
	sent      recorder
	r         *http.Request
	id        string
	op        *Operation
	vars      map[string]string
	at        surface
	caller    inlay.Caller     // with an access token
	grant     embedtoken.Grant // with an embed token
	principal inlay.Principal  // who made the embed token
	about     audit.Record     // what the handler learnt for the audit log

	rule  string // that refused
	fault error  // ours, for the log

	wanted embedtoken.Request // that is of a good shape: what a refusal is about
	parts  [12]segment        // of the path
	over   bool               // nobody has this call any more
}

// calls are used again. What a request left in one is cleared: it is nobody else's.
var calls = sync.Pool{New: func() any { return new(call) }}

// done gives a call back, unless a panic ended it: who knows what still holds it then.
func (c *call) done() {
	if c.over {
		*c = call{}
		calls.Put(c)
	}
}

func (c *call) ctx() context.Context { return c.r.Context() }

// ServeHTTP answers one request.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := a.Now()
	c := calls.Get().(*call)
	c.r, c.sent.ResponseWriter, c.id = r, w, requestID()
	c.w = &c.sent
	defer c.done()
	defer a.log(c, start)
	defer a.note(c)
	defer a.recover(c)
	headers(w.Header(), r, c.id)
	if err := a.serve(c); err != nil {
		if c.sent.status != 0 {
			a.cut(c, err)
		}
		a.fail(c, err)
	}
	c.over = true
}

// cut ends an answer of which a part is sent, after an error: the connection is closed, so that
// the client does not take the part for the whole.
func (a *api) cut(c *call, err error) {
	_, e := answerTo(c.at, err)
	c.rule = e.Rule
	if e.Rule != ruleGone {
		c.fault = fmt.Errorf("the answer was cut off: %w", err)
	}
	panic(http.ErrAbortHandler)
}

// serve is the pipeline: nothing about an item is looked at before the token has been.
func (a *api) serve(c *call) error {
	if err := a.route(c); err != nil {
		return err
	}
	if err := a.authenticate(c); err != nil {
		return err
	}
	if err := options(c); err != nil {
		return err
	}
	return c.op.handle(a, c)
}

// requestID makes a random GUID. It names a request in the log and keeps no secret, so that it
// need not come from the operating system, which takes longer.
func requestID() string {
	var id uuid.UUID
	binary.NativeEndian.PutUint64(id[:8], rand.Uint64()) //nolint:gosec // see above
	binary.NativeEndian.PutUint64(id[8:], rand.Uint64()) //nolint:gosec // see above
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return id.String()
}

// Values of headers, shared by all answers: net/http only reads them, and who adds to one gets a
// slice of its own.
var (
	noStore     = []string{"no-store, must-revalidate, no-cache"}
	noCache     = []string{"no-cache"}
	denyFrames  = []string{"DENY"}
	noSniff     = []string{"nosniff"}
	jsonContent = []string{"application/json; charset=utf-8"}
)

// headers are those of the live service. Strict-Transport-Security is left out for localhost
// and for addresses: it holds for all ports of a host, so that it would cut a developer's
// browser off from every plain HTTP server on the machine.
func headers(h http.Header, r *http.Request, id string) {
	h["Requestid"] = []string{id} // as Set would spell it
	h["Cache-Control"] = noStore
	h["Pragma"] = noCache
	h["X-Frame-Options"] = denyFrames
	h["X-Content-Type-Options"] = noSniff
	if r.TLS == nil {
		return
	}
	host := strings.ToLower(hostname(r.Host))
	if host != "localhost" && !strings.HasSuffix(host, ".localhost") && net.ParseIP(strings.Trim(host, "[]")) == nil {
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
}

// hostname is a Host header without its port.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}

// route finds the operation.
func (a *api) route(c *call) error {
	path, ok := split(c.parts[:0], c.r.URL)
	if !ok {
		return routeMissing()
	}
	var allowed []string
	for i := range a.routes {
		rt := &a.routes[i]
		vars, ok := rt.match(path)
		if !ok {
			continue
		}
		if rt.Method != c.r.Method {
			allowed = append(allowed, rt.Method)
			continue
		}
		c.op, c.vars = &rt.Operation, vars
		if rt.Auth == EmbedToken {
			c.at = onEmbed
		}
		return nil
	}
	if len(allowed) > 0 {
		c.w.Header().Set("Allow", strings.Join(allowed, ", "))
		return refuse(inlay.Invalid, ruleMethod, fmt.Sprintf("the requested resource does not support http method '%s'.", c.r.Method), "use "+strings.Join(allowed, " or "))
	}
	return routeMissing()
}

// odata are the query options of OData, without their dollar sign.
var odata = []string{"apply", "compute", "count", "expand", "filter", "format", "orderby", "search", "select", "skip", "skiptoken", "top"}

// options refuses query options that would change the answer if they were understood: those
// of OData that the operation does not know, in any spelling, and a query string of which
// Go's parser would drop a part.
func options(c *call) error {
	if c.r.URL.RawQuery == "" {
		return nil
	}
	values, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return refuse(inlay.Invalid, "", "the query string cannot be read", "encode it as a URL asks for")
	}
	for name := range values {
		plain := strings.TrimPrefix(name, "$")
		if (plain != name || slices.Contains(odata, strings.ToLower(plain))) && !slices.Contains(c.op.Options, name) {
			return refuse(inlay.Unsupported, "", fmt.Sprintf("the query option %q is not supported here", name), "leave it out")
		}
	}
	return nil
}

// recover turns a panic into an answer. The stack goes to the log alone.
func (a *api) recover(c *call) {
	p := recover()
	if p == nil {
		return
	}
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p)
	}
	c.fault = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	if c.sent.status != 0 {
		panic(http.ErrAbortHandler) // too late for an answer: cut the connection rather than end a wrong one
	}
	a.fail(c, c.fault)
}

// log writes one line for a request: never a path, query, header or body, which may hold
// tokens and names. What went well and has its record in the audit log is only told to who
// debugs: one line there is enough.
func (a *api) log(c *call, start time.Time) {
	level := slog.LevelInfo
	switch {
	case c.fault != nil:
		level = slog.LevelError
	case c.op != nil && c.sent.status < 400 && a.audited() && recorded[c.op.ID] != "":
		level = slog.LevelDebug
	}
	if !a.Log.Enabled(c.ctx(), level) {
		return
	}
	route := "(none)"
	if c.op != nil {
		route = c.op.Path
	}
	var space [9]slog.Attr
	attrs := append(space[:0], slog.String("method", method(c.r.Method)),
		slog.String("route", route),
		slog.Int("status", c.sent.status),
		slog.Duration("duration", a.Now().Sub(start)),
		slog.String("request_id", c.id))
	if caller := cmp.Or(c.caller.PrincipalID, c.grant.PrincipalID); caller != "" {
		attrs = append(attrs, slog.String("caller", caller))
	}
	if c.grant.TokenID != "" {
		attrs = append(attrs, slog.String("token_id", c.grant.TokenID))
	}
	if c.rule != "" {
		attrs = append(attrs, slog.String("rule", c.rule))
	}
	if c.fault != nil {
		attrs = append(attrs, slog.String("error", c.fault.Error()))
	}
	// Not by LogAttrs, which finds out for each line that it was this one that logged.
	line := slog.NewRecord(time.Now(), level, "request", 0)
	line.AddAttrs(attrs...)
	_ = a.Log.Handler().Handle(c.ctx(), line) // a log that cannot be written has nowhere to say so
}

// method keeps what a client made up out of the log.
func method(m string) string {
	switch m {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE":
		return m
	}
	return "(other)"
}

// json answers with a value.
func (c *call) json(status int, v any) {
	c.answer(status, func(b []byte) []byte {
		body := bytes.NewBuffer(b)
		if err := json.MarshalWrite(body, v, json.Deterministic(true)); err != nil {
			panic(fmt.Sprintf("encode answer: %v", err))
		}
		return body.Bytes()
	})
}

// answer sends the JSON that fill appends to a buffer.
func (c *call) answer(status int, fill func([]byte) []byte) {
	space := bodies.Get().(*[]byte)
	body := fill((*space)[:0])
	h := c.w.Header()
	h["Content-Type"] = jsonContent
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	c.w.WriteHeader(status)
	c.w.Write(body) // an error here is the client's: it has gone
	*space = body
	release(space)
}

// bodies are buffers for requests and answers. A large one is not kept.
var bodies = sync.Pool{New: func() any { return new([]byte) }}

// release gives a buffer back.
func release(space *[]byte) {
	clear(*space) // it may hold a token, or a secret of a viewer
	if cap(*space) <= keptBody {
		bodies.Put(space)
	}
}

const keptBody = 64 << 10

// recorder remembers the status.
type recorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader sends the status.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the writer.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
