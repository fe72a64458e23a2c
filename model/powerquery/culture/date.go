package culture

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Moment is what a text said about a point in time.
type Moment struct {
	Time    time.Time // in UTC; the parts that were not said are those of 1899-12-30, 00:00
	HasDate bool
	HasTime bool
	HasZone bool
	Zone    int // minutes east of UTC
}

// Plain tells how the culture writes numbers and dates in digits alone: the decimal separator,
// and what stands between day, month and year, in which order.
func (c *Culture) Plain() (point, between byte, order Order) {
	return c.decimal[0], c.shortDate[strings.IndexAny(c.shortDate, "/.-")], c.order
}

type part struct {
	text   string
	number bool
	sep    string // what stands before it
}

// Moment reads a text as date, time or both. False if it is none in this culture.
func (c *Culture) Moment(s string) (Moment, bool) {
	if m, ok := isoDate(s); ok {
		return m, true
	}
	var m Moment
	if len(s) > 80 {
		return m, false
	}
	parts := split(strings.TrimSpace(s))
	h, mi, sec, nano := 0, 0, 0, 0
	if i := clockAt(parts); i >= 0 {
		var ok bool
		if parts, h, mi, sec, nano, ok = c.clock(&m, parts, i); !ok {
			return m, false
		}
		m.HasTime = true
	}
	y, mon, d := 1899, 12, 30
	if len(parts) > 0 {
		var ok bool
		if y, mon, d, ok = c.date(parts); !ok {
			return m, false
		}
		m.HasDate = true
	}
	if !m.HasDate && !m.HasTime {
		return m, false
	}
	m.Time = time.Date(y, time.Month(mon), d, h, mi, sec, nano, time.UTC)
	return m, m.Time.Day() == d && int(m.Time.Month()) == mon && y >= 1 && y <= 9999
}

// isoDate is the common case: 2026-01-31.
func isoDate(s string) (Moment, bool) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' || !digits(s[:4]) || !digits(s[5:7]) || !digits(s[8:]) {
		return Moment{}, false
	}
	n := func(a, b int) int {
		v := 0
		for _, ch := range []byte(s[a:b]) {
			v = v*10 + int(ch-'0')
		}
		return v
	}
	y, m, d := n(0, 4), n(5, 7), n(8, 10)
	if y < 1 || m < 1 || m > 12 || d < 1 || d > 31 {
		return Moment{}, false
	}
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	return Moment{Time: t, HasDate: true}, t.Day() == d
}

func split(s string) []part {
	var out []part
	sep := ""
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		class := func(r rune) int {
			switch {
			case r >= '0' && r <= '9':
				return 1
			case unicode.IsLetter(r), unicode.IsMark(r): // vowels of Hindi are marks
				return 2
			}
			return 0
		}
		k := class(r)
		if k == 0 {
			sep, s = sep+s[:size], s[size:]
			continue
		}
		n := strings.IndexFunc(s, func(r rune) bool { return class(r) != k })
		if n < 0 {
			n = len(s)
		}
		out = append(out, part{text: s[:n], number: k == 1, sep: sep})
		sep, s = "", s[n:]
	}
	if sep != "" {
		out = append(out, part{sep: sep})
	}
	return out
}

// clockAt is the index of the hour: a number that is followed by a colon and a number.
func clockAt(parts []part) int {
	for i := 0; i+1 < len(parts); i++ {
		if parts[i].number && parts[i+1].number && parts[i+1].sep == ":" {
			return i
		}
	}
	return -1
}

// clock reads the time that begins at parts[i] and gives the parts before it.
func (c *Culture) clock(m *Moment, parts []part, i int) (rest []part, h, mi, sec, nano int, ok bool) {
	num := func(p part, most int) int {
		v, err := strconv.Atoi(p.text)
		if err != nil || v > most || len(p.text) > 2 {
			return -1
		}
		return v
	}
	h, mi = num(parts[i], 24), num(parts[i+1], 59)
	rest = parts[:i]
	tail := parts[i+2:]
	if sep := parts[i].sep; len(rest) > 0 && strings.TrimLeft(sep, ", ") != "" && (strings.TrimSpace(sep) != "." || !strings.HasSuffix(c.shortDate, ".")) {
		return nil, 0, 0, 0, 0, false
	}
	before := 0
	if n := len(rest); n > 0 {
		if before = c.half(rest[n-1].text); before != 0 || strings.EqualFold(rest[n-1].text, "T") {
			rest = rest[:n-1]
		}
	}
	if len(tail) > 0 && tail[0].number && tail[0].sep == ":" {
		sec = num(tail[0], 59)
		tail = tail[1:]
		if len(tail) > 0 && tail[0].number && tail[0].sep == "." && len(tail[0].text) <= 9 {
			nano, _ = strconv.Atoi((tail[0].text + "000000000")[:9])
			tail = tail[1:]
		}
	}
	if h < 0 || mi < 0 || sec < 0 || h == 24 {
		return nil, 0, 0, 0, 0, false
	}
	half := before
	if len(tail) > 0 && before == 0 {
		if half = c.half(tail[0].text); half != 0 {
			tail = tail[1:]
		}
	}
	if half != 0 {
		if h < 1 || h > 12 {
			return nil, 0, 0, 0, 0, false
		}
		h = h%12 + 12*(half-1)
	}
	return rest, h, mi, sec, nano, zone(m, tail)
}

