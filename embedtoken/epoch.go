package embedtoken

import (
	"slices"

	"inlay"
)

// Stamp writes into a grant the workspaces of its items and how often the tokens of its subjects
// had been revoked. Read seen before the world that the grant was decided in: what is revoked
// after that ends the token, whichever of the two was first.
func (g *Grant) Stamp(w World, seen inlay.Revoked) {
	g.Workspaces = append(make([]string, 0, len(g.TargetWorkspaces)+len(w.Dashboards)+len(g.Reports)+len(g.Datasets)), g.TargetWorkspaces...)
	for _, b := range w.Dashboards {
		g.Workspaces = append(g.Workspaces, b.WorkspaceID)
	}
	for _, r := range g.Reports {
		g.Workspaces = append(g.Workspaces, w.Reports[r.ID].WorkspaceID)
	}
	for _, d := range g.Datasets {
		g.Workspaces = append(g.Workspaces, w.Datasets[d.ID].WorkspaceID)
	}
	slices.Sort(g.Workspaces)
	g.Workspaces = slices.Compact(g.Workspaces)
	g.Epochs = nil
	if len(seen.Epochs) == 0 {
		return
	}
	for _, e := range g.Held() {
		if e.N = seen.Epochs[e.Subject]; e.N > 0 {
			g.Epochs = append(g.Epochs, e)
		}
	}
}

// Held lists all subjects of a grant with the epochs that it carries. A subject without one, as
// in tokens that were sealed before there were epochs, has epoch 0.
func (g Grant) Held() []inlay.Epoch {
	held := make([]inlay.Epoch, 0, 3+len(g.Workspaces)+len(g.Reports)+len(g.Datasets))
	add := func(kind inlay.SubjectKind, id string) {
		held = append(held, g.At(inlay.Subject{Kind: kind, ID: id}))
	}
	add(inlay.OfTenant, g.TenantID)
	add(inlay.OfPrincipal, g.PrincipalID)
	if g.ParentID != "" { // what a service principal loses, its profiles lose
		add(inlay.OfPrincipal, g.ParentID)
	}
	for _, id := range g.Workspaces {
		add(inlay.OfWorkspace, id)
	}
	for _, r := range g.Reports {
		add(inlay.OfReport, r.ID)
	}
	for _, d := range g.Datasets {
		add(inlay.OfDataset, d.ID)
	}
	return held
}

// At is the epoch of one subject that a grant carries.
func (g Grant) At(s inlay.Subject) inlay.Epoch {
	e := inlay.Epoch{Subject: s}
	for _, x := range g.Epochs {
		if x.Subject == s {
			e.N = x.N
		}
	}
	return e
}
