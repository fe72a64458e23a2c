package embedtoken

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"inlay"
)

// Narrow is what a request may add to make its token show less of a report. It is not in the
// documents: applications ask for it by the member "inlay".
type Narrow struct {
	Pages   []string // names of the pages that are shown; nil is all
	Visuals []string // names of the visuals that are shown; nil is all
}

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
	if n.Pages == nil && n.Visuals == nil {
		return refuse(inlay.Invalid, "inlay names neither pages nor visuals", "name some in inlay.pages or inlay.visuals, or leave inlay out")
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
// or asks the dataset directly, sees more than the named pages and visuals.
func narrowView(d *decision) *inlay.Error {
	if d.request.Narrow == nil {
		return nil
	}
	const remedy = "leave it out, or leave inlay out"
	for i, r := range d.request.Reports {
		if r.AllowEdit {
			return refuse(inlay.Invalid, fmt.Sprintf("reports[%d].allowEdit does not go with inlay: who edits a report sees all of it", i), remedy)
		}
	}
	if len(d.request.TargetWorkspaces) > 0 {
		return refuse(inlay.Invalid, "targetWorkspaces do not go with inlay: who saves a report has all of it", remedy)
	}
	for i, x := range d.request.Datasets {
		if !fold(x.XMLA, "", "Off") {
			return refuse(inlay.Invalid, fmt.Sprintf("datasets[%d].xmlaPermissions does not go with inlay: who asks the dataset sees all of it", i), remedy)
		}
	}
	return nil
}

// narrow writes the names into the grant.
func narrow(d *decision) *inlay.Error {
	if n := d.request.Narrow; n != nil {
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
