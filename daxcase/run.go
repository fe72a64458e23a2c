package daxcase

import (
	"context"
	"errors"
	"time"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/query"
)

// Outcome is what came of a case.
type Outcome uint8

// Outcomes. Refused is an error that names what is not supported; Wrong is anything else that
// is not what was expected.
const (
	Passed Outcome = iota
	Refused
	Wrong
)

// String is the outcome as reports name it.
func (o Outcome) String() string { return [...]string{"passed", "refused", "wrong"}[o] }

// Result is a case that was run. Detail says what is wrong or refused.
type Result struct {
	Case    Case
	Outcome Outcome
	Detail  string
}

// evaluator answers DAX queries, one result for each EVALUATE.
type evaluator interface {
	Evaluate(ctx context.Context, v query.Viewer, text string) ([]model.Result, error)
}

// patience is how long one case may take.
const patience = 30 * time.Second

// Run runs cases on their models.
func Run(ctx context.Context, cases []Case, models *Models, l Loader) (Report, error) {
	r := runner{models: models, loader: l, open: map[string]opened{}}
	defer r.close()
	var rep Report
	for _, c := range cases {
		res := r.run(ctx, c)
		if ctx.Err() != nil {
			return rep, ctx.Err()
		}
		rep.Results = append(rep.Results, res)
	}
	return rep, nil
}

// runner keeps the models that were loaded.
type runner struct {
	models *Models
	loader Loader
	open   map[string]opened
}

type opened struct {
	engine *query.Engine
	source Source
	err    error
}

func (r *runner) close() {
	for _, o := range r.open {
		if o.source != nil {
			_ = o.source.Close()
		}
	}
}

// engine loads a model at its first use.
func (r *runner) engine(ctx context.Context, name string) (*query.Engine, error) {
	if o, ok := r.open[name]; ok {
		return o.engine, o.err
	}
	var o opened
	d, err := r.models.Open(name)
	if err == nil {
		o.source, err = r.loader.Load(ctx, d)
	}
	if err == nil {
		o.engine, err = query.New(d.Model, o.source)
	}
	o.err = err
	r.open[name] = o
	return o.engine, err
}

// run runs one case.
func (r *runner) run(ctx context.Context, c Case) Result {
	e, err := r.engine(ctx, c.Model)
	if err != nil {
		return Result{c, Wrong, "the model cannot be loaded: " + err.Error()}
	}
	ev, ok := any(e).(evaluator)
	if !ok {
		return Result{c, Refused, "DAX queries are not supported"}
	}
	// Without an identity somebody asks all the same: who may see everything.
	v := query.Viewer{Unrestricted: true, Username: "author@example.com", ObjectID: "6c5b5c6e-3a0e-4b0c-8f3a-1d2e3f405162"}
	if c.Identity != nil {
		v = query.Viewer{Username: c.Identity.Username, Roles: c.Identity.Roles, CustomData: c.Identity.CustomData}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	results, err := ev.Evaluate(ctx, v, c.Query)
	return judge(c, results, err)
}

// judge compares what came with what was expected.
func judge(c Case, results []model.Result, err error) Result {
	var mistake *dax.Error
	switch kind := inlay.KindOf(err); {
	case err == nil && c.Expect.Type == "error":
		return Result{c, Wrong, "gives " + shown(results) + ", want an error"}
	case err == nil:
		if msg := differs(c, results); msg != "" {
			return Result{c, Wrong, msg}
		}
		return Result{c, Passed, ""}
	case kind == inlay.Unsupported, errors.As(err, &mistake) && mistake.Unsupported:
		return Result{c, Refused, err.Error()}
	case c.Expect.Type == "error" && (kind != inlay.Internal || errors.As(err, &mistake)):
		return Result{c, Passed, err.Error()}
	}
	return Result{c, Wrong, "fails: " + err.Error()}
}
