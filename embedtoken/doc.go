// Package embedtoken decides who may embed what, as whom and for how long, and seals the
// decision into a token.
//
//	Request + World + Caller + now ──Decide──► Grant ──Ring.Seal──► token ──Ring.Open──► Grant ──► use
//
// Decide is pure: it takes values and gives a Grant or a refusal that names its rule. Each
// documented rule is one function in the table of rules.go, in the order in which they are
// asked; docs/rules.md lists them. A Ring holds the keys: a token is opaque to everyone
// else, and opening one needs no I/O. What a Grant lets do is checked again at every use.
package embedtoken
