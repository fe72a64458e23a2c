package powerquery

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"testing"

	"inlay"
	"inlay/model"
)

func projectFiles(t *testing.T, maps []Map, names ...string) (*Files, string) {
	t.Helper()
	top := t.TempDir()
	root := filepath.Join(top, "project")
	for _, n := range names {
		writeFile(t, filepath.Join(root, filepath.FromSlash(n)), []byte("a,b\n"))
	}
	writeFile(t, filepath.Join(top, "secret.csv"), []byte("secret\n"))
	f, err := OpenFiles(root, maps)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f, root
}

func TestResolve(t *testing.T) {
	maps := []Map{{From: `C:\Data\Sales`, To: "import"}, {From: "https://data.example.com/main/", To: "web"}, {From: "https://data.example.com/main/old", To: "old"}}
	f, _ := projectFiles(t, maps, "import/fact.csv", "web/x/a.csv", "old/a.csv", "data/rel.csv", "top.csv",
		"assets/data/deep.csv", "other/data/deep.csv", "assets/one.csv", "data/two.csv", "two.csv", "data/with space.csv", ".git/hidden.csv")
	for _, c := range []struct {
		name string
		web  bool
		want string // or "!" and a part of the error
	}{
		{`C:\Data\Sales\fact.csv`, false, "import/fact.csv"},
		{`c:/data/SALES/fact.csv`, false, "import/fact.csv"},
		{`C:\Data\Sales\FACT.csv`, false, "import/fact.csv"},
		{`C:\Data\Sales\none.csv`, false, `!is mapped to "import/none.csv", and there is no such file`},
		{`C:\Data\SalesOther\one.csv`, false, "assets/one.csv"},
		{"https://data.example.com/main/x/a.csv", true, "web/x/a.csv"},
		{"https://data.example.com/main/old/a.csv", true, "old/a.csv"},
		{"https://other.example.com/r/with%20space.csv?raw=1", true, "data/with space.csv"},
		{"rel.csv", false, "data/rel.csv"},
		{"top.csv", false, "top.csv"},
		{"two.csv", false, "!means both"},
		{`D:\x\assets\data\deep.csv`, false, "assets/data/deep.csv"},
		{`D:\x\data\deep.csv`, false, "!could be any of assets/data/deep.csv, other/data/deep.csv"},
		{`\\server\share\one.csv`, false, "assets/one.csv"},
		{`D:\hidden.csv`, false, "!has no file of that name"},
		{"/etc/passwd", false, "!--map '/etc=FOLDER'"},
		{"/secret.csv", false, "!is not part of the project"},
		{"../secret.csv", false, "!climbs out"},
		{`data\..\..\secret.csv`, false, "!climbs out"},
		{`C:\Data\Sales\..\..\secret.csv`, false, "!climbs out"},
		{"https://data.example.com/main/%2e%2e/%2e%2e/secret.csv", true, "!climbs out"},
		{"https://data.example.com/main/..%2f..%2fsecret.csv", true, "!climbs out"},
		{"file:///etc/passwd", true, "!is not a web address"},
		{"ftp://x.example.com/one.csv", true, "!is not a web address"},
		{"", false, "!the path is empty"},
		{"a\x00b", false, "!not valid"},
	} {
		at, err := f.resolve(c.name, c.web)
		got := at.String()
		switch want, bad := strings.CutPrefix(c.want, "!"); {
		case bad && (err == nil || !strings.Contains(err.Error()+" "+remedyOf(err), want)):
			t.Errorf("%q: got %q, %v; want an error with %q", c.name, got, err, want)
		case !bad && (err != nil || got != c.want):
			t.Errorf("%q: got %q, %v; want %q", c.name, got, err, c.want)
		}
	}
	if f.Used()[`\\server\share\one.csv`] != "assets/one.csv" {
		t.Errorf("used: %v", f.Used())
	}
}

func remedyOf(err error) string {
	if r := (*refusal)(nil); errors.As(err, &r) {
		return r.remedy
	}
	return ""
}

// TestLinksDoNotLeave: a link inside the project that leads outside is refused.
func TestLinksDoNotLeave(t *testing.T) {
	if goruntime.GOOS == "windows" {
		t.Skip("links need rights on Windows")
	}
	f, root := projectFiles(t, []Map{{From: "X:", To: "linked"}}, "data/in.csv")
	top := filepath.Dir(root)
	for link, to := range map[string]string{"data/file.csv": filepath.Join(top, "secret.csv"), "linked": top, "data/rel.csv": "../../secret.csv", "data/dev.csv": "/dev/zero"} {
		if err := os.Symlink(to, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"file.csv", "rel.csv", "dev.csv", `X:\secret.csv`, "linked/secret.csv", "data/file.csv"} {
		_, err := Query(context.Background(), Config{Files: f}, "T", model.Partition{Name: "p", Source: `Csv.Document(File.Contents("` + strings.ReplaceAll(name, `"`, "") + `"))`})
		if err == nil || strings.Contains(err.Error(), "secret\n") {
			t.Errorf("%s was opened", name)
		}
		if file, err := f.open(spot{f.project, strings.TrimPrefix(name, `X:\`)}); err == nil {
			_ = file.Close()
			t.Errorf("%s was opened without being resolved", name)
		}
	}
}

func TestMapsStayInside(t *testing.T) {
	for _, m := range []Map{{From: "C:", To: "../out"}, {From: "C:", To: "/etc"}, {From: "C:", To: `..\out`}, {From: "", To: "data"},
		{From: "C:", To: "out", Outside: true}, {From: "C:", To: "../out", Outside: true}, {From: "C:", Outside: true}, {From: "/", To: "/etc", Outside: true}} {
		if f, err := OpenFiles(t.TempDir(), []Map{m}); err == nil {
			_ = f.Close()
			t.Errorf("%+v was accepted", m)
		}
	}
}

func TestWebContentsNeedsNoNetwork(t *testing.T) {
	f, _ := projectFiles(t, nil, "data/a.csv")
	cfg := Config{Files: f}
	_, rows, err := dump(t, cfg, `Csv.Document(Web.Contents("https://host.example.com/r/main/", [RelativePath = "data/a.csv"]), [Columns = 2])`)
	if err != nil || rows != "Column1:text | Column2:text\na | b\n" {
		t.Errorf("got %q, %v", rows, err)
	}
	for m, want := range map[string]string{
		`Web.Contents("https://host.example.com/nothing.csv")`:                      "has no file of that name",
		`Web.Contents("https://host.example.com/a.csv", [Query = [x = "1"]])`:       "the options Query and Headers work only",
		`Web.Contents("https://host.example.com/a.csv", [Headers = [Cookie = ""]])`: "the options Query and Headers work only",
		`File.Contents("http://169.254.169.254/latest/meta-data")`:                  "has no file of that name",
	} {
		if _, _, err := dump(t, cfg, `Csv.Document(`+m+`)`); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", m, err)
		}
	}
}

// TestFolderIsGone: the error says what to do, and not where the folder was.
func TestFolderIsGone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "secret place")
	_, err := OpenFiles(dir, nil)
	if inlay.KindOf(err) != inlay.NotFound || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "is not there any more") {
		t.Errorf("got %v", err)
	}
}
