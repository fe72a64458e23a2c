package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"inlay/audit"
	"inlay/scenario"
)

// killed is how often the server is killed; -short kills it less.
const killed, killedShort = 10, 3

// generated is a token that a client was given.
type generated struct {
	Token   string `json:"token"`
	TokenID string `json:"tokenId"`
}

// TestKilledServerLosesNothing kills a server with SIGKILL at random moments while clients ask
// for tokens. Every token that a client was given has exactly one record, and still works.
func TestKilledServerLosesNothing(t *testing.T) {
	story, err := scenario.ParseStory([]byte(board))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	b, err := scenario.Open(t.Context(), dir, story.World, new(bytes.Buffer))
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {b.ID("${client shop}")}, "client_secret": {b.ID("${secret shop}")},
		"scope": {"https://analysis.windows.net/powerbi/api/.default"}}
	body := `{"reports":[{"id":"` + b.ID("Board") + `"}],"datasets":[{"id":"` + b.ID("Orders") + `"}]}`
	report, tenant := b.ID("Board"), b.Server.TenantID()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	rounds := killed
	if testing.Short() {
		rounds = killedShort
	}
	var given []generated
	var access string
	for range rounds {
		base, kill := serving(t, data)
		if access == "" {
			var answer struct {
				AccessToken string `json:"access_token"`
			}
			post(t, base+"/"+tenant+"/oauth2/v2.0/token", "application/x-www-form-urlencoded", form.Encode(), &answer)
			access = answer.AccessToken
		}
		given = append(given, underLoad(base, access, body, 20+rand.IntN(200), kill)...)
	}
	base, kill := serving(t, data)
	for i := 0; i < len(given); i += 1 + len(given)/50 {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/inlay/v1/embed/reports/"+report, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "EmbedToken "+given[i].Token)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("a token that was given before a crash is answered with %d", res.StatusCode)
		}
	}
	kill()
	records := map[string]int{}
	for e, err := range audit.Read(filepath.Join(data, "audit"), audit.Query{Kinds: []audit.Kind{audit.Generate}}) {
		if err != nil {
			t.Fatal(err)
		}
		records[e.Token]++
	}
	for _, g := range given {
		if n := records[g.TokenID]; n != 1 {
			t.Errorf("token %s was given and has %d records", g.TokenID, n)
		}
	}
	for id, n := range records {
		if n != 1 {
			t.Errorf("token %s has %d records", id, n)
		}
	}
	if found, err := audit.Verify(filepath.Join(data, "audit")); err != nil || len(found.Broken) > 0 {
		t.Errorf("the log does not verify: %v, %v", found.Broken, err)
	}
	if len(given) < rounds*20 {
		t.Errorf("only %d tokens were given in %d rounds", len(given), rounds)
	}
	t.Logf("%d tokens given, %d recorded, %d kills", len(given), len(records), rounds)
}

// serving starts the program on a data folder and waits until it listens.
func serving(t *testing.T, data string) (base string, kill func()) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	plain, secure := unused(t), unused(t)
	cmd := exec.CommandContext(t.Context(), self, "serve", "--data", data, "--listen", plain, "--tls-listen", secure, "--sign-in", "--log-level", "error")
	cmd.Env = append(os.Environ(), "INLAY_TEST_AS_PROGRAM=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "sign-in") {
			return "http://" + plain, sync.OnceFunc(func() {
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
			})
		}
	}
	_ = cmd.Wait()
	t.Fatalf("the server does not start: %s", errs.String())
	return "", nil
}

// unused is an address on which nothing listens.
func unused(t *testing.T) string {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// underLoad asks for tokens from many clients, kills the server when some have been given, and
// answers all that clients were given.
func underLoad(base, access, body string, some int, kill func()) []generated {
	answers := make(chan generated)
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for {
				req, err := http.NewRequest(http.MethodPost, base+"/v1.0/myorg/GenerateToken", strings.NewReader(body))
				if err != nil {
					return
				}
				req.Header.Set("Authorization", "Bearer "+access)
				req.Header.Set("Content-Type", "application/json")
				res, err := http.DefaultClient.Do(req)
				if err != nil {
					return
				}
				text, err := io.ReadAll(res.Body)
				res.Body.Close()
				var g generated
				if err != nil || res.StatusCode != http.StatusOK || json.Unmarshal(text, &g) != nil {
					return
				}
				answers <- g
			}
		})
	}
	go func() {
		clients.Wait()
		close(answers)
	}()
	var given []generated
	for g := range answers {
		if given = append(given, g); len(given) == some {
			go kill()
		}
	}
	if len(given) < some { // the clients gave up; the test fails for it below
		kill()
	}
	return given
}

// post sends a body and reads a JSON answer.
func post(t *testing.T, address, kind, body string, answer any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(answer); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s answers %d, %v", address, res.StatusCode, err)
	}
}
