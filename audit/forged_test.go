package audit

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestForgedRecordsAreFound: who knows the format writes records with hashes that are right, in a
// chain that holds, and yet not as a log writes them.
func TestForgedRecordsAreFound(t *testing.T) {
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	begin, some, end := fmt.Sprintf(`"kind":"begin","heads":null,"format":%d`, format), `"kind":"import"`, `"kind":"end"`
	type record struct {
		seq, group uint64
		day        int // after the segment's
		body       string
	}
	for what, c := range map[string]struct {
		records []record
		want    string // empty: nothing is wrong
	}{
		"as a log writes them":         {[]record{{1, 1, 0, begin}, {2, 1, 0, some}, {3, 3, 0, end}}, ""},
		"a record behind the last":     {[]record{{1, 1, 0, begin}, {2, 2, 0, end}, {3, 3, 0, some}}, "record 3 follows the last one"},
		"a second beginning":           {[]record{{1, 1, 0, begin}, {2, 2, 0, begin}}, `record 2 is of kind "begin"`},
		"no beginning":                 {[]record{{1, 1, 0, some}, {2, 2, 0, end}}, `record 1 is of kind "import"`},
		"synced with a later one":      {[]record{{1, 1, 0, begin}, {2, 7, 0, some}}, "record 2 says that it was synced with a later one"},
		"a number again":               {[]record{{1, 1, 0, begin}, {2, 2, 0, some}, {2, 2, 0, some}}, "record 2 is there again"},
		"a number left out":            {[]record{{1, 1, 0, begin}, {3, 3, 0, some}}, "1 records are missing before record 3"},
		"a day that is another's file": {[]record{{1, 1, 0, begin}, {2, 2, 1, some}}, "record 2 is of 20261123"},
	} {
		t.Run(what, func(t *testing.T) {
			dir := folder(t)
			name := filepath.Join(dir, "20261122T090000.000000-0123456789abcdef", segmentName(1, day(at)))
			if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
				t.Fatal(err)
			}
			var b []byte
			prev := origin
			for _, r := range c.records {
				b, prev = appendLine(b, place{seq: r.seq, group: r.group, prev: prev, time: at.AddDate(0, 0, r.day)}, []byte(r.body))
			}
			if err := os.WriteFile(name, b, 0o600); err != nil {
				t.Fatal(err)
			}
			r, err := Verify(dir)
			if err != nil || r.Records != len(c.records) || len(r.Unfinished) > 0 {
				t.Fatalf("%+v, %v", r, err)
			}
			if c.want == "" && len(r.Broken) == 0 {
				return
			}
			if len(r.Broken) != 1 || c.want == "" || !strings.Contains(r.Broken[0].What, c.want) {
				t.Errorf("found %v, want %q", r.Broken, c.want)
			}
		})
	}
}
