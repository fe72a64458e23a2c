package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"strconv"
	"time"

	"inlay"
)

// maxTokens bounds the single tokens that are revoked at a time: they are all in memory. Whoever
// has more to revoke has a principal, a workspace or a tenant to revoke.
const maxTokens = 10000

const (
	epochColumns = "SELECT kind, id, value FROM epoch "
	endedColumns = "SELECT id, expires_at FROM revoked_token "
)

type revokedToken struct {
	id    string
	until time.Time
}

func scanEpoch(r row) (e inlay.Epoch, err error) {
	err = r.Scan(&e.Kind, &e.ID, &e.N)
	return e, err
}

func scanRevokedToken(r row) (t revokedToken, err error) {
	var until int64
	err = r.Scan(&t.id, &until)
	t.until = moment(&until)
	return t, err
}

// putEpoch and putRevokedToken fill a catalog that nobody reads yet.
func (c *catalog) putEpoch(e inlay.Epoch)         { c.revoked.Epochs[e.Subject] = e.N }
func (c *catalog) putRevokedToken(t revokedToken) { c.revoked.Tokens[t.id] = t.until }
func (c *catalog) raise(e inlay.Epoch)            { c.revoked.Epochs = with(c.revoked.Epochs, e.Subject, e.N) }
func (c *catalog) ban(t revokedToken, at time.Time) {
	tokens := with(c.revoked.Tokens, t.id, t.until)
	maps.DeleteFunc(tokens, func(_ string, until time.Time) bool { return !until.After(at) })
	c.revoked.Tokens = tokens
}

// with is a copy of a map with one entry more: readers keep the map that they were given.
func with[K comparable, V any](m map[K]V, k K, v V) map[K]V {
	m = maps.Clone(m)
	m[k] = v
	return m
}

// Revoke raises the epoch of a subject.
func (s *Store) Revoke(ctx context.Context, of inlay.Subject) (int64, error) {
	of.ID = guid(of.ID)
	n := noun{"epoch of " + string(of.Kind), strconv.Quote(of.ID)}
	if err := check("revocation", field{"kind", string(of.Kind), true}, field{"id", of.ID, true}); err != nil {
		return 0, err
	}
	switch of.Kind {
	case inlay.OfTenant, inlay.OfPrincipal, inlay.OfWorkspace, inlay.OfReport, inlay.OfDataset:
	default:
		return 0, inlay.Errorf(inlay.Invalid, "revocation: unknown kind %q", of.Kind)
	}
	var raised inlay.Epoch
	err := s.change(ctx, "raise", n, func(tx *sql.Tx) (edit, error) {
		_, err := tx.ExecContext(ctx, `INSERT INTO epoch (kind, id, value) VALUES (?, ?, 1)
			ON CONFLICT (kind, id) DO UPDATE SET value = epoch.value + 1`, string(of.Kind), of.ID)
		if err != nil {
			return nil, err
		}
		raised, err = scanEpoch(tx.QueryRowContext(ctx, epochColumns+"WHERE kind = ? AND id = ?", string(of.Kind), of.ID))
		return func(c *catalog) { c.raise(raised) }, err
	})
	return raised.N, err
}

// RevokeToken remembers the id of a token until a time, and forgets those whose time has come. A
// token that is revoked twice is remembered for the longer time.
func (s *Store) RevokeToken(ctx context.Context, id string, until, now time.Time) error {
	id = guid(id)
	n := noun{"token", strconv.Quote(id)}
	if err := check("revocation", field{"token id", id, true}); err != nil {
		return err
	}
	if !until.After(now) {
		return inlay.Errorf(inlay.Invalid, "revocation: token %s has ended already", id)
	}
	return s.change(ctx, "revoke", n, func(tx *sql.Tx) (edit, error) {
		if _, err := tx.ExecContext(ctx, "DELETE FROM revoked_token WHERE expires_at <= ?", now.UnixMicro()); err != nil {
			return nil, err
		}
		var count int
		err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM revoked_token WHERE id <> ?", id).Scan(&count)
		if err != nil {
			return nil, err
		}
		if count >= maxTokens {
			return nil, &inlay.Error{Kind: inlay.Limit, Msg: "revocation: " + strconv.Itoa(count) + " single tokens are revoked already, and no more are remembered",
				Remedy: "revoke the tokens of a report, a dataset, a workspace or a principal instead"}
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO revoked_token (id, expires_at) VALUES (?, ?)
			ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at WHERE excluded.expires_at > revoked_token.expires_at`, id, until.UnixMicro())
		if err != nil {
			return nil, err
		}
		t, err := scanRevokedToken(tx.QueryRowContext(ctx, endedColumns+"WHERE id = ?", id))
		return func(c *catalog) { c.ban(t, now) }, err
	})
}

// Revoked is what was revoked until now, as one state.
func (s *Store) Revoked(ctx context.Context) (inlay.Revoked, error) {
	v, _, err := look(ctx, s, func(c *catalog) (inlay.Revoked, bool) { return c.revoked, true })
	if err != nil {
		return inlay.Revoked{}, noun{"revocations", "of embed tokens"}.wrap("read", err)
	}
	return v, nil
}

// Alone runs fn while no other process that has the catalog open writes to it or runs a function
// so, for what is kept beside the catalog: its keys. The lock ends with the process.
func (s *Store) Alone(ctx context.Context, fn func() error) error {
	n := noun{"lock", "of the data folder"}
	if err := s.writing.enter(ctx); err != nil {
		return n.wrap("take", err)
	}
	defer s.writing.leave()
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return n.wrap("take", err)
	}
	return errors.Join(fn(), tx.Rollback()) // nothing was written
}
