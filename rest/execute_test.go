package rest_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/rest"
)

const one = `{"queries":[{"query":"EVALUATE Rows"}]}`

func executePath(dataset string) string {
	return "/v1.0/myorg/datasets/" + dataset + "/executeQueries"
}

// table is a result of columns and rows.
func table(names []string, rows ...[]dax.Value) model.Result {
	var r model.Result
	for _, n := range names {
		r.Columns = append(r.Columns, model.ResultColumn{Name: n})
	}
	r.Rows = rows
	return r
}

// execute answers a query for anna from the results.
func execute(t *testing.T, body string, results ...model.Result) (answer, *world) {
	t.Helper()
	w := newWorld(t)
	w.engine.evaluate = func(string) ([]model.Result, error) { return results, nil }
	return w.send("POST", executePath(prices), "Bearer "+w.bearer(w.sign, tenant, anna), body), w
}

func TestExecuteValues(t *testing.T) {
	names := []string{"Sales[Day]", "[Whole]", "[Money]", "[Float]", "[Yes]", "[\"Text\"]", "[None]"}
	res := table(names,
		[]dax.Value{dax.TimeOf(time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)), dax.IntOf(math.MaxInt64), dax.DecimalOf(12_500), dax.FloatOf(0.5), dax.BoolOf(true), dax.TextOf("a \"b\"\n"), {}},
		[]dax.Value{{}, {}, {}, dax.FloatOf(math.Inf(1)), {}, {}, {}})
	a, w := execute(t, one, res)
	want := `{"results":[{"tables":[{"rows":[{"Sales[Day]":"2026-01-05T00:00:00","[Whole]":9223372036854775807,"[Money]":1.25,"[Float]":0.5,"[Yes]":true,` +
		`"[\"Text\"]":"a \"b\"\n"},{"[Float]":"Infinity"}]}]}]}`
	if a.status != 200 || a.body != want {
		t.Errorf("%d %s", a.status, a.body)
	}
	if v := w.engine.viewer(); !v.Unrestricted || v.Username != "anna@example.com" || v.ObjectID != anna || v.Roles != nil {
		t.Errorf("asked as %+v", v)
	}
	a, _ = execute(t, `{"queries":[{"query":"EVALUATE Rows"}],"serializerSettings":{"includeNulls":true}}`, table([]string{"[A]", "[B]"}, []dax.Value{{}, {}}))
	if a.body != `{"results":[{"tables":[{"rows":[{"[A]":null,"[B]":null}]}]}]}` {
		t.Error(a.body)
	}
}

// short is what an answer says about data that it leaves out.
type short struct {
	Results []struct {
		Tables []struct {
			Rows  []json.RawMessage
			Error *struct{ Code, Message string }
		}
		Error *struct{ Code, Message string }
	}
	Error *struct{ Code, Message string }
}

func TestExecuteLimits(t *testing.T) {
	many := func(columns, rows int, v dax.Value) model.Result {
		var r model.Result
		for i := range columns {
			r.Columns = append(r.Columns, model.ResultColumn{Name: "[" + strconv.Itoa(i) + "]"})
		}
		row := make([]dax.Value, columns)
		for i := range row {
			row[i] = v
		}
		for range rows {
			r.Rows = append(r.Rows, row)
		}
		return r
	}
	small := table([]string{"[A]"}, []dax.Value{dax.IntOf(1)})
	for _, c := range []struct {
		name    string
		results []model.Result
		rows    int
		message string
	}{
		{"rows", []model.Result{many(1, 100_001, dax.IntOf(1))}, 100_000, "More than 100000 rows in a query result"},
		{"rows that fit", []model.Result{many(1, 100_000, dax.IntOf(1))}, 100_000, ""},
		{"values", []model.Result{many(20, 50_001, dax.Value{})}, 50_000, "More than 50000 rows in a query result"},
		{"values that fit", []model.Result{many(20, 50_000, dax.Value{})}, 50_000, ""},
		{"bytes", []model.Result{many(1, 20, dax.TextOf(strings.Repeat("x", 1<<20)))}, 15, "More than 15728640 bytes in a query result"},
		{"tables", []model.Result{small, small}, 1, "More than one result table in a query"},
		{"none", []model.Result{table([]string{"[A]"})}, 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, _ := execute(t, one, c.results...)
			var s short
			if err := json.Unmarshal([]byte(a.body), &s); err != nil || a.status != 200 || len(s.Results) != 1 || len(s.Results[0].Tables) != 1 || s.Results[0].Tables[0].Rows == nil {
				t.Fatalf("%d %v %.200s", a.status, err, a.body)
			}
			if n := len(s.Results[0].Tables[0].Rows); n != c.rows {
				t.Errorf("%d rows", n)
			}
			switch {
			case c.message == "":
				if s.Error != nil || strings.Contains(a.body, `"error"`) {
					t.Errorf("an error: %+v", s.Error)
				}
			case s.Error == nil || s.Error.Message != c.message || s.Error.Code != "DatasetExecuteQueriesError":
				t.Errorf("%+v", s.Error)
			case (s.Results[0].Tables[0].Error == nil) == (s.Results[0].Error == nil):
				t.Errorf("the error stands beside the data not once: %.300s", a.body)
			}
		})
	}
}

