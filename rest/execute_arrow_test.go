package rest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/rest"
)

// read is a stream of Arrow as a client reads it.
type read struct {
	schema  *arrow.Schema
	batches int
	rows    [][]string
}

// streams reads all of a body; what is no stream to its end fails the test.
func streams(t testing.TB, body string) []read {
	t.Helper()
	var list []read
	for in := strings.NewReader(body); in.Len() > 0; {
		r, err := ipc.NewReader(in)
		if err != nil {
			t.Fatalf("stream %d: %v in %.200q", len(list)+1, err, body)
		}
		s := read{schema: r.Schema()}
		for r.Next() {
			s.batches++
			for i := range int(r.RecordBatch().NumRows()) {
				var row []string
				for _, c := range r.RecordBatch().Columns() {
					row = append(row, c.ValueStr(i))
				}
				s.rows = append(s.rows, row)
			}
		}
		if r.Err() != nil {
			t.Fatalf("stream %d: %v", len(list)+1, r.Err())
		}
		list = append(list, s)
	}
	return list
}

func (s read) meta(key string) string {
	v, _ := s.schema.Metadata().GetValue(key)
	return v
}

func daxPath(dataset string) string { return "/v1.0/myorg/datasets/" + dataset + "/executeDaxQueries" }

const oneDax = `{"query":"EVALUATE Rows"}`

// executeDax answers a query for anna from the results.
func executeDax(t *testing.T, body string, results ...model.Result) (answer, *world) {
	t.Helper()
	w := newWorld(t)
	w.engine.evaluate = func(string) ([]model.Result, error) { return results, nil }
	return w.send("POST", daxPath(prices), "Bearer "+w.bearer(w.sign, tenant, anna), body), w
}

// typed is a result of columns with types.
func typed(columns []model.ResultColumn, rows ...[]dax.Value) model.Result {
	return model.Result{Columns: columns, Rows: rows}
}

