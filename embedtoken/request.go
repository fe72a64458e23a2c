package embedtoken

import (
	"strings"

	"inlay"
)

// Request is what an application asks for, decoded and otherwise untouched.
type Request struct {
	Datasets             []DatasetRequest
	Reports              []ReportRequest
	TargetWorkspaces     []string
	Identities           []IdentityRequest
	DatasourceIdentities int   // how many were sent
	LifetimeMinutes      int64 // 0 is the default
	Narrow               *Narrow
}

// DatasetRequest asks for one dataset.
type DatasetRequest struct {
	ID   string
	XMLA string // Off, ReadOnly, or empty
}

// ReportRequest asks for one report.
type ReportRequest struct {
	ID        string
	AllowEdit bool
}

// IdentityRequest says as whom datasets are shown.
type IdentityRequest struct {
	Username   string
	Roles      []string
	CustomData string
	Datasets   []string
	Reports    []string
	Blob       bool // an identityBlob was sent
}

// World is what a decision knows about the catalog: values, looked up beforehand. What is not
// in it does not exist.
type World struct {
	Datasets map[string]inlay.Dataset     // the datasets that the request names, by id
	Reports  map[string]inlay.Report      // the reports that the request names, by id
	Rights   map[string]inlay.AccessRight // the caller's, by id of the workspace
	Policy   Policy
}

// normal is the request with ids in lower case and what was named twice in the same words
// named once: applications send a dataset once for each of its reports.
func (r Request) normal() Request {
	r.Datasets = distinct(r.Datasets, func(d DatasetRequest) DatasetRequest {
		d.ID = strings.ToLower(d.ID)
		if strings.EqualFold(d.XMLA, "Off") {
			d.XMLA = ""
		}
		return d
	})
	r.Reports = distinct(r.Reports, func(p ReportRequest) ReportRequest {
		p.ID = strings.ToLower(p.ID)
		return p
	})
	r.TargetWorkspaces = distinct(r.TargetWorkspaces, strings.ToLower)
	identities := make([]IdentityRequest, len(r.Identities))
	for i, id := range r.Identities {
		id.Datasets = distinct(id.Datasets, strings.ToLower)
		identities[i] = id
	}
	r.Identities = identities
	return r
}

// distinct maps a list and drops what is equal to an earlier element.
func distinct[T any, U comparable](list []T, f func(T) U) []U {
	out := make([]U, 0, len(list))
	seen := make(map[U]bool, len(list))
	for _, v := range list {
		x := f(v)
		if !seen[x] {
			seen[x] = true
			out = append(out, x)
		}
	}
	return out
}
