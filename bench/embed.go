package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"inlay/server"
)

// visualTo is what a client needs to ask for the rows of a visual, and for them to be refused.
type visualTo struct {
	Token   string `json:"token"`
	TokenID string `json:"tokenId"`
	Path    string `json:"path"`
	Data    string `json:"data"` // the folder of the server
}

// serveVisual is the whole server with the demo. It tells how to ask for the first visual with
// rows of its report, as the embed page does.
func serveVisual() (service, error) {
	s, err := serveGenerate()
	if err != nil {
		return service{}, err
	}
	var to generateTo
	if err := json.Unmarshal([]byte(s.tell), &to); err != nil {
		return service{}, err
	}
	var embed visualTo
	if err := (ask{generatePath, "Bearer " + to.Access, to.Body}).of(s.handler, &embed); err != nil {
		return service{}, err
	}
	embed.Data = s.data
	var asked struct {
		Reports []struct {
			ID string `json:"id"`
		} `json:"reports"`
	}
	if err := json.Unmarshal(to.Body, &asked); err != nil {
		return service{}, err
	}
	report := "/inlay/v1/embed/reports/" + asked.Reports[0].ID
	var shown struct {
		Pages []struct {
			Name    string `json:"name"`
			Visuals []struct {
				Name string `json:"name"`
				Type string `json:"type"`
			} `json:"visuals"`
		} `json:"pages"`
	}
	if err := (ask{report, "EmbedToken " + embed.Token, nil}).of(s.handler, &shown); err != nil {
		return service{}, err
	}
	for _, p := range shown.Pages {
		for _, v := range p.Visuals {
			path := report + "/pages/" + p.Name + "/visuals/" + v.Name + "/query"
			if !strings.Contains(strings.ToLower(v.Type), "chart") || (ask{path, "EmbedToken " + embed.Token, []byte("{}")}).of(s.handler, nil) != nil {
				continue
			}
			embed.Path = path
			tell, err := json.Marshal(embed)
			s.tell = string(tell)
			return s, err
		}
	}
	return service{}, fmt.Errorf("the demo has no chart")
}

// ask is a request: a POST where it has a body.
type ask struct {
	path, authorization string
	body                []byte
}

// of asks a handler and reads its JSON.
func (a ask) of(h http.Handler, into any) error {
	method := http.MethodGet
	if a.body != nil {
		method = http.MethodPost
	}
	r := httptest.NewRequestWithContext(context.Background(), method, a.path, strings.NewReader(string(a.body)))
	r.Header.Set("Authorization", a.authorization)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		return fmt.Errorf("%s %s answered %d: %.200s", method, a.path, w.Code, w.Body)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(w.Body.Bytes(), into)
}

// startVisual starts a server, and says how it is asked for a visual.
func startVisual(ctx context.Context) (c *child, to visualTo, request func() ([]byte, error), err error) {
	if c, err = startChild(ctx, "visual"); err != nil {
		return nil, to, nil, err
	}
	if err := json.Unmarshal([]byte(c.told), &to); err != nil {
		c.stop()
		return nil, to, nil, err
	}
	header := http.Header{"Authorization": {"EmbedToken " + to.Token}, "Content-Type": {"application/json"}}
	return c, to, func() ([]byte, error) { return post(c.address, to.Path, header, []byte("{}")) }, nil
}

// visualsOverHTTP measure one visual that is asked for again and again, so that its answer is
// kept, with the token opened and its item looked up for each.
func visualsOverHTTP(ctx context.Context) ([]figure, error) {
	c, _, request, err := startVisual(ctx)
	if err != nil {
		return nil, err
	}
	defer c.stop()
	var list []figure
	for _, n := range []int{1, 4, 16, 64} {
		if _, _, err := c.load(ctx, load{conns: n, n: 1000}, request); err != nil { // warm
			return nil, err
		}
		const questions = 10_000
		spent, took, err := c.load(ctx, load{conns: n, n: questions}, request)
		if err != nil {
			return nil, err
		}
		slices.Sort(took)
		list = append(list, figure{fmt.Sprintf("visuals over HTTP from the cache, %d connections", n),
			fmt.Sprintf("%.0f/s, median %s, p99 %s, CPU %s each", questions/spent.wall.Seconds(), short(took[questions/2]), short(took[questions*99/100]), short(spent.each(questions).cpu)), "3,000/s"})
	}
	return list, nil
}

// revocation measures how long after a command has revoked a token a server that runs refuses it.
func revocation(ctx context.Context) ([]figure, error) {
	var times []time.Duration
	for range 5 {
		took, err := revoke(ctx)
		if err != nil {
			return nil, err
		}
		times = append(times, took)
	}
	return []figure{{"revocation by another process", fmt.Sprintf("refused at most %s later, of %d", short(slices.Max(times)), len(times)), "1 s"}}, nil
}

func revoke(ctx context.Context) (time.Duration, error) {
	c, to, request, err := startVisual(ctx)
	if err != nil {
		return 0, err
	}
	defer c.stop()
	here, err := server.New(ctx, server.Config{Data: to.Data, SignIn: true, Listen: "127.0.0.1:0", TLSListen: "127.0.0.1:0", PublicURL: "http://localhost:8400"})
	if err != nil {
		return 0, err
	}
	defer func() { _ = here.Close() }()
	if err := here.RevokeToken(ctx, to.TokenID); err != nil {
		return 0, err
	}
	start := time.Now()
	text, err := request()
	if err != nil {
		return 0, err
	}
	one, err := dial(ctx, c.address)
	if err != nil {
		return 0, err
	}
	defer one.close()
	for {
		if err := one.ask(text); err != nil {
			if strings.Contains(err.Error(), "refused") {
				return time.Since(start), nil
			}
			return 0, err
		}
		if time.Since(start) > 10*time.Second {
			return 0, fmt.Errorf("a revoked token was not refused for 10 s")
		}
	}
}
