package query

import "inlay/dax"

// rewrite is a copy of a tree in which every node went through change, from below.
func rewrite(x dax.Expr, change func(dax.Expr) dax.Expr) dax.Expr {
	list := func(xs []dax.Expr) []dax.Expr {
		out := make([]dax.Expr, len(xs))
		for i, x := range xs {
			if x != nil {
				out[i] = rewrite(x, change)
			}
		}
		return out
	}
	switch n := x.(type) {
	case *dax.Unary:
		x = &dax.Unary{At: n.At, Op: n.Op, X: rewrite(n.X, change)}
	case *dax.Binary:
		x = &dax.Binary{At: n.At, Op: n.Op, OpPos: n.OpPos, X: rewrite(n.X, change), Y: rewrite(n.Y, change)}
	case *dax.Call:
		x = &dax.Call{At: n.At, Func: n.Func, Args: list(n.Args)}
	case *dax.Tuple:
		x = &dax.Tuple{At: n.At, Items: list(n.Items)}
	case *dax.TableOf:
		x = &dax.TableOf{At: n.At, Rows: list(n.Rows)}
	case *dax.Block:
		b := &dax.Block{At: n.At, Return: rewrite(n.Return, change)}
		for _, v := range n.Vars {
			b.Vars = append(b.Vars, dax.Var{At: v.At, Name: v.Name, X: rewrite(v.X, change)})
		}
		x = b
	}
	return change(x)
}
