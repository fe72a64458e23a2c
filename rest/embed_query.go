package rest

import (
	"context"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"inlay"
	"inlay/dax"
	"inlay/report/visual"
)

// Limits of the viewer's state, so that a small request cannot ask for a huge question.
const (
	maxSlicers = 100
	maxValues  = 1000
)

// stateRequest is the viewer's state: what is chosen in which slicer.
type stateRequest struct {
	Slicers []struct {
		Visual string           `json:"visual"`
		Values []jsontext.Value `json:"values"`
	} `json:"slicers"`
}

// embedQuery answers the rows of one visual. The page names visuals and values; which column
// a value is compared with, the definition says.
func (a *api) embedQuery(c *call) error {
	u, err := a.authorize(c)
	if err != nil {
		return err
	}
	var body stateRequest
	if err := c.decode(&body); err != nil {
		return err
	}
	state, err := body.state()
	if err != nil {
		return err
	}
	shown, def, err := a.definition(c, u)
	if err != nil {
		return err
	}
	if _, _, err := find(shown, c.vars["page"], c.vars["visual"]); err != nil {
		return err
	}
	page, v, err := find(def, c.vars["page"], c.vars["visual"])
	if err != nil {
		return err
	}
	if shown != def {
		if err := chooses(shown, page.Name, body); err != nil {
			return err
		}
	}
	visible, err := a.Engine.Visible(c.ctx(), u.dataset, u.viewer)
	if err != nil {
		c.at = onRows
		return err
	}
	plan, err := visual.Query(visible, def, page, v, state)
	if err != nil {
		return err
	}
	c.at = onRows
	ctx, cancel := context.WithTimeout(c.ctx(), a.Timeout)
	defer cancel()
	res, err := a.Engine.Ask(ctx, u.dataset, u.viewer, plan.Query)
	if plain, ok := plan.Unformatted(); ok && (inlay.KindOf(err) == inlay.Unsupported || inlay.KindOf(err) == inlay.Invalid) {
		plan = plain // a format string that cannot be computed keeps no number from being shown
		res, err = a.Engine.Ask(ctx, u.dataset, u.viewer, plan.Query)
	}
	if err != nil {
		return err
	}
	if want := len(plan.Query.Groups) + len(plan.Query.Values); len(res.Columns) != want {
		return fmt.Errorf("visual %q asks for %d columns and got %d", v.Name, want, len(res.Columns))
	}
	c.writeRows(res, plan)
	return nil
}

// state is the request in terms of visual.
func (s stateRequest) state() (visual.State, error) {
	var state visual.State
	if len(s.Slicers) > maxSlicers {
		return state, refuse(inlay.Limit, "", fmt.Sprintf("slicers has more than %d elements", maxSlicers), "send fewer")
	}
	seen := map[string]bool{}
	for i, x := range s.Slicers {
		if seen[x.Visual] || x.Visual == "" {
			return state, refuse(inlay.Invalid, "", fmt.Sprintf("slicers[%d].visual is missing or there twice", i), "name each slicer once")
		}
		seen[x.Visual] = true
		if len(x.Values) > maxValues {
			return state, refuse(inlay.Limit, "", fmt.Sprintf("slicers[%d].values has more than %d elements", i, maxValues), "send fewer")
		}
		choice := visual.Choice{Visual: x.Visual, Values: make([]dax.Value, len(x.Values))}
		for j, raw := range x.Values {
			v, ok := scalar(raw)
			if !ok {
				return state, refuse(inlay.Invalid, "", fmt.Sprintf("slicers[%d].values[%d] is not a value", i, j), "send null, a truth value, a number or a text")
			}
			choice.Values[j] = v
		}
		state.Slicers = append(state.Slicers, choice)
	}
	return state, nil
}

// scalar reads null, a truth value, a number or a text. A whole number that does not fit is
// not rounded.
func scalar(raw jsontext.Value) (dax.Value, bool) {
	switch raw.Kind() {
	case 'n':
		return dax.Value{}, true
	case 't', 'f':
		return dax.BoolOf(raw.Kind() == 't'), true
	case '0':
		if n, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
			return dax.IntOf(n), true
		}
		for _, c := range raw {
			if c == '.' || c == 'e' || c == 'E' {
				f, err := strconv.ParseFloat(string(raw), 64)
				return dax.FloatOf(f), err == nil
			}
		}
	case '"':
		var s string
		err := json.Unmarshal(raw, &s)
		return dax.TextOf(s), err == nil
	}
	return dax.Value{}, false
}