func TestExecuteErrors(t *testing.T) {
	for _, wire := range []bool{false, true} {
		w := newWorld(t, func(c *rest.Config) { c.Wire = wire })
		bearer := "Bearer " + w.bearer(w.sign, tenant, anna)
		w.engine.evaluate = func(string) ([]model.Result, error) {
			return nil, inlay.Errorf(inlay.Invalid, "line 1, column 10: there is no function SUMM\n 1 | EVALUATE SUMM\n   |          ^")
		}
		a := w.send("POST", executePath(prices), bearer, one)
		var e struct {
			Error struct {
				Code, Message string
				Nested        struct {
					Code    string
					Details []struct {
						Code   string
						Detail struct {
							Type  int
							Value string
						}
					}
				} `json:"pbi.error"`
			}
		}
		if err := json.Unmarshal([]byte(a.body), &e); err != nil || a.status != 400 || e.Error.Code != "DatasetExecuteQueriesError" || e.Error.Nested.Code != e.Error.Code {
			t.Fatalf("%d %s", a.status, a.body)
		}
		d := e.Error.Nested.Details
		if len(d) != 2 || d[0].Code != "DetailsMessage" || d[0].Detail.Type != 1 || d[0].Detail.Value != "line 1, column 10: there is no function SUMM" ||
			d[1].Code != "AnalysisServicesErrorCode" || d[1].Detail.Value != "3239575574" {
			t.Errorf("%+v", d)
		}
		if strings.Contains(e.Error.Message, "^") == wire {
			t.Errorf("message %q", e.Error.Message)
		}
		w.engine.evaluate = func(string) ([]model.Result, error) { return nil, fmt.Errorf("secret of the engine") }
		if a := w.send("POST", executePath(prices), bearer, one); a.status != 500 || strings.Contains(a.body, "secret") {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
}

// TestExecuteSaysWhichQueryIsMissing: each request without one query says what it lacks.
func TestExecuteSaysWhichQueryIsMissing(t *testing.T) {
	for body, want := range map[string]string{
		`{}`:                          "queries is missing",
		`{"queries":[]}`:              "queries is empty",
		`{"queries":[{},{}]}`:         "queries has 2 elements, and one query per call is answered",
		`{"queries":[{}]}`:            "the query in queries[0].query is empty; a query begins with EVALUATE or DEFINE",
		`{"queries":[{"query":" "}]}`: "the query in queries[0].query is empty; a query begins with EVALUATE or DEFINE",
	} {
		if a, _ := execute(t, body); a.status != 400 || !strings.Contains(a.body, want) {
			t.Errorf("%s: %d %s", body, a.status, a.body)
		}
	}
}

// TestExecuteRate holds the limit of 120 queries a minute for each user, by a clock that stands.
func TestExecuteRate(t *testing.T) {
	w := newWorld(t, func(c *rest.Config) { c.Wire = true })
	bearer, other := "Bearer "+w.bearer(w.sign, tenant, anna), "Bearer "+w.bearer(w.sign, tenant, shop)
	for i := range 120 {
		if a := w.send("POST", executePath(prices), bearer, one); a.status != 200 {
			t.Fatalf("query %d: %d %s", i+1, a.status, a.body)
		}
	}
	w.now = w.now.Add(20 * time.Second)
	a := w.send("POST", executePath(orders), bearer, one)
	if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") != "40" || !strings.HasPrefix(a.body, `{"message":"You have exceeded the amount of requests`) {
		t.Errorf("%d %s %s", a.status, a.header.Get("Retry-After"), a.body)
	}
	if a := w.send("POST", executePath(prices), other, one); a.status != 200 {
		t.Errorf("another user: %d %s", a.status, a.body)
	}
	w.now = w.now.Add(40 * time.Second)
	if a := w.send("POST", executePath(prices), bearer, one); a.status != 200 {
		t.Errorf("a minute later: %d %s", a.status, a.body)
	}
}

// TestExecuteIsRefused is A2, A4 and A10: who may not query, or not so, never gets to the engine.
func TestExecuteIsRefused(t *testing.T) {
	w := newWorld(t)
	if err := w.store.SetMembership(t.Context(), inlay.Membership{WorkspaceID: reading, PrincipalID: anna, Right: inlay.Viewer}); err != nil {
		t.Fatal(err)
	}
	w.engine.roles = map[string][]string{shelf: nil}
	user, app, embed := "Bearer "+w.bearer(w.sign, tenant, anna), "Bearer "+w.bearer(w.sign, tenant, shop), w.embed("ann@example.com", "West")
	impersonated := `{"queries":[{"query":"EVALUATE Rows"}],"impersonatedUserName":"zoe@example.com"}`
	for name, c := range map[string]struct {
		path, token, body string
		status            int
		code              string
	}{
		"an embed token":                {executePath(orders), "EmbedToken " + embed, one, 403, "InvalidToken"},
		"an embed token as bearer":      {executePath(orders), "Bearer " + embed, one, 403, "InvalidToken"},
		"an application, with roles":    {executePath(orders), app, one, 401, "PowerBINotAuthorizedException"},
		"a viewer":                      {executePath(shelf), user, one, 404, "PowerBIEntityNotFound"},
		"a stranger":                    {executePath(vessels), user, one, 404, "PowerBIEntityNotFound"},
		"a stranger, in its group":      {"/v1.0/myorg/groups/" + harbour + "/datasets/" + vessels + "/executeQueries", user, one, 401, "GroupNotAccessible"},
		"another group":                 {"/v1.0/myorg/groups/" + sales + "/datasets/" + vessels + "/executeQueries", user, one, 404, "PowerBIEntityNotFound"},
		"as another, who is in no role": {executePath(orders), user, impersonated, 400, "DatasetExecuteQueriesError"},
		"two queries":                   {executePath(orders), user, `{"queries":[{"query":"EVALUATE Rows"},{"query":"EVALUATE Rows"}]}`, 400, "InvalidRequest"},
		"no query":                      {executePath(orders), user, `{"queries":[]}`, 400, "InvalidRequest"},
		"queries without a value":       {executePath(orders), user, `{"queries":null}`, 400, "InvalidRequest"},
		"nothing":                       {executePath(orders), user, `{}`, 400, "InvalidRequest"},
		"an empty query":                {executePath(orders), user, `{"queries":[{"query":""}]}`, 400, "DatasetExecuteQueriesError"},
		"a blank query":                 {executePath(orders), user, `{"queries":[{"query":" \n\t"}]}`, 400, "DatasetExecuteQueriesError"},
		"a query without a value":       {executePath(orders), user, `{"queries":[null]}`, 400, "DatasetExecuteQueriesError"},
		"an empty query, of a stranger": {executePath(vessels), user, `{"queries":[{"query":""}]}`, 404, "PowerBIEntityNotFound"},
		"no body":                       {executePath(orders), user, ``, 400, "InvalidRequest"},
		"a member that restricts":       {executePath(orders), user, `{"queries":[{"query":"EVALUATE Rows"}],"roles":["West"]}`, 400, "InvalidRequest"},
		"a member that restricts, in":   {executePath(orders), user, `{"queries":[{"query":"EVALUATE Rows","effectiveUserName":"x"}]}`, 400, "InvalidRequest"},
	} {
		a := w.send("POST", c.path, c.token, c.body)
		if a.status != c.status || a.code() != c.code {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
		clean(t, a, c.path)
	}
	if v := w.engine.viewer(); v.Unrestricted || v.Username != "" {
		t.Fatalf("the engine was asked as %+v", v)
	}
	// Without roles impersonation is ignored: the query is the caller's.
	if a := w.send("POST", executePath(prices), user, impersonated); a.status != 200 || w.engine.viewer().Username != "anna@example.com" {
		t.Errorf("%d %s %+v", a.status, a.body, w.engine.viewer())
	}
	if a := w.send("POST", executePath(prices), app, one); a.status != 200 || w.engine.viewer().Username != "" {
		t.Errorf("an application: %d %s %+v", a.status, a.body, w.engine.viewer())
	}
	// The model has got roles since the catalog was read.
	w.engine.roles[prices] = []string{"West"}
	if a := w.send("POST", executePath(prices), app, one); a.status != 401 {
		t.Errorf("a model with new roles: %d %s", a.status, a.body)
	}
	if a := w.send("POST", executePath(prices), user, impersonated); a.status != 400 {
		t.Errorf("a model with new roles: %d %s", a.status, a.body)
	}
}
