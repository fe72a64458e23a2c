package server

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"inlay"
	"inlay/report"
	"inlay/report/format"
)

// definitions reads stored reports. A definition is never changed in its folder, so what was
// read once is kept under the folder's name.
type definitions struct {
	dir string

	mu   sync.Mutex
	read map[string]*report.Definition // by folder
}

// mostDefinitions is how many definitions are kept; when there are more, all are read anew.
const mostDefinitions = 500

// Report is what a report looks like.
func (d *definitions) Report(_ context.Context, r inlay.Report) (*report.Definition, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if def, ok := d.read[r.Definition]; ok {
		return def, nil
	}
	def, err := format.Read(os.DirFS(filepath.Join(d.dir, filepath.FromSlash(r.Definition))))
	if err != nil {
		return nil, fmt.Errorf("read the definition of report %s: %w", r.ID, err)
	}
	if len(d.read) >= mostDefinitions || d.read == nil {
		d.read = map[string]*report.Definition{}
	}
	d.read[r.Definition] = def
	return def, nil
}
