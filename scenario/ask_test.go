package scenario_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"inlay/scenario"
)

// TestQuestionsCanFail spoils a story of questions in one place at a time.
func TestQuestionsCanFail(t *testing.T) {
	data, _ := read(t, "testdata/ask_as_an_identity.txtar")
	good := string(data)
	for name, c := range map[string]struct{ old, spoiled, want string }{
		"rows":             {"West | 10 | 0.5\ntotal: 10", "West | 11 | 0.5\ntotal: 10", "step 1 (ask Orders): it answers\nWest | 10 | 0.5"},
		"role":             {"roles: West\n", "roles: Nobody\n", "it answers"},
		"dataset":          {"-- ask --\nOrders", "-- ask --\nOrder", `there is no dataset "Order" in the world`},
		"column":           {"fields: Region[Name], [Total], Orders", "fields: Region[Nam], [Total], Orders", "the model has no column or measure Region[Nam]"},
		"no field":         {"fields: Region[Name], [Total], Orders[Part]", "fields: Region", `"Region" is not a field`},
		"nothing asked":    {"fields: Region[Name], [Total], Orders[Part]", "", "nothing is asked for"},
		"line":             {"roles: West\n", "role: West\n", `"role: West" is not understood`},
		"both":             {"all rows\n", "all rows\nas ann\n", "all rows stands beside an identity"},
		"nothing checked":  {"-- rows --\nWest | 10 | 0.5\ntotal: 10 | 0.5\n", "", "nothing is said to come"},
		"empty rows":       {"West | 10 | 0.5\ntotal: 10 | 0.5\n", "", "nothing is said to come"},
		"project and more": {"dataset Orders in Sales", "dataset Orders in Sales from ./x", "is a project on disk, and has tables"},
		"map of none":      {"dataset Orders in Sales\n", "dataset Orders in Sales\n  map x to y\n", "is no project on disk"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(good, c.old) {
				t.Fatalf("the story has no %q to spoil", c.old)
			}
			if err := tell(t, strings.Replace(good, c.old, c.spoiled, 1)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is\n%v\nwant one that says\n%s", err, c.want)
			}
		})
	}
}

// TestCoverage holds that a role is covered by a step that passes, and by nothing else.
func TestCoverage(t *testing.T) {
	world := `A sentence.
-- world --
workspace Sales
dataset Orders in Sales
  table Orders: Region, Amount
    West | 10
    East | 20
  measure Total = SUM(Orders[Amount])
  role West on Orders: [Region] = "West"
  role East on Orders: [Region] = "East"
report Board in Sales on Orders
  card: [Total]
app shop member of Sales
`
	token := `-- request --
as shop
POST /v1.0/myorg/GenerateToken
{"reports": [{"id": "$Board"}], "datasets": [{"id": "$Orders"}], "identities": [{"username": "x", "roles": ["EAST"], "datasets": ["${upper $Orders}"]}]}
-- response --
200 OK
`
	ask := "-- ask --\nOrders\nas x\nroles: west\nfields: [Total]\n-- rows --\n"
	for name, c := range map[string]struct{ steps, covered string }{
		"asked":            {ask + "10\n", "West"},
		"asked, and wrong": {ask + "11\n", ""},
		"a token alone":    {token, ""},
		"shown":            {token + "-- show --\nBoard\n-- rows --\ncard\n  20\n", "East"},
		"shown, and wrong": {token + "-- show --\nBoard\n-- rows --\ncard\n  10\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "a.txtar"), []byte(world+c.steps), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := scenario.RunFolder(t.Context(), dir)
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if err := s.Print(&out); err != nil {
				t.Fatal(err)
			}
			var covered []string
			for _, r := range s.Roles {
				if r.Covered {
					covered = append(covered, r.Role)
				}
				if listed := strings.Contains(out.String(), "Orders: "+r.Role); listed == r.Covered {
					t.Errorf("%s: covered %v, and the report says\n%s", r.Role, r.Covered, out.String())
				}
			}
			if len(s.Roles) != 2 || strings.Join(covered, ",") != c.covered || slices.ContainsFunc(s.Stories, func(x scenario.Told) bool { return x.Unreadable }) {
				t.Errorf("covered %q of %+v\n%s", covered, s.Roles, out.String())
			}
		})
	}
}
