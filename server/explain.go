package server

import (
	"context"
	"sync"

	"inlay"
	"inlay/model"
	"inlay/query"
)

// Explanation is how a DAX query is answered: what the viewer may see of each table, what the
// source was asked, and what came. It is for operators, as it tells the filters of roles.
type Explanation struct {
	Tables     []query.Predicate
	Statements []query.Statement // in the order in which they ran
	Results    []model.Result
}

// Explain answers a query as a viewer and keeps what was done for it. What was done is there
// beside an error, too. There is no way to it from the network.
func (s *Server) Explain(ctx context.Context, d inlay.Dataset, v query.Viewer, dax string) (Explanation, error) {
	var x Explanation
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
	x.Results, err = e.Evaluate(ctx, v, dax)
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
