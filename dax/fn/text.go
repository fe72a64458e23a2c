package fn

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"inlay/dax"
)

// Positions and lengths count Unicode code points, as models with UnicodeCharacterBehavior
// CodePoints do (dax-unicode-character-behavior.md). Counts are rounded half away from zero.
// BLANK as the text gives BLANK, but for REPLACE, EXACT, COMBINEVALUES and the searches, which
// read it as empty text; these and the edge cases below are what Power BI Desktop answers.

// onText makes the Eval of a function of one text; BLANK gives BLANK.
func onText(f func(s string) (dax.Value, error)) func([]dax.Value) (dax.Value, error) {
	return func(a []dax.Value) (dax.Value, error) {
		if a[0].IsBlank() {
			return a[0], nil
		}
		return f(a[0].Text())
	}
}

func textOf(f func(string) string) func([]dax.Value) (dax.Value, error) {
	return onText(func(s string) (dax.Value, error) { return dax.TextOf(f(s)), nil })
}

var (
	aText   = need("text", dax.String)
	aLength = Param{Name: "length", Type: dax.Int64, Optional: true, Const: true}
)

// text holds the functions that compute with text.
var text = []Func{
	{
		Name: "LEN", Returns: dax.Int64, Params: []Param{aText},
		Doc:      "How many characters the text has; BLANK of BLANK.",
		Examples: []Example{{`LEN("abc")`, `3`}, {`LEN("")`, `0`}, {`LEN(BLANK())`, `BLANK()`}, {`LEN(12.5)`, `4`}},
		Eval:     onText(func(s string) (dax.Value, error) { return dax.IntOf(int64(utf8.RuneCountInString(s))), nil }),
		SQL:      "length({1})", Total: true,
	},
	{
		Name: "UPPER", Returns: dax.String, Params: []Param{aText},
		Doc:      "The text in upper case.",
		Examples: []Example{{`UPPER("aé1")`, `"AÉ1"`}, {`UPPER(BLANK())`, `BLANK()`}},
		Eval:     textOf(strings.ToUpper),
		SQL:      "upper({1})", Total: true,
	},
	{
		Name: "LOWER", Returns: dax.String, Params: []Param{aText},
		Doc:      "The text in lower case.",
		Examples: []Example{{`LOWER("AÉ1")`, `"aé1"`}, {`LOWER(BLANK())`, `BLANK()`}},
		Eval:     textOf(strings.ToLower),
		SQL:      "lower({1})", Total: true,
	},
	{
		Name: "TRIM", Returns: dax.String, Params: []Param{aText},
		Doc:      "The text without spaces at its ends, and with single spaces in it; other white space stays.",
		Examples: []Example{{`TRIM("  a   b ")`, `"a b"`}, {`LEN(TRIM(UNICHAR(9) & "a"))`, `2`}, {`TRIM(BLANK())`, `BLANK()`}},
		Eval:     textOf(trim),
	},
	{
		Name: "LEFT", Returns: dax.String, Params: []Param{aText, aLength},
		Doc:      "The first characters of the text, 1 unless said; an error for a negative length.",
		Examples: []Example{{`LEFT("abcd", 2.5)`, `"abc"`}, {`LEFT("abc")`, `"a"`}, {`LEFT("abc", 9)`, `"abc"`}, {`LEFT("abc", -1)`, `error`}, {`LEFT(BLANK(), -1)`, `error`}},
		Eval:     side(func(r []rune, n int) []rune { return r[:n] }),
		SQL:      "left({1}, CAST({2} AS integer))", Total: true,
	},
	{
		Name: "RIGHT", Returns: dax.String, Params: []Param{aText, aLength},
		Doc:      "The last characters of the text, 1 unless said; an error for a negative length.",
		Examples: []Example{{`RIGHT("abcd", 2)`, `"cd"`}, {`RIGHT("abc", 0)`, `""`}, {`RIGHT("abc", 5)`, `"abc"`}, {`RIGHT("abc", -1)`, `error`}},
		Eval:     side(func(r []rune, n int) []rune { return r[len(r)-n:] }),
		SQL:      "right({1}, CAST({2} AS integer))", Total: true,
	},
	{
		Name: "MID", Returns: dax.String,
		Params:   []Param{aText, {Name: "start", Type: dax.Int64, Const: true}, {Name: "length", Type: dax.Int64, Const: true}},
		Doc:      "Characters of the text from a position that counts from 1; an error for a start below 1 or a negative length.",
		Examples: []Example{{`MID("abcde", 2, 3)`, `"bcd"`}, {`MID("abc", 5, 2)`, `""`}, {`MID("abc", 0, 2)`, `error`}, {`MID(BLANK(), 0, 1)`, `BLANK()`}},
		Eval:     mid,
		SQL:      "substring({1}, CAST({2} AS integer), CAST({3} AS integer))", Total: true,
	},
	{
		Name: "CONCATENATE", Returns: dax.String, Params: []Param{need("first", dax.String), need("second", dax.String)},
		Doc:      "Two texts joined; BLANK of two BLANKs.",
		Examples: []Example{{`CONCATENATE("a", 1)`, `"a1"`}, {`CONCATENATE(BLANK(), "a")`, `"a"`}, {`CONCATENATE(BLANK(), BLANK())`, `BLANK()`}},
		Eval:     func(a []dax.Value) (dax.Value, error) { return dax.Concat(a[0], a[1]) },
		SQL:      "CASE WHEN {1} IS NULL AND {2} IS NULL THEN NULL ELSE coalesce({1}, '') || coalesce({2}, '') END", Total: true,
	},
	{
		Name: "COMBINEVALUES", Returns: dax.String,
		Params:   []Param{need("delimiter", dax.String), need("value", dax.String), need("value", dax.String), more("value", dax.String)},
		Doc:      "Values joined with a delimiter between them; BLANK is empty text.",
		Examples: []Example{{`COMBINEVALUES(",", 1, "a", TRUE)`, `"1,a,True"`}, {`COMBINEVALUES(",", BLANK(), BLANK())`, `","`}},
		Eval: func(a []dax.Value) (dax.Value, error) {
			var parts []string
			for _, v := range a[1:] {
				parts = append(parts, v.Text())
			}
			return bounded(strings.Join(parts, a[0].Text()))
		},
	},
	{
		Name: "EXACT", Returns: dax.Boolean, Params: []Param{need("first", dax.String), need("second", dax.String)},
		Doc:      "TRUE if two texts are the same, letter case included; BLANK is empty text.",
		Examples: []Example{{`EXACT("a", "A")`, `FALSE`}, {`EXACT("a", "a")`, `TRUE`}, {`EXACT(BLANK(), "")`, `TRUE`}},
		Eval:     func(a []dax.Value) (dax.Value, error) { return dax.BoolOf(a[0].Text() == a[1].Text()), nil },
		SQL:      "coalesce({1}, '') = coalesce({2}, '')", Total: true,
	},
	{
		Name: "REPT", Returns: dax.String, Params: []Param{aText, need("times", dax.Int64)},
		Doc:      "The text a number of times; an error for a negative number or more than 32,767 characters.",
		Examples: []Example{{`REPT("ab", 2.5)`, `"ababab"`}, {`REPT("x", 0)`, `""`}, {`REPT("x", -1)`, `error`}, {`REPT("x", 40000)`, `error`}, {`REPT(BLANK(), -1)`, `BLANK()`}},
		Eval:     repeat,
	},
	{
		Name: "REPLACE", Returns: dax.String,
		Params:   []Param{aText, need("start", dax.Int64), need("length", dax.Int64), need("new text", dax.String)},
		Doc:      "The text with the characters at a position, which counts from 1, replaced.",
		Examples: []Example{{`REPLACE("abcdef", 2, 3, "X")`, `"aXef"`}, {`REPLACE("abc", 5, 1, "X")`, `"abcX"`}, {`REPLACE("abc", 1, BLANK(), "X")`, `"Xabc"`}, {`REPLACE("abc", 0, 1, "X")`, `error`}},
		Eval:     replace,
	},
	{
		Name: "SUBSTITUTE", Returns: dax.String,
		Params:   []Param{aText, need("old text", dax.String), need("new text", dax.String), may("occurrence", dax.Int64)},
		Doc:      "The text with another text put for a text in it, everywhere or at one occurrence that counts from 1; letter case matters.",
		Examples: []Example{{`SUBSTITUTE("aAa", "a", "b")`, `"bAb"`}, {`SUBSTITUTE("aaa", "a", "b", 2)`, `"aba"`}, {`SUBSTITUTE("abc", BLANK(), "x")`, `"abc"`}, {`SUBSTITUTE("aaa", "a", "b", 0)`, `error`}},
		Eval:     substitute,
		SQL:      "CASE WHEN coalesce({2}, '') = '' THEN {1} ELSE replace({1}, {2}, coalesce({3}, '')) END", Total: true,
	},
	{
		Name: "UNICHAR", Returns: dax.String, Params: []Param{need("number", dax.Int64)},
		Doc:      "The character of a Unicode number; an error if there is none.",
		Examples: []Example{{`UNICHAR(65.7)`, `"B"`}, {`UNICHAR("65")`, `"A"`}, {`UNICHAR(0)`, `error`}, {`UNICHAR(55296)`, `error`}, {`UNICHAR(BLANK())`, `BLANK()`}},
		Eval: func(a []dax.Value) (dax.Value, error) {
			n := a[0].Int()
			if !a[0].IsBlank() && (n < 1 || n > utf8.MaxRune || !utf8.ValidRune(rune(n))) {
				return dax.Value{}, fmt.Errorf("%d is no character", n)
			}
			if a[0].IsBlank() {
				return dax.Value{}, nil
			}
			return dax.TextOf(string(rune(n))), nil
		},
	},
	{
		Name: "UNICODE", Returns: dax.Int64, Params: []Param{aText},
		Doc:      "The Unicode number of the first character; an error for empty text.",
		Examples: []Example{{`UNICODE("Ab")`, `65`}, {`UNICODE("")`, `error`}, {`UNICODE(BLANK())`, `BLANK()`}},
		Eval: onText(func(s string) (dax.Value, error) {
			r, size := utf8.DecodeRuneInString(s)
			if size == 0 {
				return dax.Value{}, errors.New("the text is empty")
			}
			return dax.IntOf(int64(r)), nil
		}),
	},
}

