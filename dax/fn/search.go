package fn

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"inlay/dax"
)

var searching = []Param{need("find", dax.String), need("within", dax.String), may("start", dax.Int64), may("otherwise", dax.Variant)}

// search holds the functions that look for a text in another.
var search = []Func{
	{
		Name: "FIND", Returns: dax.Int64, Params: searching,
		Doc:      "Where a text begins in another, from 1, letter case included; the alternative, or an error, if it is not there.",
		Examples: []Example{{`FIND("b", "abcb", 3)`, `4`}, {`FIND("B", "abc", 1, 0)`, `0`}, {`FIND("z", "abc")`, `error`}, {`FIND("", "")`, `1`}, {`FIND("?", "a?c")`, `2`}},
		Eval:     locate(exactly),
	},
	{
		Name: "SEARCH", Returns: dax.Int64, Params: searching,
		Doc: "Where a text begins in another, from 1, in any letter case; ? stands for one character, * for any, ~ makes the next one literal.",
		Examples: []Example{{`SEARCH("B", "abc")`, `2`}, {`SEARCH("a*c", "xxabbbc")`, `3`}, {`SEARCH("~*", "a*b")`, `2`}, {`SEARCH("z", "abc", 1, -1)`, `-1`},
			{`SEARCH("z", "abc")`, `error`}, {`SEARCH("*a", "aba", 3)`, `1`}, {`SEARCH("**", "abc")`, `error`}, {`SEARCH("a", "abc", 0, -1)`, `error`}},
		Eval: locate(wildly),
	},
	{
		Name: "CONTAINSSTRING", Returns: dax.Boolean, Params: []Param{need("within", dax.String), need("find", dax.String)},
		Doc:      "TRUE if a text contains another, in any letter case; wildcards are those of SEARCH.",
		Examples: []Example{{`CONTAINSSTRING("abcd", "BC")`, `TRUE`}, {`CONTAINSSTRING("abcd", "a*d")`, `TRUE`}, {`CONTAINSSTRING("abcd", "ef")`, `FALSE`}, {`CONTAINSSTRING(BLANK(), "")`, `FALSE`}},
		Eval: func(a []dax.Value) (dax.Value, error) {
			return dax.BoolOf(wildly([]rune(a[1].Text()), []rune(a[0].Text()), 0) > 0), nil
		},
	},
	{
		Name: "CONTAINSSTRINGEXACT", Returns: dax.Boolean, Params: []Param{need("within", dax.String), need("find", dax.String)},
		Doc:      "TRUE if a text contains another, letter case included; there are no wildcards.",
		Examples: []Example{{`CONTAINSSTRINGEXACT("abc", "B")`, `FALSE`}, {`CONTAINSSTRINGEXACT("abc", "bc")`, `TRUE`}, {`CONTAINSSTRINGEXACT(BLANK(), "")`, `TRUE`}},
		Eval: func(a []dax.Value) (dax.Value, error) {
			return dax.BoolOf(strings.Contains(a[0].Text(), a[1].Text())), nil
		},
		SQL: "coalesce({2}, '') = '' OR strpos(coalesce({1}, ''), coalesce({2}, '')) > 0", Total: true,
	},
}

// locate is FIND and SEARCH around a matcher, which gives a position from 1, or 0.
func locate(match func(find, within []rune, from int) int) func([]dax.Value) (dax.Value, error) {
	return func(a []dax.Value) (dax.Value, error) {
		start := int64(1)
		if len(a) > 2 {
			start = a[2].Int()
		}
		if start < 1 {
			return dax.Value{}, fmt.Errorf("the start %d is less than 1", start)
		}
		within := []rune(a[1].Text())
		if start-1 <= int64(len(within)) {
			if n := match([]rune(a[0].Text()), within, int(start-1)); n > 0 {
				return dax.IntOf(int64(n)), nil
			}
		}
		if len(a) > 3 {
			return a[3], nil
		}
		return dax.Value{}, fmt.Errorf("%q is not in %q, and no alternative is given", clip(a[0].Text()), clip(a[1].Text()))
	}
}

func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// exactly finds a text as it stands. Empty text is found at the start, also in empty text,
// but not behind the end of a text that is not empty.
func exactly(find, within []rune, from int) int {
	if from >= len(within) && (len(within) > 0 || len(find) > 0) {
		return 0
	}
	i := strings.Index(string(within[from:]), string(find))
	if i < 0 {
		return 0
	}
	return from + utf8.RuneCountInString(string(within[from:])[:i]) + 1
}

// Marks in a compiled pattern; no text has negative characters.
const (
	anyOne rune = -1
	anyRun rune = -2
)

// compile reads a pattern. A character behind a ~ is literal; a ~ itself counts only behind
// another one.
func compile(find []rune) []rune {
	var p []rune
	for i, r := range find {
		literal := i > 0 && find[i-1] == '~'
		switch {
		case r == '~' && !literal:
		case r == '?' && !literal:
			p = append(p, anyOne)
		case r == '*' && !literal:
			p = append(p, anyRun)
		default:
			p = append(p, lower(r))
		}
	}
	return p
}

// lower folds the case of a letter. Signs that only look like a letter of ASCII, such as that
// of kelvin, stay apart from it.
func lower(r rune) rune {
	if l := unicode.ToLower(r); r < utf8.RuneSelf || l >= utf8.RuneSelf {
		return l
	}
	return r
}

// wildly finds a pattern. Its edges are those of Power BI Desktop: nothing is found behind
// the end, not even empty text; a pattern that begins with * is found at 1 wherever the
// search starts; several * alone are never found.
func wildly(find, within []rune, from int) int {
	if from >= len(within) {
		return 0
	}
	text := make([]rune, len(within))
	for i, r := range within {
		text[i] = lower(r)
	}
	parts := split(compile(find))
	if len(parts) > 2 && !slices.ContainsFunc(parts, func(p []rune) bool { return len(p) > 0 }) {
		return 0
	}
	first := index(parts[0], text, from)
	// The leftmost place of the first part leaves the most text to the others: where they are
	// not found behind it, they are not found behind a later one.
	at := first + len(parts[0])
	for _, p := range parts[1:] {
		if first < 0 || at < 0 {
			return 0
		}
		if at = index(p, text, at); at >= 0 {
			at += len(p)
		}
	}
	switch {
	case first < 0 || at < 0:
		return 0
	case len(parts) > 1 && len(parts[0]) == 0:
		return 1
	}
	return first + 1
}

// split cuts a pattern at its runs; between two of them there is an empty part.
func split(p []rune) [][]rune {
	parts := [][]rune{nil}
	for _, r := range p {
		if r == anyRun {
			parts = append(parts, nil)
			continue
		}
		parts[len(parts)-1] = append(parts[len(parts)-1], r)
	}
	return parts
}

// index is the first place, at or behind from, where a part without runs matches; -1 if
// there is none.
func index(p, text []rune, from int) int {
	for i := from; i+len(p) <= len(text); i++ {
		n := 0
		for n < len(p) && (p[n] == anyOne || p[n] == text[i+n]) {
			n++
		}
		if n == len(p) {
			return i
		}
	}
	return -1
}
