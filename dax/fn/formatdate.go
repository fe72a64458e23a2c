package fn

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"inlay/dax"
)

// datePictures are the named formats of dates, as pictures (format-function-dax.md).
var datePictures = map[string]string{
	"GENERAL DATE": "m/d/yyyy h:nn:ss AM/PM", "LONG DATE": "dddd, mmmm d, yyyy", "MEDIUM DATE": "dd-mmm-yy", "SHORT DATE": "m/d/yyyy",
	"LONG TIME": "h:nn:ss AM/PM", "MEDIUM TIME": "hh:nn AM/PM", "SHORT TIME": "hh:nn",
}

// timely reports whether a format is one of dates: by name, or a picture with letters of dates
// and no digits. A number with such a picture is days since 1899-12-30.
func timely(name string, t dax.Type) bool {
	if datePictures[name] != "" {
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

// pieces cuts a picture of dates.
func pieces(p string) []piece {
	var all []piece
	for i := 0; i < len(p); {
		rest := strings.ToUpper(p[i:])
		switch c := rest[0]; {
		case strings.HasPrefix(rest, "AM/PM"):
			all = append(all, piece{text: p[i : i+5]})
			i += 5
		case strings.HasPrefix(rest, "A/P"):
			all = append(all, piece{text: p[i : i+3]})
			i += 3
		case c == '"' && strings.IndexByte(p[i+1:], '"') >= 0:
			n := strings.IndexByte(p[i+1:], '"')
			all = append(all, piece{p[i+1 : i+1+n], true})
			i += n + 2
		case c == '\\' && i+1 < len(p):
			all = append(all, piece{p[i+1 : i+2], true})
			i += 2
		case strings.IndexByte("DMYHNSQW0#", c) >= 0:
			n := 1
			for n < len(rest) && rest[n] == c {
				n++
			}
			all = append(all, piece{text: p[i : i+n]})
			i += n
		default:
			all = append(all, piece{p[i : i+1], true})
			i++
		}
	}
	return all
}

// writeDate writes a date by a picture. m is the minute behind an hour or before a second,
// and the month otherwise.
func writeDate(t time.Time, picture string) string {
	if p := datePictures[strings.ToUpper(strings.TrimSpace(picture))]; p != "" {
		picture = p
	}
	all := pieces(picture)
	half := false
	for _, x := range all {
		half = half || !x.literal && strings.Contains(x.text, "/")
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
		}
		b.WriteString(dateField(t, letter, x.text, half))
	}
	return b.String()
}

// near is the letter of the next piece that is no literal, in a direction; 0 if there is none.
func near(all []piece, i, step int) byte {
	for i += step; i >= 0 && i < len(all); i += step {
		if !all[i].literal {
			return strings.ToUpper(all[i].text)[0]
		}
	}
	return 0
}

func dateField(t time.Time, letter, written string, half bool) string {
	hour := t.Hour()
	if half {
		hour = (hour+11)%12 + 1
	}
	week := (t.YearDay()-1+int(time.Date(t.Year(), 1, 1, 0, 0, 0, 0, time.UTC).Weekday()))/7 + 1
	padded := func(n int) string { return fmt.Sprintf("%0*d", min(len(letter), 2), n) }
	switch {
	case strings.Contains(letter, "/"):
		return meridiem(t, written)
	case strings.HasPrefix(letter, "DDDD"):
		return t.Weekday().String()
	case letter == "DDD":
		return t.Weekday().String()[:3]
	case letter[0] == 'D':
		return padded(t.Day())
	case strings.HasPrefix(letter, "MMMM"):
		return t.Month().String()
	case letter == "MMM":
		return t.Month().String()[:3]
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
		return strconv.Itoa(week)
	case letter[0] == 'W':
		return strconv.Itoa(int(t.Weekday()) + 1)
	case letter[0] == 'Q':
		return strconv.Itoa((int(t.Month()) + 2) / 3)
	}
	return written
}

// meridiem is AM or PM as the picture writes it: AM/PM, am/pm, A/P, a/p.
func meridiem(t time.Time, written string) string {
	before, after, _ := strings.Cut(written, "/")
	if t.Hour() < 12 {
		return before
	}
	return after
}
