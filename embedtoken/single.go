package embedtoken

import (
	"fmt"

	"inlay"
)

// Single is the request of a V1 operation: one item of a workspace.
type Single struct {
	Item        Item
	WorkspaceID string // of the path
	ID          string // of the item; empty for a report that is to be made
	DashboardID string // of a tile
	Access      string // accessLevel as it was sent
	SaveAs      bool
	DatasetID   string // of a report that is to be made; otherwise it is not looked at
}

// Item is what a V1 operation makes a token for.
type Item string

// Items of the V1 operations.
const (
	OneReport    Item = "report"
	NewReport    Item = "new report"
	OneDataset   Item = "dataset"
	OneDashboard Item = "dashboard"
	OneTile      Item = "tile"
)

// Access levels of V1, in any case.
const (
	accessView   = "View"
	accessEdit   = "Edit"
	accessCreate = "Create"
)

// accessLevel is View where nothing is said: clients send empty bodies. Create has to be said,
// so that a body that was lost makes no token that writes.
func accessLevel(d *decision) *inlay.Error {
	s := d.request.Single
	if s == nil {
		return nil
	}
	switch {
	case !fold(s.Access, "", accessView, accessEdit, accessCreate):
		return refuse(inlay.Invalid, "accessLevel is none of View, Edit and Create", "send View, or leave it out")
	case s.Item == NewReport && !fold(s.Access, accessCreate):
		return refuse(inlay.Invalid, "a token for a new report needs accessLevel Create", `send "accessLevel": "Create" and the datasetId`)
	case s.Item != NewReport && fold(s.Access, accessCreate):
		return refuse(inlay.Invalid, "accessLevel Create is only for a new report", "use POST groups/{groupId}/reports/GenerateToken")
	case s.Item != OneReport && fold(s.Access, accessEdit):
		return refuse(inlay.Invalid, fmt.Sprintf("accessLevel Edit is only for a report, and this is a %s", s.Item), "send View, or leave it out")
	}
	return nil
}

func createDataset(d *decision) *inlay.Error {
	s := d.request.Single
	if s == nil || s.Item != NewReport {
		return nil
	}
	if !isGUID(s.DatasetID) {
		return refuse(inlay.Invalid, "a token for a new report needs the datasetId, a GUID", "send the id of the dataset that the report is to show")
	}
	return nil
}

// singleIdentity: dashboards and tiles take an identity for each dataset, all else takes one.
func singleIdentity(d *decision) *inlay.Error {
	s := d.request.Single
	if s == nil || s.Item == OneDashboard || s.Item == OneTile || len(d.request.Identities) < 2 {
		return nil
	}
	return refuse(inlay.Invalid, "Creating embed token with multiple identities is not supported", "send one identity, or use POST GenerateToken for several")
}

// spread turns a request for one item into what it means in reports, datasets and target
// workspaces, so that the rules of V2 hold for it. An item that the caller does not see means
// nothing: items-visible refuses it.
func (d *decision) spread() {
	s := d.request.Single
	if s == nil {
		return
	}
	show := func(id string) {
		for _, x := range d.request.Datasets {
			if x.ID == id {
				return
			}
		}
		d.request.Datasets = append(d.request.Datasets, DatasetRequest{ID: id})
	}
	d.request.Datasets, d.request.Reports, d.request.TargetWorkspaces = nil, nil, nil
	switch s.Item {
	case OneReport:
		d.request.Reports = []ReportRequest{{ID: s.ID, AllowEdit: fold(s.Access, accessEdit)}}
		if r := d.world.Reports[s.ID]; r.Kind == inlay.PagesReport && r.DatasetID != "" {
			show(r.DatasetID)
		}
		if s.SaveAs {
			d.request.TargetWorkspaces = []string{s.WorkspaceID}
		}
	case NewReport:
		show(s.DatasetID)
		d.request.TargetWorkspaces = []string{s.WorkspaceID}
	case OneDataset:
		show(s.ID)
	case OneDashboard:
		for _, t := range d.world.Dashboards[s.ID].Tiles {
			show(t.DatasetID)
		}
	case OneTile:
		if t, ok := d.world.Dashboards[s.DashboardID].Tile(s.ID); ok {
			show(t.DatasetID)
		}
	}
}

// singleVisible asks that the item is in the workspace of the path, and that the caller has a
// role there. What the item shows may lie elsewhere: workspace-right asks about that.
func (d *decision) singleVisible(s *Single) *inlay.Error {
	workspace := ""
	switch s.Item {
	case OneReport:
		workspace = d.world.Reports[s.ID].WorkspaceID
	case NewReport:
		if x, ok := d.world.Datasets[s.DatasetID]; !ok || !d.may(x.WorkspaceID, inlay.Viewer) {
			return refuse(inlay.NotFound, fmt.Sprintf("dataset %s was not found", s.DatasetID),
				"check the id, and that the caller has a role in the dataset's workspace")
		}
		workspace = s.WorkspaceID
	case OneDataset:
		workspace = d.world.Datasets[s.ID].WorkspaceID
	case OneDashboard:
		workspace = d.world.Dashboards[s.ID].WorkspaceID
	case OneTile:
		b := d.world.Dashboards[s.DashboardID]
		if _, ok := b.Tile(s.ID); ok {
			workspace = b.WorkspaceID
		}
	}
	if workspace == "" || workspace != s.WorkspaceID || !d.may(workspace, inlay.Viewer) {
		return refuse(inlay.NotFound, fmt.Sprintf("%s %s was not found in workspace %s", s.Item, s.ID, s.WorkspaceID),
			"check the ids, and that the caller has a role in the workspace")
	}
	return nil
}

// dashboardAndTile releases the one item of a V1 operation for a dashboard or a tile.
func dashboardAndTile(d *decision) *inlay.Error {
	switch s := d.request.Single; {
	case s == nil:
	case s.Item == OneDashboard:
		d.grant.Dashboards = []string{s.ID}
	case s.Item == OneTile:
		d.grant.Tiles = []string{s.ID}
	}
	return nil
}
