package server

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"inlay"
	"inlay/admission"
	"inlay/query"
)

// nothing is a source that answers every statement with no rows.
type nothing struct{ query.Source }

func (nothing) Run(context.Context, query.Statement) (query.Rows, error) { return none{}, nil }

type none struct{ query.Rows }

func (none) Close() error { return nil }

// TestQuestionsTakeTurns: a question keeps its slot from its first statement to its end, one that
// runs none needs no slot, and one that finds the queue full is told when to come again.
func TestQuestionsTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &engines{queue: admission.New(admission.Options{Slots: 1, Waiting: 1})}
		src := &gated{nothing{}, e.queue, []string{"w", "d"}}
		d := inlay.Dataset{ID: "d", WorkspaceID: "w"}
		one, end := e.begin(t.Context(), d, query.Viewer{Username: "anna"})
		for range 3 { // statements of one question do not wait for each other
			if _, err := src.Run(one, query.Statement{}); err != nil {
				t.Fatal(err)
			}
		}
		_, idle := e.begin(t.Context(), d, query.Viewer{Username: "bert"})
		idle()
		if c := e.queue.Counts(); c.Running != 1 || c.Admitted != 1 {
			t.Errorf("counts = %+v", c)
		}
		answered := make(chan error)
		go func() {
			two, end := e.begin(context.Background(), d, query.Viewer{Username: "bert"})
			defer end()
			_, err := src.Run(two, query.Statement{})
			answered <- err
		}()
		synctest.Wait()
		_, err := src.Run(t.Context(), query.Statement{}) // of no question: it waits, too
		var busy *inlay.Error
		if !errors.As(err, &busy) || busy.Kind != inlay.Unavailable || busy.RetryAfter < time.Second {
			t.Errorf("err = %v", err)
		}
		end()
		if err := <-answered; err != nil {
			t.Error(err)
		}
		rows, err := src.Run(t.Context(), query.Statement{})
		if err != nil {
			t.Fatal(err)
		}
		if c := e.queue.Counts(); c.Running != 1 {
			t.Errorf("rows that are read hold no slot: %+v", c)
		}
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
		if c := e.queue.Counts(); c.Running != 0 || c.Waiting != 0 {
			t.Errorf("counts = %+v", c)
		}
	})
}

func TestEngineThatCannotBe(t *testing.T) {
	if _, err := New(t.Context(), Config{Data: t.TempDir(), Engine: "worker"}); inlay.KindOf(err) != inlay.Invalid {
		t.Errorf("workers of a program that cannot become one: %v", err)
	}
}
