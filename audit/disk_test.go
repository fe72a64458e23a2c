package audit

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"inlay"
)

// faulty is a file whose disk is full, or broken, while fault says so.
type faulty struct {
	file
	fault *atomic.Pointer[error]
	at    string // the operation that fails
	half  bool   // a write leaves half of it
}

func (f faulty) err(op string) error {
	if p := f.fault.Load(); p != nil && (f.at == op || f.at == "all") {
		return *p
	}
	return nil
}

func (f faulty) WriteAt(b []byte, off int64) (int, error) {
	if err := f.err("write"); err != nil {
		if f.half {
			n, _ := f.file.WriteAt(b[:len(b)/2], off)
			return n, err
		}
		return 0, err
	}
	return f.file.WriteAt(b, off)
}

func (f faulty) Truncate(n int64) error {
	if err := f.err("truncate"); err != nil {
		return err
	}
	return f.file.Truncate(n)
}

func (f faulty) Sync() error {
	if err := f.err("sync"); err != nil {
		return err
	}
	return f.file.Sync()
}

// Append fails after the data has got as far as the cache, where a reader sees it.
func (f faulty) Append(b []byte, off int64) error {
	if err := f.err("write"); err != nil {
		_, err := f.WriteAt(b, off)
		return err
	}
	if err := f.err("data"); err != nil {
		return errors.Join(f.file.Append(b, off), err)
	}
	return f.file.Append(b, off)
}

// refusesAndRecovers checks a log whose disk is made full and free again: what was
// acknowledged is there once, what was refused is not, and nobody had to restart anything.
func refusesAndRecovers(t *testing.T, dir string, o Options, fill, free func()) {
	t.Helper()
	l := open(t, dir, o)
	var acked []string
	refused := 0
	add := func(id string) bool {
		err := l.Append(t.Context(), Record{Kind: Generate, Request: id, Detail: strings.Repeat("x", 2000)})
		switch {
		case err == nil:
			acked = append(acked, id)
		case inlay.KindOf(err) == inlay.Unavailable:
			refused++
			if strings.Contains(err.Error(), dir) {
				t.Errorf("the error names a file: %v", err)
			}
		default:
			t.Fatal(err)
		}
		return err == nil
	}
	notes := 0
	for round := range 3 {
		if !add(fmt.Sprintf("%d before", round)) {
			t.Fatal("refused with room on the disk")
		}
		fill()
		n := 0
		for add(fmt.Sprintf("%d filling %d", round, n)) {
			if n++; n > 20_000 {
				t.Fatal("the disk does not get full")
			}
		}
		l.Note(Record{Kind: View, Request: "note"}) // waits for room
		notes++
		for i := range 3 {
			if add(fmt.Sprintf("%d full %d", round, i)) {
				t.Error("acknowledged on a full disk")
			}
		}
		for _, err := range Read(dir, Query{}) { // reading goes on
			if err != nil {
				t.Error(err)
			}
		}
		free()
		if !add(fmt.Sprintf("%d after", round)) {
			t.Fatal("refused although there is room again")
		}
	}
	shut(t, l)
	r := sound(t, dir)
	if len(r.Unfinished) > 0 || r.Missed.Refused != refused || r.Missed.Lost != 0 {
		t.Errorf("%v, %+v, refused %d", r.Unfinished, r.Missed, refused)
	}
	var got []string
	for _, e := range read(t, dir, Query{}) {
		switch e.Kind {
		case Generate:
			got = append(got, e.Request)
		case View:
			notes--
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(acked) || notes != 0 {
		t.Errorf("acknowledged %d, recorded %d, notes missing %d", len(acked), len(got), notes)
	}
}

func TestDiskFaults(t *testing.T) {
	for _, at := range []string{"write", "data", "sync", "all", "open"} {
		for _, half := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s half=%v", at, half), func(t *testing.T) {
				var fault atomic.Pointer[error]
				full := errors.New("no space left on device")
				o := Options{Size: 10_000, create: func(name string) (file, error) {
					if p := fault.Load(); p != nil && (at == "open" || at == "all") {
						return nil, *p
					}
					f, err := create(name)
					return faulty{f, &fault, at, half}, err
				}}
				refusesAndRecovers(t, folder(t), o, func() { fault.Store(&full) }, func() { fault.Store(nil) })
			})
		}
	}
}

// TestCloseSaysWhatIsLost shows that notes which never found room are not lost in silence.
func TestCloseSaysWhatIsLost(t *testing.T) {
	dir := folder(t)
	var fault atomic.Pointer[error]
	full := errors.New("no space left on device")
	l := open(t, dir, Options{create: func(name string) (file, error) {
		f, err := create(name)
		return faulty{f, &fault, "write", true}, err
	}})
	if err := l.Append(t.Context(), Record{Kind: Generate}); err != nil {
		t.Fatal(err)
	}
	fault.Store(&full)
	for range 100 {
		if err := l.Append(t.Context(), Record{Kind: Generate, Detail: strings.Repeat("x", 4000)}); err != nil {
			break
		}
	}
	l.Note(Record{Kind: View})
	l.Note(Record{Kind: View})
	if err := l.Close(); err == nil || !strings.Contains(err.Error(), "2 records are lost") {
		t.Errorf("Close: %v", err)
	}
	if r := sound(t, dir); r.Records < 2 {
		t.Errorf("%+v", r)
	}
}

// fillDisk makes a file that takes all room but some.
func fillDisk(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 64<<10)
	for err == nil {
		_, err = f.Write(block)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func removeFile(t *testing.T, name string) {
	t.Helper()
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
}
