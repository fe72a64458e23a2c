package embedtoken

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"inlay"
)

const cluster = "https://bi.example.com"

func testRing(t testing.TB) *Ring {
	t.Helper()
	r, err := NewRing()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func testGrant(t testing.TB) Grant {
	t.Helper()
	g, err := Decide(world(), shop, identity(func(id *IdentityRequest) { id.CustomData = "c" }), now)
	if err != nil {
		t.Fatal(err)
	}
	g.TokenID = "49ae3742-54c0-4c29-af52-619ff93b5c80"
	return g
}

func seal(t testing.TB, r *Ring, g Grant) string {
	t.Helper()
	token, err := r.Seal(g, cluster)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestSealOpen(t *testing.T) {
	r, g := testRing(t), testGrant(t)
	token := seal(t, r, g)
	for _, name := range []string{"first time", "from the cache"} {
		got, err := r.Open(token, now)
		if err != nil {
			t.Fatal(name, err)
		}
		if diff := cmp.Diff(g, got); diff != "" {
			t.Errorf("%s: -sealed +opened\n%s", name, diff)
		}
	}
	_, second, _ := strings.Cut(token, ".")
	front, err := base64.StdEncoding.DecodeString(second)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`{"clusterUrl":%q,"exp":%d,"allowAccessOverPublicInternet":true}`, cluster, g.ExpiresAt.Unix())
	if string(front) != want {
		t.Errorf("second part %s, want %s", front, want)
	}
	for _, s := range []string{"ann@example.com", "West", orders} {
		if strings.Contains(token, s) || strings.Contains(token, base64.URLEncoding.EncodeToString([]byte(s))) {
			t.Errorf("the token shows %q", s)
		}
	}
	if again := seal(t, r, g); again == token {
		t.Error("the same grant was sealed twice to the same token")
	}
}

// TestEncoding fails when a field is renamed: tokens that are out would no longer open.
func TestEncoding(t *testing.T) {
	g := testGrant(t)
	g.Reports[0].Edit = true
	g.TargetWorkspaces = []string{finance}
	g.Datasets = append(g.Datasets, DatasetGrant{ID: plain, Unrestricted: true})
	got, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"id":"49ae3742-54c0-4c29-af52-619ff93b5c80","tenant":"t1","principal":"a1","issued":"2026-03-02T09:30:15Z","expires":"2026-03-02T10:30:15Z",` +
		`"reports":[{"id":"` + ordersReport + `","edit":true}],"datasets":[{"id":"` + orders + `","as":{"Username":"ann@example.com","Roles":["West"],"CustomData":"c","Datasets":["` + orders + `"]}},` +
		`{"id":"` + plain + `","all":true}],"targets":["` + finance + `"]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestExpiry(t *testing.T) {
	r, g := testRing(t), testGrant(t)
	token := seal(t, r, g)
	for range 2 { // the second time the token is in the cache
		if _, err := r.Open(token, g.ExpiresAt.Add(-time.Nanosecond)); err != nil {
			t.Errorf("before its end: %v", err)
		}
		for _, at := range []time.Time{g.ExpiresAt, g.ExpiresAt.Add(time.Hour)} {
			if got, err := r.Open(token, at); inlay.KindOf(err) != inlay.Expired || got.TokenID != "" {
				t.Errorf("at %v: %+v, %v", at, got, err)
			}
		}
	}
	fresh := testRing(t)
	if _, err := fresh.Open(seal(t, fresh, g), g.ExpiresAt); inlay.KindOf(err) != inlay.Expired {
		t.Errorf("not cached: %v", err)
	}
}

// TestForgery is class A10: whatever is not exactly a token of this ring is refused, and the
// refusal does not repeat it.
func TestForgery(t *testing.T) {
	r, g := testRing(t), testGrant(t)
	token := seal(t, r, g)
	first, second, _ := strings.Cut(token, ".")
	other := g
	other.TokenID = "59ae3742-54c0-4c29-af52-619ff93b5c80"
	other.ExpiresAt = g.ExpiresAt.Add(time.Minute)
	firstOther, secondOther, _ := strings.Cut(seal(t, r, other), ".")

	content, _ := json.Marshal(g)
	sealedFor := func(aad string) string {
		b, err := r.keys.Load().open.Encrypt(content, []byte(aad))
		if err != nil {
			t.Fatal(err)
		}
		return encoding.EncodeToString(b)
	}
	sealedAs := func(content string) string {
		b, err := r.keys.Load().open.Encrypt([]byte(content), []byte(kind+second))
		if err != nil {
			t.Fatal(err)
		}
		return encoding.EncodeToString(b) + "." + second
	}
	raw, _ := encoding.DecodeString(first)
	cases := map[string]string{
		"empty":                       "",
		"a dot":                       ".",
		"dots":                        "...",
		"first part alone":            first,
		"second part alone":           "." + second,
		"no second part":              first + ".",
		"second part of another":      first + "." + secondOther,
		"first part of another":       firstOther + "." + second,
		"parts swapped":               second + "." + first,
		"three parts":                 token + ".x",
		"twice":                       token + token,
		"other ring":                  seal(t, testRing(t), g),
		"other kind":                  sealedFor("inlay access token 1\n"+second) + "." + second,
		"other version":               sealedFor("inlay embed token 2\n"+second) + "." + second,
		"no kind":                     sealedFor(second) + "." + second,
		"standard base64":             base64.StdEncoding.EncodeToString(append([]byte{}, raw...)) + "x." + second,
		"no padding":                  strings.TrimRight(first, "=") + "=x." + second,
		"line break inside":           first[:40] + "\n" + first[40:] + "." + second,
		"line break at the end":       token + "\n",
		"space at the end":            token + " ",
		"truncated":                   first[:len(first)/2] + "." + second,
		"nonce alone":                 encoding.EncodeToString(raw[:17]) + "." + second,
		"huge":                        strings.Repeat("A", maxToken) + "." + second,
		"huge second part":            first + "." + strings.Repeat("A", maxToken),
		"access token":                "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhMSJ9.c2ln",
		"alg none":                    "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhMSJ9.",
		"content not JSON":            sealedAs("x"),
		"content empty":               sealedAs("{}"),
		"content null":                sealedAs("null"),
		"content with unknown member": sealedAs(strings.Replace(string(content), `{"id"`, `{"only":"page1","id"`, 1)),
		"content with member twice":   sealedAs(strings.Replace(string(content), `{"id"`, `{"tenant":"t2","id"`, 1)),
	}
	for name, forged := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := r.Open(forged, now)
			if inlay.KindOf(err) != inlay.Unauthenticated || got.TokenID != "" {
				t.Fatalf("got %+v, %v", got, err)
			}
			if len(forged) > 8 && strings.Contains(err.Error(), forged[:8]) {
				t.Errorf("the error shows the token: %v", err)
			}
		})
	}
	if _, err := r.Open(token, now); err != nil {
		t.Errorf("the token itself: %v", err)
	}
}

