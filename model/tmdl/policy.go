package tmdl

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"inlay/model"
)

// policy maps how a table is refreshed by periods. One that does not say both windows is not
// understood.
func (m *mapper) policy(t *model.Table, n *Node) bool {
	for _, word := range []string{"rollingwindowgranularity", "rollingwindowperiods", "incrementalgranularity", "incrementalperiods"} {
		if !slices.ContainsFunc(n.Children, func(c *Node) bool { return strings.EqualFold(c.Word, word) }) {
			return false
		}
	}
	owner := fmt.Sprintf("refresh policy of table '%s'", t.Name)
	p := &model.RefreshPolicy{Place: place(n)}
	if t.Policy != nil {
		m.fail(n, "%s is defined twice", owner)
		return true
	}
	unit := func(to *model.Granularity) meaning {
		return func(c *Node) bool {
			g, ok := model.GranularityOf(c.Value)
			if !ok {
				m.fail(c, "%s has the granularity '%s'; there are day, month, quarter and year", owner, c.Value)
			}
			*to = g
			return true
		}
	}
	count := func(to *int, least int) meaning {
		return func(c *Node) bool {
			v, err := strconv.Atoi(strings.TrimSpace(c.Value))
			if err != nil || v < least || v > 10_000 {
				m.fail(c, "%s has the number '%s' as %s", owner, c.Value, c.Word)
			}
			*to = v
			return true
		}
	}
	m.children(n, owner, map[string]meaning{
		"policytype": func(c *Node) bool { return strings.EqualFold(c.Value, "basic") },
		"mode": func(c *Node) bool {
			if strings.EqualFold(c.Value, "hybrid") {
				m.remark(c, "%s: its newest rows are those of the last refresh; to ask for them where they live (mode hybrid) is not supported", owner)
				return true
			}
			return c.Value == "" || strings.EqualFold(c.Value, "import")
		},
		"rollingwindowgranularity": unit(&p.Rolling), "rollingwindowperiods": count(&p.RollingPeriods, 1),
		"incrementalgranularity": unit(&p.Incremental), "incrementalperiods": count(&p.IncrementalPeriods, 1),
		"incrementalperiodsoffset": count(&p.Offset, -10_000),
		"pollingexpression":        nil, // periods are read again whether they changed or not
		"sourceexpression":         func(c *Node) bool { p.Text = c.Text; return text(&p.Source)(c) },
	})
	t.Policy = p
	return true
}
