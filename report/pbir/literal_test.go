package pbir

import (
	"testing"
	"time"

	"inlay/dax"
)

func TestLiteral(t *testing.T) {
	at := func(h, m, s, micro int) dax.Value {
		return dax.TimeOf(time.Date(2026, 1, 31, h, m, s, micro*1000, time.UTC))
	}
	for in, want := range map[string]dax.Value{
		"null": {}, "true": dax.BoolOf(true), "false": dax.BoolOf(false),
		"'it''s'": dax.TextOf("it's"), "''": dax.TextOf(""), "'24L'": dax.TextOf("24L"),
		"24L": dax.IntOf(24), "-24L": dax.IntOf(-24), "24": dax.IntOf(24), "2.5": dax.FloatOf(2.5),
		"2.4D": dax.FloatOf(2.4), "1e3D": dax.FloatOf(1000), "-3D": dax.FloatOf(-3),
		"2.4M": dax.DecimalOf(24_000), "0.0001M": dax.DecimalOf(1), "0.00001M": dax.FloatOf(0.00001),
		"datetime'2026-01-31T00:00:00'": at(0, 0, 0, 0), "datetime'2026-01-31T12:30:15.25'": at(12, 30, 15, 250_000),
		"datetime'2026-01-31T12:30:15.2500000'": at(12, 30, 15, 250_000), "datetime'2026-01-31'": at(0, 0, 0, 0),
	} {
		if got, err := literal(in); err != nil || got != want {
			t.Errorf("%s: %v, %v", in, got, err)
		}
	}
	for _, in := range []string{
		"", "x", "'", "'a'b'", "24X", "1.5L", "1_000L", "0x10D", "InfD", "NaND", "1e400D", "1/3M", "L", "D", "--1L",
		"99999999999999999999L", "datetime'yesterday'", "datetime2026", "datetime'2026-01-31T00:00:00.0000001'", "guid'x'", "TRUE",
	} {
		if got, err := literal(in); err == nil {
			t.Errorf("%s became %v", in, got)
		}
	}
}

func TestColors(t *testing.T) {
	for in, want := range map[string]bool{"#fff": true, "#A1b2C3": true, "#11223344": true, "red": false, "#12": false, "#12345g": false, "": false, "#fff;x": false} {
		if isColor(in) != want {
			t.Errorf("%q", in)
		}
	}
	p := palette{Background: "#FFFFFF", Foreground: "#000000", Colors: []string{"#102030"}}
	for id, want := range map[int]string{0: "#FFFFFF", 1: "#000000", 2: "#102030", 3: "", -1: ""} {
		if got := p.numbered(id); got != want {
			t.Errorf("%d: %s", id, got)
		}
	}
	if a, b, c := shade("#102030", 0.5), shade("#102030", -0.5), shade("", 0.5); a != "#889098" || b != "#081018" || c != "" {
		t.Errorf("%s %s %s", a, b, c)
	}
}
