package duckdb

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inlay/dax"
	"inlay/model"
)

// TestRefreshStatistics reads what a refresh learnt, as a planner does.
func TestRefreshStatistics(t *testing.T) {
	m := &model.Model{
		Tables: []*model.Table{
			tableOf("D", `#table({"k", "day"}, {{"a", #date(2026, 1, 1)}, {"b", #date(2026, 1, 31)}})`, "k text", "day date"),
			tableOf("F", `#table({"k", "n", "m"}, {{"z", 5, 1.5}, {"a", -3, 2.25}, {"A", 5, null}, {null, 5, 2.25}})`, "k text", "n int", "m decimal"),
		},
		Relationships: []model.Relationship{{Name: "r", From: model.ColumnRef{Table: "F", Column: "k"}, To: model.ColumnRef{Table: "D", Column: "k"}, ToEnd: model.One}},
		Roles:         []model.Role{{Name: "one", Permissions: []model.Permission{{Table: "D", Filter: "[k] = USERNAME()"}}}},
	}
	db, sum, err := refreshed(t, t.TempDir(), m)
	if err != nil {
		t.Fatal(err)
	}
	got := db.Statistics()
	if diff := cmp.Diff(&sum.Statistics, got); diff != "" {
		t.Errorf("what was kept differs from what was told:\n%s", diff)
	}
	want := &model.TableStatistics{Name: "F", Rows: 4, Clustered: []string{"k"}, Columns: []model.ColumnStatistics{
		{Name: "k", Distinct: 2, Exact: true, Blanks: 1},
		{Name: "n", Distinct: 2, Ranged: true, Least: -3, Most: 5},
		{Name: "m", Distinct: 2, Blanks: 1, Ranged: true, Least: 1.5, Most: 2.25},
	}}
	if diff := cmp.Diff(want, got.Table("f")); diff != "" {
		t.Error(diff)
	}
	rel := got.Relationship(m.Relationships[0].From, m.Relationships[0].To)
	if rel == nil || rel.Orphans != 2 || rel.FromUnique || !rel.ToUnique {
		t.Errorf("the relationship is %+v", rel)
	}
	if !got.Table("D").Unique("k") || got.Table("F").Unique("k") {
		t.Error("uniqueness of keys is wrong")
	}
	if d := got.Table("D").Column("day"); d.Least != 46023 || d.Most != 46053 {
		t.Errorf("days are from %v to %v", d.Least, d.Most)
	}
	// Rows of one viewer lie together, those without a key last.
	if got := lines(t, db, `SELECT k FROM main.F`, dax.String); got != "a\na\nz\n-" {
		t.Errorf("the rows lie as\n%s", got)
	}
}

// TestClusterKeys follows security over relationships.
func TestClusterKeys(t *testing.T) {
	ref := func(table, column string) model.ColumnRef { return model.ColumnRef{Table: table, Column: column} }
	m := &model.Model{
		Tables: []*model.Table{
			tableOf("User", "", "name text", "region int"), tableOf("Region", "", "id int"), tableOf("Store", "", "id int", "region int"),
			tableOf("Sale", "", "store int", "day int"), tableOf("Day", "", "id int"), tableOf("Loose", "", "id int"),
		},
		Relationships: []model.Relationship{
			{From: ref("User", "region"), To: ref("Region", "id"), ToEnd: model.One, SecurityBoth: true},
			{From: ref("Store", "region"), To: ref("Region", "id"), ToEnd: model.One},
			{From: ref("Sale", "store"), To: ref("Store", "id"), ToEnd: model.One},
			{From: ref("Sale", "day"), To: ref("Day", "id"), ToEnd: model.One},
			{From: ref("Loose", "id"), To: ref("Region", "id"), ToEnd: model.One, Inactive: true},
		},
		Roles: []model.Role{{Name: "r", Permissions: []model.Permission{{Table: "User", Filter: "[name] = USERNAME()"}}}},
	}
	want := map[string][]string{"user": {"name", "region"}, "region": {"id"}, "store": {"region"}, "sale": {"store"}}
	if diff := cmp.Diff(want, clusterKeys(m)); diff != "" {
		t.Error(diff)
	}
}

// TestWideDecimals keeps values that need 19 digits, not packed, and the others in 64 bits.
func TestWideDecimals(t *testing.T) {
	for largest, want := range map[string]string{"99999999999999.5": "DECIMAL(18,4)", "100000000000000": "DECIMAL(19,4)"} {
		query := `Table.AddColumn(Table.FromColumns({{1..20000}}, {"n"}), "m", each if [n] = 1 then ` + largest + ` else [n] + 0.5)`
		m := &model.Model{Tables: []*model.Table{tableOf("T", query, "m decimal")}}
		db, _, err := refreshed(t, t.TempDir(), m)
		if err != nil {
			t.Fatal(err)
		}
		if got := lines(t, db, `SELECT typeof(m) FROM main.T LIMIT 1`, dax.String); got != want {
			t.Errorf("with %s the column is %s, want %s", largest, got, want)
		}
		if got := lines(t, db, `SELECT count(*) FROM main.T WHERE m >= 99999999999999`, dax.Int64); got != "1" {
			t.Errorf("%s was not kept", largest)
		}
		const packed = `SELECT count(*) FROM pragma_storage_info('T') WHERE column_name = 'm' AND segment_type <> 'VALIDITY' AND compression NOT IN ('Uncompressed', 'Constant')`
		if got := lines(t, db, packed, dax.Int64) != "0"; got != (want == "DECIMAL(18,4)") {
			t.Errorf("with %s a packed column is %t", largest, got)
		}
	}
}

// TestRefreshProgress fills tables at once and follows each of their partitions.
func TestRefreshProgress(t *testing.T) {
	root := project(t, map[string]string{"a.csv": "n\n1\n2\n3\n"})
	m := &model.Model{}
	for i := range 5 {
		x := tableOf(fmt.Sprint("T", i), `Csv.Document(File.Contents("a.csv"))`, "Column1 text")
		x.Partitions = append(x.Partitions, x.Partitions[0])
		x.Partitions[1].Name = "second"
		m.Tables = append(m.Tables, x)
	}
	states := map[string][]State{}
	var last Progress
	sum, err := Refresh(context.Background(), RefreshInput{Model: m, Root: root, Out: filepath.Join(t.TempDir(), "x.duckdb"), Threads: 3, Progress: func(p Progress) {
		key := p.Table + "/" + p.Partition
		if l := states[key]; len(l) == 0 || l[len(l)-1] != p.State {
			states[key] = append(l, p.State)
		}
		last = p
	}})
	if err != nil {
		t.Fatal(err)
	}
	if len(states) != 10 {
		t.Errorf("%d partitions were told of", len(states))
	}
	for key, got := range states {
		if diff := cmp.Diff([]State{Waiting, Reading, Done}, got); diff != "" {
			t.Errorf("%s: %s", key, diff)
		}
	}
	if last.Rows != 4 || last.Bytes != 8 || last.Size != 8 {
		t.Errorf("the last was %+v", last)
	}
	for i, x := range sum.Tables {
		if p := x.Partitions; x.Name != fmt.Sprint("T", i) || x.Rows != 8 || len(p) != 2 || p[1].First != 4 || p[1].Rows != 4 || p[1].Bytes != 8 {
			t.Errorf("table %d is %+v", i, x)
		}
	}
}
