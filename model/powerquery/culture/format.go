package culture

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// standard are the one-letter formats of .NET that have one meaning here.
func (c *Culture) standard(f string) (string, bool) {
	switch f {
	case "d":
		return c.shortDate, true
	case "D":
		return c.longDate, true
	case "t":
		return strings.Replace(c.longTime, ":ss", "", 1), true
	case "T":
		return c.longTime, true
	case "g":
		return c.shortDate + " " + strings.Replace(c.longTime, ":ss", "", 1), true
	case "G", "":
		return c.shortDate + " " + c.longTime, true
	case "s":
		return "yyyy-MM-dd'T'HH:mm:ss", true
	case "o", "O":
		return "yyyy-MM-dd'T'HH:mm:ss.fffffff", true
	case "y", "Y":
		return "MMMM yyyy", true
	}
	return "", false
}

// ShortDate writes a date as Text.From does.
func (c *Culture) ShortDate(t time.Time) string { s, _ := c.Format(t, "d"); return s }

// LongTime writes a time of day as Text.From does.
func (c *Culture) LongTime(t time.Time) string { s, _ := c.Format(t, "T"); return s }

// Format writes a point in time with a format string of .NET, such as yyyy-MM or MMMM.
func (c *Culture) Format(t time.Time, format string) (string, error) {
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
		case strings.IndexByte("yMdHhmsftFKzg", ch) >= 0:
			s, ok := c.field(t, ch, n)
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
	case 'f':
		return fmt.Sprintf("%09d", t.Nanosecond())[:min(n, 7)], n < 8
	case 't':
		s := c.am
		if t.Hour() >= 12 {
			s = c.pm
		}
		return s[:min(n, len(s))], n < 3
	}
	return "", false
}

func pad(v, width int) string {
	s := strconv.Itoa(v)
	if len(s) < width {
		s = strings.Repeat("0", width-len(s)) + s
	}
	return s
}
