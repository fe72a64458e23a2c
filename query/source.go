package query

import (
	"context"

	"inlay/dax"
)

// Source is where the rows of a dataset live. Implementations are in source/.
type Source interface {
	// Run executes a statement. It returns when ctx ends, whatever the engine does.
	Run(ctx context.Context, s Statement) (Rows, error)
	// Dialect says how the source's SQL is written.
	Dialect() Dialect
}

// Statement is SQL with bound values, made by this package alone: its fields are not
// exported, so a Source cannot be given text from anywhere else.
type Statement struct {
	sql   string
	args  []dax.Value
	types []dax.Type

	// alone is text that is cheaper and gives the same if each group is made of one row of parts; a
	// further column says if some is not. Empty if groups are not made of parts, or likely to be
	// made of several.
	alone string

	viewer Viewer
}

// SQL is the text; placeholders are those of the dialect.
func (s Statement) SQL() string { return s.sql }

// Args are the values to bind, in the order of the placeholders.
func (s Statement) Args() []dax.Value { return s.args }

// Types are the types of the result's columns.
func (s Statement) Types() []dax.Type { return s.types }

// Viewer is for whom the statement was made. What that viewer may see is in the SQL already; a
// source may tell the database, so that it filters rows a second time.
func (s Statement) Viewer() Viewer { return s.viewer }

// Rows is a result being read. Close it.
type Rows interface {
	// Next reads a row into dst, which has one place per column; false at the end or on error.
	Next(dst []dax.Value) bool
	Err() error
	Close() error
}

// Exacting is a Dialect whose engine is stricter than DAX: it compares text by its letters, and
// raises errors where DAX has infinity.
type Exacting interface {
	// Exact reports whether grouping and counting of distinct texts tells upper from lower case.
	Exact() bool
	// FloatsFail reports whether arithmetic on floating numbers fails where a result leaves their
	// range, so that it is not total.
	FloatsFail() bool
}

// Repeating is a Dialect whose engine can tell cheaply whether groups by a text are of one row each.
type Repeating interface {
	// Repeats is an aggregate that is true if a text is in more than one row, whatever its case, or
	// NULL is. It may be true where none is, but hardly ever.
	Repeats(text string) string
}

// exactText is whether texts of a dialect must be folded to be grouped.
func exactText(d Dialect) bool {
	x, ok := d.(Exacting)
	return ok && x.Exact()
}

// floatsFail is whether arithmetic of a dialect can fail.
func floatsFail(d Dialect) bool {
	x, ok := d.(Exacting)
	return ok && x.FloatsFail()
}

// Calculating is a Dialect of sources that hold calculated columns and tables as rows: a refresh
// computed them.
type Calculating interface {
	// Calculated reports whether they do.
	Calculated() bool
}

// calculated is whether sources of a dialect hold calculated columns.
func calculated(d Dialect) bool {
	x, ok := d.(Calculating)
	return ok && x.Calculated()
}

// Dialect is how one engine writes what engines write differently.
type Dialect interface {
	// Quote quotes an identifier.
	Quote(name string) string
	// Placeholder is the mark of the n-th bound value, from 1, of a type.
	Placeholder(n int, t dax.Type) string
	// Type is the engine's name of a type.
	Type(t dax.Type) string
	// Median is the median of an expression of type double, as an aggregate.
	Median(arg string) string
	// Try makes a condition that is false where evaluating it fails; empty if the engine cannot.
	Try(cond string) string
	// Fence closes a SELECT so that the engine evaluates nothing of what stands around it on
	// rows that it rejects; see limits of engines in docs/security.md.
	Fence(selectSQL string) string
}
