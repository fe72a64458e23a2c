package model_test

import (
	"testing"

	"inlay/model"
)

// TestPlaceInJSON holds that a place in an expression is one in the JSON that spells it, whatever is
// escaped and however lines are told apart.
func TestPlaceInJSON(t *testing.T) {
	p := func(line, column int) model.Place { return model.Place{File: "f", Line: line, Column: column} }
	for _, c := range []struct {
		json         string
		line, column int
		want         model.Place
	}{
		{`"SUM(T[A])"`, 1, 1, p(7, 12)},
		{`"SUM(T[A])"`, 1, 5, p(7, 16)},
		{`"SUM(T[A])"`, 1, 10, p(7, 21)}, // at the end, on the quotation mark
		{`"a = \"x\" + y"`, 1, 5, p(7, 16)},
		{`"a = \"x\" + y"`, 1, 11, p(7, 24)},
		{`"\u00e9\ud83d\ude00\t+ y"`, 1, 3, p(7, 30)},
		{`"\u00e9\ud83d\ude00\t+ y"`, 1, 4, p(7, 32)},
		{`"é😀+"`, 1, 3, p(7, 14)},
		{`"1\r\n+ y\u000a+ z"`, 2, 3, p(7, 19)},
		{`"1\r\n+ y\u000a+ z"`, 3, 1, p(7, 26)},
		{"[\n  \"SUM(\",\n  \"\",\n  \"\\tT[A])\"]", 1, 4, p(8, 7)},
		{"[\n  \"SUM(\",\n  \"\",\n  \"\\tT[A])\"]", 2, 1, p(9, 4)},
		{"[\n  \"SUM(\",\n  \"\",\n  \"\\tT[A])\"]", 3, 2, p(10, 6)},
		{`["a","b","c"]`, 3, 1, p(7, 21)},
		{`["a","b","c"]`, 2, 0, p(7, 0)},
		{"[\n\"a\",\n\"b\"]", 2, 0, p(9, 0)},
		{`"a"`, 3, 1, p(7, 0)}, // there is no such line
		{`"a\"`, 9, 9, p(7, 0)},
		{`"\u12`, 1, 9, p(7, 0)},
	} {
		if got := (model.Text{Line: 7, First: 10, JSON: c.json}).In("f", c.line, c.column); got != c.want {
			t.Errorf("%s: line %d, column %d is %v, want %v", c.json, c.line, c.column, got, c.want)
		}
	}
}
