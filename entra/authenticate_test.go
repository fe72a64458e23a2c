package entra_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"inlay"
	"inlay/entra"
)

func TestAuthenticate(t *testing.T) {
	d := newDesk(t)
	token := d.token(t)
	want := inlay.Caller{PrincipalID: appID, TenantID: tenantID, Kind: inlay.ServicePrincipal, Name: "Shop", ExpiresAt: d.now.Add(time.Hour)}
	for range 2 { // verified, then remembered
		got, err := d.Authenticate(t.Context(), token)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Fatalf("%v (-want +got):\n%s", err, diff)
		}
	}
	user := d.post(t, tokenPath, userForm()).body["access_token"].(string)
	got, err := d.Authenticate(t.Context(), user)
	want = inlay.Caller{PrincipalID: userID, TenantID: tenantID, Kind: inlay.MasterUser, Name: userName, ExpiresAt: d.now.Add(time.Hour)}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("user: %v (-want +got):\n%s", err, diff)
	}
}

// TestClock walks a token through its life. The second round asks a service that remembers it.
func TestClock(t *testing.T) {
	d := newDesk(t)
	token, issued := d.token(t), d.now
	for range 2 {
		for _, tc := range []struct {
			after time.Duration
			kind  inlay.Kind // empty: it is good
		}{
			{0, ""}, {time.Hour - time.Nanosecond, ""}, {time.Hour, inlay.Expired}, {24 * time.Hour, inlay.Expired},
			{-5 * time.Minute, ""}, {-5*time.Minute - time.Second, inlay.Unauthenticated}, {0, ""},
		} {
			d.now = issued.Add(tc.after)
			_, err := d.Authenticate(t.Context(), token)
			if tc.kind == "" && err != nil || tc.kind != "" && inlay.KindOf(err) != tc.kind {
				t.Errorf("after %v: %v, want kind %q", tc.after, err, tc.kind)
			}
		}
	}
}

