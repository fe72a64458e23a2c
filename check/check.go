// Package check reads a project and lists what a reader should look at: what is not understood
// or not supported, by name and place; what each role filters; and roles that are likely wrong.
//
//	folder ──Run──► Result ──Text, JSON, SARIF──► the terminal, a program, code scanning
//
// It reads definitions, and of the data what planning a refresh takes: which files there are, the
// first lines of text files, and what workbooks and Parquet files hold, where it is given readers
// for them. Nothing is dialled unless it is asked for, and nothing is published.
package check

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"inlay/check/plan"
	"inlay/model"
	"inlay/model/lint"
	"inlay/model/pbip"
	"inlay/model/tmdl"
	"inlay/report/format"
	"inlay/report/pbir"
)

// Rules of this package, beside those of package lint.
var own = []lint.Rule{
	{ID: "unreadable", Level: lint.Error, Short: "A file that cannot be read", Help: "The project cannot be imported until this is corrected."},
	{ID: "role-not-supported", Level: lint.Error, Short: "A role that cannot be applied", Help: "Whoever has the role sees no rows, because what cannot be applied hides everything. Write the filter with what is supported."},
	{ID: "query-fails", Level: lint.Error, Short: "A query that cannot be evaluated", Help: "The refresh ends at this place. Correct it, or write it with functions that are supported."},
	{ID: "refresh-refused", Level: lint.Error, Short: "A table that cannot be refreshed", Help: "The refresh ends before it begins. Change the definition of the table."},
	{ID: "column-type", Level: lint.Warning, Short: "A column of another type than the values of its query", Help: "The refresh ends at the first value that is not blank. Change the type in the query or in the model."},
	{ID: "parameter-missing", Level: lint.Error, Short: "A parameter without the value that it must have", Help: "What uses the parameter fails. Give it a value in the project."},
	{ID: "query-not-supported", Level: lint.Warning, Short: "A name in a query that is not supported or not known", Help: "A refresh that comes to it ends there. Correct the name, write it with functions that are supported, or load the data from a source that is."},
	{ID: "source-missing", Level: lint.Warning, Short: "Data that the project does not have", Help: "The refresh ends without them. Put them into the project, or say with --map where they lie, here and when you import."},
	{ID: "source-not-allowed", Level: lint.Warning, Short: "A source that the configuration does not allow", Help: "The refresh dials nothing that is not listed. List it, here to see the rest of the query checked, and for the server."},
	{ID: "not-understood", Level: lint.Note, Short: "Something that is not understood", Help: "It is left out, or what needs it is refused by name. It never becomes a wrong number."},
	{ID: "not-supported", Level: lint.Note, Short: "An expression that cannot be computed", Help: "What asks for it is refused by name. It never becomes a wrong number."},
}

// Rules are all rules: that of files, those of roles, those of queries, notes.
func Rules() []lint.Rule { return append(append(own[:1:1], lint.Rules...), own[1:]...) }

// Result is what was read and found. Places are as a reader in the working folder names them.
type Result struct {
	Name     string
	File     string // the .pbip, or empty
	Model    *Model // nil if it cannot be read
	Reports  []Report
	Roles    []lint.Role
	Findings []lint.Finding
	Lines    map[model.Place]string // at places with a column: the line of the file
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

// Input is what is checked, and what a refresh of it could read beside the project.
type Input struct {
	Folder string // or a file that pbip.Open opens
	Sources
}

// Sources are what a refresh could read: as plan.Input has them, without the model.
type Sources = plan.Sources

// Opened says what is opened of them.
type Opened = plan.Opened

// Map says where data lie that a project names by a path or a web address.
type Map = plan.Map

// runner collects a result.
type runner struct {
	Result
	in     Input
	prefix string // from the working folder to the project's
}

// Run reads a project. What cannot be read is a finding, too. The error is that of the context.
func Run(ctx context.Context, in Input) (*Result, error) {
	folder := in.Folder
	r := &runner{in: in}
	p, err := pbip.Open(folder)
	if err != nil {
		r.Name = filepath.ToSlash(folder)
		r.unreadable(err, filepath.ToSlash(folder), "")
		return &r.Result, nil
	}
	defer func() { _ = p.Close() }()
	r.prefix = prefix(folder, p.Root)
	r.Name = p.Model.Name
	if p.File != "" {
		r.File = r.path(p.File)
	}
	r.notices("not-understood", p.Notices, "")
	if err := r.model(ctx, p); err != nil {
		return nil, err
	}
	for _, x := range p.Reports {
		r.report(x)
	}
	slices.SortStableFunc(r.Findings, func(a, b lint.Finding) int {
		return cmp.Or(strings.Compare(a.Place.File, b.Place.File), cmp.Compare(a.Place.Line, b.Place.Line), cmp.Compare(a.Place.Column, b.Place.Column))
	})
	r.Lines = lines(p.Root, r.prefix, r.Findings)
	return &r.Result, nil
}

// longest bounds a file of which lines are shown.
const longest = 16 << 20

// lines reads those that findings are about. What cannot be read is not shown.
func lines(folder, prefix string, found []lint.Finding) map[model.Place]string {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil
	}
	defer func() { _ = root.Close() }()
	out, texts := map[model.Place]string{}, map[string][]string{}
	for _, f := range found {
		if f.Place.Column == 0 {
			continue
		}
		text, ok := texts[f.Place.File]
		if !ok {
			name := filepath.FromSlash(strings.TrimPrefix(f.Place.File, strings.TrimSuffix(prefix, "/")+"/"))
			if st, err := root.Stat(name); err == nil && st.Mode().IsRegular() && st.Size() <= longest {
				b, _ := root.ReadFile(name)
				text = strings.Split(strings.TrimPrefix(string(b), "\ufeff"), "\n")
			}
			texts[f.Place.File] = text
		}
		if n := f.Place.Line; n > 0 && n <= len(text) {
			out[f.Place] = strings.TrimRight(text[n-1], "\r")
		}
	}
	return out
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
	p.File = r.path(path.Join(dir, p.File))
	return p
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
		at, message = r.place(model.Place{File: t.File, Line: t.Line, Column: t.Column}, dir), t.Msg
	case errors.As(err, &b):
		at, message = r.place(model.Place{File: b.File, Line: b.Line}, dir), b.Msg
	}
	r.add("unreadable", at, message)
}

