package fn

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"inlay/dax"
)

// datePictures are the named formats of dates (format-function-dax.md); those of a culture are
// looked up by it.
var datePictures = map[string]func(c *culture) string{
	"GENERAL DATE": func(c *culture) string { return c.shortDate + " " + c.longTime },
	"LONG DATE":    func(c *culture) string { return c.longDate },
	"MEDIUM DATE":  func(c *culture) string { return c.longDate },
	"SHORT DATE":   func(c *culture) string { return c.shortDate },
	"LONG TIME":    func(c *culture) string { return c.longTime },
	"MEDIUM TIME":  func(*culture) string { return "hh:nn AM/PM" },
	"SHORT TIME":   func(*culture) string { return "hh:nn" },
}

// timely reports whether a format is one of dates: by name, or a picture with letters of dates
// and no digits. A number with such a picture is days since 1899-12-30.
func timely(name string, t dax.Type) bool {
	if datePictures[name] != nil {
		return true
	}
	if formats[name] != "" {
		return false
	}
	plain := ""
	for _, x := range pieces(name) {
		if !x.literal {
			plain += x.text
		}
	}
	if t == dax.DateTime {
		return !strings.ContainsAny(plain, "0#")
	}
	return !strings.ContainsAny(plain, "0#") && strings.ContainsAny(plain, "DMYHNSQW")
}

// piece is a run of one letter of a picture, or literal text.
type piece struct {
	text    string
	literal bool
}

// halves are the marks of the half of the day, longest first.
var halves = []string{"AM/PM", "AMPM", "A/P", "TT"}

// pieces cuts a picture of dates.
func pieces(p string) []piece {
	var all []piece
	upper := strings.ToUpper(p)
	if len(upper) != len(p) {
		upper = p // upper case of another length holds letters that are no picture's
	}
	for i := 0; i < len(p); {
		rest := upper[i:]
		n, literal := 1, false
		switch c := rest[0]; {
		case half(rest) > 0:
			n = half(rest)
		case c == '"' && strings.IndexByte(p[i+1:], '"') >= 0:
			end := strings.IndexByte(p[i+1:], '"')
			all = append(all, piece{p[i+1 : i+1+end], true})
			i += end + 2
			continue
		case c == '\\' && i+1 < len(p):
			_, size := utf8.DecodeRuneInString(p[i+1:])
			all = append(all, piece{p[i+1 : i+1+size], true})
			i += 1 + size
			continue
		case strings.IndexByte("DMYHNSQWCT0#", c) >= 0:
			for n < len(rest) && rest[n] == c {
				n++
			}
			literal = c == 'T' && n != 5 || c == 'C' && n != 1
		case c == '/':
		default:
			_, n = utf8.DecodeRuneInString(p[i:])
			literal = true
		}
		all = append(all, piece{p[i : i+n], literal})
		i += n
	}
	return all
}

// half is the length of the mark of the half of the day that a picture begins with.
func half(p string) int {
	for _, h := range halves {
		if strings.HasPrefix(p, h) && (h != "TT" || !strings.HasPrefix(p, "TTTTT")) {
			return len(h)
		}
	}
	return 0
}

// generalDate is a date without a picture: without the time at midnight, without the day of a
// time alone.
func (c *culture) generalDate(t time.Time) (string, error) {
	y, m, d := t.Date()
	switch {
	case y == 1899 && m == time.December && d == 30:
		return c.writeDate(t, c.longTime)
	case t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0:
		return c.writeDate(t, c.shortDate)
	}
	return c.writeDate(t, c.shortDate+" "+c.longTime)
}

// elapsed are the pictures of hours, minutes and seconds that Excel counts beyond a day.
var elapsed = regexp.MustCompile(`(?i)\[(h+|m+|s+)\]`)

