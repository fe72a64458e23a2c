package audit

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// FuzzSegment gives the readers a file that anything may have happened to. They end, they do
// not panic, and they agree: a log that Verify finds whole reads without damage.
func FuzzSegment(f *testing.F) {
	const writer = "20261121T080000.000000-0000000000000000"
	body := []byte(`"kind":"begin","heads":[],"format":1`)
	one, hash := appendLine(nil, place{seq: 1, group: 1, prev: origin, time: morning}, body)
	two, _ := appendLine(nil, place{seq: 2, group: 2, prev: hash, time: morning}, full().body(nil))
	both := append(append([]byte{}, one...), two...)
	for _, seed := range [][]byte{nil, one, both, both[:len(both)-1], both[:len(one)+20], append(both, make([]byte, 100)...), two, []byte("\n\n"), []byte("0\x00\n\n"), []byte("{\n"), make([]byte, 300),
		[]byte(`{"seq":18446744073709551615,`), append(append([]byte{}, one...), one...)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		dir := t.TempDir()
		name := filepath.Join(dir, writer, segmentName(1, "20261121"))
		if err := os.Mkdir(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Verify(dir)
		if err != nil {
			t.Fatal(err)
		}
		n, damage := 0, 0
		for _, err := range Read(dir, Query{}) {
			if err != nil {
				damage++
			} else {
				n++
			}
		}
		if len(r.Broken) == 0 && (damage > 0 || len(r.Unfinished) == 0 && n != r.Records) {
			t.Errorf("Verify: %+v; Read: %d records, %d damaged", r, n, damage)
		}
		if _, err := recentHeads(dir, ""); err != nil {
			t.Error(err)
		}
	})
}

// FuzzCursor asks of a continuation token that is accepted that it stays within a day.
func FuzzCursor(f *testing.F) {
	f.Add(Cursor{From: morning, To: morning.Add(time.Hour), After: map[string]uint64{"w": 3}}.String())
	f.Add("e30")
	f.Add("''")
	f.Add("'eyJmIjoiMjAyNi0xMS0yMVQwODowMDowMFoiLCJ0IjoiMjAyNi0xMi0yMVQwODowMDowMFoifQ'")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCursor(s)
		if err != nil {
			return
		}
		if d := c.To.Sub(c.From); d <= 0 || d > 24*time.Hour {
			t.Errorf("%v", c)
		}
		if _, _, err := Activity(t.TempDir(), c, EventFilter{}, 10); err != nil {
			t.Error(err)
		}
	})
}
