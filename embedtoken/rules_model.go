package embedtoken

import (
	"fmt"
	"slices"
	"strings"

	"inlay"
)

const xmlaReadOnly = "ReadOnly"

// Rules about datasets that ask other datasets.

func upstreamSingle(d *decision) *inlay.Error {
	if d.request.Single == nil {
		return nil
	}
	for _, x := range d.request.Datasets {
		if len(d.dataset(x.ID).Upstream) > 0 {
			return refuse(inlay.Invalid, fmt.Sprintf("dataset %s asks other datasets with DirectQuery, which is not supported with V1 embed token", x.ID),
				"use POST GenerateToken and name all its datasets with xmlaPermissions ReadOnly")
		}
	}
	return nil
}

// upstreamDatasets follows a chain by itself: a dataset that must be named brings its own.
func upstreamDatasets(d *decision) *inlay.Error {
	for _, x := range d.request.Datasets {
		for _, up := range d.dataset(x.ID).Upstream {
			if !d.asks(up) {
				return refuse(inlay.Invalid, fmt.Sprintf("dataset %s asks dataset %s with DirectQuery, and the request does not name it", x.ID, up),
					fmt.Sprintf(`add {"id": %q, "xmlaPermissions": "ReadOnly"} to datasets`, up))
			}
		}
	}
	return nil
}

// asks reports whether the request names a dataset.
func (d *decision) asks(dataset string) bool {
	return d.datasets.of(dataset) != nil
}

// chained are the datasets of the request that ask others or are asked by them, and those that
// paginated reports read.
func (d *decision) chained() map[string]bool {
	var set map[string]bool // most requests have none
	add := func(id string) {
		if set == nil {
			set = map[string]bool{}
		}
		set[id] = true
	}
	for _, x := range d.request.Datasets {
		if up := d.dataset(x.ID).Upstream; len(up) > 0 {
			add(x.ID)
			for _, id := range up {
				add(id)
			}
		}
	}
	for _, x := range d.request.Reports {
		for _, id := range d.report(x.ID).Models {
			add(id)
		}
	}
	return set
}

// xmlaNeeded: such datasets are read through the XMLA endpoint.
func xmlaNeeded(d *decision) *inlay.Error {
	need := d.chained()
	for _, x := range d.request.Datasets {
		if need[x.ID] && !fold(x.XMLA, xmlaReadOnly) {
			return refuse(inlay.Invalid, fmt.Sprintf("dataset %s is read through the XMLA endpoint and needs xmlaPermissions ReadOnly", x.ID),
				fmt.Sprintf(`send {"id": %q, "xmlaPermissions": "ReadOnly"} in datasets`, x.ID))
		}
	}
	return nil
}

func dedicatedCapacity(d *decision) *inlay.Error {
	const remedy = "assign the workspace to a dedicated capacity"
	for _, x := range d.request.Reports {
		r := d.report(x.ID)
		if r.Kind == inlay.PaginatedReport && d.world.capacity(r.WorkspaceID).Shared {
			return refuse(inlay.Invalid, fmt.Sprintf("paginated report %s is in a workspace that is not on a dedicated capacity", x.ID), remedy)
		}
	}
	need := d.chained()
	for _, x := range d.request.Datasets {
		if need[x.ID] && d.world.capacity(d.dataset(x.ID).WorkspaceID).Shared {
			return refuse(inlay.Invalid, fmt.Sprintf("dataset %s is in a workspace that is not on a dedicated capacity", x.ID), remedy)
		}
	}
	return nil
}

func xmlaCapacity(d *decision) *inlay.Error {
	for _, x := range d.request.Datasets {
		if fold(x.XMLA, xmlaReadOnly) && !d.world.capacity(d.dataset(x.ID).WorkspaceID).Readable() {
			return refuse(inlay.Invalid, fmt.Sprintf("the capacity of dataset %s does not let its XMLA endpoint be read", x.ID),
				"set the capacity's XMLA endpoint to Read Only or Read Write")
		}
	}
	return nil
}

func xmlaTenant(d *decision) *inlay.Error {
	for _, x := range d.request.Datasets {
		if fold(x.XMLA, xmlaReadOnly) && !d.world.Switches.XMLA {
			return refuse(inlay.Invalid, fmt.Sprintf("the tenant does not allow XMLA endpoints, and dataset %s is asked for with xmlaPermissions ReadOnly", x.ID),
				"turn the tenant's switch for XMLA endpoints on")
		}
	}
	return nil
}

func xmlaGranted(d *decision) *inlay.Error {
	for _, x := range d.request.Datasets {
		for i := range d.grant.Datasets {
			if g := &d.grant.Datasets[i]; g.ID == x.ID {
				g.XMLA = fold(x.XMLA, xmlaReadOnly)
			}
		}
	}
	return nil
}

// Rules about datasets of a lake. The texts are the service's.

func directLakeSingle(d *decision) *inlay.Error {
	if d.request.Single == nil {
		return nil
	}
	for _, x := range d.request.Datasets {
		if d.dataset(x.ID).Kind == inlay.DirectLake {
			return refuse(inlay.Invalid, "Embedding a DirectLake dataset is not supported with V1 embed token", "use POST GenerateToken")
		}
	}
	return nil
}

