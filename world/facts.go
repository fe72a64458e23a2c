package world

import (
	"fmt"
	"regexp"
	"strings"

	"inlay"
)

// Workspace is a workspace of a world.
type Workspace struct {
	Name     string
	Kind     inlay.WorkspaceKind
	Capacity string // name
	Owner    string // of My workspace
}

// Capacity is a capacity of a world.
type Capacity struct {
	Name   string
	XMLA   inlay.XMLAAccess
	Shared bool
}

// Switch is a setting of the tenant.
type Switch struct {
	Name string
	On   bool
}

// Source is a data source; its gateway is named.
type Source struct {
	inlay.Datasource
	Gateway string
}

// Dashboard is a dashboard with its tiles.
type Dashboard struct {
	Name, Workspace string
	Tiles           []Tile
}

// Tile is a tile of a report or of a dataset.
type Tile struct {
	Title, Report, Dataset string
}

var kinds = map[string]inlay.DatasetKind{
	"Analysis Services": inlay.LiveServer, "Azure Analysis Services": inlay.LiveAzure,
	"Direct Lake": inlay.DirectLake, "DirectQuery": inlay.DirectQuery,
}

// facts are the lines about what is in the catalog alone. They are tried before the others,
// whose names may hold anything.
var facts = []line{
	{regexp.MustCompile(`^workspace (.+) on (\S+)$`), addWorkspace(func(w *Workspace, m []string) { w.Capacity = m[2] })},
	{regexp.MustCompile(`^workspace (.+) is V1$`), addWorkspace(func(w *Workspace, _ []string) { w.Kind = inlay.OldGroup })},
	{regexp.MustCompile(`^my workspace of (\S+)$`), addWorkspace(func(w *Workspace, m []string) {
		w.Name, w.Kind, w.Owner = "My workspace of "+m[1], inlay.MyWorkspace, m[1]
	})},
	{regexp.MustCompile(`^workspace (.+)$`), addWorkspace(func(*Workspace, []string) {})},
	{regexp.MustCompile(`^capacity (\S+) (?:with XMLA (Off|ReadOnly|ReadWrite)|shared)$`), func(w *World, m []string) error {
		c := Capacity{Name: m[1], XMLA: inlay.XMLAAccess(m[2])}
		if m[2] == "" {
			c.XMLA, c.Shared = inlay.XMLAOff, true
		}
		w.Capacities = append(w.Capacities, c)
		return nil
	}},
	{regexp.MustCompile(`^switch (XMLA|profiles|service principals) (on|off)$`), func(w *World, m []string) error {
		w.Switches = append(w.Switches, Switch{m[1], m[2] == "on"})
		return nil
	}},
	{regexp.MustCompile(`^dataset (.+) in (.+), (Analysis Services|Azure Analysis Services|Direct Lake|DirectQuery)$`), func(w *World, m []string) error {
		w.Datasets = append(w.Datasets, Dataset{Name: m[1], Workspace: m[2], Kind: kinds[m[3]], Stub: true})
		return nil
	}},
	{regexp.MustCompile(`^  source (\S+): (.+)$`), readSource},
	{regexp.MustCompile(`^  upstream (.+)$`), inDataset(func(d *Dataset, m []string) { d.Upstream = append(d.Upstream, m[1]) })},
	{regexp.MustCompile(`^report (.+) in (.+), paginated$`), func(w *World, m []string) error {
		w.Reports = append(w.Reports, Report{Name: m[1], Workspace: m[2], Paginated: true})
		return nil
	}},
	{regexp.MustCompile(`^report (.+) in (.+) on (.+) in (.+)$`), func(w *World, m []string) error {
		w.Reports = append(w.Reports, Report{Name: m[1], Workspace: m[2], Dataset: m[3], Home: m[4]})
		return nil
	}},
	{regexp.MustCompile(`^  reads (.+)$`), inReport(func(r *Report, m []string) { r.Reads = append(r.Reads, m[1]) })},
	{regexp.MustCompile(`^  paginated visual (.+)$`), inReport(func(r *Report, m []string) { r.Embeds = append(r.Embeds, m[1]) })},
	{regexp.MustCompile(`^dashboard (.+) in (.+)$`), func(w *World, m []string) error {
		w.Dashboards = append(w.Dashboards, Dashboard{Name: m[1], Workspace: m[2]})
		return nil
	}},
	{regexp.MustCompile(`^  tile (.+) (of|on) (.+)$`), readTile},
	{regexp.MustCompile(`^user (\S+) with scopes (.+)$`), func(w *World, m []string) error {
		w.principal(Principal{Name: m[1]}).Scopes = Cells(m[2], ",")
		return nil
	}},
	{regexp.MustCompile(`^profile (\S+) of (\S+?)(?:, (viewer|contributor|member|admin) of (.+))?$`), func(w *World, m []string) error {
		p := w.principal(Principal{Name: m[1], Parent: m[2]})
		if m[3] != "" {
			p.Rights = append(p.Rights, [2]string{strings.ToUpper(m[3][:1]) + m[3][1:], m[4]})
		}
		return nil
	}},
	{regexp.MustCompile(`^gateway (\S+) admin (\S+)$`), func(w *World, m []string) error {
		w.Gateways = append(w.Gateways, [2]string{m[1], m[2]})
		return nil
	}},
	{regexp.MustCompile(`^(\S+) overrides identities of (.+)$`), func(w *World, m []string) error {
		w.Overrides = append(w.Overrides, [2]string{m[1], m[2]})
		return nil
	}},
}

