package culture

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// exact is a text that is being read by a format.
type exact struct {
	c       *Culture
	s       string
	y, m, d int // 0 where the text does not say it
	h, mi   int
	sec     int
	nano    int
	half    int // 0 not said, 1 before noon, 2 after noon
	weekday int // -1 not said
	out     Moment
}

// Parse reads a text that follows a format of .NET to the letter, such as dd.MM.yyyy HH:mm. The
// error is about the format; false says that the text does not follow it. A year that the
// format does not name is refused: .NET would take the current one.
func (c *Culture) Parse(s, format string) (Moment, bool, error) {
	if len(format) <= 1 {
		f, ok := c.standard(format)
		if !ok {
			return Moment{}, false, fmt.Errorf("the format %q is not supported", format)
		}
		format = f
	}
	e := &exact{c: c, s: s, weekday: -1}
	for i := 0; i < len(format); {
		n, ok, err := e.part(format, i)
		if err != nil || !ok {
			return Moment{}, false, err
		}
		i += n
	}
	if e.s != "" {
		return Moment{}, false, nil
	}
	return e.moment(format)
}

// part reads what the format says at i and gives how long that part of the format is.
func (e *exact) part(format string, i int) (n int, ok bool, err error) {
	ch := format[i]
	for n = 1; i+n < len(format) && format[i+n] == ch; n++ {
	}
	switch {
	case ch == '\'' || ch == '"':
		end := strings.IndexByte(format[i+1:], ch)
		if end < 0 {
			return 0, false, fmt.Errorf("the format %q holds a quote that is not closed", format)
		}
		return end + 2, e.literal(format[i+1 : i+1+end]), nil
	case ch == '\\':
		return 2, i+1 < len(format) && e.literal(format[i+1:i+2]), nil
	case ch == '%':
		return 1, true, nil
	case ch == '/':
		return 1, e.literal(e.c.between()), nil
	case strings.IndexByte("yMdHhmsftFKz", ch) >= 0:
		ok, known := e.field(ch, n)
		if !known {
			return 0, false, fmt.Errorf("the part %q of the format %q is not supported", format[i:i+n], format)
		}
		return n, ok, nil
	case ch == 'g':
		return 0, false, fmt.Errorf("the part %q of the format %q is not supported", format[i:i+n], format)
	}
	_, size := utf8.DecodeRuneInString(format[i:])
	return size, e.literal(format[i : i+size]), nil
}

func (e *exact) literal(text string) bool {
	rest, ok := strings.CutPrefix(e.s, text)
	if ok {
		e.s = rest
	} else if r, size := utf8.DecodeRuneInString(e.s); text == " " && unicode.IsSpace(r) {
		e.s, ok = e.s[size:], true
	}
	return ok
}

// number reads from least to most digits.
func (e *exact) number(least, most int, into *int) bool {
	n := 0
	for n < len(e.s) && n < most && e.s[n] >= '0' && e.s[n] <= '9' {
		n++
	}
	if n < least {
		return false
	}
	*into, _ = strconv.Atoi(e.s[:n])
	e.s = e.s[n:]
	return true
}

// name reads the longest of the names that the text begins with and gives its index.
func (e *exact) name(names []string, into *int) bool {
	best := -1
	for i, n := range names {
		if len(e.s) >= len(n) && n != "" && strings.EqualFold(e.s[:len(n)], n) && (best < 0 || len(n) > len(names[best])) {
			best = i
		}
	}
	if best >= 0 {
		*into, e.s = best, e.s[len(names[best]):]
	}
	return best >= 0
}

