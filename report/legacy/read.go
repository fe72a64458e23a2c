package legacy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"golang.org/x/tools/txtar"

	"inlay"
	"inlay/model"
	"inlay/report"
	"inlay/report/pbir"
)

// File is the file of a report in this format.
const File = "report.json"

// Bounds on a report.
const (
	maxFile    = 64 << 20
	maxVisuals = 5_000
)

// Read reads the report of a folder that holds report.json. The name of the report is left to
// the caller.
func Read(fsys fs.FS) (*report.Definition, error) {
	src, err := read(fsys)
	if err != nil {
		return nil, err
	}
	c := converter{src: src, line: map[string]int{}}
	if err := c.report(); err != nil {
		return nil, err
	}
	files, err := txtar.FS(&c.out)
	if err != nil {
		return nil, fmt.Errorf("convert the report: %w", err)
	}
	def, err := pbir.Read(overlay{files, fsys})
	if err != nil {
		return nil, c.failed(err)
	}
	for i := range def.Notices {
		c.place(&def.Notices[i].Place)
	}
	for _, p := range def.Pages {
		for _, v := range p.Visuals {
			c.place(&v.Place)
		}
	}
	return def, nil
}

func read(fsys fs.FS) ([]byte, error) {
	f, err := fsys.Open(File)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, inlay.Errorf(inlay.Invalid, "%s is missing", File)
	}
	if err != nil {
		return nil, fmt.Errorf("read the report: %w", err)
	}
	src, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("read the report: %w", err)
	}
	if len(src) > maxFile {
		return nil, inlay.Errorf(inlay.Limit, "%s has more than %d bytes", File, maxFile)
	}
	return bytes.TrimPrefix(src, []byte("\ufeff")), nil
}

// overlay is the converted definition, with the resources of the report.
type overlay struct{ files, below fs.FS }

// Open opens a converted file, or a resource.
func (o overlay) Open(name string) (fs.File, error) {
	if strings.HasPrefix(name, "StaticResources/") {
		return o.below.Open(name)
	}
	return o.files.Open(name)
}

// place brings a place in a converted file back to the file it was made from.
func (c *converter) place(p *model.Place) {
	if strings.HasPrefix(p.File, "definition/") {
		*p = model.Place{File: File, Line: max(1, c.line[path.Dir(p.File)])}
	}
}

// failed names report.json in an error of the reader of PBIR.
func (c *converter) failed(err error) error {
	text := err.Error()
	if e, ok := errors.AsType[*pbir.Error](err); ok {
		text = fmt.Sprintf("%s:%d:1: %s", e.File, e.Line, e.Msg)
	}
	var out []string
	for _, w := range strings.Split(text, " ") {
		name, rest, _ := strings.Cut(w, ":")
		if line := c.line[path.Dir(name)]; line > 0 && strings.HasPrefix(name, "definition/") {
			w = fmt.Sprintf("%s:%d", File, line)
			if strings.HasSuffix(rest, ":") || rest == "" {
				w += ":"
			}
		}
		out = append(out, w)
	}
	return inlay.Errorf(inlay.KindOf(err), "%s", strings.Join(out, " "))
}

// errorAt is an error at a byte of report.json.
func (c *converter) errorAt(at int, format string, args ...any) error {
	return inlay.Errorf(inlay.Invalid, "%s:%d: %s", File, c.lineAt(at), fmt.Sprintf(format, args...))
}

func (c *converter) lineAt(at int) int {
	return 1 + bytes.Count(c.src[:max(0, min(at, len(c.src)))], []byte("\n"))
}

// find is where a part of the file stands. Parts come in the order of the file.
func (c *converter) find(raw json.RawMessage, from int) int {
	if i := bytes.Index(c.src[min(from, len(c.src)):], raw); i >= 0 {
		return from + i
	}
	return from
}

// add writes a file of PBIR that was made from the part of report.json at a byte.
func (c *converter) add(name string, at int, content any) error {
	b, err := json.Marshal(content)
	if err != nil {
		return fmt.Errorf("convert the report: %w", err)
	}
	c.line[path.Dir(name)] = c.lineAt(at)
	c.out.Files = append(c.out.Files, txtar.File{Name: name, Data: b})
	return nil
}
