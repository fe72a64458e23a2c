// Package powerquery evaluates the M queries (Power Query) that fill the tables of a model.
//
//	partition ──syntax──► tree ──evaluate, lazily──► table value = chain of steps ──Rows──► cells ──As──► values of the model
//
// An expression is evaluated as M prescribes: steps only when they are needed, a value that
// does not convert as an error in its cell. A table is not computed when it is mentioned; it
// is a plan, a chain of steps over a source, which Rows then streams row by row: memory does
// not grow with the data. One evaluator serves scalars, conditions on rows and conversions,
// so there is no second dialect that could disagree with it.
//
// Steps that a source can do with the same meaning go into one statement of the source, see
// relation; the rest is done here, row by row.
//
// Files are opened below the project's folder and nowhere else; see Files. Workbooks, Parquet
// files, databases and web addresses are read through the interfaces of Config, which whoever
// evaluates provides or leaves out; this package dials nothing.
//
// What M has and this package does not is an error that names function, step and place.
package powerquery
