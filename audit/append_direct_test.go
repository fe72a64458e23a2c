//go:build linux && (amd64 || arm64)

package audit

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// A log with many records goes past the page cache where the system can, and goes on without it
// where that fails later.
func TestManyRecordsAreWrittenDirectly(t *testing.T) {
	name := filepath.Join(t.TempDir(), "segment")
	f, err := create(name)
	if err != nil {
		t.Fatal(err)
	}
	s := &segment{file: f}
	opened := f.(*openedFile)
	var want []byte
	add := func() {
		b := bytes.Repeat([]byte("x"), 700+len(want)%91)
		if err := s.write(b); err != nil {
			t.Fatal(err)
		}
		want = append(want, b...)
	}
	for range 3 * appendsBeforeDirect {
		add()
	}
	if opened.direct == nil {
		fd, err := unix.Open(name, unix.O_WRONLY|unix.O_DIRECT|unix.O_CLOEXEC, 0)
		if err == nil {
			t.Fatalf("the file system takes direct writes, and none are made: %v", unix.Close(fd))
		}
		t.Logf("the file system takes no direct writes: %v", err)
	} else {
		if err := unix.Close(opened.direct.fd); err != nil { // the kernel refuses from now on
			t.Fatal(err)
		}
		opened.direct.fd = -1
		add()
		if opened.direct != nil {
			t.Error("a direct writer that failed is asked again")
		}
	}
	for range 3 {
		add()
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes in the file, want %d (%v)", len(got), len(want), err)
	}
}
