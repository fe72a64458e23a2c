package model

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func names(list []Period) string {
	var out []string
	for _, p := range list {
		name := p.Name
		if p.Again {
			name += "*"
		}
		out = append(out, name)
	}
	return strings.Join(out, " ")
}

func TestPeriods(t *testing.T) {
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d.Add(13 * time.Hour)
	}
	for _, c := range []struct {
		p    RefreshPolicy
		on   string
		want string
	}{
		{RefreshPolicy{Rolling: Year, RollingPeriods: 2, Incremental: Day, IncrementalPeriods: 3}, "2026-05-12",
			"2024 2025 2026Q1 2026-04 2026-05-01 2026-05-02 2026-05-03 2026-05-04 2026-05-05 2026-05-06 2026-05-07 2026-05-08 2026-05-09 2026-05-10* 2026-05-11* 2026-05-12*"},
		{RefreshPolicy{Rolling: Year, RollingPeriods: 1, Incremental: Month, IncrementalPeriods: 2, Offset: -1}, "2026-05-12", "2025 2026-01 2026-02 2026-03* 2026-04*"},
		{RefreshPolicy{Rolling: Month, RollingPeriods: 1, Incremental: Year, IncrementalPeriods: 1}, "2026-05-12", "2026*"},
		{RefreshPolicy{Rolling: Day, RollingPeriods: 2, Incremental: Day, IncrementalPeriods: 9}, "2026-03-01", "2026-02-27* 2026-02-28* 2026-03-01*"},
	} {
		if got := names(c.p.Periods(day(c.on))); got != c.want {
			t.Errorf("%+v on %s\n got %s\nwant %s", c.p, c.on, got, c.want)
		}
	}
}

// TestPeriodsTile: periods have no gaps, none overlap, and as time goes on each that is kept is
// made of periods that were there before, or is one of them.
func TestPeriodsTile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		units := rapid.SampledFrom([]Granularity{Day, Month, Quarter, Year})
		p := RefreshPolicy{Rolling: units.Draw(t, "rolling"), RollingPeriods: rapid.IntRange(1, 4).Draw(t, "periods"), Incremental: units.Draw(t, "incremental"),
			IncrementalPeriods: rapid.IntRange(1, 5).Draw(t, "again"), Offset: rapid.IntRange(-1, 0).Draw(t, "offset")}
		on := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 1000).Draw(t, "day"))
		before := p.Periods(on)
		after := p.Periods(on.AddDate(0, 0, rapid.IntRange(0, 40).Draw(t, "later")))
		for _, list := range [][]Period{before, after} {
			for i, x := range list {
				if !x.Start.Before(x.End) || i > 0 && !list[i-1].End.Equal(x.Start) {
					t.Fatalf("%+v does not tile", list)
				}
			}
		}
		for i, x := range after {
			cut := false // an old period reaches over the border of a new one
			for _, y := range before {
				cut = cut || y.Start.Before(x.Start) && y.End.After(x.Start)
			}
			if cut && i > 0 {
				t.Fatalf("%s lies inside a period of %s", x.Name, names(before))
			}
		}
	})
}
