package inlay

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what went wrong in terms of the caller; one table in rest turns it into a status.
type Kind string

// Kinds of error. An error that is not an *Error is Internal.
const (
	Internal        Kind = "internal"        // our fault; the text is logged, never shown
	Invalid         Kind = "invalid"         // the request cannot be right
	Unauthenticated Kind = "unauthenticated" // no token, or not a token of ours
	Expired         Kind = "expired"         // a token that was good once
	Forbidden       Kind = "forbidden"       // known caller, not allowed
	NotFound        Kind = "notfound"        // no such thing, or not for this caller
	Conflict        Kind = "conflict"        // the thing exists already
	Unsupported     Kind = "unsupported"     // understood, and not built
	Limit           Kind = "limit"           // too large, too many, too long
	Unavailable     Kind = "unavailable"     // cannot be done now; the same request may pass later
)

// Error is the one error type that crosses package borders. Rule is the id of the documented
// rule that refuses (docs/rules.md) or empty. Msg is safe to show to the caller; Remedy says
// what would pass and is shown in explain mode only.
type Error struct {
	Kind       Kind
	Rule       string
	Msg        string
	Remedy     string
	RetryAfter time.Duration // when the same request may pass; zero if that is not known
}

// Error returns the text that a caller may see.
func (e *Error) Error() string { return e.Msg }

// Errorf makes an *Error of a kind.
func Errorf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Msg: fmt.Sprintf(format, args...)}
}

// KindOf returns the kind of an error, Internal for any that is not an *Error.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}
