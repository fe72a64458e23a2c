// Package model is the semantic model: tables, columns, measures, relationships, roles, and
// the questions that can be asked of one.
//
// Readers of file formats live in folders below it (model/tmdl, model/powerquery) and fill
// the types here. The package computes nothing: query plans, sources execute.
package model
