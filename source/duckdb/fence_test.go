package duckdb

import (
	"context"
	"testing"

	"inlay/dax"
	"inlay/model"
)

// TestFence: an expression that fails on a row which the inner SELECT hides must not fail. The
// same statement without the fence does fail, which shows that the test has teeth. The hidden user lies between two visible ones, so that the engine's range filter
// does not hide the row by chance.
func TestFence(t *testing.T) {
	m := &model.Model{Tables: []*model.Table{
		tableOf("T", `#table({"u", "s"}, {{"anna", "00000000-0000-0000-0000-000000000001"}, {"bert", "SECRET("}, {"zoe", "00000000-0000-0000-0000-000000000002"}})`, "u text", "s text"),
		tableOf("A", `#table({"u"}, {{"anna"}, {"zoe"}})`, "u text"),
	}}
	db, _, err := refreshed(t, t.TempDir(), m)
	if err != nil {
		t.Fatal(err)
	}
	count := func(inner, cond string) error {
		rows, err := db.run(context.Background(), "SELECT count(*) FROM ("+inner+") x WHERE "+cond, nil, []dax.Type{dax.Int64})
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		dst := make([]dax.Value, 1)
		if !rows.Next(dst) || dst[0].Int() != 2 {
			t.Errorf("%s: %d rows", cond, dst[0].Int())
		}
		return rows.Err()
	}
	for _, visible := range []string{
		`SELECT * FROM main."T" WHERE u IN (SELECT u FROM main."A")`,
		`SELECT t.* FROM main."T" t JOIN main."A" a ON t.u = a.u`,
	} {
		for _, cond := range []string{"CAST(s AS UUID) IS NOT NULL", "regexp_replace('a', s, 'b') <> 'x'", "string_split_regex('a', s) IS NOT NULL"} {
			if err := count(db.Dialect().Fence(visible), cond); err != nil {
				t.Errorf("%s with the fence: %v", cond, err)
			}
			if err := count(visible, cond); err == nil {
				t.Errorf("%s without the fence does not fail: choose another expression for this test", cond)
			}
		}
	}
}

// TestTry: a condition that fails is false.
func TestTry(t *testing.T) {
	db, _ := open(t, Options{})
	d := db.Dialect()
	if got := lines(t, db, "SELECT "+d.Try("CAST('x' AS UUID) IS NOT NULL")+", "+d.Try("1 = 1"), dax.Boolean, dax.Boolean); got != "false true" {
		t.Errorf("got %s", got)
	}
	if got := lines(t, db, "SELECT "+d.Median("x")+" FROM (VALUES (1.0::DOUBLE), (4), (9)) t(x)", dax.Double); got != "4" {
		t.Errorf("median %s", got)
	}
}
