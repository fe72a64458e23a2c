package tmdl

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"inlay/dax"
	"inlay/model"
)

var update = flag.Bool("update", false, "write the golden files")

const want = "want"

// TestGolden reads small definitions: the files of an archive, and what becomes of them.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			arc, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			fsys, expected := fstest.MapFS{}, ""
			keep := arc.Files[:0]
			for _, f := range arc.Files {
				if f.Name == want {
					expected = string(f.Data)
					continue
				}
				keep = append(keep, f)
				fsys[f.Name] = &fstest.MapFile{Data: f.Data}
			}
			got := outcome(Read(fsys))
			if *update {
				arc.Files = append(keep, txtar.File{Name: want, Data: []byte(got)})
				if err := os.WriteFile(file, txtar.Format(arc), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(expected, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func outcome(m *model.Model, err error) string {
	if err != nil {
		return "error\n" + err.Error() + "\n"
	}
	var p printer
	p.model(m)
	return p.String()
}

var typeNames = map[dax.Type]string{
	dax.Boolean: "boolean", dax.Int64: "int64", dax.Double: "double", dax.Decimal: "decimal",
	dax.DateTime: "dateTime", dax.String: "string", dax.Variant: "variant",
}

// printer writes a model as text, without what is empty.
type printer struct{ strings.Builder }

func (p *printer) line(depth int, head string, more ...string) {
	fmt.Fprintf(p, "%s%s", strings.Repeat("  ", depth), head)
	for i := 0; i+1 < len(more); i += 2 {
		if more[i+1] != "" {
			fmt.Fprintf(p, " %s=%q", more[i], more[i+1])
		}
	}
	p.WriteByte('\n')
}

func on(set bool) string {
	if set {
		return "yes"
	}
	return ""
}

func reference(c model.ColumnRef) string {
	if c == (model.ColumnRef{}) {
		return ""
	}
	return c.String()
}

func (p *printer) group(g *model.CalculationGroup) {
	if g == nil {
		return
	}
	p.line(1, fmt.Sprintf("group of %s, precedence %d", g.Column, g.Precedence))
	for _, x := range g.Items {
		p.line(2, fmt.Sprintf("item %d %s", x.Ordinal, x.Name), "expression", x.Expression, "format", x.Format, "description", x.Description)
	}
	for i, x := range []*model.CalculationItem{g.None, g.Several} {
		if x != nil {
			p.line(2, []string{"none chosen", "several chosen"}[i], "expression", x.Expression, "format", x.Format)
		}
	}
}

func (p *printer) parameter(f *model.FieldParameter) {
	if f == nil {
		return
	}
	p.line(1, "field parameter", "name", f.Name, "field", f.Field, "order", f.Order)
	for _, c := range f.Choices {
		p.line(2, fmt.Sprintf("choice %s %s %v", c.Name, model.ColumnRef{Table: c.Table, Column: c.Column + c.Measure}, c.Order.Int()), "measure", c.Measure, "more", fmt.Sprint(len(c.More)))
	}
}

func (p *printer) model(m *model.Model) {
	p.line(0, "model", "culture", m.Culture, "queries", m.SourceCulture, "errors as null", on(m.ErrorsAsNull))
	for _, f := range m.Functions {
		p.line(0, "function "+f.Name, "expression", f.Expression, "hidden", on(f.Hidden), "description", f.Description)
	}
	for _, t := range m.Tables {
		p.line(0, "table "+t.Name, "hidden", on(t.Hidden), "date", on(t.Date), "auto date", on(t.AutoDate), "calculation", on(t.Calculation), "description", t.Description)
		p.group(t.Group)
		p.parameter(t.Parameter)
		for _, c := range t.Columns {
			p.line(1, "column "+c.Name+" "+typeNames[c.Type], "source", c.Source, "expression", c.Expression, "format", c.Format, "sortBy", c.SortBy,
				"summarize", c.Summarize, "category", c.Category, "hidden", on(c.Hidden), "key", on(c.Key), "not in MDX", on(c.NotInMDX), "group by", strings.Join(c.GroupBy, ", "), "description", c.Description)
			for _, v := range c.Variations {
				p.line(2, "variation "+v.Name, "default", on(v.Default), "relationship", v.Relationship, "hierarchy", reference(v.Hierarchy), "column", reference(v.Column))
			}
		}
		for _, x := range t.Measures {
			p.line(1, "measure "+x.Name, "expression", x.Expression, "format", x.Format, "format by", x.FormatBy, "folder", x.Folder, "hidden", on(x.Hidden), "description", x.Description)
			if k := x.KPI; k != nil {
				p.line(2, "kpi", "goal", k.Goal, "status", k.Status, "trend", k.Trend, "graphic", k.StatusGraphic, "trend graphic", k.TrendGraphic, "description", k.Description, "status description", k.StatusDescription)
			}
		}
		for _, h := range t.Hierarchies {
			p.line(1, "hierarchy "+h.Name, "hidden", on(h.Hidden))
			for _, l := range h.Levels {
				p.line(2, "level "+l.Name, "column", l.Column)
			}
		}
		for _, x := range t.Partitions {
			p.line(1, "partition "+x.Name, "kind", x.Kind, "mode", x.Mode, "source", x.Source)
		}
	}
	for _, r := range m.Relationships {
		ends := map[model.Cardinality]string{model.Many: "many", model.One: "one"}
		p.line(0, fmt.Sprintf("relationship %s: %s %s to %s %s", r.Name, ends[r.FromEnd], r.From, ends[r.ToEnd], r.To),
			"inactive", on(r.Inactive), "both", on(r.Both), "securityBoth", on(r.SecurityBoth), "integrity", on(r.Integrity))
	}
	for _, r := range m.Roles {
		p.line(0, "role "+r.Name, "description", r.Description)
		for _, x := range r.Permissions {
			p.line(1, "table "+x.Table, "filter", x.Filter, "metadata", x.Metadata)
			for _, c := range x.Columns {
				p.line(2, "column "+c.Column, "metadata", c.Metadata)
			}
		}
		for _, x := range r.Members {
			p.line(1, "member "+x.Name, "id", x.ID)
		}
	}
	for _, e := range m.Expressions {
		p.line(0, "expression "+e.Name, "parameter", on(e.Parameter), "type", e.Type, "source", e.Source)
	}
	for _, n := range m.Notices {
		p.line(0, fmt.Sprintf("notice %s:%d: %s", n.Place.File, n.Place.Line, n.What))
	}
}
