package rest

import (
	"fmt"
	"slices"
	"time"

	"inlay"
)

// What the embed page learns of a dashboard or tile. Tiles are not drawn yet.
type (
	embedDashboard struct {
		ID         string      `json:"id"`
		Name       string      `json:"displayName"`
		Expiration string      `json:"expiration"`
		Tiles      []embedTile `json:"tiles"`
	}
	embedTile struct {
		ID         string `json:"id"`
		Title      string `json:"title"`
		ReportID   string `json:"reportId,omitzero"`
		DatasetID  string `json:"datasetId"`
		Expiration string `json:"expiration,omitzero"`
	}
)

// dashboardOperations open the items of V1 tokens for dashboards and tiles.
func dashboardOperations() []Operation {
	return []Operation{
		{
			ID: "Inlay_EmbedDashboard", Method: "GET", Path: "/inlay/v1/embed/dashboards/{dashboardId}",
			Auth: EmbedToken, Opens: true,
			Summary: "Returns the name and the tiles of a dashboard.",
			handle:  (*api).embedDashboard,
		},
		{
			ID: "Inlay_EmbedTile", Method: "GET", Path: "/inlay/v1/embed/dashboards/{dashboardId}/tiles/{tileId}",
			Auth: EmbedToken, Opens: true,
			Summary: "Returns the title of a tile and what it shows.",
			handle:  (*api).embedTile,
		},
	}
}

func (a *api) embedDashboard(c *call) error {
	id := c.vars["dashboardId"]
	if !slices.Contains(c.grant.Dashboards, id) {
		return refuse(inlay.Forbidden, ruleUseDashboard, fmt.Sprintf("the embed token is not for dashboard %s", id),
			"generate a token with POST groups/{groupId}/dashboards/{dashboardId}/GenerateToken")
	}
	d, err := a.Facts.Dashboard(c.ctx(), id)
	if err != nil {
		return gone(err, "dashboard", id)
	}
	out := embedDashboard{ID: d.ID, Name: d.Name, Expiration: c.grant.ExpiresAt.UTC().Format(time.RFC3339), Tiles: []embedTile{}}
	shown := d.Tiles
	// A tile that was pinned since shows a dataset of which the token says nothing.
	d.Tiles = slices.DeleteFunc(slices.Clone(shown), func(t inlay.Tile) bool {
		_, ok := c.grant.Dataset(t.DatasetID)
		return !ok
	})
	if len(d.Tiles) == 0 && len(shown) > 0 {
		return refuse(inlay.Forbidden, ruleUseDataset, "the embed token is not for the datasets that the dashboard shows", "generate a new token")
	}
	if err := a.showsTiles(c, d); err != nil {
		return err
	}
	for _, t := range d.Tiles {
		out.Tiles = append(out.Tiles, embedTile{ID: t.ID, Title: t.Title, ReportID: t.ReportID, DatasetID: t.DatasetID})
	}
	c.json(200, out)
	return nil
}

func (a *api) embedTile(c *call) error {
	board, id := c.vars["dashboardId"], c.vars["tileId"]
	if !slices.Contains(c.grant.Tiles, id) {
		return refuse(inlay.Forbidden, ruleUseDashboard, fmt.Sprintf("the embed token is not for tile %s", id),
			"generate a token with POST groups/{groupId}/dashboards/{dashboardId}/tiles/{tileId}/GenerateToken")
	}
	d, err := a.Facts.Dashboard(c.ctx(), board)
	if err != nil && inlay.KindOf(err) != inlay.NotFound {
		return err
	}
	t, ok := d.Tile(id)
	if !ok {
		return refuse(inlay.NotFound, "", fmt.Sprintf("dashboard %s shows no tile %s", board, id), "generate a token for one that it shows")
	}
	if _, ok := c.grant.Dataset(t.DatasetID); !ok {
		return refuse(inlay.Forbidden, ruleUseDataset, "the embed token is not for the dataset that the tile shows", "generate a new token")
	}
	d.Tiles = []inlay.Tile{t}
	if err := a.showsTiles(c, d); err != nil {
		return err
	}
	c.json(200, embedTile{ID: t.ID, Title: t.Title, ReportID: t.ReportID, DatasetID: t.DatasetID, Expiration: c.grant.ExpiresAt.UTC().Format(time.RFC3339)})
	return nil
}

// showsTiles asks of tiles whose datasets the token names what authorize asks of a report: that the
// datasets exist, that nothing was revoked, that who generated the token may still show them, and
// that they have roles where the token has an identity.
func (a *api) showsTiles(c *call, d inlay.Dashboard) error {
	workspaces := []string{d.WorkspaceID}
	for _, t := range d.Tiles {
		data, err := a.Items.Dataset(c.ctx(), t.DatasetID)
		if err != nil {
			return gone(err, "dataset", t.DatasetID)
		}
		released, _ := c.grant.Dataset(t.DatasetID)
		if !data.Kind.Live() { // a server of its own knows its users
			if _, err := viewer(released, c.principal.Kind, len(data.Roles) > 0); err != nil {
				return err
			}
		}
		workspaces = append(workspaces, data.WorkspaceID)
		if !slices.Contains(c.about.Datasets, data.ID) {
			c.about.Datasets = append(c.about.Datasets, data.ID)
		}
	}
	slices.Sort(workspaces)
	workspaces = slices.Compact(workspaces)
	c.about.Workspaces = workspaces
	if err := a.notRevokedIn(c.ctx(), c.grant, workspaces...); err != nil {
		return err
	}
	return a.stillMember(c, workspaces...)
}