// half is 1 for the word for the morning, 2 for that for the afternoon, and 0 for another.
func (c *Culture) half(s string) int {
	switch {
	case strings.EqualFold(s, c.am), strings.EqualFold(s, "AM"):
		return 1
	case strings.EqualFold(s, c.pm), strings.EqualFold(s, "PM"):
		return 2
	}
	return 0
}

// zone reads Z, +hh:mm or nothing.
func zone(m *Moment, tail []part) bool {
	switch {
	case len(tail) == 0:
		return true
	case len(tail) == 1 && strings.EqualFold(tail[0].text, "Z") && tail[0].sep == "":
		m.HasZone = true
		return true
	case len(tail) == 2 && tail[0].number && tail[1].number && tail[1].sep == ":":
		sep := strings.TrimSpace(tail[0].sep)
		h, _ := strconv.Atoi(tail[0].text)
		mi, _ := strconv.Atoi(tail[1].text)
		if sep != "+" && sep != "-" || h > 14 || mi > 59 {
			return false
		}
		m.HasZone, m.Zone = true, h*60+mi
		if sep == "-" {
			m.Zone = -m.Zone
		}
		return true
	}
	return false
}

// date reads day, month and year out of the parts of a date.
func (c *Culture) date(parts []part) (y, m, d int, ok bool) {
	var nums []string
	month, named, of := 0, false, false
	for i, p := range parts {
		sep := strings.TrimSpace(p.sep)
		if i == 0 && sep != "" || len(sep) > 1 || !strings.Contains("/-.,", sep) {
			return 0, 0, 0, false
		}
		switch {
		case p.number:
			nums = append(nums, p.text)
		case c.marked && p.sep == "" && len(nums) > 0 && strings.Contains("年日년일", p.text):
		case c.marked && p.sep == "" && len(nums) > 0 && month == 0 && (p.text == "月" || p.text == "월"):
			if len(nums[len(nums)-1]) > 2 {
				return 0, 0, 0, false
			}
			month, _ = strconv.Atoi(nums[len(nums)-1])
			nums = nums[:len(nums)-1]
			if !inMonth(month) {
				return 0, 0, 0, false
			}
		case p.text == "":
			if sep != "." && sep != "" {
				return 0, 0, 0, false
			}
		case i > 0 && strings.EqualFold(p.text, c.of):
			of = true
		case month == 0 && c.monthOf(p.text) != 0: // before days: "mar" is both in Spanish
			month = c.monthOf(p.text)
		case !named && c.isDay(p.text):
			named = true
		default:
			return 0, 0, 0, false
		}
	}
	if (named || of) && len(nums)+min(month, 1) != 3 { // "Monday 5 2026" is not May
		return 0, 0, 0, false
	}
	return c.arrange(nums, month)
}

func (c *Culture) arrange(nums []string, month int) (y, m, d int, ok bool) {
	n := make([]int, len(nums))
	for i, s := range nums {
		if len(s) > 4 || len(s) == 3 {
			return 0, 0, 0, false
		}
		n[i], _ = strconv.Atoi(s)
	}
	long := func(i int) bool { return len(nums[i]) == 4 }
	switch {
	case month != 0 && len(n) == 1 && long(0):
		return n[0], month, 1, true
	case month != 0 && len(n) == 2 && long(0) && !long(1):
		return n[0], month, n[1], true
	case month != 0 && len(n) == 2 && !long(0):
		return year(nums[1]), month, n[0], true
	case month != 0:
		return 0, 0, 0, false
	case len(n) == 2 && long(0) && !long(1):
		return n[0], n[1], 1, inMonth(n[1])
	case len(n) == 2 && long(1) && !long(0):
		return n[1], n[0], 1, inMonth(n[0])
	case len(n) != 3 || long(1):
		return 0, 0, 0, false
	case long(0) && !long(2):
		y, m, d = n[0], n[1], n[2]
	case long(0):
		return 0, 0, 0, false
	case c.order == MDY, c.order == YMD && long(2): // .NET: behind month and day, too, the year is the long one
		y, m, d = year(nums[2]), n[0], n[1]
	case c.order == YMD:
		y, m, d = year(nums[0]), n[1], n[2]
	default:
		y, m, d = year(nums[2]), n[1], n[0]
	}
	return y, m, d, inMonth(m)
}

func inMonth(m int) bool { return m >= 1 && m <= 12 }

// year completes a year of two digits: up to 49 it is of this century, as in .NET.
func year(s string) int {
	n, _ := strconv.Atoi(s)
	switch {
	case len(s) > 2:
		return n
	case n < 50:
		return 2000 + n
	}
	return 1900 + n
}

func (c *Culture) monthOf(s string) int {
	for i := range c.months {
		if strings.EqualFold(s, c.months[i]) || strings.EqualFold(s, c.genitive[i]) ||
			strings.EqualFold(s, strings.TrimSuffix(c.shortMon[i], ".")) || strings.EqualFold(s, c.also[i]) {
			return i + 1
		}
	}
	return 0
}

func (c *Culture) isDay(s string) bool {
	for i := range c.days {
		if strings.EqualFold(s, c.days[i]) || strings.EqualFold(s, strings.TrimSuffix(c.shortDays[i], ".")) {
			return true
		}
	}
	return false
}
