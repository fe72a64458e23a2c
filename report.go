package inlay

import (
	"context"
	"time"
)

// Report is a report that was published to a workspace and is bound to a dataset, which may
// live in another workspace.
type Report struct {
	ID          string // GUID, lower case
	WorkspaceID string
	DatasetID   string // empty for a paginated report
	Name        string
	Kind        ReportKind
	Sources     []Datasource // of a paginated report
	Models      []string     // ids of the datasets that a paginated report reads
	Paginated   []string     // ids of the paginated reports in its paginated visuals
	Definition  string       // folder of the stored definition, relative to the data folder
	CreatedAt   time.Time
}

// ReportKind tells reports from paginated reports.
type ReportKind string

// Kinds of report.
const (
	PagesReport     ReportKind = "" // on the wire "PowerBIReport"
	PaginatedReport ReportKind = "PaginatedReport"
)

// Reports stores reports. A name is unique in its workspace, without regard to case.
type Reports interface {
	CreateReport(ctx context.Context, r Report) error
	Report(ctx context.Context, id string) (Report, error)
	ReportByName(ctx context.Context, workspaceID, name string) (Report, error)
	ReportsIn(ctx context.Context, workspaceID string) ([]Report, error)
	// Replace switches a report to another definition and dataset, at once.
	Replace(ctx context.Context, r Report) error
}
