package duckdb

import (
	"inlay/model/powerquery"
	"inlay/model/powerquery/workbook"
)

// config is what queries may use: files of the project with the readers of this process, and
// what the configuration lists.
func (in RefreshInput) config() powerquery.Config {
	return powerquery.Config{
		Queries: in.Model.Expressions, Culture: in.Model.SourceCulture, Now: in.Now,
		Workbooks: workbook.Reader{}, Parquet: Parquet{}, Databases: in.Databases, Web: in.Web,
	}
}