// model reads the model, and looks at its roles and its queries.
func (r *runner) model(ctx context.Context, p *pbip.Project) error {
	dir := ""
	if strings.HasSuffix(strings.ToLower(p.Model.Dir), ".pbit") {
		dir = p.Model.Dir // places are inside of the template
	}
	m, err := p.ReadModel()
	var b *tmdl.Broken
	if errors.As(err, &b) {
		r.unknown(b, dir)
		m, err = b.Model, nil
		m.Name = p.Model.Name
	}
	if err != nil {
		r.unreadable(err, r.path(p.Model.Dir), dir)
		return nil
	}
	r.Model = &Model{Path: r.path(p.Model.Dir), Tables: len(m.Tables), Relationships: len(m.Relationships), All: len(m.Roles)}
	for _, t := range m.Tables {
		for _, x := range t.Measures {
			if x.PartOf == "" {
				r.Model.Measures++
			}
		}
	}
	for _, x := range lint.Roles(m) {
		x.Place = r.place(x.Place, dir)
		for i := range x.Filters {
			x.Filters[i].Place = r.place(x.Filters[i].Place, dir)
		}
		r.Roles = append(r.Roles, x)
	}
	var mistakes []model.Place
	for _, f := range lint.Check(m) {
		if f.Of != (model.Place{}) {
			mistakes = append(mistakes, f.Of)
		}
		f.Place = r.place(f.Place, dir)
		if f.Rule == "unknown-name" && slices.ContainsFunc(r.Findings, func(x lint.Finding) bool {
			return x.Rule == f.Rule && x.Place.File == f.Place.File && x.Place.Line == f.Place.Line && (f.Place.Column == 0 || x.Place.Column == f.Place.Column)
		}) {
			continue // a permission on a table that does not exist was found when it was read
		}
		r.Findings = append(r.Findings, f)
	}
	r.notices("not-understood", m.Notices, dir)
	r.planned(slices.DeleteFunc(plan.Engine(m), func(f plan.Finding) bool { // what Power BI refuses is not what this engine lacks
		return slices.ContainsFunc(mistakes, func(x model.Place) bool { return x == f.Of })
	}), dir)
	list, err := plan.Refresh(ctx, plan.Input{Model: m, Root: p.Root, Sources: r.in.Sources})
	r.planned(list, dir)
	return err
}

// planned adds what cannot be done. What has no place is about the model.
func (r *runner) planned(list []plan.Finding, dir string) {
	for _, f := range list {
		at := r.place(f.Place, dir)
		if f.Place.File == "" {
			at = model.Place{File: r.Model.Path}
		}
		r.add(f.Rule, at, f.Message)
	}
}

// unknown adds what roles name and the model does not have.
func (r *runner) unknown(b *tmdl.Broken, dir string) {
	for _, err := range b.Unwrap() {
		var e *tmdl.Error
		if errors.As(err, &e) {
			r.add("unknown-name", r.place(model.Place{File: e.File, Line: e.Line, Column: e.Column}, dir), e.Msg)
		}
	}
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
