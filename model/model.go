package model

import (
	"strings"

	"inlay/dax"
)

// Model is a semantic model as its definition says it. Names are matched without regard to
// case, as the engine of Power BI does.
type Model struct {
	Name          string
	Culture       string // of the model, such as en-GB
	SourceCulture string // of its queries (sourceQueryCulture); empty means Culture
	ErrorsAsNull  bool   // a value that does not convert becomes blank (returnErrorValuesAsNull)
	Tables        []*Table
	Relationships []Relationship
	Roles         []Role
	Expressions   []Expression // parameters and shared queries of Power Query
	Notices       []Notice     // what the reader did not understand, by place
}

// Place is where something stands in a project: file below the project's folder, line from 1.
type Place struct {
	File string
	Line int
}

// Notice names something that was read and is not understood or not supported.
type Notice struct {
	Place Place
	What  string // such as "table 'Sales', property 'refreshPolicy'"
}

// Table is a table of the model.
type Table struct {
	Name        string
	Description string
	Hidden      bool
	Date        bool // marked as date table (dataCategory: Time)
	Columns     []*Column
	Measures    []*Measure
	Hierarchies []Hierarchy
	Partitions  []Partition
	Calculation bool // a calculation group; its rows are not data
}

// Column is a column of a table.
type Column struct {
	Name        string
	Description string
	Type        dax.Type
	Source      string // name in the partition's result; empty for a calculated column
	Expression  string // DAX of a calculated column
	Format      string
	SortBy      string // name of the column of the same table that orders this one
	Summarize   string // none, sum, count, …: what a visual does with it by default
	Category    string // dataCategory, such as WebUrl
	Folder      string
	Hidden      bool
	Key         bool
	Place       Place
}

// Measure is a named DAX expression.
type Measure struct {
	Name        string
	Description string
	Expression  string
	Format      string
	Folder      string
	Hidden      bool
	Place       Place
}

// Hierarchy is a named order of columns of one table.
type Hierarchy struct {
	Name   string
	Levels []Level
}

// Level is one step of a hierarchy.
type Level struct {
	Name   string
	Column string
}

// Partition says where rows of a table come from.
type Partition struct {
	Name   string
	Kind   string // m, calculated, entity, …
	Mode   string // import, directQuery, …
	Source string // M of kind m, DAX of kind calculated
	Place  Place
}

// Expression is a named expression of Power Query: a parameter or a shared query.
type Expression struct {
	Name      string
	Source    string // M, without the meta record
	Parameter bool
	Type      string // of a parameter: Text, Number, Date, …
	Place     Place
}

// ColumnRef names a column of a table.
type ColumnRef struct {
	Table  string
	Column string
}

// String is the reference as DAX writes it.
func (c ColumnRef) String() string {
	return "'" + strings.ReplaceAll(c.Table, "'", "''") + "'[" + strings.ReplaceAll(c.Column, "]", "]]") + "]"
}

// Cardinality is one end of a relationship.
type Cardinality uint8

// Ends of a relationship.
const (
	Many Cardinality = iota
	One
)

// Relationship joins From (many, as a rule) to To (one, as a rule).
type Relationship struct {
	Name         string
	From, To     ColumnRef
	FromEnd      Cardinality // Many by default
	ToEnd        Cardinality // One by default
	Inactive     bool
	Both         bool // crossFilteringBehavior: bothDirections
	SecurityBoth bool // securityFilteringBehavior: bothDirections
	Integrity    bool // relyOnReferentialIntegrity
	Place        Place
}

// Role is a security role.
type Role struct {
	Name        string
	Description string
	Permissions []Permission
	Place       Place
}

// Permission is what a role lets see of one table: the rows for which Filter is true. An
// empty Filter is no restriction on rows.
type Permission struct {
	Table    string
	Filter   string // DAX
	Metadata string // object-level security of the table: none, read; empty if it is not said
	Columns  []ColumnPermission
	Place    Place
}

// ColumnPermission is object-level security of one column.
type ColumnPermission struct {
	Column   string
	Metadata string // none, read
}

// Table finds a table by name, nil if there is none.
func (m *Model) Table(name string) *Table {
	for _, t := range m.Tables {
		if strings.EqualFold(t.Name, name) {
			return t
		}
	}
	return nil
}

// Measure finds a measure by name in the whole model, with its table; nil if there is none.
func (m *Model) Measure(name string) (*Measure, *Table) {
	for _, t := range m.Tables {
		for _, x := range t.Measures {
			if strings.EqualFold(x.Name, name) {
				return x, t
			}
		}
	}
	return nil, nil
}

// Role finds a role by name, nil if there is none.
func (m *Model) Role(name string) *Role {
	for i := range m.Roles {
		if strings.EqualFold(m.Roles[i].Name, name) {
			return &m.Roles[i]
		}
	}
	return nil
}

// Expression finds a parameter or shared query by name, nil if there is none. Names of
// Power Query are case-sensitive.
func (m *Model) Expression(name string) *Expression {
	for i := range m.Expressions {
		if m.Expressions[i].Name == name {
			return &m.Expressions[i]
		}
	}
	return nil
}

// Column finds a column by name, nil if there is none.
func (t *Table) Column(name string) *Column {
	for _, c := range t.Columns {
		if strings.EqualFold(c.Name, name) {
			return c
		}
	}
	return nil
}
