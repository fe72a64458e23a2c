package draw_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"inlay/query/plain"
	"inlay/query/plain/draw"
)

// TestQueriesAreWellFormed evaluates drawn queries: what is drawn has an answer.
func TestQueriesAreWellFormed(t *testing.T) {
	rows, queries := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		w := draw.NewWorld(rt)
		p := plain.New(w.Model, w.Rows)
		for range 5 {
			text, _ := w.Query()
			v := rapid.SampledFrom(w.Viewers).Draw(rt, "viewer")
			got, err := p.Evaluate(v, text)
			if err != nil && strings.Contains(err.Error(), "too large for Currency") {
				continue
			}
			if err != nil {
				rt.Fatalf("%s\nas %+v: %v\n%s", text, v, err, w)
			}
			queries++
			for _, r := range got {
				rows += len(r.Rows)
			}
		}
	})
	if rows < queries {
		t.Errorf("%d queries gave %d rows: what is drawn is empty too often", queries, rows)
	}
	t.Logf("%d queries, %d rows", queries, rows)
}
