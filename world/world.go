package world

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"inlay"
)

// World is what a story begins with.
type World struct {
	Wire bool // errors are as bare as those of the service
	// Options of the server, as its configuration names them.
	RequireIdentity, StrictRoles bool
	Administrators               []string // names of users and apps

	Workspaces []Workspace
	Capacities []Capacity
	Switches   []Switch
	Principals []Principal
	Datasets   []Dataset
	Reports    []Report
	Dashboards []Dashboard
	Gateways   [][2]string // gateway, its admin
	Overrides  [][2]string // who, dataset
	Base       string      // the folder to which paths of projects are relative
}

// Principal is an app or a user, with rights in workspaces.
type Principal struct {
	Name   string
	App    bool
	Parent string // the app of a profile
	Scopes []string
	Rights [][2]string // right, workspace
}

// Dataset is a model with its rows.
type Dataset struct {
	Name, Workspace string
	Tables          []Table
	Measures        [][2]string // name, DAX
	Relations       [][3]string // from, to, options
	Roles           []Role
	Members         [][2]string // user, role
	Kind            inlay.DatasetKind
	Stub            bool // in the catalog alone
	Sources         []Source
	Upstream        []string
	From            string      // a project on disk, instead of all that
	Maps            [][2]string // of its sources, as inlay import takes them
}

// Table is a table with its rows as text; an empty cell is BLANK.
type Table struct {
	Name    string
	Columns []string
	Rows    [][]string
}

// Role is a security role: filters by table.
type Role struct {
	Name    string
	Filters [][2]string // table, DAX
	Hides   [][2]string // table, column; empty for the whole table
}

// Report is a report of one page.
type Report struct {
	Name, Workspace, Dataset string
	Visuals                  []Visual
	Home                     string // workspace of the dataset, if it is another
	Paginated                bool
	Sources                  []Source
	Reads                    []string // datasets of a paginated report
	Embeds                   []string // paginated reports in visuals
}

// Visual is a visual of a story's report.
type Visual struct {
	Type   string
	Fields []string // Table[Column] or [Measure]
}

// line is a form of line and what it means. The first form that fits is taken.
type line struct {
	form *regexp.Regexp
	read func(w *World, m []string) error
}

var lines = []line{
	{regexp.MustCompile(`^errors: (wire|explain)$`), func(w *World, m []string) error {
		w.Wire = m[1] == "wire"
		return nil
	}},
	{regexp.MustCompile(`^option (require-identity|strict-roles)$`), func(w *World, m []string) error {
		w.RequireIdentity, w.StrictRoles = w.RequireIdentity || m[1] == "require-identity", w.StrictRoles || m[1] == "strict-roles"
		return nil
	}},
	{regexp.MustCompile(`^administrator (\S+)$`), func(w *World, m []string) error {
		w.Administrators = append(w.Administrators, m[1])
		return nil
	}},
	{regexp.MustCompile(`^(app|user) (\S+)$`), func(w *World, m []string) error {
		w.Principals = append(w.Principals, Principal{Name: m[2], App: m[1] == "app"})
		return nil
	}},
	{regexp.MustCompile(`^(app|user) (\S+) (viewer|contributor|member|admin) of (.+)$`), readMember},
	{regexp.MustCompile(`^dataset (.+) in (.+?) from (.+)$`), func(w *World, m []string) error {
		w.Datasets = append(w.Datasets, Dataset{Name: m[1], Workspace: m[2], From: m[3]})
		return nil
	}},
	{regexp.MustCompile(`^  map (.+) to (.+)$`), inDataset(func(d *Dataset, m []string) {
		d.Maps = append(d.Maps, [2]string{m[1], m[2]})
	})},
	{regexp.MustCompile(`^dataset (.+) in (.+)$`), func(w *World, m []string) error {
		w.Datasets = append(w.Datasets, Dataset{Name: m[1], Workspace: m[2]})
		return nil
	}},
	{regexp.MustCompile(`^report (.+) in (.+) on (.+)$`), func(w *World, m []string) error {
		w.Reports = append(w.Reports, Report{Name: m[1], Workspace: m[2], Dataset: m[3]})
		return nil
	}},
	{regexp.MustCompile(`^  table (.+?): (.+)$`), inDataset(func(d *Dataset, m []string) {
		d.Tables = append(d.Tables, Table{Name: m[1], Columns: Cells(m[2], ",")})
	})},
	{regexp.MustCompile(`^    (.*\|.*|[^|]+)$`), readRow},
	{regexp.MustCompile(`^  measure (.+?) = (.+)$`), inDataset(func(d *Dataset, m []string) {
		d.Measures = append(d.Measures, [2]string{m[1], m[2]})
	})},
	{regexp.MustCompile(`^  relate (.+\]) to (.+\])(| both| secure)$`), inDataset(func(d *Dataset, m []string) {
		d.Relations = append(d.Relations, [3]string{m[1], m[2], strings.TrimSpace(m[3])})
	})},
	{regexp.MustCompile(`^  role ([^:]+?) hides ([^\[:]+?)(?:\[(.+)\])?$`), inDataset(readHidden)},
	{regexp.MustCompile(`^  role ([^:]+?)(?: on (.+?): (.+))?$`), inDataset(readRole)},
	{regexp.MustCompile(`^  member (\S+) of (.+)$`), inDataset(func(d *Dataset, m []string) {
		d.Members = append(d.Members, [2]string{m[1], m[2]})
	})},
	{regexp.MustCompile(`^  (card|table|column chart|slicer): (.+)$`), readVisual},
}