func TestPrincipalIsGone(t *testing.T) {
	d := newDesk(t)
	token := d.token(t)
	if _, err := d.Authenticate(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	d.people.list = d.people.list[1:]
	if _, err := d.Authenticate(t.Context(), token); inlay.KindOf(err) != inlay.Unauthenticated {
		t.Errorf("a remembered token of a principal that is gone: %v", err)
	}
}

// sign makes a token as an attacker who has a key would.
func sign(t testing.TB, alg jose.SignatureAlgorithm, key any, header map[jose.HeaderKey]any, claims map[string]any) string {
	t.Helper()
	options := &jose.SignerOptions{ExtraHeaders: header}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// forgery is a token that must be refused, and why.
type forgery struct{ name, token string }

// forgeries are tokens that were made or changed by somebody else. Those in the second half are signed with the
// right key: nobody has it, and still only what the service itself writes is taken.
func forgeries(t testing.TB, d *desk) []forgery {
	t.Helper()
	good := d.token(t)
	header, claims, _ := strings.Cut(good, ".")
	payload, signature, _ := strings.Cut(claims, ".")
	kid := part(t, good, 0)["kid"].(string)
	raw := base64.RawURLEncoding
	other, key := newKey(), testKey()
	body := func(changes ...any) map[string]any {
		c := part(t, good, 1)
		for i := 0; i+1 < len(changes); i += 2 {
			c[changes[i].(string)] = changes[i+1]
			if changes[i+1] == nil {
				delete(c, changes[i].(string))
			}
		}
		return c
	}
	none := raw.EncodeToString([]byte(`{"alg":"none","kid":"` + kid + `","typ":"JWT"}`))
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: must(x509.MarshalPKIXPublicKey(&key.PublicKey))})
	pkcs1 := pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&key.PublicKey)})
	typ := map[jose.HeaderKey]any{"typ": "JWT", "kid": kid}
	headers := func(name jose.HeaderKey, value any) map[jose.HeaderKey]any {
		return map[jose.HeaderKey]any{"typ": "JWT", "kid": kid, name: value}
	}
	withKid := func(key *rsa.PrivateKey, kid string) jose.JSONWebKey { return jose.JSONWebKey{Key: key, KeyID: kid} }
	list := []forgery{
		{"nothing", ""},
		{"a word", "token"},
		{"dots", ".."},
		{"an embed token", "H4sIAAAAAAAEAC2Wxw6sVhAF_-VtsUTGYMkLcs5hYEdmyDle_-8-P7m3V7oAAA==.eyJjbHVzdGVyVXJsIjoiaHR0cHM6Ly9hcGkuZXhhbXBsZS5jb20iLCJleHAiOjE3OTUyNTUyMDB9"},
		{"a long one", strings.Repeat("x", 9000)},
		{"alg none, no signature", none + "." + payload + "."},
		{"alg none, the old signature", none + "." + payload + "." + signature},
		{"alg NoNe", raw.EncodeToString([]byte(`{"alg":"NoNe","kid":"`+kid+`"}`)) + "." + payload + "."},
		{"no signature", header + "." + payload + "."},
		{"two parts", header + "." + payload},
		{"four parts", good + ".x"},
		{"five parts, as encryption has", good + ".x.y"},
		{"a space before", " " + good},
		{"a newline behind", good + "\n"},
		{"a newline inside", header + "." + payload[:9] + "\r\n" + payload[9:] + "." + signature},
		{"spare bits of the last letter", good[:len(good)-1] + nextLetter(good[len(good)-1])},
		{"padding", good + "="},
		{"the scheme as well", "Bearer " + good},
		{"JSON form", `{"payload":"` + payload + `","protected":"` + header + `","signature":"` + signature + `"}`},
		{"another payload", header + "." + raw.EncodeToString([]byte(`{"oid":"`+userID+`"}`)) + "." + signature},
		{"HS256 with the public key as PEM", sign(t, jose.HS256, public, typ, body())},
		{"HS256 with the public key as PKCS #1", sign(t, jose.HS256, pkcs1, typ, body())},
		{"HS256 with the modulus", sign(t, jose.HS256, key.N.Bytes(), typ, body())},
		{"HS512 with the public key", sign(t, jose.HS512, public, typ, body())},
		{"another key", sign(t, jose.RS256, withKid(other, ""), typ, body())},
		{"another key under our id", sign(t, jose.RS256, withKid(other, kid), map[jose.HeaderKey]any{"typ": "JWT"}, body())},
		{"a key of its own in the header", sign(t, jose.RS256, other, headers("jwk", jose.JSONWebKey{Key: &other.PublicKey, KeyID: kid}), body())},
		{"kid: a path", sign(t, jose.RS256, withKid(other, "../../../../dev/null"), map[jose.HeaderKey]any{"typ": "JWT"}, body())},
		{"kid: SQL", sign(t, jose.RS256, withKid(other, "' UNION SELECT 'secret' --"), map[jose.HeaderKey]any{"typ": "JWT"}, body())},

		{"PS256 with our key", sign(t, jose.PS256, withKid(key, kid), map[jose.HeaderKey]any{"typ": "JWT"}, body())},
		{"RS512 with our key", sign(t, jose.RS512, withKid(key, kid), map[jose.HeaderKey]any{"typ": "JWT"}, body())},
		{"our key under another id", sign(t, jose.RS256, withKid(key, "other"), map[jose.HeaderKey]any{"typ": "JWT"}, body())},
		{"our key without an id", sign(t, jose.RS256, key, map[jose.HeaderKey]any{"typ": "JWT"}, body())},
		{"our key, another type", sign(t, jose.RS256, withKid(key, kid), map[jose.HeaderKey]any{"typ": "at+jwt"}, body())},
		{"our key and jku", sign(t, jose.RS256, withKid(key, kid), headers("jku", "https://evil.example.com/keys"), body())},
		{"our key and x5u", sign(t, jose.RS256, withKid(key, kid), headers("x5u", "https://evil.example.com/cert"), body())},
		{"our key and x5c", sign(t, jose.RS256, withKid(key, kid), headers("x5c", []string{"MIIB"}), body())},
		{"our key and crit", sign(t, jose.RS256, withKid(key, kid), headers("crit", []string{"exp"}), body())},
	}
	mine := map[jose.HeaderKey]any{"typ": "JWT"}
	for name, c := range map[string]map[string]any{
		"another audience":     body("aud", "https://graph.example.com"),
		"audience as a list":   body("aud", []string{entra.Audience, "x"}),
		"no audience":          body("aud", nil),
		"another issuer":       body("iss", "https://sts.windows.net/99999999-2222-4333-8444-555555555555/"),
		"issuer, version 2":    body("iss", authority+"/"+tenantID+"/v2.0"),
		"no issuer":            body("iss", nil),
		"another tenant":       body("tid", "99999999-2222-4333-8444-555555555555"),
		"no expiry":            body("exp", nil),
		"expiry as text":       body("exp", "9999999999"),
		"not before, tomorrow": body("nbf", d.now.Add(24*time.Hour).Unix()),
		"no principal":         body("oid", nil),
		"an unknown principal": body("oid", "99999999-2222-4333-8444-555555555555"),
		"another version":      body("ver", "2.0"),
	} {
		list = append(list, forgery{"our key: " + name, sign(t, jose.RS256, withKid(key, kid), mine, c)})
	}
	user := d.post(t, tokenPath, userForm())
	list = append(list, forgery{"the id token of a user", user.body["id_token"].(string)})
	elsewhere := newDesk(t, func(c *entra.Config) { c.TenantID = "99999999-2222-4333-8444-555555555555" })
	a := elsewhere.post(t, "/99999999-2222-4333-8444-555555555555/oauth2/v2.0/token", appForm())
	return append(list, forgery{"another tenant with the same key", a.body["access_token"].(string)})
}

