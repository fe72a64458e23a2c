package audit

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"
)

// What is appended is in the file, whichever way it goes: with large and small records, after a
// failed write was cut off, and read by others meanwhile.
func TestAppendedIsInTheFile(t *testing.T) {
	dir := t.TempDir()
	files := 0
	rapid.Check(t, func(rt *rapid.T) {
		if files++; files > 25 {
			return
		}
		name := filepath.Join(dir, "segment")
		f, err := create(name)
		if err != nil {
			rt.Fatal(err)
		}
		s := &segment{file: f}
		var want []byte
		for i := range rapid.IntRange(1, 40).Draw(rt, "records") {
			b := bytes.Repeat([]byte{byte('a' + i%26)}, rapid.OneOf(rapid.IntRange(1, 900), rapid.IntRange(4000, 4200), rapid.IntRange(1, 300_000)).Draw(rt, "bytes"))
			if err := s.write(b); err != nil {
				rt.Fatal(err)
			}
			want = append(want, b...)
			if rapid.IntRange(0, 9).Draw(rt, "fails") == 0 { // as after a write that got somewhere
				if _, err := f.WriteAt([]byte("half a record"), s.size); err != nil {
					rt.Fatal(err)
				}
				s.dirty = true
			}
			got, err := os.ReadFile(name)
			if err != nil {
				rt.Fatal(err)
			}
			if !bytes.HasPrefix(got, want) {
				rt.Fatalf("after %d records of %d bytes in all the file is another", i+1, len(want))
			}
		}
		if err := s.close(); err != nil {
			rt.Fatal(err)
		}
		got, err := os.ReadFile(name)
		if err != nil || !bytes.Equal(got, want) {
			rt.Fatalf("%d bytes in the closed file, want %d (%v)", len(got), len(want), err)
		}
		if err := os.Remove(name); err != nil {
			rt.Fatal(err)
		}
	})
}
