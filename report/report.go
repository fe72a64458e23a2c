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
	Text     []Paragraph    // of a text box
	Options  map[string]any // formatting that is drawn, by name: see the reader
	Hidden   bool
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
