package pbit

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"testing"
	"unicode/utf16"

	"inlay"
)

const schema = `{"name":"x","model":{"tables":[{"name":"Größe"}]}}`

// wide is text in UTF-16, as Power BI Desktop writes it.
func wide(s string) string {
	var b bytes.Buffer
	_ = binary.Write(&b, binary.LittleEndian, utf16.Encode([]rune(s)))
	return b.String()
}

// pack makes a zip of name, content pairs.
func pack(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		w, err := z.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func open(b []byte) (*Template, error) { return Open("x.pbit", bytes.NewReader(b), int64(len(b))) }

func TestOpen(t *testing.T) {
	for name, c := range map[string]struct {
		files  []string
		report []string // nil: there is none
	}{
		"legacy":        {[]string{"Version", wide("1.28"), "DataModelSchema", wide(schema), "Report/Layout", wide(`{"id":0}`), "[Content_Types].xml", "<x/>", "Report/StaticResources/SharedResources/BaseThemes/A.json", "{}"}, []string{"StaticResources/SharedResources/BaseThemes/A.json", "report.json"}},
		"byte mark":     {[]string{"DataModelSchema", "\xff\xfe" + wide(schema)}, nil},
		"UTF-8":         {[]string{"DataModelSchema", schema}, nil},
		"PBIR":          {[]string{"DataModelSchema", wide(schema), "Report/definition/report.json", `{}`, "Report/definition/pages/p/page.json", `{}`}, []string{"definition/pages/p/page.json", "definition/report.json"}},
		"no report":     {[]string{"DataModelSchema", wide(schema), "Report/LayoutX", "no", "Report/", ""}, nil},
		"picture alone": {[]string{"DataModelSchema", wide(schema), "Report/StaticResources/RegisteredResources/a.png", "\x89\x00"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			x, err := open(pack(t, c.files...))
			if err != nil {
				t.Fatal(err)
			}
			b, err := fs.ReadFile(x.Model, "model.bim")
			if err != nil || string(bytes.TrimPrefix(b, []byte("\ufeff"))) != schema {
				t.Errorf("model %q, %v", b, err)
			}
			if (x.Report == nil) != (c.report == nil) {
				t.Fatalf("report %v", x.Report)
			}
			if x.Report == nil {
				return
			}
			var got []string
			_ = fs.WalkDir(x.Report, ".", func(p string, d fs.DirEntry, err error) error {
				if err == nil && !d.IsDir() {
					got = append(got, p)
				}
				return err
			})
			if strings.Join(got, ",") != strings.Join(c.report, ",") {
				t.Errorf("files %q", got)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	zeros := strings.Repeat("\x00", int(usual.part)+1)
	for name, c := range map[string]struct {
		src  []byte
		says string
		kind inlay.Kind
	}{
		"no zip":        {[]byte("PK nothing"), "is no template", inlay.Invalid},
		"no model":      {pack(t, "Report/Layout", "{}"), "no DataModelSchema", inlay.Invalid},
		"pbix":          {pack(t, "DataModel", "x", "Report/Layout", "{}"), "packed report", inlay.Unsupported},
		"live":          {pack(t, "Connections", "{}", "Report/Layout", "{}"), "in a service", inlay.Unsupported},
		"up":            {pack(t, "DataModelSchema", schema, "Report/StaticResources/../../../x", "x"), "leads elsewhere", inlay.Invalid},
		"absolute":      {pack(t, "DataModelSchema", schema, "/etc/passwd", "x"), "leads elsewhere", inlay.Invalid},
		"backslash":     {pack(t, "DataModelSchema", schema, `Report\Layout`, "x"), "leads elsewhere", inlay.Invalid},
		"twice":         {pack(t, "DataModelSchema", schema, "datamodelschema", schema), "twice", inlay.Invalid},
		"file and path": {pack(t, "DataModelSchema", schema, "Report/Layout", "{}", "Report/StaticResources/a", "x", "Report/StaticResources/a/b", "x"), "x.pbit", inlay.Invalid},
		"cut off":       {pack(t, "DataModelSchema", wide(schema)+"x"), "odd number", inlay.Invalid},
		"bomb":          {pack(t, "DataModelSchema", zeros), "unpacks to more than", inlay.Limit},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := open(c.src)
			if err == nil || !strings.Contains(err.Error(), c.says) || inlay.KindOf(err) != c.kind {
				t.Errorf("%v, %v", inlay.KindOf(err), err)
			}
		})
	}
}

// TestManyParts bounds what all parts unpack to, and their number.
func TestManyParts(t *testing.T) {
	most := bounds{entries: 10, part: 1 << 20, all: 2 << 20}
	try := func(b []byte) error {
		_, err := most.open("x.pbit", bytes.NewReader(b), int64(len(b)))
		return err
	}
	files := []string{"DataModelSchema", schema}
	for i := range 3 {
		files = append(files, fmt.Sprintf("Report/StaticResources/%d.png", i), strings.Repeat("\x00", 900<<10))
	}
	if err := try(pack(t, files[:6]...)); err != nil {
		t.Errorf("two parts: %v", err)
	}
	if err := try(pack(t, files...)); inlay.KindOf(err) != inlay.Limit {
		t.Errorf("three parts: %v", err)
	}
	for i := range 10 {
		files = append(files, fmt.Sprintf("f%d", i), "")
	}
	if err := try(pack(t, files...)); inlay.KindOf(err) != inlay.Limit {
		t.Errorf("many files: %v", err)
	}
}

// TestMemory holds that a bomb is given up early.
func TestMemory(t *testing.T) {
	b := pack(t, "DataModelSchema", strings.Repeat("\x00", 64<<20))
	most := bounds{entries: 10, part: 1 << 20, all: 2 << 20}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := most.open("x.pbit", bytes.NewReader(b), int64(len(b))); inlay.KindOf(err) != inlay.Limit {
		t.Errorf("%v", err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 16<<20 {
		t.Errorf("%d bytes were allocated for a bound of 1 MB", used)
	}
}

// FuzzOpen holds that no bytes break the reader; what it gives is a file system.
func FuzzOpen(f *testing.F) {
	f.Add(pack(f, "DataModelSchema", wide(schema), "Report/Layout", wide("{}"), "Report/StaticResources/a/b.json", "{}"))
	f.Add(pack(f, "DataModelSchema", "\xfe\xff\x00{", "Report/definition/report.json", "{}"))
	f.Add(pack(f, "../x", "y"))
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := open(b)
		if err != nil {
			return
		}
		if _, err := fs.ReadFile(x.Model, "model.bim"); err != nil {
			t.Fatal(err)
		}
		for _, fsys := range []fs.FS{x.Model, x.Report} {
			if fsys == nil {
				continue
			}
			err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
				if !fs.ValidPath(p) {
					t.Fatalf("path %q", p)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}
