package audit

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// sample is a log of two writers with several segments, and where its files lie.
func sample(t *testing.T, ended bool) (dir string, files []string) {
	t.Helper()
	dir = folder(t)
	for w := range 2 {
		l := open(t, dir, Options{Size: 1200})
		for i := range 6 {
			if err := l.Append(t.Context(), Record{Kind: Generate, Request: fmt.Sprintf("%d/%d", w, i), Token: "t"}); err != nil {
				t.Fatal(err)
			}
		}
		if ended || w == 0 {
			shut(t, l)
		} else {
			t.Cleanup(func() { _ = l.Close() })
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.log"))
	if err != nil || len(files) < 4 {
		t.Fatalf("%d segments, %v", len(files), err)
	}
	return dir, files
}

// change is a log with one file changed; it is put back afterwards.
func change(t *testing.T, name string, f func(b []byte) []byte, check func()) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, f(slices.Clone(b)), 0o600); err != nil {
		t.Fatal(err)
	}
	check()
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func broken(t *testing.T, dir, what string) {
	t.Helper()
	r, err := Verify(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Broken) == 0 {
		t.Errorf("%s: not found; unfinished: %v", what, r.Unfinished)
	}
}

// TestEveryChangedByteIsFound flips a bit of each byte of a log that was closed.
func TestEveryChangedByteIsFound(t *testing.T) {
	dir, files := sample(t, true)
	sound(t, dir)
	n := 0
	for i, name := range files {
		size := len(lines(t, name))
		step := 1
		if i > 0 {
			step = 13 // the first file byte by byte, of the others a part
		}
		for at := 0; at < size; at += step {
			change(t, name, func(b []byte) []byte { b[at] ^= 1; return b }, func() {
				n++
				broken(t, dir, fmt.Sprintf("bit 0 of byte %d of %s", at, filepath.Base(name)))
			})
		}
	}
	if n < 1000 {
		t.Errorf("%d changes", n)
	}
	sound(t, dir)
}

func lines(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.TrimRight(b, "\x00")
}

// TestEveryMovedRecordIsFound removes, doubles, swaps, forges and replaces each record of each
// segment, of a log that was closed and of one that is open.
func TestEveryMovedRecordIsFound(t *testing.T) {
	for _, closed := range []bool{true, false} {
		dir, files := sample(t, closed)
		for _, name := range files {
			open := !closed && name == files[len(files)-1]
			count := bytes.Count(lines(t, name), []byte("\n"))
			edit := func(what string, f func(list [][]byte) [][]byte) {
				change(t, name, func(b []byte) []byte {
					pad := len(b)
					b = bytes.TrimRight(b, "\x00")
					b = slices.Concat(f(bytes.SplitAfter(b, []byte("\n")))...)
					return append(b, make([]byte, max(0, pad-len(b)))...)
				}, func() { broken(t, dir, fmt.Sprintf("%s in %s, closed=%v", what, filepath.Base(name), closed)) })
			}
			for i := range count {
				// The newest records of a log that is open: nothing names them yet. TestTheNewestTail.
				if !(open && i == count-1) {
					edit(fmt.Sprint("remove ", i), func(l [][]byte) [][]byte { return slices.Delete(l, i, i+1) })
				}
				edit(fmt.Sprint("double ", i), func(l [][]byte) [][]byte { return slices.Insert(l, i, l[i]) })
				if i+1 < count {
					edit(fmt.Sprint("swap ", i), func(l [][]byte) [][]byte { l[i], l[i+1] = l[i+1], l[i]; return l })
				}
				if !(open && i == count-1) {
					edit(fmt.Sprint("forge ", i), func(l [][]byte) [][]byte {
						e, err := parseLine(bytes.TrimSuffix(l[i], []byte("\n")))
						if err != nil {
							t.Fatal(err)
						}
						e.Record.Token = "another" // with a hash that is right again
						l[i], _ = appendLine(nil, place{e.Seq, e.Group, e.Prev, e.Time}, e.Record.body(nil))
						return l
					})
				}
			}
			edit("add at the end", func(l [][]byte) [][]byte {
				added, _ := appendLine(nil, place{seq: 99, group: 99, prev: origin, time: morning}, full().body(nil))
				return append(l, added)
			})
		}
	}
}

func TestMissingFilesAreFound(t *testing.T) {
	dir, files := sample(t, true)
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
		broken(t, dir, "without "+name)
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
		moved := filepath.Join(filepath.Dir(name), strings.Replace(filepath.Base(name), "00-", "07-", 1))
		if moved = strings.Replace(moved, "-2", "-1", 1); os.Rename(name, moved) != nil {
			continue
		}
		broken(t, dir, "renamed "+name)
		if err := os.Rename(moved, name); err != nil {
			t.Fatal(err)
		}
	}
	first := filepath.Dir(files[0])
	if err := os.WriteFile(filepath.Join(first, "notes.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	broken(t, dir, "a strange file")
	if err := os.RemoveAll(first); err != nil {
		t.Fatal(err)
	}
	broken(t, dir, "without the first writer")
}

// TestTheNewestTail shows the one thing that the log alone cannot tell: that the newest records
// of a writer that is open, or that was killed, were cut off. The next writer names them, and
// so does whoever kept the heads.
func TestTheNewestTail(t *testing.T) {
	cut := func(t *testing.T, name string) {
		b := lines(t, name)
		b = b[:bytes.LastIndexByte(b[:len(b)-1], '\n')+1]
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("anchor", func(t *testing.T) {
		dir, files := sample(t, false)
		heads := sound(t, dir).Heads
		sound(t, dir, heads...)
		cut(t, files[len(files)-1])
		sound(t, dir)
		if r, err := Verify(dir, heads...); err != nil || len(r.Broken) != 1 || !strings.Contains(r.Broken[0].What, "anchor") {
			t.Errorf("%v, %v", r.Broken, err)
		}
	})
	t.Run("next writer", func(t *testing.T) {
		dir, files := sample(t, false)
		next := open(t, dir, Options{})
		next.Note(Record{Kind: Import})
		shut(t, next)
		sound(t, dir)
		cut(t, files[len(files)-1])
		broken(t, dir, "cut after the next writer had begun")
	})
	t.Run("anchor of a writer that is not there", func(t *testing.T) {
		dir, _ := sample(t, true)
		if r, err := Verify(dir, Head{Writer: "x", Seq: 1, Hash: origin}); err != nil || len(r.Broken) != 1 {
			t.Errorf("%v, %v", r.Broken, err)
		}
	})
}

// TestUnfinishedWrites shows what a killed process or a power failure leaves: it is named, is
// no break, and is not read.
func TestUnfinishedWrites(t *testing.T) {
	tail := func(seq, group uint64, prev string) ([]byte, string) {
		return appendLine(nil, place{seq: seq, group: group, prev: prev, time: morning}, Record{Kind: View, Request: "torn"}.body(nil))
	}
	for name, c := range map[string]struct {
		add    func(h Head) []byte
		broken bool
	}{
		"half a line":                {func(h Head) []byte { b, _ := tail(h.Seq+1, h.Seq+1, h.Hash); return b[:len(b)/2] }, false},
		"a line without its newline": {func(h Head) []byte { b, _ := tail(h.Seq+1, h.Seq+1, h.Hash); return b[:len(b)-1] }, false},
		"half a line in reserved space": {func(h Head) []byte {
			b, _ := tail(h.Seq+1, h.Seq+1, h.Hash)
			return append(b[:50], make([]byte, 5000)...)
		}, false},
		"a page that was not written": {func(h Head) []byte { b, _ := tail(h.Seq+1, h.Seq+1, h.Hash); clear(b[10:90]); return b }, false},
		"a page, and the rest of its group": {func(h Head) []byte {
			a, hash := tail(h.Seq+1, h.Seq+1, h.Hash)
			b, _ := tail(h.Seq+2, h.Seq+1, hash)
			clear(a[10:90])
			return append(a, b...)
		}, false},
		"a page, and a later group": {func(h Head) []byte {
			a, hash := tail(h.Seq+1, h.Seq+1, h.Hash)
			b, _ := tail(h.Seq+2, h.Seq+2, hash)
			clear(a[10:90])
			return append(a, b...)
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t)
			l := open(t, dir, Options{Now: func() time.Time { return morning }})
			if err := l.Append(t.Context(), Record{Kind: Generate}); err != nil {
				t.Fatal(err)
			}
			h := sound(t, dir).Heads[0]
			files, _ := filepath.Glob(filepath.Join(dir, "*", "*.log"))
			copied := folder(t)
			moved := filepath.Join(copied, h.Writer)
			if err := os.MkdirAll(moved, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(moved, filepath.Base(files[0])), append(lines(t, files[0]), c.add(h)...), 0o600); err != nil {
				t.Fatal(err)
			}
			shut(t, l)
			r, err := Verify(copied)
			if err != nil || (len(r.Broken) > 0) != c.broken || (len(r.Unfinished) == 1) == c.broken {
				t.Fatalf("broken %v, unfinished %v, %v", r.Broken, r.Unfinished, err)
			}
			if got := read(t, copied, Query{}); !c.broken && got[0].Kind != Generate {
				t.Errorf("read %v", got)
			}
			if c.broken {
				return
			}
			// The next writer goes on.
			next := open(t, copied, Options{})
			next.Note(Record{Kind: View})
			shut(t, next)
			if r := sound(t, copied); len(r.Unfinished) != 1 || r.Writers != 2 {
				t.Errorf("%+v", r)
			}
		})
	}
}
