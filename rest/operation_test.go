package rest_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inlay/rest"
)

// valid is a request of an operation that must succeed.
func (w *world) valid(op rest.Operation) (target, authorization, body string) {
	w.t.Helper()
	who := shop
	switch op.ID {
	case "Datasets_ExecuteQueries", "Datasets_ExecuteQueriesInGroup", "Datasets_ExecuteDaxQueries", "Datasets_ExecuteDaxQueriesInGroup":
		who = anna // service principals may not, where there are roles
	case "Inlay_RevokeWorkspace", "Inlay_RevokeReport", "Inlay_RevokeDataset":
		who = anna
	case "Inlay_RevokeToken", "Inlay_RevokePrincipal", "Inlay_RevokeTenant", "Admin_GetActivityEvents":
		who = guard
	}
	authorization = "Bearer " + w.bearer(w.sign, tenant, who)
	if op.Auth == rest.EmbedToken {
		authorization = "EmbedToken " + w.embedFor(op)
	}
	target = fill(w.t, op.Path, places)
	if op.Query != "" {
		target += "?" + op.Query
	}
	return target, authorization, fill(w.t, op.Example, places)
}

// embedFor is a good token for an operation: a report's, a dashboard's or a tile's.
func (w *world) embedFor(op rest.Operation) string {
	w.t.Helper()
	var path string
	switch {
	case strings.Contains(op.Path, "{tileId}"):
		path = "/dashboards/{dashboardId}/tiles/{tileId}"
	case strings.Contains(op.Path, "{dashboardId}"):
		path = "/dashboards/{dashboardId}"
	default:
		return w.embed("ann@example.com", "West")
	}
	a := w.send("POST", fill(w.t, "/v1.0/myorg/groups/{groupId}"+path+"/GenerateToken", places), "Bearer "+w.bearer(w.sign, tenant, shop),
		fill(w.t, `{"accessLevel":"View","identities":[{"username":"ann@example.com","roles":["West"],"datasets":["{datasetId}"]}]}`, places))
	if a.status != 200 {
		w.t.Fatalf("GenerateToken for %s: %d %s", op.ID, a.status, a.body)
	}
	return a.field("token")
}

// empty are the operations that answer without a body, and with what status.
var empty = map[string]int{
	"Datasets_RefreshDataset": 202, "Datasets_RefreshDatasetInGroup": 202, "Datasets_CancelRefresh": 200, "Datasets_CancelRefreshInGroup": 200,
}

// operations is the table. It fails when there is nothing in it.
func operations(t *testing.T) []rest.Operation {
	t.Helper()
	ops := rest.Operations()
	if len(ops) == 0 {
		t.Fatal("the table of operations is empty: nothing would be tested")
	}
	return ops
}

// TestOperationsAnswer is the control of all attack tests: the requests that they spoil are
// good.
func TestOperationsAnswer(t *testing.T) {
	for _, wire := range []bool{false, true} {
		w := newWorld(t, func(c *rest.Config) { c.Wire = wire })
		seen := map[string]bool{}
		for _, op := range operations(t) {
			if seen[op.ID] || seen[op.Method+" "+op.Path] {
				t.Errorf("%s is in the table twice", op.ID)
			}
			seen[op.ID], seen[op.Method+" "+op.Path] = true, true
			target, authorization, body := w.valid(op)
			a := w.send(op.Method, target, authorization, body)
			if status, ok := empty[op.ID]; ok {
				if a.status != status || a.body != "" {
					t.Errorf("%s: %d %s", op.ID, a.status, a.body)
				}
			} else if op.ID == "Inlay_RefreshEvents" {
				if a.status != 200 || a.header.Get("Content-Type") != "text/event-stream; charset=utf-8" {
					t.Errorf("%s: %d %s", op.ID, a.status, a.body)
				}
			} else if strings.HasPrefix(op.ID, "Datasets_ExecuteDaxQueries") {
				if got := streams(t, a.body); a.status != 200 || len(got) != 1 || len(got[0].rows) != 1 {
					t.Errorf("%s: %d %+v", op.ID, a.status, got)
				}
			} else if a.status != 200 || !strings.Contains(a.header.Get("Content-Type"), "json") || !json.Valid([]byte(a.body)) {
				t.Errorf("%s: %d %s", op.ID, a.status, a.body)
			}
			if op.Auth != rest.AccessToken && op.Auth != rest.EmbedToken {
				t.Errorf("%s asks for token %q", op.ID, op.Auth)
			}
			if op.Summary == "" || op.Method == http.MethodPost && op.Example == "" {
				t.Errorf("%s has no summary, or no example of its body", op.ID)
			}
		}
	}
}

// TestOperationsAreOfficial compares the table with the list of official operations, which
// lies beside the repository where there is one.
func TestOperationsAreOfficial(t *testing.T) {
	f, err := os.Open(filepath.Join("..", "..", "shared", "reference", "operations.tsv"))
	if err != nil {
		t.Skip("the list of official operations (../shared) is not here")
	}
	defer f.Close()
	swagger, err := os.ReadFile(filepath.Join("..", "..", "shared", "reference", "swagger.json"))
	if err != nil {
		t.Fatal(err)
	}
	official := map[string][]string{}
	for s := bufio.NewScanner(f); s.Scan(); {
		if fields := strings.Split(s.Text(), "\t"); len(fields) >= 4 {
			official[fields[2]] = fields
		}
	}
	if len(official) < 150 {
		t.Fatalf("the list has %d operations", len(official))
	}
	for _, op := range operations(t) {
		if strings.HasPrefix(op.ID, "Inlay_") {
			if !strings.HasPrefix(op.Path, "/inlay/v1/") {
				t.Errorf("%s is at %s", op.ID, op.Path)
			}
			continue
		}
		if strings.HasPrefix(op.Path, "/v1.0/myorg/admin/") && !op.Profile && strings.Contains(string(swagger), `"operationId": "`+op.ID+`"`) {
			continue // the list has no operations for administrators; profiles may not call them
		}
		if strings.HasPrefix(op.ID, "Datasets_ExecuteDaxQueries") && official[op.ID] == nil {
			continue // newer than the list: https://learn.microsoft.com/rest/api/power-bi/datasets/execute-dax-queries
		}
		f, ok := official[op.ID]
		if !ok || f[0] != op.Method || "/v1.0/myorg"+f[1] != op.Path || (f[3] == "profile") != op.Profile {
			t.Errorf("%s %s %s (profile %v) is not official: %q", op.ID, op.Method, op.Path, op.Profile, f)
		}
	}
}
