package audit

import (
	"os"
	"syscall"
)

// syncData makes what was written durable. The space was reserved and synced before, so that
// no metadata has to follow it.
func syncData(f *os.File) error {
	for {
		if err := syscall.Fdatasync(int(f.Fd())); err != syscall.EINTR {
			return err
		}
	}
}