func addWorkspace(set func(*Workspace, []string)) func(*World, []string) error {
	return func(w *World, m []string) error {
		s := Workspace{Name: m[1]}
		set(&s, m)
		w.Workspaces = append(w.Workspaces, s)
		return nil
	}
}

// principal finds a principal of the world, or adds one.
func (w *World) principal(p Principal) *Principal {
	for i := range w.Principals {
		if w.Principals[i].Name == p.Name {
			return &w.Principals[i]
		}
	}
	w.Principals = append(w.Principals, p)
	return &w.Principals[len(w.Principals)-1]
}

func inReport(read func(r *Report, m []string)) func(w *World, m []string) error {
	return func(w *World, m []string) error {
		if len(w.Reports) == 0 {
			return fmt.Errorf("%q stands under no report", strings.TrimSpace(m[0]))
		}
		read(&w.Reports[len(w.Reports)-1], m)
		return nil
	}
}

// readSource reads a data source of the dataset or report above it.
func readSource(w *World, m []string) error {
	s := Source{Datasource: inlay.Datasource{Type: m[1]}}
	details := map[string]*string{
		"server": &s.Details.Server, "database": &s.Details.Database, "url": &s.Details.URL, "path": &s.Details.Path,
		"kind": &s.Details.Kind, "account": &s.Details.Account, "domain": &s.Details.Domain,
	}
	for _, part := range Cells(m[2], ",") {
		name, value, _ := strings.Cut(part, "=")
		name = strings.TrimSpace(name)
		gateway, viaGateway := strings.CutPrefix(part, "gateway ")
		switch {
		case part == "single sign-on":
			s.SingleSignOn = true
		case viaGateway:
			s.Gateway = gateway
		case details[name] != nil:
			*details[name] = strings.TrimSpace(value)
		default:
			return fmt.Errorf("%q is not understood in a data source", part)
		}
	}
	if len(w.Reports) > 0 {
		r := &w.Reports[len(w.Reports)-1]
		r.Sources = append(r.Sources, s)
		return nil
	}
	return inDataset(func(d *Dataset, _ []string) { d.Sources = append(d.Sources, s) })(w, m)
}

func readTile(w *World, m []string) error {
	if len(w.Dashboards) == 0 {
		return fmt.Errorf("%q stands under no dashboard", strings.TrimSpace(m[0]))
	}
	t := Tile{Title: m[1], Report: m[3]}
	if m[2] == "on" {
		t.Report, t.Dataset = "", m[3]
	}
	d := &w.Dashboards[len(w.Dashboards)-1]
	d.Tiles = append(d.Tiles, t)
	return nil
}
