package model

import (
	"slices"
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
	Functions     []Function   // that its expressions may call
	Notices       []Notice     // what the reader did not understand, by place

	// Dropped counts objects that the definition has and that are not kept, by their word in
	// TMDL, in lower case.
	Dropped map[string]int
}

// Place is where something stands in a project: file below the project's folder, line and
// column from 1. The column counts characters and is 0 where only the line is known.
type Place struct {
	File   string
	Line   int
	Column int
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
	AutoDate    bool // made by the automatic date/time of Power BI Desktop, for one column or as template
	Columns     []*Column
	Measures    []*Measure
	Hierarchies []Hierarchy
	Partitions  []Partition
	Calculation bool              // a calculation group; its rows are not data
	Group       *CalculationGroup // what the group computes; nil unless Calculation
	Parameter   *FieldParameter   // of a field parameter: which fields its rows name, else nil
	Policy      *RefreshPolicy    // of incremental refresh, else nil
	DetailRows  *Formula          // the rows behind its measures that have none of their own, else nil
	Place       Place
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
	NotInMDX    bool        // isAvailableInMDX: false
	Text        Text        // where Expression stands
	Missing     bool        // calculated, and the rows were stored by a version that computed no such columns
	GroupBy     []string    // columns of the table that are grouped by with this one (relatedColumnDetails)
	Variations  []Variation // hierarchies of other tables that stand for this column
	Place       Place
}

// Variation is another shape of a column, as a rule the hierarchy of its automatic date table.
type Variation struct {
	Name         string
	Default      bool
	Relationship string    // name of the relationship that leads to the other table
	Hierarchy    ColumnRef // Table and, as Column, the name of the hierarchy; zero if Column is said
	Column       ColumnRef // the default column, zero if Hierarchy is said
}

// CalculationGroup is a table whose rows are items that change what a measure computes.
type CalculationGroup struct {
	Precedence int    // the group with the higher one is applied first, around the others
	Column     string // the column that holds the names of the items
	Items      []CalculationItem

	// What the group does when nothing filters it, and when filters leave several items or none; nil
	// leaves the measure alone.
	None, Several *CalculationItem
}

// CalculationItem is one change of a measure: an expression of SELECTEDMEASURE().
type CalculationItem struct {
	Name        string
	Description string
	Expression  string // DAX
	Format      string // DAX of the format string, empty for that of the measure
	Ordinal     int    // sorts the items; the place in the definition where it says none
	Place       Place
	Text        Text // where Expression stands
	FormatText  Text // where Format stands
}

// FieldParameter is a table whose rows name fields; what a viewer picks replaces the parameter
// in a visual.
type FieldParameter struct {
	Name, Field, Order string        // columns: what is shown, the field, the order; empty if there is none
	Choices            []FieldChoice // in the order of the definition; nil if it is no list of NAMEOF
}

// FieldChoice is one row of a field parameter: a column or a measure and what it is called.
type FieldChoice struct {
	Name    string
	Table   string // of the column, or of the measure where it is said
	Column  string // empty for a measure
	Measure string
	Order   dax.Value
	More    []dax.Value // further columns, such as a group of the fields
}

// Measure is a named DAX expression.
type Measure struct {
	Name        string
	Description string
	Expression  string
	Format      string
	FormatBy    string // DAX of a format string that depends on the filters, empty if there is none
	Folder      string
	Hidden      bool
	Place       Place
	Text        Text     // where Expression stands
	FormatText  Text     // where FormatBy stands
	DetailRows  *Formula // the rows behind it, nil if it says none
	KPI         *KPI     // nil if it has none
	PartOf      string   // the measure of whose KPI this one is the goal, the status or the trend; empty for others
}

// KPI is what a measure is compared with. Goal, status and trend are hidden measures by names that
// expressions and reports use, such as _Sales Goal for that of Sales.
type KPI struct {
	Description                      string
	Goal, Status, Trend              string // names of measures, empty where there is none
	GoalDescription, GoalFormat      string
	StatusGraphic, StatusDescription string
	TrendGraphic, TrendDescription   string
}

// Formula is an expression in DAX that belongs to an object and is kept to be checked.
type Formula struct {
	Expression string
	Place      Place
	Text       Text // where Expression stands
	Hidden     bool // it names what the viewer may not know, and is not here
}

// Hierarchy is a named order of columns of one table.
type Hierarchy struct {
	Name   string
	Hidden bool
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
	Text   Text // where Source stands
}

// Expression is a named expression of Power Query: a parameter or a shared query.
type Expression struct {
	Name      string
	Source    string // M, without the meta record
	Parameter bool
	Type      string // of a parameter: Text, Number, Date, …
	Required  bool   // of a parameter: it must have a value (IsParameterQueryRequired)
	Place     Place
	Text      Text // where Source stands
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
	Both         bool      // crossFilteringBehavior: bothDirections
	SecurityBoth bool      // securityFilteringBehavior: bothDirections
	Integrity    bool      // relyOnReferentialIntegrity
	DatePart     bool      // joinOnDateBehavior: datePartOnly, see Model.CutTimes
	Said         ColumnRef // the From of the definition, where From is its date part; else zero
	Place        Place
}

// Role is a security role.
type Role struct {
	Name        string
	Description string
	Permissions []Permission
	Members     []RoleMember
	Place       Place
}

// RoleMember is a user of the directory whom a definition puts into a role.
type RoleMember struct {
	Name  string // user principal name
	ID    string // as the definition says it, empty if it does not
	Place Place
}

// Permission is what a role lets see of one table: the rows for which Filter is true. An
// empty Filter is no restriction on rows.
type Permission struct {
	Table    string
	Filter   string // DAX
	Metadata string // object-level security of the table: none, read; empty if it is not said
	Columns  []ColumnPermission
	Place    Place
	Text     Text // where Filter stands
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

// Derived is the partition of a calculated table, nil if the table is none.
func (t *Table) Derived() *Partition {
	for i := range t.Partitions {
		if strings.EqualFold(t.Partitions[i].Kind, "calculated") {
			return &t.Partitions[i]
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

// Queries are what an expression of Power Query can name: parameters, shared queries, and the
// tables that one query fills, by their names. A table of several partitions or of a policy is
// none, because no one expression gives its rows.
func (m *Model) Queries() []Expression {
	out := slices.Clone(m.Expressions)
	for _, t := range m.Tables {
		if t.Policy != nil || len(t.Partitions) != 1 || !strings.EqualFold(t.Partitions[0].Kind, "m") || m.Expression(t.Name) != nil {
			continue
		}
		p := t.Partitions[0]
		out = append(out, Expression{Name: t.Name, Source: p.Source, Place: p.Place, Text: p.Text})
	}
	return out
}
