package embedtoken

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"inlay"
)

// A token is SEALED.PUBLIC
//
//	SEALED  base64url of key id, nonce, AES-256-GCM of the Grant as JSON, tag
//	PUBLIC  base64 of {"clusterUrl","exp","allowAccessOverPublicInternet"}, which clients read
//
// Nothing here reads PUBLIC. It is bound to SEALED as additional data, together with the kind
// and version of the token: changing, swapping or dropping it spoils the token, and what is
// sealed for another purpose is not an embed token. The content is not compressed: it may
// hold secrets beside text that others choose.
const kind = "inlay embed token 1\n"

// maxToken bounds a token. The largest that the documented limits allow (50 identities with
// 50 roles of 50 characters) fits in unless its characters are long.
const maxToken = 512 << 10

// public is the part of a token that clients read.
type public struct {
	ClusterURL string `json:"clusterUrl"`
	Exp        int64  `json:"exp"`
	Internet   bool   `json:"allowAccessOverPublicInternet"`
}

// encoding refuses what decodes to the same bytes in two ways.
var encoding = base64.URLEncoding.Strict()

// Seal turns a grant into a token. clusterURL is where clients find the API.
func (r *Ring) Seal(g Grant, clusterURL string) (string, error) {
	if g.TokenID == "" || g.PrincipalID == "" || !g.ExpiresAt.After(g.IssuedAt) {
		return "", errors.New("seal embed token: the grant has no id, no principal or no lifetime")
	}
	if g.ExpiresAt.Sub(g.IssuedAt) > MaxLifetime {
		return "", errors.New("seal embed token: it would live longer than " + MaxLifetime.String())
	}
	keys, err := r.current()
	if err != nil {
		return "", err
	}
	key := keys.sealing(g.IssuedAt)
	if key == nil {
		return "", errors.New("seal embed token: no key seals at this time")
	}
	seal, err := key.seal()
	if err != nil {
		return "", fmt.Errorf("use token key %d: %w", key.ID, err)
	}
	w := texts.Get().(*writer)
	defer w.done()
	w.front(public{ClusterURL: clusterURL, Exp: g.ExpiresAt.Unix(), Internet: true})
	front := len(w.b)
	w.raw(kind) // what the seal binds: the kind of the token, and its second part
	w.b = base64.StdEncoding.AppendEncode(w.b, w.b[:front])
	bound := len(w.b)
	w.grant(&g)
	if w.err != nil {
		return "", errors.New("seal embed token: the cluster URL or the grant is not text")
	}
	sealed, err := seal.Encrypt(w.b[bound:], w.b[front:bound])
	if err != nil {
		return "", errors.New("seal embed token: no key")
	}
	start := len(w.b)
	w.b = append(encoding.AppendEncode(w.b, sealed), '.')
	w.b = append(w.b, w.b[front+len(kind):bound]...)
	token := string(w.b[start:])
	if len(token) > maxToken {
		return "", &inlay.Error{Kind: inlay.Invalid, Rule: "token-size",
			Msg: "the embed token would be too large", Remedy: "ask for fewer items, identities or roles in one token"}
	}
	return token, nil
}

// Open gives back the grant of a token, at a time before its end. The error says nothing
// about why a token is not one of ours.
func (r *Ring) Open(token string, now time.Time) (Grant, error) {
	if len(token) > maxToken {
		return Grant{}, notOurs()
	}
	keys, err := r.current()
	if err != nil {
		return Grant{}, err
	}
	hash := r.opened.key(token)
	o, ok := r.opened.get(hash)
	if !ok {
		if o, keys, err = r.open(keys, token); err != nil {
			return Grant{}, err
		}
		o.key, o.size = hash, len(token)
		r.opened.put(o)
	}
	// Asked on every use, so that the cache cannot prolong the life of a key.
	if key := keys.find(o.sealed); key == nil || !key.opens(&o.grant, now) {
		return Grant{}, notOurs()
	}
	g := o.grant
	// Asked on every use, so that the cache cannot prolong a token.
	if !now.Before(g.ExpiresAt) {
		return Grant{}, &inlay.Error{Kind: inlay.Expired, Rule: "token-expired",
			Msg: "the embed token has expired", Remedy: "generate a new token, and renew it before it expires"}
	}
	return g, nil
}

// open opens a token that was not seen before, with the keys that are given or, if it names none of
// them, those that are in the file now.
func (r *Ring) open(k *keys, token string) (opened, *keys, error) {
	first, second, ok := strings.Cut(token, ".")
	// The decoder skips line breaks; a token has none.
	if !ok || strings.ContainsAny(first, "\r\n") {
		return opened{}, k, notOurs()
	}
	sealed, err := encoding.DecodeString(first)
	if err != nil {
		return opened{}, k, notOurs()
	}
	id, ok := keyID(sealed)
	if !ok {
		return opened{}, k, notOurs()
	}
	if k.find(id) == nil {
		if k = r.unknown(); k.find(id) == nil {
			return opened{}, k, notOurs()
		}
	}
	content, err := k.open.Decrypt(sealed, []byte(kind+second))
	if err != nil {
		return opened{}, k, notOurs()
	}
	var g Grant
	if err := json.Unmarshal(content, &g, json.RejectUnknownMembers(true)); err != nil {
		return opened{}, k, notOurs()
	}
	if g.TokenID == "" || g.PrincipalID == "" || g.ExpiresAt.IsZero() || g.ExpiresAt.Sub(g.IssuedAt) > MaxLifetime {
		return opened{}, k, notOurs()
	}
	return opened{grant: g, sealed: id}, k, nil
}

func notOurs() error {
	return &inlay.Error{Kind: inlay.Unauthenticated, Rule: "token-readable",
		Msg: "the embed token is not valid", Remedy: "send a token that this server generated, unchanged"}
}
