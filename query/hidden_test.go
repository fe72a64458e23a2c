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
	"inlay/query"
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
	triples, failures, hidden := 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		if worlds--; worlds < 0 {
			return
		}
		w := draw.NewWorld(rt)
		if len(w.Viewers) < 2 {
			return
		}
		v := rapid.SampledFrom(w.Viewers[1:]).Draw(rt, "viewer")
		keep, err := plain.New(w.Model, w.Rows).Visible(v)
		if err != nil {
			rt.Fatalf("who sees what: %v\n%s", err, w)
		}
		all, seen, n := poisoned(rt, w, keep)
		if n == 0 {
			return
		}
		hidden += n
		full, bare := in(t, rt, w.Model, all), in(t, rt, w.Model, seen)
		who := query.Viewer{Username: v.Username, Roles: v.Roles, CustomData: v.CustomData}
		for range perWorld() {
			text, ordered := w.Query()
			got, gotErr := full.Evaluate(context.Background(), who, text)
			want, wantErr := bare.Evaluate(context.Background(), who, text)
			msg := ""
			if triples++; gotErr != nil || wantErr != nil {
				if failures++; outcome(gotErr) != outcome(wantErr) {
					msg = fmt.Sprintf("with hidden rows: %s\nwithout: %s", outcome(gotErr), outcome(wantErr))
				}
			}
			for i := 0; msg == "" && gotErr == nil && wantErr == nil && i < len(want); i++ {
				msg = unlike(got[i], want[i], ordered)
			}
			if msg != "" {
				rt.Fatalf("%s\n%s", msg, question{w, v, text, ordered})
			}
		}
	})
	if triples == 0 || hidden == 0 || failures == triples {
		t.Errorf("%d questions, %d of them errors, %d rows hidden: nothing was proved", triples, failures, hidden)
	}
	t.Logf("%d questions, %d of them errors, %d rows hidden", triples, failures, hidden)
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
