package query_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/query"
)

// streamed reads the answers to a query to their end.
func streamed(e *query.Engine, v query.Viewer, text string) ([]model.Result, error) {
	var list []model.Result
	err := e.Stream(context.Background(), v, text, func(answers []model.Answer) error {
		for _, a := range answers {
			n, err := a.Count()
			if err != nil {
				return err
			}
			r := model.Result{Columns: a.Columns}
			for row, err := range a.Rows {
				if err != nil {
					return err
				}
				r.Rows = append(r.Rows, append([]dax.Value{}, row...))
			}
			if int(n) != len(r.Rows) {
				return inlay.Errorf(inlay.Internal, "%d rows were announced, %d came", n, len(r.Rows))
			}
			list = append(list, r)
		}
		return nil
	})
	return list, err
}

// scans are queries of which every row is one of a table, as it is.
var scans = []string{
	"EVALUATE Fact", "EVALUATE Access", "EVALUATE FILTER(Fact, Fact[Amount] > 3)", `EVALUATE FILTER(Fact, RELATED(Dim[Name]) = "a")`,
	"EVALUATE FILTER(FILTER(Dim, Dim[Key] > 0), Dim[Key] < 3)", `EVALUATE SELECTCOLUMNS(Dim, "n", Dim[Name], Dim[Key])`,
	`EVALUATE SELECTCOLUMNS(FILTER(Kind, Kind[Name] = "b"), Kind[Name])`, "EVALUATE Fact EVALUATE ROW(\"all\", [Rows]) EVALUATE Dim",
	"DEFINE VAR n = 4 EVALUATE FILTER(Fact, Fact[Amount] < n)",
	"DEFINE COLUMN Fact[More] = Fact[Amount] + 1 EVALUATE Fact", `DEFINE COLUMN Dim[Long] = Dim[Name] & "-x" EVALUATE SELECTCOLUMNS(Dim, Dim[Long])`,
	"DEFINE COLUMN Fact[Of] = RELATED(Dim[Name]) EVALUATE FILTER(Fact, Fact[Of] = \"a\") ORDER BY Fact[Amount]",
	"EVALUATE Fact ORDER BY Fact[Amount] DESC", "EVALUATE FILTER(Dim, Dim[Key] > 0) ORDER BY Dim[Key]",
}

// TestStreamedRowsAreThoseOfTheViewer holds that rows which are not held are the same as those
// that are, and, by brute force, those that are left when what the viewer may not see is deleted.
func TestStreamedRowsAreThoseOfTheViewer(t *testing.T) {
	onEach(t, func(t *testing.T, src opener) {
		rapid.Check(t, func(rt *rapid.T) {
			rows := randomRows(rt)
			w := netWorld(rows, false)
			names, left := drawRoles(rt, w, rows, false, query.Strict)
			user := query.Viewer{Username: "ann", CustomData: w.said, Roles: names}
			mine := w.openOn(t, src)
			theirs := netWorld(left, false).openOn(t, src)
			text := rapid.SampledFrom(scans).Draw(rt, "query")
			got, err := streamed(mine, user, text)
			if err != nil {
				rt.Fatalf("%s: %v", text, err)
			}
			for of, other := range map[string]func() ([]model.Result, error){
				"held":    func() ([]model.Result, error) { return mine.Evaluate(context.Background(), user, text) },
				"deleted": func() ([]model.Result, error) { return theirs.Evaluate(context.Background(), everything, text) },
			} {
				want, err := other()
				if err != nil || len(got) != len(want) {
					rt.Fatalf("%s, %s: %d answers, want %d (%v)", text, of, len(got), len(want), err)
				}
				for i := range want {
					if msg := unlike(got[i], want[i], nil); msg != "" {
						rt.Fatalf("%s, %s: %s\nrows %v\nleft %v", text, of, msg, rows, left)
					}
					for j, c := range want[i].Columns {
						if got[i].Columns[j] != c {
							rt.Fatalf("%s, %s: column %+v, want %+v", text, of, got[i].Columns[j], c)
						}
					}
				}
			}
		})
	})
}

// listening is a source that notes what it is asked, and fails a statement after some rows.
type listening struct {
	query.Source
	asked []string
	fail  int // after so many rows; 0 never
	read  int
}

func (l *listening) Run(ctx context.Context, s query.Statement) (query.Rows, error) {
	l.asked = append(l.asked, s.SQL())
	rows, err := l.Source.Run(ctx, s)
	return &listenedRows{rows, l, nil}, err
}

type listenedRows struct {
	query.Rows
	l   *listening
	err error
}

func (c *listenedRows) Next(dst []dax.Value) bool {
	if c.l.read++; c.l.fail > 0 && c.l.read > c.l.fail {
		c.err = errBroken
		return false
	}
	return c.Rows.Next(dst)
}

func (c *listenedRows) Err() error { return errors.Join(c.err, c.Rows.Err()) }

var errBroken = errors.New("the source broke")

