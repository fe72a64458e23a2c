package embedtoken

import (
	"time"

	"inlay"
)

// Grant is what a token lets its bearer do. The zero Grant lets nothing. A Grant that was
// opened may be shared between requests: read it, do not write to it.
//
// The members are the content of the sealed part. Adding one keeps old tokens readable by new
// programs; old programs refuse what they do not know.
type Grant struct {
	TokenID          string         `json:"id"`
	TenantID         string         `json:"tenant"`
	PrincipalID      string         `json:"principal"`       // who asked for the token
	ParentID         string         `json:"parent,omitzero"` // the service principal, if a profile asked
	IssuedAt         time.Time      `json:"issued"`
	ExpiresAt        time.Time      `json:"expires"`
	Reports          []ReportGrant  `json:"reports,omitempty"`
	Datasets         []DatasetGrant `json:"datasets,omitempty"`
	TargetWorkspaces []string       `json:"targets,omitempty"`
	Workspaces       []string       `json:"workspaces,omitempty"` // of all that it names; see Stamp
	Epochs           []inlay.Epoch  `json:"epochs,omitempty"`     // of its subjects, those that were not 0
	Pages            []string       `json:"pages,omitempty"`      // that it shows; none named: all
	Visuals          []string       `json:"visuals,omitempty"`    // that it shows; none named: all
	Dashboards       []string       `json:"dashboards,omitempty"`
	Tiles            []string       `json:"tiles,omitempty"`   // each shows without its dashboard
	Sources          []SourceGrant  `json:"sources,omitempty"` // as whom data sources are asked
	OneUse           bool           `json:"once,omitzero"`
	Keeper           string         `json:"keeper,omitzero"` // where it is known whether it was used, if it is for one use
	Origin           string         `json:"origin,omitzero"` // of the pages that may embed it; empty: all that the server lets
}

// SourceGrant signs in at data sources. The blob is a secret of the viewer.
type SourceGrant struct {
	Blob    string             `json:"blob"`
	Sources []inlay.Datasource `json:"sources"`
}

// ReportGrant lets open a report.
type ReportGrant struct {
	ID   string `json:"id"`
	Edit bool   `json:"edit,omitzero"`
	// Identity is as whom a paginated report is shown.
	Identity *inlay.Identity `json:"as,omitzero"`
	Audit    string          `json:"audit,omitzero"`
}

// DatasetGrant lets ask a dataset: as an identity, or about all rows. If it says neither, it
// lets nothing.
type DatasetGrant struct {
	ID           string          `json:"id"`
	Unrestricted bool            `json:"all,omitzero"`
	Identity     *inlay.Identity `json:"as,omitzero"`
	XMLA         bool            `json:"xmla,omitzero"`  // its XMLA endpoint may be read
	Blob         string          `json:"blob,omitzero"`  // signs in at the dataset's source; a secret
	Audit        string          `json:"audit,omitzero"` // auditableContext, for the record of the generation
}

// Report says whether the grant opens a report, and how.
func (g Grant) Report(id string) (ReportGrant, bool) {
	for _, r := range g.Reports {
		if r.ID == id {
			return r, true
		}
	}
	return ReportGrant{}, false
}

// Dataset says whether the grant lets ask a dataset, and as whom.
func (g Grant) Dataset(id string) (DatasetGrant, bool) {
	for _, d := range g.Datasets {
		if d.ID == id && d.Unrestricted != (d.Identity != nil) {
			return d, true
		}
	}
	return DatasetGrant{}, false
}
