package fn

import (
	"testing"

	"inlay/dax"
)

// TestExamples runs the examples of every function.
func TestExamples(t *testing.T) {
	ran := 0
	for _, f := range All() {
		if f.Special {
			continue // daxcase runs them, over a model
		}
		for _, x := range f.Examples {
			t.Run(x.Expr, func(t *testing.T) { checkExample(t, x) })
			ran++
		}
	}
	if ran == 0 {
		t.Fatal("no examples")
	}
}

func checkExample(t *testing.T, x Example) {
	t.Helper()
	e, err := dax.Parse(x.Expr)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Eval(e, nil)
	if x.Result == "error" {
		if err == nil {
			t.Errorf("%s = %s, want an error", x.Expr, got)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	w, err := dax.Parse(x.Result)
	if err != nil {
		t.Fatal(err)
	}
	want, err := Eval(w, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !same(got, want) {
		t.Errorf("%s = %s %s, want %s %s", x.Expr, got.Type(), got, want.Type(), want)
	}
}

// same reports whether two values agree; numbers up to 1e-12 of their size.
func same(a, b dax.Value) bool {
	if a.IsBlank() || b.IsBlank() {
		return a.IsBlank() && b.IsBlank()
	}
	if a.Type().IsNumeric() && b.Type().IsNumeric() {
		x, y := a.Float(), b.Float()
		d := x - y
		if d < 0 {
			d = -d
		}
		return x == y || d <= 1e-12*max(x, -x)
	}
	if a.Type() == dax.String && b.Type() == dax.String {
		return a.Text() == b.Text()
	}
	eq, err := dax.Equal(a, b)
	return err == nil && eq
}
