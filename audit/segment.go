package audit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// file is what a segment needs of a file, so that a test can have one that is full or broken.
type file interface {
	WriteAt(b []byte, off int64) (int, error)
	Append(b []byte, off int64) error // durable when it returns, in space that was reserved
	Truncate(size int64) error
	Sync() error // data and metadata
	Close() error
}

// create makes a segment for its owner alone. One that is there and empty is what an attempt
// left that did not get further.
func create(name string) (file, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Size() > 0 {
		err = fmt.Errorf("%s: there is such a segment", name)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return newFile(f), nil
}

// segment is the file that a writer appends to. The space before it is needed is filled with
// zeros: a sync that changes no metadata costs half.
type segment struct {
	file  file
	day   string
	size  int64 // what is in it and durable
	space int64 // what is reserved
	dirty bool  // a write or a sync failed: what is behind size is of no use
}

const dayLayout = "20060102"

func day(t time.Time) string { return t.UTC().Format(dayLayout) }

// segmentName has the number of the first record, so that a missing segment is seen, and the
// day, so that a reader finds its files.
func segmentName(first uint64, day string) string { return fmt.Sprintf("%015d-%s.log", first, day) }

// parseSegmentName is the inverse of segmentName.
func parseSegmentName(name string) (first uint64, day string, ok bool) {
	number, rest, _ := strings.Cut(name, "-")
	day, isLog := strings.CutSuffix(rest, ".log")
	first, err := strconv.ParseUint(number, 10, 64)
	if _, e := time.Parse(dayLayout, day); err != nil || e != nil || !isLog || segmentName(first, day) != name {
		return 0, "", false
	}
	return first, day, true
}

// Space is reserved in steps that grow with the segment, so that a command that writes one
// record does not fill a megabyte.
const (
	minStep = 64 << 10
	maxStep = 1 << 20
)

var zeros [minStep]byte

// write appends and syncs. If it fails, the segment is as before once repair has succeeded.
func (s *segment) write(b []byte) error {
	if err := s.repair(); err != nil {
		return err
	}
	if err := s.reserve(int64(len(b))); err != nil {
		return err
	}
	s.dirty = true
	if err := s.file.Append(b, s.size); err != nil {
		return err
	}
	s.dirty = false
	s.size += int64(len(b))
	return nil
}

// repair cuts off what a failed write may have left.
func (s *segment) repair() error {
	if !s.dirty {
		return nil
	}
	if err := s.file.Truncate(s.size); err != nil {
		return err
	}
	s.space = s.size
	if err := s.file.Sync(); err != nil {
		return err
	}
	s.dirty = false
	return nil
}

// reserve makes room for n bytes. Space that does not suffice is given back, so that a full
// disk is not kept full.
func (s *segment) reserve(n int64) error {
	if s.size+n <= s.space {
		return nil
	}
	s.dirty = true
	end := (s.size + n + min(max(s.size, minStep), maxStep) + minStep - 1) / minStep * minStep // whole blocks of any disk
	for at := s.space; at < end; at += minStep {
		if _, err := s.file.WriteAt(zeros[:min(minStep, end-at)], at); err != nil {
			return errors.Join(err, s.repair())
		}
	}
	if err := s.file.Sync(); err != nil {
		return errors.Join(err, s.repair())
	}
	s.space, s.dirty = end, false
	return nil
}

// close gives back what was reserved.
func (s *segment) close() error {
	s.dirty = true
	return errors.Join(s.repair(), s.file.Close())
}

// syncFolder makes a new name in a folder durable.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // folders cannot be synced there
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// writeHead keeps the place up to which a segment or a writer was complete, so that a file
// that was cut off later is found. It is an aid: the chain does not rest on it.
func writeHead(dir string, h Head) error {
	name := filepath.Join(dir, headName)
	f, err := os.OpenFile(name+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%d %s\n", h.Seq, h.Hash)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(name+".new", name); err != nil {
		return err
	}
	return syncFolder(dir)
}

// headName is the file in a writer's folder beside its segments.
const headName = "head"

// readHead reads what writeHead wrote. ok is false if there is none.
func readHead(dir, writer string) (h Head, ok bool, err error) {
	b, err := os.ReadFile(filepath.Join(dir, writer, headName))
	if errors.Is(err, os.ErrNotExist) {
		return h, false, nil
	}
	if err != nil {
		return h, false, err
	}
	seq, hash, _ := strings.Cut(strings.TrimSuffix(string(b), "\n"), " ")
	h = Head{Writer: writer, Hash: hash}
	if h.Seq, err = strconv.ParseUint(seq, 10, 64); err != nil || len(hash) != hashText {
		return h, false, fmt.Errorf("%s is not readable", filepath.Join(writer, headName))
	}
	return h, true, nil
}
