package inlay_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The architecture as a test. Files are parsed here rather than listed by the go command: a
// result of this test is not kept in the test cache when a file it read has changed.

// direction says which of our packages one may import, in code that is not a test. The longest
// matching folder counts; "x/..." is x and what lies below it. Packages not named here fail, so
// a new one asks for a decision.
var direction = []struct {
	folder string
	may    []string
	why    string
}{
	{".", nil, "the nouns are what everything shares; they must not pull anything in"},
	{"check", []string{".", "check/plan", "model/...", "report/..."}, "a check reads all that a project defines"},
	{"check/plan", []string{".", "model", "model/powerquery", "query", "source/duckdb", "source/postgres"}, "what cannot be done is asked of the planners of the engine and of the refresh"},
	{"cmd", []string{".", "server", "check", "demo", "audit", "scenario", "world", "daxcase", "dax/fn"}, "a command reads options and calls the composition root, or has stories and cases run"},
	{"server", []string{".", "admission", "rest", "entra", "web", "store/...", "source/...", "embedtoken", "audit", "report/...", "query", "model/...", "dax/...", "demo"},
		"the composition root is the one place that knows all parts"},
	{"rest", []string{".", "embedtoken", "audit", "report/...", "query", "model", "dax"}, "an adapter knows what it serves, and no other adapter"},
	{"web", []string{".", "embedtoken", "report", "query", "model"}, "an adapter knows what it serves, and no other adapter"},
	{"entra", []string{"."}, "sign-in knows principals and nothing of reports"},
	{"store", []string{"."}, "a store keeps nouns; it decides nothing"},
	{"source", []string{".", "query", "model/...", "dax/..."}, "a source runs statements that query made, for a model"},
	{"source/duckdb", []string{".", "query", "model/...", "dax/...", "source/worker"}, "a source runs statements that query made, for a model; this one can do it in a worker"},
	{"embedtoken", []string{"."}, "the decision is pure: no HTTP, no SQL, no model"},
	{"admission", []string{"."}, "turns are taken by whoever asks; what is asked is not looked at"},
	{"audit", []string{"."}, "the audit log is told what happened; it looks nothing up"},
	{"query", []string{".", "query/eval", "model", "model/datatype", "dax/..."}, "plans speak of models and the language; sources come to them"},
	{"query/eval", []string{".", "model", "dax/..."}, "the evaluator is given rows; it knows neither SQL nor who asks"},
	{"query/plain", []string{"model", "dax/..."}, "what tests compare the engine with shares nothing with it but the language"},
	{"query/plain/draw", []string{"model", "dax", "query/plain"}, "what is drawn is a model, and queries as text"},
	{"report", []string{".", "model", "dax"}, "a visual is a question about a model"},
	{"report/pbir", []string{".", "report", "report/visual", "model", "dax"}, "a reader fills the types of the package above it, and names visuals that are not built"},
	{"report/legacy", []string{".", "report", "report/pbir", "model"}, "the format before PBIR is read as PBIR"},
	{"report/format", []string{"report", "report/pbir", "report/legacy"}, "one of the readers is chosen"},
	{"report/visual", []string{".", "report", "model", "dax"}, "a visual is a question about a model"},
	{"model", []string{".", "dax"}, "a model is written in the language"},
	{"model/pbip", []string{".", "model", "model/tmdl", "model/tmsl", "model/pbit", "dax"}, "a project is read by the readers of its parts"},
	{"model/tmdl", []string{".", "model", "model/datatype", "dax"}, "a reader fills the types of the package above it"},
	{"model/lint", []string{"model", "dax/..."}, "what is likely wrong is found in the definition alone"},
	{"model/datatype", []string{"dax"}, "the types of columns are those of the language"},
	{"model/pbit", []string{"."}, "a template is a zip; what its parts mean is known elsewhere"},
	{"model/tmsl", []string{".", "model", "model/tmdl", "dax"}, "TMSL is the objects of TMDL in JSON, and one mapping serves both"},
	{"model/powerquery", []string{".", "model", "model/datatype", "model/powerquery/...", "dax"}, "a reader fills the types of the package above it"},
	{"dax", nil, "the language stands alone"},
	{"daxcase", []string{".", "dax", "model", "model/pbip", "query", "source/duckdb"}, "cases ask the engine as a caller does, over rows that a source holds"},
	{"dax/fn", []string{"dax"}, "the functions are part of the language"},
	{"demo", nil, "the demo is an application like those of other people: it has HTTP and nothing else"},
	{"world", []string{".", "server"}, "a world is made on a server, through what the server offers"},
	{"scenario", []string{".", "server", "world"}, "stories speak to the server from outside"},
	{"bench", []string{".", "admission", "server", "embedtoken", "audit", "query", "source/...", "model/...", "report/...", "dax", "demo"}, "benchmarks measure parts and the whole"},
}

