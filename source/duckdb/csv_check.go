package duckdb

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"inlay/dax"
	"inlay/model/powerquery"
	"inlay/model/powerquery/culture"
)

// Code pages that are read here.
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
	crlf      bool
	skip      int64
	forms     []form // of each value of a line
}

// form is how the values of a column are written. Empty values are always allowed.
type form struct {
	kind    formKind
	digits  int  // before the point, at most
	places  int  // behind it
	point   byte // decimal separator
	between byte // day, month and year
	order   culture.Order
	used    bool
	to      int // the column that the values go to, if they are used
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

// begin looks at how a file begins, and gives what comes behind its mark.
func (g *regular) begin(text []byte) ([]byte, error) {
	if bytes.HasPrefix(text, []byte("\xef\xbb\xbf")) && g.skip > 0 { // it goes with the line that is skipped
		g.western, text = false, text[3:]
	}
	if bytes.HasPrefix(text, []byte("\ufeff")) || bytes.HasPrefix(text, []byte("\xff\xfe")) {
		return nil, errIrregular
	}
	i := bytes.IndexByte(text, '\n')
	g.crlf = i > 0 && text[i-1] == '\r'
	return text, nil
}

// block reads whole lines into a batch, which has room for them; those that are skipped are looked
// at and go nowhere.
func (g *regular) block(text []byte, skip int, b *batch) error {
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
		to := b
		if skip > 0 {
			skip, to = skip-1, nil
		}
		if !g.line(line, quotes, to) {
			return errIrregular
		}
	}
	return nil
}

// encoded checks bytes. Of code page 1252, 32 characters are not where Latin 1 and Unicode have them.
func (g *regular) encoded(text []byte) bool {
	if !g.western {
		return utf8.Valid(text)
	}
	for _, b := range text {
		if b >= 0x80 && b < 0xa0 {
			return false
		}
	}
	return true
}

// line reads one line into the next row of a batch, if there is one.
func (g *regular) line(line []byte, quotes bool, b *batch) bool {
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
			if bytes.IndexByte(cell, '"') >= 0 {
				cell = bytes.ReplaceAll(cell, []byte(`""`), []byte{'"'})
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
		if f := &g.forms[k]; b != nil && f.used && !g.put(f, &b.cols[f.to].Vector, b.n, cell) {
			return false
		}
	}
	if b != nil {
		b.n++
	}
	return true
}

// put puts a value into row n of its column; false if it has not the form.
func (g *regular) put(f *form, v *powerquery.Vector, n int, s []byte) bool {
	if f.kind == anyText {
		if g.western {
			s = latin(s)
		}
		v.PutText(n, s)
		return true
	}
	if len(s) == 0 {
		v.Blank(n)
		return true
	}
	switch f.kind {
	case wholeNumber, fraction:
		return f.putNumber(v, n, s)
	case truth:
		yes := len(s) == 4 && strings.EqualFold(string(s), "true")
		v.PutTruth(n, yes)
		return yes || len(s) == 5 && strings.EqualFold(string(s), "false")
	}
	micros, ok := f.micros(s)
	v.PutWhole(n, micros)
	return ok
}

