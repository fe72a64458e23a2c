package pbip

import (
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"

	"inlay"
)

const (
	maxDepth   = 12      // folders below the root in which a project is looked for
	maxEntries = 200_000 // files and folders that are looked at
)

// finds is what a walk through the folder came upon.
type finds struct {
	projects []string // .pbip files
	models   []string // X.SemanticModel folders
	reports  []string // X.Report folders
	files    []string // models in one file: model.bim, templates
	foreign  []string // files of other formats
}

// walk looks for the parts of a project. Links and hidden folders are not followed.
func (p *Project) walk() (finds, error) {
	var f finds
	seen := 0
	err := fs.WalkDir(p.fsys, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("look for the project: %w", err)
		}
		if seen++; seen > maxEntries {
			return inlay.Errorf(inlay.Limit, "%s holds more than %d files; give the folder of the project", p.Root, maxEntries)
		}
		if e.IsDir() {
			return f.folder(name)
		}
		switch strings.ToLower(path.Ext(name)) {
		case ".pbip":
			f.projects = append(f.projects, name)
		case ".bim", ".pbit":
			f.files = append(f.files, name)
		case ".pbix":
			f.foreign = append(f.foreign, name)
		}
		return nil
	})
	sort.Strings(f.projects)
	return f, err
}

func (f *finds) folder(name string) error {
	base := path.Base(name)
	switch {
	case name == ".":
		return nil
	case strings.HasPrefix(base, ".") || base == "node_modules" || strings.Count(name, "/") >= maxDepth:
		return fs.SkipDir
	case strings.HasSuffix(base, ".SemanticModel") || strings.HasSuffix(base, ".Dataset"):
		f.models = append(f.models, name)
		return fs.SkipDir
	case strings.HasSuffix(base, ".Report"):
		f.reports = append(f.reports, name)
		return fs.SkipDir
	}
	return nil
}

// project is the one .pbip file, empty if there is none.
func (f finds) project() (string, error) {
	switch len(f.projects) {
	case 0:
		return "", nil
	case 1:
		return f.projects[0], nil
	}
	return "", inlay.Errorf(inlay.Invalid, "there are several projects; give the .pbip of one: %s", strings.Join(f.projects, ", "))
}

// loneReports are the reports of a folder without .pbip.
func (f finds) loneReports() []string { return f.reports }

// nothing is the error for a folder without a model.
func (f finds) nothing() error {
	if len(f.files) > 1 {
		return inlay.Errorf(inlay.Invalid, "there are several models and no .pbip that chooses one: %s", strings.Join(f.files, ", "))
	}
	if len(f.foreign) > 0 {
		return foreign(f.foreign[0])
	}
	return inlay.Errorf(inlay.Invalid, "there is no project here: no .pbip file and no folder X.SemanticModel")
}
