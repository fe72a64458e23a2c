package model

import "strings"

// Statistics is what a refresh learnt about the data of a model, for planners. It was learnt
// from all rows, so that nothing of it may reach a viewer or decide what a viewer is told.
type Statistics struct {
	Tables        []TableStatistics
	Relationships []RelationshipStatistics
}

// TableStatistics are those of one table.
type TableStatistics struct {
	Name      string
	Rows      int64
	Columns   []ColumnStatistics
	Clustered []string // columns by which the rows of each partition are sorted
}

// ColumnStatistics are those of one column.
type ColumnStatistics struct {
	Name        string
	Distinct    int64 // values that are not blank; about as many where not Exact
	Exact       bool
	Blanks      int64
	Ranged      bool    // Least and Most are known: not for text, and not without values
	Least, Most float64 // days since 1899-12-30 of dates
}

// RelationshipStatistics are those of one relationship.
type RelationshipStatistics struct {
	From, To   ColumnRef
	Orphans    int64 // rows of From whose key is blank or is not in To
	FromUnique bool  // no key of From is there twice
	ToUnique   bool
}

// Table finds a table by name, nil if there is none.
func (s *Statistics) Table(name string) *TableStatistics {
	for i := range s.Tables {
		if sameName(s.Tables[i].Name, name) {
			return &s.Tables[i]
		}
	}
	return nil
}

// Column finds a column by name, nil if there is none.
func (t *TableStatistics) Column(name string) *ColumnStatistics {
	for i := range t.Columns {
		if sameName(t.Columns[i].Name, name) {
			return &t.Columns[i]
		}
	}
	return nil
}

// Unique reports that every row has a value in the column and none is there twice.
func (t *TableStatistics) Unique(column string) bool {
	c := t.Column(column)
	return c != nil && c.Exact && c.Blanks == 0 && c.Distinct == t.Rows
}

// Relationship finds a relationship by its ends, nil if there is none.
func (s *Statistics) Relationship(from, to ColumnRef) *RelationshipStatistics {
	for i := range s.Relationships {
		r := &s.Relationships[i]
		if r.From.same(from) && r.To.same(to) {
			return r
		}
	}
	return nil
}

func (c ColumnRef) same(o ColumnRef) bool {
	return sameName(c.Table, o.Table) && sameName(c.Column, o.Column)
}

func sameName(a, b string) bool { return strings.EqualFold(a, b) }
