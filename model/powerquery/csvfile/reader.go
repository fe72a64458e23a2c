package csvfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// Options say how a text is read.
type Options struct {
	Delimiter   string // one character or more; empty means a comma
	Encoding    int    // number of the code page; 0 means 65001, UTF-8
	LineQuotes  bool   // line breaks inside quotes belong to the value (QuoteStyle.Csv)
	QuoteAlways bool   // quotes count anywhere in a value (CsvStyle.QuoteAlways)
}

// MaxRow bounds one row, so that a missing quote cannot swallow a file into memory.
const MaxRow = 16 << 20

// ErrRow says that a row is longer than MaxRow.
var ErrRow = errors.New("the row is longer than 16 MB; is a closing quote missing?")

// Reader reads rows.
type Reader struct {
	r     *bufio.Reader
	opt   Options
	sep   []byte
	text  []byte // the line being read
	buf   []byte // bytes of the values of the row
	ends  []int  // where in buf each value ends
	line  int64  // of the row, from 1
	next  int64
	done  bool
	check bool // the bytes are UTF-8 as the file has them
}

// NewReader reads text in an encoding; a byte order mark in the file has the last word. An
// unknown encoding is an error that names it.
func NewReader(r io.Reader, opt Options) (*Reader, error) {
	if opt.Delimiter == "" {
		opt.Delimiter = ","
	}
	b := bufio.NewReaderSize(r, 1<<18)
	if mark, err := b.Peek(3); err == nil && string(mark) == "\xef\xbb\xbf" {
		_, _ = b.Discard(3)
		opt.Encoding = 65001
	} else if len(mark) >= 2 && string(mark[:2]) == "\xff\xfe" {
		opt.Encoding = 1200
	}
	dec, err := decoder(opt.Encoding)
	if err != nil {
		return nil, err
	}
	if dec != nil {
		b = bufio.NewReaderSize(dec.Reader(b), 1<<18)
	}
	return &Reader{r: b, opt: opt, sep: []byte(opt.Delimiter), next: 1, check: dec == nil}, nil
}

// Line is the line, from 1, on which the last row began.
func (r *Reader) Line() int64 { return r.line }

// Read gives the next row, io.EOF at the end. The slice is dst, grown where it is too small;
// the strings share one allocation.
func (r *Reader) Read(dst []string) ([]string, error) {
	if r.done {
		return nil, io.EOF
	}
	r.buf, r.ends, r.line = r.buf[:0], r.ends[:0], r.next
	if err := r.row(); err != nil {
		return nil, err
	}
	if r.check && !utf8.Valid(r.buf) {
		return nil, fmt.Errorf("line %d is not valid UTF-8; say Encoding=1252 if the file was written by an older Windows program", r.line)
	}
	all := string(r.buf)
	dst = dst[:0]
	start := 0
	for _, end := range r.ends {
		dst = append(dst, all[start:end])
		start = end
	}
	return dst, nil
}

// row reads one row into buf and ends.
func (r *Reader) row() error {
	quoted, start := false, true // inside quotes; at the start of a value
	for first := true; ; first = false {
		ended, err := r.readLine()
		if err != nil {
			return err
		}
		if first && !ended && len(r.text) == 0 {
			r.done = true
			return io.EOF
		}
		text := r.text
		back := ended && len(text) > 0 && text[len(text)-1] == '\r'
		if back {
			text = text[:len(text)-1]
		}
		quoted = r.values(text, quoted, start)
		if !ended || !quoted || !r.opt.LineQuotes {
			r.done = !ended
			r.ends = append(r.ends, len(r.buf))
			return nil
		}
		if back {
			r.buf = append(r.buf, '\r')
		}
		r.buf = append(r.buf, '\n')
		start = false
	}
}

// readLine reads to the next line break into text; ended is false at the end of the file.
func (r *Reader) readLine() (ended bool, err error) {
	r.text = r.text[:0]
	for {
		chunk, err := r.r.ReadSlice('\n')
		if len(r.buf)+len(r.text)+len(chunk) > MaxRow {
			return false, ErrRow
		}
		r.text = append(r.text, chunk...)
		switch {
		case err == nil:
			r.next++
			r.text = r.text[:len(r.text)-1]
			return true, nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return false, nil
		default:
			return false, err
		}
	}
}

// values splits a line and says whether it ends inside quotes.
func (r *Reader) values(line []byte, quoted, start bool) bool {
	one := len(r.sep) == 1
	for i := 0; i < len(line); {
		ch := line[i]
		switch {
		case quoted && ch == '"' && i+1 < len(line) && line[i+1] == '"':
			r.buf = append(r.buf, '"')
			i += 2
		case quoted && ch == '"':
			quoted = false
			i++
		case quoted:
			j := i + 1
			for j < len(line) && line[j] != '"' {
				j++
			}
			r.buf = append(r.buf, line[i:j]...)
			i = j
		case ch == '"' && (start || r.opt.QuoteAlways):
			quoted, start = true, false
			i++
		case ch == r.sep[0] && (one || hasPrefix(line[i:], r.sep)):
			r.ends = append(r.ends, len(r.buf))
			start = true
			i += len(r.sep)
		default:
			j := i + 1
			for j < len(line) && line[j] != r.sep[0] && (!r.opt.QuoteAlways || line[j] != '"') {
				j++
			}
			r.buf = append(r.buf, line[i:j]...)
			start = false
			i = j
		}
	}
	return quoted
}

func hasPrefix(b, prefix []byte) bool {
	return len(b) >= len(prefix) && string(b[:len(prefix)]) == string(prefix)
}
