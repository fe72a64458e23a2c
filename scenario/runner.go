package scenario

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"inlay/server"
	"inlay/world"
)

// Start is the time at which every story begins.
var Start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// Bench is a running server in the state of a story's world.
type Bench struct {
	Server *server.Server
	// Seal makes a token that GenerateToken would not give, for the step "token": from the
	// folder of the server's keys and what the token shall hold, as JSON.
	Seal func(keys string, grant []byte) (string, error)

	dir     string // projects and the data folder lie below it
	cfg     server.Config
	log     *slog.Logger
	made    *world.Made
	token   map[string]string   // access tokens by name of who signed in
	embed   string              // the last embed token
	embedID string              // its id
	client  string              // the application through which users sign in
	roles   map[string][]string // of the last embed token, by id of the dataset
	covered map[string]bool     // id of a dataset and role in lower case

	refresh string // id of the last refresh that was begun

	mu  sync.Mutex
	now time.Time
}

// Open starts a server with an empty data folder below dir and makes the world in it.
func Open(ctx context.Context, dir string, w *world.World, log io.Writer) (*Bench, error) {
	b := &Bench{dir: dir, made: world.NewMade(filepath.Join(dir, "projects")), token: map[string]string{}, roles: map[string][]string{}, covered: map[string]bool{}, now: Start}
	b.log = slog.New(slog.NewJSONHandler(log, nil))
	b.cfg = server.Config{Data: filepath.Join(dir, "data"), PublicURL: "http://localhost:8400", SignIn: true, PasswordGrant: true}
	if w.Wire {
		b.cfg.ErrorMode = "wire"
	}
	b.cfg.RequireIdentity, b.cfg.StrictRoles = w.RequireIdentity, w.StrictRoles
	for _, name := range w.Administrators {
		b.cfg.Administrators = append(b.cfg.Administrators, userName(name))
	}
	if err := b.start(ctx); err != nil {
		return nil, err
	}
	err := b.make(ctx, w)
	if err == nil {
		err = b.appoint(w)
	}
	if err != nil {
		_ = b.Server.Close()
		return nil, err
	}
	return b, nil
}

func (b *Bench) start(ctx context.Context) (err error) {
	b.Server, err = server.New(ctx, b.cfg, server.WithClock(b.clock), server.WithLog(b.log))
	return err
}

// ID is the id of a thing of the world, or what else stands after a dollar sign in a story.
func (b *Bench) ID(name string) string {
	id, err := b.expand("${" + strings.Trim(name, "${}") + "}")
	if err != nil {
		panic(err) // the caller wrote the world
	}
	return id
}

// Close stops the server.
func (b *Bench) Close() error { return b.Server.Close() }

func (b *Bench) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

// make makes what a world says, or what a change adds to it.
func (b *Bench) make(ctx context.Context, w *world.World) error {
	if b.client == "" {
		desk, _, err := b.Server.NewApp(ctx, "sign-in of users")
		if err != nil {
			return err
		}
		b.client = desk.ClientID
	}
	return b.made.Make(ctx, b.Server, w)
}

// userName is the name with which a user of a story signs in.
func userName(name string) string {
	if strings.Contains(name, "@") {
		return name
	}
	return name + "@example.com"
}

// Run runs the steps of a story. The error names the step.
func (b *Bench) Run(steps []Step) error {
	for i, step := range steps {
		if _, err := b.step(step); err != nil {
			return fmt.Errorf("step %d (%s): %w", i+1, step.Line, err)
		}
	}
	return nil
}

// outcome is what came of a step, in the words of a story.
type outcome struct {
	got   string // rows, or the body of an answer
	known bool   // whether the step has an outcome
	w     *httptest.ResponseRecorder
}

func (b *Bench) step(step Step) (outcome, error) {
	switch step.Kind {
	case "clock":
		b.mu.Lock()
		b.now = b.now.Add(step.Until)
		b.mu.Unlock()
		return outcome{}, nil
	case "change":
		return outcome{}, b.make(context.Background(), step.Change)
	case "do":
		return outcome{}, b.do(context.Background(), step.Body)
	case "restart":
		return outcome{}, b.restart(step.Tenant)
	case "token":
		return outcome{}, b.seal(step.Body)
	case "ask":
		return b.asked(step)
	case "show":
		got, err := b.show(step)
		got = b.plain(got)
		if err == nil && got != step.Want {
			err = fmt.Errorf("it shows\n%s\nwant\n%s", got, step.Want)
		} else if err == nil {
			b.shownReport(context.Background(), b.made.IDs[step.Report])
		}
		return outcome{got: got, known: true}, err
	}
	w, err := b.request(step)
	if err != nil {
		return outcome{}, err
	}
	if w.Header().Get("Content-Type") == arrowType {
		text, err := arrowText(w.Body.Bytes())
		if err != nil {
			return outcome{}, err
		}
		w.Body = bytes.NewBuffer(text)
	}
	o := outcome{known: true, got: b.plain(w.Body.String()), w: w}
	want, err := b.expand(step.Want)
	if err != nil {
		return o, err
	}
	if err := checkResponse(want, w.Code, w.Header(), w.Body.Bytes()); err != nil {
		return o, fmt.Errorf("%s", b.plain(err.Error()))
	}
	return o, nil
}

// request sends what a step asks. An embed token in the answer is that of the steps after it.
func (b *Bench) request(step Step) (*httptest.ResponseRecorder, error) {
	header := http.Header{}
	if step.As != "" && step.As != "nobody" {
		if step.Anew {
			delete(b.token, step.As)
		}
		token, err := b.signIn(step.As)
		if err != nil {
			return nil, err
		}
		header.Set("Authorization", "Bearer "+token)
	}
	for name, values := range step.Header {
		for _, v := range values {
			text, err := b.expand(v)
			if err != nil {
				return nil, err
			}
			header.Add(name, text)
		}
	}
	path, err := b.expand(step.Path)
	if err != nil {
		return nil, err
	}
	body, err := b.expand(step.Body)
	if err != nil {
		return nil, err
	}
	if header.Get("Content-Type") == formType {
		body = form(body)
	}
	w := b.Do(step.Method, path, header, body)
	if id := w.Header().Get("X-Ms-Request-Id"); id != "" {
		b.refresh = id
	}
	var made struct {
		Token string `json:"token"`
		ID    string `json:"tokenId"`
	}
	if w.Code == http.StatusOK && json.Unmarshal(w.Body.Bytes(), &made) == nil && made.Token != "" {
		b.embed, b.embedID = made.Token, made.ID
		b.tokenMade(body)
	}
	return w, nil
}

// Do sends a request to the server.
func (b *Bench) Do(method, path string, header http.Header, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(context.Background(), method, path, strings.NewReader(body))
	for k, v := range header {
		r.Header[k] = v
	}
	if body != "" && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	b.Server.Handler().ServeHTTP(w, r)
	return w
}

// Keys is the folder of the server's keys.
func (b *Bench) Keys() string { return filepath.Join(b.cfg.Data, "keys") }

// Body is the body of a request with ids in the place of names.
func (b *Bench) Body(step Step) (string, error) { return b.expand(step.Body) }

// Ask sends the request of a step with another body, and answers status and body.
func (b *Bench) Ask(step Step, body string) (int, []byte, error) {
	step.Body = body
	w, err := b.request(step)
	if err != nil {
		return 0, nil, err
	}
	return w.Code, w.Body.Bytes(), nil
}

// Step does one step of a story.
func (b *Bench) Step(step Step) error {
	_, err := b.step(step)
	return err
}
