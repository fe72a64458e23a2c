package worker

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"unsafe"

	"github.com/landlock-lsm/go-landlock/landlock"
	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// closeInherited closes files and sockets above a number. The server opens its own so
// that no child has them; this holds for a library that forgot.
func closeInherited(keep int) error {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return err
	}
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		if err != nil || fd <= keep {
			continue
		}
		var st unix.Stat_t
		if unix.Fstat(fd, &st) != nil {
			continue // the folder that was just read
		}
		switch st.Mode & unix.S_IFMT {
		case unix.S_IFREG, unix.S_IFDIR, unix.S_IFSOCK, unix.S_IFIFO, unix.S_IFBLK:
			if err := unix.Close(fd); err != nil {
				return err
			}
		}
	}
	return nil
}

// residentMeter measures the memory of this process, also after /proc is out of reach.
func residentMeter() (func() int64, error) {
	f, err := os.Open("/proc/self/statm")
	if err != nil {
		return nil, err
	}
	return func() int64 {
		b := make([]byte, 128)
		n, err := f.ReadAt(b, 0)
		if err != nil && err != io.EOF {
			return 0
		}
		return residentOf(string(b[:n]))
	}, nil
}

// residentOf reads a line of statm.
func residentOf(line string) int64 {
	f := strings.Fields(line)
	if len(f) < 2 {
		return 0
	}
	resident, err := strconv.ParseInt(f[1], 10, 64)
	if err != nil {
		return 0
	}
	return resident * int64(os.Getpagesize())
}

// confine closes what a worker does not need, for good: files but those that it is told, the
// network, other processes. It does what the kernel can and says what it cannot.
func confine(s setup) (Confinement, error) {
	if err := limit(s); err != nil {
		return Confinement{}, err
	}
	var c Confinement
	var errs [2]error
	if c.Landlock, errs[0] = closeFiles(s); errs[0] != nil {
		c.Landlock = 0
	}
	errs[1] = refuseCalls()
	c.Calls = errs[1] == nil
	return c, errors.Join(errs[:]...)
}

// limit sets what the kernel holds.
func limit(s setup) error {
	for _, l := range []struct {
		what int
		most uint64
	}{{unix.RLIMIT_CORE, 0}, {unix.RLIMIT_DATA, uint64(s.Data)}, {unix.RLIMIT_FSIZE, uint64(s.Limits.Disk)}, {unix.RLIMIT_NOFILE, 256}} {
		if l.most == 0 && l.what != unix.RLIMIT_CORE {
			continue
		}
		if err := unix.Setrlimit(l.what, &unix.Rlimit{Cur: l.most, Max: l.most}); err != nil {
			return fmt.Errorf("limit %d: %w", l.what, err)
		}
	}
	// Where the machine runs out of memory, a worker is what can be spared.
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("500"), 0)
	return nil
}

// ownGroup stays open; see closeFiles.
var ownGroup *os.File

// closeFiles leaves a worker the files that it is told, and gives the version of Landlock.
func closeFiles(s setup) (int, error) {
	abi, err := ll.LandlockGetABIVersion()
	if err != nil || abi < 1 {
		return 0, errors.New("this kernel has no Landlock, which keeps the worker from the files of others")
	}
	rules := []landlock.Rule{landlock.RWDirs(s.Temp)}
	// DuckDB asks for the limits of its control group whenever it opens a file, and ends the
	// process if it may not. The rule is tied to what is found now, which lives as long as it is open.
	if ownGroup, err = os.Open("/proc/self/cgroup"); err == nil {
		rules = append(rules, landlock.PathAccess(ll.AccessFSReadFile, ownGroup.Name()), landlock.PathAccess(ll.AccessFSReadFile, "/sys/fs/cgroup").IgnoreIfMissing())
	}
	for _, p := range s.Read {
		info, err := os.Stat(p)
		if err != nil {
			return 0, err
		}
		rights := landlock.AccessFSSet(ll.AccessFSReadFile)
		if info.IsDir() {
			rights |= ll.AccessFSReadDir
		}
		rules = append(rules, landlock.PathAccess(rights, p))
	}
	// What a newer kernel can close is closed there; files are from the first version on.
	return abi, landlock.V9.BestEffort().Restrict(rules...)
}