// latin is text of Latin 1 in UTF-8.
func latin(s []byte) []byte {
	for i, b := range s {
		if b < 0x80 {
			continue
		}
		out := append(make([]byte, 0, 2*len(s)), s[:i]...)
		for _, b := range s[i:] {
			out = utf8.AppendRune(out, rune(b))
		}
		return out
	}
	return s
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

// putNumber puts a number of a sign, digits and a fraction. Zero with a sign is left to the
// evaluator.
func (f *form) putNumber(v *powerquery.Vector, n int, s []byte) bool {
	text := s
	signed := s[0] == '-'
	if signed {
		s = s[1:]
	}
	digits, places, all := 0, -1, uint64(0)
	for _, b := range s {
		switch {
		case b >= '0' && b <= '9':
			all = all*10 + uint64(b-'0')
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
	if digits == 0 || digits > f.digits || places == 0 || places > f.places {
		return false
	}
	places = max(places, 0)
	exact := digits+places <= 18 // all has not run over then
	if signed && (exact && all == 0 || !exact && len(bytes.Trim(s, "0.,")) == 0) {
		return false
	}
	if v.Type == dax.Double {
		return putDouble(v, n, double{text, f.point, all, places, signed, exact})
	}
	if !exact {
		return false
	}
	x := int64(all)
	if signed {
		x = -x
	}
	switch {
	case v.Type == dax.Decimal && places <= 4:
		for range 4 - places {
			x *= 10
		}
		v.PutWhole(n, x)
	case v.Type == dax.String && places == 0:
		v.PutText(n, strconv.AppendInt(nil, x, 10))
	case v.Type == dax.Int64 && places == 0:
		v.PutWhole(n, x)
	default:
		return false
	}
	return true
}

// double is a number that becomes a decimal one.
type double struct {
	text   []byte
	point  byte
	all    uint64 // its digits as a whole number, if exact
	places int    // behind the point
	signed bool
	exact  bool
}

// tens are powers of ten that are exact.
var tens = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

// putDouble puts the nearest number there is.
func putDouble(v *powerquery.Vector, n int, d double) bool {
	var x float64
	if d.exact && d.all < 1<<53 { // one division of exact numbers is rounded once
		if x = float64(d.all) / tens[d.places]; d.signed {
			x = -x
		}
	} else {
		var err error
		if x, err = strconv.ParseFloat(strings.Replace(string(d.text), string(d.point), ".", 1), 64); err != nil {
			return false
		}
	}
	v.PutNumber(n, x)
	return powerquery.Normal(x)
}

// micros reads a date, or date and time, as microseconds since 1970.
func (f *form) micros(s []byte) (int64, bool) {
	const second = 1_000_000
	if f.kind == instant && len(s) == 19 && (s[10] == 'T' || s[10] == ' ') {
		h, mi, sec := two(s[11:]), two(s[14:]), two(s[17:])
		days, ok := isoDay(s[:10])
		return days*microsOfDay + int64(h*3600+mi*60+sec)*second, ok && s[13] == ':' && s[16] == ':' && h >= 0 && h < 24 && mi >= 0 && mi < 60 && sec >= 0 && sec < 60
	}
	days, ok := isoDay(s)
	if !ok {
		days, ok = f.localDay(s)
	}
	return days * microsOfDay, ok
}

const microsOfDay = 24 * 60 * 60 * 1_000_000

// isoDay reads 2026-01-31, from 1900 on, as days since 1970.
func isoDay(s []byte) (int64, bool) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return 0, false
	}
	return dayOf(two(s), two(s[2:]), two(s[5:]), two(s[8:]))
}

// localDay reads day, month and a year of four digits in the order of the culture.
func (f *form) localDay(s []byte) (int64, bool) {
	var n [2]int
	for i := range n {
		switch j := bytes.IndexByte(s, f.between); j {
		case 1:
			n[i], s = two([]byte{'0', s[0]}), s[2:]
		case 2:
			n[i], s = two(s), s[3:]
		default:
			return 0, false
		}
	}
	if len(s) != 4 || f.order == culture.YMD {
		return 0, false
	}
	if f.order == culture.DMY {
		n[0], n[1] = n[1], n[0]
	}
	return dayOf(two(s), two(s[2:]), n[0], n[1])
}

// beforeMonth are the days of a year before its months.
var beforeMonth = [...]int{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334}

// dayOf is a day since 1970, if there is such a day; numbers are -1 where there was none.
func dayOf(century, year, month, day int) (int64, bool) {
	if century < 19 || year < 0 || month < 1 || month > 12 || day < 1 || day > 31 {
		return 0, false
	}
	y := century*100 + year
	if day > 28 && time.Date(y, time.Month(month), day, 0, 0, 0, 0, time.UTC).Day() != day {
		return 0, false
	}
	past := y - 1 // whole years
	days := past*365 + past/4 - past/100 + past/400 + beforeMonth[month-1] + day - 1
	if month > 2 && (y%4 == 0 && y%100 != 0 || y%400 == 0) {
		days++
	}
	return int64(days) - 719_162, true // from the first day of year 1
}

// two reads two digits, -1 if they are none.
func two(s []byte) int {
	a, b := s[0]-'0', s[1]-'0'
	if a > 9 || b > 9 {
		return -1
	}
	return int(a)*10 + int(b)
}
