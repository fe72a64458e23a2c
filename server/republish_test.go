package server

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"inlay"
	"inlay/query"
)

const annAndBob = "Owner,Amount\nann,10\nbob,20\n"

var everybody = query.Viewer{Unrestricted: true}

// publish imports a project and must succeed.
func publish(t *testing.T, s *Server, dir string) Imported {
	t.Helper()
	done, err := s.Import(t.Context(), Import{Folder: dir, Workspace: "Sales"})
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// total asks for the sum of all orders.
func total(t *testing.T, s *Server, id string, v query.Viewer) int64 {
	t.Helper()
	got, err := value(t.Context(), s, id, v, "Total")
	if err != nil {
		t.Fatal(err)
	}
	return int64(got.Float())
}

// TestImportAgain replaces what was published, under the same ids, while a report is open.
func TestImportAgain(t *testing.T) {
	t.Parallel()
	s := open(t, Config{SignIn: true})
	dir := t.TempDir()
	first := publish(t, s, orders(t, dir, annAndBob))
	token := joined(t, s, first.Workspace.ID).token(first.Reports[0].ID, first.Dataset.ID,
		`{"username": "ann", "roles": ["Mine"], "datasets": ["`+first.Dataset.ID+`"]}`)
	card := func() string {
		t.Helper()
		w := send(t, s.Handler(), "POST", "/inlay/v1/embed/reports/"+first.Reports[0].ID+"/pages/page1/visuals/card1/query", "{}",
			"Content-Type", "application/json", "Authorization", "EmbedToken "+token)
		_, rows, _ := strings.Cut(w.Body.String(), `"rows":`)
		rows, _, _ = strings.Cut(rows, ",\"total\"")
		return fmt.Sprint(w.Code, " ", rows)
	}
	if got := card(); got != "200 [[10]]" {
		t.Errorf("the card shows %s", got)
	}
	for i := range 4 {
		again := publish(t, s, orders(t, dir, fmt.Sprintf("Owner,Amount\nann,%d\nbob,20\n", 11+i)))
		if again.Workspace.ID != first.Workspace.ID || again.Dataset.ID != first.Dataset.ID || again.Reports[0].ID != first.Reports[0].ID {
			t.Fatalf("ids changed: %+v, before %+v", again, first)
		}
		if again.Dataset.Version == first.Dataset.Version || !again.Dataset.CreatedAt.Equal(first.Dataset.CreatedAt.Truncate(time.Microsecond)) {
			t.Errorf("version %s, made %v; before %s, %v", again.Dataset.Version, again.Dataset.CreatedAt, first.Dataset.Version, first.Dataset.CreatedAt)
		}
		if got, want := card(), fmt.Sprintf("200 [[%d]]", 11+i); got != want {
			t.Errorf("after import %d the card shows %s, want %s", i+2, got, want)
		}
		// The published version and the one before it: rows, their summary and definition of each.
		if got := versions(t, s, "datasets", first.Dataset.ID); len(got) != 6 {
			t.Errorf("the dataset's folder has %q", got)
		}
		if got := versions(t, s, "reports", first.Reports[0].ID); len(got) != 2 {
			t.Errorf("the report's folder has %q", got)
		}
	}
}

// TestFailedImportChangesNothing breaks a project in several ways after a good import.
func TestFailedImportChangesNothing(t *testing.T) {
	t.Parallel()
	s := open(t, Config{})
	dir := t.TempDir()
	good := publish(t, s, orders(t, dir, annAndBob))
	before := fmt.Sprint(versions(t, s, "datasets", good.Dataset.ID), versions(t, s, "reports", good.Reports[0].ID))
	table := "Orders.SemanticModel/definition/tables/Orders.tmdl"
	for _, c := range []struct {
		name, file, old, broken, want string
	}{
		{"a value", "data/orders.csv", "20", "twenty", "twenty"},
		{"a column", "data/orders.csv", "Amount", "Sum", "Amount"},
		{"no file", "Orders.SemanticModel/definition/tables/Orders.tmdl", `orders.csv`, `other.csv`, "other.csv"},
		{"a model", table, "dataType: int64", "dataType: integer", "integer"},
		{"a report", "Orders.Report/definition/pages/page1/page.json", `"page1"`, `page1`, "page.json"},
	} {
		t.Run(c.name, func(t *testing.T) {
			orders(t, dir, annAndBob)
			file := filepath.Join(dir, filepath.FromSlash(c.file))
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			broken := strings.Replace(string(text), c.old, c.broken, 1)
			if broken == string(text) {
				t.Fatalf("%s has no %q", c.file, c.old)
			}
			if err := os.WriteFile(file, []byte(broken), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err = s.Import(t.Context(), Import{Folder: dir, Workspace: "Sales"})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the import answers %v, want an error that names %q", err, c.want)
			}
			if got := total(t, s, good.Dataset.ID, everybody); got != 30 {
				t.Errorf("the total is %d afterwards", got)
			}
			if after := fmt.Sprint(versions(t, s, "datasets", good.Dataset.ID), versions(t, s, "reports", good.Reports[0].ID)); after != before {
				t.Errorf("the folders hold %s, before %s", after, before)
			}
		})
	}
}

// TestFirstImportThatFailsLeavesNothing holds that no dataset appears, and no folder.
func TestFirstImportThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	s := open(t, Config{})
	if _, err := s.Import(t.Context(), Import{Folder: orders(t, t.TempDir(), "Owner,Amount\nann,ten\n"), Workspace: "Sales"}); err == nil {
		t.Fatal("a broken file was imported")
	}
	for _, kind := range []string{"datasets", "reports"} {
		if entries, err := os.ReadDir(filepath.Join(s.dir, kind)); err == nil && len(entries) > 0 || err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s holds %v, %v", kind, entries, err)
		}
	}
	w, err := s.NewWorkspace(t.Context(), "Sales")
	if err != nil {
		t.Fatal(err)
	}
	if list, err := s.store.DatasetsIn(t.Context(), w.ID); err != nil || len(list) > 0 {
		t.Errorf("datasets %v, %v", list, err)
	}
}

