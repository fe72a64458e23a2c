package pbip

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"

	"inlay"
	"inlay/model"
	"inlay/model/pbit"
	"inlay/model/tmdl"
	"inlay/model/tmsl"
)

// Project is an open project. Close it.
type Project struct {
	Root    string // absolute path of the folder that confines the project
	File    string // the .pbip file below Root, empty if there is none
	Model   Model
	Reports []Report       // those that the .pbip names first, then the others of the model
	Notices []model.Notice // what is in the folder and was left out

	root *os.Root
	fsys fs.FS
}

// Model is the semantic model of a project.
type Model struct {
	Name      string
	LogicalID string // GUID of .platform, lower case; empty if there is none
	Dir       string // folder X.SemanticModel, or a file that holds a model, below the project's Root, with slashes
	FS        fs.FS  // the definition: files of TMDL, or one model.bim; see Read

	read func() (*model.Model, error)
}

// Report is a report of a project.
type Report struct {
	Name      string
	LogicalID string // GUID of .platform, lower case; empty if there is none
	Dir       string // folder X.Report, below the project's Root, with slashes
	FS        fs.FS  // of Dir: definition/ of PBIR, or report.json of the format before it
}

// Open opens the project in a folder, or that of a .pbip file; or a model.bim, or a template
// (.pbit). The .pbip may lie deeper than the folder; the project is confined to the folder that
// is given.
func Open(folder string) (*Project, error) {
	dir, file, err := locate(folder)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the project: %w", err)
	}
	p := &Project{Root: dir, File: file, root: root, fsys: root.FS()}
	if err := p.load(); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return p, nil
}

// Close releases the folder.
func (p *Project) Close() error { return p.root.Close() }

// FS is the folder of the project; it cannot be left through it.
func (p *Project) FS() fs.FS { return p.fsys }

// ReadModel reads the semantic model. Places of its notices and errors are below Root.
func (p *Project) ReadModel() (*model.Model, error) {
	m, err := p.Model.read()
	if err != nil {
		return nil, err
	}
	m.Name = p.Model.Name
	return m, nil
}

// Read reads a definition that was taken from a project (Model.FS), in the format that it has.
// The name of the model is left to the caller.
func Read(fsys fs.FS) (*model.Model, error) {
	if _, err := fs.Stat(fsys, bim); err == nil {
		return tmsl.Read(fsys, bim)
	}
	return tmdl.Read(fsys)
}

// locate tells the folder from the .pbip file in what the user gave.
func locate(name string) (dir, file string, err error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return "", "", fmt.Errorf("open the project: %w", err)
	}
	info, err := os.Stat(abs)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", "", inlay.Errorf(inlay.NotFound, "there is no file or folder %s", name)
	case err != nil:
		return "", "", fmt.Errorf("open the project: %w", err)
	case info.IsDir():
		return abs, "", nil
	}
	switch strings.ToLower(filepath.Ext(abs)) {
	case ".pbip", ".bim", ".pbit":
		return filepath.Dir(abs), filepath.Base(abs), nil
	}
	return "", "", foreign(filepath.Base(abs))
}

// foreign is the error for a file that is no project, with the way to one.
func foreign(name string) error {
	if strings.EqualFold(path.Ext(name), ".pbix") {
		return pbit.Packed(name)
	}
	return inlay.Errorf(inlay.Invalid, "%s is no project; give a folder, a .pbip file, a model.bim or a template (.pbit)", name)
}

// load finds the parts of the project.
func (p *Project) load() error {
	if p.File != "" && !strings.EqualFold(path.Ext(p.File), ".pbip") {
		name := p.File
		p.File = ""
		return p.openFile(name)
	}
	found, err := p.walk()
	if err != nil {
		return err
	}
	if p.File == "" {
		if p.File, err = found.project(); err != nil {
			return err
		}
	}
	reports, err := p.listed(found)
	if err != nil {
		return err
	}
	if len(reports) == 0 {
		return p.modelAlone(found)
	}
	for i, dir := range reports {
		if err := p.addReport(dir, i == 0); err != nil {
			return err
		}
	}
	return p.others(found, reports)
}

// listed are the folders of the reports that the .pbip names.
func (p *Project) listed(found finds) ([]string, error) {
	if p.File == "" {
		return found.loneReports(), nil
	}
	var file struct {
		Artifacts []struct {
			Report *struct {
				Path string `json:"path"`
			} `json:"report"`
		} `json:"artifacts"`
	}
	if err := p.json(p.File, &file); err != nil {
		return nil, err
	}
	var dirs []string
	for _, a := range file.Artifacts {
		if a.Report == nil {
			continue
		}
		dir, err := p.resolve(p.File, path.Dir(p.File), a.Report.Path)
		if err != nil {
			return nil, err
		}
		dirs = append(dirs, dir)
	}
	return dirs, nil
}

// addReport adds a report and, with the first, the model that it is about.
func (p *Project) addReport(dir string, first bool) error {
	about, err := p.modelOf(dir)
	if err != nil {
		return err
	}
	if first {
		if p.Model, err = p.openModel(about); err != nil {
			return err
		}
	}
	if about != p.Model.Dir {
		return inlay.Errorf(inlay.Unsupported, "a report of the project is about %s and %s about %s; a project has one model, open each by its own .pbip", p.Model.Dir, dir, about)
	}
	return p.appendReport(dir)
}

// appendReport opens a report. One without a definition is left out and named: the model can
// be used without it.
func (p *Project) appendReport(dir string) error {
	r, err := p.openReport(dir)
	if errors.Is(err, errEmpty) {
		p.Notices = append(p.Notices, model.Notice{Place: model.Place{File: dir, Line: 1}, What: "report '" + dir + "' is left out: " + errEmpty.Error()})
		return nil
	}
	if err != nil {
		return err
	}
	p.Reports = append(p.Reports, r)
	return nil
}

// modelAlone opens a project that has a model and no report.
func (p *Project) modelAlone(found finds) error {
	switch len(found.models) {
	case 0:
		if len(found.files) == 1 {
			return p.openFile(found.files[0])
		}
		return found.nothing()
	case 1:
		var err error
		p.Model, err = p.openModel(found.models[0])
		return err
	}
	return inlay.Errorf(inlay.Invalid, "there are several models and no .pbip that chooses one: %s", strings.Join(found.models, ", "))
}

// others adds the reports beside those listed which are about the same model.
func (p *Project) others(found finds, listed []string) error {
	have := map[string]bool{}
	for _, dir := range listed {
		have[dir] = true
	}
	sort.Strings(found.reports)
	for _, dir := range found.reports {
		if have[dir] || path.Dir(dir) != path.Dir(listed[0]) {
			continue
		}
		about, err := p.modelOf(dir)
		if err != nil || about != p.Model.Dir {
			p.Notices = append(p.Notices, model.Notice{Place: model.Place{File: dir, Line: 1}, What: "report '" + dir + "' is not about the project's model and was left out"})
			continue
		}
		if err := p.appendReport(dir); err != nil {
			return err
		}
	}
	return nil
}
