package server

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"inlay"
	"inlay/source/duckdb"
)

// copyTree copies a folder whole or not at all.
func copyTree(from fs.FS, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	temp := to + ".part"
	if err := os.RemoveAll(temp); err != nil {
		return err
	}
	if err := os.CopyFS(temp, from); err != nil {
		return errors.Join(err, os.RemoveAll(temp))
	}
	return os.Rename(temp, to)
}

// discard removes a version that was not published, and the folder if nothing else is in it.
func discard(dir, version string) error {
	var err error
	for _, ext := range []string{"", ".duckdb", ".json"} {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, version+ext)))
	}
	_ = os.Remove(dir) // fails where there is another version
	return err
}

// prune keeps the versions that are named and those that somebody reads, and removes everything
// else: older ones, and what an import left that was killed. The version before the published
// one stays for other processes, which learn of the switch a moment later. Of the definition, which
// may be that of an older version, the folder stays.
func prune(dir, definition string, keep ...string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries { // by name, so that a version comes before its files
		version, ext, _ := strings.Cut(e.Name(), ".")
		if version != "" && slices.Contains(keep, version) || e.Name() == definition {
			continue
		}
		if ext == "" || ext == "duckdb" {
			if held, err := isRead(filepath.Join(dir, version+".duckdb")); err != nil {
				return err
			} else if held {
				keep = append(keep, version)
				continue
			}
		}
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// hold says that a version is read, until release is called.
func hold(data string) (release func(), err error) {
	if _, err := os.Stat(duckdb.SummaryFile(data)); err != nil {
		return func() {}, nil //nolint:nilerr // of an older Inlay: there is nothing to lock
	}
	release, ok, err := lockFile(duckdb.SummaryFile(data), true)
	if err == nil && !ok {
		err = inlay.Errorf(inlay.Conflict, "the data were replaced just now; ask again")
	}
	return release, err
}

// isRead reports whether a process has a version open.
func isRead(data string) (bool, error) {
	file := duckdb.SummaryFile(data)
	if _, err := os.Stat(file); err != nil {
		return false, nil //nolint:nilerr // see hold
	}
	release, ok, err := lockFile(file, false)
	if err != nil || !ok {
		return !ok, err
	}
	release()
	return false, nil
}

// clean removes what a refresh left that was killed.
func clean(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") || strings.HasSuffix(e.Name(), ".part") {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

// tidy logs what could not be removed: what was imported is published all the same, and the
// next import tries again.
func (s *Server) tidy(err error) {
	if err != nil {
		s.parts.log.Warn("remove what is no longer used", "error", err)
	}
}

// forgotten is the age from which a folder that the catalog does not know is nobody's. A
// younger one may be of an import under way in another process.
const forgotten = 24 * time.Hour

// sweep removes the folders of first imports that were killed: nothing will ask for their ids.
func (s *Server) sweep(ctx context.Context) error {
	known := map[string]func(id string) error{
		"datasets": func(id string) error { _, err := s.store.Dataset(ctx, id); return err },
		"reports":  func(id string) error { _, err := s.store.Report(ctx, id); return err },
		// what happened to a dataset goes with it
		"refreshes": func(id string) error { _, err := s.store.Dataset(ctx, id); return err },
	}
	for kind, find := range known {
		entries, err := os.ReadDir(filepath.Join(s.dir, kind))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for _, e := range entries {
			info, err := e.Info()
			if err != nil || time.Since(info.ModTime()) < forgotten {
				continue
			}
			if err := find(e.Name()); err == nil || inlay.KindOf(err) != inlay.NotFound {
				continue
			}
			if err := os.RemoveAll(filepath.Join(s.dir, kind, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
