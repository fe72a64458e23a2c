package daxcase

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Report is what came of all cases, in their order.
type Report struct{ Results []Result }

// Count counts the results of an outcome.
func (r Report) Count(o Outcome) int {
	n := 0
	for _, x := range r.Results {
		if x.Outcome == o {
			n++
		}
	}
	return n
}

// counts are results by outcome, as JSON.
type counts struct {
	Passed  int `json:"passed"`
	Refused int `json:"refused"`
	Wrong   int `json:"wrong"`
}

func (c *counts) add(o Outcome) { *[]*int{&c.Passed, &c.Refused, &c.Wrong}[o]++ }

// by groups results by a name.
func (r Report) by(name func(Case) string) map[string]*counts {
	m := map[string]*counts{}
	for _, x := range r.Results {
		k := name(x.Case)
		if m[k] == nil {
			m[k] = &counts{}
		}
		m[k].add(x.Outcome)
	}
	return m
}

func stageOf(c Case) string { return strconv.Itoa(c.Stage) }
func tierOf(c Case) string  { return c.Tier }

// JSON writes totals, and the ids behind them.
func (r Report) JSON(out io.Writer) error {
	var total counts
	ids := map[string][]string{Passed.String(): {}, Refused.String(): {}, Wrong.String(): {}}
	details := map[string]string{}
	for _, x := range r.Results {
		total.add(x.Outcome)
		ids[x.Outcome.String()] = append(ids[x.Outcome.String()], x.Case.ID)
		if x.Outcome != Passed {
			details[x.Case.ID] = x.Detail
		}
	}
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		counts
		IDs     map[string][]string `json:"ids"`
		Stages  map[string]*counts  `json:"stages"`
		Tiers   map[string]*counts  `json:"tiers"`
		Details map[string]string   `json:"details"`
	}{total, ids, r.by(stageOf), r.by(tierOf), details})
}

// Text writes what is refused and wrong, and counts by stage and tier.
func (r Report) Text(out io.Writer) error {
	var b strings.Builder
	for _, o := range []Outcome{Refused, Wrong} {
		for _, x := range r.Results {
			if x.Outcome == o {
				fmt.Fprintf(&b, "%-8s %s\n         %s\n", o, x.Case.ID, strings.ReplaceAll(x.Detail, "\n", "\n         "))
			}
		}
	}
	fmt.Fprintf(&b, "\n%-24s %8s %8s %8s\n", "", Passed, Refused, Wrong)
	line := func(name string, c counts) {
		fmt.Fprintf(&b, "%-24s %8d %8d %8d\n", name, c.Passed, c.Refused, c.Wrong)
	}
	for _, group := range []struct {
		prefix string
		rows   map[string]*counts
	}{{"stage ", r.by(stageOf)}, {"", r.by(tierOf)}} {
		for _, name := range sortedKeys(group.rows) {
			line(group.prefix+name, *group.rows[name])
		}
	}
	line("all", counts{r.Count(Passed), r.Count(Refused), r.Count(Wrong)})
	_, err := io.WriteString(out, b.String())
	return err
}
