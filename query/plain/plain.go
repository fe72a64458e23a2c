// Package plain evaluates DAX queries slowly and simply. It exists so that tests have something
// to compare the engine with; only tests import it.
//
// It is written from the documents and shares nothing with package query: a filter context is a
// list of column filters, rows are filtered one by one, every context is evaluated alone.
//
//	rows ──security.go──► what the viewer may see ──► contexts and rows ──► model.Result
//
// What it cannot do is an error, of which Unsupported reports true.
package plain

import (
	"errors"
	"fmt"
	"slices"

	"inlay/dax"
	"inlay/model"
)

// Viewer is for whom a query is evaluated.
type Viewer struct {
	Unrestricted bool
	Username     string
	Roles        []string
	CustomData   string
}

// Evaluator evaluates queries over rows that are in memory.
type Evaluator struct {
	m    *model.Model
	rows map[string][][]dax.Value
}

// New is an evaluator over a model and the rows of its tables, in the order of the columns.
func New(m *model.Model, rows map[string][][]dax.Value) *Evaluator {
	return &Evaluator{m, rows}
}

type missing struct{ what string }

func (m missing) Error() string { return m.what + " is not supported by the plain evaluator" }

func unsupported(format string, args ...any) error { return missing{fmt.Sprintf(format, args...)} }

func errorf(format string, args ...any) error { return fmt.Errorf(format, args...) }

// Unsupported reports whether an error says that this package cannot evaluate a query, and
// nothing about the query itself.
func Unsupported(err error) bool {
	var m missing
	return errors.As(err, &m)
}

// run is the evaluation of one query.
type run struct {
	m        *model.Model
	db       *database
	viewer   Viewer
	measures map[string]dax.Expr // by lower-case name
	own      map[string]*scope   // of measures that the query defines: the variables defined before
	tables   map[string]*rowset  // that the query defines
	depth    int
}

// Evaluate answers each EVALUATE of a query.
func (p *Evaluator) Evaluate(v Viewer, text string) (results []model.Result, err error) {
	defer recovered(&err)
	q, err := dax.ParseQuery(text)
	if err != nil {
		return nil, err
	}
	db, err := p.secured(v)
	if err != nil {
		return nil, err
	}
	r := &run{m: p.m, db: db, viewer: v, measures: map[string]dax.Expr{}, own: map[string]*scope{}, tables: map[string]*rowset{}}
	e, err := r.define(q.Defines, env{ctx: newContext(db)})
	if err != nil {
		return nil, err
	}
	for _, ev := range q.Evaluate {
		res, err := r.evaluate(ev, e)
		if err != nil {
			return nil, err
		}
		results = append(results, res)
	}
	return results, nil
}

// recovered turns a panic with an error, which the deep parts of the package use, into an error.
func recovered(err *error) {
	switch r := recover().(type) {
	case nil:
	case error:
		*err = r
	default:
		panic(r)
	}
}

func (r *run) evaluate(ev dax.Evaluate, e env) (model.Result, error) {
	if len(ev.StartAt) > 0 {
		return model.Result{}, unsupported("START AT")
	}
	set, err := r.table(ev.X, e)
	if err != nil {
		return model.Result{}, err
	}
	keys := make([][]dax.Value, len(set.rows))
	for i, row := range set.rows {
		for _, o := range ev.Order {
			v, err := r.scalar(o.X, e.inside(set, row))
			if err != nil {
				return model.Result{}, err
			}
			keys[i] = append(keys[i], v)
		}
	}
	order := sequence(len(set.rows), func(a, b int) int {
		for k, o := range ev.Order {
			if c := sortCompare(keys[a][k], keys[b][k]); c != 0 {
				return direction(c, o.Descending)
			}
		}
		return 0
	})
	var res model.Result
	for _, f := range set.cols {
		res.Columns = append(res.Columns, model.ResultColumn{Name: f.String()})
	}
	for _, i := range order {
		res.Rows = append(res.Rows, set.rows[i].vals)
	}
	return res, nil
}

func direction(c int, descending bool) int {
	if descending {
		return -c
	}
	return c
}

// sequence is 0 … n-1 in order; equal ones stay as they are.
func sequence(n int, compare func(a, b int) int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, compare)
	return order
}

// sortCompare orders values: as the operators do, and BLANK between zero and what is below it.
func sortCompare(a, b dax.Value) int {
	c, err := dax.Compare(a, b)
	if err != nil {
		panic(err)
	}
	if c == 0 && a.IsBlank() != b.IsBlank() {
		if a.IsBlank() {
			return -1
		}
		return 1
	}
	return c
}
