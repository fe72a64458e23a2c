package server

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/google/uuid"

	"inlay"
	"inlay/audit"
	"inlay/embedtoken"
	"inlay/entra"
)

// Revoke ends the embed tokens of a subject that are out, and answers its epoch. It may be called
// beside a running server, in another process: that one sees it within a second. The subject
// must exist, so that an id that is mistyped is noticed; the id of a tenant may be left out.
func (s *Server) Revoke(ctx context.Context, of inlay.Subject) (int64, error) {
	var err error
	switch of.Kind {
	case inlay.OfTenant:
		if of.ID != "" && !strings.EqualFold(of.ID, s.tenant) {
			return 0, inlay.Errorf(inlay.NotFound, "tenant %q is not that of the data folder, %s", of.ID, s.tenant)
		}
		of.ID = s.tenant
	case inlay.OfPrincipal:
		_, err = s.store.Principal(ctx, of.ID)
	case inlay.OfWorkspace:
		_, err = s.store.Workspace(ctx, of.ID)
	case inlay.OfReport:
		_, err = s.store.Report(ctx, of.ID)
	case inlay.OfDataset:
		_, err = s.store.Dataset(ctx, of.ID)
	}
	if err != nil {
		return 0, err
	}
	n, err := s.store.Revoke(ctx, of)
	if err != nil {
		return 0, err
	}
	return n, s.act(ctx, audit.Record{Kind: audit.Revoke, Detail: "tokens of " + string(of.Kind) + " " + of.ID + " were revoked"})
}

// act keeps the record of an administrative act that was done at the command line.
func (s *Server) act(ctx context.Context, r audit.Record) error {
	r.Tenant = s.tenant
	if err := s.audit.Append(ctx, r); err != nil {
		return fmt.Errorf("it is done, but it could not be recorded: %w", err)
	}
	return nil
}

// RevokeToken ends one embed token, by the tokenId that GenerateToken answered.
func (s *Server) RevokeToken(ctx context.Context, id string) error {
	if parsed, err := uuid.Parse(id); err != nil || len(id) != 36 || parsed == uuid.Nil {
		return inlay.Errorf(inlay.Invalid, "token id %q is not a GUID: give the tokenId of GenerateToken's answer, not the token", shorten(id))
	}
	now := s.now()
	if err := s.store.RevokeToken(ctx, id, now.Add(embedtoken.MaxLifetime), now); err != nil {
		return err
	}
	return s.act(ctx, audit.Record{Kind: audit.Revoke, Token: strings.ToLower(id), Detail: "the token was revoked"})
}

// shorten keeps a token that was given in place of its id out of what is printed.
func shorten(text string) string {
	const most = 8
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}

func (s *Server) embedKeys() string { return filepath.Join(s.dir, "keys", "embed.json") }

// Keys lists the keys that seal and open embed tokens.
func (s *Server) Keys() ([]embedtoken.Key, error) { return embedtoken.Keys(s.embedKeys(), s.now()) }

// RotateKeys adds a key that seals embed tokens from a moment later on. The others open what they
// have sealed until that must have expired.
func (s *Server) RotateKeys(ctx context.Context) (list []embedtoken.Key, err error) {
	err = s.store.Alone(ctx, func() (err error) {
		list, err = embedtoken.Rotate(s.embedKeys(), s.now())
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, s.act(ctx, audit.Record{Kind: audit.Rotate, Detail: "a key of embed tokens was added"})
}

// WithdrawKey removes a key: every embed token of it ends, in a server that runs within a second.
func (s *Server) WithdrawKey(ctx context.Context, id uint32) (list []embedtoken.Key, err error) {
	err = s.store.Alone(ctx, func() (err error) {
		list, err = embedtoken.Withdraw(s.embedKeys(), id, s.now())
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, s.act(ctx, audit.Record{Kind: audit.Rotate, Detail: fmt.Sprintf("key %d of embed tokens was withdrawn", id)})
}

func (s *Server) signInKeyFile() string { return filepath.Join(s.dir, "keys", "signin.pem") }

// SignInKeys lists the keys that sign and verify access tokens.
func (s *Server) SignInKeys() ([]entra.Key, error) { return entra.Keys(s.signInKeyFile(), s.now()) }

// RotateSignInKeys adds a key that signs access tokens from a moment later on. The others verify
// what they have signed until that must have expired.
func (s *Server) RotateSignInKeys(ctx context.Context) (list []entra.Key, err error) {
	err = s.store.Alone(ctx, func() (err error) {
		list, err = entra.Rotate(s.signInKeyFile(), s.now())
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, s.act(ctx, audit.Record{Kind: audit.Rotate, Detail: "a key of access tokens was added"})
}

// WithdrawSignInKey removes a key: every access token of it ends, in a server that runs within a
// second. Embed tokens that were generated with one do not: revoke them, or withdraw their key.
func (s *Server) WithdrawSignInKey(ctx context.Context, id string) (list []entra.Key, err error) {
	err = s.store.Alone(ctx, func() (err error) {
		list, err = entra.Withdraw(s.signInKeyFile(), id, s.now())
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, s.act(ctx, audit.Record{Kind: audit.Rotate, Detail: "key " + id + " of access tokens was withdrawn"})
}

// Refresh makes what other processes have written to the data folder count now. Requests do that
// by themselves, within a second.
func (s *Server) Refresh(ctx context.Context) error {
	if err := s.store.Refresh(ctx); err != nil {
		return err
	}
	return errors.Join(s.ring.Refresh(), s.signInRing.Refresh())
}