// The limits of the house. Aims are well below them.
const (
	maxFile       = 500
	maxTestFile   = 800
	maxFunction   = 80
	maxParameters = 5
	maxMethods    = 7
	maxImports    = 8 // of our own packages, except in composition roots
	maxRoot       = 2000
	maxModules    = 25
)

// vague are names under which anything could hide.
var vague = []string{"util", "utils", "common", "helper", "helpers", "types", "shared", "misc"}

// source is a Go file of ours.
type source struct {
	name   string // relative to the root, with slashes
	lines  int
	file   *ast.File
	fset   *token.FileSet
	isTest bool
}

func (s source) folder() string { return path.Dir(s.name) }

// at is a place in the file.
func (s source) at(p token.Pos) string { return fmt.Sprintf("%s:%d", s.name, s.fset.Position(p).Line) }

// tree calls f for each file of the repository that people write.
func tree(t *testing.T, f func(name string)) {
	t.Helper()
	skip := []string{"node_modules", "testdata", "bin", "data", "coverage", "test-results", "web/dist"}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if d.IsDir() {
			hidden := strings.HasPrefix(d.Name(), ".") && name != "." && name != ".ci"
			if hidden || slices.Contains(skip, d.Name()) && !strings.HasPrefix(name, "demo/") || slices.Contains(skip, name) {
				return fs.SkipDir
			}
			return nil
		}
		if d.Type().IsRegular() {
			f(name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func lines(t *testing.T, name string) int {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Count(text, []byte("\n"))
}

// sources parses all Go files.
func sources(t *testing.T) []source {
	t.Helper()
	var list []source
	tree(t, func(name string) {
		if !strings.HasSuffix(name, ".go") {
			return
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, source{name, lines(t, name), file, fset, strings.HasSuffix(name, "_test.go")})
	})
	if len(list) < 20 {
		t.Fatalf("found %d Go files: the walk is broken", len(list))
	}
	return list
}

// within reports whether a folder matches a pattern of direction.
func within(folder, pattern string) bool {
	if base, ok := strings.CutSuffix(pattern, "/..."); ok {
		return folder == base || strings.HasPrefix(folder, base+"/")
	}
	return folder == pattern
}

// own is the folder of an imported package of ours.
func own(spec *ast.ImportSpec) (string, bool) {
	p := strings.Trim(spec.Path.Value, `"`)
	if p == "inlay" {
		return ".", true
	}
	return strings.CutPrefix(p, "inlay/")
}

func TestImportsGoOneWay(t *testing.T) {
	imports := map[string]map[string]bool{}
	for _, s := range sources(t) {
		if s.isTest || s.name == "deps.go" { // deps.go pins modules until a package uses them
			continue
		}
		best := -1
		for i, d := range direction {
			if within(s.folder(), d.folder+"/...") || s.folder() == d.folder {
				if best < 0 || len(d.folder) > len(direction[best].folder) {
					best = i
				}
			}
		}
		if best < 0 {
			t.Errorf("%s: no rule says what package %s may import; add it to direction in arch_test.go", s.name, s.folder())
			continue
		}
		rule := direction[best]
		for _, spec := range s.file.Imports {
			to, ours := own(spec)
			if !ours {
				if first, _, _ := strings.Cut(strings.Trim(spec.Path.Value, `"`), "/"); s.folder() == "." && strings.Contains(first, ".") {
					t.Errorf("%s imports %s: %s", s.at(spec.Pos()), spec.Path.Value, rule.why)
				}
				continue
			}
			if imports[s.folder()] == nil {
				imports[s.folder()] = map[string]bool{}
			}
			imports[s.folder()][to] = true
			if !slices.ContainsFunc(rule.may, func(p string) bool { return within(to, p) }) {
				t.Errorf("%s imports %s: %s may not, because %s", s.at(spec.Pos()), to, s.folder(), rule.why)
			}
		}
	}
	for folder, set := range imports {
		root, _, _ := strings.Cut(folder, "/")
		if len(set) > maxImports && root != "server" && root != "cmd" && root != "bench" {
			t.Errorf("package %s imports %d packages of ours, limit %d", folder, len(set), maxImports)
		}
	}
}

// forTests are packages that only tests import.
var forTests = []string{"query/plain", "query/plain/draw"}

func TestPackagesForTestsStayThere(t *testing.T) {
	used := false
	for _, s := range sources(t) {
		for _, spec := range s.file.Imports {
			if to, ours := own(spec); ours && slices.Contains(forTests, to) {
				used = true
				if !s.isTest && !slices.Contains(forTests, s.folder()) {
					t.Errorf("%s imports %s, which is for tests alone", s.at(spec.Pos()), to)
				}
			}
		}
	}
	if !used {
		t.Error("no test imports any of them: the list or the walk is broken")
	}
}

func TestNamesSayWhatIsInside(t *testing.T) {
	for _, s := range sources(t) {
		for _, part := range append(strings.Split(s.folder(), "/"), s.file.Name.Name) {
			if slices.Contains(vague, part) {
				t.Errorf("%s: %q says nothing; name it after what it holds", s.name, part)
			}
		}
	}
}

func TestFilesAreShort(t *testing.T) {
	root := 0
	for _, s := range sources(t) {
		limit := maxFile
		if s.isTest {
			limit = maxTestFile
		} else if s.folder() == "." {
			root += s.lines
		}
		if s.lines > limit {
			t.Errorf("%s has %d lines, limit %d", s.name, s.lines, limit)
		}
	}
	if root == 0 || root > maxRoot {
		t.Errorf("the root package has %d lines, limit %d", root, maxRoot)
	}
	tree(t, func(name string) {
		limit := maxFile
		if strings.HasPrefix(name, "web/test/") || strings.HasSuffix(name, ".test.ts") {
			limit = maxTestFile
		} else if !strings.HasPrefix(name, "web/") {
			return
		}
		if ext := path.Ext(name); ext != ".ts" && ext != ".tsx" && ext != ".js" && ext != ".mjs" && ext != ".css" {
			return
		}
		if n := lines(t, name); n > limit {
			t.Errorf("%s has %d lines, limit %d", name, n, limit)
		}
	})
}

func TestFunctionsAreShort(t *testing.T) {
	for _, s := range sources(t) {
		if s.isTest {
			continue
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := s.fset.Position(f.End()).Line - s.fset.Position(f.Pos()).Line + 1; n > maxFunction {
				t.Errorf("%s: %s has %d lines, limit %d", s.at(f.Pos()), f.Name.Name, n, maxFunction)
			}
			if n := f.Type.Params.NumFields(); n > maxParameters {
				t.Errorf("%s: %s takes %d parameters, limit %d", s.at(f.Pos()), f.Name.Name, n, maxParameters)
			}
		}
	}
}

func TestInterfacesAreSmall(t *testing.T) {
	for _, s := range sources(t) {
		ast.Inspect(s.file, func(n ast.Node) bool {
			i, ok := n.(*ast.InterfaceType)
			if !ok {
				return true
			}
			methods := 0
			for _, m := range i.Methods.List {
				methods += len(m.Names) // embedded interfaces have none; each is counted where it stands
			}
			if methods > maxMethods {
				t.Errorf("%s: an interface of %d methods, limit %d", s.at(i.Pos()), methods, maxMethods)
			}
			return true
		})
	}
}

func TestEverythingExportedIsExplained(t *testing.T) {
	explained := map[string]bool{}
	for _, s := range sources(t) {
		if s.isTest {
			continue
		}
		explained[s.folder()] = explained[s.folder()] || s.file.Doc != nil
		for _, d := range s.file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) {
					t.Errorf("%s: %s has no comment", s.at(d.Pos()), d.Name.Name)
				}
			case *ast.GenDecl:
				bare(t, s, d)
			}
		}
	}
	for folder, ok := range explained {
		if !ok {
			t.Errorf("package %s has no package comment", folder)
		}
	}
}

