package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// everything has a line of each form.
const everything = `# a world
capacity P1 with XMLA ReadOnly
capacity Pro shared
switch XMLA on
workspace Sales on P1
workspace Old is V1
my workspace of anna
dataset Orders in Sales
  table Orders: Id, Amount
    1 | 10
  measure Total = SUM(Orders[Amount])
  role Clerk on Orders: [Id] = 1
  member zoe@example.com of Clerk
dataset Cube in Sales, Analysis Services
  role West
  source AnalysisServices: server = cube, gateway Depot
dataset Plan in Sales, DirectQuery
  upstream Orders
report Board in Sales on Orders
  card: [Total]
  paginated visual Invoice
report Invoice in Sales, paginated
  source Sql: server = db, database = d, single sign-on
report Far in Old on Orders in Sales
dashboard Wall in Sales
  tile Sum of Board
  tile Ask on Orders
app shop member of Sales
profile north of shop, member of Sales
user anna admin of Sales
user anna with scopes Dataset.Read.All
gateway Depot admin shop
anna overrides identities of Cube
`

// TestSeedTwice holds that a world is made once: the second time prints the same ids and no
// secrets.
func TestSeedTwice(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "shop.world")
	if err := os.WriteFile(file, []byte(everything), 0o600); err != nil {
		t.Fatal(err)
	}
	seed := func() string {
		t.Helper()
		var out, log bytes.Buffer
		if err := run(t.Context(), []string{"--data", filepath.Join(dir, "data"), "seed", file}, &out, &log); err != nil {
			t.Fatalf("%v\n%s", err, log.String())
		}
		return out.String()
	}
	first := seed()
	for _, name := range []string{"P1", "Sales", "Cube", "Board", "Invoice", "Wall", "Sum", "shop", "north", "anna", "My workspace of anna"} {
		if !strings.Contains(first, "  "+name+"\n") {
			t.Errorf("the id of %s is not shown", name)
		}
	}
	ids, secrets, ok := strings.Cut(first, "\n\n")
	if !ok || strings.Count(secrets, "with the secret") != 2 {
		t.Errorf("secrets of shop and anna are not shown once each:\n%s", secrets)
	}
	if second := seed(); strings.TrimSpace(second) != strings.TrimSpace(ids) {
		t.Errorf("the second time shows\n%s\nthe first\n%s", second, ids)
	}
}

func TestSeedNamesTheLine(t *testing.T) {
	for text, want := range map[string]string{
		"workspace Sales\nworkspaces X\n":                                `line 2: "workspaces X"`,
		"errors: wire\n":                                                 "--error-mode",
		"workspace Sales on P9\n":                                        `workspace Sales: "P9" does not exist`,
		"dataset D in W, DirectQuery\n  source Sql: colour = red\n":      `line 2: "colour = red"`,
		"app shop member of Nowhere\n":                                   `"Nowhere" does not exist`,
		"report R in W on D\n":                                           `there is no such dataset`,
		"profile north of shop\n":                                        `"shop" does not exist`,
		"dataset D in W, DirectQuery\n  upstream E\n":                    `dataset D: "E" does not exist`,
		"workspace Sales\ncapacity Sales shared\n":                       "two things",
		"dataset D in W, DirectQuery\ndashboard B in W\n  tile T of R\n": "tile T",
	} {
		dir := t.TempDir()
		file := filepath.Join(dir, "x.world")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var out, log bytes.Buffer
		err := run(t.Context(), []string{"--data", filepath.Join(dir, "data"), "seed", file}, &out, &log)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one that says %s", text, err, want)
		}
	}
}
