package powerquery

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"sync/atomic"

	"inlay"
)

// Map says where the data lie that a project names by a path or web address: what begins with
// From is read from the folder (or file) To inside the project. Case and the kind of slash do
// not matter in From.
type Map struct {
	From string
	To   string
}

// Files opens files of one project and no others. What a query asks for is found
//
//  1. through the longest Map that fits;
//  2. for a relative path, below the project's folder or its folder data;
//  3. for an absolute path or a web address, at the one file of the project that shares the
//     longest end with it, such as assets/data/sales.csv. That is reported, see Used.
//
// Anything else is an error. Nothing outside the folder is ever opened, whatever a path or a
// symbolic link says: os.Root sees to it.
type Files struct {
	root  *os.Root
	maps  []Map
	index map[string][]string // by lower-case base name; built when it is needed
	used  map[string]string

	read, size atomic.Int64
}

// Read is how many bytes of files were read so far, and how large the files are that were opened.
func (f *Files) Read() (read, size int64) { return f.read.Load(), f.size.Load() }

// counted reads a file and counts what was read.
type counted struct {
	io.Reader
	n *atomic.Int64
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// count counts what is read of a file.
func (f *Files) count(file *os.File) io.Reader {
	if st, err := file.Stat(); err == nil {
		f.size.Add(st.Size())
	}
	return counted{file, &f.read}
}

// maxIndex bounds the walk over a project's folder.
const maxIndex = 200_000

// OpenFiles opens the folder of a project. Close it.
func OpenFiles(folder string, maps []Map) (*Files, error) {
	for _, m := range maps {
		to := filepath.FromSlash(strings.ReplaceAll(m.To, `\`, "/"))
		if len(parts(m.From)) == 0 {
			return nil, &inlay.Error{Kind: inlay.Invalid, Msg: "a source mapping has no source", Remedy: "write FROM=TO"}
		}
		if to != "" && !filepath.IsLocal(to) {
			return nil, &inlay.Error{Kind: inlay.Invalid, Msg: fmt.Sprintf("the source mapping of %q leads to %q, which is not inside the project", m.From, m.To),
				Remedy: "give a folder relative to the project"}
		}
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("open project folder: %w", err)
	}
	return &Files{root: root, maps: maps, used: map[string]string{}}, nil
}

// Close releases the folder.
func (f *Files) Close() error { return f.root.Close() }

// Used gives the files that were found by the end of their path, without a mapping that says
// so: what the query names, and the file of the project.
func (f *Files) Used() map[string]string { return f.used }

// parts splits a path or address into its names. The scheme of an address is the first.
func parts(name string) []string {
	name = strings.ReplaceAll(name, `\`, "/")
	var out []string
	for _, p := range strings.Split(name, "/") {
		if p != "" && p != "." {
			out = append(out, p)
		}
	}
	return out
}

func absolute(name string) bool {
	name = strings.ReplaceAll(name, `\`, "/")
	return strings.HasPrefix(name, "/") || len(name) > 1 && name[1] == ':' || strings.Contains(name, "://")
}

// refusal is why a file is not opened.
type refusal struct {
	kind        inlay.Kind
	msg, remedy string
}

func (r *refusal) Error() string { return r.msg }

// remedyMap is what helps where a path leads nowhere.
func remedyMap(name string) string {
	dir := name
	if i := strings.LastIndexAny(dir, `/\`); i > 0 {
		dir = dir[:i]
	}
	return fmt.Sprintf("say where its data lie inside the project: --map '%s=FOLDER'", dir)
}

// resolve finds the project's file for what a query names. It does not open it.
func (f *Files) resolve(name string, web bool) (string, error) {
	if strings.ContainsRune(name, 0) || len(name) > 4096 {
		return "", &refusal{inlay.Invalid, "the path is not valid", ""}
	}
	clean := name
	if web {
		u, err := url.Parse(name)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return "", &refusal{inlay.Invalid, fmt.Sprintf("%q is not a web address", name), ""}
		}
		clean = u.Scheme + "://" + u.Host + "/" + strings.TrimPrefix(u.Path, "/")
	}
	list := parts(clean)
	for _, p := range list {
		if p == ".." {
			return "", &refusal{inlay.Forbidden, fmt.Sprintf("the path %q climbs out of its folder with ..", name), "write it without .."}
		}
	}
	if len(list) == 0 {
		return "", &refusal{inlay.Invalid, "the path is empty", ""}
	}
	if to, ok := f.mapped(list); ok {
		if found, ok := f.exists(to); ok {
			return found, nil
		}
		return "", &refusal{inlay.NotFound, fmt.Sprintf("%q is mapped to %q, and there is no such file in the project", name, to), ""}
	}
	if !absolute(clean) {
		return f.relative(name, path.Join(list...))
	}
	found, err := f.bySuffix(name, list)
	if err == nil {
		f.used[name] = found
	}
	return found, err
}

func (f *Files) mapped(list []string) (string, bool) {
	best, to := 0, ""
	for _, m := range f.maps {
		from := parts(m.From)
		if len(from) <= best || len(from) > len(list) {
			continue
		}
		same := true
		for i, p := range from {
			same = same && strings.EqualFold(p, list[i])
		}
		if same {
			best = len(from)
			to = path.Join(append(parts(m.To), list[best:]...)...)
		}
	}
	return to, best > 0
}

func (f *Files) relative(name, p string) (string, error) {
	var found []string
	for _, candidate := range []string{p, path.Join("data", p)} {
		if x, ok := f.exists(candidate); ok {
			found = append(found, x)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 2:
		return "", &refusal{inlay.Conflict, fmt.Sprintf("%q means both %q and %q of the project", name, found[0], found[1]), remedyMap(name)}
	}
	return "", &refusal{inlay.NotFound, fmt.Sprintf("there is no file %q in the project or its folder data", name), remedyMap(name)}
}

// exists looks for a file by its exact name, then without regard to case, as Windows does.
func (f *Files) exists(p string) (string, bool) {
	if p == "" {
		return "", false
	}
	if st, err := f.root.Stat(filepath.FromSlash(p)); err == nil && st.Mode().IsRegular() {
		return p, true
	}
	found := ""
	for _, x := range f.files(path.Base(p)) {
		if strings.EqualFold(x, p) {
			if found != "" {
				return "", false
			}
			found = x
		}
	}
	return found, found != ""
}

func (f *Files) bySuffix(name string, list []string) (string, error) {
	best := 0
	var found []string
	for _, x := range f.files(list[len(list)-1]) {
		xs := parts(x)
		n := 0
		for n < len(xs) && n < len(list) && strings.EqualFold(xs[len(xs)-1-n], list[len(list)-1-n]) {
			n++
		}
		switch {
		case n > best:
			best, found = n, []string{x}
		case n == best && n > 0:
			found = append(found, x)
		}
	}
	switch len(found) {
	case 0:
		return "", &refusal{inlay.NotFound, fmt.Sprintf("%q is not part of the project and has no file of that name in it", name), remedyMap(name)}
	case 1:
		return found[0], nil
	}
	sort.Strings(found)
	return "", &refusal{inlay.Conflict, fmt.Sprintf("%q could be any of %s of the project", name, names(found)), remedyMap(name)}
}

// files lists the project's regular files with a base name. Symbolic links are not followed.
func (f *Files) files(base string) []string {
	if f.index == nil {
		f.index = map[string][]string{}
		n := 0
		_ = fs.WalkDir(f.root.FS(), ".", func(p string, d fs.DirEntry, err error) error {
			if n++; n > maxIndex {
				return fs.SkipAll
			}
			switch {
			case err != nil:
				return nil //nolint:nilerr // what cannot be read is not found, and that is said where it is asked for
			case d.IsDir() && p != "." && strings.HasPrefix(d.Name(), "."):
				return fs.SkipDir
			case d.Type().IsRegular():
				key := strings.ToLower(d.Name())
				f.index[key] = append(f.index[key], p)
			}
			return nil
		})
	}
	return f.index[strings.ToLower(base)]
}

// open opens a file that resolve found. A link that leads out of the project is refused by
// the operating system's handle, not by a comparison of names.
func (f *Files) open(p string) (*os.File, error) {
	name := filepath.FromSlash(p)
	st, err := f.root.Stat(name)
	if err == nil && !st.Mode().IsRegular() {
		return nil, &refusal{inlay.Forbidden, fmt.Sprintf("%q is not a regular file", p), ""}
	}
	file, err := f.root.Open(name)
	if err == nil {
		return file, nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &refusal{inlay.NotFound, fmt.Sprintf("there is no file %q in the project", p), ""}
	}
	return nil, &refusal{inlay.Forbidden, fmt.Sprintf("the file %q cannot be opened inside the project's folder", p), ""}
}
