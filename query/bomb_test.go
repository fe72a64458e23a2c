package query_test

import (
	"context"
	"errors"
	"runtime/debug"
	"strings"
	"testing"

	"inlay"
	"inlay/query"
)

// bombs are queries whose tables are computed above the engine, with many rows for each of many
// rows, or long texts for each.
var bombs = map[string]string{
	"rows of a series":   `EVALUATE {SUMX(GENERATESERIES(1, 1000), COUNTROWS(GENERATESERIES(1, 100000 + [Value])))}`,
	"rows of a calendar": `EVALUATE {SUMX(GENERATESERIES(1, 1000), COUNTROWS(CALENDAR(DATE(1900, 1, 1), DATE(2900, 1, [Value]))))}`,
	"rows of a union":    `DEFINE VAR v = GENERATESERIES(1, 20000) EVALUATE {SUMX(v, COUNTROWS(UNION(v, ROW("Value", [Value]))))}`,
	"rows of a window":   `DEFINE VAR v = GENERATESERIES(1, 20000) EVALUATE {SUMX(v, COUNTROWS(WINDOW(1, ABS, 0, REL, v, ORDERBY([Value]))))}`,
	"rows of a product":  `DEFINE VAR v = GENERATESERIES(1, 900) EVALUATE {SUMX(v, COUNTROWS(CROSSJOIN(SELECTCOLUMNS(v, "a", [Value]), GENERATESERIES(1, [Value]))))}`,
	"columns":            `EVALUATE ADDCOLUMNS(GENERATESERIES(1, 500000)` + columnsOf(60) + `)`,
	"texts of rows":      `EVALUATE ADDCOLUMNS(GENERATESERIES(1, 100000), "x", REPT("x", 32767))`,
	"texts in between":   `EVALUATE {SUMX(GENERATESERIES(1, 100000), LEN(SUBSTITUTE(REPT("a", 32767), "a", "bb")))}`,
	"texts that grow":    `EVALUATE {SUMX(GENERATESERIES(1, 100000), LEN(REPT("a", 20000) & [Value]))}`,
	"one text of rows":   `EVALUATE {CONCATENATEX(GENERATESERIES(1, 10000), REPT("x", 1000))}`,
	"a table as a text":  `EVALUATE {TOCSV(ADDCOLUMNS(GENERATESERIES(1, 10000), "x", REPT("x", 1000)), -1)}`,
	"a table as JSON":    `EVALUATE {TOJSON(ADDCOLUMNS(GENERATESERIES(1, 10000), "x", REPT("x", 1000)), -1)}`,
}

// columnsOf is n columns for ADDCOLUMNS.
func columnsOf(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`, "c` + string(rune('A'+i/26)) + string(rune('A'+i%26)) + `", [Value]`)
	}
	return b.String()
}

// A question ends in an error before it fills the memory of the process, which answers others.
func TestBombsEndInALimit(t *testing.T) {
	e := office("").open(t)
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(120 << 20))
	for name, text := range bombs {
		t.Run(name, func(t *testing.T) {
			_, err := e.Evaluate(context.Background(), query.Viewer{Unrestricted: true}, text)
			if err == nil || !strings.Contains(err.Error(), "than there is memory for") && !strings.Contains(err.Error(), "the text is longer than") {
				t.Fatalf("%v", err)
			}
			if memory := strings.Contains(err.Error(), "memory"); memory != (inlay.KindOf(err) == inlay.Limit) {
				t.Errorf("%s: %v", inlay.KindOf(err), err)
			}
			if !strings.HasPrefix(err.Error(), "line 1, column ") {
				t.Errorf("the place is missing: %v", err)
			}
		})
	}
	// Making much and holding little is no reason to refuse.
	got := daxText(t, e, query.Viewer{Unrestricted: true}, `EVALUATE {SUMX(GENERATESERIES(1, 30000), `+strings.Repeat("([Value] + ", 50)+"0"+strings.Repeat(")", 50)+`)}`)
	if want := "[Value]\n22500750000\n"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// countdown is a context that ends when it was asked so often, as one does in the middle of a loop.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

// A question stops soon after its deadline, in the middle of what it computes, too.
func TestDeadlinesEndLoops(t *testing.T) {
	e := office("").open(t)
	for _, text := range []string{
		bombs["rows of a series"], bombs["rows of a calendar"], bombs["rows of a union"], bombs["rows of a window"], bombs["rows of a product"],
		`EVALUATE {SUMX(GENERATESERIES(1, 20000), SEARCH("x", UPPER("abc" & [Value]), 1, 0))}`,
	} {
		ctx := &countdown{context.Background(), 20}
		if _, err := e.Evaluate(ctx, query.Viewer{Unrestricted: true}, text); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
