package query_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"inlay/dax"
	"inlay/model"
	"inlay/query"
	"inlay/query/plain"
)

// Questions with time intelligence read facts once, by date, and answer as the plain evaluator
// does: with facts that have no date or one that the calendar has not, filters, roles, calendars
// with gaps and without a mark.

var timed = map[string]string{
	"Sum": "SUM(Sales[Amount])", "Price": "SUM(Sales[Price])", "Rows": "COUNTROWS(Sales)", "Mean": "AVERAGE(Sales[Amount])", "Least": "MIN(Sales[Amount])",
	"Before":      "CALCULATE([Sum], SAMEPERIODLASTYEAR('Date'[Date]))",
	"Price back":  "CALCULATE([Price], DATEADD('Date'[Date], -1, MONTH))",
	"Mean back":   "CALCULATE([Mean], DATEADD('Date'[Date], -1, YEAR))",
	"So far":      "CALCULATE([Sum], DATESYTD('Date'[Date]))",
	"Total":       "TOTALYTD([Sum], 'Date'[Date])",
	"Last":        "CALCULATE([Rows], PREVIOUSMONTH('Date'[Date]))",
	"Growth":      "DIVIDE([Sum] - [Before], [Before])",
	"Of a before": `CALCULATE([Before], Product[Name] = "a")`,
	"Kinds":       "CALCULATE(DISTINCTCOUNT(Sales[Product]), SAMEPERIODLASTYEAR('Date'[Date]))",
}

func drawTimed(rt *rapid.T) (*world, map[string][][]dax.Value) {
	w := newWorld()
	rows := map[string][][]dax.Value{}
	start := day(2023, 1+rapid.IntRange(0, 11).Draw(rt, "first month"), 1)
	step := rapid.SampledFrom([]int{1, 9, 15}).Draw(rt, "step")
	days := rapid.SampledFrom([]int{60, 500}).Draw(rt, "days")
	for i := 0; i < days; i += step {
		t := start.AddDate(0, 0, i)
		rows["Date"] = append(rows["Date"], []dax.Value{dax.TimeOf(t), dax.IntOf(int64(t.Year())), dax.TextOf(t.Format("2006-01"))})
	}
	for i := range rapid.IntRange(0, 3).Draw(rt, "products") {
		rows["Product"] = append(rows["Product"], []dax.Value{dax.IntOf(int64(i)), rapid.SampledFrom([]dax.Value{dax.TextOf("a"), dax.TextOf("b"), {}}).Draw(rt, "name")})
	}
	for range rapid.IntRange(0, 30).Draw(rt, "sales") {
		date := dax.TimeOf(start.AddDate(0, 0, rapid.IntRange(0, days/step).Draw(rt, "day")*step)) // one more than there are
		if rapid.IntRange(0, 9).Draw(rt, "no date") == 0 {
			date = dax.Value{}
		}
		amount := dax.IntOf(int64(rapid.IntRange(-3, 9).Draw(rt, "amount")))
		if amount.Int() == -3 {
			amount = dax.Value{}
		}
		rows["Sales"] = append(rows["Sales"], []dax.Value{date, dax.IntOf(int64(rapid.IntRange(0, 3).Draw(rt, "product"))), amount, dax.DecimalOf(int64(rapid.IntRange(0, 50_000).Draw(rt, "price")))})
	}
	list := cells(rows)
	date := w.table("Date", "Date date, Year int, Month text", list["Date"]...)
	if rapid.Bool().Draw(rt, "marked") {
		date.Date, date.Columns[0].Key = true, true
	}
	w.table("Product", "Key int, Name text", list["Product"]...)
	w.table("Sales", "Date date, Product int, Amount int, Price decimal", list["Sales"]...)
	w.relate("Sales[Date]", "Date[Date]")
	w.relate("Sales[Product]", "Product[Key]")
	for name, x := range timed {
		w.measure("Sales", name, x)
	}
	w.role("Own", `Product: [Name] = "a"`)
	w.role("Late", "Date: [Year] > 2023")
	return w, rows
}

func TestTimeIntelligenceReadsByDate(t *testing.T) { onEach(t, timeIntelligenceReadsByDate) }

