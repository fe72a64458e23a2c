package culture

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// standard are the one-letter formats of .NET that have one meaning here.
func (c *Culture) standard(f string) (string, bool) {
	switch f {
	case "d":
		return c.shortDate, true
	case "D":
		return c.longDate, true
	case "t":
		return c.shortTime(), true
	case "T":
		return c.longTime, true
	case "f":
		return c.longDate + " " + c.shortTime(), true
	case "F":
		return c.longDate + " " + c.longTime, true
	case "g":
		return c.shortDate + " " + c.shortTime(), true
	case "G", "":
		return c.shortDate + " " + c.longTime, true
	case "s":
		return "yyyy-MM-dd'T'HH:mm:ss", true
	case "o", "O":
		return "yyyy-MM-dd'T'HH:mm:ss.fffffffK", true
	case "y", "Y":
		return "MMMM yyyy", true
	}
	return "", false
}

// ShortDate writes a date as Text.From does.
func (c *Culture) ShortDate(t time.Time) string { s, _ := c.Format(t, "d"); return s }

// LongTime writes the time of day of a date as Text.From does.
func (c *Culture) LongTime(t time.Time) string { s, _ := c.Format(t, "T"); return s }

// ShortTime writes a time of day alone as Text.From does.
func (c *Culture) ShortTime(t time.Time) string { s, _ := c.Format(t, "t"); return s }

func (c *Culture) shortTime() string { return strings.Replace(c.longTime, ":ss", "", 1) }

// between is what stands between day, month and year in digits.
func (c *Culture) between() string {
	i := strings.IndexAny(c.shortDate, "/.-")
	return c.shortDate[i : i+1]
}

// Format writes a point in time with a format string of .NET, such as yyyy-MM or MMMM.
func (c *Culture) Format(t time.Time, format string) (string, error) {
	return c.FormatZoned(t, nil, format)
}

// FormatZoned is Format for a point in time that reads t and lies zone minutes east of UTC;
// without a zone (nil), K is empty and an offset is refused.
func (c *Culture) FormatZoned(t time.Time, zone *int, format string) (string, error) {
	if len(format) <= 1 {
		f, ok := c.standard(format)
		if !ok {
			return "", fmt.Errorf("the format %q is not supported", format)
		}
		format = f
	}
	var b strings.Builder
	for i := 0; i < len(format); {
		ch := format[i]
		n := 1
		for i+n < len(format) && format[i+n] == ch {
			n++
		}
		switch {
		case ch == '\'' || ch == '"':
			end := strings.IndexByte(format[i+1:], ch)
			if end < 0 {
				return "", fmt.Errorf("the format %q holds a quote that is not closed", format)
			}
			b.WriteString(format[i+1 : i+1+end])
			i += end + 2
			continue
		case ch == '\\':
			if i+1 < len(format) {
				b.WriteByte(format[i+1])
			}
			i += 2
			continue
		case ch == '%':
			i++
			continue
		case ch == '/':
			b.WriteString(strings.Repeat(c.between(), n))
		case strings.IndexByte("yMdHhmsftFKzg", ch) >= 0:
			s, ok := c.field(t, ch, n)
			if ch == 'M' && n == 4 && dayBeside(format) {
				s = c.genitive[t.Month()-1]
			}
			if ch == 'K' || ch == 'z' {
				s, ok = offset(zone, ch, n)
			}
			if out := b.String(); ch == 'F' && s == "" && strings.HasSuffix(out, ".") { // the point goes, too
				b.Reset()
				b.WriteString(out[:len(out)-1])
			}
			if !ok {
				return "", fmt.Errorf("the part %q of the format %q is not supported", format[i:i+n], format)
			}
			b.WriteString(s)
		default:
			b.WriteString(format[i : i+n])
		}
		i += n
	}
	return b.String(), nil
}

// dayBeside tells whether a format writes the day as a number: the month beside it may have a
// form of its own.
func dayBeside(format string) bool {
	quote := byte(0)
	for i := 0; i < len(format); i++ {
		switch ch := format[i]; {
		case quote != 0:
			if ch == quote {
				quote = 0
			}
		case ch == '\'' || ch == '"':
			quote = ch
		case ch == '\\':
			i++
		case ch == 'd':
			n := len(format[i:]) - len(strings.TrimLeft(format[i:], "d"))
			if n < 3 {
				return true
			}
			i += n - 1
		}
	}
	return false
}

func (c *Culture) field(t time.Time, ch byte, n int) (string, bool) {
	switch ch {
	case 'y':
		if n <= 2 {
			return pad(t.Year()%100, n), true
		}
		return pad(t.Year(), n), true
	case 'M':
		switch n {
		case 3:
			return c.shortMon[t.Month()-1], true
		case 4:
			return c.months[t.Month()-1], true
		}
		return pad(int(t.Month()), n), n < 3
	case 'd':
		switch n {
		case 3:
			return c.shortDays[t.Weekday()], true
		case 4:
			return c.days[t.Weekday()], true
		}
		return pad(t.Day(), n), n < 3
	case 'H':
		return pad(t.Hour(), n), n < 3
	case 'h':
		return pad((t.Hour()+11)%12+1, n), n < 3
	case 'm':
		return pad(t.Minute(), n), n < 3
	case 's':
		return pad(t.Second(), n), n < 3
	case 'f', 'F':
		s := fmt.Sprintf("%09d", t.Nanosecond())[:min(n, 7)]
		if ch == 'F' {
			s = strings.TrimRight(s, "0")
		}
		return s, n < 8
	case 't':
		s := c.am
		if t.Hour() >= 12 {
			s = c.pm
		}
		if n == 1 {
			s = first(s)
		}
		return s, n < 3
	}
	return "", false
}

// first is the first character of a name.
func first(s string) string {
	_, size := utf8.DecodeRuneInString(s)
	return s[:size]
}

// offset writes K, z, zz and zzz.
func offset(zone *int, ch byte, n int) (string, bool) {
	if zone == nil {
		return "", ch == 'K'
	}
	sign, m := "+", *zone
	if m < 0 {
		sign, m = "-", -m
	}
	if ch == 'z' && n < 3 {
		return sign + pad(m/60, n), true
	}
	return sign + pad(m/60, 2) + ":" + pad(m%60, 2), ch == 'K' || n == 3
}

func pad(v, width int) string {
	s := strconv.Itoa(v)
	if len(s) < width {
		s = strings.Repeat("0", width-len(s)) + s
	}
	return s
}
