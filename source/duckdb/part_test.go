package duckdb

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inlay"
	"inlay/dax"
	"inlay/model"
)

// sales is a table with a policy: days of the last two months are kept, the last two days read
// again. Its file has one row a day from the first of January on.
func sales() *model.Model {
	t := tableOf("Sales", `
		let
			Source = Csv.Document(File.Contents("sales.csv"), [Delimiter=","]),
			Up = Table.PromoteHeaders(Source, [PromoteAllScalars=true]),
			Typed = Table.TransformColumnTypes(Up, {{"day", type datetime}, {"n", Int64.Type}}),
			Some = Table.SelectRows(Typed, each [day] >= RangeStart and [day] < RangeEnd)
		in
			Some`, "day date", "who text", "n int")
	t.Policy = &model.RefreshPolicy{Rolling: model.Month, RollingPeriods: 2, Incremental: model.Day, IncrementalPeriods: 2}
	return &model.Model{
		Tables: []*model.Table{t, tableOf("Other", `Table.PromoteHeaders(Csv.Document(File.Contents("other.csv")))`, "x text")},
		Expressions: []model.Expression{
			{Name: "RangeStart", Source: "#datetime(2026, 1, 1, 0, 0, 0)", Parameter: true},
			{Name: "RangeEnd", Source: "#datetime(2026, 2, 1, 0, 0, 0)", Parameter: true},
		},
		Roles: []model.Role{{Name: "r", Permissions: []model.Permission{{Table: "Sales", Filter: "[who] = USERNAME()"}}}},
	}
}

// saleFile has a row for each of so many days; all numbers are n.
func saleFile(days, n int) string {
	var b strings.Builder
	b.WriteString("day,who,n\n")
	for i := range days {
		fmt.Fprintf(&b, "%s,%s,%d\n", time.Date(2026, 1, 1+i, 8, 0, 0, 0, time.UTC).Format("2006-01-02T15:04:05"), []string{"bob", "Ann"}[i%2], n)
	}
	return b.String()
}

// versions makes versions one after the other.
type versionsOf struct {
	t    *testing.T
	dir  string
	last string
	n    int
}

func (v *versionsOf) refresh(in RefreshInput, files map[string]string) (Summary, string, error) {
	v.t.Helper()
	v.n++
	in.Root, in.Before = project(v.t, files), v.last
	in.Out = filepath.Join(v.dir, fmt.Sprint("v", v.n, ".duckdb"))
	if in.Model == nil {
		in.Model = sales()
	}
	sum, err := Refresh(context.Background(), in)
	if err != nil {
		return sum, "", err
	}
	v.last = in.Out
	db, err := Open(in.Out, Options{})
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	return sum, lines(v.t, db, `SELECT n, count(*), min(day), max(day) FROM main."Sales" GROUP BY n ORDER BY n`, dax.Int64, dax.Int64, dax.DateTime, dax.DateTime), nil
}

