package embedtoken

import (
	"slices"

	"inlay"
)

// someBlob stands for an access token. What was sent is a secret and is not repeated.
const someBlob = "access token for the data source"

// option is one way to name a dataset: as whom its rows are seen, and who signs in at its sources.
type option struct {
	identity *IdentityRequest
	sources  []inlay.Datasource // to be named in datasourceIdentities
}

// signing are the sources of a dataset or paginated report that ask who the viewer is, each once.
func (e explainer) signing(item string) []inlay.Datasource {
	var list []inlay.Datasource
	for _, s := range slices.Concat(e.world.Datasets[item].Sources, e.world.Reports[item].Sources) {
		if s.SingleSignOn && !slices.ContainsFunc(list, s.Same) {
			list = append(list, inlay.Datasource{Type: s.Type, Details: s.Details})
		}
	}
	return list
}

// signed reports whether the request says who signs in at a source.
func (e explainer) signed(s inlay.Datasource) bool {
	return slices.ContainsFunc(e.request.DatasourceIdentities, func(x DatasourceIdentity) bool { return slices.ContainsFunc(x.Sources, s.Same) })
}

// choose finds the first way to name a dataset that Decide allows, with identityBlob or with
// datasourceIdentities where its sources need one. What was sent is mended and not left out where
// it restricts.
func (e explainer) choose(id string, f Facts, blobs bool) (option, bool) {
	sent, sources := e.identities(id), e.signing(id)
	signed := slices.ContainsFunc(sent, func(x IdentityRequest) bool { return x.Blob != nil }) || slices.ContainsFunc(sources, e.signed)
	named := slices.ContainsFunc(sent, func(x IdentityRequest) bool { return x.rls() || len(x.Roles) > 0 || x.CustomData != "" })
	for _, sign := range []bool{signed, !signed} {
		for _, who := range e.viewers(id, named, sent, f) {
			o := option{identity: who}
			if sign && !blobs {
				o.sources = sources
			}
			if sign && blobs && len(sources) > 0 {
				o.identity = &IdentityRequest{Datasets: []string{id}}
				if who != nil {
					*o.identity = *who
				}
				text := someBlob
				o.identity.Blob = &text
			}
			if e.passes(id, o) {
				return o, true
			}
		}
	}
	return option{}, false
}

// viewers are the identities that a dataset may take, the best first; nil is none.
func (e explainer) viewers(id string, named bool, sent []IdentityRequest, f Facts) []*IdentityRequest {
	d := e.world.Datasets[id]
	if len(f.Roles) == 0 { // the names at least, which the catalog has
		for _, name := range d.Roles {
			f.Roles = append(f.Roles, RoleFacts{Name: name})
		}
	}
	viewer := e.identity(id, sent, f)
	if len(d.Roles) == 0 {
		viewer.Roles = nil
	}
	list := []*IdentityRequest{&viewer}
	if d.Kind.Live() && (!named || d.Kind == inlay.LiveAzure) { // the caller itself, if no other viewer was meant
		own := viewer
		own.Username = (&decision{caller: e.caller}).own()
		if d.Kind == inlay.LiveAzure && named && own.CustomData == "" {
			own.CustomData = viewer.Username
		}
		list = append([]*IdentityRequest{&own}, list...)
	}
	if !named {
		return append([]*IdentityRequest{nil}, list...)
	}
	if len(d.Roles) == 0 && !d.Kind.Live() {
		list = append(list, nil)
	}
	return list
}

// passes asks about a dataset alone, without those that it asks.
func (e explainer) passes(id string, o option) bool {
	d, ok := e.world.Datasets[id]
	if !ok {
		return false
	}
	d.Upstream = nil
	e.world.Datasets = map[string]inlay.Dataset{id: d}
	r := e.alone(id)
	r.DatasourceIdentities = signAt(nil, o.sources)
	if o.identity != nil {
		r.Identities = []IdentityRequest{*o.identity}
	}
	return e.allowed(r)
}

// signAt adds an identity for each source that has none.
func signAt(list []DatasourceIdentity, sources []inlay.Datasource) []DatasourceIdentity {
	list = slices.Clone(list)
	for _, s := range sources {
		if !slices.ContainsFunc(list, func(x DatasourceIdentity) bool { return slices.ContainsFunc(x.Sources, s.Same) }) {
			list = append(list, DatasourceIdentity{Blob: someBlob, Sources: []inlay.Datasource{s}})
		}
	}
	return list
}

// add adds datasets and reports that go together, with all that they stand on, if the result is
// allowed.
func (e explainer) add(s *Request, datasets []string, reports []ReportRequest, facts map[string]Facts) {
	for i := 0; i < len(datasets) && i <= maxNamed; i++ { // it grows
		datasets = append(datasets, e.world.Datasets[datasets[i]].Upstream...)
	}
	forms := []bool{true, false}
	if len(e.request.DatasourceIdentities) > 0 {
		forms = []bool{false, true}
	}
	for _, blobs := range forms {
		with := *s
		good := true
		for _, id := range datasets {
			if slices.ContainsFunc(with.Datasets, func(x DatasetRequest) bool { return x.ID == id }) {
				continue
			}
			o, ok := e.choose(id, facts[id], blobs)
			if good = good && ok; !good {
				break
			}
			with.Datasets = append(slices.Clone(with.Datasets), DatasetRequest{ID: id})
			with.DatasourceIdentities = signAt(with.DatasourceIdentities, o.sources)
			if o.identity != nil {
				with.Identities = append(slices.Clone(with.Identities), *o.identity)
			}
		}
		for _, x := range reports {
			e.addReport(&with, x)
		}
		if e.readable(&with); good && e.allowed(with) {
			*s = with
			return
		}
	}
}

// addReport adds a report with the identity and the sources that were sent for it.
func (e explainer) addReport(s *Request, x ReportRequest) {
	if slices.ContainsFunc(s.Reports, func(y ReportRequest) bool { return y.ID == x.ID }) {
		return
	}
	s.Reports = append(slices.Clone(s.Reports), x)
	s.DatasourceIdentities = signAt(s.DatasourceIdentities, slices.DeleteFunc(e.signing(x.ID), func(d inlay.Datasource) bool { return !e.signed(d) }))
	for _, sent := range e.request.Identities {
		if !slices.Contains(sent.Reports, x.ID) || e.world.Reports[x.ID].Kind != inlay.PaginatedReport {
			continue
		}
		id := IdentityRequest{Username: sent.Username, Reports: []string{x.ID}}
		if _, err := Shape(Request{Reports: []ReportRequest{{ID: x.ID}}, Identities: []IdentityRequest{id}}); err != nil {
			id.Username = someUser
		}
		s.Identities = append(slices.Clone(s.Identities), id)
		return
	}
}

// readable asks for the XMLA endpoint where the decision needs it, and where it was asked for and
// may be had.
func (e explainer) readable(s *Request) {
	need := (&decision{world: e.world, request: *s}).chained()
	s.Datasets = slices.Clone(s.Datasets)
	for i := range s.Datasets {
		if need[s.Datasets[i].ID] {
			s.Datasets[i].XMLA = xmlaReadOnly
		}
	}
	for i := range s.Datasets {
		x := &s.Datasets[i]
		asked := slices.ContainsFunc(e.request.Datasets, func(y DatasetRequest) bool { return y.ID == x.ID && fold(y.XMLA, xmlaReadOnly) })
		if !asked || x.XMLA != "" {
			continue
		}
		if x.XMLA = xmlaReadOnly; !e.allowed(*s) {
			x.XMLA = ""
		}
	}
}
