package duckdb

import (
	"os"
	"path/filepath"
	"sync"
)

// spills are the folders for data that do not fit in memory. Openings of one file share the
// engine's instance, whose settings must be equal, so they share the folder too.
var spills = struct {
	sync.Mutex
	byFile map[string]*spill
}{byFile: map[string]*spill{}}

type spill struct {
	dir  string
	uses int
}

// takeSpill gives the folder of a data file; give it back with dropSpill.
func takeSpill(path string) (string, error) {
	key, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	spills.Lock()
	defer spills.Unlock()
	s := spills.byFile[key]
	if s == nil {
		dir, err := os.MkdirTemp("", "inlay-query-")
		if err != nil {
			return "", err
		}
		s = &spill{dir: dir}
		spills.byFile[key] = s
	}
	s.uses++
	return s.dir, nil
}

func dropSpill(path string) error {
	key, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	spills.Lock()
	defer spills.Unlock()
	s := spills.byFile[key]
	if s.uses--; s.uses > 0 {
		return nil
	}
	delete(spills.byFile, key)
	return os.RemoveAll(s.dir)
}
