package embedtoken

import (
	"slices"
	"strings"
	"time"

	"inlay"
)

// Explanation says what would become of a request for a token, and why. It is made with the
// rules by which Decide decides, so that the two cannot disagree.
type Explanation struct {
	Allowed    bool
	Refusals   []inlay.Error // of the request, by rules that no single item breaks
	Datasets   []Verdict
	Reports    []Verdict
	Suggestion *Request // a request that Decide allows; nil if nothing that was named can be used. One of V2 in place of one of V1 where V1 cannot do it
}

// Verdict is what the rules say of one dataset or report of a request.
type Verdict struct {
	ID       string
	Allowed  bool
	Refusals []inlay.Error // by every rule that refuses it, in the order of the rules
	Needs    []Need        // which fields of an identity a dataset needs
	Warnings []inlay.Error // what the rules let pass and the viewer will run into; Rule is that at use
}

// Need is a field of an identity and why it is needed, or must not be there.
type Need struct {
	Field string
	Must  bool // a request without it is refused; false: it must not be there, or it only decides the rows
	Never bool // a request with it is refused
	Rule  string
	Why   string
}

// Facts are what a model asks of identities. They are for callers who may publish in the
// dataset's workspace: others do not see the names of roles.
type Facts struct {
	Roles    []RoleFacts
	BothWays bool // a relationship filters security in both directions
}

// RoleFacts is what one role reads of an identity.
type RoleFacts struct {
	Name       string
	Username   bool
	CustomData bool
}

// bounding are the rules that bound the work that a request can cause.
var bounding = []string{"items-named", "max-items", "item-id"}

// Bounded reports whether a request is small and clear enough to look up what it names.
func Bounded(r Request) bool {
	for _, err := range refusals(&decision{request: r}, false) {
		if slices.Contains(bounding, err.Rule) {
			return false
		}
	}
	return true
}

// MayName reports whether the caller may be told the names of a dataset's roles.
func (w World) MayName(dataset string) bool {
	d, ok := w.Datasets[dataset]
	return ok && w.Rights[d.WorkspaceID].AtLeast(inlay.Contributor)
}

// Explain says what Decide would, with every rule that refuses. The world may hold more than
// the request names, such as the datasets of its reports, for the suggestion. Items that the
// caller cannot see are answered as if they did not exist.
func Explain(w World, c inlay.Caller, r Request, facts map[string]Facts, now time.Time) (Explanation, error) {
	e := explainer{world: w.seen(), caller: c, now: now, request: r.normal()}
	_, err := Decide(e.world, c, r, now)
	if err != nil && inlay.KindOf(err) == inlay.Internal {
		return Explanation{}, err
	}
	out := Explanation{Allowed: err == nil, Refusals: refusals(&decision{request: r}, false)}
	if !Bounded(r) {
		return out, nil
	}
	if r.Single != nil && e.spread() {
		out.Refusals = append(out.Refusals, e.unseen(&out)...)
		return out, nil
	}
	for _, x := range e.request.Datasets {
		if slices.ContainsFunc(out.Datasets, func(i Verdict) bool { return i.ID == x.ID }) {
			continue
		}
		out.Datasets = append(out.Datasets, e.verdict(x.ID, facts[x.ID]))
	}
	for _, x := range e.request.Reports {
		if !slices.ContainsFunc(out.Reports, func(i Verdict) bool { return i.ID == x.ID }) {
			out.Reports = append(out.Reports, Verdict{ID: x.ID, Refusals: e.report(x.ID, out.Datasets)})
		}
	}
	out.Refusals = append(out.Refusals, e.rest(out)...)
	for _, list := range [][]Verdict{out.Datasets, out.Reports} {
		for i := range list {
			if out.Allowed { // what the whole passes, its parts pass
				list[i].Refusals = nil
			}
			list[i].Allowed = len(list[i].Refusals) == 0
		}
	}
	out.Suggestion = e.suggest(facts)
	return out, nil
}

// verdict says all about one dataset of the request.
func (e explainer) verdict(id string, f Facts) Verdict {
	v := Verdict{ID: id, Refusals: e.dataset(id)}
	if _, ok := e.world.Datasets[id]; ok {
		v.Needs = e.needs(id, f)
		v.Warnings = warnings(e.identities(id), f, id)
	}
	return v
}

// seen is the world as far as the caller sees it: what is missing and what is elsewhere is the
// same from here on.
func (w World) seen() World {
	s := w
	s.Datasets, s.Reports = map[string]inlay.Dataset{}, map[string]inlay.Report{}
	for id, d := range w.Datasets {
		if w.Rights[d.WorkspaceID].AtLeast(inlay.Viewer) {
			s.Datasets[id] = d
		}
	}
	for id, r := range w.Reports {
		if w.Rights[r.WorkspaceID].AtLeast(inlay.Viewer) {
			s.Reports[id] = r
		}
	}
	return s
}

// refusals asks every rule of one half of the table, also after one has refused.
func refusals(d *decision, world bool) []inlay.Error {
	if world {
		d.look()
	}
	var all []inlay.Error
	for _, r := range rules {
		if r.needs != world {
			continue
		}
		if err := r.apply(d); err != nil {
			err.Rule = r.ID
			all = append(all, *err)
		}
	}
	return all
}

