package model

import (
	"fmt"
	"strings"
	"time"
)

// RefreshPolicy is how a table is refreshed by periods: those in the incremental window are read
// again, older ones in the rolling window are kept, still older ones are left out.
type RefreshPolicy struct {
	Rolling            Granularity
	RollingPeriods     int
	Incremental        Granularity
	IncrementalPeriods int
	Offset             int    // periods between the end of the window and the current one: -1 leaves the current one out
	Source             string // M with the parameters RangeStart and RangeEnd; empty means that of the partition
	Place              Place
	Text               Text // where Source stands
}

// Granularity is a unit of time.
type Granularity uint8

// Granularities, the smallest first.
const (
	Day Granularity = iota + 1
	Month
	Quarter
	Year
)

// GranularityOf reads the name of a unit of time, such as quarter.
func GranularityOf(name string) (Granularity, bool) {
	g, ok := map[string]Granularity{"day": Day, "month": Month, "quarter": Quarter, "year": Year}[strings.ToLower(name)]
	return g, ok
}

// Floor is when the period began in which a moment lies.
func (g Granularity) Floor(t time.Time) time.Time {
	year, month, day := t.Date()
	switch g {
	case Year:
		month, day = time.January, 1
	case Quarter:
		month, day = (month-1)/3*3+1, 1
	case Month:
		day = 1
	}
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// Add is the beginning of the period that comes n periods after the one that begins at t.
func (g Granularity) Add(t time.Time, n int) time.Time {
	switch g {
	case Year:
		return t.AddDate(n, 0, 0)
	case Quarter:
		return t.AddDate(0, 3*n, 0)
	case Month:
		return t.AddDate(0, n, 0)
	}
	return t.AddDate(0, 0, n)
}

// name is what a period is called.
func (g Granularity) name(t time.Time) string {
	switch g {
	case Year:
		return t.Format("2006")
	case Quarter:
		return fmt.Sprintf("%dQ%d", t.Year(), (int(t.Month())+2)/3)
	case Month:
		return t.Format("2006-01")
	}
	return t.Format(time.DateOnly)
}

// Period is rows of a table from Start on, until before End.
type Period struct {
	Name       string
	Start, End time.Time
	Again      bool // in the incremental window: read at every refresh
}

// Periods are those of the rolling window on a day, without gaps: whole years, quarters and
// months where they fit, none smaller than the unit of the incremental window. None is larger than
// the unit of the rolling window either: its start would come to lie inside of one, whose rows
// would have to be read again.
func (p *RefreshPolicy) Periods(on time.Time) []Period {
	end := p.Incremental.Add(p.Incremental.Floor(on), 1+p.Offset)
	again := p.Incremental.Add(end, -p.IncrementalPeriods)
	start := p.Rolling.Add(p.Rolling.Floor(on), -p.RollingPeriods)
	var list []Period
	for at := start; at.Before(end); {
		unit := p.Incremental
		for _, g := range []Granularity{Year, Quarter, Month, Day} {
			if g >= p.Incremental && g <= p.Rolling && g.Floor(at).Equal(at) && !g.Add(at, 1).After(again) {
				unit = g
				break
			}
		}
		next := unit.Add(unit.Floor(at), 1)
		list = append(list, Period{Name: unit.name(at), Start: at, End: next, Again: next.After(again)})
		at = next
	}
	return list
}
