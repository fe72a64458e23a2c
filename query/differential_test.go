package query_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"slices"
	"sort"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/query"
	"inlay/query/plain"
	"inlay/query/plain/draw"
)

// The engine against the plain evaluator: random models, data, roles and queries have the same
// rows in both. A query that the engine refuses as unsupported counts as refused; too many of
// these fail the test, as does any answer that differs.

// leastAnswered is the share of drawn queries that the engine has to answer.
const leastAnswered = 0.98

func TestEngineAgreesWithPlainEvaluator(t *testing.T) { onEachDrawn(t, engineAgreesWithPlainEvaluator) }

func engineAgreesWithPlainEvaluator(t *testing.T, in place, worlds int) {
	n := &tally{refusals: map[string]int{}}
	rapid.Check(t, func(rt *rapid.T) {
		if worlds--; worlds < 0 {
			return
		}
		w := draw.NewWorld(rt)
		e := in(t, rt, w.Model, w.Rows)
		p := plain.New(w.Model, w.Rows)
		for range perWorld() {
			text, ordered := w.Query()
			q := question{w, rapid.SampledFrom(w.Viewers).Draw(rt, "viewer"), text, ordered}
			if msg := n.compare(e, p, q); msg != "" {
				n.unlike = append(n.unlike, disagreement{q, msg})
			}
		}
	})
	t.Log(n)
	if total := n.answered + n.refused; total == 0 || float64(n.answered) < leastAnswered*float64(total) {
		t.Errorf("the engine answered %d of %d queries, want %.0f %% at least", n.answered, total, 100*leastAnswered)
	}
	if len(n.unlike) > 0 {
		t.Errorf("%d of %d answers differ", len(n.unlike), n.answered)
	}
	n.smallest(t, 10)
}

// disagreement is a question that the two answer differently.
type disagreement struct {
	question
	msg string
}

// size is how much there is to read, a query counting more than its world.
func (d disagreement) size() int {
	return 20*len(d.text) + len(d.question.String())
}

// smallest shows the disagreements that are the easiest to read. They are more to the point than
// what shrinking leaves of one.
func (n *tally) smallest(t *testing.T, most int) {
	sort.Slice(n.unlike, func(i, j int) bool { return n.unlike[i].size() < n.unlike[j].size() })
	for _, d := range n.unlike[:min(len(n.unlike), most)] {
		t.Logf("%s\n%s", d.msg, d.question)
	}
}

// native is a value as the database driver takes it.
func native(v dax.Value) any {
	switch v.Type() {
	case dax.Blank:
		return nil
	case dax.Boolean:
		return v.Bool()
	case dax.Int64:
		return v.Int()
	case dax.DateTime:
		return v.Time()
	case dax.String:
		return v.Text()
	case dax.Decimal:
		s, _ := v.ToDecimalText()
		return s
	}
	return v.Float()
}

// question is a query by someone about a world.
type question struct {
	w       *draw.World
	viewer  plain.Viewer
	text    string
	ordered []int // positions of the columns that rows are ordered by
}

// tally counts what became of the queries.
type tally struct {
	answered, refused, rows int
	large                   int // beyond what a fixed decimal number holds
	refusals                map[string]int
	unlike                  []disagreement
}

// String is the counts, with the most frequent reasons of refusals.
func (n *tally) String() string {
	var why []string
	for text := range n.refusals {
		why = append(why, text)
	}
	sort.Slice(why, func(i, j int) bool { return n.refusals[why[i]] > n.refusals[why[j]] })
	var b strings.Builder
	fmt.Fprintf(&b, "%d queries answered, %d not alike, %d refused, %d too large; %d rows compared", n.answered, len(n.unlike), n.refused, n.large, n.rows)
	for _, text := range why[:min(len(why), 25)] {
		fmt.Fprintf(&b, "\n%5d %s", n.refusals[text], text)
	}
	return b.String()
}

