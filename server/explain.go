package server

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/query"
)

// Explanation is how a DAX query is answered: what the viewer may see of each table, what the
// source was asked, and what came. It is for operators, as it tells the filters of roles.
type Explanation struct {
	DAX        string
	Tables     []query.Predicate
	Statements []query.Statement // in the order in which they ran
	Results    []model.Result
}

// Explain answers a query as a viewer and keeps what was done for it. What was done is there
// beside an error, too. There is no way to it from the network.
// An identity of nobody is one who sees all rows.
func (s *Server) Explain(ctx context.Context, d inlay.Dataset, who inlay.Identity, text string) (Explanation, error) {
	x := Explanation{DAX: text}
	v := query.Viewer{Username: who.Username, Roles: who.Roles, CustomData: who.CustomData}
	v.Unrestricted = who.Username == "" && len(who.Roles) == 0 && who.CustomData == ""
	o, err := s.datasets.use(d)
	if err != nil {
		return x, err
	}
	defer o.users.Done()
	ctx, end := s.engines.begin(ctx, d, v)
	defer end()
	if x.Tables, err = o.engine.Security(ctx, v); err != nil {
		return x, err
	}
	var mu sync.Mutex
	e, err := o.engine.Recording(func(s query.Statement) {
		mu.Lock()
		defer mu.Unlock()
		x.Statements = append(x.Statements, s)
	})
	if err != nil {
		return x, err
	}
	x.Results, err = e.Evaluate(ctx, v, text)
	return x, err
}

// DatasetNamed is a dataset of the catalog, by its name and that of its workspace.
func (s *Server) DatasetNamed(ctx context.Context, workspace, name string) (inlay.Dataset, error) {
	w, err := s.store.WorkspaceByName(ctx, workspace)
	if err != nil {
		return inlay.Dataset{}, err
	}
	return s.store.DatasetByName(ctx, w.ID, name)
}

// Print writes the query, what the viewer may see of each table, the statements, and how much
// came. Bound values are shown by their types alone.
func (x Explanation) Print(out io.Writer) {
	fmt.Fprintf(out, "DAX\n%s\n\nSecurity\n", indent(x.DAX))
	for _, p := range x.Tables {
		text := "all rows"
		if p.Restricted {
			text = p.SQL + typeNames(p.Types)
		}
		fmt.Fprintf(out, "  %s: %s\n", p.Table, text)
	}
	for i, st := range x.Statements {
		var list []dax.Type
		for _, a := range st.Args() {
			list = append(list, a.Type())
		}
		fmt.Fprintf(out, "\nStatement %d\n%s%s\n", i+1, indent(st.SQL()), typeNames(list))
	}
	for i, r := range x.Results {
		var names []string
		for _, col := range r.Columns {
			names = append(names, col.Name)
		}
		fmt.Fprintf(out, "\nResult %d\n  %d rows: %s\n", i+1, len(r.Rows), strings.Join(names, ", "))
	}
}

// typeNames is what is bound, without the values: they may be a viewer's secrets.
func typeNames(list []dax.Type) string {
	var names []string
	for _, t := range list {
		names = append(names, t.String())
	}
	if len(names) == 0 {
		return ""
	}
	return "\n    bound: " + strings.Join(names, ", ")
}

func indent(s string) string { return "  " + strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n  ") }