// explainer asks the rules about parts of one request.
type explainer struct {
	world   World // as the caller sees it
	caller  inlay.Caller
	now     time.Time
	request Request // normal
}

// ask asks the rules about a part of the request.
func (e explainer) ask(w World, r Request) []inlay.Error {
	if len(r.Datasets)+len(r.Reports) == 0 && r.Single == nil {
		return nil
	}
	return e.single(refusals(&decision{world: w, caller: e.caller, request: r, now: e.now}, true))
}

// missing stops at the rule that says that an item was not found: nothing can be said after it.
// The rules before it ask about the request alone.
func missing(all []inlay.Error) []inlay.Error {
	for i, err := range all {
		if err.Rule == "items-visible" {
			return all[:i+1]
		}
	}
	return all
}

// dataset asks about a dataset with its identities alone.
func (e explainer) dataset(id string) []inlay.Error {
	if _, ok := e.world.Datasets[id]; !ok && e.request.Single != nil {
		return e.notThere(id)
	}
	r := e.alone(id, e.identities(id)...)
	r.Datasets = nil
	for _, x := range e.request.Datasets {
		if x.ID == id {
			r.Datasets = append(r.Datasets, x)
		}
	}
	return e.ofItem(missing(e.ask(e.world, r)))
}

// ofItem leaves out what is about the caller and not about the item.
func (explainer) ofItem(all []inlay.Error) []inlay.Error {
	return slices.DeleteFunc(all, func(err inlay.Error) bool { return err.Rule == "caller-live" })
}

// identities are the parts of the request's identities that are for a dataset.
func (e explainer) identities(dataset string) []IdentityRequest {
	var list []IdentityRequest
	for _, id := range e.request.Identities {
		if slices.Contains(id.Datasets, dataset) {
			id.Datasets, id.Reports = []string{dataset}, nil
			list = append(list, id)
		}
	}
	return list
}

// report asks about a report beside the datasets of the request, and leaves out what the rules
// say of those alone.
func (e explainer) report(id string, datasets []Verdict) []inlay.Error {
	w := e.stand(nil)
	r := Request{Datasets: e.request.Datasets, Identities: e.request.Identities}
	before := e.ask(w, r)
	for _, x := range datasets {
		before = append(before, x.Refusals...)
	}
	r.Single = e.request.Single
	for _, x := range e.request.Reports {
		if x.ID == id {
			r.Reports = append(r.Reports, x)
		}
	}
	return e.ofItem(missing(without(e.ask(w, r), before)))
}

// rest asks about the whole request and leaves out what was said of its items.
func (e explainer) rest(said Explanation) []inlay.Error {
	var known []inlay.Error
	var gone []string
	for _, list := range [][]Verdict{said.Datasets, said.Reports} {
		for _, x := range list {
			known = append(known, x.Refusals...)
			if n := len(x.Refusals); n > 0 && x.Refusals[n-1].Rule == "items-visible" {
				gone = append(gone, x.ID)
			}
		}
	}
	for _, x := range said.Datasets {
		if _, ok := e.world.Datasets[x.ID]; !ok {
			gone = append(gone, x.ID)
		}
	}
	all := without(e.ask(e.stand(gone), e.request), known)
	// What a rule says of a stand-in is about nothing.
	return slices.DeleteFunc(all, func(err inlay.Error) bool {
		return slices.ContainsFunc(gone, func(id string) bool { return strings.Contains(err.Msg, id) })
	})
}

// stand is the world with stand-ins for datasets that the caller does not see, and for the
// reports among ids, so that the rules can be asked about the rest of the request. A stand-in is
// made of the request alone.
func (e explainer) stand(reports []string) World {
	const nowhere = "" // a workspace of no id
	w := e.world
	w.Datasets, w.Reports, w.Rights = map[string]inlay.Dataset{}, map[string]inlay.Report{}, map[string]inlay.AccessRight{nowhere: inlay.Admin}
	for id, d := range e.world.Datasets {
		w.Datasets[id] = d
	}
	for id, r := range e.world.Reports {
		w.Reports[id] = r
	}
	for id, right := range e.world.Rights {
		w.Rights[id] = right
	}
	for _, x := range e.request.Datasets {
		if _, ok := w.Datasets[x.ID]; !ok {
			d := inlay.Dataset{ID: x.ID, WorkspaceID: nowhere}
			for _, id := range e.identities(x.ID) {
				d.Roles = append(d.Roles, id.Roles...)
			}
			w.Datasets[x.ID] = d
		}
	}
	for _, id := range reports {
		if _, ok := w.Reports[id]; !ok {
			w.Reports[id] = inlay.Report{ID: id, WorkspaceID: nowhere}
		}
	}
	return w
}

// without is what stands in a list and not in another.
func without(all, known []inlay.Error) []inlay.Error {
	return slices.DeleteFunc(slices.Clone(all), func(err inlay.Error) bool {
		return slices.ContainsFunc(known, func(k inlay.Error) bool { return k.Rule == err.Rule && k.Msg == err.Msg })
	})
}
