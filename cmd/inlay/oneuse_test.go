package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"inlay/scenario"
)

// opener opens the report of the story board, as embed pages do.
type opener struct {
	t                            *testing.T
	report, tenant, access, body string
	form                         url.Values
}

// newOpener seeds a data folder.
func newOpener(t *testing.T) (*opener, string) {
	t.Helper()
	story, err := scenario.ParseStory([]byte(board))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	b, err := scenario.Open(t.Context(), dir, story.World, new(bytes.Buffer))
	if err != nil {
		t.Fatal(err)
	}
	o := &opener{t: t, report: b.ID("Board"), tenant: b.Server.TenantID(),
		body: `{"reports":[{"id":"` + b.ID("Board") + `"}],"datasets":[{"id":"` + b.ID("Orders") + `"}],"inlay":{"oneUse":true}}`,
		form: url.Values{"grant_type": {"client_credentials"}, "client_id": {b.ID("${client shop}")}, "client_secret": {b.ID("${secret shop}")},
			"scope": {"https://analysis.windows.net/powerbi/api/.default"}}}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	return o, filepath.Join(dir, "data")
}

// token generates a token for one use.
func (o *opener) token(base string) string {
	o.t.Helper()
	if o.access == "" {
		o.access = must(o.t, "POST", base+"/"+o.tenant+"/oauth2/v2.0/token", o.form.Encode(), "Content-Type", "application/x-www-form-urlencoded").member(o.t, "access_token")
	}
	r := must(o.t, "POST", base+"/v1.0/myorg/GenerateToken", o.body, "Content-Type", "application/json", "Authorization", "Bearer "+o.access)
	if r.status != http.StatusOK {
		o.t.Fatalf("%d %s", r.status, r.body)
	}
	return r.member(o.t, "token")
}

func secretOf(page int) string { return fmt.Sprintf("%043d", page) }

// opens has a page open the report; 0 is no answer.
func (o *opener) opens(base, token string, page int) int {
	r, err := ask(o.t, "GET", base+"/inlay/v1/embed/reports/"+o.report, "", "Authorization", "EmbedToken "+token, "X-Inlay-Session", secretOf(page))
	if err != nil {
		return 0
	}
	if r.status == http.StatusForbidden && !strings.Contains(r.body, `"rule":"use-session"`) || r.status != http.StatusForbidden && r.status != http.StatusOK {
		o.t.Errorf("page %d is answered %d %s", page, r.status, r.body)
	}
	return r.status
}

// race has pages open one token at several servers at once, and answers which of them got in.
func (o *opener) race(bases []string, token string, pages int, answered func()) (in []int) {
	var mu sync.Mutex
	var all sync.WaitGroup
	for page := range pages {
		all.Go(func() {
			status := o.opens(bases[page%len(bases)], token, page)
			mu.Lock()
			defer mu.Unlock()
			if status == http.StatusOK {
				in = append(in, page)
			}
			if status != 0 {
				answered()
			}
		})
	}
	all.Wait()
	return in
}

// TestOneUseAcrossProcesses opens a token for one use at two servers on one data folder: one page
// gets in, at one of them, and then works at both, and at a server that is started after both
// were killed. No other page ever does.
func TestOneUseAcrossProcesses(t *testing.T) {
	o, data := newOpener(t)
	first, killFirst := serving(t, data)
	second, killSecond := serving(t, data)
	token := o.token(first)
	const pages = 12
	in := o.race([]string{first, second}, token, pages, func() {})
	if len(in) != 1 {
		t.Fatalf("pages %v got in", in)
	}
	held := func(base string) {
		t.Helper()
		// First a question for rows: this server may not have seen the page open the report.
		r := must(t, "POST", base+"/inlay/v1/embed/reports/"+o.report+"/pages/page1/visuals/none/query", "{}",
			"Content-Type", "application/json", "Authorization", "EmbedToken "+token, "X-Inlay-Session", secretOf(in[0]))
		if r.status != http.StatusNotFound { // past the token: there is no such visual
			t.Errorf("the page that got in asks for rows: %d %s", r.status, r.body)
		}
		for page := range pages + 1 {
			if status := o.opens(base, token, page); (status == http.StatusOK) != (page == in[0]) {
				t.Errorf("page %d got in first, and page %d is answered %d", in[0], page, status)
			}
		}
	}
	held(first)
	held(second)
	killFirst()
	killSecond()
	third, kill := serving(t, data)
	defer kill()
	held(third)
}

// TestOneUseWhileKilled kills the server while pages race for tokens. Who was let in before is
// let in afterwards, and nobody else; where nobody was told, one page gets in at the next server.
func TestOneUseWhileKilled(t *testing.T) {
	rounds := killed
	if testing.Short() {
		rounds = killedShort
	}
	o, data := newOpener(t)
	base, kill := serving(t, data)
	before := 0
	for range rounds {
		token := o.token(base)
		const pages = 8
		after, n := rand.IntN(pages), 0
		if after == 0 {
			go kill() // before anybody was answered, perhaps
		}
		in := o.race([]string{base}, token, pages, func() {
			if n++; n == after {
				go kill()
			}
		})
		kill()
		if len(in) > 1 {
			t.Fatalf("pages %v got in", in)
		}
		before += len(in)
		base, kill = serving(t, data)
		again := o.race([]string{base}, token, pages, func() {})
		if len(again) != 1 || len(in) == 1 && again[0] != in[0] {
			t.Errorf("before the kill %v got in, and after it %v", in, again)
		}
	}
	kill()
	t.Logf("in %d of %d rounds a page got in before the kill", before, rounds)
}
