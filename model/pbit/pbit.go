// Package pbit opens templates of Power BI Desktop: a zip that holds a model without data, as
// TMSL in UTF-16, and a report.
//
//	X.pbit ──Open──► Template ─ Model: model.bim ──tmsl.Read──► model.Model
//	                    └────── Report: report.json or definition/ ──► report.Definition
//
// The zip is not trusted: the number of its files, their names and what they unpack to are
// bounded, and only the parts named here are unpacked.
package pbit

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/tools/txtar"

	"inlay"
)

// Bounds on a template. What a header says of a size is not believed: bytes are counted.
type bounds struct {
	entries   int
	part, all int64 // bytes of one part and of all parts, unpacked
}

var usual = bounds{entries: 10_000, part: 128 << 20, all: 256 << 20}

// Template is an open template, as the files that a project would have.
type Template struct {
	Model  fs.FS // model.bim
	Report fs.FS // report.json or definition/, and StaticResources; nil if there is no report
}

// parts are the entries that are read, with the file that they become. A folder ends in "/".
var parts = []struct{ entry, file string }{
	{"DataModelSchema", "model.bim"},
	{"Report/Layout", "report.json"},
	{"Report/definition/", "definition/"},
	{"Report/StaticResources/", "StaticResources/"},
}

// unpacking is a template that is being read.
type unpacking struct {
	name  string
	most  bounds
	left  int64
	seen  map[string]bool
	files map[string][]byte
}

// Open reads a template. The name stands in errors alone.
func Open(name string, r io.ReaderAt, size int64) (*Template, error) {
	return usual.open(name, r, size)
}

func (b bounds) open(name string, r io.ReaderAt, size int64) (*Template, error) {
	z, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // names are checked below
		return nil, inlay.Errorf(inlay.Invalid, "%s is no template: %v", name, err)
	}
	if len(z.File) > b.entries {
		return nil, inlay.Errorf(inlay.Limit, "%s holds %d files; a template may hold %d", name, len(z.File), b.entries)
	}
	u := &unpacking{name: name, most: b, left: b.all, seen: map[string]bool{}, files: map[string][]byte{}}
	for _, f := range z.File {
		if err := u.entry(f); err != nil {
			return nil, err
		}
	}
	if u.files["model.bim"] == nil {
		return nil, u.noModel()
	}
	return u.template()
}

// entry checks one entry and unpacks it if it is wanted.
func (u *unpacking) entry(f *zip.File) error {
	clean := strings.TrimSuffix(f.Name, "/")
	switch {
	case !fs.ValidPath(clean) || strings.Contains(clean, `\`):
		return inlay.Errorf(inlay.Invalid, "%s holds the file %q, whose name leads elsewhere", u.name, f.Name)
	case u.seen[strings.ToLower(clean)]:
		return inlay.Errorf(inlay.Invalid, "%s holds the file %q twice", u.name, f.Name)
	}
	u.seen[strings.ToLower(clean)] = true
	if strings.HasSuffix(f.Name, "/") {
		return nil
	}
	for _, p := range parts {
		rest, ok := strings.CutPrefix(f.Name, p.entry)
		if !ok || rest != "" && !strings.HasSuffix(p.entry, "/") {
			continue
		}
		text, err := u.unpack(f)
		if err != nil {
			return err
		}
		u.files[p.file+rest] = text
	}
	return nil
}

func (u *unpacking) unpack(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, inlay.Errorf(inlay.Invalid, "%s: %s cannot be unpacked: %v", u.name, f.Name, err)
	}
	most := min(u.most.part, u.left)
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if err := errors.Join(err, r.Close()); err != nil {
		return nil, inlay.Errorf(inlay.Invalid, "%s: %s cannot be unpacked: %v", u.name, f.Name, err)
	}
	if int64(len(b)) > most {
		return nil, inlay.Errorf(inlay.Limit, "%s: %s unpacks to more than %d bytes", u.name, f.Name, most)
	}
	u.left -= int64(len(b))
	if ext := strings.ToLower(path.Ext(f.Name)); ext != "" && ext != ".json" {
		return b, nil // an image or a font
	}
	return u.utf8(f.Name, b)
}

// utf8 turns UTF-16, with or without a byte order mark, into UTF-8. JSON begins with a
// character of ASCII, so the zero tells them apart (RFC 4627, section 3).
func (u *unpacking) utf8(name string, b []byte) ([]byte, error) {
	order := unicode.LittleEndian
	switch {
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}), len(b) > 1 && b[0] != 0 && b[1] == 0:
	case bytes.HasPrefix(b, []byte{0xfe, 0xff}), len(b) > 1 && b[0] == 0 && b[1] != 0:
		order = unicode.BigEndian
	default:
		return b, nil
	}
	if len(b)%2 != 0 {
		return nil, inlay.Errorf(inlay.Invalid, "%s: %s is cut off: UTF-16 with an odd number of bytes", u.name, name)
	}
	out, err := unicode.UTF16(order, unicode.UseBOM).NewDecoder().Bytes(b)
	if err != nil {
		return nil, inlay.Errorf(inlay.Invalid, "%s: %s is not UTF-16: %v", u.name, name, err)
	}
	return out, nil
}

// noModel says why there is no model in the file.
func (u *unpacking) noModel() error {
	switch {
	case u.seen["datamodel"]:
		return Packed(u.name)
	case u.seen["connections"]:
		return inlay.Errorf(inlay.Unsupported, "%s is connected to a model in a service and holds none itself; save the model as a project", u.name)
	}
	return inlay.Errorf(inlay.Invalid, "%s is no template of Power BI Desktop: it holds no DataModelSchema", u.name)
}

// Packed is the error for a report with packed data, with the way to a project.
func Packed(name string) error {
	return inlay.Errorf(inlay.Unsupported, "%s is a packed report with its data (PBIX), not a project; in Power BI Desktop choose File, Save as, 'Power BI project files (*.pbip)'", name)
}

// template sorts the files by what they belong to.
func (u *unpacking) template() (*Template, error) {
	var m, r txtar.Archive
	for name, text := range u.files {
		if name == "model.bim" {
			m.Files = append(m.Files, txtar.File{Name: name, Data: text})
		} else {
			r.Files = append(r.Files, txtar.File{Name: name, Data: text})
		}
	}
	var t Template
	var err error
	if t.Model, err = txtar.FS(&m); err != nil {
		return nil, inlay.Errorf(inlay.Invalid, "%s: %v", u.name, err)
	}
	if !u.seen["report/layout"] && !u.seen["report/definition/report.json"] {
		return &t, nil
	}
	if t.Report, err = txtar.FS(&r); err != nil {
		return nil, inlay.Errorf(inlay.Invalid, "%s: %v", u.name, err)
	}
	return &t, nil
}
