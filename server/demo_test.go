package server

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"inlay/demo"
)

// openDemo opens a server with the demo on it, in a folder. Its application finds the server
// over HTTP: the one listener that is started here stands for both addresses.
func openDemo(t *testing.T, dir string) (*Server, demo.File) {
	t.Helper()
	s := open(t, Config{Data: dir, SignIn: true, PasswordGrant: true})
	path, err := s.Demo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%s may be read by others: %v", path, info.Mode())
	}
	file, err := demo.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return s, file
}

// TestDemo makes the demo once, because its import takes a while, and looks at it from all sides.
func TestDemo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, file := openDemo(t, dir)
	t.Run("each viewer sees their rows", func(t *testing.T) { viewersSeeTheirRows(t, s, file, dir) })
	t.Run("a second start keeps everything", func(t *testing.T) { secondStartKeeps(t, s, file, dir) })
	t.Run("a start that was interrupted", func(t *testing.T) { interruptedStart(t, file, dir) })
}

// secondStartKeeps holds that ids, secrets and data are the same, and that no second workspace,
// application or user is made.
func secondStartKeeps(t *testing.T, s *Server, first demo.File, dir string) {
	before := versions(t, s, "datasets", first.DatasetID)
	again, second := openDemo(t, dir)
	if !reflect.DeepEqual(first, second) {
		t.Errorf("demo.json changed")
	}
	if after := versions(t, again, "datasets", first.DatasetID); !slices.Equal(before, after) {
		t.Errorf("the data was imported anew: %v, before %v", after, before)
	}
	for i, x := range []string{first.ServicePrincipal.ClientID, first.ServicePrincipal.ClientSecret, first.MasterUser.Username, first.MasterUser.Password, first.ReportID, first.TenantID, first.CAFile} {
		if x == "" {
			t.Errorf("demo.json lacks member %d", i)
		}
	}
	entries, err := os.ReadDir(filepath.Join(dir, "datasets"))
	if err != nil || len(entries) != 1 {
		t.Errorf("%d datasets, %v", len(entries), err)
	}
}

// interruptedStart begins where a start ended before it wrote demo.json.
func interruptedStart(t *testing.T, first demo.File, dir string) {
	if err := os.Remove(filepath.Join(dir, "demo.json")); err != nil {
		t.Fatal(err)
	}
	_, second := openDemo(t, dir)
	if second.ReportID != first.ReportID || second.WorkspaceID != first.WorkspaceID {
		t.Errorf("report %s in %s, before %s in %s", second.ReportID, second.WorkspaceID, first.ReportID, first.WorkspaceID)
	}
	if second.ServicePrincipal.ClientSecret == "" || second.MasterUser.Username == first.MasterUser.Username {
		t.Errorf("the user %s has no password any more", second.MasterUser.Username)
	}
}

// sees says for each viewer of the demo which sales are theirs, from the CSV files alone.
func sees(t *testing.T, data string) map[string]func(sale map[string]string) bool {
	t.Helper()
	tenants := map[string][]string{}
	for _, a := range lines(t, filepath.Join(data, "access.csv")) {
		tenants[a["user_principal_name"]] = append(tenants[a["user_principal_name"]], a["tenant_id"])
	}
	north := map[string]bool{}
	for _, r := range lines(t, filepath.Join(data, "region.csv")) {
		north[r["region_id"]] = r["region"] == "North"
	}
	list := map[string]func(map[string]string) bool{}
	for _, v := range demo.Viewers() {
		switch v.Roles[0] {
		case "Tenant members":
			list[v.ID] = func(s map[string]string) bool { return slices.Contains(tenants[v.Username], s["tenant_id"]) }
		case "North only":
			list[v.ID] = func(s map[string]string) bool { return north[s["region_id"]] }
		case "Everything":
			list[v.ID] = func(map[string]string) bool { return true }
		default:
			t.Fatalf("viewer %s has role %q, which this test does not know", v.ID, v.Roles[0])
		}
	}
	return list
}

