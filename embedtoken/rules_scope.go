package embedtoken

import (
	"fmt"
	"slices"
	"strings"

	"inlay"
)

// delegatedScopes asks what the user's application was allowed, of everyone who has such a
// list. Service principals have none: their rights are those of workspaces alone.
func delegatedScopes(d *decision) *inlay.Error {
	if len(d.world.Scopes) == 0 {
		return nil
	}
	for _, one := range d.scopes() {
		has := func(scope string) bool {
			return slices.ContainsFunc(d.world.Scopes, func(s string) bool { return strings.EqualFold(s, scope) })
		}
		if !slices.ContainsFunc(one, has) {
			return refuse(inlay.Forbidden, fmt.Sprintf("the access token lacks the scope %s", strings.Join(one, " or ")),
				"have the scope consented to for the application through which the user signs in")
		}
	}
	return nil
}

// scopes are the scopes that a request needs: one of each list.
func (d *decision) scopes() [][]string {
	either := func(what string) []string { return []string{what + ".ReadWrite.All", what + ".Read.All"} }
	need := [][]string{either("Dataset")}
	if s := d.request.Single; s != nil {
		switch s.Item {
		case OneDataset:
			return need
		case OneDashboard, OneTile:
			need = append(need, either("Dashboard"))
		}
		need = append(need, either("Report"))
	} else if len(d.request.Reports) > 0 {
		need = append(need, either("Report"))
		if slices.ContainsFunc(d.request.Reports, func(r ReportRequest) bool { return r.AllowEdit }) {
			need = append(need, []string{"Report.ReadWrite.All"})
		}
	}
	if len(d.request.TargetWorkspaces) > 0 {
		need = append(need, []string{"Content.Create"})
	}
	return need
}

// places are the workspaces of all that a request names, with what is there.
func (d *decision) places(visit func(workspace, what, id string) *inlay.Error) *inlay.Error {
	for _, x := range d.request.Reports {
		if err := visit(d.report(x.ID).WorkspaceID, "report", x.ID); err != nil {
			return err
		}
	}
	for _, x := range d.request.Datasets {
		if err := visit(d.dataset(x.ID).WorkspaceID, "dataset", x.ID); err != nil {
			return err
		}
	}
	for _, w := range d.request.TargetWorkspaces {
		if err := visit(w, "the target workspace", w); err != nil {
			return err
		}
	}
	if s := d.request.Single; s != nil {
		return visit(s.WorkspaceID, string(s.Item), s.ID)
	}
	return nil
}

// myWorkspace tells nobody that a workspace is somebody's own: it asks where the caller has a
// role alone.
func myWorkspace(d *decision) *inlay.Error {
	return d.places(func(workspace, what, id string) *inlay.Error {
		if d.world.Workspaces[workspace].Kind == inlay.MyWorkspace && d.may(workspace, inlay.Viewer) {
			return refuse(inlay.Invalid, fmt.Sprintf("embed tokens cannot be created for My workspace, where %s %s is", what, id), "move it to a workspace")
		}
		return nil
	})
}

func oldWorkspace(d *decision) *inlay.Error {
	return d.places(func(workspace, what, id string) *inlay.Error {
		if d.world.Workspaces[workspace].Kind == inlay.OldGroup && d.may(workspace, inlay.Viewer) && d.request.Single == nil {
			return refuse(inlay.Invalid, fmt.Sprintf("%s %s is not in a V2 workspace", what, id), "upgrade the workspace, or use the operation for one item of a workspace")
		}
		return nil
	})
}