// refused are system calls that an engine that reads its files never needs: those that make a
// channel to somewhere, start a program, look into another process or change the machine.
var refused = []uint32{
	unix.SYS_SOCKET, unix.SYS_SOCKETPAIR, unix.SYS_CONNECT, unix.SYS_BIND, unix.SYS_LISTEN, unix.SYS_IO_URING_SETUP,
	unix.SYS_EXECVE, unix.SYS_EXECVEAT,
	unix.SYS_KILL, unix.SYS_TKILL, unix.SYS_RT_SIGQUEUEINFO, unix.SYS_RT_TGSIGQUEUEINFO, unix.SYS_PIDFD_SEND_SIGNAL,
	unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_PIDFD_OPEN, unix.SYS_PIDFD_GETFD, unix.SYS_KCMP,
	unix.SYS_UNSHARE, unix.SYS_SETNS, unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_PIVOT_ROOT, unix.SYS_CHROOT, unix.SYS_OPEN_TREE, unix.SYS_MOVE_MOUNT,
	unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN, unix.SYS_USERFAULTFD, unix.SYS_KEYCTL, unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY,
	unix.SYS_INIT_MODULE, unix.SYS_FINIT_MODULE, unix.SYS_DELETE_MODULE, unix.SYS_KEXEC_LOAD, unix.SYS_REBOOT,
	unix.SYS_SWAPON, unix.SYS_SWAPOFF, unix.SYS_SETTIMEOFDAY, unix.SYS_CLOCK_SETTIME, unix.SYS_OPEN_BY_HANDLE_AT,
	unix.SYS_MSGGET, unix.SYS_SHMGET, unix.SYS_SEMGET, unix.SYS_MQ_OPEN,
}

// refuseCalls makes the kernel answer EPERM to refused calls, in all threads. A call of another
// architecture's table ends the process.
func refuseCalls() error {
	arch, ok := auditArch()
	if !ok {
		return errors.New("system calls are not known for this processor")
	}
	const (
		load  = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		equal = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		least = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
		ret   = unix.BPF_RET | unix.BPF_K
		// Offsets in struct seccomp_data.
		number, machine, firstArgument = 0, 4, 16
		eperm                          = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
	)
	program := []unix.SockFilter{
		{Code: load, K: machine},
		{Code: equal, K: arch, Jt: 1},
		{Code: ret, K: unix.SECCOMP_RET_KILL_PROCESS},
		{Code: load, K: number},
		{Code: least, K: 0x40000000, Jf: 1}, // the x32 table
		{Code: ret, K: unix.SECCOMP_RET_KILL_PROCESS},
		// Threads of this process are signalled by the runtime, those of others are not.
		{Code: equal, K: unix.SYS_TGKILL, Jf: 4},
		{Code: load, K: firstArgument},
		{Code: equal, K: uint32(os.Getpid()), Jt: 1},
		{Code: ret, K: eperm},
		{Code: ret, K: unix.SECCOMP_RET_ALLOW},
	}
	for _, call := range refused {
		program = append(program, unix.SockFilter{Code: equal, K: call, Jf: 1}, unix.SockFilter{Code: ret, K: eperm})
	}
	program = append(program, unix.SockFilter{Code: ret, K: unix.SECCOMP_RET_ALLOW})
	runtime.LockOSThread() // both calls are made by one thread; the second is for all
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	p := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	thread, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&p))) //nolint:gosec // the call takes a pointer
	if errno != 0 {
		return errno
	}
	if thread != 0 {
		return fmt.Errorf("thread %d has rules of its own", thread)
	}
	return nil
}

func auditArch() (uint32, bool) {
	switch runtime.GOARCH {
	case "amd64":
		return unix.AUDIT_ARCH_X86_64, true
	case "arm64":
		return unix.AUDIT_ARCH_AARCH64, true
	}
	return 0, false
}
