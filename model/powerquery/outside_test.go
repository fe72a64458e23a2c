package powerquery

import (
	"os"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"testing"
)

// outsideFiles is a project beside a folder and a file that Maps name, and beside what they do not name.
func outsideFiles(t *testing.T) (f *Files, top string) {
	t.Helper()
	top = t.TempDir()
	for _, n := range []string{"project/in.csv", "project/data/a.csv", "named/a.csv", "named/sub/B.csv", "named/.hidden.csv", "one.csv", "ONE.CSV.bak", "secret.csv", "named2/a.csv"} {
		writeFile(t, filepath.Join(top, filepath.FromSlash(n)), []byte(n+",1\n"))
	}
	f, err := OpenFiles(filepath.Join(top, "project"), []Map{
		{From: `C:\Data`, To: filepath.Join(top, "named"), Outside: true},
		{From: `C:\Data\here`, To: "data"},
		{From: `D:\one.csv`, To: filepath.Join(top, "one.csv"), Outside: true},
		{From: `E:\`, To: filepath.Join(top, "away"), Outside: true},
		{From: "data", To: filepath.Join(top, "named2"), Outside: true},
		{From: "https://x.example.com/files", To: filepath.Join(top, "named"), Outside: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f, top
}

// TestOutside holds what is read of folders outside of a project: what lies in one that a Map
// names, under the names that queries use, and nothing else.
func TestOutside(t *testing.T) {
	f, top := outsideFiles(t)
	for _, c := range []struct {
		m    string
		want string // or "!" and a part of the error
	}{
		{`File.Contents("C:\Data\a.csv")`, "named/a.csv"},
		{`File.Contents("c:/data/SUB/b.csv")`, "named/sub/B.csv"},
		{`File.Contents("C:\Data\here\a.csv")`, "project/data/a.csv"},
		{`File.Contents("data/a.csv")`, "named2/a.csv"},
		{`File.Contents("in.csv")`, "project/in.csv"},
		{`File.Contents("D:\one.csv")`, "one.csv"},
		{`Web.Contents("https://x.example.com/files/a.csv")`, "named/a.csv"},
		{`Folder.Files("C:\Data\sub"){0}[Content]`, "named/sub/B.csv"},
		{`Table.SelectRows(Folder.Files("C:\Data"), each [Name] = "a.csv"){0}[Content]`, "named/a.csv"},
		{`File.Contents("C:\Data\none.csv")`, `!there is no file "C:/Data/none.csv" in the folder that it is mapped to`},
		{`File.Contents("C:\Data\..\secret.csv")`, "!climbs out"},
		{`File.Contents("C:\Data\sub\..\..\secret.csv")`, "!climbs out"},
		{`Web.Contents("https://x.example.com/files/%2e%2e/secret.csv")`, "!climbs out"},
		{`Web.Contents("https://x.example.com/files/..%2fsecret.csv")`, "!climbs out"},
		{`Folder.Files("C:\Data\..")`, "!climbs out"},
		{`File.Contents("C:\secret.csv")`, "!has no file of that name"},
		{`File.Contents("C:\Datax\a.csv")`, "project/data/a.csv"}, // found by its end, in the project alone
		{`File.Contents("D:\ONE.CSV.bak")`, "!has no file of that name"},
		{`File.Contents("D:\one.csv\x")`, "!is mapped to a file, not to a folder"},
		{`Folder.Files("D:\one.csv")`, "!there is no folder"},
		{`File.Contents("E:\a.csv")`, `!the folder that "E:" is mapped to cannot be opened`},
		{`File.Contents("C:\Data")`, "!there is no file"},
		{`File.Contents("C:\Data\sub")`, "!there is no file"},
		{`File.Contents("` + filepath.Join(top, "named", "a.csv") + `")`, "!is not part of the project"},
	} {
		if strings.HasPrefix(c.m, "File.Contents(\""+top) {
			c.m, c.want = strings.ReplaceAll(c.m, `\`, "/"), "project/data/a.csv" // by its end
		}
		_, rows, err := dump(t, Config{Files: f}, "Csv.Document("+c.m+", [Columns = {\"a\"}])")
		if want, bad := strings.CutPrefix(c.want, "!"); bad {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %q, %v; want an error with %q", c.m, rows, err, want)
			}
		} else if err != nil || !strings.Contains(rows, "\n"+c.want+"\n") {
			t.Errorf("%s: got %q, %v; want %q", c.m, rows, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), top) {
			t.Errorf("%s: the error shows where the folder lies: %v", c.m, err)
		}
	}
	if !strings.Contains(f.Used()[`C:\Datax\a.csv`], "data/a.csv") || len(f.Used()) != 2 {
		t.Errorf("found by their ends: %v", f.Used())
	}
}

// TestLinksDoNotLeaveOutside holds that no symbolic link leads out of a folder that a Map names, nor
// from the project into one.
func TestLinksDoNotLeaveOutside(t *testing.T) {
	if goruntime.GOOS == "windows" {
		t.Skip("links need rights on Windows")
	}
	f, top := outsideFiles(t)
	for link, to := range map[string]string{
		"named/link.csv": filepath.Join(top, "secret.csv"), "named/rel.csv": "../secret.csv", "named/up": top, "named/dev.csv": "/dev/zero",
		"named/to2": filepath.Join(top, "named2"), "project/link.csv": filepath.Join(top, "named", "a.csv"), "project/dir": filepath.Join(top, "named"),
	} {
		if err := os.Symlink(to, filepath.Join(top, filepath.FromSlash(link))); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{`C:\Data\link.csv`, `C:\Data\rel.csv`, `C:\Data\up\secret.csv`, `C:\Data\up\named\a.csv`, `C:\Data\dev.csv`, `C:\Data\to2\a.csv`, "link.csv", "dir/a.csv", "dir/sub/B.csv"} {
		if _, rows, err := dump(t, Config{Files: f}, `Csv.Document(File.Contents("`+name+`"), [Columns = {"a"}])`); err == nil {
			t.Errorf("%s was opened: %s", name, rows)
		}
	}
	for _, p := range []string{"up/secret.csv", "link.csv", "../secret.csv", "sub/../../secret.csv"} {
		named := f.mapped(parts(`C:\Data`))
		if file, err := f.open(spot{named.in, p}); err == nil {
			_ = file.Close()
			t.Errorf("%s was opened without being resolved", p)
		}
	}
	_, rows, err := dump(t, Config{Files: f}, `Table.SelectColumns(Folder.Files("C:\Data"), {"Name"})`)
	if err != nil || strings.Contains(rows, "link") || strings.Contains(rows, "secret") || !strings.Contains(rows, "B.csv") {
		t.Errorf("listed: %s, %v", rows, err)
	}
}
