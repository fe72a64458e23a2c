package daxcase

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"inlay"
	"inlay/dax"
	"inlay/model"
)

// result is a table of columns a, b, … with rows.
func result(rows ...[]dax.Value) []model.Result {
	r := model.Result{Rows: rows}
	for i := range rows[0] {
		r.Columns = append(r.Columns, model.ResultColumn{Name: "T[" + string(rune('a'+i)) + "]"})
	}
	return []model.Result{r}
}

// TestJudge shows what passes, what is refused and what is wrong.
func TestJudge(t *testing.T) {
	one := func(v dax.Value) []model.Result { return result([]dax.Value{v}) }
	two := result([]dax.Value{dax.IntOf(1), dax.TextOf("x")}, []dax.Value{dax.IntOf(2), {}})
	for _, tt := range []struct {
		expect string
		got    []model.Result
		err    error
		want   Outcome
	}{
		{`{"type": "number", "value": 1}`, one(dax.IntOf(1)), nil, Passed},
		{`{"type": "number", "value": 1}`, one(dax.TextOf("1")), nil, Wrong},
		{`{"type": "number", "value": 0.3}`, one(dax.FloatOf(.1 + .2)), nil, Passed},
		{`{"type": "number", "value": 0.3}`, one(dax.FloatOf(.3001)), nil, Wrong},
		{`{"type": "number", "value": "-Infinity"}`, one(dax.FloatOf(math.Inf(-1))), nil, Passed},
		{`{"type": "number", "value": 0}`, one(dax.Value{}), nil, Wrong},
		{`{"type": "blank"}`, one(dax.Value{}), nil, Passed},
		{`{"type": "blank"}`, one(dax.IntOf(0)), nil, Wrong},
		{`{"type": "string", "value": "A"}`, one(dax.TextOf("a")), nil, Wrong},
		{`{"type": "boolean", "value": true}`, one(dax.BoolOf(true)), nil, Passed},
		{`{"type": "datetime", "value": "2024-02-29T00:00:00"}`, one(dax.TimeOf(time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC))), nil, Passed},
		{`{"type": "table", "columns": ["t[A]", "T[b]"], "rows": [[2, null], [1, "x"]], "order": "any"}`, two, nil, Passed},
		{`{"type": "table", "columns": ["T[a]", "T[b]"], "rows": [[2, null], [1, "x"]], "order": "strict"}`, two, nil, Wrong},
		{`{"type": "table", "columns": ["T[a]", "T[b]"], "rows": [[1, "x"], [2, null]], "order": "strict"}`, two, nil, Passed},
		{`{"type": "table", "columns": ["T[a]", "T[b]"], "rows": [[1, "x"], [1, "x"]], "order": "any"}`, two, nil, Wrong},
		{`{"type": "table", "columns": ["T[a]", "T[c]"], "rows": [[1, "x"], [2, null]], "order": "any"}`, two, nil, Wrong},
		{`{"type": "number", "value": 1}`, nil, inlay.Errorf(inlay.Unsupported, "INDEX is not supported"), Refused},
		{`{"type": "error"}`, nil, inlay.Errorf(inlay.Unsupported, "INDEX is not supported"), Refused},
		{`{"type": "error"}`, nil, inlay.Errorf(inlay.Invalid, "no such column"), Passed},
		{`{"type": "error"}`, nil, dax.Errorf(nil, "no such column"), Passed},
		{`{"type": "error"}`, nil, errors.New("connection lost"), Wrong},
		{`{"type": "error"}`, one(dax.IntOf(1)), nil, Wrong},
		{`{"type": "number", "value": 1}`, nil, inlay.Errorf(inlay.Invalid, "no such column"), Wrong},
	} {
		c := Case{ID: "x", Tolerance: 1e-9}
		if err := json.Unmarshal([]byte(tt.expect), &c.Expect); err != nil {
			t.Fatal(err)
		}
		if got := judge(c, tt.got, tt.err); got.Outcome != tt.want {
			t.Errorf("%s from %s, %v is %s, want %s: %s", tt.expect, shown(tt.got), tt.err, got.Outcome, tt.want, got.Detail)
		}
	}
}

// TestReport shows the totals and ids that others read.
func TestReport(t *testing.T) {
	r := Report{Results: []Result{
		{Case{ID: "a", Stage: 1, Tier: "docs"}, Passed, ""},
		{Case{ID: "b", Stage: 2, Tier: "docs"}, Refused, "INDEX is not supported"},
		{Case{ID: "c", Stage: 2, Tier: "docs"}, Wrong, "is 1, want 2"},
	}}
	var out bytes.Buffer
	if err := r.JSON(&out); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Passed, Refused, Wrong int
		IDs                    map[string][]string
		Stages                 map[string]map[string]int
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Passed != 1 || got.Refused != 1 || got.Wrong != 1 || got.IDs["wrong"][0] != "c" || got.Stages["2"]["refused"] != 1 {
		t.Errorf("%s", out.String())
	}
	out.Reset()
	if err := r.Text(&out); err != nil || !strings.Contains(out.String(), "stage 2") || !strings.Contains(out.String(), "is 1, want 2") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// TestReadCases shows that a file that cannot be understood is refused.
func TestReadCases(t *testing.T) {
	good := `{"id": "a", "query": "EVALUATE {1}", "expect": {"type": "number", "value": 1}}`
	for text, want := range map[string]string{
		good: "", good + "\n\n" + good: "two cases", "": "has none", "{": "line 1", `{"id": "a"}`: "needs",
		strings.Replace(good, `"number"`, `"numbre"`, 1): "no type of a result",
	} {
		_, err := ReadCases(strings.NewReader(text))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
