package tmdl

import (
	"fmt"

	"inlay/model"
)

// kpi maps what a measure is compared with. Its expressions are hidden measures, as Analysis
// Services makes them of a KPI: the status of Sales compares [Sales] with [_Sales Goal].
func (m *mapper) kpi(t *model.Table, of *model.Measure, n *Node) {
	owner := fmt.Sprintf("the KPI of measure [%s]", of.Name)
	k := &model.KPI{Description: n.Doc}
	of.KPI = k
	part := func(what string, name *string) meaning {
		return func(p *Node) bool {
			named := *p
			named.Name = "_" + of.Name + " " + what
			if first := m.taken(nil, &named); first != nil {
				m.fail(p, "%s makes the measure [%s], which is defined at %s:%d", owner, named.Name, first.doc.File, first.Line)
				return true
			}
			x := &model.Measure{Name: named.Name, Hidden: true, PartOf: of.Name, Place: place(p)}
			m.at[x] = p
			*name = x.Name
			t.Measures = append(t.Measures, x)
			return formula(&x.Expression, &x.Text)(p)
		}
	}
	m.children(n, owner, map[string]meaning{
		"targetexpression": part("Goal", &k.Goal), "statusexpression": part("Status", &k.Status), "trendexpression": part("Trend", &k.Trend),
		"targetformatstring": text(&k.GoalFormat), "targetdescription": text(&k.GoalDescription),
		"statusgraphic": text(&k.StatusGraphic), "statusdescription": text(&k.StatusDescription),
		"trendgraphic": text(&k.TrendGraphic), "trenddescription": text(&k.TrendDescription),
	})
	for _, x := range t.Measures {
		if x.PartOf == of.Name && x.Name == k.Goal {
			x.Format = k.GoalFormat
		}
	}
}
