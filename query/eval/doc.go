// Package eval computes DAX over the secured rows of a model: filter contexts, context
// transition, iterators, table functions and queries.
//
//	dax.Query ──► batches of contexts ──Read──► grouped rows (one statement for all contexts)
//	               └─ everything above the last aggregate is computed here
//
// An expression is evaluated for all environments of a batch at once: the months of a chart are
// one batch, and SUM(Sales[Amount]) of all of them is one Read, grouped by month. The package
// knows neither SQL nor viewers: a Store gives it the rows that it may see, and no others.
package eval
