package query_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/query"
	"inlay/query/eval"
	"inlay/query/plain"
	"inlay/query/plain/draw"
)

// Non-interference over all that the grammar of queries says: a viewer is answered over all
// rows, hidden ones full of poison, as over the rows that the viewer may see alone. Both are the
// engine's answers, with the roles in force; only which rows are hidden comes from elsewhere.
func TestHiddenRowsDoNotInterfereWithDAX(t *testing.T) {
	onEachDrawn(t, hiddenRowsDoNotInterfereWithDAX)
}

func hiddenRowsDoNotInterfereWithDAX(t *testing.T, in place, worlds int) {
	h := &hidden{in: in, questions: perWorld(), ask: func(e *query.Engine, v query.Viewer, text string) ([]model.Result, error) {
		return e.Evaluate(context.Background(), v, text)
	}}
	rapid.Check(t, func(rt *rapid.T) {
		if worlds--; worlds < 0 {
			return
		}
		if msg := h.interference(t, rt); msg != "" {
			rt.Fatal(msg)
		}
	})
	if h.asked == 0 || h.rows == 0 || h.failures == h.asked {
		t.Errorf("%d questions, %d of them errors, %d rows hidden: nothing was proved", h.asked, h.failures, h.rows)
	}
	t.Logf("%d questions, %d of them errors, %d rows hidden", h.asked, h.failures, h.rows)
}

// The test above finds an engine that forgets the gate, be it in one kind of read alone.
func TestPlantedLeaksAreFound(t *testing.T) {
	for name, forgets := range map[string]func(eval.Read) bool{
		"everywhere":        func(eval.Read) bool { return true },
		"in lists":          func(r eval.Read) bool { return len(r.Values) == 0 },
		"in counts":         func(r eval.Read) bool { return len(r.Values) == 1 && r.Values[0].Fn == "" },
		"under a condition": func(r eval.Read) bool { return r.Rows != nil },
		"under filters":     func(r eval.Read) bool { return len(r.Where) > 0 },
	} {
		t.Run(name, func(t *testing.T) {
			h := &hidden{in: drawnInDuckDB(t), questions: 40, ask: func(e *query.Engine, v query.Viewer, text string) ([]model.Result, error) {
				return query.EvaluateBroken(context.Background(), e, v, text, forgets)
			}}
			found := ""
			for round := range 40 { // the first is enough as a rule
				rapid.Check(t, func(rt *rapid.T) {
					for range round { // with the same seed, too, each draws other worlds
						rapid.Uint64().Draw(rt, "skipped")
					}
					if found == "" {
						found = h.interference(t, rt)
					}
				})
				if found != "" {
					break
				}
			}
			if found == "" {
				t.Errorf("%d questions over %d hidden rows did not find the leak", h.asked, h.rows)
			}
		})
	}
}

// hidden asks questions over all rows and over those that a viewer may see.
type hidden struct {
	in                    place
	questions             int // about each world
	ask                   func(*query.Engine, query.Viewer, string) ([]model.Result, error)
	asked, failures, rows int
}

// interference draws a world and questions, and says how answers differ.
func (h *hidden) interference(t *testing.T, rt *rapid.T) string {
	t.Helper()
	w := draw.NewWorld(rt)
	if len(w.Viewers) < 2 {
		return ""
	}
	v := rapid.SampledFrom(w.Viewers[1:]).Draw(rt, "viewer")
	keep, err := plain.New(w.Model, w.Rows).Visible(v)
	if err != nil {
		rt.Fatalf("who sees what: %v\n%s", err, w)
	}
	all, seen, n := poisoned(rt, w, keep)
	if n == 0 {
		return ""
	}
	h.rows += n
	full, bare := h.in(t, rt, w.Model, all), h.in(t, rt, w.Model, seen)
	who := query.Viewer{Username: v.Username, Roles: v.Roles, CustomData: v.CustomData}
	for range h.questions {
		text, ordered := w.Query()
		got, gotErr := h.ask(full, who, text)
		want, wantErr := h.ask(bare, who, text)
		msg := ""
		if h.asked++; gotErr != nil || wantErr != nil {
			if h.failures++; outcome(gotErr) != outcome(wantErr) {
				msg = fmt.Sprintf("with hidden rows: %s\nwithout: %s", outcome(gotErr), outcome(wantErr))
			}
		}
		for i := 0; msg == "" && gotErr == nil && wantErr == nil && i < len(want); i++ {
			msg = unlike(got[i], want[i], ordered)
		}
		if msg != "" {
			return fmt.Sprintf("%s\n%s", msg, question{w, v, text, ordered})
		}
	}
	return ""
}

// outcome is what a viewer learns from an error.
func outcome(err error) string {
	if err == nil {
		return "an answer"
	}
	return fmt.Sprintf("%s: %v", inlay.KindOf(err), err)
}

// poisoned is all rows, the hidden ones with numbers that overflow wherever no role and no
// relationship looks, the rows without the hidden ones, and how many these are. A table that
// the filter of another one reads stays whole: a role filter reads tables as they are.
func poisoned(rt *rapid.T, w *draw.World, keep map[string][]bool) (all, seen map[string][][]dax.Value, hidden int) {
	var filters strings.Builder
	for _, r := range w.Model.Roles {
		for _, p := range r.Permissions {
			filters.WriteString(p.Filter)
		}
	}
	all, seen = map[string][][]dax.Value{}, map[string][][]dax.Value{}
	poison := map[string][]dax.Value{
		"Qty":    {dax.IntOf(math.MaxInt64), dax.IntOf(math.MinInt64), {}},
		"Weight": {dax.IntOf(math.MaxInt64), dax.IntOf(math.MinInt64)},
		"Size":   {dax.IntOf(math.MaxInt64)},
		"Amount": {dax.IntOf(math.MinInt64), {}},
		"Price":  {dax.FloatOf(1.7e308), dax.FloatOf(-1.7e308)},
	}
	for _, t := range w.Model.Tables {
		for i, row := range w.Rows[t.Name] {
			if keep == nil || keep[t.Name][i] || strings.Contains(filters.String(), t.Name+"[User]") {
				all[t.Name], seen[t.Name] = append(all[t.Name], row), append(seen[t.Name], row)
				continue
			}
			hidden++
			row = slices.Clone(row)
			for k, c := range t.Columns {
				if bad := poison[c.Name]; bad != nil && !strings.Contains(filters.String(), "["+c.Name+"]") {
					row[k] = rapid.SampledFrom(bad).Draw(rt, "poison")
				}
			}
			all[t.Name] = append(all[t.Name], row)
		}
	}
	return all, seen, hidden
}
