package audit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"time"

	"inlay"
)

// Options are what a Log may be given. The zero value is the default.
type Options struct {
	Now  func() time.Time // time.Now
	Log  *slog.Logger     // slog.Default(); told when the log can no longer be written, and when it can again
	Size int64            // of a segment, 64 MB

	create func(name string) (file, error)
	queue  int
	gather time.Duration
}

// Log records what happens. It is safe for concurrent use. Nothing is made on disk before the
// first record.
type Log struct {
	opts Options
	w    writer
	wake chan struct{} // the goroutine has something to do
	done chan struct{} // the goroutine has ended
	end  error

	began time.Time   // when the last group was taken
	timer *time.Timer // of gather

	mu      sync.Mutex
	queue   []*item
	waiting int // of the queue, whom somebody waits for
	company int // gather waits for so many of them
	gathers bool
	bytes   int
	missed  Missed
	failed  bool // the last write failed: notes wait for the next try
	closed  bool
}

// item is a record on its way to the disk.
type item struct {
	time    time.Time
	body    []byte
	note    bool
	durable chan error // nobody listens to that of a note
}

// items are used again when nobody holds them any more: the one who waits for a record has heard
// that it is written, or the writer has written a note.
var items = sync.Pool{New: func() any { return &item{body: make([]byte, 0, 1024), durable: make(chan error, 1)} }}

const keptBody = 4096

func (it *item) free() {
	if cap(it.body) <= keptBody {
		items.Put(it)
	}
}

// Limits of the queue and of what is synced at once. The queue holds what arrives in about a
// tenth of a second, so that a disk that hangs is told to callers early.
const (
	maxQueue      = 4096
	maxQueueBytes = 64 << 20
	maxGroup      = 256
	maxGroupBytes = 1 << 20
	segmentSize   = 64 << 20
	retryAfter    = time.Second
	gatherFor     = time.Millisecond
)

