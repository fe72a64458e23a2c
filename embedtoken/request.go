package embedtoken

import (
	"slices"
	"strings"

	"inlay"
)

// Request is what an application asks for, decoded and otherwise untouched.
type Request struct {
	Datasets             []DatasetRequest
	Reports              []ReportRequest
	TargetWorkspaces     []string
	Identities           []IdentityRequest
	DatasourceIdentities []DatasourceIdentity
	LifetimeMinutes      int64   // 0 is the default
	Single               *Single // of a V1 operation, which is for one item; nil for V2
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
	Blob       *string // what signs in at a source; nil if none was sent
	Audit      string  // auditableContext
}

// DatasourceIdentity says as whom data sources are asked.
type DatasourceIdentity struct {
	Blob    string
	Sources []inlay.Datasource // type and details alone
}

// World is what a decision knows about the catalog: values, looked up beforehand. What is not
// in it does not exist.
type World struct {
	Datasets   map[string]inlay.Dataset     // the datasets that the request names, or its item shows, by id
	Reports    map[string]inlay.Report      // the reports that the request names, by id
	Dashboards map[string]inlay.Dashboard   // the dashboard that the request names, by id
	Workspaces map[string]inlay.Workspace   // of all these, and the targets
	Capacities map[string]inlay.Capacity    // of the workspaces that name one
	Rights     map[string]inlay.AccessRight // the caller's, by id of the workspace
	Gateways   []inlay.GatewayRight         // the caller's
	Scopes     []string                     // delegated to the caller's application; none means all
	Switches   inlay.Switches
	Policy     Policy
}

// capacity is what a workspace runs on. One that is not known lets nothing.
func (w World) capacity(workspace string) inlay.Capacity {
	if id := w.Workspaces[workspace].CapacityID; id != "" {
		return w.Capacities[id]
	}
	return inlay.OwnCapacity()
}

// normal is the request with ids in lower case and what was named twice in the same words
// named once: applications send a dataset once for each of its reports.
func (r Request) normal() Request {
	r.Datasets = folded(r.Datasets, func(d DatasetRequest) DatasetRequest {
		d.ID = strings.ToLower(d.ID)
		if strings.EqualFold(d.XMLA, "Off") {
			d.XMLA = ""
		}
		return d
	})
	r.Reports = folded(r.Reports, func(p ReportRequest) ReportRequest {
		p.ID = strings.ToLower(p.ID)
		return p
	})
	r.TargetWorkspaces = folded(r.TargetWorkspaces, strings.ToLower)
	own := false
	for i, id := range r.Identities {
		if usual(id.Datasets, strings.ToLower) && usual(id.Reports, strings.ToLower) {
			continue
		}
		if !own {
			r.Identities, own = slices.Clone(r.Identities), true
		}
		r.Identities[i].Datasets, r.Identities[i].Reports = distinct(id.Datasets, strings.ToLower), distinct(id.Reports, strings.ToLower)
	}
	if r.Single != nil {
		s := *r.Single
		s.DatasetID = strings.ToLower(s.DatasetID)
		r.Single = &s
	}
	return r
}

// folded is distinct, without a copy where that changes nothing.
func folded[T comparable](list []T, f func(T) T) []T {
	if usual(list, f) {
		return slices.Clip(list) // who appends gets a list of his own
	}
	return distinct(list, f)
}

// usual reports whether distinct would change nothing, of a list that may be long.
func usual[T comparable](list []T, f func(T) T) bool {
	if len(list) > maxNamed {
		return false
	}
	for i, v := range list {
		if f(v) != v || slices.Contains(list[:i], v) {
			return false
		}
	}
	return true
}

// distinct maps a list and drops what is equal to an earlier element.
func distinct[T any, U comparable](list []T, f func(T) U) []U {
	out := make([]U, 0, len(list))
	var seen map[U]bool // only of a list longer than is allowed, which would take long to look through
	if len(list) > maxNamed {
		seen = map[U]bool{}
	}
	for _, v := range list {
		x := f(v)
		if seen[x] || seen == nil && slices.Contains(out, x) {
			continue
		}
		if seen != nil {
			seen[x] = true
		}
		out = append(out, x)
	}
	return out
}
