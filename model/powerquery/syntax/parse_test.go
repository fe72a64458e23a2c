package syntax

import (
	"errors"
	"strings"
	"testing"
)

var seeds = []string{
	`1`, `-1.5e3`, `"a""b#(lf)#(#)"`, `#"a b"`, `let a = 1, b = a in b`, `[a = 1, b c = 2]`, `[Month Number]`, `x[[a],[b]]?`,
	`{1..5, 7}`, `{}`, `[]`, `each [x] = "y" and not [z]`, `(a, optional b as nullable text) as any => a & b`, `f(1)(2){0}[x]?`,
	`if a then b else if c then d else e`, `try a otherwise b`, `error "x"`, `type table [a = text, #"b c" = Int64.Type, d]`,
	`type nullable number`, `type {text}`, `x as text is number`, `a ?? b ?? c`, `(type text) meta [A = true]`, `@f(1)`,
	"// c\n/* d */ 1", `#table(type table [a = text], {{"x"}})`, `#date(2026, 1, 1) + #duration(1, 0, 0, 0)`,
	`((((`, `"`, `#"`, `[a`, `let`, `1 +`, `#(`, "\x00", "\xff", `each`, `type`, `...`, `{1..}`, `(a`, `a.b.`, `1..2`, `#!"x"`,
}

// FuzzParse: whatever the text is, the parser ends with a tree or an error that has a place.
func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		x, err := Parse(s)
		if (x == nil) != (err != nil) && err == nil {
			t.Fatal("neither a tree nor an error")
		}
		if e := (*Error)(nil); errors.As(err, &e) {
			if e.Pos.Line < 1 || e.Pos.Column < 1 || e.Pos.Offset > len(s) {
				t.Fatalf("the error is nowhere: %+v", e.Pos)
			}
			if len(e.Error()) > 2000 {
				t.Fatalf("an error of %d bytes", len(e.Error()))
			}
		} else if err != nil {
			t.Fatalf("an error without a place: %v", err)
		}
	})
}

func TestPositions(t *testing.T) {
	x, err := Parse("let\n  Ä = 1,\n  b = Ä & \"x\"\nin\n  b")
	if err != nil {
		t.Fatal(err)
	}
	l := x.(*Let)
	if p := l.Steps[1].Pos(); p.Line != 3 || p.Column != 3 {
		t.Errorf("step b is at %+v", p)
	}
	if b := l.Steps[1].X.(*Binary); b.OpPos.Line != 3 || b.OpPos.Column != 9 {
		t.Errorf("& is at %+v", b.OpPos)
	}
}

func TestCaret(t *testing.T) {
	_, err := Parse("let\n\ta = 1 2\nin a")
	want := "line 2, column 8: expected \"in\", found \"2\"\n   a = 1 2\n         ^"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	_, err = Parse(`Table.FromRows(Json.Document("` + strings.Repeat("A", 5000) + `") x)`)
	if err == nil || len(err.Error()) > 400 || !strings.Contains(err.Error(), "…") {
		t.Errorf("a long line is not cut: %d bytes", len(err.Error()))
	}
}

func TestPrecedence(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`1 + 2 * 3`, "(1 + (2 * 3))"}, {`1 - 2 - 3`, "((1 - 2) - 3)"}, {`a or b and c`, "(a or (b and c))"},
		{`a & b = c & d`, "((a & b) = (c & d))"}, {`a < b = c`, "((a < b) = c)"}, {`not a = b`, "((not a) = b)"}, {`a ?? b or c`, "(a ?? (b or c))"},
	} {
		x, err := Parse(c.in)
		if err != nil {
			t.Fatal(err)
		}
		if got := show(x); got != c.want {
			t.Errorf("%s is %s, want %s", c.in, got, c.want)
		}
	}
}

func show(x Expr) string {
	switch x := x.(type) {
	case *Binary:
		return "(" + show(x.X) + " " + x.Op + " " + show(x.Y) + ")"
	case *Unary:
		return "(" + x.Op + " " + show(x.X) + ")"
	case *Name:
		return x.Name
	case *Literal:
		return x.Text
	}
	return "?"
}
