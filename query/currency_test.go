package query_test

import (
	"strings"
	"testing"
)

// TestCurrencyByOtherTypes: products and quotients of currency have the same type and digits, be
// they computed for each row by the source or after it, and are what the documents' tables of
// conversions say (data-types-supported-ssas-tabular.md, "Implicit data type conversion").
func TestCurrencyByOtherTypes(t *testing.T) {
	onEach(t, func(t *testing.T, src opener) {
		w := newWorld()
		w.table("S", "P decimal, Q double, N int", []any{"1.2345", 2.5, 2}, []any{"1.2345", 3.0, -3}, []any{"0.1", 3.03333, 0},
			[]any{"-0.0001", 2.0, 2}, []any{nil, 2.0, nil}, []any{"99999999999999.9999", 0.5, 7}, []any{"0.0005", 0.1, 20})
		e := w.openOn(t, src)
		for x, want := range map[string]string{ // of the rows below 2, one after the other
			"S[P] * S[Q]":            "-0.0002 0.0001 0.3033 3.0862 3.7035",
			"S[P] * 1.19":            "-0.0001 0.0006 0.119 1.4691 1.4691",
			"S[P] * S[P]":            "0.00000001 0.00000025 0.01 1.52399025 1.52399025",
			"S[P] * S[N]":            "-3.7035 -0.0002 0 0.01 2.469",
			"S[P] / 1.19":            "-0.0001 0.0004 0.084 1.0374 1.0374",
			"S[P] / -2":              "-0.6173 -0.6173 -0.05 -0.0003 0.0001",
			"S[P] / S[P]":            "1 1 1 1 1",
			"S[P] / S[N]":            "-0.4115 -0.0001 0 0.6173 inf",
			"7 / CURRENCY(1.3)":      "5.3846 5.3846 5.3846 5.3846 5.3846",
			"DIVIDE(S[P], S[N], 9)":  "-0.4115 -0.0001 0 0.6173 9",
			"DIVIDE(S[P], S[Q], 0)":  "-0.0001 0.005 0.033 0.4115 0.4938",
			"DIVIDE(S[N], S[P])":     "-20000 -2.4301 0 1.6201 40000",
			"DIVIDE(S[P], 0, S[Q])":  "0.1 2 2.5 3 3.03333",
			"DIVIDE(S[P], 0, 7)":     "7 7 7 7 7",
			"S[P] * S[N] / 3 * S[Q]": "-3.7035 -0.0002 0 0.0003 2.0575",
		} {
			q := `EVALUATE SELECTCOLUMNS(FILTER(S, NOT ISBLANK(S[P]) && S[P] < 2), "x", ` + x + `) ORDER BY [x]`
			if got := strings.ReplaceAll(strings.TrimSpace(strings.TrimPrefix(daxText(t, e, everything, q), "[x]\n")), "\n", " "); got != want {
				t.Errorf("%s: %q, want %q", x, got, want)
			}
			q = `EVALUATE ROW("by rows", SUMX(S, ` + x + `) / 7, "after", SUMX(ADDCOLUMNS(S, "x", ` + x + `), [x]) / 7)`
			row := strings.Fields(strings.TrimPrefix(daxText(t, e, everything, q), "[by rows],[after]\n"))
			if len(row) != 2 || row[0] != row[1] {
				t.Errorf("%s: %q", x, row)
			}
		}
	})
}