// compare asks both and says how the answers differ.
func (n *tally) compare(e *query.Engine, p *plain.Evaluator, q question) (msg string) {
	defer func() {
		if r := recover(); r != nil {
			msg = fmt.Sprintf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	want, err := p.Evaluate(q.viewer, q.text)
	if err != nil && strings.Contains(err.Error(), "too large for Currency") {
		n.large++
		return ""
	}
	if err != nil {
		return fmt.Sprintf("the plain evaluator has no answer: %v", err)
	}
	v := query.Viewer{Unrestricted: q.viewer.Unrestricted, Username: q.viewer.Username, Roles: q.viewer.Roles, CustomData: q.viewer.CustomData}
	got, err := e.Evaluate(context.Background(), v, q.text)
	if err != nil {
		if refusal(err) {
			n.refused++
			n.refusals[reason(err)]++
			return ""
		}
		return fmt.Sprintf("the engine fails (%s): %v", inlay.KindOf(err), err)
	}
	n.answered++
	if len(got) != len(want) {
		return fmt.Sprintf("%d results, want %d", len(got), len(want))
	}
	for i := range got {
		if msg := unlike(got[i], want[i], q.ordered); msg != "" {
			return fmt.Sprintf("%s\nengine:\n%s\nplain:\n%s", msg, text(got[i]), text(want[i]))
		}
		n.rows += len(want[i].Rows)
	}
	return ""
}

// refusal reports whether an error says that the engine does not support something.
func refusal(err error) bool {
	var e *inlay.Error
	return errors.As(err, &e) && (e.Kind == inlay.Unsupported || e.Kind == inlay.Limit || e.Rule == query.RuleRoleBroken)
}

// reason is an error without its place, and short.
func reason(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	if _, after, ok := strings.Cut(line, ": "); ok && strings.HasPrefix(line, "line ") {
		line = after
	}
	return line
}

// String is the question and its world.
func (q question) String() string {
	who := "the administrator"
	if !q.viewer.Unrestricted {
		who = fmt.Sprintf("%s %v %q", q.viewer.Username, q.viewer.Roles, q.viewer.CustomData)
	}
	return fmt.Sprintf("%s\nas %s\n%s", q.text, who, q.w)
}

// unlike says how two results differ: in their columns, in their rows as multisets, or in the
// order of what they are ordered by.
func unlike(got, want model.Result, ordered []int) string {
	for i := range want.Columns {
		if len(got.Columns) != len(want.Columns) || !strings.EqualFold(got.Columns[i].Name, want.Columns[i].Name) {
			return fmt.Sprintf("the columns are %v, want %v", got.Columns, want.Columns)
		}
	}
	if len(got.Rows) != len(want.Rows) {
		return fmt.Sprintf("there are %d rows, want %d", len(got.Rows), len(want.Rows))
	}
	for i := range want.Rows {
		for _, k := range ordered {
			if !alike(got.Rows[i][k], want.Rows[i][k]) {
				return fmt.Sprintf("row %d has %s in column %d, want %s", i+1, cell(got.Rows[i][k]), k+1, cell(want.Rows[i][k]))
			}
		}
	}
	left := slices.Clone(want.Rows)
	for _, row := range got.Rows {
		at := slices.IndexFunc(left, func(o []dax.Value) bool { return slices.EqualFunc(row, o, alike) })
		if at < 0 {
			return fmt.Sprintf("the row %s is not expected", text(model.Result{Rows: [][]dax.Value{row}}))
		}
		left = slices.Delete(left, at, at+1)
	}
	return ""
}

// alike compares values: fixed decimal numbers exactly, other numbers nearly, text without regard to case.
func alike(a, b dax.Value) bool {
	plainNumber := func(v dax.Value) bool {
		return v.Type() == dax.Int64 || v.Type() == dax.Double || v.Type() == dax.Decimal
	}
	if plainNumber(a) && plainNumber(b) && (a.Type() != dax.Decimal || b.Type() != dax.Decimal) {
		x, y := a.Float(), b.Float()
		return x == y || math.IsNaN(x) && math.IsNaN(y) || math.Abs(x-y) <= 1e-9*max(1, math.Abs(x), math.Abs(y))
	}
	if a.Type() == dax.String && b.Type() == dax.String {
		return strings.EqualFold(a.Text(), b.Text())
	}
	return a == b
}
