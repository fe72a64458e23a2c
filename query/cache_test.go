package query_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"inlay/dax"
	"inlay/model"
	"inlay/query"
)

// counted counts the statements that reach a source. While it is held, statements wait.
type counted struct {
	query.Source
	n    atomic.Int64
	hold chan struct{}
}

func (c *counted) Run(ctx context.Context, s query.Statement) (query.Rows, error) {
	c.n.Add(1)
	if c.hold != nil {
		<-c.hold
	}
	return c.Source.Run(ctx, s)
}

func kept(t *testing.T, w *world, bytes int) (*query.Engine, *counted) {
	t.Helper()
	src := &counted{Source: inDuckDB(t, w)}
	e, err := query.New(w.m, src)
	if err != nil {
		t.Fatal(err)
	}
	e.Share(query.NewCache(bytes), "v1")
	return e, src
}

// TestAnswersAreShared asks one question as pairs of viewers. Those with equal effective
// filters share an answer; everybody else has their own, computed from their rows.
func TestAnswersAreShared(t *testing.T) {
	w := secured("secure")
	w.role("Exactly", "Region: EXACT([Name], CUSTOMDATA())")
	w.role("West", `Region: [Name] = "West"`)
	w.role("Also west", `Region: [Name] = "West"`)
	w.measure("Sales", "Mine", `IF(USERNAME() = "ann", [Total], 0)`)
	w.measure("Sales", "Random", "RAND()")
	w.role("Owner", "Region: [Name] = USEROBJECTID()")
	w.measure("Sales", "Who", `USEROBJECTID() & USERCULTURE() & [Total]`)
	custom := func(name, role, data string) query.Viewer {
		return query.Viewer{Username: name, Roles: []string{role}, CustomData: data}
	}
	for _, c := range []struct {
		name          string
		first, second query.Viewer
		fields        string
		shared        bool
	}{
		{"the same viewer", as("ann@example.com", "Members"), as("ann@example.com", "Members"), "[Total]", true},
		{"another member", as("ann@example.com", "Members"), as("bob@example.com", "Members"), "[Total]", false},
		{"two names under a static role", as("ann", "West"), as("bob", "West"), "[Total]", true},
		{"two roles with one filter", as("ann", "West"), as("bob", "Also west"), "[Total]", true},
		{"custom data of one value", custom("ann", "Custom", "south"), custom("bob", "Custom", "south"), "[Total]", true},
		{"custom data of two values", custom("ann", "Custom", "south"), custom("ann", "Custom", "West"), "[Total]", false},
		{"custom data in other letters, compared exactly", custom("ann", "Exactly", "West"), custom("ann", "Exactly", "WEST"), "[Total]", false},
		{"a measure that asks who it is", as("ann", "West"), as("bob", "West"), "[Mine]", false},
		{"a role that asks for the object id", query.Viewer{ObjectID: "a1", Roles: []string{"Owner"}}, query.Viewer{ObjectID: "b2", Roles: []string{"Owner"}}, "[Total]", false},
		{"a measure that asks for the object id", query.Viewer{ObjectID: "a1", Roles: []string{"West"}}, query.Viewer{ObjectID: "b2", Roles: []string{"West"}}, "[Who]", false},
		{"a measure that asks for the culture", query.Viewer{Culture: "de-DE", Roles: []string{"West"}}, query.Viewer{Culture: "en-US", Roles: []string{"West"}}, "[Who]", false},
		{"another question", as("ann", "West"), as("ann", "West"), "Region[Name],[Total]", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			one := secured("secure")
			*one.m = *w.m
			one.rows = w.rows
			e, src := kept(t, one, 1<<20)
			plain, err := query.New(one.m, src.Source)
			if err != nil {
				t.Fatal(err)
			}
			ask(t, e, c.first, c.fields)
			before := src.n.Load()
			got := ask(t, e, c.second, c.fields)
			if shared := src.n.Load() == before; shared != c.shared {
				t.Errorf("shared is %v, want %v", shared, c.shared)
			}
			if want := ask(t, plain, c.second, c.fields); got != want {
				t.Errorf("from the cache\n%s\nwithout it\n%s", got, want)
			}
		})
	}
	t.Run("a format string that asks who it is", func(t *testing.T) {
		one := secured("secure")
		one.role("West", `Region: [Name] = "West"`)
		one.measure("Sales", "Shown", "[Total]")
		m, _ := one.m.Measure("Shown")
		m.FormatBy = `IF(USERNAME() = "ann", "0.00", "0")`
		e, _ := kept(t, one, 1<<20)
		for who, want := range map[string]string{"ann": "0.00", "bob": "0"} {
			res, err := e.Ask(t.Context(), as(who, "West"), model.Query{Values: []model.Value{{Name: "v", Measure: "Total"}, {Name: "f", Measure: "Shown", FormatOf: true}}})
			if err != nil || res.Rows[0][1].Text() != want {
				t.Errorf("%s: %v, %v", who, res.Rows, err)
			}
		}
	})
	t.Run("what changes by itself", func(t *testing.T) {
		e, _ := kept(t, w, 1<<20)
		first := ask(t, e, as("ann", "West"), "[Random]")
		if ask(t, e, as("ann", "West"), "[Random]") == first {
			t.Error("a random number was kept")
		}
	})
}

func TestOneComputesForAllWhoWait(t *testing.T) {
	w := secured("secure")
	e, src := kept(t, w, 1<<20)
	src.hold = make(chan struct{})
	var wg sync.WaitGroup
	answers := make([]string, 8)
	for i := range answers {
		wg.Go(func() { answers[i] = ask(t, e, as("x", "Country A"), "Region[Name],[Total]") })
	}
	close(src.hold)
	wg.Wait()
	for _, a := range answers {
		if a != answers[0] || a == "" {
			t.Errorf("answers differ: %q and %q", a, answers[0])
		}
	}
	after := src.n.Load()
	ask(t, e, as("x", "Country A"), "Region[Name],[Total]")
	if src.n.Load() != after {
		t.Error("the answer was not kept")
	}
}

func TestCacheIsBounded(t *testing.T) {
	w := secured("secure")
	e, src := kept(t, w, 20_000)
	filter := func(i int) model.Filter {
		return model.Filter{Column: model.ColumnRef{Table: "Sales", Column: "Id"}, Op: model.Less, Values: []dax.Value{dax.IntOf(int64(i))}}
	}
	for i := range 500 {
		ask(t, e, as("x", "Country A"), "Region[Name],[Total]", filter(i))
	}
	before := src.n.Load()
	for i := range 500 {
		ask(t, e, as("x", "Country A"), "Region[Name],[Total]", filter(i))
	}
	if src.n.Load() == before {
		t.Error("500 answers were kept in 20 kB")
	}
}

func TestVersionsAreApart(t *testing.T) {
	w := secured("secure")
	cache := query.NewCache(1 << 20)
	for i, amount := range []int{5, 7} {
		w.rows["Sales"] = w.rows["Sales"][:1]
		w.rows["Sales"][0] = append([]any{}, w.rows["Sales"][0]...)
		for j, c := range w.m.Table("Sales").Columns {
			if c.Name == "Amount" {
				w.rows["Sales"][0][j] = amount
			}
		}
		e, err := query.New(w.m, inDuckDB(t, w))
		if err != nil {
			t.Fatal(err)
		}
		e.Share(cache, fmt.Sprintf("v%d", i))
		if got := ask(t, e, query.Viewer{Unrestricted: true}, "[Total]"); got != fmt.Sprint(amount) {
			t.Errorf("version %d answers %s, want %d", i, got, amount)
		}
	}
}
