package embedtoken

import (
	"sync"
	"time"

	"inlay"
)

// Rule is one rule of the documents or of this program where the documents are silent.
type Rule struct {
	ID     string // also in docs/rules.md, in errors, and in the name of its story
	Source string // where it is written
	// needs says that the rule asks about the world; those that do not stand first.
	needs bool
	apply func(*decision) *inlay.Error
}

// decision is a request on its way through the rules.
type decision struct {
	world   World
	caller  inlay.Caller
	request Request
	now     time.Time
	grant   Grant

	// Of the request, looked up once.
	datasets   found[inlay.Dataset]
	reports    found[inlay.Report]
	identities found[*IdentityRequest] // by dataset or paginated report, from the rule one-identity on
}

// decisions are used again. What a request left in one is cleared: it is nobody else's.
var decisions = sync.Pool{New: func() any { return new(decision) }}

func (d *decision) done() {
	*d = decision{datasets: d.datasets.emptied(), reports: d.reports.emptied(), identities: d.identities.emptied()}
	decisions.Put(d)
}

// Rules lists the rules in the order in which they are asked.
func Rules() []Rule { return append([]Rule(nil), rules...) }

// Shaped is a request that the rules of its shape have passed. Do not write to the request any more.
type Shaped struct {
	request Request
	passed  bool
}

// Shape refuses what can be refused without looking anything up. It bounds the work that a
// request can cause: ask it before filling a World.
func Shape(r Request) (Shaped, error) {
	d := decisions.Get().(*decision)
	defer d.done()
	d.request = r
	if err := d.run(shapeRules); err != nil {
		return Shaped{}, err
	}
	return Shaped{r, true}, nil
}

// Decide says what a caller gets for a request, or which rule refuses it. The error is an
// *inlay.Error. The grant has no TokenID yet: ids are not the decision's business.
func Decide(w World, c inlay.Caller, r Request, now time.Time) (Grant, error) {
	s, err := Shape(r)
	if err != nil {
		return Grant{}, err
	}
	return s.Decide(w, c, now)
}

// Decide asks the rules that need a world, as the function of that name does.
func (s Shaped) Decide(w World, c inlay.Caller, now time.Time) (Grant, error) {
	if !s.passed {
		return Grant{}, inlay.Errorf(inlay.Internal, "the rules of its shape have not passed the request")
	}
	d := decisions.Get().(*decision)
	defer d.done()
	d.world, d.caller, d.now, d.request = w, c, now, s.request.normal()
	d.grant.TenantID, d.grant.PrincipalID, d.grant.ParentID = c.TenantID, c.PrincipalID, c.ParentID
	d.grant.IssuedAt = now.UTC().Truncate(time.Second)
	d.spread()
	d.look()
	if err := d.run(worldRules); err != nil {
		return Grant{}, err
	}
	// What no rule released stays closed: a dataset without an answer is a bug here, and
	// must not leave as a token.
	for _, x := range d.request.Datasets {
		if _, ok := d.grant.Dataset(x.ID); !ok {
			return Grant{}, inlay.Errorf(inlay.Internal, "no rule released dataset %s", x.ID)
		}
	}
	return d.grant, nil
}

// look finds the items of the request in the world. Rules that need a world come after it.
func (d *decision) look() {
	for _, x := range d.request.Datasets {
		if v, ok := d.world.Datasets[x.ID]; ok {
			d.datasets.add(x.ID, v)
		} else {
			d.datasets.miss(x.ID)
		}
	}
	for _, x := range d.request.Reports {
		if v, ok := d.world.Reports[x.ID]; ok {
			d.reports.add(x.ID, v)
		} else {
			d.reports.miss(x.ID)
		}
	}
}

// dataset is a dataset as the world knows it, an empty one if it does not.
func (d *decision) dataset(id string) *inlay.Dataset {
	if x := d.datasets.of(id); x != nil {
		return &x.value
	}
	other := d.world.Datasets[id]
	return &other
}

// report is a report as the world knows it, an empty one if it does not.
func (d *decision) report(id string) *inlay.Report {
	if x := d.reports.of(id); x != nil {
		return &x.value
	}
	other := d.world.Reports[id]
	return &other
}

// as is the identity for a dataset or a paginated report, or nil.
func (d *decision) as(id string) *IdentityRequest {
	if x := d.identities.of(id); x != nil {
		return x.value
	}
	return nil
}

// The two halves of the table.
var shapeRules, worldRules = half(false), half(true)

func half(world bool) (list []Rule) {
	for _, r := range rules {
		if r.needs == world {
			list = append(list, r)
		}
	}
	return list
}

// run asks rules in order.
func (d *decision) run(rules []Rule) error {
	for i := range rules {
		if err := rules[i].apply(d); err != nil {
			err.Rule = rules[i].ID
			return err
		}
	}
	return nil
}

// refuse makes a refusal; the runner adds the rule.
func refuse(kind inlay.Kind, msg, remedy string) *inlay.Error {
	return &inlay.Error{Kind: kind, Msg: msg, Remedy: remedy}
}