// Open makes a Log that writes below a folder, which it makes if there is none. A folder that
// others may read or write is refused.
func Open(dir string, o Options) (*Log, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Size == 0 {
		o.Size = segmentSize
	}
	if o.create == nil {
		o.create = create
	}
	if o.queue == 0 {
		o.queue = maxQueue
	}
	if o.gather == 0 {
		o.gather = gatherFor
	}
	if err := os.MkdirAll(dir, 0o700); err != nil { //nolint:gosec // the operator names the folder
		return nil, fmt.Errorf("audit folder: %w", err)
	}
	info, err := os.Stat(dir) //nolint:gosec // see above
	if err != nil {
		return nil, fmt.Errorf("audit folder: %w", err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, inlay.Errorf(inlay.Invalid, "audit folder %q: others than its owner may use it (mode %v): take their rights away with chmod 700", dir, info.Mode().Perm())
	}
	l := &Log{opts: o, w: writer{dir: dir, opts: o}, wake: make(chan struct{}, 1), done: make(chan struct{}), timer: time.NewTimer(0)}
	go l.run()
	return l, nil
}

// Append records what happened and returns when the record is on disk. If it cannot be
// written, or more is waiting than the queue holds, the error is Unavailable and what was to
// be recorded must not happen. If ctx ends first, the record may be written nevertheless.
func (l *Log) Append(ctx context.Context, r Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	it, err := newItem(&r, false)
	if err != nil {
		return err
	}
	if !l.push(it) {
		it.free()
		return unavailable()
	}
	select {
	case err := <-it.durable:
		it.free()
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Note records what happened without waiting for the disk, and never holds a caller up. Notes
// that find no room, because the disk is full or does not answer, are counted in a record of
// kind Gap that is written as soon as that is possible.
func (l *Log) Note(r Record) {
	it, err := newItem(&r, true)
	if err != nil {
		l.opts.Log.Error("audit record refused", "kind", r.Kind, "request_id", r.Request, "error", err)
		l.mu.Lock()
		l.miss(0, 1)
		l.mu.Unlock()
		return
	}
	if !l.push(it) {
		it.free()
	}
}

// unavailable is the answer to who asks for something that cannot be recorded. The cause goes
// to the log of the server: it names files.
func unavailable() error {
	return &inlay.Error{Kind: inlay.Unavailable, Rule: "audit", Msg: "the audit log cannot be written, and nothing is done without its record",
		Remedy: "ask again later; the operator finds the cause in the server's log"}
}

func newItem(r *Record, note bool) (*item, error) {
	if r.Kind == "" || r.Kind == Begin || r.Kind == End || r.Kind == Gap {
		return nil, fmt.Errorf("audit record of kind %q: give one of a caller", r.Kind)
	}
	it := items.Get().(*item)
	it.note = note
	it.body = r.body(it.body[:0])
	if body := it.body; len(body) > maxBody {
		return nil, inlay.Errorf(inlay.Limit, "the record of this request has %d bytes, and the audit log takes %d: ask for less at once", len(body), maxBody)
	}
	return it, nil
}

// push queues a record and stamps it: the time is that of the place in the queue, so that the
// records of a writer are in the order of their times as long as the clock is.
func (l *Log) push(it *item) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	note := it.note
	if l.closed || len(l.queue) >= l.opts.queue || l.bytes+len(it.body) > maxQueueBytes {
		if note {
			l.miss(0, 1)
		} else {
			l.miss(1, 0)
		}
		return false
	}
	it.time = l.now()
	l.queue = append(l.queue, it)
	l.bytes += len(it.body)
	if !note {
		l.waiting++
	}
	if l.gathers && l.waiting < l.company || note && l.failed {
		return true
	}
	l.signal()
	return true
}

func (l *Log) now() time.Time { return l.opts.Now().UTC().Truncate(time.Microsecond) }

// miss counts, with l.mu held.
func (l *Log) miss(refused, lost int) {
	if l.missed.Since.IsZero() {
		l.missed.Since = l.now()
	}
	l.missed.Refused += refused
	l.missed.Lost += lost
}

func (l *Log) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// run is the one goroutine that writes.
func (l *Log) run() {
	defer close(l.done)
	for {
		l.gather()
		g := l.take()
		if len(g.items) == 0 && g.missed == (Missed{}) {
			if g.last {
				break
			}
			<-l.wake
			continue
		}
		if l.commit(g) {
			continue
		}
		if g.last {
			break
		}
		l.rest()
	}
	l.end = l.finish()
}

// gather waits for most of as many records as were on their way when the last group was: one sync
// for all of them costs what one for the first does. Who comes alone does not wait, and nobody
// longer than a millisecond after the last group.
func (l *Log) gather() {
	for {
		left := l.opts.gather - time.Since(l.began)
		l.mu.Lock()
		l.gathers = left > 0 && 0 < l.waiting && l.waiting < l.company && !l.closed
		on := l.gathers
		l.mu.Unlock()
		if !on {
			return
		}
		l.timer.Reset(left)
		select {
		case <-l.wake:
		case <-l.timer.C:
		}
	}
}

// group is what is written and synced at once: records of one day.
type group struct {
	items   []*item
	waiting int // for how many of them somebody waits
	missed  Missed
	last    bool // the log was closed
}

func (g group) time(now func() time.Time) time.Time {
	if len(g.items) > 0 {
		return g.items[0].time
	}
	return now()
}

// take takes a group from the front of the queue.
func (l *Log) take() group {
	l.began = time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	g := group{missed: l.missed, last: l.closed}
	n, size := 0, 0
	for n < len(l.queue) && n < maxGroup && size < maxGroupBytes && day(l.queue[n].time) == day(l.queue[0].time) {
		size += len(l.queue[n].body)
		if !l.queue[n].note {
			g.waiting++
		}
		n++
	}
	l.waiting -= g.waiting
	g.items = append(g.items, l.queue[:n]...)
	kept := copy(l.queue, l.queue[n:])
	clear(l.queue[kept:])
	l.queue = l.queue[:kept]
	l.bytes -= size
	return g
}

// commit writes a group and tells those who wait for it.
func (l *Log) commit(g group) bool {
	err := l.w.write(g, g.time(l.now))
	l.mu.Lock()
	was := l.failed
	l.failed = err != nil
	l.company = (g.waiting + l.waiting) * 3 / 4 // for the last of all to come would be too long
	if err == nil {
		l.missed.Refused -= g.missed.Refused
		l.missed.Lost -= g.missed.Lost
		if l.missed.Since = (time.Time{}); l.missed != (Missed{}) {
			l.missed.Since = l.now()
		}
	} else {
		l.putBack(g.items)
	}
	l.mu.Unlock()
	for _, it := range g.items {
		switch {
		case it.note && err == nil:
			it.free()
		case it.note: // it is in the queue again
		case err != nil:
			it.durable <- unavailable()
		default:
			it.durable <- nil
		}
	}
	if err != nil && !was {
		l.opts.Log.Error("audit log cannot be written: requests that need a record are refused", "error", err)
	} else if err == nil && was {
		l.opts.Log.Info("audit log is written again", "refused", g.missed.Refused, "lost", g.missed.Lost)
	}
	return err == nil
}

// putBack keeps the notes of a group that could not be written, with l.mu held. Who waits for
// a record is refused, so that his is not kept.
func (l *Log) putBack(items []*item) {
	var notes []*item
	for _, it := range items {
		if !it.note {
			l.miss(1, 0)
			continue
		}
		notes = append(notes, it)
		l.bytes += len(it.body)
	}
	l.queue = append(notes, l.queue...)
}

// rest waits after a failed write: for someone who needs a record, or a moment. The first
// write that succeeds ends it, so that the log recovers by itself.
func (l *Log) rest() {
	t := time.NewTimer(retryAfter)
	defer t.Stop()
	select {
	case <-l.wake:
	case <-t.C:
	}
}

// Close writes what is queued and ends the writer. It reports records that could not be
// written.
func (l *Log) Close() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.signal()
	<-l.done
	return l.end
}

// finish ends the writer, and refuses what is still in the queue after a failure.
func (l *Log) finish() error {
	l.mu.Lock()
	left, missed := l.queue, l.missed
	l.queue = nil
	l.mu.Unlock()
	for _, it := range left {
		if it.note {
			missed.Lost++
			continue
		}
		missed.Refused++
		it.durable <- unavailable()
	}
	if missed != (Missed{}) {
		return errors.Join(fmt.Errorf("audit log: %d records are lost and %d requests were refused: it could not be written", missed.Lost, missed.Refused), l.w.abandon())
	}
	return l.w.close(l.now())
}
