// Package syntax is the grammar of the M language (Power Query): it lexes and parses an
// expression into a tree whose nodes carry their positions.
//
// It knows no function and evaluates nothing; that is the job of package powerquery. The
// grammar is that of the "Power Query M language specification"; section documents and
// verbatim literals are not part of it, because no partition holds one.
package syntax
