package fn

import (
	_ "embed"
	"strings"
)

//go:embed cultures.txt
var cultureText string

// culture is how numbers and dates are written. Dates are pictures.
type culture struct {
	name            string
	decimal, groups string
	money, debt     string // n stands for the number
	shortDate       string
	longDate        string
	longTime        string
	dateMark        string // between day, month and year in digits
	months          []string
	shortMonths     []string
	days, shortDays []string
}

// half reports whether the culture writes 2:30 PM and not 14:30.
func (c *culture) half() bool { return strings.HasSuffix(c.longTime, "AM/PM") }

// english reports whether words such as Yes and True are those of the culture.
func (c *culture) english() bool { return strings.HasPrefix(c.name, "en-") }

var cultures = readCultures(cultureText)

// unitedStates is the culture that is taken where none is said.
var unitedStates = cultures["en-us"]

// findCulture finds a culture by its name, in any letter case; a language alone is its first.
func findCulture(name string) (*culture, bool) {
	if name == "" {
		return unitedStates, true
	}
	c, ok := cultures[strings.ToLower(name)]
	return c, ok
}

func readCultures(text string) map[string]*culture {
	languages := map[string][][]string{}
	all := map[string]*culture{}
	spaces := strings.NewReplacer("_", "\u00a0", "~", "\u202f")
	for _, line := range strings.Split(text, "\n") {
		f := strings.Split(line, " | ")
		switch f[0] {
		case "lang":
			for _, names := range f[2:] {
				languages[f[1]] = append(languages[f[1]], strings.Fields(names))
			}
		case "culture":
			lang, _, _ := strings.Cut(f[1], "-")
			n := languages[lang]
			mark := strings.Trim(f[6], "dmy")
			c := &culture{name: f[1], decimal: f[2], groups: spaces.Replace(f[3]), money: spaces.Replace(f[4]), debt: spaces.Replace(f[5]),
				shortDate: f[6], longDate: f[7], longTime: f[8], dateMark: mark[:1], months: n[0], shortMonths: n[1], days: n[2], shortDays: n[3]}
			all[strings.ToLower(f[1])] = c
			if all[lang] == nil {
				all[lang] = c
			}
		}
	}
	return all
}
