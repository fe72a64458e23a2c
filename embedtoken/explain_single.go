package embedtoken

import (
	"slices"

	"inlay"
)

// spread turns a request for one item into its parts, as Decide does, so that each of them has a
// verdict. It reports true when the caller does not see the item, and nothing is said of parts.
func (e *explainer) spread() (unseen bool) {
	d := &decision{world: e.world, caller: e.caller, request: e.request}
	d.spread()
	e.request = d.request
	return d.singleVisible(d.request.Single) != nil
}

// unseen is what is said of an item that the caller does not see: what is asked before, and that
// it was not found. A report and a dataset have a verdict, as with V2.
func (e explainer) unseen(out *Explanation) []inlay.Error {
	all := missing(e.ask(e.world, e.request))
	last := all[len(all)-1]
	switch s := e.request.Single; s.Item {
	case OneReport:
		out.Reports = []Verdict{{ID: s.ID, Refusals: []inlay.Error{last}}}
	case OneDataset:
		out.Datasets = []Verdict{{ID: s.ID, Refusals: []inlay.Error{last}}}
	case NewReport:
		out.Datasets = []Verdict{{ID: s.DatasetID, Refusals: []inlay.Error{last}}}
	default:
		return all
	}
	return all[:len(all)-1]
}

// single leaves out what a request of V1 cannot mend: it names no other dataset and no
// xmlaPermissions. A rule of its own has refused before these.
func (e explainer) single(all []inlay.Error) []inlay.Error {
	if e.request.Single == nil {
		return all
	}
	return slices.DeleteFunc(all, func(err inlay.Error) bool {
		return slices.Contains([]string{"upstream-datasets", "xmla-needed", "paginated-dataset"}, err.Rule)
	})
}

// notThere is what Decide says of a dataset that an item shows and the caller does not see.
func (e explainer) notThere(id string) []inlay.Error {
	err := workspaceRight(&decision{world: e.world, request: Request{Datasets: []DatasetRequest{{ID: id}}}})
	err.Rule = "workspace-right"
	return []inlay.Error{*err}
}

// alone asks for one dataset, with V1 where the request is of V1.
func (e explainer) alone(id string, identities ...IdentityRequest) Request {
	if e.request.Single == nil {
		return Request{Datasets: []DatasetRequest{{ID: id}}, Identities: identities}
	}
	return Request{Single: &Single{Item: OneDataset, WorkspaceID: e.world.Datasets[id].WorkspaceID, ID: id}, Identities: identities}
}
