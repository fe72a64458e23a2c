package scenario

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"inlay"
	"inlay/server"
)

// Start is the time at which every story begins.
var Start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// Bench is a running server in the state of a story's world.
type Bench struct {
	Server *server.Server
	ids    map[string]string // by name of a thing
	secret map[string][2]string
	token  map[string]string // access tokens by name of who signed in
	embed  string            // the last embed token
	client string            // the application through which users sign in

	mu  sync.Mutex
	now time.Time
}

// Open starts a server with an empty data folder below dir and makes the world in it.
func Open(ctx context.Context, dir string, w *World, log io.Writer) (*Bench, error) {
	b := &Bench{ids: map[string]string{}, secret: map[string][2]string{}, token: map[string]string{}, now: Start}
	cfg := server.Config{Data: filepath.Join(dir, "data"), PublicURL: "http://localhost:8400", SignIn: true, PasswordGrant: true}
	var err error
	b.Server, err = server.New(ctx, cfg, server.WithClock(b.clock), server.WithLog(slog.New(slog.NewJSONHandler(log, nil))))
	if err != nil {
		return nil, err
	}
	if err := b.make(ctx, dir, w); err != nil {
		_ = b.Server.Close()
		return nil, err
	}
	return b, nil
}

// Close stops the server.
func (b *Bench) Close() error { return b.Server.Close() }

func (b *Bench) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

// make makes what a world says.
func (b *Bench) make(ctx context.Context, dir string, w *World) error {
	for _, name := range w.Workspaces {
		ws, err := b.Server.NewWorkspace(ctx, name)
		if err != nil {
			return err
		}
		b.ids[name] = ws.ID
	}
	for _, d := range w.Datasets {
		var reports []Report
		for _, r := range w.Reports {
			if r.Dataset == d.Name && r.Workspace == d.Workspace {
				reports = append(reports, r)
			}
		}
		folder := filepath.Join(dir, "projects", d.Name)
		if err := writeProject(folder, d, reports); err != nil {
			return err
		}
		done, err := b.Server.Import(ctx, server.Import{Folder: folder, Workspace: d.Workspace})
		if err != nil {
			return fmt.Errorf("dataset %s: %w", d.Name, err)
		}
		b.ids[d.Workspace], b.ids[d.Name] = done.Workspace.ID, done.Dataset.ID
		for _, r := range done.Reports {
			b.ids[r.Name] = r.ID
		}
	}
	desk, _, err := b.Server.NewApp(ctx, "sign-in of users")
	if err != nil {
		return err
	}
	b.client = desk.ClientID
	for _, p := range w.Principals {
		if err := b.join(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func (b *Bench) join(ctx context.Context, p Principal) error {
	register := b.Server.NewUser
	if p.App {
		register = b.Server.NewApp
	}
	name := p.Name
	if !p.App && !strings.Contains(name, "@") {
		name += "@example.com"
	}
	made, secret, err := register(ctx, name)
	if err != nil {
		return err
	}
	b.ids[p.Name] = made.ID
	b.secret[p.Name] = [2]string{name, secret}
	if p.App {
		b.secret[p.Name] = [2]string{made.ClientID, secret}
	}
	for _, r := range p.Rights {
		if b.ids[r[1]] == "" {
			return fmt.Errorf("%s is %s of %q, which does not exist", p.Name, r[0], r[1])
		}
		if err := b.Server.Join(ctx, b.ids[r[1]], made.ID, inlay.AccessRight(r[0])); err != nil {
			return err
		}
	}
	return nil
}

// Run runs the steps of a story. The error names the step.
func (b *Bench) Run(steps []Step) error {
	for i, step := range steps {
		if err := b.step(step); err != nil {
			return fmt.Errorf("step %d (%s): %w", i+1, step.Line, err)
		}
	}
	return nil
}

func (b *Bench) step(step Step) error {
	switch step.Kind {
	case "clock":
		b.mu.Lock()
		b.now = b.now.Add(step.Until)
		b.mu.Unlock()
		return nil
	case "show":
		got, err := b.show(step.Report)
		if err == nil && got != step.Want {
			err = fmt.Errorf("it shows\n%s\nwant\n%s", got, step.Want)
		}
		return err
	}
	if step.As != "" && step.As != "nobody" {
		token, err := b.signIn(step.As)
		if err != nil {
			return err
		}
		step.Header.Set("Authorization", "Bearer "+token)
	}
	body := b.names(step.Body)
	w := b.Do(step.Method, b.names(step.Path), step.Header, body)
	var made struct {
		Token string `json:"token"`
	}
	if w.Code == http.StatusOK && json.Unmarshal(w.Body.Bytes(), &made) == nil && made.Token != "" {
		b.embed = made.Token
	}
	return checkResponse(b.names(step.Want), w.Code, w.Header(), w.Body.Bytes())
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

// names puts ids in the place of $Name and ${Name with spaces}.
func (b *Bench) names(text string) string {
	return os.Expand(text, func(name string) string {
		if strings.HasPrefix(name, "repeat ") { // ${repeat 257 a} is a text of that length
			var n int
			var what string
			if _, err := fmt.Sscanf(name, "repeat %d %s", &n, &what); err == nil {
				return strings.Repeat(what, n)
			}
		}
		if id, ok := b.ids[name]; ok {
			return id
		}
		return "$" + name
	})
}

// signIn signs in at the token endpoint, once for each name and hour.
func (b *Bench) signIn(name string) (string, error) {
	if token := b.token[name]; token != "" {
		return token, nil
	}
	who, ok := b.secret[name]
	if !ok {
		return "", fmt.Errorf("there is no %q in the world", name)
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {who[0]}, "client_secret": {who[1]}, "scope": {"https://analysis.windows.net/powerbi/api/.default"}}
	if strings.Contains(who[0], "@") {
		form = url.Values{"grant_type": {"password"}, "client_id": {b.client}, "username": {who[0]}, "password": {who[1]}, "scope": {"https://analysis.windows.net/powerbi/api/.default openid"}}
	}
	w := b.Do("POST", "/"+b.Server.TenantID()+"/oauth2/v2.0/token", http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, form.Encode())
	var got struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.AccessToken == "" {
		return "", fmt.Errorf("%s cannot sign in: %d %s", name, w.Code, w.Body)
	}
	b.token[name] = got.AccessToken
	return got.AccessToken, nil
}
