package server_test

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
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/ipc"

	"inlay/server"
	"inlay/world"
)

// TestMain makes this program a worker, as cmd/inlay is.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "worker" {
		if err := server.Work(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const shops = `workspace Sales
workspace Harbour
dataset Orders in Sales
  table Orders: Id, Amount
    1 | 10
    2 | 32
dataset Vessels in Harbour
  table Vessels: Id, Tons
    1 | 900
app noisy member of Sales
app other member of Harbour
`

// shop is a server with one worker, and clients of two workspaces.
type shop struct {
	t      *testing.T
	s      *server.Server
	url    string
	ids    map[string]string
	bearer map[string]string
}

func openShop(t *testing.T) *shop {
	t.Helper()
	dir := t.TempDir()
	s, err := server.New(t.Context(), server.Config{Data: filepath.Join(dir, "data"), PublicURL: "http://localhost:8400", SignIn: true, Workers: 1},
		server.WithWorkers(), server.WithLog(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	w, err := world.Parse(shops)
	if err != nil {
		t.Fatal(err)
	}
	made := world.NewMade(filepath.Join(dir, "projects"))
	if err := made.Make(t.Context(), s, w); err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s.Handler())
	t.Cleanup(h.Close)
	b := &shop{t, s, h.URL, made.IDs, map[string]string{}}
	for name, secret := range made.Secrets {
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {secret[0]}, "client_secret": {secret[1]}, "scope": {"https://analysis.windows.net/powerbi/api/.default"}}
		var got struct {
			AccessToken string `json:"access_token"`
		}
		_, _, body := b.post("/"+s.TenantID()+"/oauth2/v2.0/token", "application/x-www-form-urlencoded", "", form.Encode())
		if err := json.Unmarshal([]byte(body), &got); err != nil || got.AccessToken == "" {
			t.Fatalf("%s cannot sign in: %s", name, body)
		}
		b.bearer[name] = "Bearer " + got.AccessToken
	}
	return b
}

func (b *shop) post(path, kind, authorization, body string) (int, http.Header, string) {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, b.url+path, strings.NewReader(body))
	if err != nil {
		b.t.Error(err)
		return 0, nil, ""
	}
	r.Host = "localhost:8400"
	r.Header.Set("Content-Type", kind)
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Error(err)
		return 0, nil, ""
	}
	defer func() { _ = a.Body.Close() }()
	data, err := io.ReadAll(a.Body)
	if err != nil {
		b.t.Error(err)
	}
	return a.StatusCode, a.Header, string(data)
}

// count asks for the number of rows of a table, which a worker has to find out.
func (b *shop) count(who, table, dataset string) (int, http.Header, string) {
	return b.post("/v1.0/myorg/datasets/"+b.ids[dataset]+"/executeQueries", "application/json", b.bearer[who],
		fmt.Sprintf(`{"queries":[{"query":"EVALUATE ROW(\"n\", COUNTROWS(%s))"}]}`, table))
}

// until waits for what must become so.
func (b *shop) until(what string, ok func() bool) {
	b.t.Helper()
	for !ok() {
		if b.t.Context().Err() != nil || b.t.Failed() {
			b.t.Fatalf("it never became so: %s; %+v", what, b.s.Load())
		}
		runtime.Gosched()
	}
}

// worker is the process id of the one worker, which has been started.
func (b *shop) worker() int {
	b.t.Helper()
	tasks, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		b.t.Fatal(err)
	}
	var found []int
	for _, f := range tasks {
		data, _ := os.ReadFile(f)
		for _, field := range strings.Fields(string(data)) {
			line, _ := os.ReadFile("/proc/" + field + "/cmdline")
			if id, err := strconv.Atoi(field); err == nil && strings.HasSuffix(string(line), "\x00worker\x00") {
				found = append(found, id)
			}
		}
	}
	if len(found) != 1 {
		b.t.Fatalf("there are workers %v", found)
	}
	return found[0]
}

func (b *shop) signal(id int, s syscall.Signal) {
	b.t.Helper()
	if err := syscall.Kill(id, s); err != nil {
		b.t.Fatal(err)
	}
}

// stop stops a worker that has nothing to do any more, and waits until all of it stands still.
// The caller of a query has its answer before the worker has told that it is done, and one that
// never tells is killed and replaced.
func (b *shop) stop(id int) {
	b.t.Helper()
	b.until("the worker has nothing to do", func() bool { return b.s.Load().Workers.Busy == 0 })
	b.signal(id, syscall.SIGSTOP)
	b.until("the worker stands still", func() bool {
		tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", id))
		for _, f := range tasks {
			data, _ := os.ReadFile(f)
			_, rest, _ := strings.Cut(string(data), ") ")
			if !strings.HasPrefix(rest, "T") {
				return false
			}
		}
		return err == nil && len(tasks) > 0
	})
}

