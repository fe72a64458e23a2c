package entra

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"inlay"
)

// longestToken is far above the length of our own, and keeps junk from being hashed and parsed.
const longestToken = 8 << 10

// Authenticate says who presented an access token. It takes tokens of this service and no other:
// RS256 with one of its keys, whatever the token says about keys; its audience and issuer; between
// "not before" and expiry, to the second, without leeway, since tokens are backdated when they
// are made. The principal must still exist. The error is of kind Unauthenticated, or Expired for
// a token that was ours and good once.
func (s *Service) Authenticate(ctx context.Context, bearer string) (inlay.Caller, error) {
	if bearer == "" {
		return inlay.Caller{}, s.unauthenticated("there is no access token")
	}
	if len(bearer) > longestToken {
		return inlay.Caller{}, s.unauthenticated("the access token is too long to be one of this server")
	}
	var space [2 << 10]byte // a token of ours fits in; converting it would take memory from the heap
	hash := sha256.Sum256(append(space[:0], bearer...))
	keys, err := s.keys.current()
	if err != nil {
		return inlay.Caller{}, err
	}
	c, known := s.seen.find(hash)
	if !known {
		if c, err = s.verify(bearer, keys); err != nil {
			return inlay.Caller{}, err
		}
		s.seen.add(hash, c)
	}
	// The clock, the keys and the catalog are asked on each use.
	now := s.now()
	if key := keyOf(keys, c.header); key == nil || !key.verifies(c, now) {
		return inlay.Caller{}, s.unauthenticated("the key that signed the access token is no longer in use")
	}
	if expires := time.Unix(c.Expires, 0).UTC(); !now.Before(expires) {
		return inlay.Caller{}, &inlay.Error{Kind: inlay.Expired,
			Msg: "the access token has expired, resubmit with a new access token", Remedy: "it expired at " + expires.Format(time.RFC3339)}
	}
	if now.Before(time.Unix(c.NotBefore, 0)) {
		return inlay.Caller{}, s.unauthenticated("the access token is not valid yet")
	}
	p, err := s.principals.Principal(ctx, c.ObjectID)
	if inlay.KindOf(err) == inlay.NotFound {
		return inlay.Caller{}, s.unauthenticated("the principal of the access token does not exist any more")
	}
	if err != nil {
		return inlay.Caller{}, err
	}
	caller := inlay.Caller{PrincipalID: p.ID, TenantID: s.tenant, Kind: p.Kind, Name: p.Name, ExpiresAt: time.Unix(c.Expires, 0).UTC()}
	if c.Scopes != "" && c.Scopes != allScopes { // that is no restriction
		caller.Scopes = strings.Fields(c.Scopes)
	}
	return caller, nil
}

// verify checks signature, audience and issuer. What is wrong is said in words of ours: the
// library's errors may quote the token.
func (s *Service) verify(bearer string, keys []*signingKey) (claims, error) {
	// The header must be, byte for byte, one that a signer of ours writes. So no other algorithm, key
	// id, type, or header that brings or points to a key (jwk, jku, x5u, x5c) is ever looked at.
	header, _, _ := strings.Cut(bearer, ".")
	key := keyOf(keys, header)
	if key == nil {
		return claims{}, s.unauthenticated("the access token was not signed with the key of this server")
	}
	signed, err := jose.ParseSignedCompact(bearer, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return claims{}, s.unauthenticated("the access token is not a JSON web token")
	}
	// Base64 has several spellings of the same bytes (line ends, spare bits). One token is one
	// text, or what is remembered or revoked by the text has twins.
	if spelled, err := signed.CompactSerialize(); err != nil || spelled != bearer {
		return claims{}, s.unauthenticated("the access token is not spelled as it was issued")
	}
	payload, err := signed.Verify(key.public.Key)
	if err != nil {
		return claims{}, s.unauthenticated("the signature of the access token is wrong")
	}
	var c claims
	if err := json.Unmarshal(payload, &c); err != nil {
		return claims{}, s.unauthenticated("the claims of the access token cannot be read")
	}
	switch {
	case c.Audience != Audience:
		return claims{}, s.unauthenticated("the access token is for another audience than " + Audience)
	case c.Issuer != issuer(s.tenant) || c.TenantID != s.tenant:
		return claims{}, s.unauthenticated("the access token is from another issuer than this server")
	case c.ObjectID == "" || c.Expires == 0 || c.Version != "1.0":
		return claims{}, s.unauthenticated("the access token lacks a claim")
	}
	c.header = header
	return c, nil
}

// keyOf is the key whose tokens begin with a header.
func keyOf(keys []*signingKey, header string) *signingKey {
	for _, k := range keys {
		if k.header == header {
			return k
		}
	}
	return nil
}

func (s *Service) unauthenticated(text string) error {
	return &inlay.Error{Kind: inlay.Unauthenticated, Msg: text,
		Remedy: "sign in at " + s.authority.String() + "/" + s.tenant + "/oauth2/v2.0/token with scope " + Audience + "/.default"}
}
