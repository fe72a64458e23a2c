package duckdb

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"inlay/model/powerquery/culture"
)

// Code pages that the engine reads without an extension.
const (
	utf8Page    = 65001
	westernPage = 1252
)

// regular is a file of separated text in which nothing is in doubt: every line has all values,
// lines end alike, quotes enclose whole values and no line breaks, the bytes are valid, and
// values to be converted have the form of their column.
type regular struct {
	delimiter byte
	western   bool // code page 1252 instead of UTF-8
	skip      int64
	forms     []form // of each value of a line
	at        []int  // which of them the columns of the table are

	lines int64
	crlf  bool
	high  bool // there are bytes above ASCII
}

// form is how the values of a column are written, and what was found. Empty values are always
// allowed.
type form struct {
	kind    formKind
	typ     string // that the values become
	digits  int    // before the point, at most
	places  int    // behind it
	point   byte   // decimal separator
	between byte   // day, month and year
	order   culture.Order

	used       bool
	iso, local bool // dates that were found: 2026-01-31, and in the order of the culture
}

type formKind uint8

const (
	anyText formKind = iota
	wholeNumber
	fraction // digits and a point
	calendar
	instant // a date, or date and time of ISO 8601
	truth
)

var errIrregular = errors.New("the file is not regular")

// longestLine bounds a line: the engine's own bound is two million bytes.
const longestLine = 1 << 20

func (g *regular) rows() int64 { return max(0, g.lines-g.skip) }

// mostCheckers bounds how many check a file at once.
const mostCheckers = 4

// checker checks blocks of lines of a file; what it finds is its own until it is joined.
type checker struct {
	regular
	buf []byte
}

// check reads the whole file. Several check it: no value of a regular file has a line end.
func (g *regular) check(ctx context.Context, r io.Reader) error {
	many := min(mostCheckers, runtime.GOMAXPROCS(0))
	all, free := make([]checker, many+1), make(chan *checker, many+1)
	for i := range all {
		free <- &all[i]
	}
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(many)
	if err := errors.Join(g.blocks(inner, r, group, free), group.Wait()); err != nil {
		return err
	}
	for i := range all {
		if !g.join(&all[i].regular) {
			return errIrregular
		}
	}
	return nil
}

// blocks reads the file and has its lines checked: by itself as long as there may be lines that
// are skipped, then by the group.
func (g *regular) blocks(ctx context.Context, r io.Reader, group *errgroup.Group, free chan *checker) error {
	c := (<-free).ready()
	for have, first := 0, true; ; first = false {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := io.ReadFull(r, c.buf[have:])
		have += n
		end := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !end {
			return err
		}
		text := c.buf[:have]
		if !end {
			text = text[:bytes.LastIndexByte(text, '\n')+1]
			if len(text) == 0 {
				return errIrregular
			}
		}
		next := c
		if first || g.lines < g.skip {
			if err := g.block(text, first); err != nil || end {
				return err
			}
		} else {
			next = (<-free).ready()
		}
		rest := copy(next.buf, c.buf[len(text):have])
		if next != c {
			if c.forms == nil {
				c.regular = *g
				c.forms, c.lines = slices.Clone(g.forms), g.skip
			}
			now := c
			group.Go(func() error {
				defer func() { free <- now }()
				return now.block(text, false)
			})
			if end {
				return nil
			}
		}
		c, have = next, rest
	}
}

func (c *checker) ready() *checker {
	if c.buf == nil {
		c.buf = make([]byte, longestLine)
	}
	return c
}

// join adds what another found in other lines; false where both together are not regular.
func (g *regular) join(o *regular) bool {
	if o.forms == nil {
		return true
	}
	g.lines, g.high = g.lines+o.lines-o.skip, g.high || o.high
	for i := range g.forms {
		f := &g.forms[i]
		f.iso, f.local = f.iso || o.forms[i].iso, f.local || o.forms[i].local
		if f.iso && f.local {
			return false
		}
	}
	return true
}

// block checks whole lines.
func (g *regular) block(text []byte, first bool) error {
	if first {
		if bytes.HasPrefix(text, []byte("\xef\xbb\xbf")) && g.skip > 0 { // it goes with the line that is skipped
			g.western, text = false, text[3:]
		}
		if bytes.HasPrefix(text, []byte("\ufeff")) || bytes.HasPrefix(text, []byte("\xff\xfe")) {
			return errIrregular
		}
		i := bytes.IndexByte(text, '\n')
		g.crlf = i > 0 && text[i-1] == '\r'
	}
	ends, backs := bytes.Count(text, []byte{'\n'}), bytes.Count(text, []byte{'\r'})
	if bytes.IndexByte(text, 0) >= 0 || !g.encoded(text) || g.crlf && backs != ends || !g.crlf && backs != 0 {
		return errIrregular
	}
	quotes := bytes.IndexByte(text, '"') >= 0
	for len(text) > 0 {
		line := text
		if i := bytes.IndexByte(text, '\n'); i >= 0 {
			line, text = text[:i], text[i+1:]
			if g.crlf {
				if i == 0 || line[i-1] != '\r' {
					return errIrregular
				}
				line = line[:i-1]
			}
		} else {
			text = nil
		}
		g.lines++
		if !g.line(line, quotes) {
			return errIrregular
		}
	}
	return nil
}

