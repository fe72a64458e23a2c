package culture

import (
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
	shortMon  [12]string
	days      [7]string // from Sunday
	shortDays [7]string
	am, pm    string
	of        string // a word inside long dates: 5 de mayo de 2026
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

// language holds what the cultures of one language share.
type language struct {
	months, shortMon, days, shortDays string
	decimal                           string
	groups                            []string
}

const nbsp, narrow = "\u00a0", "\u202f"

var languages = map[string]language{
	"en": {
		"January February March April May June July August September October November December",
		"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
		"Sunday Monday Tuesday Wednesday Thursday Friday Saturday", "Sun Mon Tue Wed Thu Fri Sat",
		".", []string{","},
	},
	"de": {
		"Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
		"Jan Feb Mrz Apr Mai Jun Jul Aug Sep Okt Nov Dez",
		"Sonntag Montag Dienstag Mittwoch Donnerstag Freitag Samstag", "So Mo Di Mi Do Fr Sa",
		",", []string{"."},
	},
	"fr": {
		"janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
		"janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
		"dimanche lundi mardi mercredi jeudi vendredi samedi", "dim. lun. mar. mer. jeu. ven. sam.",
		",", []string{narrow, nbsp, " "},
	},
	"es": {
		"enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
		"ene feb mar abr may jun jul ago sep oct nov dic",
		"domingo lunes martes miércoles jueves viernes sábado", "dom lun mar mié jue vie sáb",
		",", []string{"."},
	},
	"it": {
		"gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
		"gen feb mar apr mag giu lug ago set ott nov dic",
		"domenica lunedì martedì mercoledì giovedì venerdì sabato", "dom lun mar mer gio ven sab",
		",", []string{"."},
	},
	"nl": {
		"januari februari maart april mei juni juli augustus september oktober november december",
		"jan feb mrt apr mei jun jul aug sep okt nov dec",
		"zondag maandag dinsdag woensdag donderdag vrijdag zaterdag", "zo ma di wo do vr za",
		",", []string{"."},
	},
	"pt": {
		"janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
		"jan fev mar abr mai jun jul ago set out nov dez",
		"domingo segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado", "dom seg ter qua qui sex sáb",
		",", []string{"."},
	},
}

func build() map[string]*Culture {
	out := map[string]*Culture{}
	for _, v := range []struct {
		name, short, long, time, currency string
		order                             Order
	}{
		{"", "MM/dd/yyyy", "dddd, dd MMMM yyyy", "HH:mm:ss", "¤", MDY},
		{"en-US", "M/d/yyyy", "dddd, MMMM d, yyyy", "h:mm:ss tt", "$", MDY},
		{"en-GB", "dd/MM/yyyy", "dddd, d MMMM yyyy", "HH:mm:ss", "£", DMY},
		{"en-AU", "d/MM/yyyy", "dddd, d MMMM yyyy", "h:mm:ss tt", "$", DMY},
		{"en-IE", "dd/MM/yyyy", "dddd d MMMM yyyy", "HH:mm:ss", "€", DMY},
		{"en-NZ", "d/MM/yyyy", "dddd, d MMMM yyyy", "h:mm:ss tt", "$", DMY},
		{"de-DE", "dd.MM.yyyy", "dddd, d. MMMM yyyy", "HH:mm:ss", "€", DMY},
		{"de-AT", "dd.MM.yyyy", "dddd, d. MMMM yyyy", "HH:mm:ss", "€", DMY},
		{"fr-FR", "dd/MM/yyyy", "dddd d MMMM yyyy", "HH:mm:ss", "€", DMY},
		{"es-ES", "dd/MM/yyyy", "dddd, d' de 'MMMM' de 'yyyy", "H:mm:ss", "€", DMY},
		{"it-IT", "dd/MM/yyyy", "dddd d MMMM yyyy", "HH:mm:ss", "€", DMY},
		{"nl-NL", "d-M-yyyy", "dddd d MMMM yyyy", "HH:mm:ss", "€", DMY},
		{"pt-PT", "dd/MM/yyyy", "d' de 'MMMM' de 'yyyy", "HH:mm:ss", "€", DMY},
		{"pt-BR", "dd/MM/yyyy", "dddd, d' de 'MMMM' de 'yyyy", "HH:mm:ss", "R$", DMY},
	} {
		lang, _, _ := strings.Cut(v.name, "-")
		if lang == "" {
			lang = "en"
		}
		l := languages[lang]
		c := &Culture{
			Name: v.name, decimal: l.decimal, groups: l.groups, currency: []string{v.currency}, order: v.order,
			shortDate: v.short, longDate: v.long, longTime: v.time, am: "AM", pm: "PM",
		}
		if lang == "es" || lang == "pt" {
			c.of = "de"
		}
		copy(c.months[:], strings.Fields(l.months))
		copy(c.shortMon[:], strings.Fields(l.shortMon))
		copy(c.days[:], strings.Fields(l.days))
		copy(c.shortDays[:], strings.Fields(l.shortDays))
		if v.name == "de-AT" {
			c.groups = []string{nbsp, ".", " "}
			c.months[0], c.shortMon[0] = "Jänner", "Jän"
		}
		out[strings.ToLower(v.name)] = c
	}
	return out
}