// TestLeftoversAreRemoved puts into the data folder what an import leaves that was killed.
func TestLeftoversAreRemoved(t *testing.T) {
	t.Parallel()
	s := open(t, Config{})
	dir := orders(t, t.TempDir(), annAndBob)
	first := publish(t, s, dir)
	place := filepath.Join(s.dir, "datasets", first.Dataset.ID)
	old := time.Now().Add(-2 * forgotten)
	young := filepath.Join(s.dir, "datasets", "11111111-1111-4111-8111-111111111111")
	stale := filepath.Join(s.dir, "datasets", "22222222-2222-4222-8222-222222222222")
	for _, folder := range []string{
		filepath.Join(place, ".refresh-123"), filepath.Join(place, "20990101T000000-aaaaaaaa.part"), filepath.Join(place, "20990101T000000-aaaaaaaa"),
		filepath.Join(s.dir, "reports", first.Reports[0].ID, "20990101T000000-bbbbbbbb.part"), young, stale,
	} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(place, "20990101T000000-aaaaaaaa.duckdb"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{stale, place} { // that of a known dataset stays, however old
		if err := os.Chtimes(folder, old, old); err != nil {
			t.Fatal(err)
		}
	}
	if got := total(t, s, first.Dataset.ID, everybody); got != 30 {
		t.Errorf("the total is %d beside leftovers", got)
	}
	second := publish(t, s, dir)
	var want []string
	for _, v := range []string{first.Dataset.Version, second.Dataset.Version} {
		want = append(want, v, v+".duckdb", v+".json")
	}
	got := versions(t, s, "datasets", first.Dataset.ID)
	if len(got) != len(want) {
		t.Errorf("the folder holds %q, want %q", got, want)
	}
	for _, name := range want {
		if !strings.Contains(strings.Join(got, " ")+" ", name+" ") {
			t.Errorf("the folder holds %q, want %q", got, want)
		}
	}
	if got := versions(t, s, "reports", first.Reports[0].ID); len(got) != 2 {
		t.Errorf("the report's folder holds %q", got)
	}
	if _, err := os.Stat(young); err != nil {
		t.Errorf("the folder of an import that may be under way is gone: %v", err)
	}
	if _, err := os.Stat(stale); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder of an import that was killed long ago is there: %v", err)
	}
}

