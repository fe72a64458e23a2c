package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"time"

	"inlay"
)

// Uses are not part of the catalog in memory: there may be many, and a use that another process
// has stored a moment ago counts. They are asked of the database; who asks may keep the answer,
// because a use never changes.
const (
	// maxUses bounds them, at about 150 bytes each.
	maxUses = 1_000_000
	// sweepEvery is how many uses are stored between two sweeps.
	sweepEvery = 1000
	// afterEnd is how long a use outlives its token, for processes whose clocks differ.
	afterEnd = 5 * time.Minute
)

const useColumns = "SELECT page FROM token_use "

// uses is what is known of the number of uses. It is the writer's.
type uses struct {
	keeper string
	most   int
	count  int // at the last sweep
	since  int // uses stored since
	swept  bool
}

func useOf(token string) noun { return noun{"use of token", strconv.Quote(token)} }

// readKeeper reads the id of the catalog, which never changes.
func (s *Store) readKeeper(ctx context.Context) error {
	return s.write.QueryRowContext(ctx, "SELECT id FROM keeper").Scan(&s.uses.keeper)
}

// Keeper is the id of the catalog.
func (s *Store) Keeper() string { return s.uses.keeper }

// OpenToken binds a token to a page unless it is bound, and answers to which it is bound.
func (s *Store) OpenToken(ctx context.Context, u inlay.TokenUse, now time.Time) (page [32]byte, err error) {
	u.Token = guid(u.Token)
	if err := check("use", field{"token id", u.Token, true}); err != nil {
		return page, err
	}
	if !u.Until.After(now) {
		return page, inlay.Errorf(inlay.Invalid, "use: token %s has ended already", u.Token)
	}
	err = s.change(ctx, "store", useOf(u.Token), func(tx *sql.Tx) (edit, error) {
		if err := s.sweep(ctx, tx, now); err != nil {
			return nil, err
		}
		done, err := tx.ExecContext(ctx, "INSERT INTO token_use (token, page, expires_at) VALUES (?, ?, ?) ON CONFLICT (token) DO NOTHING",
			u.Token, u.Page[:], u.Until.UnixMicro())
		if err != nil {
			return nil, err
		}
		n, err := done.RowsAffected()
		if err != nil {
			return nil, err
		}
		s.uses.since += int(n)
		page, err = scanUse(tx.QueryRowContext(ctx, useColumns+"WHERE token = ?", u.Token))
		return func(*catalog) {}, err
	})
	return page, err
}

// sweep forgets uses of tokens that have ended, now and then, and refuses where there are too
// many others. The number may be exceeded by what other processes store between two sweeps.
func (s *Store) sweep(ctx context.Context, tx *sql.Tx, now time.Time) error {
	if s.uses.swept && s.uses.since < sweepEvery && s.uses.count+s.uses.since < s.uses.most {
		return nil
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM token_use WHERE expires_at <= ?", now.Add(-afterEnd).UnixMicro()); err != nil {
		return err
	}
	if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM token_use").Scan(&s.uses.count); err != nil {
		return err
	}
	s.uses.since, s.uses.swept = 0, true
	if s.uses.count >= s.uses.most {
		return &inlay.Error{Kind: inlay.Unavailable, Rule: "use-session", Msg: "too many embed tokens for one use are open: " + strconv.Itoa(s.uses.count), Remedy: "try again when some have expired"}
	}
	return nil
}

// OpenedBy answers to which page a token is bound.
func (s *Store) OpenedBy(ctx context.Context, token string) (page [32]byte, bound bool, err error) {
	token = guid(token)
	page, err = scanUse(s.read.QueryRowContext(ctx, useColumns+"WHERE token = ?", token))
	if errors.Is(err, sql.ErrNoRows) {
		return page, false, nil
	}
	if err != nil {
		return page, false, useOf(token).wrap("read", err)
	}
	return page, true, nil
}

func scanUse(r row) (page [32]byte, err error) {
	var stored []byte
	if err = r.Scan(&stored); err == nil {
		copy(page[:], stored)
	}
	return page, err
}
