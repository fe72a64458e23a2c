// Package daxcase runs conformance cases: DAX queries with the results that they must have,
// on models that a file describes with their rows.
//
// It asks the engine as any caller does and knows nothing of how an answer comes about.
// Where the rows live is a Loader's matter.
//
//	models file ──ReadModels──► Models ──Loader──► engine ┐
//	cases file ──ReadCases──► Case ─────────────────────► Run ──► Report
//
// A case passes, or is refused with an error that names what is not supported, or is wrong.
package daxcase
