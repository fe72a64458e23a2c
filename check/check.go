// Package check reads a project and lists what a reader should look at: what is not understood
// or not supported, by name and place; what each role filters; and roles that are likely wrong.
//
//	folder ──Run──► Result ──Text, JSON, SARIF──► the terminal, a program, code scanning
//
// It reads definitions alone. No data is opened, and nothing is published.
package check

import (
	"cmp"
	"context"
	"errors"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"inlay/model"
	"inlay/model/lint"
	"inlay/model/pbip"
	"inlay/model/tmdl"
	"inlay/query"
	"inlay/report/format"
	"inlay/report/pbir"
	"inlay/source/duckdb"
)

// Rules of this package, beside those of package lint.
var own = []lint.Rule{
	{ID: "unreadable", Level: lint.Error, Short: "A file that cannot be read", Help: "The project cannot be imported until this is corrected."},
	{ID: "not-understood", Level: lint.Note, Short: "Something that is not understood", Help: "It is left out, or what needs it is refused by name. It never becomes a wrong number."},
	{ID: "not-supported", Level: lint.Note, Short: "An expression that cannot be computed", Help: "What asks for it is refused by name. It never becomes a wrong number."},
}

// Rules are all rules, the grave ones first.
func Rules() []lint.Rule { return append(append(own[:1:1], lint.Rules...), own[1:]...) }

// Result is what was read and found. Places are as a reader in the working folder names them.
type Result struct {
	Name     string
	File     string // the .pbip, or empty
	Model    *Model // nil if it cannot be read
	Reports  []Report
	Roles    []lint.Role
	Findings []lint.Finding
}

// Model says how large a model is.
type Model struct {
	Path                                 string
	Tables, Measures, Relationships, All int
}

// Report says how large a report is.
type Report struct {
	Name, Path     string
	Pages, Visuals int
}

// Status is that of the program: 0 clean, 1 something to look at, 2 unreadable.
func (r *Result) Status() int {
	status := 0
	for _, f := range r.Findings {
		status = max(status, 1)
		if f.Rule == "unreadable" {
			return 2
		}
	}
	return status
}

// Count is how many findings are of a level.
func (r *Result) Count(level lint.Level) int {
	n := 0
	for _, f := range r.Findings {
		if f.Level == level {
			n++
		}
	}
	return n
}

// runner collects a result.
type runner struct {
	Result
	prefix string // from the working folder to the project's
}

// Run reads the project in a folder, or a file that pbip.Open opens. What cannot be read is a
// finding, too.
func Run(folder string) *Result {
	r := &runner{}
	p, err := pbip.Open(folder)
	if err != nil {
		r.Name = filepath.ToSlash(folder)
		r.unreadable(err, filepath.ToSlash(folder), "")
		return &r.Result
	}
	defer func() { _ = p.Close() }()
	r.prefix = prefix(folder, p.Root)
	r.Name = p.Model.Name
	if p.File != "" {
		r.File = r.path(p.File)
	}
	r.notices("not-understood", p.Notices, "")
	r.model(p)
	for _, x := range p.Reports {
		r.report(x)
	}
	slices.SortStableFunc(r.Findings, func(a, b lint.Finding) int {
		return cmp.Or(strings.Compare(a.Place.File, b.Place.File), cmp.Compare(a.Place.Line, b.Place.Line))
	})
	return &r.Result
}

// prefix is the way from the working folder to the project, empty if the project was named by
// an absolute path or lies above.
func prefix(given, root string) string {
	if filepath.IsAbs(given) {
		return ""
	}
	here, err := filepath.Abs(".")
	if err != nil {
		return ""
	}
	rel, err := filepath.Rel(here, root)
	if err != nil || !filepath.IsLocal(rel) {
		return ""
	}
	return filepath.ToSlash(rel)
}

func (r *runner) path(file string) string { return path.Join(r.prefix, file) }

func (r *runner) add(rule string, at model.Place, message string) {
	for _, x := range Rules() {
		if x.ID == rule {
			r.Findings = append(r.Findings, lint.Finding{Rule: rule, Level: x.Level, Place: at, Message: message})
		}
	}
}

// place names a place of a part of the project from the working folder.
func (r *runner) place(p model.Place, dir string) model.Place {
	return model.Place{File: r.path(path.Join(dir, p.File)), Line: p.Line}
}

func (r *runner) notices(rule string, list []model.Notice, dir string) {
	for _, n := range list {
		r.add(rule, r.place(n.Place, dir), n.What)
	}
}

// unreadable adds each of the errors that were joined, at its place.
func (r *runner) unreadable(err error, file, dir string) {
	if list, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range list.Unwrap() {
			r.unreadable(e, file, dir)
		}
		return
	}
	at := model.Place{File: file}
	message := err.Error()
	var t *tmdl.Error
	var b *pbir.Error
	switch {
	case errors.As(err, &t):
		at, message = r.place(model.Place{File: t.File, Line: t.Line}, dir), t.Msg
	case errors.As(err, &b):
		at, message = r.place(model.Place{File: b.File, Line: b.Line}, dir), b.Msg
	}
	r.add("unreadable", at, message)
}

// model reads the model, and looks at its roles.
func (r *runner) model(p *pbip.Project) {
	dir := ""
	if strings.HasSuffix(strings.ToLower(p.Model.Dir), ".pbit") {
		dir = p.Model.Dir // places are inside of the template
	}
	m, err := p.ReadModel()
	if err != nil {
		r.unreadable(err, r.path(p.Model.Dir), dir)
		return
	}
	r.Model = &Model{Path: r.path(p.Model.Dir), Tables: len(m.Tables), Relationships: len(m.Relationships), All: len(m.Roles)}
	for _, t := range m.Tables {
		r.Model.Measures += len(t.Measures)
	}
	for _, x := range lint.Roles(m) {
		x.Place = r.place(x.Place, dir)
		for i := range x.Filters {
			x.Filters[i].Place = r.place(x.Filters[i].Place, dir)
		}
		r.Roles = append(r.Roles, x)
	}
	for _, f := range lint.Check(m) {
		f.Place = r.place(f.Place, dir)
		r.Findings = append(r.Findings, f)
	}
	r.notices("not-understood", m.Notices, dir)
	e, err := query.New(m, definition{})
	if err != nil {
		r.add("not-supported", model.Place{File: r.path(p.Model.Dir)}, err.Error())
		return
	}
	r.notices("not-supported", e.Unsupported(), dir)
}

// report reads one report.
func (r *runner) report(x pbip.Report) {
	def, err := format.Read(x.FS)
	if err != nil {
		r.unreadable(err, r.path(x.Dir), x.Dir)
		return
	}
	out := Report{Name: x.Name, Path: r.path(x.Dir), Pages: len(def.Pages)}
	for _, p := range def.Pages {
		out.Visuals += len(p.Visuals)
	}
	r.Reports = append(r.Reports, out)
	r.notices("not-understood", def.Notices, x.Dir)
}

// definition is a source without data: it says how SQL is written, and runs none.
type definition struct{}

// Run refuses.
func (definition) Run(context.Context, query.Statement) (query.Rows, error) {
	return nil, errors.New("a check opens no data")
}

// Dialect is that of imported data.
func (definition) Dialect() query.Dialect { return duckdb.Dialect{} }
