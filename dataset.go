package inlay

import (
	"context"
	"time"
)

// Dataset is a semantic model that was published to a workspace.
type Dataset struct {
	ID          string // GUID, lower case
	WorkspaceID string
	Name        string
	Roles       []string // names of the model's security roles, in the model's order
	Definition  string   // folder of the stored definition, relative to the data folder
	Version     string   // the published data: name of an immutable version, empty before the first refresh
	CreatedAt   time.Time
	RefreshedAt time.Time // zero before the first refresh
}

// Datasets stores datasets. A name is unique in its workspace, without regard to case.
type Datasets interface {
	CreateDataset(ctx context.Context, d Dataset) error
	Dataset(ctx context.Context, id string) (Dataset, error)
	DatasetByName(ctx context.Context, workspaceID, name string) (Dataset, error)
	DatasetsIn(ctx context.Context, workspaceID string) ([]Dataset, error)
	// Publish switches a dataset to a new definition, roles and version of its data, at once and whole.
	Publish(ctx context.Context, d Dataset) error
}
