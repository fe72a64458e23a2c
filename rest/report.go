package rest

import (
	"inlay"
)

// wireReport is a report on the wire.
type wireReport struct {
	Context       string   `json:"@odata.context,omitzero"`
	ID            string   `json:"id"`
	ReportType    string   `json:"reportType"`
	Name          string   `json:"name"`
	WebURL        string   `json:"webUrl"`
	EmbedURL      string   `json:"embedUrl"`
	IsFromPbix    bool     `json:"isFromPbix"`
	IsOwnedByMe   bool     `json:"isOwnedByMe"`
	DatasetID     string   `json:"datasetId,omitzero"` // a paginated report has none
	Users         []string `json:"users"`
	Subscriptions []string `json:"subscriptions"`
}

func (a *api) wireReport(c *call, r inlay.Report) wireReport {
	if r.Kind == inlay.PaginatedReport {
		return wireReport{ID: r.ID, ReportType: "PaginatedReport", Name: r.Name, IsOwnedByMe: true, Users: []string{}, Subscriptions: []string{},
			WebURL:   a.appURL(c) + "/groups/" + r.WorkspaceID + "/rdlreports/" + r.ID,
			EmbedURL: a.embedURL(c, "rdlEmbed?reportId="+r.ID+"&groupId="+r.WorkspaceID)}
	}
	return wireReport{
		ID:            r.ID,
		ReportType:    "PowerBIReport",
		Name:          r.Name,
		WebURL:        a.appURL(c) + "/groups/" + r.WorkspaceID + "/reports/" + r.ID,
		EmbedURL:      a.embedURL(c, "reportEmbed?reportId="+r.ID+"&groupId="+r.WorkspaceID),
		IsFromPbix:    true,
		IsOwnedByMe:   true,
		DatasetID:     r.DatasetID,
		Users:         []string{},
		Subscriptions: []string{},
	}
}

func (a *api) listReports(c *call) error {
	id := c.vars["groupId"]
	if _, err := a.right(c.ctx(), c.caller, id); err != nil {
		return err
	}
	reports, err := a.Items.ReportsIn(c.ctx(), id)
	if err != nil {
		return err
	}
	out := make([]wireReport, len(reports))
	for i, r := range reports {
		out[i] = a.wireReport(c, r)
	}
	c.json(200, list[wireReport]{Context: a.context(c, id, "reports"), Value: out})
	return nil
}

func (a *api) report(c *call) error {
	group, id := c.vars["groupId"], c.vars["reportId"]
	if _, err := a.right(c.ctx(), c.caller, group); err != nil {
		return err
	}
	r, err := a.Items.Report(c.ctx(), id)
	if err != nil && inlay.KindOf(err) != inlay.NotFound {
		return err
	}
	if err != nil || r.WorkspaceID != group {
		return refuse(inlay.NotFound, "", "report "+id+" was not found in workspace "+group, "list the reports of the workspace")
	}
	w := a.wireReport(c, r)
	w.Context = a.context(c, group, "reports/$entity")
	c.json(200, w)
	return nil
}
