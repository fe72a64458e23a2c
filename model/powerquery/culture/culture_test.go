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
	if len(Names()) < 10 {
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