// viewersSeeTheirRows takes the way of the demo page: the application's token, the
// report, the rows of every visual. What the cards and the totals say is what encoding/csv and
// a loop add up from the files.
func viewersSeeTheirRows(t *testing.T, s *Server, file demo.File, dir string) {
	d := joined(t, s, file.WorkspaceID)
	sales := lines(t, filepath.Join(dir, "demo-project", demo.DataFolder, "sales.csv"))
	told := map[string]bool{}
	for id, mine := range sees(t, filepath.Join(dir, "demo-project", demo.DataFolder)) {
		var viewer demo.Viewer
		for _, v := range demo.Viewers() {
			if v.ID == id {
				viewer = v
			}
		}
		var cents, count int64
		orders := map[string]bool{}
		for _, sale := range sales {
			if mine(sale) {
				n, err := strconv.ParseInt(strings.Replace(sale["amount"], ".", "", 1), 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				cents, count, orders[sale["order_id"]] = cents+n, count+1, true
			}
		}
		roles, err := json.Marshal(viewer.Roles)
		if err != nil {
			t.Fatal(err)
		}
		token := d.token(file.ReportID, file.DatasetID, fmt.Sprintf(`{"username": %q, "roles": %s, "datasets": [%q]}`, viewer.Username, roles, file.DatasetID))
		got := totals(t, s, token, file.ReportID)
		for measure, want := range map[string]float64{"Revenue": float64(cents) / 100, "Orders": float64(len(orders))} {
			values, there := got[measure]
			if !there {
				t.Fatalf("no visual shows [%s]; there are %v", measure, got)
			}
			for _, v := range values {
				if count == 0 && v != nil || count > 0 && (v == nil || *v < want-0.005 || *v > want+0.005) {
					t.Errorf("%s: [%s] is %s, the files have %v", id, measure, text(v), want)
				}
			}
			told[fmt.Sprint(measure, want)] = true
		}
	}
	if len(told) < 8 {
		t.Errorf("the viewers have only %d different totals: nothing would be proved", len(told))
	}
}

func text(v *float64) string {
	if v == nil {
		return "blank"
	}
	return fmt.Sprint(*v)
}

// totals are what visuals that are filtered by nothing but the viewer say of each measure.
func totals(t *testing.T, s *Server, token, report string) map[string][]*float64 {
	t.Helper()
	base := "/inlay/v1/embed/reports/" + report
	ask := func(method, path string, into any) *httptest.ResponseRecorder {
		w := send(t, s.Handler(), method, path, map[string]string{"POST": "{}"}[method], "Content-Type", "application/json", "Authorization", "EmbedToken "+token)
		if w.Code == 200 {
			if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
				t.Fatalf("%s answers %s", path, w.Body)
			}
		}
		return w
	}
	var def struct {
		Pages []struct {
			Name    string
			Visuals []struct{ Name, Type string }
		}
	}
	if w := ask("GET", base, &def); w.Code != 200 {
		t.Fatalf("the report answers %d %s", w.Code, w.Body)
	}
	got := map[string][]*float64{}
	for _, p := range def.Pages {
		for _, v := range p.Visuals {
			if v.Type == "textbox" {
				continue
			}
			var answer struct {
				Columns []struct {
					Name  string
					Group bool
				}
				Total []any
			}
			if w := ask("POST", base+"/pages/"+p.Name+"/visuals/"+v.Name+"/query", &answer); w.Code != 200 {
				t.Errorf("visual %s answers %d %s", v.Name, w.Code, w.Body)
			}
			i := 0
			for _, c := range answer.Columns {
				if c.Group || answer.Total == nil {
					continue
				}
				var value *float64
				switch x := answer.Total[i].(type) {
				case float64:
					value = &x
				case nil:
				default:
					t.Errorf("visual %s: total of %s is %v", v.Name, c.Name, x)
				}
				got[c.Name] = append(got[c.Name], value)
				i++
			}
		}
	}
	return got
}
