package inlay

import (
	"context"
	"time"
)

// Workspace is a container of items; on the wire it is a "group".
type Workspace struct {
	ID        string // GUID, lower case
	Name      string
	CreatedAt time.Time
}

// Workspaces stores workspaces. Names are unique without regard to case.
type Workspaces interface {
	CreateWorkspace(ctx context.Context, w Workspace) error
	Workspace(ctx context.Context, id string) (Workspace, error)
	WorkspaceByName(ctx context.Context, name string) (Workspace, error)
	Workspaces(ctx context.Context) ([]Workspace, error)
}