func listened(t *testing.T) (*query.Engine, *listening) {
	t.Helper()
	w := newWorld()
	var rows [][]any
	for i := range 1000 {
		rows = append(rows, []any{i, "x"})
	}
	w.table("Sales", "Id int, Name text", rows...)
	w.role("Few", "Sales: Sales[Id] < 10")
	l := &listening{Source: inDuckDB(t, w)}
	e, err := query.New(w.m, l)
	if err != nil {
		t.Fatal(err)
	}
	return e, l
}

// TestStreamReadsWhatIsUsed holds that a table is one statement without groups, that who stops
// reading stops the source, and that an error of the source comes after the rows before it.
func TestStreamReadsWhatIsUsed(t *testing.T) {
	e, l := listened(t)
	read := func(most int) (n int, err error) {
		err = e.Stream(context.Background(), everything, "EVALUATE Sales", func(answers []model.Answer) error {
			for _, err := range answers[0].Rows {
				if err != nil {
					return err
				}
				if n++; n == most {
					return nil
				}
			}
			return nil
		})
		return n, err
	}
	if n, err := read(7); n != 7 || err != nil || l.read != 7 {
		t.Errorf("%d rows used, %d read, %v", n, l.read, err)
	}
	if len(l.asked) != 1 || strings.Contains(l.asked[0], "GROUP BY") {
		t.Errorf("asked %q", l.asked)
	}
	l.read, l.fail = 0, 30
	if n, err := read(0); n != 30 || !errors.Is(err, errBroken) {
		t.Errorf("%d rows, then %v", n, err)
	}
}

// TestStreamAnswersAllOrNone holds that nothing is handed out of a query of which a part is wrong.
func TestStreamAnswersAllOrNone(t *testing.T) {
	e, _ := listened(t)
	for _, text := range []string{"EVALUATE Sales EVALUATE ROW(\"a\", SUMM(1))", "EVALUATE Sales EVALUATE Nowhere", "EVALUATE Sales EVALUATE"} {
		err := e.Stream(context.Background(), everything, text, func([]model.Answer) error { t.Errorf("%s is answered", text); return nil })
		if err == nil {
			t.Errorf("%s: no error", text)
		}
	}
	err := e.Stream(context.Background(), query.Viewer{}, "EVALUATE Sales", func([]model.Answer) error { t.Error("answered"); return nil })
	if inlay.KindOf(err) != inlay.Forbidden {
		t.Errorf("without a role: %v", err)
	}
}

// TestStreamIsOrderedAsHeldRowsAre holds that rows which a source orders come as those that are
// ordered here: blanks before zero, behind what is below it.
func TestStreamIsOrderedAsHeldRowsAre(t *testing.T) {
	onEach(t, func(t *testing.T, src opener) {
		w := newWorld()
		day := func(year int) time.Time { return time.Date(year, 3, 1, 0, 0, 0, 0, time.UTC) }
		w.table("T", "Key int, At date, Name text", []any{0, day(2020), "a"}, []any{nil, day(1850), "A"}, []any{-3, nil, "a"}, []any{7, day(1899), nil},
			[]any{7, nil, "A"}, []any{-3, day(2020), "b"}, []any{nil, day(1899), "B"})
		e := w.openOn(t, src)
		for text, by := range map[string][]int{
			"EVALUATE T ORDER BY T[Key]": {0}, "EVALUATE T ORDER BY T[Key] DESC, T[At]": {0, 1}, "EVALUATE T ORDER BY T[At] DESC, T[Key]": {0, 1},
			"EVALUATE FILTER(T, T[Key] < 5) ORDER BY T[At]": {1}, "EVALUATE T ORDER BY T[Name], T[Key]": {0, 2}, "EVALUATE T ORDER BY T[Key] + 1": {0},
			"EVALUATE T ORDER BY T[Key] START AT 0": {0},
		} {
			got, err := streamed(e, everything, text)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			want, err := e.Evaluate(context.Background(), everything, text)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			if msg := unlike(got[0], want[0], by); msg != "" {
				t.Errorf("%s: %s", text, msg)
			}
		}
	})
}

// TestDefinedColumnsUnderARole: what a role's filter is made of does not keep a query's column from
// being computed, here letters that are made upper case.
func TestDefinedColumnsUnderARole(t *testing.T) {
	w := newWorld()
	w.table("Dim", "Key int, Name text", []any{1, "a"}, []any{2, "b"})
	w.table("Fact", "Id int, Key int", []any{1, 1}, []any{2, 2})
	w.relate("Fact[Key]", "Dim[Key]")
	w.role("Upper", `Dim: UPPER(Dim[Name]) = "A"`)
	const text = `DEFINE COLUMN Fact[Of] = RELATED(Dim[Name]) EVALUATE SELECTCOLUMNS(Fact, Fact[Id], Fact[Of])`
	got, err := w.open(t).Evaluate(context.Background(), query.Viewer{Roles: []string{"Upper"}}, text)
	if err != nil || len(got) != 1 || len(got[0].Rows) != 1 || got[0].Rows[0][1].Text() != "a" {
		t.Errorf("%v %v, want the row of a", got, err)
	}
}