// TestTampering changes every byte of a token to every byte that could stand there.
func TestTampering(t *testing.T) {
	r := testRing(t)
	token := seal(t, r, testGrant(t))
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=.\n\x00 "
	for i := range len(token) {
		for j := range len(alphabet) {
			if token[i] == alphabet[j] {
				continue
			}
			forged := token[:i] + alphabet[j:j+1] + token[i+1:]
			if _, err := r.Open(forged, now); inlay.KindOf(err) != inlay.Unauthenticated {
				t.Fatalf("byte %d changed to %q: %v", i, alphabet[j], err)
			}
		}
		if _, err := r.Open(token[:i]+token[i+1:], now); err == nil {
			t.Fatalf("byte %d removed", i)
		}
	}
}

func TestSealRefuses(t *testing.T) {
	r, good := testRing(t), testGrant(t)
	for name, f := range map[string]func(*Grant){
		"no id":        func(g *Grant) { g.TokenID = "" },
		"no principal": func(g *Grant) { g.PrincipalID = "" },
		"no lifetime":  func(g *Grant) { g.ExpiresAt = g.IssuedAt },
		"not text":     func(g *Grant) { g.TenantID = "\xff" },
		"too large":    func(g *Grant) { g.TenantID = strings.Repeat("x", maxToken) },
	} {
		g := good
		f(&g)
		if _, err := r.Seal(g, cluster); err == nil {
			t.Errorf("%s: sealed", name)
		}
	}
	largest, err := Decide(world(), shop, identity(func(id *IdentityRequest) {
		id.Roles, id.CustomData = many(50, func(int) string { return strings.Repeat("r", 50) }), strings.Repeat("c", 4096)
	}), now)
	if err != nil {
		t.Fatal(err)
	}
	largest.TokenID = "x"
	largest.Datasets = many(50, func(int) DatasetGrant { return largest.Datasets[0] })
	if _, err := r.Seal(largest, cluster); err == nil {
		t.Log("50 identities at every limit at once fit")
	} else if inlay.KindOf(err) != inlay.Invalid {
		t.Errorf("the largest grant: %v", err)
	}
}

func TestRingFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys", "embed.json")
	r, err := OpenRing(path)
	if err != nil {
		t.Fatal(err)
	}
	token := seal(t, r, testGrant(t))
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".key-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	again, err := OpenRing(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.Open(token, now); err != nil {
		t.Errorf("after a restart: %v", err)
	}
	if _, err := OpenRing(filepath.Join(filepath.Dir(path), "second.json")); err != nil {
		t.Errorf("a second ring in the same folder: %v", err)
	}
}

func TestRingRefused(t *testing.T) {
	fresh := func(t *testing.T) string {
		path := filepath.Join(t.TempDir(), "keys", "embed.json")
		if _, err := OpenRing(path); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write := func(t *testing.T, path string, h *keyset.Handle) {
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := insecurecleartextkeyset.Write(h, keyset.NewJSONWriter(f)); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		spoil func(t *testing.T, path string)
		text  string
	}{
		"readable by others": {func(t *testing.T, p string) { os.Chmod(p, 0o644) }, "chmod 600"},
		"readable by group":  {func(t *testing.T, p string) { os.Chmod(p, 0o640) }, "chmod 600"},
		"folder writable":    {func(t *testing.T, p string) { os.Chmod(filepath.Dir(p), 0o777) }, "chmod 700"},
		"symbolic link":      {func(t *testing.T, p string) { os.Rename(p, p+".x"); os.Symlink(p+".x", p) }, "regular file"},
		"folder":             {func(t *testing.T, p string) { os.Remove(p); os.Mkdir(p, 0o700) }, "regular file"},
		"empty":              {func(t *testing.T, p string) { os.Truncate(p, 0) }, "not a keyset"},
		"not a keyset":       {func(t *testing.T, p string) { os.WriteFile(p, []byte(`{"key":[]}`), 0o600) }, "not a keyset"},
		"key without id": {func(t *testing.T, p string) {
			h, _ := keyset.NewHandle(aead.AES256GCMNoPrefixKeyTemplate())
			write(t, p, h)
		}, "not an AES-256-GCM key"},
		"other algorithm": {func(t *testing.T, p string) {
			h, _ := keyset.NewHandle(aead.XChaCha20Poly1305KeyTemplate())
			write(t, p, h)
		}, "not an AES-256-GCM key"},
	} {
		t.Run(name, func(t *testing.T) {
			path := fresh(t)
			c.spoil(t, path)
			_, err := OpenRing(path)
			if err == nil || !strings.Contains(err.Error(), c.text) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want %q", err, c.text)
			}
		})
	}
}

func TestCacheIsBounded(t *testing.T) {
	c, err := newCache()
	if err != nil {
		t.Fatal(err)
	}
	const n, size = 3000, 10 << 10
	for i := range n {
		c.put(opened{key: c.key(fmt.Sprint(i)), size: size})
		c.put(opened{key: c.key(fmt.Sprint(i)), size: size}) // counted once
	}
	if c.bytes > cacheBytes || len(c.byKey) != c.order.Len() || len(c.byKey) != c.bytes/(size+cacheEntry) || len(c.byKey) == 0 {
		t.Errorf("%d bytes, %d keys, %d in order", c.bytes, len(c.byKey), c.order.Len())
	}
	if _, ok := c.get(c.key("0")); ok {
		t.Error("the oldest entry is still there")
	}
	if _, ok := c.get(c.key(fmt.Sprint(n - 1))); !ok {
		t.Error("the newest entry is not there")
	}
	c.put(opened{key: c.key("large"), size: cacheToken + 1})
	if _, ok := c.get(c.key("large")); ok {
		t.Error("a large token was remembered")
	}
}

func FuzzOpen(f *testing.F) {
	r, g := testRing(f), testGrant(f)
	token := seal(f, r, g)
	for _, s := range []string{token, "", ".", "a.b", token + ".", token[1:], strings.Replace(token, ".", "..", 1), "eyJhbGciOiJub25lIn0.e30."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := r.Open(s, now)
		if (err == nil) != (s == token) {
			t.Fatalf("%q: %v", s, err)
		}
		if err != nil && (inlay.KindOf(err) != inlay.Unauthenticated || got.TokenID != "") {
			t.Fatalf("%+v, %v", got, err)
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	r, g := testRing(b), testGrant(b)
	b.ReportAllocs()
	for b.Loop() {
		seal(b, r, g)
	}
}

func BenchmarkOpen(b *testing.B) {
	r := testRing(b)
	token := seal(b, r, testGrant(b))
	b.Run("new", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := r.open(r.keys.Load(), token); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("seen", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := r.Open(token, now); err != nil {
				b.Fatal(err)
			}
		}
	})
}
