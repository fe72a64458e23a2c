package visual

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/report"
)

func in(table, column string, values ...dax.Value) model.Filter {
	return model.Filter{Column: model.ColumnRef{Table: table, Column: column}, Op: model.In, Values: values}
}

// page is a page with a card and three slicers: on the city, which does not filter the slicer
// of months; on the month, with a saved choice; and on the units, for one value.
func page() (*report.Page, map[string]*report.Visual) {
	city := &report.Visual{Name: "city", Type: "slicer", Roles: roles{"Values": {col("Shop", "City")}}}
	month := &report.Visual{Name: "month", Type: "slicer", Roles: roles{"Values": {col("Date", "Month")}}, Chosen: []model.Filter{in("Date", "Month", dax.TextOf("May"))}}
	units := &report.Visual{Name: "units", Type: "slicer", Roles: roles{"Values": {col("Sales", "Units")}}, Options: map[string]any{"singleSelect": true}}
	card := &report.Visual{Name: "card", Type: "card", Roles: roles{"Values": {measure("Revenue")}}, Filters: []model.Filter{in("Shop", "Open", dax.BoolOf(true))}}
	p := &report.Page{Name: "p", DisplayName: "Page", Visuals: []*report.Visual{city, month, units, card},
		Filters:      []model.Filter{in("Date", "Day")},
		Interactions: []report.Interaction{{Source: "city", Target: "month", Kind: "NoFilter"}, {Source: "city", Target: "card", Kind: "DataFilter"}}}
	return p, map[string]*report.Visual{"city": city, "month": month, "units": units, "card": card}
}

func TestSlicers(t *testing.T) {
	fixed := []model.Filter{in("Sales", "Price"), in("Date", "Day")}
	open := in("Shop", "Open", dax.BoolOf(true))
	may := in("Date", "Month", dax.TextOf("May"))
	ulm := in("Shop", "City", dax.TextOf("Ulm"), dax.Value{})
	for name, c := range map[string]struct {
		visual string
		state  []Choice
		want   []model.Filter
	}{
		"a saved choice holds until another is made": {"card", nil, []model.Filter{open, may}},
		"a choice filters the others":                {"card", []Choice{{"city", []dax.Value{dax.TextOf("Ulm"), {}}}}, []model.Filter{open, ulm, may}},
		"but not itself":                             {"city", []Choice{{"city", []dax.Value{dax.TextOf("Ulm")}}}, []model.Filter{may}},
		"nor what the page keeps apart":              {"month", []Choice{{"city", []dax.Value{dax.TextOf("Ulm")}}}, nil},
		"another choice replaces the saved one":      {"card", []Choice{{"month", []dax.Value{dax.TextOf("June")}}}, []model.Filter{open, in("Date", "Month", dax.TextOf("June"))}},
		"everything replaces the saved one":          {"card", []Choice{{"month", nil}}, []model.Filter{open}},
		"numbers get the type of the column":         {"card", []Choice{{"month", nil}, {"units", []dax.Value{dax.FloatOf(3)}}}, []model.Filter{open, in("Sales", "Units", dax.IntOf(3))}},
	} {
		t.Run(name, func(t *testing.T) {
			p, visuals := page()
			d := &report.Definition{Pages: []*report.Page{p}, Filters: fixed[:1]}
			plan, err := Query(shop(), d, p, visuals[c.visual], State{Slicers: c.state})
			if err != nil {
				t.Fatal(err)
			}
			want := append(fixed[:2:2], c.want...)
			if diff := cmp.Diff(want, plan.Query.Where, cmp.Comparer(func(a, b dax.Value) bool { return a == b })); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSlicersRefused(t *testing.T) {
	text, number := dax.TextOf("x"), dax.IntOf(1)
	many := make([]dax.Value, maxChosen+1)
	for name, c := range map[string]struct {
		state []Choice
		spoil func(map[string]*report.Visual)
		kind  inlay.Kind
		says  string
	}{
		"unknown":        {[]Choice{{"nope", nil}}, nil, inlay.Invalid, "'nope'"},
		"no slicer":      {[]Choice{{"card", nil}}, nil, inlay.Invalid, "'card'"},
		"twice":          {[]Choice{{"city", nil}, {"city", nil}}, nil, inlay.Invalid, "'city'"},
		"type":           {[]Choice{{"city", []dax.Value{number}}}, nil, inlay.Invalid, "'Shop'[City]"},
		"fraction":       {[]Choice{{"units", []dax.Value{dax.FloatOf(1.5)}}}, nil, inlay.Invalid, "'units'"},
		"text as number": {[]Choice{{"units", []dax.Value{text}}}, nil, inlay.Invalid, "'units'"},
		"two of one":     {[]Choice{{"units", []dax.Value{number, number}}}, nil, inlay.Invalid, "takes one value"},
		"too many":       {[]Choice{{"city", many}}, nil, inlay.Limit, "'city'"},
		"saved choice not understood": {nil, func(v map[string]*report.Visual) {
			v["month"].ChosenUnsupported = "the choice that is saved in slicer 'month' is not supported: why"
		}, inlay.Unsupported, "'month'"},
		"a slicer that is not understood": {[]Choice{{"city", []dax.Value{text}}}, func(v map[string]*report.Visual) {
			v["city"].Unsupported = "visual 'city' cannot be asked: why"
		}, inlay.Unsupported, "'city'"},
		"a slicer of a lost column": {[]Choice{{"city", []dax.Value{text}}}, func(v map[string]*report.Visual) {
			v["city"].Roles = roles{"Values": {col("Shop", "Gone")}}
		}, inlay.Unsupported, "'Shop'[Gone]"},
	} {
		t.Run(name, func(t *testing.T) {
			p, visuals := page()
			if c.spoil != nil {
				c.spoil(visuals)
			}
			_, err := Query(shop(), &report.Definition{}, p, visuals["card"], State{Slicers: c.state})
			if err == nil || inlay.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestConvert(t *testing.T) {
	day := dax.TimeOf(time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC))
	for _, c := range []struct {
		in   dax.Value
		to   dax.Type
		want dax.Value
		ok   bool
	}{
		{dax.Value{}, dax.Int64, dax.Value{}, true},
		{dax.TextOf("2026-01-05T00:00:00"), dax.DateTime, day, true},
		{dax.TextOf("2026-01-05"), dax.DateTime, day, true},
		{dax.TextOf("5 January"), dax.DateTime, dax.Value{}, false},
		{dax.IntOf(2), dax.Double, dax.FloatOf(2), true},
		{dax.IntOf(2), dax.Decimal, dax.DecimalOf(20_000), true},
		{dax.FloatOf(2.4), dax.Decimal, dax.DecimalOf(24_000), true},
		{dax.FloatOf(0.00001), dax.Decimal, dax.Value{}, false},
		{dax.IntOf(math.MaxInt64), dax.Decimal, dax.Value{}, false},
		{dax.FloatOf(1e300), dax.Int64, dax.Value{}, false},
		{dax.FloatOf(math.NaN()), dax.Int64, dax.Value{}, false},
		{dax.BoolOf(true), dax.Int64, dax.Value{}, false},
		{dax.TextOf("x"), dax.Variant, dax.TextOf("x"), true},
		{dax.IntOf(1), dax.String, dax.Value{}, false},
	} {
		got, ok := convert(c.in, c.to)
		if ok != c.ok || ok && got != c.want {
			t.Errorf("%v to %d: %v, %v", c.in, c.to, got, ok)
		}
	}
}