// TestArrowTypes holds the documented type of each column and each value of it.
func TestArrowTypes(t *testing.T) {
	day := time.Date(2026, 1, 5, 13, 14, 15, 250_000_000, time.UTC)
	columns := []model.ResultColumn{
		{Name: "Sales[Day]", Type: dax.DateTime}, {Name: "[Whole]", Type: dax.Int64}, {Name: "[Money]", Type: dax.Decimal}, {Name: "[Float]", Type: dax.Double},
		{Name: "[Yes]", Type: dax.Boolean}, {Name: "[Text]", Type: dax.String}, {Name: "[Any]", Type: dax.Variant}, {Name: "[None]"},
	}
	a, _ := executeDax(t, oneDax, typed(columns,
		[]dax.Value{dax.TimeOf(day), dax.IntOf(math.MaxInt64), dax.DecimalOf(math.MinInt64), dax.FloatOf(0.1), dax.BoolOf(true), dax.TextOf("a \"b\"\n"), dax.IntOf(7), {}},
		[]dax.Value{{}, {}, {}, {}, {}, {}, {}, {}},
		[]dax.Value{dax.TimeOf(time.Date(1899, 12, 30, 0, 0, 0, 500_000, time.UTC)), dax.IntOf(math.MinInt64), dax.IntOf(3), dax.IntOf(2), dax.BoolOf(false), dax.TextOf(""), dax.TextOf("x"), {}},
		[]dax.Value{{}, {}, dax.DecimalOf(1), dax.FloatOf(math.Inf(1)), {}, dax.TextOf("a \"b\"\n"), dax.DecimalOf(-15_000), {}},
		[]dax.Value{{}, {}, {}, {}, {}, {}, dax.TimeOf(day), {}},
		[]dax.Value{{}, {}, {}, {}, {}, {}, dax.BoolOf(true), {}},
		[]dax.Value{{}, {}, {}, {}, {}, {}, dax.FloatOf(2.5), {}}))
	if a.status != 200 || a.header.Get("Content-Type") != "application/vnd.apache.arrow.stream" {
		t.Fatalf("%d %v %s", a.status, a.header, a.body)
	}
	r, err := ipc.NewReader(strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	money := &arrow.Decimal128Type{Precision: 19, Scale: 4}
	want := []arrow.DataType{
		arrow.FixedWidthTypes.Date64, arrow.PrimitiveTypes.Int64, money, arrow.PrimitiveTypes.Float64, arrow.FixedWidthTypes.Boolean,
		&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String},
	}
	for i, f := range r.Schema().Fields() {
		if f.Name != columns[i].Name || !f.Nullable || i < len(want) && !arrow.TypeEqual(f.Type, want[i]) || i >= len(want) && f.Type.ID() != arrow.DENSE_UNION {
			t.Errorf("column %d is %v", i, f)
		}
	}
	if r.Schema().HasMetadata() {
		t.Errorf("metadata %v", r.Schema().Metadata())
	}
	if !r.Next() {
		t.Fatal(r.Err())
	}
	rec := r.RecordBatch()
	col := rec.Columns()
	for i := range 6 {
		if !col[i].IsNull(1) {
			t.Errorf("BLANK in column %d is %s", i, col[i].ValueStr(1))
		}
	}
	checks := map[string][2]any{
		"day":       {col[0].(*array.Date64).Value(0), arrow.Date64(day.UnixMilli())},
		"half":      {col[0].(*array.Date64).Value(2), arrow.Date64(time.Date(1899, 12, 30, 0, 0, 0, 1_000_000, time.UTC).UnixMilli())},
		"most":      {col[1].(*array.Int64).Value(0), int64(math.MaxInt64)},
		"least":     {col[1].(*array.Int64).Value(2), int64(math.MinInt64)},
		"decimal":   {col[2].(*array.Decimal128).Value(0).ToString(4), "-922337203685477.5808"},
		"whole":     {col[2].(*array.Decimal128).Value(2).ToString(4), "3.0000"},
		"tenth":     {col[3].(*array.Float64).Value(0), 0.1},
		"widened":   {col[3].(*array.Float64).Value(2), 2.0},
		"infinite":  {col[3].(*array.Float64).Value(3), math.Inf(1)},
		"yes":       {col[4].(*array.Boolean).Value(0), true},
		"text":      {col[5].ValueStr(0), "a \"b\"\n"},
		"empty":     {col[5].ValueStr(2), ""},
		"shared":    {col[5].(*array.Dictionary).GetValueIndex(0), col[5].(*array.Dictionary).GetValueIndex(3)},
		"texts":     {col[5].(*array.Dictionary).Dictionary().Len(), 2},
		"variants":  {kinds(col[6].(*array.DenseUnion)), "int64=7 (null) utf8=x currency=-1.5 date64=2026-01-05 bool=true float64=2.5"},
		"unknown":   {kinds(col[7].(*array.DenseUnion)), "(null) (null) (null) (null) (null) (null) (null)"},
		"rows":      {rec.NumRows(), int64(7)},
		"a batch":   {r.Next(), false},
		"its end":   {r.Err(), error(nil)},
		"all of it": {len(streams(t, a.body)), 1},
	}
	for name, c := range checks {
		if c[0] != c[1] {
			t.Errorf("%s: %v, want %v", name, c[0], c[1])
		}
	}
}

// kinds is the values of a union with the names of their types.
func kinds(u *array.DenseUnion) string {
	var list []string
	for i := range u.Len() {
		child, at := u.Field(u.ChildID(i)), int(u.ValueOffset(i))
		if child.IsNull(at) {
			list = append(list, child.ValueStr(at))
			continue
		}
		list = append(list, u.UnionType().Fields()[u.ChildID(i)].Name+"="+child.ValueStr(at))
	}
	return strings.Join(list, " ")
}

// TestArrowResults holds that each EVALUATE has a stream of its own, in their order, an empty one too.
func TestArrowResults(t *testing.T) {
	one := []model.ResultColumn{{Name: "[A]", Type: dax.Int64}}
	a, _ := executeDax(t, oneDax, typed(one, []dax.Value{dax.IntOf(1)}), typed([]model.ResultColumn{{Name: "T[B]", Type: dax.String}}), typed(one, []dax.Value{dax.IntOf(3)}, []dax.Value{dax.IntOf(4)}))
	got := streams(t, a.body)
	if len(got) != 3 || fmt.Sprint(got[0].rows, got[1].rows, got[2].rows) != "[[1]] [] [[3] [4]]" || got[1].schema.Field(0).Name != "T[B]" || got[1].batches != 1 {
		t.Errorf("%+v", got)
	}
}

// many makes rows as they are used, and counts them.
type many struct {
	rows int
	made int
	fail error // after rows
}

func (m *many) answer() model.Answer {
	return model.Answer{
		Columns: []model.ResultColumn{{Name: "[N]", Type: dax.Int64}, {Name: "[T]", Type: dax.String}},
		Rows: func(yield func([]dax.Value, error) bool) {
			for i := range m.rows {
				m.made++
				if !yield([]dax.Value{dax.IntOf(int64(i)), dax.TextOf(fmt.Sprint("text ", i%50_000))}, nil) {
					return
				}
			}
			if m.fail != nil {
				yield(nil, m.fail)
			}
		},
		Count: func() (int64, error) { return int64(m.rows), nil },
	}
}

