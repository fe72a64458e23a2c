package audit

import (
	"bytes"
	"cmp"
	"container/heap"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Query says which records to read. The zero Query reads all.
type Query struct {
	From  time.Time // the first time
	To    time.Time // the first time that is no longer read
	Token string    // id of an embed token: its generation, and its uses
	Kinds []Kind
	After map[string]uint64 // by writer: the last record that was read before
}

func (q Query) wants(e Entry) bool {
	return (q.From.IsZero() || !e.Time.Before(q.From)) && (q.To.IsZero() || e.Time.Before(q.To)) &&
		(q.Token == "" || e.Token == q.Token) && (len(q.Kinds) == 0 || slices.Contains(q.Kinds, e.Kind))
}

// days reports whether records of a day may be wanted.
func (q Query) days(d string) bool {
	return (q.From.IsZero() || d >= day(q.From)) && (q.To.IsZero() || d <= day(q.To.Add(-1)))
}

// Read goes through the records of a folder: those of each writer in their order, and the
// writers merged by time. Each record is checked against its own hash; what is damaged is
// yielded as an error that says where it is, and reading goes on behind it. Whether something
// is missing, Verify says. A log that is being written can be read.
func Read(dir string, q Query) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		names, err := writers(dir)
		if err != nil {
			yield(Entry{}, fmt.Errorf("audit log: %w", err))
			return
		}
		var m merge
		defer m.stop()
		for _, name := range names {
			s, err := openStream(dir, name, q)
			if err != nil && !yield(Entry{}, err) {
				return
			}
			if s != nil {
				m = append(m, s)
			}
		}
		heap.Init(&m)
		for len(m) > 0 {
			s := m[0]
			if (s.err != nil || q.wants(s.entry)) && !yield(s.entry, s.err) {
				return
			}
			if s.advance() {
				heap.Fix(&m, 0)
			} else {
				s.stop()
				heap.Pop(&m)
			}
		}
	}
}

// stream is one writer's records, with the next in hand.
type stream struct {
	writer string
	pull   func() (Entry, error, bool)
	stop   func()
	entry  Entry
	err    error
	time   time.Time // of the latest so far: a clock that was set back does not reorder a writer
}

func openStream(dir, writer string, q Query) (*stream, error) {
	list, _, err := parts(dir, writer)
	if err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	wanted := false
	for _, p := range list {
		wanted = wanted || q.days(p.day)
	}
	if !wanted {
		return nil, nil
	}
	s := &stream{writer: writer}
	s.pull, s.stop = iter.Pull2(entries(dir, writer, list, q))
	if !s.advance() {
		s.stop()
		return nil, nil
	}
	return s, nil
}

func (s *stream) advance() bool {
	var ok bool
	if s.entry, s.err, ok = s.pull(); !ok {
		return false
	}
	if s.entry.Time.After(s.time) {
		s.time = s.entry.Time
	}
	return true
}

// merge is a heap of streams.
type merge []*stream

// Len is part of heap.Interface.
func (m merge) Len() int { return len(m) }

// Less is part of heap.Interface.
func (m merge) Less(i, j int) bool {
	if c := m[i].time.Compare(m[j].time); c != 0 {
		return c < 0
	}
	return cmp.Less(m[i].writer, m[j].writer)
}

// Swap is part of heap.Interface.
func (m merge) Swap(i, j int) { m[i], m[j] = m[j], m[i] }

// Push is part of heap.Interface.
func (m *merge) Push(x any) { *m = append(*m, x.(*stream)) }

// Pop is part of heap.Interface.
func (m *merge) Pop() any {
	last := (*m)[len(*m)-1]
	*m = (*m)[:len(*m)-1]
	return last
}

func (m merge) stop() {
	for _, s := range m {
		s.stop()
	}
}

// entries are the records of one writer in order.
func entries(dir, writer string, list []part, q Query) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		after := q.After[writer]
		for i, p := range list {
			if !q.days(p.day) || i+1 < len(list) && list[i+1].first <= after+1 {
				continue
			}
			last := i == len(list)-1
			if !segmentEntries(filepath.Join(dir, writer, p.name), last, after, func(e Entry, err error) bool {
				e.Writer = writer
				if err != nil {
					err = fmt.Errorf("audit log: %s/%s: %w", writer, p.name, err)
				}
				return yield(e, err)
			}) {
				return
			}
		}
	}
}

// segmentEntries reads one segment. In the last of a writer, what a write that did not finish
// may have left is passed over: nobody was told that it was there.
func segmentEntries(name string, last bool, after uint64, yield func(Entry, error) bool) bool {
	f, err := openSegment(name)
	if err != nil {
		return yield(Entry{}, err)
	}
	defer func() { _ = f.Close() }() // it was only read
	r := newPieces(f)
	for {
		p, err := r.next()
		if err == io.EOF {
			return true
		}
		if err != nil {
			return yield(Entry{}, err)
		}
		if seq, ok := lineSeq(p.text); ok && seq <= after && p.whole {
			continue
		}
		if p.blank() {
			continue
		}
		e, err := parseLine(p.text)
		if err == nil && !p.whole {
			err = errForm
		}
		if err != nil && last && p.torn() {
			continue
		}
		if err != nil {
			err = fmt.Errorf("byte %d: %w", p.offset, err)
		}
		if !yield(e, err) {
			return false
		}
	}
}

// smallSegment is read at once: a day may have more writers than a process may have files.
const smallSegment = 256 << 10

func openSegment(name string) (io.ReadCloser, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil || info.Size() > smallSegment {
		return f, err
	}
	b, err := io.ReadAll(f)
	return io.NopCloser(bytes.NewReader(b)), errors.Join(err, f.Close())
}
