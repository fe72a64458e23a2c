package powerquery

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"inlay"
)

// folder is one that files are read from: the project's, or one that a Map names outside of it.
// Nothing outside of it is ever opened, whatever a path or a symbolic link says: os.Root sees to it.
type folder struct {
	root  *os.Root
	label string              // what stands for it in messages, with a slash at its end; empty for the project
	one   bool                // a file of it is meant, and no other is looked for
	index map[string][]string // by lower-case base name; built when it is needed
}

// spot is a file or folder below a folder, with slashes. The zero spot is none.
type spot struct {
	in   *folder
	path string
}

// String is how messages name it: never where a folder outside of the project really lies.
func (s spot) String() string {
	if s.in == nil {
		return ""
	}
	return s.in.label + s.path
}

// where says in messages what a spot is looked for in.
func (s spot) where() string {
	if s.in != nil && s.in.label != "" {
		return "folder that it is mapped to"
	}
	return "project"
}

// place is a Map that was understood.
type place struct {
	from []string
	to   string  // below the project, or the path outside
	in   *folder // the project's; of a place outside nil until a query needs it
	only string  // the one file of the folder that is meant, if To is a file outside
}

// newPlace holds that a Map leads into the project, or is said to lead outside.
func newPlace(m Map, project *folder) (*place, error) {
	p := &place{from: parts(m.From), to: m.To, in: project}
	if len(p.from) == 0 {
		return nil, &inlay.Error{Kind: inlay.Invalid, Msg: "a source mapping has no source", Remedy: "write FROM=TO"}
	}
	if m.Outside {
		if p.in = nil; !filepath.IsAbs(m.To) {
			return nil, &inlay.Error{Kind: inlay.Invalid, Msg: fmt.Sprintf("the source mapping of %q leads outside the project and is not written from the root", m.From),
				Remedy: "give the whole path of the folder"}
		}
		return p, nil
	}
	to := filepath.FromSlash(strings.ReplaceAll(m.To, `\`, "/"))
	if to != "" && !filepath.IsLocal(to) {
		return nil, &inlay.Error{Kind: inlay.Invalid, Msg: fmt.Sprintf("the source mapping of %q leads to %q, which is not inside the project", m.From, m.To),
			Remedy: "give a folder relative to the project"}
	}
	return p, nil
}

// fits tells whether a path begins as the Map says.
func (p *place) fits(list []string) bool {
	if len(p.from) > len(list) {
		return false
	}
	for i, n := range p.from {
		if !strings.EqualFold(n, list[i]) {
			return false
		}
	}
	return true
}

// spot is where the rest of a path lies. A folder outside is opened now: one that no query needs may be away.
func (p *place) spot(rest []string) (spot, error) {
	if p.to != "" && p.in != nil && p.in.label == "" {
		return spot{p.in, path.Join(append(parts(p.to), rest...)...)}, nil
	}
	if p.in == nil {
		if err := p.open(); err != nil {
			return spot{}, err
		}
	}
	if p.only != "" && len(rest) == 0 {
		return spot{p.in, p.only}, nil
	}
	if p.only != "" {
		return spot{}, &refusal{inlay.NotFound, fmt.Sprintf("%q is mapped to a file, not to a folder", path.Join(p.from...)), ""}
	}
	return spot{p.in, path.Join(rest...)}, nil
}

// open opens a folder outside, or that of a file outside.
func (p *place) open() error {
	away := &refusal{inlay.NotFound, fmt.Sprintf("the folder that %q is mapped to cannot be opened", path.Join(p.from...)), "look whether it is there and may be read"}
	dir := filepath.Clean(p.to)
	st, err := os.Stat(dir)
	if err != nil {
		return away
	}
	if !st.IsDir() {
		dir, p.only = filepath.Dir(dir), filepath.Base(dir)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return away
	}
	label := path.Join(p.from...) + "/"
	if p.only != "" {
		label = path.Join(p.from[:len(p.from)-1]...) + "/"
	}
	p.in = &folder{root: root, label: label, one: p.only != ""}
	return nil
}

// close releases a folder outside.
func (p *place) close() error {
	if p.in == nil || p.in.label == "" {
		return nil
	}
	return p.in.root.Close()
}

// exists looks for a file by its exact name, then without regard to case, as Windows does.
func (s spot) exists() (spot, bool) {
	if s.path == "" {
		return s, false
	}
	if st, err := s.in.root.Stat(filepath.FromSlash(s.path)); err == nil && st.Mode().IsRegular() {
		return s, true
	}
	if s.in.one {
		return s, false
	}
	found := ""
	for _, x := range s.in.files(path.Base(s.path)) {
		if strings.EqualFold(x, s.path) {
			if found != "" {
				return s, false
			}
			found = x
		}
	}
	return spot{s.in, found}, found != ""
}

// isFolder tells whether there is such a folder.
func (s spot) isFolder() bool {
	name := s.path
	if name == "" {
		name = "."
	}
	st, err := s.in.root.Stat(filepath.FromSlash(name))
	return err == nil && st.IsDir()
}

// files lists the folder's regular files with a base name. Symbolic links are not followed.
func (d *folder) files(base string) []string {
	if d.index == nil {
		d.index = map[string][]string{}
		n := 0
		_ = fs.WalkDir(d.root.FS(), ".", func(p string, e fs.DirEntry, err error) error {
			if n++; n > maxIndex {
				return fs.SkipAll
			}
			switch {
			case err != nil:
				return nil //nolint:nilerr // what cannot be read is not found, and that is said where it is asked for
			case e.IsDir() && p != "." && strings.HasPrefix(e.Name(), "."):
				return fs.SkipDir
			case e.Type().IsRegular():
				key := strings.ToLower(e.Name())
				d.index[key] = append(d.index[key], p)
			}
			return nil
		})
	}
	return d.index[strings.ToLower(base)]
}

// open opens a file that resolve found. A link that leads out of its folder is refused by the
// operating system's handle, not by a comparison of names.
func (f *Files) open(s spot) (*os.File, error) {
	name := filepath.FromSlash(s.path)
	st, err := s.in.root.Stat(name)
	if err == nil && !st.Mode().IsRegular() {
		return nil, &refusal{inlay.Forbidden, fmt.Sprintf("%q is not a regular file", s), ""}
	}
	file, err := s.in.root.Open(name)
	if err == nil {
		return file, nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &refusal{inlay.NotFound, fmt.Sprintf("there is no file %q in the %s", s, s.where()), ""}
	}
	return nil, &refusal{inlay.Forbidden, fmt.Sprintf("the file %q cannot be opened inside the %s", s, s.where()), ""}
}