// nextLetter is the base64 letter after one: at the end of a signature of 256 bytes it differs in
// bits that the decoder drops.
func nextLetter(letter byte) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	i := strings.IndexByte(letters, letter)
	return letters[i^1 : i^1+1]
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestForgeries(t *testing.T) {
	d := newDesk(t)
	// The control: what the attacks are made of is good.
	good := d.token(t)
	kid := part(t, good, 0)["kid"].(string)
	same := sign(t, jose.RS256, jose.JSONWebKey{Key: testKey(), KeyID: kid}, map[jose.HeaderKey]any{"typ": "JWT"}, part(t, good, 1))
	if _, err := d.Authenticate(t.Context(), same); err != nil {
		t.Fatalf("the control is refused: %v", err)
	}
	for _, f := range forgeries(t, d) {
		t.Run(f.name, func(t *testing.T) {
			for range 2 { // a refusal is not remembered as anything else
				c, err := d.Authenticate(t.Context(), f.token)
				if inlay.KindOf(err) != inlay.Unauthenticated || err == nil {
					t.Fatalf("caller %+v, error %v", c, err)
				}
				if !reflect.DeepEqual(c, inlay.Caller{}) {
					t.Errorf("a refusal with a caller: %+v", c)
				}
				if len(f.token) > 5 && strings.Contains(err.Error(), f.token) {
					t.Errorf("the token stands in the error: %v", err)
				}
			}
		})
	}
	expired := sign(t, jose.RS256, jose.JSONWebKey{Key: newKey(), KeyID: kid}, map[jose.HeaderKey]any{"typ": "JWT"}, map[string]any{"exp": 1})
	if _, err := d.Authenticate(t.Context(), expired); inlay.KindOf(err) != inlay.Unauthenticated {
		t.Errorf("a forged expired token: %v; only a token of ours has expired", err)
	}
}

func FuzzAuthenticate(f *testing.F) {
	d := newDesk(f)
	good := d.token(f)
	f.Add(good)
	for _, forged := range forgeries(f, d) {
		f.Add(forged.token)
	}
	known := map[string]bool{good: true}
	f.Fuzz(func(t *testing.T, token string) {
		c, err := d.Authenticate(t.Context(), token)
		if err == nil && !known[token] {
			t.Errorf("caller %+v for %q", c, token)
		}
		if err != nil && inlay.KindOf(err) == inlay.Internal {
			t.Errorf("%v", err)
		}
	})
}

func BenchmarkAuthenticate(b *testing.B) {
	d := newDesk(b)
	token := d.token(b)
	for b.Loop() {
		if _, err := d.Authenticate(b.Context(), token); err != nil {
			b.Fatal(err)
		}
	}
}
