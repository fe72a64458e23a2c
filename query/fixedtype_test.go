package query_test

import (
	"strings"
	"testing"
)

// TestNumbersHaveTheTypeOfTheirExpression: alternatives of different types of numbers are of the one
// that holds both (if-function-dax.md, "Remarks"), and BLANK less a whole number has the type of what
// is BLANK, so that what is made of them is the same wherever it is computed.
func TestNumbersHaveTheTypeOfTheirExpression(t *testing.T) {
	onEach(t, func(t *testing.T, src opener) {
		w := newWorld()
		w.table("S", "P decimal, Q double, N int", []any{"1.2345", 2.5, 2}, []any{"1.2345", 3.0, -3}, []any{"0.1", 3.03333, 0},
			[]any{"-0.0001", 2.0, 2}, []any{nil, 2.0, nil}, []any{"0.0005", 0.1, 20})
		e := w.openOn(t, src)
		for x, want := range map[string]string{
			"IF(S[N] > 1, S[P], S[Q]) * S[P]":           "5.5308",
			"IF(S[N] > 1, S[P], S[N]) / 7":              "-0.2521",
			"IF(S[N] > 1, S[P]) * S[Q]":                 "3.0861",
			"COALESCE(S[P], S[Q]) * S[Q]":               "11.092933",
			"COALESCE(S[P], 1) / 3":                     "1.1898",
			"SWITCH(S[N], 2, S[P], S[Q]) * S[Q]":        "25.2971408889",
			"SWITCH(S[N], 2, 1, 20, S[P]) / 3":          "0.6668",
			"DIVIDE(S[P], S[N], 1) / 3":                 "0.7352",
			"(S[P] - 1) / 3":                            "-1.1435",
			"(1 - S[P]) / 3":                            "1.1435",
			"(BLANK() + S[N]) / 3":                      "7",
			"(S[P] + S[Q]) * S[P]":                      "10.1509",
			"IF(S[N] > 1, COALESCE(S[P], S[N]), 1) / 3": "1.4116",
		} {
			for _, y := range []string{x, "VAR z = 0 RETURN " + x, "VAR z = " + x + " RETURN z"} {
				q := `EVALUATE ROW("x", SUMX(S, ` + y + `))`
				if got := strings.TrimPrefix(strings.TrimSpace(daxText(t, e, everything, q)), "[x]\n"); got != want {
					t.Errorf("%s: %s, want %s", y, got, want)
				}
			}
		}
	})
}