func timeIntelligenceReadsByDate(t *testing.T, src opener) {
	worlds, once, more := 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		if worlds++; worlds > 20 {
			return
		}
		w, rows := drawTimed(rt)
		facts := 0
		e, err := w.openOn(t, src).Recording(func(s query.Statement) {
			if strings.Contains(s.SQL(), `"Sales" AS`) || strings.Contains(s.SQL(), `.sales AS`) {
				facts++
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(rt, "large") {
			known := large(w.m)
			known.Table("Date").Rows = rapid.SampledFrom([]int64{500, 1_000_000}).Draw(rt, "dates")
			e.Learn(known)
		}
		p := plain.New(w.m, rows)
		for range 5 {
			groups := rapid.SampledFrom([]string{"Date[Month]", "Date[Year]", "Date[Date]", "Date[Year],Product[Name]", "Product[Name]", "Product[Name],Date[Month]"}).Draw(rt, "groups")
			values := rapid.SliceOfNDistinct(rapid.SampledFrom(sorted(timed)), 1, 3, rapid.ID).Draw(rt, "values")
			q := parseQuery(groups + ",[" + strings.Join(values, "],[") + "]")
			same := "EVALUATE SUMMARIZECOLUMNS(" + strings.ReplaceAll(groups, "Date[", "'Date'[")
			if rapid.IntRange(0, 2).Draw(rt, "filtered") == 0 {
				one := rapid.SampledFrom([]string{"Year", "Name"}).Draw(rt, "filter")
				f, text := model.Filter{Column: model.ColumnRef{Table: "Date", Column: "Year"}, Op: model.In, Values: []dax.Value{dax.IntOf(2024)}}, "TREATAS({2024}, 'Date'[Year])"
				if one == "Name" {
					f, text = model.Filter{Column: model.ColumnRef{Table: "Product", Column: "Name"}, Op: model.In, Values: []dax.Value{dax.TextOf("a")}}, `TREATAS({"a"}, Product[Name])`
				}
				q.Where, same = append(q.Where, f), same+", "+text
			}
			for _, v := range values {
				same += fmt.Sprintf(", %q, [%s]", v, v)
			}
			v := rapid.SampledFrom([]query.Viewer{everything, {Roles: []string{"Own"}}, {Roles: []string{"Late"}}}).Draw(rt, "viewer")
			want, err := p.Evaluate(plain.Viewer{Unrestricted: v.Unrestricted, Roles: v.Roles}, same+")")
			if err != nil {
				rt.Fatalf("%s: %v", same, err)
			}
			facts = 0
			got, err := e.Ask(context.Background(), v, q)
			if err != nil {
				rt.Fatalf("%s: %v", same, err)
			}
			if facts == 1 {
				once++
			} else {
				more++
			}
			if msg := unlike(model.Result{Rows: got.Rows}, model.Result{Rows: want[0].Rows}, nil); msg != "" {
				rt.Fatalf("%s) as %v: %s\nengine:\n%s\nplain:\n%s\nsales %v", same, v, msg, text(got), text(want[0]), w.rows["Sales"])
			}
		}
	})
	if once == 0 {
		t.Error("no question was answered by reading its facts once: nothing was proved")
	}
	t.Logf("%d questions read their facts once, %d more often", once, more)
}

// The calendar is read once for all who see every row of it, and again for who does not.
func TestCalendarsAreKept(t *testing.T) {
	w := newWorld()
	w.table("Date", "Date date, Year int, Month text", []any{day(2023, 1, 1), 2023, "2023-01"}, []any{day(2024, 1, 1), 2024, "2024-01"})
	w.table("Sales", "Date date, Amount int", []any{day(2023, 1, 1), 1}, []any{day(2024, 1, 1), 2}, []any{day(2025, 1, 1), 4})
	w.relate("Sales[Date]", "Date[Date]")
	w.measure("Sales", "Sum", "SUM(Sales[Amount])")
	w.measure("Sales", "Before", "CALCULATE([Sum], SAMEPERIODLASTYEAR('Date'[Date]))")
	w.role("Late", "Date: [Year] > 2023")
	w.role("Some", "Sales: [Amount] > 1")
	calendars := 0
	e, err := w.open(t).Recording(func(s query.Statement) {
		keys := strings.Contains(s.SQL(), "COUNT(DISTINCT ") // that a role shows: see TestKeysAreAskedForOnce
		if strings.Contains(s.SQL(), `"Date" AS`) && !strings.Contains(s.SQL(), `"Sales" AS`) && !keys {
			calendars++
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	known := large(w.m)
	known.Table("Date").Rows = 2
	e.Learn(known)
	for _, c := range []struct {
		v     query.Viewer
		want  string
		reads int
	}{
		{everything, "- 4 -\n2023-01 1 -\n2024-01 2 1", 1},
		{query.Viewer{Roles: []string{"Some"}}, "- 4 -\n2024-01 2 -", 0},
		{query.Viewer{Roles: []string{"Late"}}, "2024-01 2 -", 1},
		{query.Viewer{Roles: []string{"Late"}}, "2024-01 2 -", 1},
		{everything, "- 4 -\n2023-01 1 -\n2024-01 2 1", 0},
	} {
		calendars = 0
		if got := ask(t, e, c.v, "Date[Month],[Sum],[Before]"); got != c.want || calendars != c.reads {
			t.Errorf("as %v: %s\nwant %s\nthe calendar was read %d times, want %d", c.v.Roles, got, c.want, calendars, c.reads)
		}
	}
}
