package culture

import (
	"testing"
	"time"
)

func find(t *testing.T, name string) *Culture {
	t.Helper()
	c, ok := Find(name)
	if !ok {
		t.Fatalf("no culture %q", name)
	}
	return c
}

func TestNumber(t *testing.T) {
	for _, c := range []struct{ culture, in, want string }{
		{"en-US", "1,234.50", "1234.50"}, {"en-US", " -5 ", "-5"}, {"en-US", "$1,000", "1000"}, {"en-US", "-$5.5", "-5.5"}, {"en-US", "1e3", "1e3"},
		{"en-US", ".5", "0.5"}, {"en-US", "+7", "7"}, {"en-US", "1,5", "!"}, {"en-US", "1.2.3", "!"}, {"en-US", "12,34", "!"}, {"en-US", "", "!"}, {"en-US", "-", "!"}, {"en-US", "x", "!"}, {"en-US", "1 2", "!"}, {"en-US", "NaN", "!"},
		{"de-DE", "1.234,50", "1234.50"}, {"de-DE", "1234,5", "1234.5"}, {"de-DE", "5 €", "5"}, {"de-DE", "1,234.5", "!"}, {"de-DE", "1.5", "!"},
		{"en-GB", "£3,000.00", "3000.00"}, {"fr-FR", "1\u202f234,5", "1234.5"}, {"EN-gb", "12%", "12%"},
		{"de-CH", "1’234.50", "1234.50"}, {"de-CH", "1'234.50", "1234.50"}, {"de-CH", "1.234,50", "!"}, {"fr-CA", "1 234,5", "1234.5"}, {"pt-PT", "1 234,5", "1234.5"}, {"es-MX", "1,234.5", "1234.5"},
		{"sv-SE", "1\u00a0234,5 kr", "1234.5"}, {"sv-SE", "1.5", "!"}, {"da-DK", "1.234,5", "1234.5"}, {"tr-TR", "1.234,5", "1234.5"}, {"ja-JP", "¥1,234", "1234"}, {"pl-PL", "1 234,50 zł", "1234.50"},
		{"en-IN", "12,34,567.5", "1234567.5"}, {"hi-IN", "1,234,567", "1234567"}, {"en-IN", "12,34", "!"}, {"en-IN", "1,2,345", "!"}, {"en-US", "12,34,567", "!"},
	} {
		got, percent, ok := find(t, c.culture).Number(c.in)
		if percent {
			got += "%"
		}
		if !ok {
			got = "!"
		}
		if got != c.want {
			t.Errorf("%s %q: got %q, want %q", c.culture, c.in, got, c.want)
		}
	}
}

func TestMoment(t *testing.T) {
	for _, c := range []struct{ culture, in, want string }{
		{"en-GB", "2026-01-31", "2026-01-31T00:00:00"}, {"en-GB", "05/01/2026", "2026-01-05T00:00:00"}, {"en-US", "05/01/2026", "2026-05-01T00:00:00"},
		{"en-GB", "31/01/2026", "2026-01-31T00:00:00"}, {"en-US", "31/01/2026", "!"}, {"de-DE", "31.1.2026", "2026-01-31T00:00:00"}, {"de-DE", "5. März 2026", "2026-03-05T00:00:00"},
		{"en-GB", "5 Jan 2026", "2026-01-05T00:00:00"}, {"en-US", "Jan 5, 2026", "2026-01-05T00:00:00"}, {"en-US", "Monday, January 5, 2026", "2026-01-05T00:00:00"},
		{"en-US", "2026-01", "2026-01-01T00:00:00"}, {"en-US", "2026 Jan", "2026-01-01T00:00:00"}, {"en-GB", "1/2/26", "2026-02-01T00:00:00"}, {"en-GB", "1/2/50", "1950-02-01T00:00:00"},
		{"en-GB", "2026-01-31T23:59:58.5Z", "2026-01-31T23:59:58"}, {"en-US", "1/31/2026 1:05 PM", "2026-01-31T13:05:00"}, {"en-US", "1/31/2026 12:05 AM", "2026-01-31T00:05:00"},
		{"en-GB", "12:30", "1899-12-30T12:30:00"}, {"en-GB", "2026-02-30", "!"}, {"en-GB", "2026-13-01", "!"}, {"en-GB", "20260131", "!"}, {"en-GB", "Monday 5 2026", "!"}, {"es-ES", "mar 5 mar 2026", "2026-03-05T00:00:00"}, {"en-GB", "5/3", "!"},
		{"en-GB", "1/2/3/4", "!"}, {"en-GB", "x", "!"}, {"en-GB", "", "!"}, {"en-GB", "25:00", "!"}, {"en-GB", "2026-01-31 13:05 PM", "!"}, {"en-GB", "1:2:3:4:5", "!"}, {"en-GB", "2026-01-31T10:00+25:00", "!"},
		{"cs-CZ", "5. března 2026", "2026-03-05T00:00:00"}, {"cs-CZ", "5. březen 2026", "2026-03-05T00:00:00"}, {"pl-PL", "5 marca 2026", "2026-03-05T00:00:00"}, {"ru-RU", "5 марта 2026 г.", "2026-03-05T00:00:00"},
		{"ru-RU", "5 мая 2026", "2026-05-05T00:00:00"}, {"fi-FI", "5. maaliskuuta 2026", "2026-03-05T00:00:00"}, {"sv-SE", "2026-03-05", "2026-03-05T00:00:00"}, {"sv-SE", "3/5/2026", "2026-03-05T00:00:00"}, {"sv-SE", "31/1/2026", "!"},
		{"en-CA", "26-03-05", "2026-03-05T00:00:00"}, {"ja-JP", "2026年3月5日", "2026-03-05T00:00:00"}, {"zh-CN", "2026年13月5日", "!"}, {"zh-CN", "2026年3月", "2026-03-01T00:00:00"}, {"ko-KR", "2026-03-05 오후 3:04:05", "2026-03-05T15:04:05"},
		{"ko-KR", "2026년 3월 5일", "2026-03-05T00:00:00"}, {"en-US", "2026年3月5日", "!"}, {"hu-HU", "2026. 03. 05.", "2026-03-05T00:00:00"}, {"hr-HR", "5.3.2026.", "2026-03-05T00:00:00"}, {"hi-IN", "5 मार्च 2026", "2026-03-05T00:00:00"},
		{"el-GR", "5/3/2026 3:04 μμ", "2026-03-05T15:04:00"}, {"en-IN", "05-03-2026", "2026-03-05T00:00:00"}, {"tr-TR", "5.03.2026", "2026-03-05T00:00:00"}, {"en-US", "PM 3:04 PM", "!"},
	} {
		m, ok := find(t, c.culture).Moment(c.in)
		got := m.Time.Format("2006-01-02T15:04:05")
		if !ok {
			got = "!"
		}
		if got != c.want {
			t.Errorf("%s %q: got %s, want %s", c.culture, c.in, got, c.want)
		}
	}
}

