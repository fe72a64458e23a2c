package powerquery

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"sort"
	"strings"
	"sync/atomic"

	"inlay"
)

// Map says where the data lie that a project names by a path or web address: what begins with
// From is read from the folder (or file) To inside the project, or from one outside. Case and the
// kind of slash do not matter in From.
type Map struct {
	From    string
	To      string
	Outside bool `json:",omitempty"` // To is a path from the root of the machine, which its operator has named
}

// Files opens files of one project and no others. What a query asks for is found
//
//  1. through the longest Map that fits;
//  2. for a relative path, below the project's folder or its folder data;
//  3. for an absolute path or a web address, at the one file of the project that shares the
//     longest end with it, such as assets/data/sales.csv. That is reported, see Used.
//
// Anything else is an error. Nothing is ever opened but below the project's folder, and below
// those that a Map names outside of it.
type Files struct {
	project *folder
	places  []*place
	used    map[string]string

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
func OpenFiles(dir string, maps []Map) (*Files, error) {
	f := &Files{project: &folder{}, used: map[string]string{}}
	for _, m := range maps {
		p, err := newPlace(m, f.project)
		if err != nil {
			return nil, err
		}
		f.places = append(f.places, p)
	}
	var err error
	if f.project.root, err = os.OpenRoot(dir); err != nil {
		return nil, noFolder(err)
	}
	return f, nil
}

// noFolder is the error of a project whose folder cannot be opened. Where it lies is nothing for
// who asks for a refresh from far away.
func noFolder(err error) error {
	e := &inlay.Error{Kind: inlay.NotFound, Msg: "the folder from which the project was imported is not there any more",
		Remedy: "put it back, or import the project again from where it is now"}
	if !errors.Is(err, fs.ErrNotExist) {
		e.Kind, e.Msg, e.Remedy = inlay.Unavailable, "the folder from which the project was imported cannot be opened", "let the server read it, or import the project again from another folder"
	}
	return e
}

// Close releases the folders.
func (f *Files) Close() error {
	err := f.project.root.Close()
	for _, p := range f.places {
		err = errors.Join(err, p.close())
	}
	return err
}

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
	return fmt.Sprintf("say where its data lie: --map '%s=FOLDER', a folder of the project, or the whole path of one outside", dir)
}

// resolve finds the project's file for what a query names. It does not open it.
func (f *Files) resolve(name string, web bool) (spot, error) {
	if strings.ContainsRune(name, 0) || len(name) > 4096 {
		return spot{}, &refusal{inlay.Invalid, "the path is not valid", ""}
	}
	clean := name
	if web {
		u, err := url.Parse(name)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return spot{}, &refusal{inlay.Invalid, fmt.Sprintf("%q is not a web address", name), ""}
		}
		clean = u.Scheme + "://" + u.Host + "/" + strings.TrimPrefix(u.Path, "/")
	}
	list := parts(clean)
	for _, p := range list {
		if p == ".." {
			return spot{}, &refusal{inlay.Forbidden, fmt.Sprintf("the path %q climbs out of its folder with ..", name), "write it without .."}
		}
	}
	if len(list) == 0 {
		return spot{}, &refusal{inlay.Invalid, "the path is empty", ""}
	}
	if p := f.mapped(list); p != nil {
		to, err := p.spot(list[len(p.from):])
		if err != nil {
			return spot{}, err
		}
		if found, ok := to.exists(); ok {
			return found, nil
		}
		if to.in != f.project {
			return spot{}, &refusal{inlay.NotFound, fmt.Sprintf("there is no file %q in the %s", to, to.where()), ""}
		}
		return spot{}, &refusal{inlay.NotFound, fmt.Sprintf("%q is mapped to %q, and there is no such file in the project", name, to), ""}
	}
	if !absolute(clean) {
		return f.relative(name, path.Join(list...))
	}
	found, err := f.bySuffix(name, list)
	if err == nil {
		f.used[name] = found.path
	}
	return found, err
}

// mapped is the Map that says most about a path, nil if none fits.
func (f *Files) mapped(list []string) *place {
	var best *place
	for _, p := range f.places {
		if p.fits(list) && (best == nil || len(p.from) > len(best.from)) {
			best = p
		}
	}
	return best
}

func (f *Files) relative(name, p string) (spot, error) {
	var found []spot
	for _, candidate := range []string{p, path.Join("data", p)} {
		if x, ok := (spot{f.project, candidate}).exists(); ok {
			found = append(found, x)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 2:
		return spot{}, &refusal{inlay.Conflict, fmt.Sprintf("%q means both %q and %q of the project", name, found[0], found[1]), remedyMap(name)}
	}
	return spot{}, &refusal{inlay.NotFound, fmt.Sprintf("there is no file %q in the project or its folder data", name), remedyMap(name)}
}

func (f *Files) bySuffix(name string, list []string) (spot, error) {
	best := 0
	var found []string
	for _, x := range f.project.files(list[len(list)-1]) {
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
		return spot{}, &refusal{inlay.NotFound, fmt.Sprintf("%q is not part of the project and has no file of that name in it", name), remedyMap(name)}
	case 1:
		return spot{f.project, found[0]}, nil
	}
	sort.Strings(found)
	return spot{}, &refusal{inlay.Conflict, fmt.Sprintf("%q could be any of %s of the project", name, names(found)), remedyMap(name)}
}