func bounded(s string) (dax.Value, error) {
	if len(s) > dax.MaxText {
		return dax.Value{}, fmt.Errorf("the text is longer than %d bytes", dax.MaxText)
	}
	return dax.TextOf(s), nil
}

func trim(s string) string {
	words := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' })
	return strings.Join(words, " ")
}

// side is LEFT and RIGHT, which look at the length first.
func side(cut func(r []rune, n int) []rune) func([]dax.Value) (dax.Value, error) {
	return func(a []dax.Value) (dax.Value, error) {
		n := int64(1)
		if len(a) > 1 {
			n = a[1].Int()
		}
		if n < 0 {
			return dax.Value{}, fmt.Errorf("the length %d is negative", n)
		}
		if a[0].IsBlank() {
			return a[0], nil
		}
		r := []rune(a[0].Text())
		return dax.TextOf(string(cut(r, int(min(n, int64(len(r))))))), nil
	}
}

func mid(a []dax.Value) (dax.Value, error) {
	if a[0].IsBlank() {
		return a[0], nil
	}
	r, start, n := []rune(a[0].Text()), a[1].Int(), a[2].Int()
	if err := window(start, n); err != nil {
		return dax.Value{}, err
	}
	from := int(min(start-1, int64(len(r))))
	return dax.TextOf(string(r[from : from+int(min(n, int64(len(r)-from)))])), nil
}

