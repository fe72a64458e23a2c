package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

// patience is how long a test waits for what happens at once on a free machine.
const patience = 2 * time.Minute

// output is what a command prints, for a test to read while it runs.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// running is a command that serves.
type running struct {
	out   *output
	log   *output
	stop  context.CancelFunc
	ended chan error
}

// start runs a command and waits until its address answers and it has said so.
func start(t *testing.T, address string, args ...string) *running {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	r := &running{out: &output{}, log: &output{}, stop: stop, ended: make(chan error, 1)}
	go func() { r.ended <- run(ctx, args, r.out, r.log) }()
	t.Cleanup(stop)
	deadline := time.After(patience)
	for {
		if resp, err := get(t, address+"/healthz"); err == nil && resp.status == 200 && r.out.String() != "" {
			return r
		}
		select {
		case err := <-r.ended:
			t.Fatalf("inlay %q ended: %v\n%s%s", args, err, r.out, r.log)
		case <-deadline:
			t.Fatalf("inlay %q does not answer at %s\n%s%s", args, address, r.out, r.log)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// end ends a command as Ctrl-C does, and waits for it.
func (r *running) end(t *testing.T) {
	t.Helper()
	r.stop()
	select {
	case err := <-r.ended:
		if err != nil {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(patience):
		t.Fatal("it does not end")
	}
}

// ports are two addresses on which nothing listens.
func ports(t *testing.T) (plain, secure string) {
	t.Helper()
	var addresses []string
	for range 2 {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		addresses = append(addresses, l.Addr().String())
	}
	return addresses[0], addresses[1]
}

type response struct {
	status int
	body   string
}

func (r response) member(t *testing.T, name string) string {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal([]byte(r.body), &fields); err != nil {
		t.Fatalf("%d %s", r.status, r.body)
	}
	text, _ := fields[name].(string)
	return text
}

func get(t *testing.T, address string, headers ...string) (response, error) {
	t.Helper()
	return ask(t, "GET", address, "", headers...)
}

func ask(t *testing.T, method, address, body string, headers ...string) (response, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return response{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	return response{resp.StatusCode, string(text)}, err
}

// must asks and fails the test if nothing answers.
func must(t *testing.T, method, address, body string, headers ...string) response {
	t.Helper()
	r, err := ask(t, method, address, body, headers...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// printed finds what a command printed behind a label.
func printed(t *testing.T, out, label string) string {
	t.Helper()
	m := regexp.MustCompile(`(?m)^` + label + `\s+(\S+)`).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("no %q in\n%s", label, out)
	}
	return m[1]
}

// TestServe takes the way of a user: import, app, serve; sign in and ask. Then it stops the
// server, starts it again in the same folder, and asks again with the same secret.
func TestServe(t *testing.T) {
	clean(t)
	work := t.TempDir()
	a, err := txtar.ParseFile("testdata/import.txtar")
	if err != nil {
		t.Fatal(err)
	}
	unpack(t, work, a.Files)
	data := work + "/data"
	command := func(args ...string) string {
		t.Helper()
		var out bytes.Buffer
		if err := run(t.Context(), append(args, "--data", data), &out, io.Discard); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	dataset := regexp.MustCompile(`dataset .*(\S{36})`).FindStringSubmatch(command("import", work+"/shop", "--workspace", "Sales"))
	app := command("app", "shop", "--workspace", "Sales")
	if dataset == nil {
		t.Fatal("the import prints no id of the dataset")
	}
	for _, restart := range []string{"first", "second"} {
		plain, secure := ports(t)
		r := start(t, "http://"+plain, "serve", "--sign-in", "--data", data, "--listen", plain, "--tls-listen", secure)
		for _, want := range []string{"http://" + plain, "https://" + secure, "built in"} {
			if !strings.Contains(r.out.String(), want) {
				t.Errorf("%s start prints\n%s\nwithout %s", restart, r.out, want)
			}
		}
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {printed(t, app, "client id")}, "client_secret": {printed(t, app, "client secret")},
			"scope": {"https://analysis.windows.net/powerbi/api/.default"}}
		token := must(t, "POST", "http://"+plain+"/"+printed(t, app, "tenant id")+"/oauth2/v2.0/token", form.Encode(), "Content-Type", "application/x-www-form-urlencoded").member(t, "access_token")
		if token == "" {
			t.Fatalf("%s start: the application cannot sign in", restart)
		}
		got := must(t, "GET", "http://"+plain+"/v1.0/myorg/groups/"+printed(t, app, "workspace id")+"/datasets", "", "Authorization", "Bearer "+token)
		if got.status != 200 || !strings.Contains(got.body, `"id":"`+dataset[1]+`"`) {
			t.Errorf("%s start: %d %s", restart, got.status, got.body)
		}
		r.end(t)
		if _, err := get(t, "http://"+plain+"/healthz"); err == nil {
			t.Error("it answers after its end")
		}
		for _, secret := range []string{printed(t, app, "client secret"), token} {
			if strings.Contains(r.log.String()+r.out.String(), secret) {
				t.Error("a secret is in what the server prints")
			}
		}
	}
}

// TestServeWithoutSignIn holds what is off unless it is asked for.
func TestServeWithoutSignIn(t *testing.T) {
	clean(t)
	plain, secure := ports(t)
	r := start(t, "http://"+plain, "serve", "--data", t.TempDir(), "--listen", plain, "--tls-listen", secure)
	if !strings.Contains(r.out.String(), "sign-in  off") {
		t.Errorf("it prints\n%s", r.out)
	}
	got := must(t, "POST", "http://"+plain+"/common/oauth2/v2.0/token", "grant_type=password", "Content-Type", "application/x-www-form-urlencoded")
	if got.status != 404 || !strings.Contains(got.body, "--sign-in") {
		t.Errorf("the token endpoint answers %d %s", got.status, got.body)
	}
	got = must(t, "GET", "http://"+plain+"/v1.0/myorg/groups", "", "Authorization", "Bearer x")
	if got.status != 403 || !strings.Contains(got.body, "no sign-in") {
		t.Errorf("the API answers %d %s", got.status, got.body)
	}
	if got := must(t, "GET", "http://"+plain+"/demo/config", ""); got.status != 404 {
		t.Errorf("the demo's route answers %d", got.status)
	}
	var out bytes.Buffer
	err := run(t.Context(), []string{"serve", "--data", t.TempDir(), "--listen", plain, "--tls-listen", "127.0.0.1:0"}, &out, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "--listen "+plain) {
		t.Errorf("a second server at the same address: %v", err)
	}
	r.end(t)
}

// TestDemo starts the demo as a user does, asks for tokens as its page does, opens the report
// with them, and starts it again.
func TestDemo(t *testing.T) {
	clean(t)
	data := t.TempDir()
	var before string
	for _, restart := range []string{"first", "second"} {
		plain, secure := ports(t)
		_, port, err := net.SplitHostPort(plain)
		if err != nil {
			t.Fatal(err)
		}
		at := "http://localhost:" + port
		r := start(t, at, "demo", "--data", data, "--listen", plain, "--tls-listen", secure)
		for _, want := range []string{at, "demo.json", data} {
			if !strings.Contains(r.out.String(), want) {
				t.Errorf("%s start prints\n%s\nwithout %s", restart, r.out, want)
			}
		}
		if page := must(t, "GET", at+"/", ""); page.status != 200 || !strings.Contains(page.body, "<html") {
			t.Errorf("the page is answered %d %.200s", page.status, page.body)
		}
		config := must(t, "GET", at+"/demo/config", "")
		report := config.member(t, "reportId")
		if before != "" && report != before {
			t.Errorf("the report is %s after a restart, before %s", report, before)
		}
		before = report
		for _, viewer := range []string{config.member(t, "left"), config.member(t, "right")} {
			embed(t, at, viewer, report)
		}
		if got := must(t, "POST", at+"/demo/token", `{"viewer":"nobody"}`, "Content-Type", "application/json"); got.status != 404 {
			t.Errorf("an unknown viewer is answered %d %s", got.status, got.body)
		}
		r.end(t)
	}
}

// embed gets a token of a viewer and opens the report with it.
func embed(t *testing.T, at, viewer, report string) {
	t.Helper()
	got := must(t, "POST", at+"/demo/token", fmt.Sprintf(`{"viewer":%q}`, viewer), "Content-Type", "application/json")
	var x struct {
		Embed struct{ ReportID, EmbedURL, AccessToken string }
	}
	if err := json.Unmarshal([]byte(got.body), &x); err != nil || x.Embed.AccessToken == "" {
		t.Fatalf("the token of %s: %d %s", viewer, got.status, got.body)
	}
	if !strings.HasPrefix(x.Embed.EmbedURL, at+"/reportEmbed?") || x.Embed.ReportID != report {
		t.Errorf("%s embeds %s from %s", viewer, x.Embed.ReportID, x.Embed.EmbedURL)
	}
	opened := must(t, "GET", at+"/inlay/v1/embed/reports/"+report, "", "Authorization", "EmbedToken "+x.Embed.AccessToken)
	if opened.status != 200 || opened.member(t, "id") != report {
		t.Errorf("%s opens the report: %d %.200s", viewer, opened.status, opened.body)
	}
}
