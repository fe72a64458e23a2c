// Package legacy reads reports from report.json, the format of reports before PBIR, which is
// also the layout in a template.
//
//	report.json ──convert──► files of PBIR, in memory ──pbir.Read──► report.Definition
//
// What filters, fields and formatting mean is known to one reader, that of PBIR. This package
// unpacks the JSON that the format keeps in strings, and brings places back to report.json.
package legacy