// window checks a start and a length.
func window(start, n int64) error {
	switch {
	case start < 1:
		return fmt.Errorf("the start %d is less than 1", start)
	case n < 0:
		return fmt.Errorf("the length %d is negative", n)
	}
	return nil
}

func repeat(a []dax.Value) (dax.Value, error) {
	if a[0].IsBlank() {
		return a[0], nil
	}
	s, n := a[0].Text(), a[1].Int()
	switch {
	case n < 0:
		return dax.Value{}, fmt.Errorf("%d times is negative", n)
	case s == "" || n == 0:
		return dax.TextOf(""), nil
	case n > 32767/int64(utf8.RuneCountInString(s)):
		return dax.Value{}, errors.New("the result has more than 32767 characters")
	}
	return dax.TextOf(strings.Repeat(s, int(n))), nil
}

func replace(a []dax.Value) (dax.Value, error) {
	r, start, n := []rune(a[0].Text()), a[1].Int(), a[2].Int()
	if err := window(start, n); err != nil {
		return dax.Value{}, err
	}
	from := int(min(start-1, int64(len(r))))
	to := from + int(min(n, int64(len(r)-from)))
	return bounded(string(r[:from]) + a[3].Text() + string(r[to:]))
}

func substitute(a []dax.Value) (dax.Value, error) {
	if a[0].IsBlank() {
		return a[0], nil
	}
	s, old, with := a[0].Text(), a[1].Text(), a[2].Text()
	if len(a) < 4 {
		if old == "" {
			return a[0], nil
		}
		if n := strings.Count(s, old); len(s)+n*(len(with)-len(old)) > dax.MaxText {
			return dax.Value{}, fmt.Errorf("the text is longer than %d bytes", dax.MaxText)
		}
		return dax.TextOf(strings.ReplaceAll(s, old, with)), nil
	}
	nth := a[3].Int()
	if nth < 1 {
		return dax.Value{}, fmt.Errorf("the occurrence %d is less than 1", nth)
	}
	if old == "" {
		return a[0], nil
	}
	// Occurrences may overlap here: SUBSTITUTE("aaa", "aa", "b", 2) is "ab".
	from := 0
	for ; ; nth-- {
		i := strings.Index(s[from:], old)
		switch {
		case i < 0:
			return a[0], nil
		case nth == 1:
			return bounded(s[:from+i] + with + s[from+i+len(old):])
		}
		_, size := utf8.DecodeRuneInString(s[from+i:])
		from += i + size
	}
}
