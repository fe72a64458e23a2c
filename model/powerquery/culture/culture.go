package culture

import (
	"slices"
	"sort"
	"strings"
)

// Order is the order in which a culture writes day, month and year in digits.
type Order uint8

// Orders.
const (
	DMY Order = iota
	MDY
	YMD
)

// Culture is how one culture writes numbers and dates.
type Culture struct {
	Name      string
	decimal   string
	groups    []string // accepted between thousands; the first is written
	currency  []string
	order     Order
	shortDate string // format strings of .NET
	longDate  string
	longTime  string
	months    [12]string
	genitive  [12]string // beside a day: 5 марта; as months where the language has none
	shortMon  [12]string
	also      [12]string // other short names
	days      [7]string  // from Sunday
	shortDays [7]string
	am, pm    string
	of        string // a word inside long dates: 5 de mayo de 2026
	marked    bool   // numbers of dates have their unit behind them: 2026年1月31日
	lakhs     bool   // digits above the thousands stand in twos: 12,34,567
}

// Find is a culture by its name, without regard to case. The empty name is the invariant
// culture. False if the culture is not known.
func Find(name string) (*Culture, bool) {
	c, ok := all[strings.ToLower(name)]
	return c, ok
}

// Invariant is the culture without a country.
func Invariant() *Culture {
	c, _ := Find("")
	return c
}

// Names are the names of the cultures known, in order.
func Names() []string {
	var out []string
	for _, c := range all {
		if c.Name != "" {
			out = append(out, c.Name)
		}
	}
	sort.Strings(out)
	return out
}

// Month is the name of a month, from 1.
func (c *Culture) Month(m int) string { return c.months[m-1] }

// Day is the name of a day of the week, from 0 for Sunday.
func (c *Culture) Day(d int) string { return c.days[d] }

var all = build()

func build() map[string]*Culture {
	out := map[string]*Culture{}
	for _, v := range regions {
		lang, _, _ := strings.Cut(v.name, "-")
		if lang == "" {
			lang = "en"
		}
		l := languages[lang]
		c := &Culture{
			Name: v.name, decimal: l.decimal, groups: l.groups, currency: strings.Fields(v.currency), order: v.order,
			shortDate: v.short, longDate: v.long, longTime: v.time, am: "AM", pm: "PM", of: l.of, marked: l.marked,
			lakhs: strings.HasSuffix(v.name, "-IN"),
		}
		if v.decimal != "" {
			c.decimal, c.groups = v.decimal, v.groups
		}
		if am, pm, ok := strings.Cut(l.halves, " "); ok {
			c.am, c.pm = am, pm
		}
		copy(c.months[:], strings.Fields(l.months))
		c.genitive = c.months
		copy(c.genitive[:], strings.Fields(l.genitive))
		copy(c.shortMon[:], strings.Fields(l.shortMon))
		copy(c.also[:], strings.Fields(l.also))
		copy(c.days[:], strings.Fields(l.days))
		copy(c.shortDays[:], strings.Fields(l.shortDays))
		if v.name == "de-AT" {
			c.months[0], c.genitive[0], c.shortMon[0] = "Jänner", "Jänner", "Jän"
		}
		out[strings.ToLower(v.name)] = c
	}
	return out
}

// long are the names of a month as they may be written in full.
func (c *Culture) long() []string { return slices.Concat(c.months[:], c.genitive[:]) }
