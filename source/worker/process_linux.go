package worker

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// Supported reports whether workers run here.
const Supported = true

// resident is the memory of a process in bytes, 0 if it is gone.
func resident(pid int) int64 {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		return 0
	}
	return residentOf(string(b))
}

// peak is the most memory that an ended process had. The kernel counts what this process had
// when it started the other as that of the other.
func peak(s *os.ProcessState) int64 {
	if u, ok := s.SysUsage().(*syscall.Rusage); ok {
		return u.Maxrss << 10
	}
	return 0
}

// pair makes the channel between the server and a worker.
func pair() (ours net.Conn, theirs *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	here := os.NewFile(uintptr(fds[0]), "worker")
	theirs = os.NewFile(uintptr(fds[1]), "server")
	ours, err = net.FileConn(here)
	_ = here.Close() // FileConn has a copy
	if err != nil {
		_ = theirs.Close()
		return nil, nil, err
	}
	return ours, theirs, nil
}

// program is this program as it runs, whatever lies at its path by now, in a group of its own
// that dies with the thread that starts it.
func program(args ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", args...) //nolint:gosec,noctx // this program; it lives longer than any request
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	return cmd
}

// tempPattern names the folders of pools, each locked by the server that made it.
const tempPattern = "inlay-workers-"

// makeTemp makes the folder of the workers' folders, and removes those of servers that were
// killed before they could.
func makeTemp() (dir string, lock *os.File, err error) {
	old, err := filepath.Glob(filepath.Join(os.TempDir(), tempPattern+"*"))
	if err != nil {
		return "", nil, err
	}
	for _, dir := range old {
		if lock, err := lockDir(dir); err == nil {
			_ = os.RemoveAll(dir) // the next start tries again
			_ = lock.Close()
		}
	}
	if dir, err = os.MkdirTemp("", tempPattern); err != nil {
		return "", nil, err
	}
	lock, err = lockDir(dir)
	return dir, lock, err
}

// lockDir locks a folder of ours, or fails if somebody has it.
func lockDir(dir string) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}
