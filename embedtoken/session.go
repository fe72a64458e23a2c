package embedtoken

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"

	"inlay"
)

// maxSessions bounds the tokens for one use that are in use at once. Where there are more, none
// is opened until some have ended.
const maxSessions = 100_000

// Sessions remember by whom tokens for one use were opened: for each token the hash of a secret
// that the embed page makes when it begins and keeps in memory. They are those of one process. A
// token says at which Sessions it may be used, so that what is forgotten by a restart, or was
// opened at another node, stays closed.
type Sessions struct {
	id string

	mu   sync.Mutex
	most int
	open map[string]session // by id of the token
}

type session struct {
	secret [sha256.Size]byte
	until  time.Time
}

// NewSessions makes Sessions that know of no use.
func NewSessions() *Sessions {
	id := make([]byte, 16)
	rand.Read(id) // never fails
	return &Sessions{id: hex.EncodeToString(id), most: maxSessions, open: map[string]session{}}
}

// ID is what tokens for one use carry.
func (s *Sessions) ID() string { return s.id }

// Use lets a session use a token for one use: the one that opens it, and after that no other.
// opening says that the request begins a session.
func (s *Sessions) Use(g Grant, secret string, opening bool, now time.Time) error {
	if !goodSecret(secret) {
		return notThisSession("the request does not say which session it belongs to")
	}
	if g.Keeper != s.id {
		return notThisSession("the server has started anew since the token was generated, or is another one, and cannot know whether it was used")
	}
	hash := sha256.Sum256([]byte(secret))
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.open[g.TokenID]; ok {
		if subtle.ConstantTimeCompare(known.secret[:], hash[:]) != 1 {
			return notThisSession("the embed token is for one use and was used")
		}
		return nil
	}
	if !opening {
		return notThisSession("the embed token is for one use, which begins with opening an item")
	}
	if len(s.open) >= s.most {
		s.forget(now)
	}
	if len(s.open) >= s.most {
		return &inlay.Error{Kind: inlay.Unavailable, Rule: "use-session", Msg: "too many embed tokens for one use are open", Remedy: "try again later"}
	}
	s.open[g.TokenID] = session{hash, g.ExpiresAt}
	return nil
}

// forget drops what has expired: such tokens are refused before they get here.
func (s *Sessions) forget(now time.Time) {
	for id, x := range s.open {
		if !now.Before(x.until) {
			delete(s.open, id)
		}
	}
}

// goodSecret asks for what the embed page sends: 32 random bytes in base64url.
func goodSecret(s string) bool {
	return len(s) == 43 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

func notThisSession(msg string) error {
	return &inlay.Error{Kind: inlay.Forbidden, Rule: "use-session", Msg: msg, Remedy: "generate a new token for each page that is opened"}
}

// Origin reports whether a text is an origin as browsers write it: scheme, host in lower case, and
// the port unless it is that of the scheme.
func Origin(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || s != u.Scheme+"://"+u.Host || len(s) > 300 {
		return false
	}
	for _, c := range []byte(u.Host) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && !strings.ContainsRune(".-_:[]", rune(c)) {
			return false
		}
	}
	host, port := u.Hostname(), u.Port()
	if host == "" || strings.HasSuffix(u.Host, ":") || strings.HasPrefix(port, "0") {
		return false
	}
	if strings.Contains(host, ":") && net.ParseIP(host) == nil {
		return false
	}
	return port != map[string]string{"https": "443", "http": "80"}[u.Scheme]
}
