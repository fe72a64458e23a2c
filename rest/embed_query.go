package rest

import (
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/report"
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
	chosen, err := body.chosen()
	if err != nil {
		return err
	}
	def, err := a.Definitions.Report(c.ctx(), u.report)
	if err != nil {
		return err
	}
	page, visual, err := find(def, c.vars["page"], c.vars["visual"])
	if err != nil {
		return err
	}
	question, fields, err := plan(u.model, def, page, visual, chosen)
	if err != nil {
		return err
	}
	c.at = onRows
	res, err := a.Engine.Ask(c.ctx(), u.dataset, u.viewer, question)
	if err != nil {
		return err
	}
	if len(fields) != len(res.Columns) {
		return fmt.Errorf("visual %q asks for %d columns and got %d", visual.Name, len(fields), len(res.Columns))
	}
	c.writeRows(res, fields)
	return nil
}

// chosen is the state by slicer.
func (s stateRequest) chosen() (map[string][]dax.Value, error) {
	if len(s.Slicers) > maxSlicers {
		return nil, refuse(inlay.Limit, "", fmt.Sprintf("slicers has more than %d elements", maxSlicers), "send fewer")
	}
	out := map[string][]dax.Value{}
	for i, x := range s.Slicers {
		if _, twice := out[x.Visual]; twice || x.Visual == "" {
			return nil, refuse(inlay.Invalid, "", fmt.Sprintf("slicers[%d].visual is missing or there twice", i), "name each slicer once")
		}
		if len(x.Values) > maxValues {
			return nil, refuse(inlay.Limit, "", fmt.Sprintf("slicers[%d].values has more than %d elements", i, maxValues), "send fewer")
		}
		values := make([]dax.Value, len(x.Values))
		for j, raw := range x.Values {
			v, ok := scalar(raw)
			if !ok {
				return nil, refuse(inlay.Invalid, "", fmt.Sprintf("slicers[%d].values[%d] is not a value", i, j), "send null, a truth value, a number or a text")
			}
			values[j] = v
		}
		out[x.Visual] = values
	}
	return out, nil
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

var _ = report.Page{}

func plan(*model.Model, *report.Definition, *report.Page, *report.Visual, map[string][]dax.Value) (model.Query, []field, error) {
	return model.Query{}, nil, refuse(inlay.Unsupported, "", "queries of visuals are not supported", "")
}
