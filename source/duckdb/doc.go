// Package duckdb is the data source of imported models: Refresh fills an immutable DuckDB file
// from a model's queries, Open answers statements from such a file.
//
//	model + queries ──Refresh──► out.duckdb (new, whole or not at all) ──Open──► query.Source
//
// In the file, every table of the model is a table of the schema main under the model's own
// name, with the model's own column names; statements quote both. Types are those of Dialect.
// Calculated tables and columns are computed when the others are filled, each behind what it
// needs, and lie in the file like them; see calculated.go.
//
// Text is canonical within a column: values that differ only in case were given the spelling
// that came first, so that plain comparison inside a column is what DAX means by equality
// Between columns, and with values, compare through lower().
//
// Tables are filled several at once, each by one statement over rows that are fed to it. Rows of a
// partition are sorted by what row-level security chooses them by; see clusterKeys. Beside the
// file lies its Summary, with statistics for planners.
//
// Package powerquery reads the files of a project inside its folder, and the rows are handed over.
// A regular file of separated text is read into columns here, by several at once; see regular.
// A Parquet file is opened by an instance of its own, in a worker where there are workers, and what
// it selects comes as columns:
//
//	file ──stream──► batch ──append, read──► check ──feed──► INSERT ──► out.duckdb
//	      the file's instance      (worker)    this process
//
// All instances have external access, extensions and further configuration switched off.
package duckdb
