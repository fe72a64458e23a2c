package model

import (
	"iter"
	"slices"
	"strings"

	"inlay/dax"
)

// Query is a question in terms of the model: group by columns, compute values, under filters.
// A visual becomes one; so will a DAX query. Nothing in it is SQL, and no text of it ends up
// in SQL: names are resolved against the model, constants are bound.
type Query struct {
	Groups []ColumnRef // in the order of the result
	Values []Value
	Where  []Filter // all must hold
	Order  []Order
	Limit  int  // most rows to answer, 0 for no limit of its own
	Total  bool // also compute Values over all rows, as one total
	Detail bool // without Values: the combinations of Groups that exist in the data
}

// Value is a computed column of the answer: a measure, or an aggregation of a column.
type Value struct {
	Name      string    // of the column in the answer
	Measure   string    // name of a measure, or empty
	Aggregate Aggregate // of Column, if Measure is empty
	Column    ColumnRef
	FormatOf  bool // the format string of Measure where it depends on the filters, BLANK where the measure is
}

// Aggregate is how a column is aggregated; the numbers are those of the semantic query schema.
type Aggregate int

// Aggregates.
const (
	Sum Aggregate = iota
	Average
	DistinctCount
	Min
	Max
	Count
	Median
)

// Op is the comparison of a Filter.
type Op uint8

// Comparisons. In and NotIn take any number of values, the others one. And, Or and Not
// combine Parts.
const (
	In Op = iota
	NotIn
	Less
	LessEqual
	Greater
	GreaterEqual
	Contains
	NotContains
	StartsWith
	And
	Or
	Not
)

// Filter is a condition on one column, or a combination of conditions. It is the one form
// into which report filters, slicers and filters of the embedding page are turned.
type Filter struct {
	Column ColumnRef
	Op     Op
	Values []dax.Value // BLANK is a value
	Parts  []Filter
}

// Names reports whether a filter is on columns of a table.
func (f Filter) Names(table string) bool {
	return strings.EqualFold(f.Column.Table, table) || slices.ContainsFunc(f.Parts, func(p Filter) bool { return p.Names(table) })
}

// Order sorts the answer by a group column, or by a value if By is its Name.
type Order struct {
	Group      ColumnRef
	By         string
	Descending bool
}

// ResultColumn describes a column of an answer.
type ResultColumn struct {
	Name   string
	Type   dax.Type
	Format string // format string of the model, or empty
	Group  bool   // a group column, not a value
}

// Result is the answer to a Query. Rows hold the groups, then the values.
type Result struct {
	Columns   []ResultColumn
	Rows      [][]dax.Value
	Total     []dax.Value // of the values, if it was asked for
	Truncated bool        // there were more rows than Limit
}

// Answer is a result that is being read: its columns are known before its rows.
type Answer struct {
	Columns []ResultColumn
	// Rows gives the rows, once. A row is valid until the next; an error is the last that comes.
	Rows iter.Seq2[[]dax.Value, error]
	// Count is how many rows there are. Ask before reading them.
	Count func() (int64, error)
	Held  bool // the rows are in memory
}

// Answer is the result, to be read row by row.
func (r Result) Answer() Answer {
	return Answer{
		Columns: r.Columns,
		Rows: func(yield func([]dax.Value, error) bool) {
			for _, row := range r.Rows {
				if !yield(row, nil) {
					return
				}
			}
		},
		Count: func() (int64, error) { return int64(len(r.Rows)), nil },
		Held:  true,
	}
}
