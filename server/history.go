package server

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"inlay"
)

// history keeps what is known of refreshes: one file each, below the data folder, so that every
// process of the folder sees how far a refresh is and can ask it to stop.
//
//	refreshes/{dataset}/{refresh}.json     how it stands; written anew as it goes on
//	refreshes/{dataset}/{refresh}.cancel   somebody wants it to stop
//	locks/{hash}                           locked by who refreshes the dataset
type history struct {
	dir string // the data folder
	now func() time.Time
}

// As the service does: at most 60 are kept, and no more than 20 that are older than three days.
const (
	mostRefreshes = 60
	oldRefreshes  = 20
	refreshAge    = 3 * 24 * time.Hour
)

func (h history) folder(dataset string) string { return filepath.Join(h.dir, "refreshes", dataset) }

func (h history) file(dataset, id, ext string) string {
	return filepath.Join(h.folder(dataset), id+ext)
}

// lock makes this process the one that changes the data of a dataset, which need not exist yet;
// nil if somebody else is.
func (h history) lock(workspace, name string) (release func(), err error) {
	dir := filepath.Join(h.dir, "locks")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(strings.ToLower(workspace + "\x00" + name)))
	for range lockTries {
		release, ok, err := lockFile(filepath.Join(dir, hex.EncodeToString(sum[:16])), false)
		if err != nil || ok {
			return release, err
		}
		time.Sleep(lockPause)
	}
	return nil, nil
}

// A lock is tried a few times: who has written down that a refresh ended gives it back a moment
// later, and who looks whether one was killed has it for a moment.
const (
	lockTries = 10
	lockPause = 20 * time.Millisecond
)

// write keeps how a refresh stands.
func (h history) write(r *inlay.Refresh) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(h.folder(r.DatasetID), 0o700); err != nil {
		return err
	}
	temp := h.file(r.DatasetID, r.ID, ".part")
	if err := os.WriteFile(temp, text, 0o600); err != nil {
		return err
	}
	return os.Rename(temp, h.file(r.DatasetID, r.ID, ".json"))
}

func (h history) read(dataset, id string) (inlay.Refresh, error) {
	var r inlay.Refresh
	text, err := os.ReadFile(h.file(dataset, id, ".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return r, inlay.Errorf(inlay.NotFound, "refresh %s of dataset %s was not found", id, dataset)
	}
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("the record of refresh %s is damaged: %w", id, err)
	}
	return r, nil
}

// find reads one refresh. One that goes on while nobody holds the dataset's lock was killed.
func (h history) find(d inlay.Dataset, id string) (inlay.Refresh, error) {
	r, err := h.read(d.ID, id)
	if err != nil || r.State.Ended() {
		return r, err
	}
	release, err := h.lock(d.WorkspaceID, d.Name)
	if err != nil || release == nil {
		return r, err
	}
	defer release()
	if r, err = h.read(d.ID, id); err != nil || r.State.Ended() { // it may have ended just now
		return r, err
	}
	return r, h.bury(&r)
}

// bury ends a refresh whose process is gone.
func (h history) bury(r *inlay.Refresh) error {
	r.State, r.EndedAt = inlay.RefreshFailed, h.now().UTC()
	if len(r.Attempts) == 0 {
		r.Attempts = []inlay.RefreshAttempt{{StartedAt: r.StartedAt}}
	}
	last := &r.Attempts[len(r.Attempts)-1]
	last.EndedAt, last.Code, last.Error = r.EndedAt, codeInterrupted, "the server ended while it refreshed the dataset"
	return h.write(r)
}

// list reads the refreshes of a dataset, the last first.
func (h history) list(d inlay.Dataset) ([]inlay.Refresh, error) {
	entries, err := os.ReadDir(h.folder(d.ID))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var list []inlay.Refresh
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok {
			continue
		}
		r, err := h.find(d, id)
		if inlay.KindOf(err) == inlay.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b inlay.Refresh) int { return b.StartedAt.Compare(a.StartedAt) })
	return list, nil
}

// trim makes room for one more refresh and tells when the last one began. The caller holds the
// lock: what goes on was killed.
func (h history) trim(d inlay.Dataset) (last time.Time, err error) {
	entries, err := os.ReadDir(h.folder(d.ID))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return last, err
	}
	err = nil
	var list []inlay.Refresh
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok {
			continue
		}
		r, err := h.read(d.ID, id)
		if err == nil && !r.State.Ended() {
			err = h.bury(&r)
		}
		if err != nil {
			return last, err
		}
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b inlay.Refresh) int { return b.StartedAt.Compare(a.StartedAt) })
	for i, r := range list {
		if i == 0 {
			last = r.StartedAt
		}
		if i >= mostRefreshes-1 || i >= oldRefreshes-1 && h.now().Sub(r.StartedAt) > refreshAge {
			err = errors.Join(err, os.Remove(h.file(d.ID, r.ID, ".json")), remove(h.file(d.ID, r.ID, ".cancel")))
		}
	}
	return last, err
}

// stop asks the process that refreshes to stop.
func (h history) stop(dataset, id string) error {
	return os.WriteFile(h.file(dataset, id, ".cancel"), nil, 0o600)
}

func (h history) stopped(dataset, id string) bool {
	_, err := os.Stat(h.file(dataset, id, ".cancel"))
	return err == nil
}

// remove removes a file that may be gone.
func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
