package inlay_test

import (
	"go/ast"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// quoted is what stands between backticks on one line.
var quoted = regexp.MustCompile("`([^`\n]+)`")

// fence is a block of code, in which names are those of the reader's machine.
var fence = regexp.MustCompile("(?s)\n```.*?\n```")

// written are endings of files that are kept in the repository.
var written = []string{".go", ".md", ".ts", ".tsx", ".mjs", ".css", ".html", ".sh", ".sql", ".txtar", ".tmdl", ".yml", ".toml", ".mod"}

// made are folders whose files appear when something is built or run.
var made = []string{"bin", "data", "node_modules", "coverage", "DIR"}

// repositoryPath reports whether a quoted word is meant as a path of this repository: it has a
// slash or the ending of a source file, and is neither a route, an import of others, nor a file
// that is made.
func repositoryPath(word string) bool {
	if strings.ContainsAny(word, " \t<>{}()=&?:$%\"'\\,;@") || strings.HasPrefix(word, "/") || strings.HasPrefix(word, "~") || strings.HasPrefix(word, "-") {
		return false
	}
	first, _, nested := strings.Cut(strings.TrimPrefix(word, "./"), "/")
	if slices.Contains(made, first) || strings.HasPrefix(word, "*") || strings.HasPrefix(word, "..") {
		return false
	}
	if nested {
		if strings.Contains(first, ".") && first != ".ci" { // example.com/x
			return false
		}
		info, err := os.Stat(first)
		return err == nil && info.IsDir() || slices.Contains(written, path.Ext(word))
	}
	return slices.Contains(written, path.Ext(word)) && path.Ext(word) != word
}

// anyName finds NNNN, NAME and x, which stand for a name of the reader's choice.
var anyName = regexp.MustCompile(`NNNN|NAME|(^|/)x(/|\.|$)`)

// documents are the Markdown files at the root and below docs.
func documents(t *testing.T) map[string]string {
	t.Helper()
	docs := map[string]string{}
	tree(t, func(name string) {
		if path.Ext(name) != ".md" || strings.Contains(name, "/") && !strings.HasPrefix(name, "docs/") {
			return
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		docs[name] = string(text)
	})
	if len(docs) < 5 {
		t.Fatalf("found %d documents: the walk is broken", len(docs))
	}
	return docs
}

func TestPathsInDocumentsExist(t *testing.T) {
	checked := 0
	bare := map[string]bool{} // a name without a folder may stand for a file in any
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && (d.Name() == ".git" || slices.Contains(made, d.Name())) {
			return fs.SkipDir
		}
		bare[path.Base(filepath.ToSlash(name))] = true
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range documents(t) {
		for _, m := range quoted.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
			word := m[1]
			if !repositoryPath(word) || anyName.MatchString(word) {
				continue
			}
			checked++
			found := bare[word]
			for _, base := range []string{".", path.Dir(name)} {
				hits, err := filepath.Glob(filepath.Join(base, filepath.FromSlash(word)))
				found = found || err == nil && len(hits) > 0
			}
			if !found {
				t.Errorf("%s names %s, which does not exist", name, word)
			}
		}
	}
	if checked < 10 {
		t.Errorf("checked %d paths: the pattern is broken", checked)
	}
}

var link = regexp.MustCompile(`\]\(([^)#\s]+)(?:#[^)]*)?\)`)

func TestLinksBetweenDocumentsWork(t *testing.T) {
	for name, text := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], ":") {
				continue
			}
			if _, err := os.Stat(filepath.Join(path.Dir(name), filepath.FromSlash(m[1]))); err != nil {
				t.Errorf("%s links to %s, which does not exist", name, m[1])
			}
		}
	}
}

func TestChangelogHasAPlaceForTheNextChange(t *testing.T) {
	text, err := os.ReadFile("CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`(?m)^## \[Unreleased\]$`).Match(text) {
		t.Error(`CHANGELOG.md lacks the heading "## [Unreleased]"`)
	}
}

var recordName = regexp.MustCompile(`^(\d{4})-[a-z0-9-]+\.md$`)

func TestDecisionsAreNumberedAndWhole(t *testing.T) {
	entries, err := os.ReadDir("docs/adr")
	if err != nil || len(entries) == 0 {
		t.Fatalf("%d decisions, %v", len(entries), err)
	}
	seen := map[string]string{}
	for _, e := range entries {
		m := recordName.FindStringSubmatch(e.Name())
		if m == nil {
			t.Errorf("docs/adr/%s is not named NNNN-title.md", e.Name())
			continue
		}
		if other := seen[m[1]]; other != "" {
			t.Errorf("docs/adr/%s has the number of %s", e.Name(), other)
		}
		seen[m[1]] = e.Name()
		text, err := os.ReadFile("docs/adr/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, heading := range []string{"# ", "\n## Context\n", "\n## Decision\n", "\n## Consequences\n"} {
			if !strings.Contains(string(text), heading) {
				t.Errorf("docs/adr/%s lacks %q", e.Name(), strings.TrimSpace(heading))
			}
		}
	}
}

// TestFilesSpeakOfTheProductAlone keeps out what belongs to one machine or to whoever typed.
// The words are put together here so that this file passes.
func TestFilesSpeakOfTheProductAlone(t *testing.T) {
	words := []string{"/wo" + "rk/main", "/wo" + "rk/shared", "/wo" + "rk/.", "/tmp/" + "prep", "cla" + "ude", "anth" + "ropic", "sub" + "agent"}
	texts := append([]string{".tmdl", ".json", ".js", ".pbip", ".pbir", ""}, written...)
	n := 0
	tree(t, func(name string) {
		if !slices.Contains(texts, path.Ext(name)) || name == "web/package-lock.json" {
			return
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		n++
		lower := strings.ToLower(string(text))
		for _, w := range words {
			if strings.Contains(lower, strings.ToLower(w)) {
				t.Errorf("%s speaks of %q, which is no part of the product", name, w)
			}
		}
	})
	if n < 50 {
		t.Errorf("looked into %d files: the walk is broken", n)
	}
}

// TestRulesInCodeAreDocumented holds that docs/rules.md names every rule that an answer can bear:
// those that are written where an error is made, and the constants that begin with rule.
func TestRulesInCodeAreDocumented(t *testing.T) {
	text, err := os.ReadFile("docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, s := range sources(t) {
		if strings.HasSuffix(s.name, "_test.go") || slices.Contains([]string{"check", "model"}, strings.Split(s.name, "/")[0]) { // rules about models are told elsewhere
			continue
		}
		id := func(at token.Pos, x ast.Expr) {
			lit, ok := x.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING || lit.Value == `""` {
				return
			}
			if found++; !strings.Contains(string(text), "`"+strings.Trim(lit.Value, `"`)+"`") {
				t.Errorf("%s: docs/rules.md does not name rule %s", s.at(at), lit.Value)
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				if k, ok := n.Key.(*ast.Ident); ok && k.Name == "Rule" {
					id(n.Pos(), n.Value)
				}
			case *ast.ValueSpec:
				for i, name := range n.Names {
					if strings.HasPrefix(strings.ToLower(name.Name), "rule") && i < len(n.Values) {
						id(n.Pos(), n.Values[i])
					}
				}
			case *ast.CallExpr:
				if f, ok := n.Fun.(*ast.Ident); ok && f.Name == "refuse" && len(n.Args) == 4 {
					id(n.Pos(), n.Args[1])
				}
			}
			return true
		})
	}
	if found < 50 {
		t.Errorf("only %d rules were found in the code", found)
	}
}
