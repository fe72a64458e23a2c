package csvfile

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func readAll(t *testing.T, text string, o Options) [][]string {
	t.Helper()
	r, err := NewReader(strings.NewReader(text), o)
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for {
		row, err := r.Read(nil)
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, row)
	}
}

func TestRead(t *testing.T) {
	quotes := Options{LineQuotes: true}
	for name, c := range map[string]struct {
		text string
		o    Options
		want [][]string
	}{
		"plain":            {"a,b\r\n1,2\r\n", quotes, [][]string{{"a", "b"}, {"1", "2"}}},
		"no last line end": {"a,b\n1,", quotes, [][]string{{"a", "b"}, {"1", ""}}},
		"empty":            {"", quotes, nil},
		"blank line":       {"a\n\nb\n", quotes, [][]string{{"a"}, {""}, {"b"}}},
		"quotes":           {`"a,b","c ""d""",e"f` + "\n", quotes, [][]string{{"a,b", `c "d"`, `e"f`}}},
		"break in quotes":  {"\"a\r\nb\",c\nd\n", quotes, [][]string{{"a\r\nb", "c"}, {"d"}}},
		"break ends row":   {"\"a\nb\",c\n", Options{}, [][]string{{"a"}, {`b"`, "c"}}},
		"quote in between": {`x"y,z"` + "\n", quotes, [][]string{{`x"y`, `z"`}}},
		"quotes anywhere":  {`x"y,z"w` + "\n", Options{LineQuotes: true, QuoteAlways: true}, [][]string{{"xy,zw"}}},
		"long delimiter":   {"a#|#b#c\n", Options{Delimiter: "#|#", LineQuotes: true}, [][]string{{"a", "b#c"}}},
		"tab":              {"a\tb\n", Options{Delimiter: "\t"}, [][]string{{"a", "b"}}},
		"mark":             {"\ufeffa,b\n", quotes, [][]string{{"a", "b"}}},
		"1252":             {"M\xfcller,\x80\n", Options{Encoding: 1252}, [][]string{{"Müller", "€"}}},
		"mark wins":        {"\ufeffMüller\n", Options{Encoding: 1252}, [][]string{{"Müller"}}},
		"UTF-16":           {"\xff\xfeM\x00\xfc\x00,\x00x\x00\n\x00", Options{Encoding: 1200}, [][]string{{"Mü", "x"}}},
		"UTF-16 by mark":   {"\xff\xfea\x00\n\x00", quotes, [][]string{{"a"}}},
		"quote at the end": {"\"a", quotes, [][]string{{"a"}}},
		"only a delimiter": {",", quotes, [][]string{{"", ""}}},
	} {
		if diff := cmp.Diff(c.want, readAll(t, c.text, c.o)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestRefused(t *testing.T) {
	if _, err := NewReader(strings.NewReader(""), Options{Encoding: 12345}); err == nil || !strings.Contains(err.Error(), "12345") {
		t.Errorf("unknown encoding: %v", err)
	}
	r, _ := NewReader(strings.NewReader("ok\nM\xfcller\n"), Options{})
	if _, err := r.Read(nil); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(nil); err == nil || !strings.Contains(err.Error(), "line 2 is not valid UTF-8") {
		t.Errorf("bad bytes: %v", err)
	}
	r, _ = NewReader(strings.NewReader("\""+strings.Repeat("x\n", MaxRow)), Options{LineQuotes: true})
	if _, err := r.Read(nil); !errors.Is(err, ErrRow) {
		t.Errorf("endless row: %v", err)
	}
}

// TestRoundTrip writes rows with every value in quotes and reads them back.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.SliceOfN(rapid.StringOf(rapid.SampledFrom([]rune("ab,\"\r\n ;ä"))), 1, 4), 1, 5).Draw(t, "rows")
		var b strings.Builder
		for _, row := range rows {
			for i, v := range row {
				if i > 0 {
					b.WriteByte(',')
				}
				b.WriteString(`"` + strings.ReplaceAll(v, `"`, `""`) + `"`)
			}
			b.WriteByte('\n')
		}
		r, err := NewReader(strings.NewReader(b.String()), Options{LineQuotes: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range rows {
			got, err := r.Read(nil)
			if err != nil || !cmp.Equal(want, got) {
				t.Fatalf("got %q, %v; want %q", got, err, want)
			}
		}
		if _, err := r.Read(nil); err != io.EOF {
			t.Fatalf("at the end: %v", err)
		}
	})
}

// FuzzReader holds that no text breaks the reader, in any encoding, and that rows and values are
// no more than the text has room for.
func FuzzReader(f *testing.F) {
	for _, text := range []string{"", "a,b\r\n1,2\r\n", `"a,b","c ""d""",e"f`, "\"a\r\nb\",c\nd\n", "\ufeffa\n", "\xff\xfeM\x00\xfc\x00,\x00", "\xff\xfe\x00", "M\xfcller,\x80\n", "a#|#b", "\xff,\xc3\n"} {
		for _, page := range []int{65001, 1252, 1200, 1201, 28591} {
			f.Add(text, ",", page, true, false)
		}
		f.Add(text, "#|#", 65001, false, true)
	}
	f.Fuzz(func(t *testing.T, text, delimiter string, page int, lines, always bool) {
		r, err := NewReader(strings.NewReader(text), Options{Delimiter: delimiter, Encoding: page, LineQuotes: lines, QuoteAlways: always})
		if err != nil {
			return
		}
		values, last := 0, int64(0)
		var row []string
		for {
			if row, err = r.Read(row); err != nil {
				break
			}
			if values += len(row); len(row) == 0 || r.Line() <= last || values > 2*len(text)+2 {
				t.Fatalf("row %d of %q, after %d: %d values, %d in all", r.Line(), text, last, len(row), values)
			}
			last = r.Line()
		}
	})
}
