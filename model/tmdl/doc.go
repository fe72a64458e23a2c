// Package tmdl reads semantic models from TMDL, the text format of a project's definition
// folder.
//
// It has two layers. Parse turns one file into a Document: a tree of objects, properties and
// expressions that knows the meaning of no word and loses no byte. Read parses every file of
// a folder, maps the trees onto model.Model and checks that names lead somewhere.
//
//	*.tmdl ──Parse──► Document ──map──► model.Model ──check──► model.Model
//
// What the mapping does not understand becomes a model.Notice with its place; what cannot be
// right is an *Error, which prints the line with a caret. All errors are reported, not the
// first alone.
package tmdl
