package inlay

import "context"

// Dashboard is a page of tiles in a workspace.
type Dashboard struct {
	ID          string // GUID, lower case
	WorkspaceID string
	Name        string
	Tiles       []Tile
}

// Tile shows one visual of a report, or an answer of a dataset.
type Tile struct {
	ID        string `json:"id"` // GUID, lower case
	Title     string `json:"title"`
	ReportID  string `json:"reportId,omitempty"` // empty when it is pinned from a question
	DatasetID string `json:"datasetId"`
}

// Tile returns the tile with an id.
func (d Dashboard) Tile(id string) (Tile, bool) {
	for _, t := range d.Tiles {
		if t.ID == id {
			return t, true
		}
	}
	return Tile{}, false
}

// Dashboards stores dashboards with their tiles.
type Dashboards interface {
	SetDashboard(ctx context.Context, d Dashboard) error
	Dashboard(ctx context.Context, id string) (Dashboard, error)
}