// Parse reads a world. Its error names the line.
func Parse(text string) (*World, error) {
	w := &World{}
next:
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimRight(line, " \t\r")
		if line == "" || strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		for _, l := range slices.Concat(facts, lines) {
			if m := l.form.FindStringSubmatch(line); m != nil {
				if err := l.read(w, m); err != nil {
					return nil, fmt.Errorf("world, line %d: %w", i+1, err)
				}
				continue next
			}
		}
		return nil, fmt.Errorf("world, line %d: %q is not understood", i+1, line)
	}
	return w, w.check()
}

// check refuses a report that the world would not have, so that a story does not speak of it.
func (w *World) check() error {
	for _, r := range w.Reports {
		known := r.Paginated || r.Home != ""
		for _, d := range w.Datasets {
			known = known || d.Name == r.Dataset && d.Workspace == r.Workspace
		}
		if !known {
			return fmt.Errorf("world: report %s is on %q, and there is no such dataset in %s", r.Name, r.Dataset, r.Workspace)
		}
	}
	for _, d := range w.Datasets {
		if d.From != "" && len(d.Tables)+len(d.Roles)+len(d.Measures)+len(d.Relations) > 0 {
			return fmt.Errorf("world: dataset %s is a project on disk, and has tables, measures or roles here, too", d.Name)
		}
		if d.From == "" && len(d.Maps) > 0 {
			return fmt.Errorf("world: dataset %s has a line map and is no project on disk", d.Name)
		}
	}
	return nil
}

func readMember(w *World, m []string) error {
	right := strings.ToUpper(m[3][:1]) + m[3][1:]
	for i := range w.Principals {
		if w.Principals[i].Name == m[2] {
			w.Principals[i].Rights = append(w.Principals[i].Rights, [2]string{right, m[4]})
			return nil
		}
	}
	w.Principals = append(w.Principals, Principal{Name: m[2], App: m[1] == "app", Rights: [][2]string{{right, m[4]}}})
	return nil
}

func inDataset(read func(d *Dataset, m []string)) func(w *World, m []string) error {
	return func(w *World, m []string) error {
		if len(w.Datasets) == 0 || len(w.Reports) > 0 {
			return fmt.Errorf("%q stands under no dataset", strings.TrimSpace(m[0]))
		}
		read(&w.Datasets[len(w.Datasets)-1], m)
		return nil
	}
}

func readRow(w *World, m []string) error {
	if len(w.Datasets) == 0 || len(w.Datasets[len(w.Datasets)-1].Tables) == 0 {
		return fmt.Errorf("a row stands under no table")
	}
	d := &w.Datasets[len(w.Datasets)-1]
	t := &d.Tables[len(d.Tables)-1]
	row := Cells(m[1], "|")
	if len(row) != len(t.Columns) {
		return fmt.Errorf("the row has %d cells where table %q has %d columns", len(row), t.Name, len(t.Columns))
	}
	t.Rows = append(t.Rows, row)
	return nil
}

func readRole(d *Dataset, m []string) {
	for i := range d.Roles {
		if d.Roles[i].Name == m[1] {
			if m[2] != "" {
				d.Roles[i].Filters = append(d.Roles[i].Filters, [2]string{m[2], m[3]})
			}
			return
		}
	}
	r := Role{Name: m[1]}
	if m[2] != "" {
		r.Filters = [][2]string{{m[2], m[3]}}
	}
	d.Roles = append(d.Roles, r)
}

func readHidden(d *Dataset, m []string) {
	readRole(d, []string{m[0], m[1], "", ""})
	for i := range d.Roles {
		if r := &d.Roles[i]; r.Name == m[1] {
			r.Hides = append(r.Hides, [2]string{m[2], m[3]})
		}
	}
}

func readVisual(w *World, m []string) error {
	if len(w.Reports) == 0 {
		// "table X: …" of a dataset is matched before; a visual needs a report.
		return fmt.Errorf("%q stands under no report", strings.TrimSpace(m[0]))
	}
	r := &w.Reports[len(w.Reports)-1]
	r.Visuals = append(r.Visuals, Visual{Type: m[1], Fields: Cells(m[2], ",")})
	return nil
}

// Cells splits a line of the language and trims the parts.
func Cells(text, separator string) []string {
	parts := strings.Split(text, separator)
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}
