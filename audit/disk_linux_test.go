package audit

import (
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
)

// TestDiskFull fills a real file system of 4 MB. Where mounting one is not allowed, the two
// tests beside it still have a kernel that refuses, and a disk that fails in every operation.
func TestDiskFull(t *testing.T) {
	mount := t.TempDir()
	if err := syscall.Mount("tmpfs", mount, "tmpfs", 0, "size=4m"); err != nil {
		t.Skipf("mounting a file system needs rights that this user lacks (%v); TestFileTooLarge and TestDiskFaults have run", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(mount, 0); err != nil {
			t.Error(err)
		}
	})
	rest := filepath.Join(mount, "rest")
	refusesAndRecovers(t, filepath.Join(mount, "audit"), Options{Size: 100_000},
		func() { fillDisk(t, rest) }, func() { removeFile(t, rest) })
}

// TestFileTooLarge has the kernel refuse to let files grow, which needs no rights.
func TestFileTooLarge(t *testing.T) {
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	set := func(n uint64) {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: was.Max}); err != nil {
			t.Error(err)
		}
	}
	defer set(was.Cur)
	dir := folder(t)
	refusesAndRecovers(t, dir, Options{}, func() {
		// As large as the segment is now, so that it cannot grow.
		var size int64
		names, err := filepath.Glob(filepath.Join(dir, "*", "*.log"))
		if err != nil || len(names) != 1 {
			t.Fatalf("%v, %v", names, err)
		}
		info, err := os.Stat(names[0])
		if err != nil {
			t.Fatal(err)
		}
		size = info.Size()
		set(uint64(size))
	}, func() { set(was.Cur) })
}
