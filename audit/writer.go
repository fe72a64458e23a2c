package audit

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// writer numbers and chains the records of one process. Only the goroutine of its Log uses it.
type writer struct {
	dir  string
	opts Options
	id   string // name of its folder; empty before the first record
	seg  *segment
	seq  uint64
	prev string
	buf  []byte
}

// write appends a group and syncs it. After an error nothing has changed, and the same group
// or another may be written.
func (w *writer) write(g group, at time.Time) error {
	if err := w.open(at); err != nil {
		return err
	}
	p := place{seq: w.seq, group: w.seq + 1, prev: w.prev}
	b := w.buf[:0]
	add := func(t time.Time, body []byte) {
		p.seq++
		p.time = t
		b, p.prev = appendLine(b, p, body)
	}
	if w.seq == 0 {
		p.prev = origin
		body, err := w.begin()
		if err != nil {
			return err
		}
		add(at, body)
	}
	if g.missed != (Missed{}) {
		body, err := json.Marshal(g.missed)
		if err != nil {
			return err
		}
		add(at, append([]byte(`"kind":"gap","gap":`), body...))
	}
	for _, it := range g.items {
		add(it.time, it.body)
	}
	return w.put(b, p)
}

// put writes lines, and remembers the place of the last.
func (w *writer) put(b []byte, p place) error {
	w.buf = nil
	if cap(b) <= 2*maxGroupBytes { // a rare giant is not kept
		w.buf = b
	}
	if err := w.seg.write(b); err != nil {
		return err
	}
	w.seq, w.prev = p.seq, p.prev
	return nil
}

// begin is the first record: it names the last records of the writers before, so that none of
// them can vanish afterwards.
func (w *writer) begin() ([]byte, error) {
	heads, err := recentHeads(w.dir, w.id)
	if err != nil {
		w.opts.Log.Warn("audit log: an earlier writer cannot be read; inlay audit verify says more", "error", err)
	}
	body, err := json.Marshal(heads)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, `"kind":"begin","heads":%s,"format":%d`, body, format), nil
}

// open makes the folder and the segment that a record of this time goes into.
func (w *writer) open(at time.Time) error {
	if w.id == "" {
		random := make([]byte, 8)
		rand.Read(random) // never fails, by contract
		id := at.UTC().Format("20060102T150405.000000") + "-" + hex.EncodeToString(random)
		if err := os.Mkdir(filepath.Join(w.dir, id), 0o700); err != nil {
			return err
		}
		w.id = id
	}
	if w.seg != nil && w.seg.day == day(at) && w.seg.size < w.opts.Size {
		return nil
	}
	if w.seg != nil {
		w.seg.dirty = true // gives back what was reserved
		if err := w.seg.repair(); err != nil {
			return err
		}
	}
	folder := filepath.Join(w.dir, w.id)
	f, err := w.opts.create(filepath.Join(folder, segmentName(w.seq+1, day(at))))
	if err != nil {
		return err
	}
	if err := errors.Join(syncFolder(folder), syncFolder(w.dir)); err != nil {
		return errors.Join(err, f.Close())
	}
	if w.seg != nil {
		w.seg.file.Close() //nolint:errcheck // all in it is durable
		w.head()
	}
	w.seg = &segment{file: f, day: day(at)}
	return nil
}

// head writes the aid of that name; without it less can be found, and nothing is lost.
func (w *writer) head() {
	if err := writeHead(filepath.Join(w.dir, w.id), Head{Seq: w.seq, Hash: w.prev}); err != nil {
		w.opts.Log.Warn("audit log: the place of the last record was not kept", "writer", w.id, "error", err)
	}
}

// close ends the writer in order.
func (w *writer) close(at time.Time) error {
	if w.seq == 0 {
		return w.abandon()
	}
	if err := w.open(at); err != nil {
		return errors.Join(err, w.abandon())
	}
	p := place{seq: w.seq + 1, group: w.seq + 1, prev: w.prev, time: at}
	b, hash := appendLine(nil, p, []byte(`"kind":"end"`))
	p.prev = hash
	if err := w.put(b, p); err != nil {
		return errors.Join(err, w.abandon())
	}
	err := w.seg.close()
	w.head()
	return err
}

// abandon closes the file.
func (w *writer) abandon() error {
	if w.seg == nil {
		return nil
	}
	return w.seg.close()
}
