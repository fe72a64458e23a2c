// Package dax is the language: it lexes, parses, checks and prints DAX expressions.
//
// It knows nothing of models, data or SQL. Names are resolved through Schema, which the
// consumer provides; query turns a checked expression into plans. Scalar functions are data
// in dax/fn: signature, documentation, examples and evaluation.
//
//	text ──Lex──► tokens ──Parse──► Expr ──(query)──► plan
//
// Every node carries its position, and every error prints the line with a caret.
package dax
