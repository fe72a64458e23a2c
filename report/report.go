package report

import "inlay/model"

// Definition is a report: pages in order.
type Definition struct {
	Name    string
	Active  string // name of the page shown first
	Pages   []*Page
	Filters []model.Filter // of the whole report
	Theme   Theme
	Notices []model.Notice // what the reader did not understand, by place

	// Unsupported says why no visual of the report can be asked, empty if it can: a filter
	// that is not understood is never left out.
	Unsupported string
}

// Theme is what of the report's theme is used.
type Theme struct {
	Name       string
	Colors     []string // data colours, #rrggbb
	Background string
	Foreground string
}

// Page is a page of a report. Sizes are in the units of the definition (CSS pixels at 100 %).
type Page struct {
	Name        string
	DisplayName string
	Width       float64
	Height      float64
	Fit         string // displayOption: FitToPage, FitToWidth, ActualSize
	Hidden      bool
	Visuals     []*Visual
	Filters     []model.Filter
	Unsupported string // why no visual of the page can be asked, empty if it can

	Interactions []Interaction // those that differ from the default
	Background   string        // colour, #rrggbb, or empty
}

// Interaction says what a choice in one visual does to another.
type Interaction struct {
	Source, Target string // names of visuals
	Kind           string // NoFilter, DataFilter, HighlightFilter
}

// Visual is a visual on a page.
type Visual struct {
	Name     string
	Type     string // as the definition names it, such as clusteredBarChart
	Title    string
	Position Position
	Roles    map[string][]Projection // by data role: Category, Y, Series, Values, Data, …
	Filters  []model.Filter
	Sort     []Sort

	// Parameters says, by data role, which fields of the role a field parameter stands for.
	Parameters map[string][]Parameter

	Text    []Paragraph    // of a text box
	Options map[string]any // formatting that is drawn, by name: see report/pbir/options.go
	Hidden  bool
	Place   model.Place // where it is defined

	// Chosen is the choice that was saved in a slicer; it filters the other visuals until the
	// viewer chooses something else.
	Chosen []model.Filter
	// Unsupported says why the visual cannot be asked, empty if it can.
	Unsupported string
	// ChosenUnsupported says why a slicer's saved choice is not understood. It stops the
	// visuals that the slicer filters, until the viewer chooses.
	ChosenUnsupported string
}

// Position is where a visual lies on its page.
type Position struct {
	X, Y, Z, Width, Height float64
	TabOrder               int
}

// Projection is a field that fills a data role: a column, a measure, or an aggregated column.
type Projection struct {
	Name      string // nativeQueryRef, or displayName where one is set: what the viewer reads
	Ref       string // queryRef: unique in the visual
	Measure   string // name of a measure, or empty
	Column    model.ColumnRef
	Aggregate *model.Aggregate // nil: the column itself

	// Hierarchy and Level name a level of a hierarchy of Column.Table; Column.Column is then
	// empty, because only the model knows it.
	Hierarchy, Level string

	Format   string // format string of this visual alone, or empty
	Hidden   bool   // used by a calculation of the visual and not shown
	Inactive bool   // a level of a drill path that is not the one shown
	Drills   bool   // a level of a drill path
}

// Parameter is a field parameter in a data role: it stands for Length fields from Index on.
type Parameter struct {
	Column        model.ColumnRef // of the parameter's table
	Index, Length int
}

// Sort orders a visual by one of its fields.
type Sort struct {
	Field      Projection
	Descending bool
}

// Paragraph is a paragraph of a text box.
type Paragraph struct {
	Align string // left, center, right
	Runs  []Run
}

// Run is text in one style.
type Run struct {
	Text   string
	Size   string // such as 20pt
	Color  string
	Weight string // bold, or empty
	Italic bool
	Font   string
	URL    string
}
