package audit

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
)

// Report is what Verify found.
type Report struct {
	Writers    int
	Records    int
	Missed     Missed    // what the log itself says it could not record, over all times
	Broken     []Finding // what must not be
	Unfinished []Finding // traces of writes that nobody was told of: a process or a machine stopped
	Heads      []Head    // the last record of each writer; kept elsewhere, they are anchors for a later Verify
}

// Finding is something that Verify found, and where.
type Finding struct {
	Writer  string `json:"writer"`
	Segment string `json:"segment,omitzero"`
	Seq     uint64 `json:"seq,omitzero"` // of the record, or of the one before the place
	What    string `json:"what"`
}

// String is the finding on one line.
func (f Finding) String() string {
	place := f.Writer
	if f.Segment != "" {
		place += "/" + f.Segment
	}
	if f.Seq > 0 {
		place += fmt.Sprintf(", record %d", f.Seq)
	}
	return place + ": " + f.What
}

// maxFindings bounds a report about a log that is broken throughout.
const maxFindings = 1000

// Verify checks a folder: the hash of each record, the numbers and the chain of each writer,
// that segments are whole, and that the records are there that later writers, the head files
// and the anchors name. It changes nothing. A log that is being written can be verified. The
// error is that of reading; what is wrong with the log is in the report.
func Verify(dir string, anchors ...Head) (Report, error) {
	v := &verifier{dir: dir, want: map[string][]wanted{}}
	for _, h := range anchors {
		v.want[h.Writer] = append(v.want[h.Writer], wanted{h, "the anchor that was given"})
	}
	names, err := writers(dir)
	if err != nil {
		return v.report, fmt.Errorf("audit log: %w", err)
	}
	for _, name := range names {
		if err := v.named(name); err != nil {
			return v.report, fmt.Errorf("audit log: %w", err)
		}
	}
	for _, name := range names {
		if err := v.writer(name); err != nil {
			return v.report, fmt.Errorf("audit log: %w", err)
		}
		delete(v.want, name)
	}
	for _, name := range slices.Sorted(maps.Keys(v.want)) {
		v.broken(Finding{Writer: name, What: fmt.Sprintf("the writer is missing; %s names it", v.want[name][0].by)})
	}
	v.report.Writers = len(names)
	return v.report, nil
}

// wanted is a record that must be there, and who says so.
type wanted struct {
	Head
	by string
}

type verifier struct {
	dir    string
	want   map[string][]wanted // by writer
	report Report
}

func (v *verifier) broken(f Finding) {
	if len(v.report.Broken) < maxFindings {
		v.report.Broken = append(v.report.Broken, f)
	}
}

// named collects what a writer's first record and its head file say must be there.
func (v *verifier) named(name string) error {
	h, ok, err := readHead(v.dir, name)
	if err != nil {
		v.broken(Finding{Writer: name, What: err.Error()})
	} else if ok {
		v.want[name] = append(v.want[name], wanted{h, "its file " + headName})
	}
	list, _, err := parts(v.dir, name)
	if err != nil || len(list) == 0 {
		return err
	}
	f, err := openSegment(filepath.Join(v.dir, name, list[0].name))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	p, err := newPieces(f).next()
	if err == io.EOF {
		return nil
	}
	if err != nil {
		return err
	}
	if e, err := parseLine(p.text); err == nil {
		for _, h := range e.Heads {
			v.want[h.Writer] = append(v.want[h.Writer], wanted{h, "the first record of " + name})
		}
	}
	return nil
}

// writer checks one writer from its first record to its last.
func (v *verifier) writer(name string) error {
	list, others, err := parts(v.dir, name)
	if err != nil {
		return err
	}
	for _, o := range others {
		v.broken(Finding{Writer: name, Segment: o, What: "this file is no part of the log"})
	}
	c := &chain{v: v, writer: name, prev: origin, want: v.want[name]}
	slices.SortFunc(c.want, func(a, b wanted) int { return cmp.Compare(a.Seq, b.Seq) })
	for i, p := range list {
		if err := c.segment(p, i == len(list)-1); err != nil {
			return err
		}
	}
	c.missing(0)
	if c.seq > 0 && c.prev != "" {
		v.report.Heads = append(v.report.Heads, Head{name, c.seq, c.prev})
	}
	return nil
}

