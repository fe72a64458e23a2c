package pbip

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/tools/txtar"

	"inlay"
	"inlay/model"
	"inlay/model/pbit"
	"inlay/model/tmdl"
	"inlay/model/tmsl"
)

// openModel opens a folder X.SemanticModel.
func (p *Project) openModel(dir string) (Model, error) {
	m := Model{Dir: dir}
	var err error
	if m.Name, m.LogicalID, err = p.platform(dir, ".SemanticModel", ".Dataset"); err != nil {
		return Model{}, err
	}
	if p.isFile(dir + "/definition.pbism") {
		var file struct {
			Version string `json:"version"`
		}
		if err := p.json(dir+"/definition.pbism", &file); err != nil {
			return Model{}, err
		}
	}
	if err := p.noLinks(dir); err != nil {
		return Model{}, err
	}
	switch {
	case p.isDir(dir + "/definition"):
		m.read = func() (*model.Model, error) { return tmdl.ReadDir(p.fsys, dir+"/definition") }
		m.FS, err = fs.Sub(p.fsys, dir+"/definition")
	case p.isFile(dir + "/" + bim):
		m.read = func() (*model.Model, error) { return tmsl.Read(p.fsys, dir+"/"+bim) }
		m.FS, err = p.alone(dir + "/" + bim)
	default:
		err = inlay.Errorf(inlay.Invalid, "model %s has neither a folder 'definition' nor a file model.bim", dir)
	}
	return m, err
}

// bim is the file of a model in TMSL.
const bim = "model.bim"

// maxAlone bounds a model that is one file.
const maxAlone = 128 << 20

// alone is the file system of a definition that is one file: what lies beside it, such as the
// cache of Power BI Desktop, is no part of the definition.
func (p *Project) alone(name string) (fs.FS, error) {
	if info, err := p.root.Lstat(name); err == nil && info.Size() > maxAlone {
		return nil, inlay.Errorf(inlay.Limit, "%s has %d bytes; a model may have %d", name, info.Size(), maxAlone)
	}
	src, err := fs.ReadFile(p.fsys, name)
	if err != nil {
		return nil, fmt.Errorf("read the model: %w", err)
	}
	return txtar.FS(&txtar.Archive{Files: []txtar.File{{Name: bim, Data: src}}})
}

// openFile opens a model that is one file: a model.bim, or a template with its report.
func (p *Project) openFile(name string) error {
	base := path.Base(name)
	title := strings.TrimSuffix(base, path.Ext(base))
	if err := p.direct(name); err != nil {
		return err
	}
	if !p.isFile(name) {
		return inlay.Errorf(inlay.Invalid, "%s is a link or a special file; a project holds plain files", name)
	}
	if strings.EqualFold(path.Ext(name), ".bim") {
		if strings.EqualFold(base, bim) { // named by its folder
			title = strings.TrimSuffix(path.Base(path.Join(filepath.ToSlash(p.Root), path.Dir(name))), ".SemanticModel")
		}
		p.Model = Model{Name: title, Dir: name, read: func() (*model.Model, error) { return tmsl.Read(p.fsys, name) }}
		var err error
		p.Model.FS, err = p.alone(name)
		return err
	}
	return p.openTemplate(name, title)
}

