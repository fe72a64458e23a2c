package embedtoken

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"inlay"
)

// Narrow is what a request may add to make its token show less of a report, or to fewer. It is
// not in the documents: applications ask for it by the member "inlay".
type Narrow struct {
	Pages   []string // names of the pages that are shown; nil is all
	Visuals []string // names of the visuals that are shown; nil is all
	OneUse  bool     // the first page that opens the token is the only one
	Origin  string   // of the pages that may embed; empty is all that the server lets
}

// shows says that it narrows what is shown, not to whom.
func (n *Narrow) shows() bool { return n.Pages != nil || n.Visuals != nil }

// Limits of names. Those of Power BI are 20 hexadecimal digits, or up to 50 letters.
const (
	maxNames = 50
	maxName  = 100
)

// narrowNames asks for what can only be meant in one way: names of one report, and no list that
// is empty.
func narrowNames(d *decision) *inlay.Error {
	n := d.request.Narrow
	if n == nil {
		return nil
	}
	if !n.shows() && !n.OneUse && n.Origin == "" {
		return refuse(inlay.Invalid, "inlay narrows nothing", "name some pages or visuals in inlay.pages or inlay.visuals, set inlay.oneUse or inlay.origin, or leave inlay out")
	}
	if !n.shows() {
		return nil
	}
	for _, x := range []struct {
		field string
		names []string
	}{{"pages", n.Pages}, {"visuals", n.Visuals}} {
		if x.names != nil && len(x.names) == 0 || len(x.names) > maxNames {
			return refuse(inlay.Invalid, fmt.Sprintf("inlay.%s has %d elements, it must have 1 to %d", x.field, len(x.names), maxNames),
				"name what the token may show; leave the member out for all")
		}
		for i, name := range x.names {
			if strings.TrimSpace(name) == "" || utf8.RuneCountInString(name) > maxName {
				return refuse(inlay.Invalid, fmt.Sprintf("inlay.%s[%d] is blank or longer than %d characters", x.field, i, maxName),
					"send the name of a page or visual, as in the report's definition")
			}
		}
	}
	if len(distinct(d.request.Reports, func(r ReportRequest) string { return strings.ToLower(r.ID) })) != 1 {
		return refuse(inlay.Invalid, "inlay.pages and inlay.visuals are names of one report, and the request does not name exactly one",
			"ask for one token for each report")
	}
	return nil
}

// narrowView refuses what would let around the narrowing: a viewer who edits or saves the report,
// or asks the dataset directly, sees more than the named pages and visuals; and who asks the
// dataset directly has no page that could be the only one, or be on an origin.
func narrowView(d *decision) *inlay.Error {
	if d.request.Narrow == nil {
		return nil
	}
	const remedy = "leave it out, or leave inlay out"
	shows := d.request.Narrow.shows()
	for i, r := range d.request.Reports {
		if r.AllowEdit && shows {
			return refuse(inlay.Invalid, fmt.Sprintf("reports[%d].allowEdit does not go with inlay: who edits a report sees all of it", i), remedy)
		}
	}
	if len(d.request.TargetWorkspaces) > 0 && shows {
		return refuse(inlay.Invalid, "targetWorkspaces do not go with inlay: who saves a report has all of it", remedy)
	}
	for i, x := range d.request.Datasets {
		if !fold(x.XMLA, "", "Off") {
			return refuse(inlay.Invalid, fmt.Sprintf("datasets[%d].xmlaPermissions does not go with inlay: who asks the dataset sees all of it, from anywhere", i), remedy)
		}
	}
	return nil
}

// narrowOrigin asks for one origin in the spelling of browsers, because it is compared with what
// they say.
func narrowOrigin(d *decision) *inlay.Error {
	if n := d.request.Narrow; n != nil && n.Origin != "" && !Origin(n.Origin) {
		return refuse(inlay.Invalid, "inlay.origin is not an origin as browsers write it", "send scheme, host and port alone, such as https://app.example.com, in lower case and without the scheme's own port")
	}
	return nil
}

// narrow writes what narrows into the grant.
func narrow(d *decision) *inlay.Error {
	if n := d.request.Narrow; n != nil {
		d.grant.OneUse, d.grant.Origin = n.OneUse, n.Origin
		d.grant.Pages, d.grant.Visuals = slices.Clone(n.Pages), slices.Clone(n.Visuals)
	}
	return nil
}

// ShowsPage reports whether a grant that opens a report shows a page of it.
func (g Grant) ShowsPage(name string) bool { return g.Pages == nil || slices.Contains(g.Pages, name) }

// ShowsVisual reports whether a grant that shows a page shows a visual on it.
func (g Grant) ShowsVisual(name string) bool {
	return g.Visuals == nil || slices.Contains(g.Visuals, name)
}