// chain is the check of one writer on its way.
type chain struct {
	v      *verifier
	writer string
	part   part
	seq    uint64 // of the last good record
	prev   string // its hash; empty behind a record that is damaged
	ended  bool
	want   []wanted // still to come, by number
	hole   *Finding // in the last segment, what looks like a write that did not finish
}

func (c *chain) broken(what string) {
	c.v.broken(Finding{c.writer, c.part.name, c.seq, what})
}

func (c *chain) segment(p part, last bool) error {
	c.part = p
	if p.first != c.seq+1 {
		c.broken(fmt.Sprintf("the segment begins with record %d and not %d: a segment is missing, was cut off or renamed", p.first, c.seq+1))
	}
	f, err := openSegment(filepath.Join(c.v.dir, c.writer, p.name))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	r := newPieces(f)
	for {
		piece, err := r.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		c.piece(piece, last)
	}
	if c.hole != nil {
		c.v.report.Unfinished = append(c.v.report.Unfinished, *c.hole)
	}
	return nil
}

// piece checks what stands between two newlines.
func (c *chain) piece(p piece, last bool) {
	if p.blank() {
		return
	}
	e, err := parseLine(p.text)
	if err == nil && !p.whole {
		err = errForm
	}
	switch {
	case err == nil && c.hole != nil && e.Group <= c.seq+1 && e.Seq > c.seq:
		// Written together with what is missing before it: nobody was told of it, either. A
		// later writer may have named it.
		c.found(e)
	case err == nil:
		if c.hole != nil {
			c.broken(fmt.Sprintf("%s, and records follow it", c.hole.What))
			c.hole = nil
		}
		c.record(e)
	case last && p.torn() && c.hole != nil:
	case last && p.torn():
		c.hole = &Finding{c.writer, c.part.name, c.seq, fmt.Sprintf("byte %d: an unfinished record at the end; nobody was told of it", p.offset)}
	default:
		c.damaged(p, err)
	}
}

// damaged reports a piece that is no good record. If it says that it is the next one, it takes
// that place, so that one change is one finding.
func (c *chain) damaged(p piece, err error) {
	if seq, ok := lineSeq(p.text); ok && seq == c.seq+1 {
		c.seq, c.prev = seq, ""
	}
	c.broken(fmt.Sprintf("byte %d: %v", p.offset, err))
}

// record checks a record that agrees with its own hash.
func (c *chain) record(e Entry) {
	c.v.report.Records++
	switch {
	case c.ended:
		c.broken(fmt.Sprintf("record %d follows the last one", e.Seq))
	case e.Seq > c.seq+1:
		c.broken(fmt.Sprintf("%d records are missing before record %d", e.Seq-1-c.seq, e.Seq))
	case e.Seq <= c.seq:
		c.broken(fmt.Sprintf("record %d is there again, or not in its place", e.Seq))
	case c.prev != "" && e.Prev != c.prev:
		c.broken(fmt.Sprintf("record %d does not follow from the one before it: one of them was replaced", e.Seq))
	case (e.Kind == Begin) != (e.Seq == 1):
		c.broken(fmt.Sprintf("record %d is of kind %q", e.Seq, e.Kind))
	case e.Group > e.Seq:
		c.broken(fmt.Sprintf("record %d says that it was synced with a later one", e.Seq))
	case day(e.Time) != c.part.day:
		c.broken(fmt.Sprintf("record %d is of %s, and its segment of %s", e.Seq, day(e.Time), c.part.day))
	}
	c.found(e)
	if e.Gap != nil {
		c.v.report.Missed.Refused += e.Gap.Refused
		c.v.report.Missed.Lost += e.Gap.Lost
	}
	c.seq, c.prev, c.ended = e.Seq, e.Hash, e.Kind == End
}

// found crosses off what is wanted.
func (c *chain) found(e Entry) {
	c.missing(e.Seq)
	for len(c.want) > 0 && c.want[0].Seq == e.Seq {
		if c.want[0].Hash != e.Hash {
			c.broken(fmt.Sprintf("record %d is another than %s names", e.Seq, c.want[0].by))
		}
		c.want = c.want[1:]
	}
}

// missing reports what is wanted before a record, or at the end, and was not there.
func (c *chain) missing(before uint64) {
	for len(c.want) > 0 && (before == 0 || c.want[0].Seq < before) {
		c.broken(fmt.Sprintf("record %d is missing; %s names it", c.want[0].Seq, c.want[0].by))
		c.want = c.want[1:]
	}
}
