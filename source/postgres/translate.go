package postgres

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

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

func ended(ctx context.Context) error {
	msg := "the query was cancelled"
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		msg = "the query took longer than it may"
	}
	return &stopped{inlay.Errorf(inlay.Limit, "%s", msg), ctx.Err()}
}

// misfit is a result that is not what the statement promised.
type misfit string

// Error is for the log.
func (m misfit) Error() string { return string(m) }

// lost reports whether an error says that a connection is gone, rather than what the database
// thinks of a statement.
func lost(err error) bool {
	var own *inlay.Error
	var result misfit
	if errors.As(err, &own) || errors.As(err, &result) {
		return false
	}
	var connect *pgconn.ConnectError
	var e *pgconn.PgError
	if errors.As(err, &connect) || !errors.As(err, &e) {
		return true
	}
	switch e.Code {
	case "57P01", "57P02", "57P03": // shutdown by an administrator, a crash, starting up
		return true
	}
	return strings.HasPrefix(e.Code, "08")
}

// translate makes of the engine's error what a viewer may read. The engine's own text can hold
// values of rows that the viewer must not see, so even the log gets no more than its code.
func (p *Pool) translate(ctx context.Context, err error) error {
	var own *inlay.Error
	if errors.As(err, &own) {
		return err
	}
	if ctx.Err() != nil {
		return ended(ctx)
	}
	if lost(err) {
		p.log.Error("database cannot be reached", "error", unreachable(err))
		return &inlay.Error{Kind: inlay.Unavailable, Msg: "the database of this dataset cannot be reached", Remedy: "ask again in a moment"}
	}
	var e *pgconn.PgError
	switch {
	case !errors.As(err, &e):
	case e.Code == "57014": // statement_timeout, or an administrator cancelled it
		return inlay.Errorf(inlay.Limit, "the query took longer than it may")
	case strings.HasPrefix(e.Code, "53"), e.Code == "54000":
		p.log.Warn("query ended at a limit of the database", "code", e.Code)
		return &inlay.Error{Kind: inlay.Limit, Msg: "the query needs more than the database gives it", Remedy: "ask for fewer groups or rows"}
	}
	return p.internal(err)
}

// unreachable says why a connection failed without what was sent over it.
func unreachable(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return code(err)
	}
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		return "connecting failed"
	}
	return "the connection broke"
}

// code is what an error of the database says that holds no value.
func code(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return "SQLSTATE " + e.Code
	}
	return "no SQLSTATE"
}

func (p *Pool) internal(err error) error {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		p.log.Error("query failed", "code", e.Code, "routine", e.Routine)
	} else {
		p.log.Error("query failed", "error", err)
	}
	return inlay.Errorf(inlay.Internal, "the data could not be queried")
}
