package duckdb

import (
	"inlay/model/powerquery"
	"inlay/model/powerquery/workbook"
)

// config is what queries may use: files of the project, with readers in workers or those of
// this process, and what the configuration lists.
func (in RefreshInput) config() powerquery.Config {
	cfg := powerquery.Config{
		Queries: in.Model.Queries(), Culture: in.Model.SourceCulture, Now: in.Now,
		Workbooks: workbook.Reader{}, Parquet: Parquet{}, Databases: in.Databases, Web: in.Web, MaxSteps: in.MaxSteps,
	}
	if in.Workers != nil {
		cfg.Workbooks, cfg.Parquet = in.Workers.Reader(WorkbookFiles), in.Workers.Reader(ParquetFiles)
	}
	return cfg
}
