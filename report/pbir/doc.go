// Package pbir reads report definitions from PBIR, the folder format of reports in a project.
//
//	X.Report/definition ──Read──► report.Definition
//	    pages/pages.json, pages/*/page.json, pages/*/visuals/*/visual.json, report.json
//
// Members of the JSON that are not known are ignored, because the format grows every month.
// Filters are the exception: one that is not understood in full makes what it filters
// unsupported, because without it the numbers would be wrong.
package pbir