// TestArrowBatches holds that many rows are many batches, whose dictionaries follow each other.
func TestArrowBatches(t *testing.T) {
	for _, skip := range []string{"", `,"skipCompression":true`} {
		w := newWorld(t)
		m := &many{rows: 100_001}
		w.engine.streams = []model.Answer{m.answer()}
		a := w.send("POST", daxPath(prices), "Bearer "+w.bearer(w.sign, tenant, anna), `{"query":"EVALUATE Rows"`+skip+`}`)
		got := streams(t, a.body)
		if len(got) != 1 || len(got[0].rows) != 100_001 || got[0].batches < 6 {
			t.Fatalf("%d streams", len(got))
		}
		for i, row := range got[0].rows {
			if row[0] != fmt.Sprint(i) || row[1] != fmt.Sprint("text ", i%50_000) {
				t.Fatalf("row %d is %v", i, row)
			}
		}
	}
}

// TestArrowOptions holds what the members of a request do, and that none is dropped.
func TestArrowOptions(t *testing.T) {
	three := func() *many { return &many{rows: 3} }
	for _, c := range []struct {
		body   string
		status int
		want   string // of the error, or the rows
	}{
		{`{"query":"EVALUATE Rows"}`, 200, "3 rows"},
		{`{"query":"EVALUATE Rows","resultSetRowCountLimit":3}`, 200, "3 rows"},
		{`{"query":"EVALUATE Rows","resultsetRowcountLimit":2}`, 200, "result 1 of the query has 3 rows, and resultSetRowCountLimit is 2"},
		{`{"query":"EVALUATE Rows","resultSetRowCountLimit":0}`, 200, "result 1 of the query has 3 rows, and resultSetRowCountLimit is 0"},
		{`{"query":"EVALUATE Rows","schemaOnly":true,"resultSetRowCountLimit":1}`, 200, "0 rows"},
		{`{"query":"EVALUATE Rows","culture":"de-DE","timeout":30,"queryTimeout":30,"applicationContext":{"a":[1]}}`, 200, "3 rows"},
		{`{"query":"  "}`, 400, "query is missing"},
		{`{"query":"EVALUATE Rows","queryTimeout":-1}`, 400, "queryTimeout is"},
		{`{"query":"EVALUATE Rows","queryTimeout":5,"timeout":6}`, 400, "different things"},
		{`{"query":"EVALUATE Rows","resultSetRowCountLimit":-1}`, 400, "resultSetRowCountLimit is"},
		{`{"query":"EVALUATE Rows","culture":"x';--"}`, 400, "culture is"},
		{`{"query":"EVALUATE Rows","memoryLimit":1024}`, 400, "memoryLimit is not supported"},
		{`{"query":"EVALUATE Rows","executionMetrics":true}`, 400, "executionMetrics is not supported"},
		{`{"query":"EVALUATE Rows","roles":[]}`, 400, "roles is empty"},
		{`{"query":"EVALUATE Rows","impersonatedUserName":"zoe@example.com"}`, 400, "not a known property"},
		{`{"queries":[{"query":"EVALUATE Rows"}]}`, 400, "not a known property"},
	} {
		w := newWorld(t)
		m := three()
		w.engine.streams = []model.Answer{m.answer()}
		a := w.send("POST", daxPath(prices), "Bearer "+w.bearer(w.sign, tenant, anna), c.body)
		if a.status != c.status {
			t.Errorf("%s: %d %s", c.body, a.status, a.body)
			continue
		}
		if c.status == 400 {
			if !strings.Contains(a.body, c.want) || m.made > 0 {
				t.Errorf("%s: %s", c.body, a.body)
			}
			continue
		}
		s := streams(t, a.body)[0]
		if got := s.meta("FaultString"); s.meta("IsError") == "true" {
			if got != c.want || m.made > 0 {
				t.Errorf("%s: %s, %d rows made", c.body, got, m.made)
			}
		} else if fmt.Sprint(len(s.rows), " rows") != c.want {
			t.Errorf("%s: %v", c.body, s.rows)
		}
	}
	w := newWorld(t)
	w.send("POST", daxPath(prices), "Bearer "+w.bearer(w.sign, tenant, anna), `{"query":"EVALUATE Rows","culture":"de-DE"}`)
	if v := w.engine.viewer(); v.Culture != "de-DE" || !v.Unrestricted {
		t.Errorf("asked as %+v", v)
	}
}

