package daxcase

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"inlay/dax"
	"inlay/model"
)

// differs says in what the results are not what a case expects; empty if they are.
func differs(c Case, results []model.Result) string {
	if len(results) != 1 {
		return fmt.Sprintf("gives %d results, want 1", len(results))
	}
	r := results[0]
	switch {
	case c.Expect.Type == "table":
		return differsTable(c, r)
	case c.Expect.Type == "blank" && len(r.Rows) == 0:
		return "" // a row that holds nothing but BLANK is left out by SUMMARIZECOLUMNS
	case len(r.Rows) != 1 || len(r.Rows[0]) != 1:
		return fmt.Sprintf("gives %d rows of %d columns, want one value", len(r.Rows), len(r.Columns))
	}
	v := r.Rows[0][0]
	if !agrees(v, c.Expect.Type, c.Expect.Value, c.Tolerance) {
		return fmt.Sprintf("is %s %s, want %s %v", v.Type(), v, c.Expect.Type, c.Expect.Value)
	}
	return ""
}

func differsTable(c Case, r model.Result) string {
	var names []string
	for _, col := range r.Columns {
		names = append(names, col.Name)
	}
	same := len(names) == len(c.Expect.Columns)
	for i := range names {
		same = same && strings.EqualFold(names[i], c.Expect.Columns[i])
	}
	switch {
	case !same:
		return fmt.Sprintf("has columns %q, want %q", names, c.Expect.Columns)
	case len(r.Rows) != len(c.Expect.Rows):
		return fmt.Sprintf("has %d rows, want %d: %s", len(r.Rows), len(c.Expect.Rows), shown([]model.Result{r}))
	}
	// In any order each expected row takes a row that agrees; rows are few.
	left := slices.Clone(r.Rows)
	for i, want := range c.Expect.Rows {
		at := 0
		if c.Expect.Order == "any" {
			at = slices.IndexFunc(left, func(row []dax.Value) bool { return agreesRow(row, want, c.Tolerance) })
		}
		if at < 0 || !agreesRow(left[at], want, c.Tolerance) {
			return fmt.Sprintf("row %d is not %v: %s", i+1, want, shown([]model.Result{r}))
		}
		left = slices.Delete(left, at, at+1)
	}
	return ""
}

func agreesRow(row []dax.Value, want []any, tolerance float64) bool {
	if len(row) != len(want) {
		return false
	}
	for i, w := range want {
		kind := "blank"
		switch w.(type) {
		case bool:
			kind = "boolean"
		case float64:
			kind = "number"
		case string:
			kind = "string"
			if row[i].Type() == dax.DateTime {
				kind = "datetime"
			} else if row[i].Type() == dax.Double {
				kind = "number" // infinity is written as a text
			}
		}
		if !agrees(row[i], kind, w, tolerance) {
			return false
		}
	}
	return true
}

// infinite are the numbers that JSON has no form for.
var infinite = map[string]float64{"Infinity": math.Inf(1), "-Infinity": math.Inf(-1), "NaN": math.NaN()}

// agrees reports whether a value is of a type and is what is wanted.
func agrees(v dax.Value, kind string, want any, tolerance float64) bool {
	switch kind {
	case "blank":
		return v.IsBlank()
	case "boolean":
		return v.Type() == dax.Boolean && v.Bool() == want
	case "string":
		return v.Type() == dax.String && v.Text() == want
	case "datetime":
		m, ok := moment(fmt.Sprint(want))
		return ok && v.Type() == dax.DateTime && v.Time().Sub(m).Abs() < time.Millisecond
	case "number":
		f, ok := want.(float64)
		if s, text := want.(string); text {
			f, ok = infinite[s]
		}
		return ok && v.Type().IsNumeric() && v.Type() != dax.DateTime && near(v.Float(), f, tolerance)
	}
	return false
}

func moment(s string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02T15:04:05.999999", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// near compares numbers. Results are written with 15 digits, so without a tolerance of its own
// a case gets that of the last of them.
func near(a, b, tolerance float64) bool {
	if a == b || math.IsNaN(a) && math.IsNaN(b) {
		return true
	}
	return math.Abs(a-b) <= max(tolerance, 1e-14)*max(math.Abs(b), 1e-6)
}

// shown is results in a line, not all of them if they are many.
func shown(results []model.Result) string {
	var b strings.Builder
	for _, r := range results {
		b.WriteString("{")
		for i, row := range r.Rows {
			if b.Len() > 400 {
				b.WriteString(", …")
				break
			}
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprint(&b, row)
		}
		b.WriteString("}")
	}
	return b.String()
}