// TestIncrementalRefresh reads only the window again; what is older stays as it was read first,
// and what is older than the rolling window goes.
func TestIncrementalRefresh(t *testing.T) {
	v := &versionsOf{t: t, dir: t.TempDir()}
	on := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 15, 0, 0, 0, time.UTC) }
	for _, c := range []struct {
		on         time.Time
		days, n    int
		everything bool
		want       string
	}{
		{on(3, 10), 69, 1, false, "1 69 2026-01-01T08:00:00 2026-03-10T08:00:00"},
		{on(3, 12), 71, 2, false, "1 69 2026-01-01T08:00:00 2026-03-10T08:00:00\n2 2 2026-03-11T08:00:00 2026-03-12T08:00:00"},
		{on(3, 12), 71, 3, false, "1 69 2026-01-01T08:00:00 2026-03-10T08:00:00\n3 2 2026-03-11T08:00:00 2026-03-12T08:00:00"},
		// A gap is read, not only the window; days became a month; January has gone.
		{on(4, 20), 110, 4, false, "1 38 2026-02-01T08:00:00 2026-03-10T08:00:00\n4 41 2026-03-11T08:00:00 2026-04-20T08:00:00"},
		{on(4, 20), 110, 5, true, "5 79 2026-02-01T08:00:00 2026-04-20T08:00:00"},
	} {
		sum, got, err := v.refresh(RefreshInput{Effective: c.on, Everything: c.everything}, map[string]string{"sales.csv": saleFile(c.days, c.n), "other.csv": "x\na\n"})
		if err != nil {
			t.Fatal(err)
		}
		if c.n == 4 {
			// March was days when it was read, up to the tenth: a month is kept only if all of it was there.
			c.want = strings.Replace(c.want, "1 38 2026-02-01T08:00:00 2026-03-10T08:00:00\n4 41 2026-03-11", "1 28 2026-02-01T08:00:00 2026-02-28T08:00:00\n4 51 2026-03-01", 1)
		}
		if got != c.want {
			t.Errorf("on %s, everything %v\n got %s\nwant %s", c.on.Format(time.DateOnly), c.everything, got, c.want)
		}
		kept := 0
		for _, p := range sum.table("Sales").Partitions {
			if p.Kept {
				kept++
			}
		}
		if (kept > 0) != (c.n > 1 && !c.everything) {
			t.Errorf("%d partitions were kept: %+v", kept, sum.table("Sales").Partitions)
		}
	}
}

// TestRefreshOfSome reads one table, or one partition, and keeps the others.
func TestRefreshOfSome(t *testing.T) {
	v := &versionsOf{t: t, dir: t.TempDir()}
	day := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	files := func(n int) map[string]string {
		return map[string]string{"sales.csv": saleFile(5, n), "other.csv": fmt.Sprint("x\n", n, "\n")}
	}
	if _, _, err := v.refresh(RefreshInput{Effective: day}, files(1)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		only []inlay.RefreshObject
		n    int
		want string
	}{
		{[]inlay.RefreshObject{{Table: "Other"}}, 2, "1 5 2026-01-01T08:00:00 2026-01-05T08:00:00"},
		{[]inlay.RefreshObject{{Table: "sales", Partition: "2026-01-02"}}, 3, "1 4 2026-01-01T08:00:00 2026-01-05T08:00:00\n3 1 2026-01-02T08:00:00 2026-01-02T08:00:00"},
		{[]inlay.RefreshObject{{Table: "Sales"}}, 4, "1 2 2026-01-01T08:00:00 2026-01-03T08:00:00\n3 1 2026-01-02T08:00:00 2026-01-02T08:00:00\n4 2 2026-01-04T08:00:00 2026-01-05T08:00:00"},
	} {
		_, got, err := v.refresh(RefreshInput{Effective: day, Only: c.only}, files(c.n))
		if err != nil || got != c.want {
			t.Errorf("%v: %v\n got %s\nwant %s", c.only, err, got, c.want)
		}
	}
	for _, o := range []inlay.RefreshObject{{Table: "Nothing"}, {Table: "Sales", Partition: "2020"}} {
		if _, _, err := v.refresh(RefreshInput{Effective: day, Only: []inlay.RefreshObject{o}}, files(5)); inlay.KindOf(err) != inlay.NotFound {
			t.Errorf("%v: %v", o, err)
		}
	}
}

// TestPolicyNeedsItsParameters: without them each period would have all rows.
func TestPolicyNeedsItsParameters(t *testing.T) {
	v := &versionsOf{t: t, dir: t.TempDir()}
	m := sales()
	m.Expressions = m.Expressions[:1]
	if _, _, err := v.refresh(RefreshInput{Model: m}, map[string]string{"sales.csv": saleFile(5, 1)}); err == nil || !strings.Contains(err.Error(), "no parameter RangeEnd") {
		t.Errorf("err = %v", err)
	}
	m = sales()
	m.Tables[0].Partitions[0].Source = strings.ReplaceAll(m.Tables[0].Partitions[0].Source, "RangeEnd", "RangeStart")
	if _, _, err := v.refresh(RefreshInput{Model: m}, map[string]string{"sales.csv": saleFile(5, 1)}); err == nil || !strings.Contains(err.Error(), "does not use RangeStart and RangeEnd") {
		t.Errorf("err = %v", err)
	}
}
