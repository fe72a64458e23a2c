package server

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"inlay"
	"inlay/model"
	"inlay/query"
)

// TestImportOperations publishes a sample project, counts its rows against the CSV files, and
// asks for each measure. It needs ../shared/samples.
func TestImportOperations(t *testing.T) {
	t.Parallel()
	dir := sample(t, "operations-kpi")
	s := open(t, Config{SignIn: true})
	done, err := s.Import(t.Context(), Import{Folder: dir, Workspace: "Operations"})
	if err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	want := map[string]int{
		"Operational Item": len(lines(t, filepath.Join(data, "sample-operational-data.csv"))),
		"Target":           len(lines(t, filepath.Join(data, "sample-targets.csv"))),
		"Access Bridge":    len(lines(t, filepath.Join(data, "sample-security-access.csv"))),
		"Model Settings":   1, "Measures": 1,
		"Date": 181, // every day from the first of January to AsAtDate, 30 June 2026, both included
	}
	for _, r := range lines(t, filepath.Join(data, "sample-reference-data.csv")) {
		for kind, table := range map[string]string{"service_area": "Service Area", "owner": "Owner", "category": "Category", "status": "Status", "priority": "Priority"} {
			if r["reference_type"] == kind {
				want[table]++
			}
		}
	}
	got := map[string]int{}
	for _, table := range done.Data.Tables {
		got[table.Name] = int(table.Rows)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("rows are %v, the files have %v", got, want)
	}
	measures(t, s, done)
}

// measures asks for every measure of a dataset. Those that the import named as not supported
// are refused with that reason, and no others.
func measures(t *testing.T, s *Server, done Imported) {
	t.Helper()
	m, err := s.datasets.Model(t.Context(), done.Dataset)
	if err != nil {
		t.Fatal(err)
	}
	asked, refused := 0, 0
	for _, table := range m.Tables {
		for _, x := range table.Measures {
			var notice string
			for _, n := range done.Notices {
				if strings.HasPrefix(n.What, "measure ["+x.Name+"]: ") {
					notice = n.What
				}
			}
			_, err := value(t.Context(), s, done.Dataset.ID, query.Viewer{Unrestricted: true}, x.Name)
			asked++
			switch {
			case notice == "" && err != nil:
				t.Errorf("[%s] was not named by the import, and asking for it answers: %v", x.Name, err)
			case notice != "" && (err == nil || err.Error() != notice || inlay.KindOf(err) != inlay.Unsupported):
				t.Errorf("[%s] was named by the import (%s), and asking for it answers: %v", x.Name, notice, err)
			case notice != "":
				refused++
			}
		}
	}
	if asked < 20 || refused == asked {
		t.Errorf("%d measures were asked for and %d refused: nothing was proved", asked, refused)
	}
	t.Logf("%d of %d measures are supported", asked-refused, asked)
}

// TestImportedRoleShowsItsRows asks as every user of the sample's security table, and compares
// the number of items with a count of the CSV files.
func TestImportedRoleShowsItsRows(t *testing.T) {
	t.Parallel()
	dir := sample(t, "operations-kpi")
	s := open(t, Config{})
	done, err := s.Import(t.Context(), Import{Folder: dir, Workspace: "Operations"})
	if err != nil {
		t.Fatal(err)
	}
	areas := map[string][]string{"stranger@example.invalid": nil} // by user
	for _, a := range lines(t, filepath.Join(dir, "data", "sample-security-access.csv")) {
		if areas[a["user_principal_name"]] == nil {
			areas[a["user_principal_name"]] = []string{}
		}
		if strings.EqualFold(a["active_flag"], "true") {
			areas[a["user_principal_name"]] = append(areas[a["user_principal_name"]], a["service_area_id"])
		}
	}
	if len(areas) < 4 {
		t.Fatalf("%d users: nothing would be proved", len(areas))
	}
	items := lines(t, filepath.Join(dir, "data", "sample-operational-data.csv"))
	for user, sees := range areas {
		want := map[string]bool{}
		for _, item := range items {
			if slices.Contains(sees, item["service_area_id"]) {
				want[item["item_id"]] = true
			}
		}
		for _, name := range []string{user, strings.ToUpper(user)} { // text is compared without regard to case
			got, err := value(t.Context(), s, done.Dataset.ID, query.Viewer{Username: name, Roles: []string{"Service Area Manager"}}, "Total Items")
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case len(want) == 0 && !got.IsBlank():
				t.Errorf("%s sees %v items, want none", name, got)
			case len(want) > 0 && (got.IsBlank() || int(got.Float()) != len(want)):
				t.Errorf("%s sees %v items, the files have %d", name, got, len(want))
			}
		}
	}
	if _, err := value(t.Context(), s, done.Dataset.ID, query.Viewer{Username: "stranger@example.invalid"}, "Total Items"); inlay.KindOf(err) != inlay.Forbidden {
		t.Errorf("without a role the answer is %v", err)
	}
}

