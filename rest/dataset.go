package rest

import (
	"time"

	"inlay"
)

// wireDataset is a dataset on the wire. The casing is that of the live service.
type wireDataset struct {
	Context       string   `json:"@odata.context,omitzero"`
	ID            string   `json:"id"`
	Name          string   `json:"name"`
	WebURL        string   `json:"webUrl"`
	AddRows       bool     `json:"addRowsAPIEnabled"`
	IsRefreshable bool     `json:"isRefreshable"`
	Identity      bool     `json:"isEffectiveIdentityRequired"`
	IdentityRoles bool     `json:"isEffectiveIdentityRolesRequired"`
	Gateway       bool     `json:"isOnPremGatewayRequired"`
	StorageMode   string   `json:"targetStorageMode"`
	CreatedDate   string   `json:"createdDate"`
	CreateURL     string   `json:"createReportEmbedURL"`
	QnaURL        string   `json:"qnaEmbedURL"`
	Upstream      []string `json:"upstreamDatasets"`
	Users         []string `json:"users"`
	ScaleOut      scaleOut `json:"queryScaleOutSettings"`
}

type scaleOut struct {
	AutoSync bool `json:"autoSyncReadOnlyReplicas"`
	Replicas int  `json:"maxReadOnlyReplicas"`
}

// wireDataset says that an identity with roles is required if the model has roles:
// applications decide on these two flags whether to send one.
func (a *api) wireDataset(c *call, d inlay.Dataset) wireDataset {
	secured := len(d.Roles) > 0
	return wireDataset{
		ID:            d.ID,
		Name:          d.Name,
		WebURL:        a.appURL(c) + "/groups/" + d.WorkspaceID + "/datasets/" + d.ID,
		IsRefreshable: true,
		Identity:      secured || d.Kind.Live() || d.SingleSignOn() && d.Kind != inlay.DirectLake,
		IdentityRoles: secured,
		StorageMode:   "Abf",
		CreatedDate:   d.CreatedAt.UTC().Format(time.RFC3339),
		CreateURL:     a.embedURL(c, "reportEmbed?datasetId="+d.ID),
		QnaURL:        a.embedURL(c, "qnaEmbed?datasetId="+d.ID),
		Upstream:      []string{},
		Users:         []string{},
		ScaleOut:      scaleOut{AutoSync: true},
	}
}

func (a *api) listDatasets(c *call) error {
	id := c.vars["groupId"]
	if _, err := a.right(c.ctx(), c.caller, id); err != nil {
		return err
	}
	datasets, err := a.Items.DatasetsIn(c.ctx(), id)
	if err != nil {
		return err
	}
	out := make([]wireDataset, len(datasets))
	for i, d := range datasets {
		out[i] = a.wireDataset(c, d)
	}
	c.json(200, list[wireDataset]{Context: a.context(c, id, "datasets"), Value: out})
	return nil
}

func (a *api) dataset(c *call) error {
	group, id := c.vars["groupId"], c.vars["datasetId"]
	if _, err := a.right(c.ctx(), c.caller, group); err != nil {
		return err
	}
	d, err := a.Items.Dataset(c.ctx(), id)
	if err != nil && inlay.KindOf(err) != inlay.NotFound {
		return err
	}
	if err != nil || d.WorkspaceID != group {
		return refuse(inlay.NotFound, "", "dataset "+id+" was not found in workspace "+group, "list the datasets of the workspace")
	}
	w := a.wireDataset(c, d)
	w.Context = a.context(c, group, "datasets/$entity")
	c.json(200, w)
	return nil
}

// named finds the dataset that a request names, and the caller's right in its workspace. Without
// a workspace in the path it is that of the dataset; who has no role there learns nothing about
// the dataset.
func (a *api) named(c *call) (inlay.Dataset, inlay.AccessRight, error) {
	id, group := c.vars["datasetId"], c.vars["groupId"]
	missing := refuse(inlay.NotFound, "", "dataset "+id+" was not found", "list the datasets of the workspace")
	var right inlay.AccessRight
	var err error
	if group != "" {
		if right, err = a.right(c.ctx(), c.caller, group); err != nil {
			return inlay.Dataset{}, "", err
		}
		missing = refuse(inlay.NotFound, "", "dataset "+id+" was not found in workspace "+group, "list the datasets of the workspace")
	}
	d, err := a.Items.Dataset(c.ctx(), id)
	switch {
	case inlay.KindOf(err) == inlay.NotFound && err != nil, err == nil && group != "" && d.WorkspaceID != group:
		return inlay.Dataset{}, "", missing
	case err != nil:
		return inlay.Dataset{}, "", err
	}
	if group == "" {
		if right, err = a.rightIn(c.ctx(), d.WorkspaceID, c.caller.PrincipalID); err != nil {
			return inlay.Dataset{}, "", err
		}
		if !right.AtLeast(inlay.Viewer) {
			return inlay.Dataset{}, "", missing
		}
	}
	return d, right, nil
}
