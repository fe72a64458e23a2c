package worker

import (
	"context"
	"errors"

	"inlay"
)

// stopped is an error that says so to the viewer and is still the context's.
type stopped struct {
	shown *inlay.Error
	cause error
}

// Error is what the viewer may read.
func (s *stopped) Error() string { return s.shown.Msg }

// Unwrap gives the error of the viewer, and the context's.
func (s *stopped) Unwrap() []error { return []error{s.shown, s.cause} }

// Ended is the error of a statement whose context has ended.
func Ended(ctx context.Context) error {
	msg := "the query was cancelled"
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		msg = "the query took longer than it may"
	}
	return &stopped{inlay.Errorf(inlay.Limit, "%s", msg), ctx.Err()}
}

// overMemory is the error of a statement that took more memory than a worker may have.
func overMemory() error {
	return &inlay.Error{Kind: inlay.Limit, Msg: "the query needs more memory than it may use", Remedy: "ask for fewer groups or rows"}
}

// crashed is the error of a statement whose worker ended by itself.
func crashed() error {
	return &inlay.Error{Kind: inlay.Unavailable, Rule: "worker-lost", Msg: "the data engine stopped while it answered", Remedy: "ask again; other questions were not touched"}
}

// unavailable is the error where no worker can be started.
func unavailable() error {
	return &inlay.Error{Kind: inlay.Unavailable, Rule: "worker-none", Msg: "the data engine could not be started", Remedy: "ask again in a moment; the server's log has the reason"}
}