// TestImportsBesideQuestions imports and asks at once. Every answer is that of one version,
// whole: the owner's rows add up to a total that was published.
func TestImportsBesideQuestions(t *testing.T) {
	t.Parallel()
	s := open(t, Config{})
	const imports = 8
	var dirs []string
	for i := range imports { // ann has as much as bob in each version
		dirs = append(dirs, orders(t, t.TempDir(), fmt.Sprintf("Owner,Amount\nann,%d\nbob,%d\n", 100+i, 100+i)))
	}
	first := publish(t, s, dirs[0])
	done := make(chan struct{})
	var asking, importing sync.WaitGroup
	failed := make(chan error, 64)
	report := func(err error) {
		select {
		case failed <- err:
		default:
		}
	}
	for _, v := range []query.Viewer{everybody, {Username: "ann", Roles: []string{"Mine"}}, {Username: "zoe", Roles: []string{"Mine"}}} {
		asking.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				got, err := value(t.Context(), s, first.Dataset.ID, v, "Total")
				n := int64(got.Float())
				switch {
				case err != nil:
					report(err)
				case v.Unrestricted && (n < 200 || n >= 200+2*imports || n%2 != 0), v.Username == "ann" && (n < 100 || n >= 100+imports), v.Username == "zoe" && !got.IsBlank():
					report(fmt.Errorf("%+v is answered %v", v, got))
				}
			}
		})
	}
	for i := range 2 { // two at a time
		importing.Go(func() {
			for j := i; j < imports; j += 2 {
				if _, err := s.Import(t.Context(), Import{Folder: dirs[j], Workspace: "Sales"}); err != nil {
					report(err)
				}
			}
		})
	}
	importing.Wait()
	close(done)
	asking.Wait()
	close(failed)
	for err := range failed {
		t.Error(err)
	}
	if got := versions(t, s, "datasets", first.Dataset.ID); len(got) != 6 {
		t.Errorf("the folder holds %q", got)
	}
	d, err := s.store.Dataset(t.Context(), first.Dataset.ID)
	if err != nil || d.Version == first.Dataset.Version {
		t.Errorf("version %s, %v", d.Version, err)
	}
}

// TestImportFromAnotherProcess imports as inlay import does while inlay serve has the folder
// open: the one that serves shows the new rows, under the same ids.
func TestImportFromAnotherProcess(t *testing.T) {
	t.Parallel()
	data, dir := t.TempDir(), t.TempDir()
	serving := open(t, Config{Data: data})
	importing := open(t, Config{Data: data})
	var id string
	for i := range 3 {
		done := publish(t, importing, orders(t, dir, fmt.Sprintf("Owner,Amount\nann,%d\n", i+1)))
		if id != "" && id != done.Dataset.ID {
			t.Errorf("the dataset is %s, before %s", done.Dataset.ID, id)
		}
		id = done.Dataset.ID
		if err := serving.store.Refresh(t.Context()); err != nil { // which it does by itself a moment later
			t.Fatal(err)
		}
		if got := total(t, serving, id, everybody); got != int64(i+1) {
			t.Errorf("after import %d the other shows %d", i+1, got)
		}
	}
}

// TestUnknownDatasets holds what is answered about a dataset that was never filled, and one
// whose files are gone.
func TestUnknownDatasets(t *testing.T) {
	t.Parallel()
	s := open(t, Config{})
	d := inlay.Dataset{ID: "11111111-1111-4111-8111-111111111111"}
	if _, err := s.datasets.Model(t.Context(), d); inlay.KindOf(err) != inlay.NotFound || !strings.Contains(err.Error(), "not been refreshed") {
		t.Errorf("a dataset without a version: %v", err)
	}
	dir := orders(t, t.TempDir(), annAndBob)
	done := publish(t, s, dir)
	file := versionFile(s.dir, done.Dataset.ID, done.Dataset.Version)
	if err := os.Rename(file, file+".away"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.datasets.Model(t.Context(), done.Dataset); err == nil || inlay.KindOf(err) != inlay.Internal {
		t.Errorf("a dataset without its file: %v", err)
	}
	if err := os.Rename(file+".away", file); err != nil {
		t.Fatal(err)
	}
	if got := total(t, s, done.Dataset.ID, everybody); got != 30 { // it is tried again
		t.Errorf("the total is %d when the file is back", got)
	}
}
