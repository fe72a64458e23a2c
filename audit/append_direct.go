//go:build linux && (amd64 || arm64)

package audit

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// openedFile appends past the page cache and without holding a thread while the disk works, where
// the system can do that; otherwise with a write and a sync. Both make the same bytes durable.
type openedFile struct {
	*os.File
	appended int
	direct   *directWriter // nil: a write and a sync
}

// A file that gets few records, as that of a command, does not pay for preparing direct writes.
const appendsBeforeDirect = 8

func newFile(f *os.File) file { return &openedFile{File: f} }

// Append makes b durable at off, in space that was reserved and synced before, so that no metadata
// has to follow it.
func (f *openedFile) Append(b []byte, off int64) error {
	if f.appended++; f.appended == appendsBeforeDirect {
		f.direct = newDirectWriter(f.Name())
	}
	if f.direct != nil {
		done, err := f.direct.write(f.File, b, off)
		if done {
			return nil
		}
		if err != nil { // the plain way finds out what is wrong, if it is the disk
			f.direct.close()
			f.direct = nil
		}
	}
	if _, err := f.WriteAt(b, off); err != nil {
		return err
	}
	for {
		if err := unix.Fdatasync(int(f.Fd())); err != unix.EINTR {
			return err
		}
	}
}

func (f *openedFile) Truncate(size int64) error {
	if f.direct != nil {
		f.direct.end = -1
	}
	return f.File.Truncate(size)
}

func (f *openedFile) Close() error {
	if f.direct != nil {
		f.direct.close()
	}
	return f.File.Close()
}

// directWriter writes whole blocks from its own memory with io_submit, and waits for the disk as
// for a network connection: the goroutine sleeps and its thread goes on. See io_submit(2) and
// open(2), O_DIRECT; RWF_DSYNC makes each write durable as O_DSYNC does.
type directWriter struct {
	fd     int
	ctx    uintptr
	events *os.File // of event, an eventfd; it counts what is finished
	event  int
	memory []byte // not Go's: the kernel holds its address; requestSpace, then the blocks
	end    int64  // of what was written last; its last block is at the front of the blocks
}

const (
	blockSize    = 4096
	requestSpace = blockSize
	blockSpace   = 256 << 10
)

// newDirectWriter answers nil where the file system or the kernel, or who confines the process,
// refuses a part of it.
func newDirectWriter(name string) *directWriter {
	d := &directWriter{end: -1}
	var err error
	if d.fd, err = unix.Open(name, unix.O_WRONLY|unix.O_DIRECT|unix.O_CLOEXEC, 0); err != nil {
		return nil
	}
	if d.memory, err = unix.Mmap(-1, 0, requestSpace+blockSpace, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE); err != nil {
		d.close()
		return nil
	}
	if _, _, errno := unix.Syscall(unix.SYS_IO_SETUP, 1, uintptr(unsafe.Pointer(&d.ctx)), 0); errno != 0 {
		d.ctx = 0
		d.close()
		return nil
	}
	if d.event, err = unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC); err != nil {
		d.close()
		return nil
	}
	d.events = os.NewFile(uintptr(d.event), "eventfd")
	return d
}

// close is called when nothing is under way: write waits for what it submits.
func (d *directWriter) close() {
	if d.ctx != 0 {
		_, _, _ = unix.Syscall(unix.SYS_IO_DESTROY, d.ctx, 0, 0)
	}
	if d.events != nil {
		_ = d.events.Close()
	}
	if d.memory != nil {
		_ = unix.Munmap(d.memory)
	}
	_ = unix.Close(d.fd)
}

// request is struct iocb of linux/aio_abi.h on a machine whose lowest byte comes first.
type request struct {
	data      uint64
	key       uint32
	writeFlag uint32
	opcode    uint16
	priority  int16
	fd        uint32
	buf       uint64
	bytes     uint64
	offset    int64
	_         uint64
	flags     uint32
	resultFD  uint32
}

// completion is struct io_event.
type completion struct {
	data, request uint64
	result, _     int64
}

const (
	opWrite     = 1 // IOCB_CMD_PWRITE
	withEventFD = 1 // IOCB_FLAG_RESFD
)

// write reports whether b is durable. If it is not, and there is no error, it is larger than the
// memory for it.
func (d *directWriter) write(f *os.File, b []byte, off int64) (done bool, err error) {
	blocks := d.memory[requestSpace:]
	base := off &^ (blockSize - 1)
	before := int(off - base)
	size := (before + len(b) + blockSize - 1) &^ (blockSize - 1)
	if size > len(blocks) {
		d.end = -1
		return false, nil
	}
	if d.end != off && before > 0 {
		if _, err := f.ReadAt(blocks[:before], base); err != nil {
			return false, err
		}
	}
	d.end = -1
	copy(blocks[before:], b)
	clear(blocks[before+len(b) : size])
	if err := d.submit(base, size); err != nil {
		return false, err
	}
	last := (before + len(b)) &^ (blockSize - 1)
	copy(blocks, blocks[last:size])
	d.end = off + int64(len(b))
	return true, nil
}

// submit has the blocks written, and returns when they are durable or the disk has failed.
func (d *directWriter) submit(at int64, size int) error {
	r := (*request)(unsafe.Pointer(&d.memory[0]))
	*r = request{
		writeFlag: unix.RWF_DSYNC, opcode: opWrite, fd: uint32(d.fd), buf: uint64(uintptr(unsafe.Pointer(&d.memory[requestSpace]))), bytes: uint64(size), offset: at,
		flags: withEventFD, resultFD: uint32(d.event),
	}
	list := (*uintptr)(unsafe.Pointer(&d.memory[unsafe.Sizeof(*r)]))
	*list = uintptr(unsafe.Pointer(r))
	if n, _, errno := unix.Syscall(unix.SYS_IO_SUBMIT, d.ctx, 1, uintptr(unsafe.Pointer(list))); errno != 0 || n != 1 {
		return fmt.Errorf("write: %w", errno)
	}
	var count [8]byte
	_, _ = d.events.Read(count[:]) // without it the next call waits, and holds a thread
	var e completion
	for {
		n, _, errno := unix.Syscall6(unix.SYS_IO_GETEVENTS, d.ctx, 1, 1, uintptr(unsafe.Pointer(&e)), 0, 0)
		if n == 1 {
			break
		}
		if errno != unix.EINTR {
			return fmt.Errorf("write: %w", errno)
		}
	}
	switch {
	case e.result < 0:
		return fmt.Errorf("write: %w", unix.Errno(-e.result))
	case e.result != int64(size):
		return errors.New("write: the disk took less than it was given")
	}
	return nil
}
