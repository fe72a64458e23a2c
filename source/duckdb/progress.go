package duckdb

import (
	"sync"
	"time"
)

// State is what happens to a partition.
type State string

// States of a partition, in their order.
const (
	Waiting State = "Waiting"
	Reading State = "Reading"
	Kept    State = "Kept" // carried over from the last version
	Done    State = "Done"
)

// Progress is how far the refresh of a partition is.
type Progress struct {
	Table, Partition string
	State            State
	Rows             int64
	Bytes, Size      int64 // read so far of the files that were opened, and how large they are; 0 if there are none
	Elapsed          time.Duration
}

// Rate is rows per second.
func (p Progress) Rate() float64 {
	if p.Elapsed <= 0 {
		return 0
	}
	return float64(p.Rows) / p.Elapsed.Seconds()
}

// Remaining estimates how long reading will go on; false where nothing says how much there is.
func (p Progress) Remaining() (time.Duration, bool) {
	if p.State != Reading || p.Bytes <= 0 || p.Size < p.Bytes {
		return 0, false
	}
	return time.Duration(float64(p.Elapsed) * float64(p.Size-p.Bytes) / float64(p.Bytes)), true
}

// told is how often the progress of a partition is reported, at most.
const told = 100 * time.Millisecond

// teller reports progress, one report at a time.
type teller struct {
	mu   sync.Mutex
	tell func(Progress)
}

// meter follows one partition.
type meter struct {
	to    *teller
	now   Progress
	start time.Time
	last  time.Time
}

func (t *teller) meter(table, partition string) *meter {
	return &meter{to: t, now: Progress{Table: table, Partition: partition, State: Waiting}}
}

// begin starts the clock.
func (m *meter) begin(s State) {
	m.start = time.Now()
	m.set(s)
}

func (m *meter) set(s State) {
	m.now.State = s
	m.report()
}

// add counts rows, and reports them if the last report is old enough.
func (m *meter) add(rows int, bytes, size int64) {
	m.now.Rows += int64(rows)
	m.now.Bytes, m.now.Size = bytes, size
	if time.Since(m.last) >= told {
		m.report()
	}
}

func (m *meter) report() {
	m.last = time.Now()
	if !m.start.IsZero() {
		m.now.Elapsed = m.last.Sub(m.start)
	}
	if m.to.tell == nil {
		return
	}
	m.to.mu.Lock()
	defer m.to.mu.Unlock()
	m.to.tell(m.now)
}
