package audit

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"time"
)

// writers are the names of the writers' folders, oldest first. A folder that does not exist
// holds none.
func writers(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// part is a segment in its folder.
type part struct {
	name  string // of the file
	first uint64
	day   string
}

// parts are the segments of a writer in order, and the files that are none.
func parts(dir, writer string) (list []part, others []string, err error) {
	entries, err := os.ReadDir(filepath.Join(dir, writer))
	if err != nil {
		return nil, nil, err
	}
	for _, e := range entries {
		first, day, ok := parseSegmentName(e.Name())
		switch {
		case ok && e.Type().IsRegular():
			list = append(list, part{e.Name(), first, day})
		case e.Name() != headName && e.Name() != headName+".new":
			others = append(others, e.Name())
		}
	}
	slices.SortStableFunc(list, func(a, b part) int { return cmp.Compare(a.first, b.first) })
	return list, others, nil
}

// piece is what stands up to the next newline of a segment: a line, or what is none.
type piece struct {
	offset int64
	text   []byte // without the newline; valid until the next piece
	whole  bool   // a newline ends it
}

// maxPiece is longer than any line, and than the zeros that may follow the last.
const maxPiece = maxBody + maxStep + 64<<10

// pieces cuts a segment into pieces.
type pieces struct {
	r   *bufio.Reader
	off int64
	buf []byte
}

func newPieces(r io.Reader) *pieces { return &pieces{r: bufio.NewReaderSize(r, 128<<10)} }

// next answers io.EOF after the last piece. A piece that is too long to be a line is cut.
func (p *pieces) next() (piece, error) {
	at := p.off
	p.buf = p.buf[:0]
	for {
		b, err := p.r.ReadSlice('\n')
		p.off += int64(len(b))
		if err == nil && len(p.buf) == 0 {
			return piece{at, b[:len(b)-1], true}, nil
		}
		p.buf = append(p.buf, b...)
		switch {
		case err == nil:
			return piece{at, p.buf[:len(p.buf)-1], true}, nil
		case errors.Is(err, bufio.ErrBufferFull) && len(p.buf) < maxPiece:
		case errors.Is(err, bufio.ErrBufferFull) || err == io.EOF && len(p.buf) > 0:
			return piece{at, p.buf, false}, nil
		default:
			return piece{}, err
		}
	}
}

// blank reports whether a piece is space that was reserved and not used.
func (p piece) blank() bool {
	return !p.whole && len(bytes.Trim(p.text, "\x00")) == 0
}

// torn reports whether a piece may be the trace of a write that did not finish: it ends
// without a newline, or a page of it never reached the disk.
func (p piece) torn() bool {
	return !p.whole || bytes.IndexByte(p.text, 0) >= 0
}

// maxHeads is how many writers a new one names: those that wrote last.
const maxHeads = 16

// recentHeads are the last records of the writers that wrote last, made durable. A writer that
// cannot be read is left out and in the error: it must not keep others from writing.
func recentHeads(dir, self string) ([]Head, error) {
	names, err := writers(dir)
	if err != nil {
		return nil, err
	}
	type candidate struct {
		writer string
		parts  []part
		wrote  time.Time
	}
	var list []candidate
	var faults error
	for _, name := range names {
		ps, _, err := parts(dir, name)
		if name == self || len(ps) == 0 {
			faults = errors.Join(faults, err)
			continue
		}
		info, err := os.Stat(filepath.Join(dir, name, ps[len(ps)-1].name))
		if err != nil {
			faults = errors.Join(faults, err)
			continue
		}
		list = append(list, candidate{name, ps, info.ModTime()})
	}
	slices.SortStableFunc(list, func(a, b candidate) int { return b.wrote.Compare(a.wrote) })
	heads := []Head{}
	for _, c := range list[:min(len(list), maxHeads)] {
		for i := len(c.parts) - 1; i >= 0; i-- { // the last segment may have no record yet
			h, ok, err := lastRecord(filepath.Join(dir, c.writer, c.parts[i].name))
			faults = errors.Join(faults, err)
			if ok {
				h.Writer = c.writer
				heads = append(heads, h)
				break
			}
		}
	}
	return heads, faults
}

// lastRecord finds the last whole record of a segment. It syncs first: what is named must not
// vanish when the power fails.
func lastRecord(name string) (h Head, ok bool, err error) {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return h, false, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.Sync(); err != nil {
		return h, false, err
	}
	info, err := f.Stat()
	if err != nil {
		return h, false, err
	}
	one := make([]byte, 1)
	end := sort.Search(int(info.Size()), func(i int) bool {
		n, err := f.ReadAt(one, int64(i))
		return n < 1 || err != nil || one[0] == 0
	})
	const window = maxBody + 64<<10
	start := max(0, end-window)
	b := make([]byte, end-start)
	if n, err := f.ReadAt(b, int64(start)); n < len(b) {
		return h, false, err
	}
	for {
		b = b[:bytes.LastIndexByte(b, '\n')+1] // without the newline that ends the line:
		if len(b) == 0 {
			return h, false, nil
		}
		b = b[:len(b)-1]
		if e, err := parseLine(b[bytes.LastIndexByte(b, '\n')+1:]); err == nil {
			return Head{Seq: e.Seq, Hash: e.Hash}, true, nil
		}
	}
}