// TestArrowErrors holds that what is wrong with a query is a stream with status 200, and what is
// wrong with the server is not.
func TestArrowErrors(t *testing.T) {
	for _, wire := range []bool{false, true} {
		w := newWorld(t, func(c *rest.Config) { c.Wire = wire })
		bearer := "Bearer " + w.bearer(w.sign, tenant, anna)
		fail := func(err error) answer {
			w.engine.evaluate = func(string) ([]model.Result, error) { return nil, err }
			return w.send("POST", daxPath(prices), bearer, oneDax)
		}
		a := fail(&inlay.Error{Kind: inlay.Invalid, Rule: "some-rule", Msg: "line 3, column 10: there is no function SUMM\n 1 | EVALUATE SUMM\n   |          ^", Remedy: "look it up"})
		got := streams(t, a.body)
		if a.status != 200 || a.header.Get("Content-Type") != "application/vnd.apache.arrow.stream" || len(got) != 1 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		s := got[0]
		if s.meta("IsError") != "true" || s.meta("FaultCode") != "0xC1180016" || s.meta("FaultString") != "line 3, column 10: there is no function SUMM" || (s.meta("Rule") != "") == wire || (s.meta("Remedy") != "") == wire {
			t.Errorf("metadata %v", s.schema.Metadata())
		}
		if len(s.rows) != 1 || s.rows[0][0] != "0xC1180016" || s.rows[0][1] != "line 3, column 10: there is no function SUMM" || !strings.Contains(s.rows[0][2], "^") || s.rows[0][3] != "3" || s.rows[0][4] != "10" {
			t.Errorf("rows %q", s.rows)
		}
		if s := streams(t, fail(context.DeadlineExceeded).body)[0]; s.meta("FaultString") != "the question took too long" || s.meta("FaultCode") != "0x80004005" {
			t.Errorf("deadline: %v", s.schema.Metadata())
		}
		if a := fail(errors.New("secret of the engine")); a.status != 500 || strings.Contains(a.body, "secret") {
			t.Errorf("%d %s", a.status, a.body)
		}
		a = fail(&inlay.Error{Kind: inlay.Limit, Rule: "busy", Msg: "the server is busy", RetryAfter: 3 * time.Second})
		if a.status != 429 || a.header.Get("Retry-After") != "3" {
			t.Errorf("busy: %d %v %s", a.status, a.header, a.body)
		}
	}
}

// TestLateErrorsCutTheAnswer holds that an error after the first rows cannot be taken for the
// end of an answer, by a client over HTTP: in JSON and in Arrow.
func TestLateErrorsCutTheAnswer(t *testing.T) {
	for path, body := range map[string]string{daxPath(prices): oneDax, executePath(prices): one} {
		w := newWorld(t)
		bearer := "Bearer " + w.bearer(w.sign, tenant, anna)
		server := httptest.NewServer(w.handler)
		defer server.Close()
		ask := func(m *many) (int, []byte, error) {
			w.engine.streams = []model.Answer{m.answer()}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+path, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", bearer)
			r.Header.Set("Content-Type", "application/json")
			r.Host = "localhost:8400"
			a, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer a.Body.Close()
			data, err := io.ReadAll(a.Body)
			return a.StatusCode, data, err
		}
		if status, data, err := ask(&many{rows: 50_000}); status != 200 || err != nil || len(data) < 50_000 {
			t.Fatalf("%s: the control is %d with %d bytes, %v", path, status, len(data), err)
		}
		status, data, err := ask(&many{rows: 50_000, fail: errors.New("a worker was killed")})
		if status != 200 || err == nil || len(data) == 0 {
			t.Errorf("%s: status %d, %d bytes, error %v", path, status, len(data), err)
		}
		if bytes.Contains(data, []byte("killed")) || !strings.Contains(w.log.String(), "the answer was cut off: a worker was killed") {
			t.Errorf("%s: the log is %s", path, w.log.String())
		}
		// An error among the first rows has an answer of its own.
		status, data, err = ask(&many{rows: 5, fail: inlay.Errorf(inlay.Limit, "the query ran over its memory")})
		if want := map[bool]int{true: 200, false: 400}[path == daxPath(prices)]; status != want || err != nil || !bytes.Contains(data, []byte("over its memory")) || bytes.Contains(data, []byte("text 3")) {
			t.Errorf("%s: status %d %q, %v", path, status, data, err)
		}
	}
}
