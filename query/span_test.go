package query_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"inlay/query"
)

// TestKeysThatARoleShows: a large table is read by a comparison where the keys that a role shows
// are one, none, or whole numbers without a gap, and by looking each up where they are not. What
// is visible is the same.
func TestKeysThatARoleShows(t *testing.T) {
	const most, least = int64(math.MaxInt64), int64(math.MinInt64)
	day := func(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }
	whole, text, date := []any{1, 2, 3, 4, 5, 7, nil, most, least}, []any{"a", "B", "b", "ü", "Ü", "a ", "", "c\x00d", "c", nil}, []any{day(1), day(2), day(3), nil}
	for _, c := range []struct {
		kind  string
		facts []any
		keys  []any // that the role shows
		want  string
	}{
		{"int", whole, []any{2}, "="}, {"int", whole, []any{2, 3, 4}, "BETWEEN"}, {"int", whole, []any{1, 3}, "IN"}, {"int", whole, []any{1, 2, 3, 5}, "IN"},
		{"int", whole, nil, "FALSE"}, {"int", whole, []any{nil}, "FALSE"}, {"int", whole, []any{nil, 3}, "="}, {"int", whole, []any{-1, 0}, "BETWEEN"},
		{"int", whole, []any{most}, "="}, {"int", whole, []any{least, most}, "IN"}, {"int", whole, []any{most - 1, most}, "BETWEEN"},
		{"text", text, []any{"A"}, "="}, {"text", text, []any{"B"}, "="}, {"text", text, []any{"a", "b"}, "IN"}, {"text", text, []any{"Ü"}, "="}, {"text", text, []any{""}, "="},
		{"text", text, []any{"c\x00D"}, "IN"}, {"text", text, []any{strings.Repeat("x", 200)}, "IN"}, {"text", text, nil, "FALSE"},
		{"date", date, []any{day(2)}, "="}, {"date", date, []any{day(2), day(3)}, "IN"}, {"double", []any{1.5, 2.5}, []any{1.5}, "IN"},
	} {
		for _, mode := range []query.Mode{query.Strict, query.Compat} {
			w := newWorld()
			var dims, facts [][]any
			for _, k := range c.keys {
				dims = append(dims, []any{k, "shown"})
			}
			for i, k := range c.facts {
				facts = append(facts, []any{i, k})
			}
			dims = append(dims, []any{map[string]any{"int": 6, "text": "zz", "date": day(9), "double": 9.5}[c.kind], "hidden"})
			w.table("Dim", "Key "+c.kind+", Who text", dims...)
			w.table("Fact", "Id int, Key "+c.kind, facts...)
			w.relate("Fact[Key]", "Dim[Key]")
			w.measure("Fact", "Rows", "COUNTROWS(Fact)")
			w.role("Shown", `Dim: Dim[Who] = "shown"`)
			w.role("Two", `Dim: Dim[Who] = "shown"`, "Fact: Fact[Id] < 3")
			e := w.open(t)
			e.Secure(mode)
			said := ""
			knows, err := e.Recording(func(s query.Statement) { said = s.SQL() })
			if err != nil {
				t.Fatal(err)
			}
			knows.Learn(large(w.m))
			for _, roles := range [][]string{{"Shown"}, {"Two"}, {"Shown", "Two"}} {
				v := query.Viewer{Roles: roles}
				for _, fields := range []string{"[Rows]", "Fact[Id],[Rows]"} {
					if got, want := ask(t, knows, v, fields), ask(t, e, v, fields); got != want {
						t.Errorf("keys %v as %v in mode %d: %s\n%s\nwant\n%s", c.keys, roles, mode, fields, got, want)
					}
				}
			}
			if got := ask(t, knows, query.Viewer{Roles: []string{"Shown"}}, "[Rows]"); form(said) != c.want {
				t.Errorf("keys %v are compared by %s, want %s: %s (%s)", c.keys, form(said), c.want, said, got)
			}
		}
	}
}

// form is how a statement compares the keys of facts.
func form(text string) string {
	for _, f := range []string{" IN (", " BETWEEN ", "FALSE", `"Key" = `, `"Key") = `} {
		if _, fenced, _ := strings.Cut(text, "WHERE "); strings.Contains(fenced, f) {
			return strings.Trim(strings.TrimPrefix(strings.TrimPrefix(f, `"Key"`), ")"), " (")
		}
	}
	return "nothing"
}

// TestKeysAreAskedForOnce for each filter with its values, and not where they may change, or the
// table is small, or what is said is for people.
func TestKeysAreAskedForOnce(t *testing.T) {
	w := newWorld()
	w.table("Dim", "Key int, Who text", []any{1, "ann"}, []any{2, "bob"})
	w.table("Fact", "Id int, Key int", []any{1, 1}, []any{2, 2}, []any{3, 2})
	w.table("Few", "Id int, Key int", []any{1, 1})
	w.relate("Fact[Key]", "Dim[Key]")
	w.relate("Few[Key]", "Dim[Key]")
	w.measure("Fact", "Rows", "COUNTROWS(Fact)")
	w.measure("Few", "Fewer", "COUNTROWS(Few)")
	w.role("Own", "Dim: Dim[Who] = USERNAME()")
	w.role("Now", "Dim: Dim[Who] = USERNAME() && YEAR(NOW()) > 2000")
	asked := 0
	e, err := w.open(t).Recording(func(s query.Statement) {
		if strings.Contains(s.SQL(), "COUNT(DISTINCT ") {
			asked++
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	stats := large(w.m)
	stats.Table("Few").Rows = 1
	e.Learn(stats)
	for _, c := range []struct {
		user, role, fields, want string
		asked                    int
	}{
		{"ann", "Own", "[Rows]", "1", 1}, {"ann", "Own", "[Rows]", "1", 0}, {"ann", "Own", "Fact[Id],[Rows]", "1 1", 0}, {"bob", "Own", "[Rows]", "2", 1},
		{"eve", "Own", "[Rows]", "-", 1}, {"ann", "Now", "[Rows]", "1", 0}, {"ann", "Own", "[Fewer]", "1", 0}, {"bob", "Own", "[Fewer]", "-", 0},
	} {
		asked = 0
		v := query.Viewer{Username: c.user, Roles: []string{c.role}}
		if got := strings.TrimSpace(ask(t, e, v, c.fields)); got != c.want || asked != c.asked {
			t.Errorf("%s as %s: %s is %q with %d questions for keys, want %q with %d", c.user, c.role, c.fields, got, asked, c.want, c.asked)
		}
	}
	asked = 0
	list, err := e.Security(context.Background(), query.Viewer{Username: "zoe", Roles: []string{"Own"}})
	if err != nil || asked != 0 || !strings.Contains(fmt.Sprint(list), " IN (SELECT ") {
		t.Errorf("%v, %v, %d questions for keys", list, err, asked)
	}
}
