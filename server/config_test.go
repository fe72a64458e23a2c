package server

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
)

// parse reads a Config as the command does.
func parse(t *testing.T, args ...string) (Config, error) {
	t.Helper()
	var cli struct{ Config }
	k, err := kong.New(&cli, append(Options(), kong.Exit(func(int) { t.Error("exit") }))...)
	if err != nil {
		t.Fatal(err)
	}
	_, err = k.Parse(args)
	return cli.Config, err
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "inlay.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDefaults(t *testing.T) {
	got, err := parse(t)
	if err != nil {
		t.Fatal(err)
	}
	data, err := filepath.Abs("data")
	if err != nil {
		t.Fatal(err)
	}
	want := Config{Data: data, Listen: defaultListen, TLSListen: defaultTLSListen, ErrorMode: "explain",
		EmbedOrigins: []string{"'self'", "http://localhost:*", "https://localhost:*"}, SecurityMode: "strict", Engine: "auto", ResultCache: 64, LogFormat: "text", LogLevel: "info"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
	for _, c := range []Config{got, {}} { // the empty one is that of a program that embeds a server
		if err := c.Validate(); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
		if c.Public() != "http://localhost:8400" || c.Wire() {
			t.Errorf("public %q, wire %v", c.Public(), c.Wire())
		}
	}
}

// TestPrecedence holds that a flag wins over the environment, that over the file, that over the
// default.
func TestPrecedence(t *testing.T) {
	file := writeFile(t, `{"listen": "127.0.0.1:1", "log-level": "warn", "log-format": "json", "sign-in": true,
		"embed-origins": ["https://a.example.com", "https://b.example.com"], "error-mode": "wire"}`)
	t.Setenv("INLAY_CONFIG", file)
	t.Setenv("INLAY_LISTEN", "127.0.0.1:2")
	t.Setenv("INLAY_LOG_LEVEL", "error")
	got, err := parse(t, "--listen", "127.0.0.1:3", "--password-grant")
	if err != nil {
		t.Fatal(err)
	}
	for what, pair := range map[string][2]any{
		"flag": {got.Listen, "127.0.0.1:3"}, "environment": {got.LogLevel, "error"}, "file": {got.LogFormat, "json"}, "default": {got.TLSListen, defaultTLSListen},
		"switch in the file": {got.SignIn, true}, "switch as a flag": {got.PasswordGrant, true}, "word in the file": {got.Wire(), true},
		"list in the file": {strings.Join(got.EmbedOrigins, " "), "https://a.example.com https://b.example.com"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %v, want %v", what, pair[0], pair[1])
		}
	}
	t.Setenv("INLAY_CONFIG", "")
	os.Unsetenv("INLAY_CONFIG")
	if got, err = parse(t, "--config", file); err != nil || got.Listen != "127.0.0.1:2" || got.LogFormat != "json" {
		t.Errorf("file by flag: %+v, %v", got, err)
	}
}

func TestFileRefused(t *testing.T) {
	for text, want := range map[string]string{
		`{"listn": "x"}`:                       `"listn"`,
		`{"config": "other.json"}`:             `"config"`,
		`{"Listen": "127.0.0.1:1"}`:            `"Listen"`,
		`{"serve": {"listen": "127.0.0.1:1"}}`: `"serve"`,
		`{"listen": 8400}`:                     `"listen"`,
		`{"embed-origins": [1]}`:               `"embed-origins"`,
		`{"listen": "a:1", "listen": "b:2"}`:   "duplicate",
		`{"sign-in": true} {}`:                 "invalid",
		`listen = 127.0.0.1:1`:                 "invalid",
		``:                                     "configuration file",
		`{"error-mode": "loud"}`:               "error-mode",
		`{"sign-in": "perhaps"}`:               "sign-in",
	} {
		if _, err := parse(t, "--config", writeFile(t, text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("file %s: %v, want an error with %s", text, err, want)
		}
	}
	if _, err := parse(t, "--config", filepath.Join(t.TempDir(), "missing.json")); err == nil || !strings.Contains(err.Error(), "missing.json") {
		t.Errorf("missing file: %v", err)
	}
}

func TestValidate(t *testing.T) {
	for _, tc := range []struct {
		option string
		c      Config
	}{
		{"data", Config{Data: "a\x00b"}},
		{"listen", Config{Listen: "8400"}},
		{"listen", Config{Listen: "localhost:http"}},
		{"listen", Config{Listen: "localhost:70000"}},
		{"listen", Config{Listen: "127.0.0.1:0"}},
		{"tls-listen", Config{TLSListen: "localhost"}},
		{"tls-listen", Config{TLSListen: defaultListen}},
		{"public-url", Config{PublicURL: "analytics.example.com"}},
		{"public-url", Config{PublicURL: "ftp://analytics.example.com"}},
		{"public-url", Config{PublicURL: "https://"}},
		{"public-url", Config{PublicURL: "https://:443"}},
		{"public-url", Config{PublicURL: "https://analytics.example.com/inlay"}},
		{"public-url", Config{PublicURL: "https://analytics.example.com?x=1"}},
		{"public-url", Config{PublicURL: "https://user:word@analytics.example.com"}},
		{"public-url", Config{PublicURL: "https://bücher.example.com"}},
		{"public-url", Config{PublicURL: "https://a,b.example.com"}},
		{"tenant-id", Config{TenantID: "common"}},
		{"tenant-id", Config{TenantID: "{11111111-2222-4333-8444-555555555555}"}},
		{"tenant-id", Config{TenantID: "00000000-0000-0000-0000-000000000000"}},
		{"password-grant", Config{PasswordGrant: true}},
		{"error-mode", Config{ErrorMode: "loud"}},
		{"engine", Config{Engine: "elsewhere"}},
		{"workers", Config{Workers: -1}},
		{"query-steps", Config{QuerySteps: -1}},
		{"worker-memory", Config{WorkerMemory: 10}},
		{"log-format", Config{LogFormat: "xml"}},
		{"log-level", Config{LogLevel: "trace"}},
		{"embed-origins", Config{EmbedOrigins: []string{"*", "https://app.example.com"}}},
		{"embed-origins", Config{EmbedOrigins: []string{"'none'"}}},
		{"embed-origins", Config{EmbedOrigins: []string{"app.example.com"}}},
		{"embed-origins", Config{EmbedOrigins: []string{"https:"}}},
		{"embed-origins", Config{EmbedOrigins: []string{"javascript://app.example.com"}}},
		{"embed-origins", Config{EmbedOrigins: []string{"https://app.example.com; script-src *"}}},
		{"embed-origins", Config{EmbedOrigins: []string{"https://app.example.com\r\nX: y"}}},
		{"embed-origins", Config{EmbedOrigins: []string{"https://app.example.com/path"}}},
		{"embed-origins", Config{EmbedOrigins: []string{"https://app.example.com:port"}}},
		{"embed-origins", Config{EmbedOrigins: []string{"https://*.*.com"}}},
		{"embed-origins", Config{EmbedOrigins: []string{""}}},
	} {
		err := tc.c.Validate()
		if err == nil || !strings.HasPrefix(err.Error(), "--"+tc.option+" ") || !strings.Contains(err.Error(), "give") {
			t.Errorf("%+v: %v, want an error that names --%s and a remedy", tc.c, err, tc.option)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("an error of several lines: %v", err)
		}
	}
	good := Config{Listen: ":8400", TLSListen: "[::]:8443", PublicURL: "https://analytics.example.com:8443/", TenantID: "11111111-2222-4333-8444-555555555555",
		SignIn: true, PasswordGrant: true, ErrorMode: "wire", LogFormat: "json", LogLevel: "debug",
		EmbedOrigins: []string{"'self'", "https://app.example.com", "https://*.example.com:*", "http://localhost:3000"}}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	if err := (Config{EmbedOrigins: []string{"*"}, Listen: "127.0.0.1:0", TLSListen: "127.0.0.1:0", PublicURL: "http://localhost"}).Validate(); err != nil {
		t.Error(err)
	}
}

func TestPublic(t *testing.T) {
	for listen, want := range map[string]string{
		"127.0.0.1:9000": "http://localhost:9000", ":9000": "http://localhost:9000", "0.0.0.0:9000": "http://localhost:9000", "[::]:9000": "http://localhost:9000",
		"[::1]:9000": "http://localhost:9000", "192.0.2.1:9000": "http://192.0.2.1:9000", "[2001:db8::1]:9000": "http://[2001:db8::1]:9000", "box.example.com:80": "http://box.example.com:80",
	} {
		if got := (Config{Listen: listen}).Public(); got != want {
			t.Errorf("--listen %s: %s, want %s", listen, got, want)
		}
	}
	if got := (Config{PublicURL: "https://analytics.example.com/"}).Public(); got != "https://analytics.example.com" {
		t.Error(got)
	}
}

func TestLogger(t *testing.T) {
	var b strings.Builder
	log := Config{LogFormat: "json", LogLevel: "warn"}.Logger(&b)
	log.Info("quiet")
	log.Warn("loud", slog.Int("n", 1))
	if got := b.String(); strings.Contains(got, "quiet") || !strings.Contains(got, `"msg":"loud","n":1}`) {
		t.Errorf("log: %s", got)
	}
}
