// Package format reads a report in the format that its folder has: PBIR, or the report.json
// that came before it. What the formats mean is known to their readers.
package format

import (
	"io/fs"

	"inlay/report"
	"inlay/report/legacy"
	"inlay/report/pbir"
)

// Read reads the report of a folder X.Report. The name of the report is left to the caller.
func Read(fsys fs.FS) (*report.Definition, error) {
	if _, err := fs.Stat(fsys, "definition"); err == nil {
		return pbir.Read(fsys)
	}
	if _, err := fs.Stat(fsys, legacy.File); err == nil {
		return legacy.Read(fsys)
	}
	return pbir.Read(fsys) // says what is missing
}