// TestAFullQueueTurnsAway holds, over HTTP, that queries beyond those that may wait are told when to
// come again, that who asks much gives way to others, and that all who waited are answered.
func TestAFullQueueTurnsAway(t *testing.T) {
	b := openShop(t)
	for who, of := range map[string][2]string{"noisy": {"Orders", "Orders"}, "other": {"Vessels", "Vessels"}} {
		if status, _, body := b.count(who, of[0], of[1]); status != 200 {
			t.Fatalf("the control: %d %s", status, body)
		}
	}
	id := b.worker()
	b.stop(id) // the one that runs, runs on
	defer func() { _ = syscall.Kill(id, syscall.SIGCONT) }()
	type answer struct {
		status int
		after  string
		body   string
	}
	noisy, other := make(chan answer, 100), make(chan answer, 1)
	var asked sync.WaitGroup
	ask := func(who, table string, to chan answer) {
		asked.Go(func() {
			status, h, body := b.count(who, table, table)
			to <- answer{status, h.Get("Retry-After"), body}
		})
	}
	ask("noisy", "Orders", noisy)
	b.until("one runs", func() bool { return b.s.Load().Queue.Running == 1 })
	const most = 64
	for range most {
		ask("noisy", "Orders", noisy)
	}
	b.until("the others wait", func() bool { return b.s.Load().Queue.Waiting == most })
	refused := func(a answer) {
		t.Helper()
		if n, err := strconv.Atoi(a.after); a.status != http.StatusTooManyRequests || err != nil || n < 1 || !strings.Contains(a.body, `"rule":"busy"`) {
			t.Errorf("one too many: %d, Retry-After %q, %s", a.status, a.after, a.body)
		}
	}
	status, h, body := b.count("noisy", "Orders", "Orders")
	refused(answer{status, h.Get("Retry-After"), body})
	ask("other", "Vessels", other)
	refused(<-noisy) // who waited last of those who ask most
	if c := b.s.Load().Queue; c.Waiting != most || c.Refused != 2 {
		t.Errorf("%+v", c)
	}
	b.signal(id, syscall.SIGCONT)
	asked.Wait()
	close(noisy)
	n := 0
	for a := range noisy {
		if n++; a.status != 200 || !strings.Contains(a.body, `{"[n]":2}`) {
			t.Errorf("one that waited: %+v", a)
		}
	}
	if a := <-other; a.status != 200 || !strings.Contains(a.body, `{"[n]":1}`) || n != most {
		t.Errorf("the other: %+v; %d of the noisy", a, n)
	}
}

// TestAQueryPastItsDeadline holds, over HTTP, that its caller is answered although the engine does
// not stop, that the worker is killed for that, and that the next query is answered.
func TestAQueryPastItsDeadline(t *testing.T) {
	b := openShop(t)
	if status, _, body := b.count("noisy", "Orders", "Orders"); status != 200 {
		t.Fatalf("the control: %d %s", status, body)
	}
	id := b.worker()
	b.stop(id)
	for _, query := range []string{`EVALUATE ROW(\"n\", COUNTROWS(Orders) + 1)`, `EVALUATE Orders`} {
		status, h, body := b.post("/v1.0/myorg/datasets/"+b.ids["Orders"]+"/executeDaxQueries", "application/json", b.bearer["noisy"], `{"query":"`+query+`","queryTimeout":1}`)
		if status != 200 || h.Get("Content-Type") != "application/vnd.apache.arrow.stream" {
			t.Fatalf("%d %s", status, body)
		}
		r, err := ipc.NewReader(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		meta := r.Schema().Metadata()
		if text, _ := meta.GetValue("FaultString"); !strings.Contains(text, "took too long") && !strings.Contains(text, "took longer") {
			t.Errorf("metadata %v", meta)
		}
		b.until("the worker is killed", func() bool { return b.s.Load().Workers.Workers == 0 })
		if c := b.s.Load().Workers; c.OverTime == 0 || c.Crashed != 0 {
			t.Errorf("%+v", c)
		}
		status, _, body = b.count("noisy", "Orders", "Orders")
		if status != 200 || !strings.Contains(body, `{"[n]":2}`) {
			t.Errorf("the next query: %d %s", status, body)
		}
		if now := b.worker(); now == id {
			t.Errorf("worker %d is still there", id)
		}
		b.stop(b.worker())
	}
	b.signal(b.worker(), syscall.SIGCONT)
}