// bare reports exported types, constants and variables without a comment. The comment of a
// group is one for all in it.
func bare(t *testing.T, s source, d *ast.GenDecl) {
	t.Helper()
	for _, spec := range d.Specs {
		var names []*ast.Ident
		var doc bool
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			names, doc = []*ast.Ident{spec.Name}, spec.Doc != nil || d.Lparen == 0 && d.Doc != nil
		case *ast.ValueSpec:
			names, doc = spec.Names, spec.Doc != nil || d.Doc != nil
		}
		for _, n := range names {
			if n.IsExported() && !doc {
				t.Errorf("%s: %s has no comment", s.at(n.Pos()), n.Name)
			}
		}
	}
}

// exportedReceiver is false for methods of types that no other package can name.
func exportedReceiver(f *ast.FuncDecl) bool {
	if f.Recv == nil {
		return true
	}
	x := f.Recv.List[0].Type
	for {
		switch e := x.(type) {
		case *ast.StarExpr:
			x = e.X
		case *ast.IndexExpr:
			x = e.X
		case *ast.IndexListExpr:
			x = e.X
		case *ast.Ident:
			return e.IsExported()
		default:
			return true
		}
	}
}

func TestFewModules(t *testing.T) {
	text, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	direct, inside := 0, false
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "require (":
			inside = true
		case line == ")":
			inside = false
		case (inside || strings.HasPrefix(line, "require ")) && line != "" && !strings.HasSuffix(line, "// indirect"):
			direct++
		}
	}
	if direct == 0 || direct > maxModules {
		t.Errorf("%d direct modules, limit %d", direct, maxModules)
	}
}