// TestEveryCultureReadsWhatItWrites: dates and numbers survive a round trip.
func TestEveryCultureReadsWhatItWrites(t *testing.T) {
	if len(Names()) < 50 {
		t.Fatalf("only %d cultures", len(Names()))
	}
	day := time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC)
	for _, name := range append(Names(), "") {
		c := find(t, name)
		for _, f := range []string{"d", "yyyy-MM-dd", "d MMM yyyy", "d MMMM yyyy"} {
			s, err := c.Format(day, f)
			if err != nil {
				t.Fatal(err)
			}
			if m, ok := c.Moment(s); !ok || !m.Time.Equal(day) {
				t.Errorf("%s: %q is read as %v, %v", name, s, m.Time, ok)
			}
		}
		for i := range 12 {
			if c.months[i] == "" || c.genitive[i] == "" || c.shortMon[i] == "" || c.days[i%7] == "" || c.shortDays[i%7] == "" {
				t.Errorf("%s: a name of a month or day is missing", name)
			}
		}
		if point, between, _ := c.Plain(); point != '.' && point != ',' || between == ' ' {
			t.Errorf("%s: %q, %q", name, point, between)
		}
		at := time.Date(2026, 10, 25, 17, 4, 5, 0, time.UTC)
		for _, f := range []string{"g", "G", "dd MMMM yyyy HH:mm", "MMM yyyy h:mm:ss tt"} {
			s, err := c.Format(at, f)
			if err != nil {
				t.Fatal(err)
			}
			if m, ok := c.Moment(s); !ok || m.Time.Hour() != 17 || m.Time.Month() != 10 || m.Time.Year() != 2026 {
				t.Errorf("%s: %q is read as %v, %v", name, s, m.Time, ok)
			}
			if m, ok, err := c.Parse(s, f); err != nil || !ok || m.Time.Hour() != 17 || m.Time.Month() != 10 {
				t.Errorf("%s: %q is read as %v, %v, %v by %q", name, s, m.Time, ok, err, f)
			}
		}
		if got, _, ok := c.Number(c.Fixed("-1234567.25", true)); !ok || got != "-1234567.25" {
			t.Errorf("%s: %q is read as %q", name, c.Fixed("-1234567.25", true), got)
		}
	}
}

func FuzzMoment(f *testing.F) {
	for _, s := range []string{"2026-01-31", "1/2/3", "5 Jan 2026", "10:20:30.5 PM", "T::", "Z", "+01:00", "..//--", "１２"} {
		f.Add(s)
	}
	c, _ := Find("en-GB")
	f.Fuzz(func(t *testing.T, s string) {
		if m, ok := c.Moment(s); ok && (m.Time.Year() < 1 || m.Time.Year() > 9999) {
			t.Errorf("%q is the year %d", s, m.Time.Year())
		}
		c.Number(s)
	})
}
