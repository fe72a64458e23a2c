package query

import (
	"context"

	"inlay/dax"
	"inlay/model"
	"inlay/query/eval"
)

// AskBroken answers as an engine would whose gate was forgotten: it knows who asks, and leaves
// out what that viewer's roles say. Only tests have it.
func AskBroken(ctx context.Context, e *Engine, v Viewer, q model.Query) (model.Result, error) {
	c := &compiler{e: e, ctx: ctx, v: v, looked: map[string]dax.Value{}}
	a, err := newAnswer(c, q)
	if err != nil {
		return model.Result{}, err
	}
	if len(q.Values) == 0 {
		return a.combinations()
	}
	return a.values()
}

// EvaluateBroken answers a DAX query as an engine would that forgets the gate in some of its reads.
// Only tests have it.
func EvaluateBroken(ctx context.Context, e *Engine, v Viewer, text string, forgets func(eval.Read) bool) ([]model.Result, error) {
	c, err := e.asking(ctx, v)
	if err != nil {
		return nil, err
	}
	q, err := dax.ParseQuery(text)
	if err != nil {
		return nil, err
	}
	open := &compiler{e: c.e, ctx: ctx, v: v, looked: map[string]dax.Value{}}
	return eval.Query(ctx, &brokenStore{newStore(c), newStore(open), forgets}, q)
}

type brokenStore struct {
	*store
	open    *store
	forgets func(eval.Read) bool
}

// Read is that of the store, or one without roles.
func (b *brokenStore) Read(ctx context.Context, r eval.Read) ([][]dax.Value, error) {
	if b.forgets(r) {
		return b.open.Read(ctx, r)
	}
	return b.store.Read(ctx, r)
}
