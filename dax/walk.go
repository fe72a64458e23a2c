package dax

// Walk calls visit for the node and, while visit returns true, for what is below it, in the
// order of the source. Omitted arguments are not visited.
func Walk(x Expr, visit func(Expr) bool) {
	if x == nil || !visit(x) {
		return
	}
	for _, c := range children(x) {
		Walk(c, visit)
	}
}

// children are the nodes directly below a node.
func children(x Expr) []Expr {
	switch x := x.(type) {
	case *Unary:
		return []Expr{x.X}
	case *Binary:
		return []Expr{x.X, x.Y}
	case *Call:
		return x.Args
	case *Block:
		var below []Expr
		for _, v := range x.Vars {
			below = append(below, v.X)
		}
		return append(below, x.Return)
	case *Tuple:
		return x.Items
	case *TableOf:
		return x.Rows
	}
	return nil
}

// tooHigh finds a tree that recursion over it should not be trusted with: a long chain of
// operators is a high tree although nothing in it is nested. It does not recurse itself.
func tooHigh(x Expr) *Error {
	level := []Expr{x}
	for height := 1; len(level) > 0; height++ {
		if height > maxHeight {
			e := Errorf(level[0], "the expression is a chain of more than %d operators or levels", maxHeight)
			e.Limit = true
			return e
		}
		var below []Expr
		for _, e := range level {
			for _, c := range children(e) {
				if c != nil {
					below = append(below, c)
				}
			}
		}
		level = below
	}
	return nil
}

// Rewrite copies an expression with some nodes changed, from the top; what change replaces is
// not looked into.
func Rewrite(x Expr, change func(Expr) (Expr, bool)) Expr {
	if x == nil {
		return nil
	}
	if y, ok := change(x); ok {
		return y
	}
	all := func(list []Expr) []Expr {
		out := make([]Expr, len(list))
		for i, y := range list {
			out[i] = Rewrite(y, change)
		}
		return out
	}
	switch x := x.(type) {
	case *Unary:
		return &Unary{At: x.At, Op: x.Op, X: Rewrite(x.X, change)}
	case *Binary:
		return &Binary{At: x.At, Op: x.Op, OpPos: x.OpPos, X: Rewrite(x.X, change), Y: Rewrite(x.Y, change)}
	case *Call:
		return &Call{At: x.At, Func: x.Func, Args: all(x.Args)}
	case *Tuple:
		return &Tuple{At: x.At, Items: all(x.Items)}
	case *TableOf:
		return &TableOf{At: x.At, Rows: all(x.Rows)}
	case *Block:
		out := &Block{At: x.At, Return: Rewrite(x.Return, change)}
		for _, v := range x.Vars {
			out.Vars = append(out.Vars, Var{At: v.At, Name: v.Name, X: Rewrite(v.X, change)})
		}
		return out
	}
	return x
}