// writeDate writes a date by a picture. m is the minute behind an hour or before a second,
// and the month otherwise.
func (c *culture) writeDate(t time.Time, picture string) (string, error) {
	if p := datePictures[strings.ToUpper(strings.TrimSpace(picture))]; p != nil {
		picture = p(c)
	}
	if m := elapsed.FindString(picture); m != "" {
		return "", fmt.Errorf("the picture %q has %s, which is not supported", picture, m)
	}
	all := pieces(picture)
	twelve := false
	for _, x := range all {
		twelve = twelve || !x.literal && half(strings.ToUpper(x.text)) > 0 && (c.half() || !strings.EqualFold(x.text, "AMPM"))
	}
	var b strings.Builder
	for i, x := range all {
		letter := strings.ToUpper(x.text)
		switch {
		case x.literal:
			b.WriteString(x.text)
			continue
		case letter[0] == 'M' && len(letter) < 3 && (near(all, i, -1) == 'H' || near(all, i, 1) == 'S'):
			letter = strings.Repeat("N", len(letter))
		case strings.Contains(letter, "0") || strings.Contains(letter, "#"):
			return "", fmt.Errorf("the picture %q mixes a date with digits", picture)
		}
		b.WriteString(c.dateField(t, letter, x.text, twelve))
	}
	if strings.HasSuffix(strings.ToUpper(picture), "AMPM") && !c.half() {
		return strings.TrimRight(b.String(), " "), nil
	}
	return b.String(), nil
}

// near is the letter of the next piece that is no literal, in a direction; 0 if there is none.
func near(all []piece, i, step int) byte {
	for i += step; i >= 0 && i < len(all); i += step {
		if !all[i].literal && all[i].text != "/" {
			return strings.ToUpper(all[i].text)[0]
		}
	}
	return 0
}

// twoDigits is the short date with two digits for day and month, which ddddd and c write.
func (c *culture) twoDigits() string {
	s := strings.NewReplacer("dd", "dd", "mm", "mm", "d", "dd", "m", "mm").Replace(c.shortDate)
	return s
}

func (c *culture) dateField(t time.Time, letter, written string, twelve bool) string {
	padded := func(n int) string { return fmt.Sprintf("%0*d", min(len(letter), 2), n) }
	hour := t.Hour()
	if twelve {
		hour = (hour+11)%12 + 1
	}
	switch {
	case letter == "/":
		return c.dateMark
	case half(letter) > 0:
		return c.meridiem(t, written)
	case letter == "C":
		return c.complete(t)
	case letter == "TTTTT":
		return t.Format("15:04:05")
	case letter[0] == 'D':
		return c.dayField(t, letter)
	case letter[0] == 'M' && len(letter) >= 4:
		return c.months[t.Month()-1]
	case letter == "MMM":
		return c.shortMonths[t.Month()-1]
	case letter[0] == 'M':
		return padded(int(t.Month()))
	case letter == "Y":
		return strconv.Itoa(t.YearDay())
	case letter == "YY":
		return fmt.Sprintf("%02d", t.Year()%100)
	case letter[0] == 'Y':
		return strconv.Itoa(t.Year())
	case letter[0] == 'H':
		return padded(hour)
	case letter[0] == 'N':
		return padded(t.Minute())
	case letter[0] == 'S':
		return padded(t.Second())
	case letter == "WW":
		return strconv.Itoa((t.YearDay()-1+int(time.Date(t.Year(), 1, 1, 0, 0, 0, 0, time.UTC).Weekday()))/7 + 1)
	case letter[0] == 'W':
		return strconv.Itoa(int(t.Weekday()) + 1)
	case letter[0] == 'Q':
		return strconv.Itoa((int(t.Month()) + 2) / 3)
	}
	return written
}

func (c *culture) dayField(t time.Time, letter string) string {
	switch len(letter) {
	case 1:
		return strconv.Itoa(t.Day())
	case 2:
		return fmt.Sprintf("%02d", t.Day())
	case 3:
		return c.shortDays[t.Weekday()]
	case 4:
		return c.days[t.Weekday()]
	}
	picture := c.twoDigits()
	if len(letter) > 5 {
		picture = c.longDate
	}
	s, _ := c.writeDate(t, picture) // pictures of cultures have no digits
	return s
}

// complete is the picture c: the date, the time, or both, whichever says something.
func (c *culture) complete(t time.Time) string {
	midnight := t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0
	date, clock := c.dayField(t, "DDDDD"), t.Format("15:04:05")
	switch y, m, d := t.Date(); {
	case y == 1899 && m == time.December && d == 30:
		return clock
	case midnight:
		return date
	}
	return date + " " + clock
}

// meridiem is AM or PM as the picture writes it: AM/PM, am/pm, A/P, a/p; AMPM is that of the
// culture, which is empty where the day has 24 hours.
func (c *culture) meridiem(t time.Time, written string) string {
	before, after, cut := strings.Cut(written, "/")
	if !cut {
		if before, after = "AM", "PM"; !c.half() && strings.EqualFold(written, "AMPM") {
			return ""
		}
	}
	if t.Hour() < 12 {
		return before
	}
	return after
}