// TestImportRegionalSales publishes the other sample, whose paths are those of somebody's
// Windows machine, and draws every visual of its report through the routes of the embed page.
func TestImportRegionalSales(t *testing.T) {
	t.Parallel()
	dir := sample(t, "regional-sales")
	s := open(t, Config{SignIn: true})
	done, err := s.Import(t.Context(), Import{Folder: dir, Workspace: "Regions"})
	if err != nil {
		t.Fatal(err)
	}
	if len(done.Data.Mapped) != 6 {
		t.Errorf("%d files were found by their names, want 6: %v", len(done.Data.Mapped), done.Data.Mapped)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*", "*", "*", "*", "assets", "data", "*.csv"))
	if err != nil || len(files) != 6 {
		t.Fatalf("found %d CSV files: %v", len(files), err)
	}
	want := map[string]int{}
	for _, file := range files { // dim_region.csv is the table Dim Region
		name := strings.TrimSuffix(filepath.Base(file), ".csv")
		want[strings.ReplaceAll(name, "_", " ")] = len(lines(t, file))
	}
	for _, table := range done.Data.Tables {
		name := strings.ToLower(table.Name)
		if n, ok := want[name]; !ok || n != int(table.Rows) {
			t.Errorf("table %s has %d rows, the file has %d", table.Name, table.Rows, n)
		}
		delete(want, name)
	}
	if len(want) > 0 {
		t.Errorf("no table for %v", want)
	}
	if len(done.Reports) != 1 {
		t.Fatalf("%d reports, want one", len(done.Reports))
	}
	token := joined(t, s, done.Workspace.ID).token(done.Reports[0].ID, done.Dataset.ID, "")
	visuals := draw(t, s, token, done.Reports[0].ID)
	drawn := 0
	for name, answer := range visuals {
		named := slices.ContainsFunc(done.Notices, func(n model.Notice) bool {
			return strings.Contains(n.What, name) || strings.Contains(n.Place.File, name)
		})
		switch {
		case answer == "200":
			drawn++
		case !strings.HasPrefix(answer, "400 NotSupported ") || !named:
			t.Errorf("visual %s: %s (named by the import: %v)", name, answer, named)
		}
	}
	t.Logf("%d of %d visuals are drawn", drawn, len(visuals))
	if drawn == 0 {
		t.Error("no visual is drawn")
	}
}

// draw asks for the rows of every visual of a report, as the embed page does: "200", or status,
// code and message.
func draw(t *testing.T, s *Server, token, report string) map[string]string {
	t.Helper()
	base := "/inlay/v1/embed/reports/" + report
	w := send(t, s.Handler(), "GET", base, "", "Authorization", "EmbedToken "+token)
	var def struct {
		Pages []struct {
			Name    string `json:"name"`
			Visuals []struct {
				Name string `json:"name"`
				Type string `json:"type"`
			} `json:"visuals"`
		} `json:"pages"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &def); err != nil || w.Code != 200 {
		t.Fatalf("the report answers %d %s", w.Code, w.Body)
	}
	answers := map[string]string{}
	for _, p := range def.Pages {
		for _, v := range p.Visuals {
			if v.Type == "textbox" {
				continue
			}
			w := send(t, s.Handler(), "POST", base+"/pages/"+p.Name+"/visuals/"+v.Name+"/query", "{}", "Content-Type", "application/json", "Authorization", "EmbedToken "+token)
			var e struct {
				Error struct{ Code, Message string }
			}
			if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil {
				t.Fatalf("visual %s answers %s", v.Name, w.Body)
			}
			answers[v.Name] = strings.TrimSpace(fmt.Sprint(w.Code, " ", e.Error.Code, " ", e.Error.Message))
		}
	}
	return answers
}
