package inlay

import (
	"context"
	"time"
)

// Workspace is a container of items; on the wire it is a "group".
type Workspace struct {
	ID         string // GUID, lower case
	Name       string
	Kind       WorkspaceKind // empty is NewWorkspace
	CapacityID string        // empty is the server's own capacity
	CreatedAt  time.Time
}

// WorkspaceKind tells workspaces from what came before them, in the words of the API.
type WorkspaceKind string

// Kinds of workspace. Embed tokens are for the first alone ("V2 workspace").
const (
	NewWorkspace WorkspaceKind = "Workspace"     // a V2 workspace
	OldGroup     WorkspaceKind = "Group"         // a V1 workspace, of an Office group
	MyWorkspace  WorkspaceKind = "PersonalGroup" // "My workspace" of one user
)

// Workspaces stores workspaces. Names are unique without regard to case.
type Workspaces interface {
	CreateWorkspace(ctx context.Context, w Workspace) error
	Workspace(ctx context.Context, id string) (Workspace, error)
	WorkspaceByName(ctx context.Context, name string) (Workspace, error)
	Workspaces(ctx context.Context) ([]Workspace, error)
}
