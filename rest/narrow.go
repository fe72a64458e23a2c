package rest

import (
	"fmt"
	"net/url"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"inlay"
	"inlay/embedtoken"
	"inlay/report"
)

// narrowed reads the member "inlay" of a token request, which makes the token show less. What is
// there and cannot be read, null included, is refused: it was meant as a restriction.
func narrowed(raw jsontext.Value) (*embedtoken.Narrow, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	refused := func(what string) (*embedtoken.Narrow, error) {
		return nil, refuse(inlay.Invalid, "", what, `send {"pages": ["…"], "visuals": ["…"], "oneUse": true, "origin": "https://…"}, or some of these, or leave inlay out`)
	}
	var sent struct {
		Pages   jsontext.Value `json:"pages"`
		Visuals jsontext.Value `json:"visuals"`
		OneUse  jsontext.Value `json:"oneUse"`
		Origin  jsontext.Value `json:"origin"`
	}
	if raw.Kind() != '{' {
		return refused("inlay is not an object")
	}
	if err := json.Unmarshal(raw, &sent, json.MatchCaseInsensitiveNames(true), json.RejectUnknownMembers(true)); err != nil {
		return nil, explain(err)
	}
	n := &embedtoken.Narrow{}
	for _, x := range []struct {
		field string
		raw   jsontext.Value
		names *[]string
	}{{"pages", sent.Pages, &n.Pages}, {"visuals", sent.Visuals, &n.Visuals}} {
		if len(x.raw) == 0 {
			continue
		}
		if x.raw.Kind() != '[' || json.Unmarshal(x.raw, x.names) != nil {
			return refused("inlay." + x.field + " is not a list of names")
		}
	}
	if len(sent.OneUse) > 0 && (sent.OneUse.Kind() != 't' && sent.OneUse.Kind() != 'f' || json.Unmarshal(sent.OneUse, &n.OneUse) != nil) {
		return refused("inlay.oneUse is not a truth value")
	}
	if len(sent.Origin) > 0 && (sent.Origin.Kind() != '"' || json.Unmarshal(sent.Origin, &n.Origin) != nil || n.Origin == "") {
		return refused("inlay.origin is not a text")
	}
	return n, nil
}

// Headers by which the embed page says who uses a token. They are not secrets of the token: see
// docs/rules.md for what they can show and what not.
const (
	sessionHeader = "X-Inlay-Session" // made by the page when it begins
	parentHeader  = "X-Inlay-Parent"  // origin of the window that gave the page its token
	frameHeader   = "X-Inlay-Frame"   // origin for which the page was served, by frame-ancestors
)

// narrowedUse asks whether this request may use a token that is for one use, or for one origin.
func (a *api) narrowedUse(c *call) error {
	if o := c.grant.Origin; o != "" {
		if !only(c, parentHeader, o) || !only(c, frameHeader, o) || c.r.Header.Get("Sec-Fetch-Site") != "" && !only(c, "Sec-Fetch-Site", "same-origin") {
			return refuse(inlay.Forbidden, ruleUseOrigin, "the embed token is for pages of another origin",
				"embed at "+o+", by the report's embedUrl with &inlayOrigin="+url.QueryEscape(o)+" added to it")
		}
	}
	if !c.grant.OneUse {
		return nil
	}
	secret := ""
	if values := c.r.Header.Values(sessionHeader); len(values) == 1 {
		secret = values[0]
	}
	return a.sessions.Use(c.ctx(), c.grant, secret, c.op.Opens, a.Now())
}

// only reports whether a header is there once, with that value.
func only(c *call, name, value string) bool {
	values := c.r.Header.Values(name)
	return len(values) == 1 && values[0] == value
}

// definition reads what a report looks like, and what of it the token shows. A visual is asked
// with the whole: what is not shown, such as the choice that is saved in a slicer, still filters.
func (a *api) definition(c *call, u use) (shown, whole *report.Definition, err error) {
	whole, err = a.Definitions.Report(c.ctx(), u.report)
	if err != nil || c.grant.Pages == nil && c.grant.Visuals == nil {
		return whole, whole, err
	}
	less := *whole
	less.Pages, less.Active = nil, ""
	for _, p := range whole.Pages {
		if !c.grant.ShowsPage(p.Name) {
			continue
		}
		page := *p
		page.Visuals = nil
		for _, v := range p.Visuals {
			if c.grant.ShowsVisual(v.Name) {
				page.Visuals = append(page.Visuals, v)
			}
		}
		less.Pages = append(less.Pages, &page)
		if less.Active == "" || p.Name == whole.Active {
			less.Active = p.Name
		}
	}
	if len(less.Pages) == 0 {
		return nil, nil, refuse(inlay.NotFound, ruleNarrow, "the report has none of the pages that the embed token is narrowed to", "take the names from the report's definition")
	}
	return &less, whole, nil
}

// chooses refuses a choice in a slicer that the token does not show: it would tell about the
// slicer's column, and undo the choice that is saved there.
func chooses(shown *report.Definition, page string, s stateRequest) error {
	for i, x := range s.Slicers {
		if _, _, err := find(shown, page, x.Visual); err != nil {
			return refuse(inlay.Invalid, "", fmt.Sprintf("slicers[%d]: page %q has no slicer %q", i, page, x.Visual), "take the names from the report")
		}
	}
	return nil
}
