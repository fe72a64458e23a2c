// Package dax is the language: it reads and prints DAX expressions, and computes with its
// values.
//
// It knows nothing of models, data or SQL. What a name stands for is decided by the package
// that has a model: query turns an expression into plans, and gives its errors the place of
// the node that they are about (Errorf). Functions are data in dax/fn: signature,
// documentation, examples and evaluation.
//
//	text ──Parse──► Expr ──(query)──► plan
//	                  └────(dax/fn)───► Value
//
// Every node carries its position, and every error prints the line with a caret.
package dax
