package embedtoken

import (
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
	world    World
	caller   inlay.Caller
	request  Request
	now      time.Time
	identity map[string]*IdentityRequest // by dataset or paginated report, from the rule one-identity on
	grant    Grant
}

// Rules lists the rules in the order in which they are asked.
func Rules() []Rule { return append([]Rule(nil), rules...) }

// Shape refuses what can be refused without looking anything up. It bounds the work that a
// request can cause: ask it before filling a World.
func Shape(r Request) error {
	d := &decision{request: r}
	return d.run(false)
}

// Decide says what a caller gets for a request, or which rule refuses it. The error is an
// *inlay.Error. The grant has no TokenID yet: ids are not the decision's business.
func Decide(w World, c inlay.Caller, r Request, now time.Time) (Grant, error) {
	d := &decision{world: w, caller: c, request: r, now: now, grant: Grant{
		TenantID:    c.TenantID,
		PrincipalID: c.PrincipalID,
		ParentID:    c.ParentID,
		IssuedAt:    now.UTC().Truncate(time.Second),
	}}
	if err := d.run(false); err != nil {
		return Grant{}, err
	}
	d.request = r.normal()
	d.spread()
	if err := d.run(true); err != nil {
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

// run asks the rules of one half of the table.
func (d *decision) run(world bool) error {
	for _, r := range rules {
		if r.needs != world {
			continue
		}
		if err := r.apply(d); err != nil {
			err.Rule = r.ID
			return err
		}
	}
	return nil
}

// refuse makes a refusal; the runner adds the rule.
func refuse(kind inlay.Kind, msg, remedy string) *inlay.Error {
	return &inlay.Error{Kind: kind, Msg: msg, Remedy: remedy}
}
