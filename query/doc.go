// Package query turns a question about a model into SQL over secured tables, and runs it.
//
//	model.Query + identity ──plan──► aggregates per filter context ──► SECURED relations ──► Statement ──Source──► rows
//	                                  what stands above the last aggregate is computed here, on the rows
//
// secure.go is the one gate: no table is read except through the relation that it builds for
// an effective identity, and a Source runs only a Statement, which no other package can fill.
package query