func (e *exact) field(ch byte, n int) (ok, known bool) {
	digits := func(into *int) (bool, bool) { return e.number(min(n, 2), 2, into), n <= 2 }
	switch ch {
	case 'y':
		if n <= 2 {
			ok = e.number(n, 2, &e.y)
			e.y = year(strconv.Itoa(e.y))
			return ok, true
		}
		return e.number(n, max(n, 4), &e.y), n <= 4
	case 'M':
		if n < 3 {
			return digits(&e.m)
		}
		list := e.c.long()
		if n == 3 {
			list = e.c.shortMon[:]
		}
		ok = e.name(list, &e.m)
		e.m = e.m%12 + 1
		return ok, n <= 4
	case 'd':
		if n < 3 {
			return digits(&e.d)
		}
		list := e.c.days[:]
		if n == 3 {
			list = e.c.shortDays[:]
		}
		return e.name(list, &e.weekday), n <= 4
	case 'H', 'h':
		e.out.HasTime = true
		ok, known = digits(&e.h)
		return ok && (ch == 'H' && e.h < 24 || ch == 'h' && e.h >= 1 && e.h <= 12), known
	case 'm':
		e.out.HasTime = true
		ok, known = digits(&e.mi)
		return ok && e.mi < 60, known
	case 's':
		ok, known = digits(&e.sec)
		return ok && e.sec < 60, known
	}
	return e.detail(ch, n)
}

// detail reads fractions of a second, halves of a day and zones.
func (e *exact) detail(ch byte, n int) (ok, known bool) {
	switch ch {
	case 'f', 'F':
		before, least := e.s, n
		if ch == 'F' {
			least = 0
		}
		v := 0
		ok = e.number(least, n, &v)
		frac := before[:len(before)-len(e.s)]
		e.nano, _ = strconv.Atoi((frac + "000000000")[:9])
		return ok, n <= 7
	case 't':
		list := []string{e.c.am, e.c.pm}
		if n == 1 {
			list = []string{first(e.c.am), first(e.c.pm)}
		}
		ok = e.name(list, &e.half)
		e.half++
		return ok, n <= 2
	case 'z', 'K':
		return e.zone(ch, n), n <= 3 && (ch == 'z' || n == 1)
	}
	return false, false
}

// zone reads Z, an offset, or, for K, nothing.
func (e *exact) zone(ch byte, n int) bool {
	if ch == 'K' && !strings.HasPrefix(e.s, "+") && !strings.HasPrefix(e.s, "-") {
		if strings.HasPrefix(e.s, "Z") {
			e.s, e.out.HasZone = e.s[1:], true
		}
		return true
	}
	neg := strings.HasPrefix(e.s, "-")
	if !neg && !strings.HasPrefix(e.s, "+") {
		return false
	}
	e.s = e.s[1:]
	h, mi := 0, 0
	if !e.number(1, 2, &h) || h > 14 {
		return false
	}
	if (ch == 'K' || n == 3) && (!e.literal(":") || !e.number(2, 2, &mi) || mi > 59) {
		return false
	}
	e.out.HasZone, e.out.Zone = true, h*60+mi
	if neg {
		e.out.Zone = -e.out.Zone
	}
	return true
}

// moment puts together what was read. A day or month that is not said is the first.
func (e *exact) moment(format string) (Moment, bool, error) {
	m := e.out
	y, mon, d := 1899, 12, 30
	if e.y != 0 || e.m != 0 || e.d != 0 {
		if e.y == 0 {
			return m, false, fmt.Errorf("the format %q names no year", format)
		}
		y, mon, d = e.y, max(e.m, 1), max(e.d, 1)
		m.HasDate = true
	}
	switch {
	case e.half == 1:
		e.h %= 12
	case e.half == 2:
		e.h = e.h%12 + 12
	case e.h == 12 && strings.Contains(format, "h") && !strings.Contains(format, "H"):
		e.h = 0 // .NET: without a half of the day, 12 is midnight
	}
	m.Time = time.Date(y, time.Month(mon), d, e.h, e.mi, e.sec, e.nano, time.UTC)
	if !m.HasDate && !m.HasTime || m.Time.Day() != d || int(m.Time.Month()) != mon || e.weekday >= 0 && int(m.Time.Weekday()) != e.weekday {
		return m, false, nil
	}
	return m, true, nil
}
