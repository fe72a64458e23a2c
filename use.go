package inlay

import (
	"context"
	"time"
)

// TokenUse says by which page an embed token for one use was opened.
type TokenUse struct {
	Token string    // id of the token, a GUID
	Page  [32]byte  // SHA-256 of the secret that the page keeps
	Until time.Time // when the token has ended by itself
}

// TokenUses stores by which page each token for one use was opened, for as long as the token
// could be used: what is bound is never bound anew, by no process, before or after a restart.
type TokenUses interface {
	// Keeper is the id of this store, which tokens for one use carry: another store does not know
	// how often they were used.
	Keeper() string
	// OpenToken binds a token to a page unless it is bound, and answers to which it is bound now.
	// That is on the disk before it returns. Where there is no room, it answers Unavailable.
	OpenToken(ctx context.Context, u TokenUse, now time.Time) (page [32]byte, err error)
	// OpenedBy answers to which page a token is bound, as of now and not as of a moment ago.
	OpenedBy(ctx context.Context, token string) (page [32]byte, bound bool, err error)
}