// encoded checks bytes. The engine knows Latin 1, which is code page 1252 but for 32 characters.
func (g *regular) encoded(text []byte) bool {
	if !g.western {
		return utf8.Valid(text)
	}
	for _, b := range text {
		if b >= 0x80 {
			if g.high = true; b < 0xa0 {
				return false
			}
		}
	}
	return true
}

// line checks one line.
func (g *regular) line(line []byte, quotes bool) bool {
	data := g.lines > g.skip
	last := len(g.forms) - 1
	for k := range g.forms {
		var cell []byte
		if quotes && len(line) > 0 && line[0] == '"' {
			n := quoted(line)
			if n < 0 {
				return false
			}
			cell, line = line[1:n-1], line[n:]
			if k < last && (len(line) == 0 || line[0] != g.delimiter) || k == last && len(line) > 0 {
				return false
			}
			if k < last {
				line = line[1:]
			}
		} else {
			i := bytes.IndexByte(line, g.delimiter)
			if (i < 0) != (k == last) {
				return false
			}
			if i < 0 {
				cell, line = line, nil
			} else {
				cell, line = line[:i], line[i+1:]
			}
			if quotes && bytes.IndexByte(cell, '"') >= 0 {
				return false
			}
		}
		if f := &g.forms[k]; data && f.kind != anyText && len(cell) > 0 && !f.fits(cell) {
			return false
		}
	}
	return true
}

// quoted is the length of the value in quotes at the start of a line, -1 if it does not end.
func quoted(line []byte) int {
	for i := 1; i < len(line); i++ {
		j := bytes.IndexByte(line[i:], '"')
		if j < 0 {
			return -1
		}
		if i += j; i+1 == len(line) || line[i+1] != '"' {
			return i + 1
		}
		i++
	}
	return -1
}

// fits tells whether a value that is not empty has the form.
func (f *form) fits(s []byte) bool {
	switch f.kind {
	case wholeNumber, fraction:
		return f.isNumber(s)
	case truth:
		return len(s) < 6 && (strings.EqualFold(string(s), "true") || strings.EqualFold(string(s), "false"))
	case instant:
		if len(s) == 19 && (s[10] == 'T' || s[10] == ' ') {
			f.iso = true
			h, mi, sec := two(s[11:]), two(s[14:]), two(s[17:])
			return isoDay(s[:10]) && s[13] == ':' && s[16] == ':' && h >= 0 && h < 24 && mi >= 0 && mi < 60 && sec >= 0 && sec < 60 && !f.local
		}
	}
	if isoDay(s) {
		f.iso = true
	} else if f.localDay(s) {
		f.local = true
	} else {
		return false
	}
	return !f.iso || !f.local
}

// isNumber allows a sign, digits and a fraction. Zero with a sign is left to the evaluator.
func (f *form) isNumber(s []byte) bool {
	signed := s[0] == '-'
	if signed {
		s = s[1:]
	}
	digits, places, zero := 0, -1, true
	for _, b := range s {
		switch {
		case b >= '0' && b <= '9':
			zero = zero && b == '0'
			if places < 0 {
				digits++
			} else {
				places++
			}
		case b == f.point && places < 0:
			places = 0
		default:
			return false
		}
	}
	return digits > 0 && digits <= f.digits && places != 0 && places <= f.places && !(signed && zero)
}

// isoDay allows 2026-01-31, from 1900 on.
func isoDay(s []byte) bool {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return false
	}
	return isDay(two(s), two(s[2:]), two(s[5:]), two(s[8:]))
}

// localDay allows day, month and a year of four digits in the order of the culture.
func (f *form) localDay(s []byte) bool {
	var n [2]int
	for i := range n {
		j := bytes.IndexByte(s, f.between)
		switch j {
		case 1:
			n[i] = two([]byte{'0', s[0]})
		case 2:
			n[i] = two(s)
		default:
			return false
		}
		s = s[j+1:]
	}
	if len(s) != 4 || f.order == culture.YMD {
		return false
	}
	if f.order == culture.DMY {
		n[0], n[1] = n[1], n[0]
	}
	return isDay(two(s), two(s[2:]), n[0], n[1])
}

// isDay reports whether there is such a day; numbers are -1 where there was none.
func isDay(century, year, month, day int) bool {
	if century < 19 || year < 0 || month < 1 || month > 12 || day < 1 || day > 31 {
		return false
	}
	return day <= 28 || time.Date(century*100+year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Day() == day
}

// two reads two digits, -1 if they are none.
func two(s []byte) int {
	a, b := s[0]-'0', s[1]-'0'
	if a > 9 || b > 9 {
		return -1
	}
	return int(a)*10 + int(b)
}

// pattern is the date of the culture as strptime has it.
func (f *form) pattern() string {
	if f.order == culture.MDY {
		return "%m" + string(f.between) + "%d" + string(f.between) + "%Y"
	}
	return "%d" + string(f.between) + "%m" + string(f.between) + "%Y"
}

// readAs is the type in which the engine reads values.
func (f *form) readAs() string {
	switch {
	case f.kind == wholeNumber:
		return "BIGINT"
	case f.kind == fraction && f.point == '.':
		return f.typ
	case f.kind == calendar && !f.local:
		return "DATE"
	}
	return "VARCHAR"
}