// openTemplate opens a template. Its queries look for files where the template lies.
func (p *Project) openTemplate(name, title string) error {
	f, err := p.root.Open(name)
	if err != nil {
		return fmt.Errorf("open the template: %w", err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("open the template: %w", err)
	}
	t, err := pbit.Open(name, f, info.Size())
	if err != nil {
		return err
	}
	p.Model = Model{Name: title, Dir: name, FS: t.Model, read: func() (*model.Model, error) {
		m, err := tmsl.Read(t.Model, bim)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return m, nil
	}}
	if t.Report != nil {
		p.Reports = []Report{{Name: title, Dir: name, FS: t.Report}}
	}
	return nil
}

// errEmpty is a report of which there is a reference and nothing to show.
var errEmpty = errors.New("the report has neither a folder 'definition' nor a file report.json")

// openReport opens a folder X.Report.
func (p *Project) openReport(dir string) (Report, error) {
	r := Report{Dir: dir}
	var err error
	if r.Name, r.LogicalID, err = p.platform(dir, ".Report"); err != nil {
		return Report{}, err
	}
	switch {
	case p.isDir(dir + "/definition"):
	case p.isFile(dir + "/report.json"):
	default:
		return Report{}, errEmpty
	}
	if err := p.noLinks(dir); err != nil {
		return Report{}, err
	}
	r.FS, err = fs.Sub(p.fsys, dir)
	return r, err
}

// modelOf is the folder of the model that a report is about.
func (p *Project) modelOf(dir string) (string, error) {
	name := dir + "/definition.pbir"
	var file struct {
		Reference struct {
			ByPath *struct {
				Path string `json:"path"`
			} `json:"byPath"`
			ByConnection *struct{} `json:"byConnection"`
		} `json:"datasetReference"`
	}
	if !p.isDir(dir) {
		return "", inlay.Errorf(inlay.Invalid, "%s names the report %s, which is no folder", p.File, dir)
	}
	if err := p.json(name, &file); err != nil {
		return "", err
	}
	switch {
	case file.Reference.ByPath != nil:
		return p.resolve(name, dir, file.Reference.ByPath.Path)
	case file.Reference.ByConnection != nil:
		return "", inlay.Errorf(inlay.Unsupported, "%s is connected to a model in a service (byConnection); put the model's folder into the project and refer to it with datasetReference.byPath", name)
	}
	return "", inlay.Errorf(inlay.Invalid, "%s does not say which model the report is about; it needs datasetReference.byPath", name)
}

// platform reads the name and the id of an item; without a .platform file the name is that of
// the folder.
func (p *Project) platform(dir string, suffixes ...string) (name, id string, err error) {
	name = path.Base(dir)
	for _, s := range suffixes {
		name = strings.TrimSuffix(name, s)
	}
	if !p.isFile(dir + "/.platform") {
		return name, "", nil
	}
	var file struct {
		Metadata struct {
			DisplayName string `json:"displayName"`
		} `json:"metadata"`
		Config struct {
			LogicalID string `json:"logicalId"`
		} `json:"config"`
	}
	if err := p.json(dir+"/.platform", &file); err != nil {
		return "", "", err
	}
	if s := strings.TrimSpace(file.Metadata.DisplayName); s != "" {
		name = s
	}
	return name, strings.ToLower(file.Config.LogicalID), nil
}

// resolve turns a path that a file of the project names into one below the root.
func (p *Project) resolve(from, dir, rel string) (string, error) {
	clean := strings.ReplaceAll(rel, `\`, "/")
	to := path.Join(dir, clean)
	switch {
	case clean == "":
		return "", inlay.Errorf(inlay.Invalid, "%s has an empty path", from)
	case path.IsAbs(clean) || len(clean) > 1 && clean[1] == ':' || !fs.ValidPath(to):
		return "", inlay.Errorf(inlay.Invalid, "%s names %q, which is outside of the project %s; open a folder that holds everything", from, rel, p.Root)
	}
	to = p.fold(to)
	return to, p.direct(to)
}

// fold finds a path whose case differs: projects come from where case does not count. What is
// not there, or there in several spellings, stays as it is said.
func (p *Project) fold(name string) string {
	if _, err := p.root.Lstat(name); err == nil {
		return name
	}
	at := "."
	for _, part := range strings.Split(name, "/") {
		entries, err := fs.ReadDir(p.fsys, at)
		if err != nil {
			return name
		}
		var same []string
		for _, e := range entries {
			if e.Name() == part {
				same = []string{part}
				break
			}
			if strings.EqualFold(e.Name(), part) {
				same = append(same, e.Name())
			}
		}
		if len(same) != 1 {
			return name
		}
		at = path.Join(at, same[0])
	}
	return at
}

// direct refuses a path that leads through a link.
func (p *Project) direct(name string) error {
	for at := range len(name) + 1 {
		if at < len(name) && name[at] != '/' {
			continue
		}
		info, err := p.root.Lstat(name[:at])
		if err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return inlay.Errorf(inlay.Invalid, "%s is a link; a project holds plain files and folders", name[:at])
		}
	}
	return nil
}

// noLinks refuses a folder with anything in it that is neither file nor folder.
func (p *Project) noLinks(dir string) error {
	if err := p.direct(dir); err != nil {
		return err
	}
	return fs.WalkDir(p.fsys, dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("read the project: %w", err)
		}
		if !e.IsDir() && !e.Type().IsRegular() {
			return inlay.Errorf(inlay.Invalid, "%s is a link or a special file; a project holds plain files", name)
		}
		return nil
	})
}

// isDir and isFile do not follow a link in the last step, and a link before it cannot leave
// the root.
func (p *Project) isDir(name string) bool {
	info, err := p.root.Lstat(name)
	return err == nil && info.IsDir()
}

func (p *Project) isFile(name string) bool {
	info, err := p.root.Lstat(name)
	return err == nil && info.Mode().IsRegular()
}
