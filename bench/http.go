package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"inlay/embedtoken"
)

// generatePath is where applications ask for tokens.
const generatePath = "/v1.0/myorg/GenerateToken"

// answerJSON is as long as an answer of GenerateToken.
var answerJSON = []byte(`{"@odata.context":"http://localhost:8400/v1.0/myorg/$metadata#Microsoft.PowerBI.ServiceContracts.Api.V1.GenerateTokenResponse","token":"` +
	strings.Repeat("t", 1100) + `","tokenId":"7d4b1f3c-6a58-4f06-9a53-000000000000","expiration":"2026-11-21T21:00:00Z"}`)

// askJSON is as long as a usual request.
var askJSON = []byte(`{"datasets":[{"id":"0b8b1f3c-6a58-4f06-9a53-3d1d1e6c0f10"}],"reports":[{"id":"9e1c4d2b-7a5f-4c3e-b6d8-2f1a0e9c8b7d"}],` +
	`"identities":[{"username":"amira@alderfoods.example.com","roles":["Tenant members"],"datasets":["0b8b1f3c-6a58-4f06-9a53-3d1d1e6c0f10"]}]}`)

// fixed reads a request and answers the same JSON each time: what everything over HTTP costs.
func fixed(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(answerJSON)
}

// kinds of child: each makes a handler and prints what its clients need to know.
var kinds = map[string]func() (h http.Handler, tell string, err error){
	"bare": func() (http.Handler, string, error) { return http.HandlerFunc(fixed), "-", nil },
	"open": func() (http.Handler, string, error) {
		ring, err := embedtoken.NewRing()
		if err != nil {
			return nil, "", err
		}
		token, err := ring.Seal(grant(0, time.Now()), "https://localhost:8443")
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, err := ring.Open(strings.TrimPrefix(r.Header.Get("Authorization"), "EmbedToken "), time.Now()); err != nil {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			fixed(w, r)
		}), token, err
	},
	"generate": serveGenerate,
}

// httpComparisons measure requests as a server sees them.
func httpComparisons(ctx context.Context) ([]comparison, func(), error) {
	bare, err := startChild(ctx, "bare")
	if err != nil {
		return nil, nil, err
	}
	open, err := startChild(ctx, "open")
	if err != nil {
		bare.stop()
		return nil, nil, err
	}
	generate, err := startChild(ctx, "generate")
	if err != nil {
		open.stop()
		bare.stop()
		return nil, nil, err
	}
	done := func() { generate.stop(); open.stop(); bare.stop() }
	var to generateTo
	if err := json.Unmarshal([]byte(generate.told), &to); err != nil {
		done()
		return nil, nil, err
	}
	opening := http.Header{"Authorization": {"EmbedToken " + open.told}, "Content-Type": {"application/json"}}
	list := []comparison{{name: "POST that opens a token", against: "bare POST", budget: "2.00",
		subject: open.posts(16, "/", opening, askJSON), reference: bare.posts(16, "/", opening, askJSON)}}
	for _, conns := range []int{1, 16, 64} {
		list = append(list, comparison{name: fmt.Sprintf("GenerateToken over %d", conns), against: "bare POST", budget: "3.00",
			subject:   generate.posts(conns, generatePath, to.header(), to.Body),
			reference: bare.posts(conns, "/", to.header(), to.Body)})
	}
	return list, done, nil
}
