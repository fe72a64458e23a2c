// Package plan finds what a refresh of a model cannot do, and what the engine cannot compute, before
// either is asked to: by name and place.
//
//	model.Model ──Refresh──► []Finding   queries that fail, names that are not supported, sources that are missing
//	            ──Engine───► []Finding   measures, calculated columns and tables, roles
package plan

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"inlay"
	"inlay/model"
	"inlay/model/powerquery"
	"inlay/source/duckdb"
	"inlay/source/postgres"
)

// Finding is something that cannot be done. The rule is one of package check; the place is below
// the project's folder.
type Finding struct {
	Rule    string
	Place   model.Place
	Of      model.Place // of the object that the engine cannot compute; zero if it is about a refresh
	Message string
}

// Input is a model, and what a refresh of it could read.
type Input struct {
	Model *model.Model
	Root  string // folder of the project
	Sources
}

// Sources are what a refresh could read beside the files of the project.
type Sources struct {
	Maps      []Map                // where data lie that queries name by path or web address
	Databases powerquery.Databases // those that are listed; nil: none
	Web       powerquery.Web       // the hosts that are allowed; nil: none
	MaxSteps  int64                // of each query; 0: powerquery.DefaultSteps
	Opened                         // what is opened of all this

	// Direct compares a model whose rows stay in a database with that database; nil: nobody asks it.
	Direct func(context.Context, *model.Model) error
}

// Opened says what is opened beside files of text and JSON. A workbook and a Parquet file may
// attack their reader, so whoever checks projects of strangers gives readers in other processes.
type Opened = duckdb.Opened

// Map says where data lie that a project names by a path or a web address.
type Map = powerquery.Map

// Refresh looks at what fills the tables: first as a refresh would plan it, which ends at the first
// fault of a query, then at every name that the queries may need. The error is that of the context.
func Refresh(ctx context.Context, in Input) ([]Finding, error) {
	m := in.Model
	q := &queries{in: in, m: m}
	for _, e := range m.Expressions {
		if e.Parameter && e.Required && strings.TrimSpace(e.Source) == "null" {
			q.add("parameter-missing", e.Place, fmt.Sprintf("parameter '%s' has no value", e.Name))
		}
	}
	if postgres.Direct(m) {
		if err := q.direct(ctx); err != nil {
			return nil, err
		}
	} else if err := q.plan(ctx); err != nil {
		return nil, err
	}
	for _, t := range m.Tables {
		for _, part := range t.Partitions {
			if strings.EqualFold(part.Kind, "m") {
				q.inspect(t, part)
			}
		}
	}
	for _, e := range m.Expressions {
		for _, x := range powerquery.Inspect(m.Queries(), "", model.Partition{Name: e.Name, Source: e.Source}) {
			q.add("not-supported", q.place(nil, model.Partition{}, x), "query '"+x.Query+"', which no table uses: "+x.Msg)
		}
	}
	return q.found, nil
}

// queries collects findings, one for each place.
type queries struct {
	in    Input
	m     *model.Model
	found []Finding
}

func (q *queries) add(rule string, at model.Place, message string) {
	if at.Line > 0 && slices.ContainsFunc(q.found, func(f Finding) bool { return f.Place == at }) {
		return
	}
	q.found = append(q.found, Finding{Rule: rule, Place: at, Message: message})
}

// direct looks at a model whose rows stay in a database.
func (q *queries) direct(ctx context.Context) error {
	at := model.Place{File: q.m.Tables[0].Place.File}
	if _, _, err := postgres.Relations(q.m); err != nil {
		q.add("query-fails", at, err.Error())
		return nil
	}
	if q.in.Direct == nil {
		return nil
	}
	err := q.in.Direct(ctx, q.m)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case inlay.KindOf(err) == inlay.Unavailable:
		q.add("source-missing", at, err.Error())
	case err != nil:
		q.add("refresh-refused", at, err.Error())
	}
	return nil
}

// plan rehearses the refresh.
func (q *queries) plan(ctx context.Context) error {
	in := duckdb.RefreshInput{Model: q.m, Root: q.in.Root, Maps: q.in.Maps, Databases: q.in.Databases, Web: q.in.Web, MaxSteps: q.in.MaxSteps}
	found, err := duckdb.Rehearse(ctx, in, q.in.Opened)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		q.add("refresh-refused", model.Place{}, err.Error())
		return nil
	}
	for _, o := range found {
		at := o.Partition.Place
		if at == (model.Place{}) {
			at = o.Table.Place
		}
		if o.Column != nil {
			q.add("column-type", o.Column.Place, o.Err.Error())
			continue
		}
		var e *powerquery.Error
		if !errors.As(o.Err, &e) {
			q.add("refresh-refused", at, o.Err.Error())
			continue
		}
		as := rule(e)
		if o.Beyond {
			as = "query-not-supported"
		}
		q.add(as, q.place(o.Table, o.Partition, e), q.message(o.Table, o.Partition, e))
	}
	return nil
}

// rule says what kind of finding an error of a plan is.
func rule(e *powerquery.Error) string {
	switch {
	case e.Kind == inlay.Forbidden || e.Kind == inlay.NotFound && fetches(e):
		return "source-not-allowed"
	case e.Kind == inlay.NotFound || e.Kind == inlay.Conflict || e.Kind == inlay.Unavailable:
		return "source-missing"
	}
	return "query-fails"
}

// fetches reports whether an error is about a web address.
func fetches(e *powerquery.Error) bool { return strings.HasPrefix(e.Msg, "Web.Contents: ") }

// inspect looks at what the plan did not come to.
func (q *queries) inspect(t *model.Table, part model.Partition) {
	for _, e := range powerquery.Inspect(q.m.Queries(), t.Name, part) {
		q.add("query-not-supported", q.place(t, part, e), q.message(t, part, e))
	}
}

// inside reports whether an error is in the text of the partition, and not in a query that it uses.
func inside(part model.Partition, e *powerquery.Error) bool {
	return part.Source != "" && e.Query == part.Name
}

// place is where an error stands in the files of the model.
func (q *queries) place(t *model.Table, part model.Partition, e *powerquery.Error) model.Place {
	at, text := part.Place, part.Text
	if !inside(part, e) {
		for _, x := range q.m.Queries() {
			if x.Name == e.Query {
				at, text = x.Place, x.Text
			}
		}
	}
	if at == (model.Place{}) && t != nil {
		return t.Place
	}
	if p := text.In(at.File, e.Pos.Line, e.Pos.Column); p.Line > 0 {
		return p
	}
	return at
}

// message says what is wrong, for whom, and what would help.
func (q *queries) message(t *model.Table, part model.Partition, e *powerquery.Error) string {
	var b strings.Builder
	fmt.Fprintf(&b, "table '%s'", t.Name)
	if e.Query != "" && !inside(part, e) {
		fmt.Fprintf(&b, ", query '%s'", e.Query)
	}
	if e.Step != "" {
		fmt.Fprintf(&b, ", step '%s'", e.Step)
	}
	b.WriteString(": ")
	if name, ok := e.Connector(); ok {
		fmt.Fprintf(&b, "the source %s is not supported; supported are files of text, JSON, Excel and Parquet, PostgreSQL, MySQL, SQL Server, and web addresses that the configuration allows", name)
		return b.String()
	}
	b.WriteString(e.Msg)
	if e.Remedy != "" {
		b.WriteString("; " + e.Remedy)
	}
	if e.Kind == inlay.NotFound && fetches(e) {
		b.WriteString("; or let it be fetched: --web-hosts HOST")
	}
	return b.String()
}
