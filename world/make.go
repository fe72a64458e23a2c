package world

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"inlay"
	"inlay/server"
)

// Made is what came of making worlds on one server.
type Made struct {
	IDs     map[string]string    // by name of a thing
	Names   map[string]string    // the other way
	Secrets map[string][2]string // of new principals, by name: client id or user name, and secret
	order   []string             // names, as they were made
	dir     string               // for projects
	imports int
}

// NewMade is for a server and a folder that may be written to.
func NewMade(dir string) *Made {
	return &Made{IDs: map[string]string{}, Names: map[string]string{}, Secrets: map[string][2]string{}, dir: dir}
}

// Order lists the names of what was made.
func (m *Made) Order() []string { return m.order }

// maker makes one world.
type maker struct {
	*Made
	ctx context.Context
	s   *server.Server
	w   *World
}

// Make makes what a world says, or what it adds to what was made before.
func (m *Made) Make(ctx context.Context, s *server.Server, w *World) error {
	k := maker{m, ctx, s, w}
	for _, step := range []func() error{k.capacities, k.switches, k.workspaces, k.principals, k.datasets, k.members, k.reports, k.dashboards, k.rights, k.gateways} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// call remembers what a thing is called. Two things of one name would make a world ambiguous.
func (m *Made) call(name, id string) error {
	if other := m.IDs[name]; other != "" && other != id {
		return fmt.Errorf("two things are called %q; each needs a name of its own", name)
	}
	if m.IDs[name] == "" {
		m.order = append(m.order, name)
	}
	m.IDs[name], m.Names[id] = id, name
	return nil
}

// id is the id of a thing that must be there.
func (m *Made) id(name string) (string, error) {
	if id := m.IDs[name]; id != "" {
		return id, nil
	}
	return "", fmt.Errorf("%q does not exist", name)
}

func (k maker) ids(names []string) ([]string, error) {
	var list []string
	for _, n := range names {
		id, err := k.id(n)
		if err != nil {
			return nil, err
		}
		list = append(list, id)
	}
	return list, nil
}

func (k maker) capacities() error {
	for _, c := range k.w.Capacities {
		id := k.s.Named("capacity", c.Name)
		if err := k.s.Catalog().SetCapacity(k.ctx, inlay.Capacity{ID: id, Name: c.Name, XMLA: c.XMLA, Shared: c.Shared}); err != nil {
			return err
		}
		if err := k.call(c.Name, id); err != nil {
			return err
		}
	}
	return nil
}

func (k maker) switches() error {
	if len(k.w.Switches) == 0 {
		return nil
	}
	v, err := k.s.Catalog().Switches(k.ctx)
	if err != nil {
		return err
	}
	for _, s := range k.w.Switches {
		switch s.Name {
		case "XMLA":
			v.XMLA = s.On
		case "profiles":
			v.Profiles = s.On
		case "service principals":
			v.ServicePrincipals = s.On
		}
	}
	return k.s.Catalog().SetSwitches(k.ctx, v)
}

func (k maker) workspaces() error {
	for _, w := range k.w.Workspaces {
		if err := k.workspace(w); err != nil {
			return fmt.Errorf("workspace %s: %w", w.Name, err)
		}
	}
	return nil
}

func (k maker) workspace(w Workspace) error {
	made, err := k.s.Catalog().WorkspaceByName(k.ctx, w.Name)
	switch {
	case err != nil && inlay.KindOf(err) != inlay.NotFound:
		return err
	case err != nil && w.Kind == "":
		made, err = k.s.NewWorkspace(k.ctx, w.Name)
	case err != nil:
		made = inlay.Workspace{ID: k.s.Named("workspace", w.Name), Name: w.Name, Kind: w.Kind, CreatedAt: k.s.Now()}
		err = k.s.Catalog().CreateWorkspace(k.ctx, made)
	case made.Kind != w.Kind:
		return fmt.Errorf("it is there and of another kind")
	}
	if err != nil {
		return err
	}
	if w.Capacity != "" {
		capacity, err := k.id(w.Capacity)
		if err == nil {
			err = k.s.Catalog().AssignCapacity(k.ctx, made.ID, capacity)
		}
		if err != nil {
			return err
		}
	}
	return k.call(w.Name, made.ID)
}

func (k maker) principals() error {
	for _, p := range k.w.Principals {
		if k.IDs[p.Name] != "" {
			continue
		}
		made := inlay.Principal{Kind: inlay.MasterUser, Name: p.Name, Scopes: p.Scopes}
		switch {
		case p.Parent != "":
			parent, err := k.id(p.Parent)
			if err != nil {
				return fmt.Errorf("profile %s: %w; its app comes first", p.Name, err)
			}
			made.Kind, made.ParentID, made.ID = inlay.ServiceProfile, parent, k.s.Named("profile", p.Parent+"/"+p.Name)
		case p.App:
			made.Kind, made.ID, made.ClientID = inlay.ServicePrincipal, k.s.Named("app", p.Name), k.s.Named("client", p.Name)
		default:
			if !strings.Contains(p.Name, "@") {
				made.Name += "@example.com"
			}
			made.ID = k.s.Named("user", made.Name)
			if there, err := k.s.Catalog().PrincipalByName(k.ctx, made.Name); err == nil {
				made.ID = there.ID
			}
		}
		secret, err := k.s.Register(k.ctx, made)
		if err != nil {
			return err
		}
		if secret != "" && p.App {
			k.Secrets[p.Name] = [2]string{made.ClientID, secret}
		} else if secret != "" {
			k.Secrets[p.Name] = [2]string{made.Name, secret}
		}
		if err := k.call(p.Name, made.ID); err != nil {
			return err
		}
	}
	return nil
}

// rights gives principals their rights in workspaces.
func (k maker) rights() error {
	for _, p := range k.w.Principals {
		for _, r := range p.Rights {
			workspace, err := k.id(r[1])
			if err != nil {
				return fmt.Errorf("%s is %s of %w", p.Name, r[0], err)
			}
			if err := k.s.Join(k.ctx, workspace, k.IDs[p.Name], inlay.AccessRight(r[0])); err != nil {
				return err
			}
		}
	}
	for _, w := range k.w.Workspaces {
		if w.Owner == "" {
			continue
		}
		owner, err := k.id(w.Owner)
		if err == nil {
			err = k.s.Join(k.ctx, k.IDs[w.Name], owner, inlay.Admin)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (k maker) datasets() error {
	for _, d := range k.w.Datasets {
		publish := k.publish
		if d.Stub {
			publish = k.stub
		}
		if err := publish(d); err != nil {
			return fmt.Errorf("dataset %s: %w", d.Name, err)
		}
	}
	return nil
}

// publish imports a dataset with its reports as a project, as users' projects are.
func (k maker) publish(d Dataset) error {
	var reports []Report
	for _, r := range k.w.Reports {
		if r.Dataset == d.Name && r.Workspace == d.Workspace && !r.Paginated && r.Home == "" {
			reports = append(reports, r)
		}
	}
	k.imports++
	in := server.Import{Folder: filepath.Join(k.dir, fmt.Sprintf("project%d", k.imports)), Workspace: d.Workspace}
	if d.From != "" {
		in.Folder = filepath.Join(k.w.Base, filepath.FromSlash(d.From))
		for _, m := range d.Maps {
			in.Maps = append(in.Maps, server.Mapping{From: m[0], To: m[1]})
		}
	} else if err := writeProject(in.Folder, d, reports); err != nil {
		return err
	}
	done, err := k.s.Import(k.ctx, in)
	if err != nil {
		return err
	}
	if err := k.call(d.Workspace, done.Workspace.ID); err != nil {
		return err
	}
	if err := k.call(d.Name, done.Dataset.ID); err != nil {
		return err
	}
	for _, r := range done.Reports {
		if err := k.call(r.Name, r.ID); err != nil {
			return err
		}
	}
	if len(d.Sources)+len(d.Upstream) == 0 {
		return nil
	}
	return k.describe(done.Dataset, d)
}

// stub puts a dataset into the catalog that cannot be asked.
func (k maker) stub(d Dataset) error {
	w, err := k.s.NewWorkspace(k.ctx, d.Workspace)
	if err == nil {
		err = k.call(d.Workspace, w.ID)
	}
	if err != nil {
		return err
	}
	made, err := k.s.Catalog().DatasetByName(k.ctx, w.ID, d.Name)
	if err != nil && inlay.KindOf(err) == inlay.NotFound {
		made = inlay.Dataset{ID: k.s.Named("dataset", d.Workspace+"/"+d.Name), WorkspaceID: w.ID, Name: d.Name, CreatedAt: k.s.Now()}
		err = k.s.Catalog().CreateDataset(k.ctx, made)
	}
	if err != nil {
		return err
	}
	if err := k.call(d.Name, made.ID); err != nil {
		return err
	}
	made.Roles = nil
	for _, r := range d.Roles {
		made.Roles = append(made.Roles, r.Name)
	}
	return k.describe(made, d)
}

// describe stores what the rules ask about a dataset.
func (k maker) describe(made inlay.Dataset, d Dataset) (err error) {
	made.Kind, made.Sources = d.Kind, k.sources(d.Name, d.Sources)
	if made.Upstream, err = k.ids(d.Upstream); err != nil {
		return err
	}
	return k.s.Catalog().Publish(k.ctx, made)
}

func (k maker) sources(of string, list []Source) []inlay.Datasource {
	var out []inlay.Datasource
	for i, s := range list {
		o := s.Datasource
		if s.Gateway != "" {
			o.GatewayID, o.ID = k.s.Named("gateway", s.Gateway), k.s.Named("datasource", fmt.Sprintf("%s/%s/%d", s.Gateway, of, i))
		}
		out = append(out, o)
	}
	return out
}

// imported reports whether a report was made with its dataset.
func (k maker) imported(r Report) bool {
	for _, d := range k.w.Datasets {
		if d.Name == r.Dataset && d.Workspace == r.Workspace && r.Home == "" {
			return !d.Stub && !r.Paginated
		}
	}
	return false
}

func (k maker) reports() error {
	for _, paginated := range []bool{true, false} { // the others' visuals name them
		for _, r := range k.w.Reports {
			if r.Paginated != paginated {
				continue
			}
			if err := k.report(r); err != nil {
				return fmt.Errorf("report %s: %w", r.Name, err)
			}
		}
	}
	return nil
}

func (k maker) report(r Report) (err error) {
	w, err := k.s.NewWorkspace(k.ctx, r.Workspace)
	if err == nil {
		err = k.call(r.Workspace, w.ID)
	}
	if err != nil {
		return err
	}
	made, err := k.s.Catalog().ReportByName(k.ctx, w.ID, r.Name)
	known := err == nil
	if err != nil && inlay.KindOf(err) != inlay.NotFound {
		return err
	}
	if !known && k.imported(r) {
		return fmt.Errorf("world: the project of dataset %s has no report %q", r.Dataset, r.Name)
	}
	if !known {
		made = inlay.Report{ID: k.s.Named("report", r.Workspace+"/"+r.Name), WorkspaceID: w.ID, Name: r.Name, CreatedAt: k.s.Now()}
	}
	if !k.imported(r) {
		made.Sources = k.sources(r.Name, r.Sources)
		if made.Models, err = k.ids(r.Reads); err != nil {
			return err
		}
		if r.Paginated {
			made.Kind = inlay.PaginatedReport
		} else if made.DatasetID, err = k.id(r.Dataset); err != nil {
			return err
		}
	}
	if made.Paginated, err = k.ids(r.Embeds); err != nil {
		return err
	}
	if known {
		err = k.s.Catalog().Replace(k.ctx, made)
	} else {
		err = k.s.Catalog().CreateReport(k.ctx, made)
	}
	if err != nil {
		return err
	}
	return k.call(r.Name, made.ID)
}

func (k maker) dashboards() error {
	for _, d := range k.w.Dashboards {
		workspace, err := k.id(d.Workspace)
		if err != nil {
			return fmt.Errorf("dashboard %s: %w", d.Name, err)
		}
		made := inlay.Dashboard{ID: k.s.Named("dashboard", d.Workspace+"/"+d.Name), WorkspaceID: workspace, Name: d.Name}
		for _, t := range d.Tiles {
			tile := inlay.Tile{ID: k.s.Named("tile", d.Workspace+"/"+d.Name+"/"+t.Title), Title: t.Title, ReportID: k.IDs[t.Report], DatasetID: k.IDs[t.Dataset]}
			if t.Report != "" {
				r, err := k.s.Catalog().Report(k.ctx, tile.ReportID)
				if err != nil {
					return fmt.Errorf("tile %s: %w", t.Title, err)
				}
				tile.DatasetID = r.DatasetID
			}
			if err := k.call(t.Title, tile.ID); err != nil {
				return err
			}
			made.Tiles = append(made.Tiles, tile)
		}
		if err := k.s.Catalog().SetDashboard(k.ctx, made); err != nil {
			return err
		}
		if err := k.call(d.Name, made.ID); err != nil {
			return err
		}
	}
	return nil
}

func (k maker) gateways() error {
	for _, g := range k.w.Gateways {
		admin, err := k.id(g[1])
		if err == nil {
			err = k.s.Catalog().SetGatewayRight(k.ctx, inlay.GatewayRight{GatewayID: k.s.Named("gateway", g[0]), PrincipalID: admin, Right: inlay.GatewayAdmin})
		}
		if err != nil {
			return fmt.Errorf("gateway %s: %w", g[0], err)
		}
	}
	for _, o := range k.w.Overrides {
		ids, err := k.ids(o[:])
		if err != nil {
			return err
		}
		d, err := k.s.Catalog().Dataset(k.ctx, ids[1])
		if err != nil {
			return err
		}
		for _, s := range d.Sources {
			if err := k.s.Catalog().SetGatewayRight(k.ctx, inlay.GatewayRight{GatewayID: s.GatewayID, DatasourceID: s.ID, PrincipalID: ids[0], Right: inlay.OverrideIdentity}); err != nil {
				return err
			}
		}
	}
	return nil
}

// members puts users into roles of datasets.
func (k maker) members() error {
	for _, d := range k.w.Datasets {
		for _, m := range d.Members {
			user := m[0]
			if !strings.Contains(user, "@") {
				user += "@example.com"
			}
			if err := k.s.Catalog().AddRoleMember(k.ctx, inlay.RoleMember{DatasetID: k.IDs[d.Name], Role: m[1], User: user}); err != nil {
				return fmt.Errorf("dataset %s: member %s of %s: %w", d.Name, m[0], m[1], err)
			}
		}
	}
	return nil
}
