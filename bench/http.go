package main

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"inlay/embedtoken"
	"inlay/server"
)

// generatePath is where applications ask for tokens.
const generatePath = "/v1.0/myorg/GenerateToken"

// answerJSON is as long as an answer of GenerateToken.
var answerJSON = []byte(`{"@odata.context":"http://localhost:8400/v1.0/myorg/$metadata#Microsoft.PowerBI.ServiceContracts.Api.V1.GenerateTokenResponse","token":"` +
	strings.Repeat("t", 1100) + `","tokenId":"7d4b1f3c-6a58-4f06-9a53-000000000000","expiration":"2026-11-21T21:00:00Z"}`)

// askJSON is as long as a usual request.
var askJSON = []byte(`{"datasets":[{"id":"0b8b1f3c-6a58-4f06-9a53-3d1d1e6c0f10"}],"reports":[{"id":"9e1c4d2b-7a5f-4c3e-b6d8-2f1a0e9c8b7d"}],` +
	`"identities":[{"username":"amira@alderfoods.example.com","roles":["Tenant members"],"datasets":["0b8b1f3c-6a58-4f06-9a53-3d1d1e6c0f10"]}]}`)

// longAccess is as long as an access token.
var longAccess = strings.Repeat("a", 1200)

// fixed reads a request and answers the same JSON each time: what everything over HTTP costs.
func fixed(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(answerJSON)
}

// kinds of child.
var kinds = map[string]func() (service, error){
	"bare": func() (service, error) { return service{handler: http.HandlerFunc(fixed)}, nil },
	"open": func() (service, error) {
		ring, err := embedtoken.NewRing()
		if err != nil {
			return service{}, err
		}
		token, err := ring.Seal(grant(0, time.Now()), "https://localhost:8443")
		return service{tell: token, handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, err := ring.Open(strings.TrimPrefix(r.Header.Get("Authorization"), "EmbedToken "), time.Now()); err != nil {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			fixed(w, r)
		})}, err
	},
	"bare-recorded":        serveRecorded,
	"generate":             func() (service, error) { return serveGenerate() },
	"visual":               serveVisual,
	"generate-without-log": func() (service, error) { return serveGenerate(server.WithRecorder(unrecorded{})) },
}

// httpComparisons measure a request that brings an embed token.
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
	opening := http.Header{"Authorization": {"EmbedToken " + open.told}, "Content-Type": {"application/json"}}
	return []comparison{{name: "POST that opens a token", against: "bare POST", budget: "2.00",
		subject: open.posts(16, "/", opening, askJSON), reference: bare.posts(16, "/", opening, askJSON)}}, func() { open.stop(); bare.stop() }, nil
}
