package server

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/query"
)

// open opens a server on a folder of its own, or on the one that is given.
func open(t *testing.T, cfg Config) *Server {
	t.Helper()
	if cfg.Data == "" {
		cfg.Data = t.TempDir()
	}
	s, err := New(t.Context(), cfg, WithLog(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// sample finds a sample project beside the repository. A checkout alone has none.
func sample(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "shared", "samples", name)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the sample project %s is not beside the repository: %v", name, err)
	}
	return dir
}

// lines reads a CSV file as maps from column to text.
func lines(t *testing.T, file string) []map[string]string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil || len(all) < 2 {
		t.Fatalf("%s: %d lines, %v", file, len(all), err)
	}
	list := make([]map[string]string, 0, len(all))
	for _, line := range all[1:] {
		row := map[string]string{}
		for i, column := range all[0] {
			row[strings.TrimPrefix(column, "\ufeff")] = line[i]
		}
		list = append(list, row)
	}
	return list
}

// value asks for one measure of a dataset.
func value(ctx context.Context, s *Server, id string, v query.Viewer, measure string) (dax.Value, error) {
	d, err := s.store.Dataset(ctx, id)
	if err != nil {
		return dax.Value{}, err
	}
	got, err := s.datasets.Ask(ctx, d, v, model.Query{Values: []model.Value{{Name: "v", Measure: measure}}})
	if err != nil {
		return dax.Value{}, err
	}
	if len(got.Rows) != 1 || len(got.Rows[0]) != 1 {
		return dax.Value{}, inlay.Errorf(inlay.Internal, "[%s] answers %v", measure, got.Rows)
	}
	return got.Rows[0][0], nil
}

// versions are the names in a dataset's folder.
func versions(t *testing.T, s *Server, kind, id string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(s.dir, kind, id))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	slices.Sort(names)
	return names
}

// orders writes a project with one table, read from orders.csv, a role and a report.
func orders(t *testing.T, dir, csv string) string {
	t.Helper()
	files := map[string]string{
		"data/orders.csv":                                csv,
		"Orders.pbip":                                    `{"version": "1.0", "artifacts": [{"report": {"path": "Orders.Report"}}]}`,
		"Orders.SemanticModel/definition.pbism":          `{"version": "4.2", "settings": {}}`,
		"Orders.SemanticModel/.platform":                 `{"metadata": {"type": "SemanticModel", "displayName": "Orders"}, "config": {"version": "2.0"}}`,
		"Orders.Report/.platform":                        `{"metadata": {"type": "Report", "displayName": "Orders"}, "config": {"version": "2.0"}}`,
		"Orders.Report/definition.pbir":                  `{"version": "4.0", "datasetReference": {"byPath": {"path": "../Orders.SemanticModel"}}}`,
		"Orders.Report/definition/version.json":          `{"version": "2.0.0"}`,
		"Orders.Report/definition/report.json":           `{"themeCollection": {}}`,
		"Orders.Report/definition/pages/pages.json":      `{"pageOrder": ["page1"], "activePageName": "page1"}`,
		"Orders.Report/definition/pages/page1/page.json": `{"name": "page1", "displayName": "Page", "displayOption": "FitToPage", "height": 720, "width": 1280}`,
		"Orders.Report/definition/pages/page1/visuals/card1/visual.json": `{"name": "card1", "position": {"x": 0, "y": 0, "z": 0, "width": 400, "height": 100, "tabOrder": 0},
			"visual": {"visualType": "card", "query": {"queryState": {"Values": {"projections": [{"field":
			{"Measure": {"Expression": {"SourceRef": {"Entity": "Orders"}}, "Property": "Total"}}, "queryRef": "Orders.Total", "nativeQueryRef": "Total"}]}}}}}`,
		"Orders.SemanticModel/definition/database.tmdl":   "database\n\tcompatibilityLevel: 1600\n",
		"Orders.SemanticModel/definition/model.tmdl":      "model Model\n\tculture: en-US\n",
		"Orders.SemanticModel/definition/roles/Mine.tmdl": "role Mine\n\tmodelPermission: read\n\n\ttablePermission Orders = Orders[Owner] = USERNAME()\n",
		"Orders.SemanticModel/definition/tables/Orders.tmdl": strings.Join([]string{
			"table Orders", "\tmeasure Total = SUM(Orders[Amount])", "\tmeasure Number = COUNTROWS(Orders)",
			"\tcolumn Owner\n\t\tdataType: string\n\t\tsourceColumn: Owner", "\tcolumn Amount\n\t\tdataType: int64\n\t\tsourceColumn: Amount",
			"\tpartition Orders = m\n\t\tmode: import\n\t\tsource =\n\t\t\t\tlet\n\t\t\t\t    Source = Csv.Document(File.Contents(\"C:\\shop\\data\\orders.csv\"), [Delimiter=\",\", Encoding=65001]),\n" +
				"\t\t\t\t    Promoted = Table.PromoteHeaders(Source, [PromoteAllScalars=true]),\n" +
				"\t\t\t\t    Typed = Table.TransformColumnTypes(Promoted, {{\"Owner\", type text}, {\"Amount\", Int64.Type}})\n\t\t\t\tin\n\t\t\t\t    Typed",
		}, "\n\n") + "\n",
	}
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// desk is an application that is signed in, as it talks to a server.
type desk struct {
	t      *testing.T
	s      *Server
	access string
}

// joined registers an application as a member of a workspace and signs it in.
func joined(t *testing.T, s *Server, workspace string) desk {
	t.Helper()
	app, secret, err := s.NewApp(t.Context(), "shop")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Join(t.Context(), workspace, app.ID, inlay.Member); err != nil {
		t.Fatal(err)
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {app.ClientID}, "client_secret": {secret}, "scope": {"https://analysis.windows.net/powerbi/api/.default"}}
	w := send(t, s.Handler(), "POST", "/"+s.TenantID()+"/oauth2/v2.0/token", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	var got struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.AccessToken == "" {
		t.Fatalf("sign-in answers %d %s", w.Code, w.Body)
	}
	return desk{t, s, got.AccessToken}
}

// token asks for an embed token of a report and its dataset.
func (d desk) token(report, dataset, identity string) string {
	d.t.Helper()
	body := `{"reports": [{"id": "` + report + `"}], "datasets": [{"id": "` + dataset + `"}], "identities": [` + identity + `]}`
	w := send(d.t, d.s.Handler(), "POST", "/v1.0/myorg/GenerateToken", body, "Content-Type", "application/json", "Authorization", "Bearer "+d.access)
	var got struct {
		Token string `json:"token"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.Token == "" {
		d.t.Fatalf("GenerateToken answers %d %s", w.Code, w.Body)
	}
	return got.Token
}

func send(t *testing.T, h http.Handler, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