// directLakeIdentity: with a fixed identity at its source, a dataset of a lake is like any other.
func directLakeIdentity(d *decision) *inlay.Error {
	for _, x := range d.request.Datasets {
		if s := d.dataset(x.ID); s.Kind == inlay.DirectLake && s.SingleSignOn() && d.as(x.ID) != nil {
			return refuse(inlay.Forbidden, "Creating embed token with effective identity is not supported for this datasource",
				"bind the dataset to a connection with a fixed identity")
		}
	}
	return nil
}

// Rules about live connections to Analysis Services.

// own is the name under which the caller itself asks a server.
func (d *decision) own() string {
	if d.caller.Kind == inlay.MasterUser {
		return d.caller.Name
	}
	return d.caller.PrincipalID
}

// liveProfile: the page on Azure Analysis Services allows a profile's object id, the page on
// profiles says that they are not supported with it. The narrower reading is taken.
func liveProfile(d *decision) *inlay.Error {
	for _, x := range d.request.Datasets {
		if d.dataset(x.ID).Kind == inlay.LiveAzure && d.caller.Kind == inlay.ServiceProfile {
			return refuse(inlay.Invalid, fmt.Sprintf("dataset %s is a live connection to Azure Analysis Services, which is not supported with service principal profiles", x.ID),
				"ask as the service principal itself")
		}
	}
	return nil
}

// liveIdentity holds with and without roles.
func liveIdentity(d *decision) *inlay.Error {
	for _, x := range d.request.Datasets {
		if d.live(x.ID) && !d.as(x.ID).rls() && d.caller.Kind != inlay.MasterUser {
			return refuse(inlay.Invalid, accessing(x.ID)+" requires effective identity to be provided",
				fmt.Sprintf(`add {"username": "…", "datasets": [%q]} to identities`, x.ID))
		}
	}
	return nil
}

func liveUsername(d *decision) *inlay.Error {
	const allowed = `abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_!#^~\@`
	for _, x := range d.request.Datasets {
		if id := d.as(x.ID); d.dataset(x.ID).Kind == inlay.LiveServer && id != nil && strings.Trim(id.Username, allowed) != "" {
			return refuse(inlay.Invalid, fmt.Sprintf("the username for dataset %s has a character that an on-premises model does not allow", x.ID),
				`use letters, digits and . - _ ! # ^ ~ \ @ alone`)
		}
	}
	return nil
}

func liveCustomData(d *decision) *inlay.Error {
	for _, x := range d.request.Datasets {
		if id := d.as(x.ID); d.dataset(x.ID).Kind == inlay.LiveServer && id != nil && id.CustomData != "" {
			return refuse(inlay.Invalid, fmt.Sprintf("customData is not supported for dataset %s, a live connection to Analysis Services on premises", x.ID),
				"use roles, or the username")
		}
	}
	return nil
}

// livePrincipal has the service's text, and its spelling.
func livePrincipal(d *decision) *inlay.Error {
	for _, x := range d.request.Datasets {
		id := d.as(x.ID)
		if d.dataset(x.ID).Kind == inlay.LiveAzure && id.rls() && !strings.EqualFold(id.Username, d.own()) {
			return refuse(inlay.Invalid, accessing(x.ID)+" requries effective identity username to be identical to the caller's principal name",
				"send the user principal name of the user, or the object id of the service principal, and say who is meant in customData")
		}
	}
	return nil
}

// liveOverride lets everyone ask as themselves; who asks as others administers the gateway or
// has the right on each data source.
func liveOverride(d *decision) *inlay.Error {
	for _, x := range d.request.Datasets {
		s, id := d.dataset(x.ID), d.as(x.ID)
		if s.Kind != inlay.LiveServer || !id.rls() || strings.EqualFold(id.Username, d.own()) {
			continue
		}
		if len(s.Sources) == 0 || slices.ContainsFunc(s.Sources, func(o inlay.Datasource) bool { return !d.overrides(o) }) {
			return refuse(inlay.Forbidden, fmt.Sprintf("the caller may not ask dataset %s as another user", x.ID),
				"make the caller an admin of the gateway, or give it the right ReadOverrideEffectiveIdentity on the data source")
		}
	}
	return nil
}

func (d *decision) overrides(s inlay.Datasource) bool {
	return s.GatewayID != "" && slices.ContainsFunc(d.world.Gateways, func(g inlay.GatewayRight) bool {
		return g.GatewayID == s.GatewayID && (g.DatasourceID == "" && g.Right == inlay.GatewayAdmin ||
			g.DatasourceID == s.ID && s.ID != "" && g.Right == inlay.OverrideIdentity)
	})
}

// liveOwnIdentity: a server knows its users, so that a master user who names nobody is shown
// what that user sees, and not everything.
func liveOwnIdentity(d *decision) *inlay.Error {
	for _, x := range d.request.Datasets {
		if d.live(x.ID) && !d.as(x.ID).rls() && d.caller.Kind == inlay.MasterUser && d.caller.Name != "" {
			d.grant.Datasets = append(d.grant.Datasets, DatasetGrant{ID: x.ID, Identity: &inlay.Identity{Username: d.caller.Name, Datasets: []string{x.ID}}})
		}
	}
	return nil
}
