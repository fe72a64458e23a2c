package inlay

import (
	"context"
	"time"
)

// Subject is what the revocation of embed tokens is about: all tokens of a tenant, those that a
// principal generated, or those that name a workspace's items, a report or a dataset.
type Subject struct {
	Kind SubjectKind
	ID   string // GUID, lower case
}

// SubjectKind is the kind of a Subject.
type SubjectKind string

// Kinds of subject.
const (
	OfTenant    SubjectKind = "tenant"
	OfPrincipal SubjectKind = "principal"
	OfWorkspace SubjectKind = "workspace"
	OfReport    SubjectKind = "report"
	OfDataset   SubjectKind = "dataset"
)

// Epoch is how often the tokens of a subject had been revoked at some moment.
type Epoch struct {
	Subject
	N int64
}

// Revoked is what has been revoked, at one moment: read it, do not write to it.
type Revoked struct {
	Epochs map[Subject]int64    // of the subjects that were ever revoked; they never go back
	Tokens map[string]time.Time // single tokens by id, with the time at which the longest of them has ended
}

// Token reports whether a token was revoked, by its id or because an epoch has moved on since
// it was made: held are the epochs that it carries, of all its subjects.
func (r Revoked) Token(id string, held []Epoch) bool {
	if _, ok := r.Tokens[id]; ok {
		return true
	}
	if len(r.Epochs) == 0 {
		return false
	}
	for _, e := range held {
		if r.Epochs[e.Subject] > e.N {
			return true
		}
	}
	return false
}

// Revocations stores what was revoked. It is read on every use of a token: Revoked answers from
// memory, and sees what other processes wrote within a second.
type Revocations interface {
	// Revoke ends all tokens of a subject that are out, and answers its new epoch.
	Revoke(ctx context.Context, s Subject) (int64, error)
	// RevokeToken ends one token, which is remembered until the time when it would have ended
	// by itself. Ids whose time has come at now are forgotten.
	RevokeToken(ctx context.Context, id string, until, now time.Time) error
	Revoked(ctx context.Context) (Revoked, error)
}
