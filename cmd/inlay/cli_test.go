package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// clean keeps options in the environment of whoever runs the tests out of them.
func clean(t *testing.T) {
	t.Helper()
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "INLAY_") {
			t.Setenv(name, "")
			if err := os.Unsetenv(name); err != nil { // t.Setenv gives it back
				t.Fatal(err)
			}
		}
	}
}

// next is a line of a script after which no output of the command before it stands.
var next = regexp.MustCompile(`^(\$ inlay|INLAY_[A-Z_]+=|# )`)

// TestCommandLine runs the scripts in testdata: lines "$ inlay …" with what they print, in which
// "..." stands for anything and $WORK for the folder in which they run. The files of a script
// lie there; a line "NAME=value" sets the environment of the lines after it. A last line
// "error: …" is the text that the command fails with.
func TestCommandLine(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts were found: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			clean(t)
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			work := t.TempDir()
			unpack(t, work, a.Files)
			lines := strings.Split(strings.TrimSpace(string(a.Comment)), "\n")
			commands := 0
			for i := 0; i < len(lines); i++ {
				line := strings.ReplaceAll(lines[i], "$WORK", work)
				name, value, set := strings.Cut(line, "=")
				switch {
				case strings.HasPrefix(line, "#"), strings.TrimSpace(line) == "":
				case set && strings.HasPrefix(name, "INLAY_"):
					t.Setenv(name, value)
				case strings.HasPrefix(line, "$ inlay"):
					commands++
					var want []string
					for i+1 < len(lines) && !next.MatchString(lines[i+1]) {
						i++
						want = append(want, strings.ReplaceAll(lines[i], "$WORK", work))
					}
					script(t, line, strings.TrimRight(strings.Join(want, "\n"), "\n"))
				default:
					t.Fatalf("%s: %q is not understood", file, line)
				}
			}
			if commands == 0 {
				t.Errorf("%s runs nothing", file)
			}
		})
	}
}

// unpack writes the files of a script.
func unpack(t *testing.T, dir string, files []txtar.File) {
	t.Helper()
	for _, f := range files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(f.Data), "$WORK", dir)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// script runs one command and compares what it prints and how it ends.
func script(t *testing.T, line, want string) {
	t.Helper()
	var out bytes.Buffer
	err := run(t.Context(), words(line)[2:], &out, io.Discard)
	got := strings.TrimRight(out.String(), "\n")
	if err != nil {
		got = strings.TrimPrefix(got+"\nerror: "+err.Error(), "\n")
	}
	pattern := strings.ReplaceAll(regexp.QuoteMeta(want), `\.\.\.`, `(?s:.*)`)
	if !regexp.MustCompile(`^` + pattern + `$`).MatchString(got) {
		t.Errorf("%s\nprints\n%s\nwant\n%s", line, got, want)
	}
}

// words splits a command line at spaces that are not inside quotes.
func words(line string) []string {
	var out []string
	for _, m := range regexp.MustCompile(`(?:[^\s']|'[^']*')+`).FindAllString(line, -1) {
		out = append(out, strings.ReplaceAll(m, "'", ""))
	}
	return out
}

// TestHelp holds that the help names every command and every option, with its variable.
func TestHelp(t *testing.T) {
	clean(t)
	var out bytes.Buffer
	if err := run(t.Context(), []string{"--help"}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"serve", "demo", "import", "app", "version", "--config", "--data", "--listen", "--tls-listen", "--public-url", "--tenant-id",
		"--sign-in", "--password-grant", "--error-mode", "--embed-origins", "--administrators", "--log-format", "--log-level", "$INLAY_DATA", "$INLAY_SIGN_IN"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the help does not name %s", want)
		}
	}
	for _, command := range []string{"serve", "demo", "import", "app", "version"} {
		out.Reset()
		if err := run(t.Context(), []string{command, "--help"}, &out, io.Discard); err != nil || !strings.Contains(out.String(), "Usage: inlay "+command) {
			t.Errorf("%s --help: %v\n%s", command, err, out.String())
		}
	}
}

// TestNothingStartsWhenOptionsAreWrong holds that a wrong option makes no data folder.
func TestNothingStartsWhenOptionsAreWrong(t *testing.T) {
	clean(t)
	dir := filepath.Join(t.TempDir(), "data")
	for _, args := range [][]string{
		{"serve", "--listen", "nonsense"}, {"serve", "--password-grant"}, {"demo", "--public-url", "ftp://example.com"},
		{"import", "x"}, {"import", "x", "--workspace", "w", "--map", "nothing"}, {"app", "x", "--workspace", "w", "--right", "Boss"}, {"serve", "--log-level", "loud"},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // what starts all the same ends at once
		if err := run(ctx, append(args, "--data", dir), io.Discard, io.Discard); err == nil {
			t.Errorf("%q was run", args)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Fatalf("%q made the data folder", args)
		}
	}
}
