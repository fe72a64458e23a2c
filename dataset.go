package inlay

import (
	"context"
	"slices"
	"strings"
	"time"
)

// Dataset is a semantic model that was published to a workspace.
type Dataset struct {
	ID          string // GUID, lower case
	WorkspaceID string
	Name        string
	Roles       []string // names of the model's security roles, in the model's order
	Definition  string   // folder of the stored definition, relative to the data folder
	Kind        DatasetKind
	Sources     []Datasource // where the rows are, if not here
	Upstream    []string     // ids of the datasets that this one asks with DirectQuery
	Version     string       // the published data: name of an immutable version, empty before the first refresh
	CreatedAt   time.Time
	RefreshedAt time.Time // zero before the first refresh
}

// DatasetKind says where the rows of a dataset are and who asks for them.
type DatasetKind string

// Kinds of dataset.
const (
	Imported    DatasetKind = ""                      // rows are kept here
	DirectQuery DatasetKind = "DirectQuery"           // rows are asked for where they live
	DirectLake  DatasetKind = "DirectLake"            // rows are files of a lake
	LiveServer  DatasetKind = "AnalysisServices"      // a live connection to Analysis Services on premises
	LiveAzure   DatasetKind = "AzureAnalysisServices" // a live connection to Azure Analysis Services
)

// Live reports whether a dataset is a connection to a server that knows users and roles itself.
func (k DatasetKind) Live() bool { return k == LiveServer || k == LiveAzure }

// SingleSignOn reports whether a source of the dataset asks who the viewer is.
func (d Dataset) SingleSignOn() bool {
	return slices.ContainsFunc(d.Sources, func(s Datasource) bool { return s.SingleSignOn })
}

// HasRole reports whether the model has a role, in any case.
func (d Dataset) HasRole(name string) bool {
	return slices.ContainsFunc(d.Roles, func(r string) bool { return strings.EqualFold(r, name) })
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
