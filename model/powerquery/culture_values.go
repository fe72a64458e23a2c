package powerquery

import (
	"encoding/base64"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"inlay/model/powerquery/culture"
)

// oleEpoch is day 0 of dates as numbers: 1899-12-30.
var oleEpoch = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)

// toText is Text.From.
func toText(v Value, c *culture.Culture) (string, bool) {
	switch v.kind {
	case Text:
		return v.s, true
	case Integer:
		return strconv.FormatInt(v.n, 10), true
	case Number:
		return c.Write(v.float()), true
	case Decimal:
		return c.Fixed(decimalText(v.n), false), true
	case Logical:
		return strconv.FormatBool(v.n != 0), true
	case Date:
		return c.ShortDate(v.clock()), true
	case DateTime:
		return c.ShortDate(v.clock()) + " " + c.LongTime(v.clock()), true
	case Zoned:
		t := v.clock()
		return c.ShortDate(t) + " " + c.LongTime(t) + " " + zoneText(v.ref.(int)), true
	case Time:
		return c.ShortTime(time.UnixMicro(v.n).UTC()), true
	case Duration:
		return durationText(v.n), true
	case Binary:
		b, ok := v.ref.([]byte)
		return base64.StdEncoding.EncodeToString(b), ok
	}
	return "", false
}

func zoneText(minutes int) string {
	sign := "+"
	if minutes < 0 {
		sign, minutes = "-", -minutes
	}
	return sign + two(minutes/60) + ":" + two(minutes%60)
}

func two(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

// durationText is the constant format of .NET: days and a fraction, of seven digits, only where
// there are any.
func durationText(micros int64) string {
	s := ""
	if micros < 0 {
		s, micros = "-", -micros
	}
	d, rest := micros/day, micros%day
	if d > 0 {
		s += strconv.FormatInt(d, 10) + "."
	}
	sec := rest / second
	s += two(int(sec/3600)) + ":" + two(int(sec/60%60)) + ":" + two(int(sec%60))
	if frac := rest % second; frac != 0 {
		s += "." + strconv.FormatInt(second+frac, 10)[1:] + "0"
	}
	return s
}

// decimalText writes units of 1/10,000 without needless zeros.
func decimalText(units int64) string {
	r := new(big.Rat).SetFrac64(units, 10_000)
	s := r.FloatString(4)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// parseNumber is Number.FromText: an Integer where the text has no fraction.
func parseNumber(s string, c *culture.Culture) (Value, bool) {
	t, percent, ok := c.Number(s)
	if !ok {
		return Value{}, false
	}
	if !percent {
		if n, err := strconv.ParseInt(t, 10, 64); err == nil {
			return integer(n), true
		}
	}
	if percent && !strings.Contains(t, "e") {
		t, percent = t+"e-2", false // exact, where a division would round twice
	}
	f, err := strconv.ParseFloat(t, 64)
	if err != nil || math.IsInf(f, 0) {
		return Value{}, false
	}
	if percent {
		f /= 100
	}
	return number(f), true
}

// parseDecimal reads exact units of 1/10,000, rounding half to even as Currency.From does.
func parseDecimal(s string, c *culture.Culture) (Value, bool) {
	t, percent, ok := c.Number(s)
	if !ok || len(t) > 60 {
		return Value{}, false
	}
	if v, ok := shortDecimal(t); ok && !percent {
		return v, true
	}
	if percent || strings.Contains(t, "e") {
		f, err := strconv.ParseFloat(t, 64)
		if percent {
			f /= 100
		}
		if err != nil {
			return Value{}, false
		}
		return toDecimal(number(f))
	}
	r, ok := new(big.Rat).SetString(t)
	if !ok {
		return Value{}, false
	}
	return roundRat(r.Mul(r, big.NewRat(10_000, 1)))
}

// shortDecimal reads the common case: at most fourteen digits before the point, four behind.
func shortDecimal(t string) (Value, bool) {
	whole, frac, _ := strings.Cut(t, ".")
	if len(whole) > 14 || len(frac) > 4 || strings.Contains(t, "e") {
		return Value{}, false
	}
	n, err := strconv.ParseInt(whole+(frac + "0000")[:4], 10, 64)
	return decimal(n), err == nil
}

// roundRat rounds half to even into a Decimal.
func roundRat(r *big.Rat) (Value, bool) {
	q, m := new(big.Int).DivMod(r.Num(), r.Denom(), new(big.Int))
	switch twice := m.Lsh(m, 1).Cmp(r.Denom()); {
	case twice > 0, twice == 0 && q.Bit(0) == 1:
		q.Add(q, big.NewInt(1))
	}
	return decimal(q.Int64()), q.IsInt64()
}

func toDecimal(v Value) (Value, bool) {
	switch v.kind {
	case Decimal:
		return v, true
	case Integer:
		return decimal(v.n * 10_000), v.n <= math.MaxInt64/10_000 && v.n >= math.MinInt64/10_000
	}
	f := v.float()
	if math.IsNaN(f) || math.IsInf(f, 0) || math.Abs(f) > 9.2e14 {
		return Value{}, false
	}
	// The shortest decimal form is what the user sees: 0.00005 must not round as 0.0000499….
	r, ok := new(big.Rat).SetString(strconv.FormatFloat(f, 'f', -1, 64))
	if !ok {
		return Value{}, false
	}
	return roundRat(r.Mul(r, big.NewRat(10_000, 1)))
}

// toInteger rounds half to even, as Int64.From does.
func toInteger(v Value) (Value, bool) {
	if n, ok := v.whole(); ok {
		return integer(n), true
	}
	f := math.RoundToEven(v.float())
	return integer(int64(f)), math.Abs(f) < 1<<63
}

// momentOf turns what a text says into a value of the kind wanted.
func momentOf(s string, want Kind, c *culture.Culture) (Value, bool) {
	m, ok := c.Moment(s)
	if !ok && want == Time {
		m, ok = plainTime(s)
	}
	return ofMoment(m, want, ok)
}

// plainTime reads hours, and perhaps minutes, without a colon: 10 and 1012.
func plainTime(s string) (culture.Moment, bool) {
	s = strings.TrimSpace(s)
	n, err := strconv.ParseUint(s, 10, 16)
	if len(s) <= 2 {
		n *= 100
	}
	at := oleEpoch.Add(time.Duration(n/100)*time.Hour + time.Duration(n%100)*time.Minute)
	return culture.Moment{Time: at, HasTime: true}, err == nil && len(s) != 3 && len(s) <= 4 && n/100 < 24 && n%100 < 60
}

// ofMoment is what a text said as a value of the kind wanted. A time zone turns it into the
// local time, which is UTC, where the kind has none.
func ofMoment(m culture.Moment, want Kind, ok bool) (Value, bool) {
	if !ok {
		return Value{}, false
	}
	if m.HasZone && want != Zoned {
		m.Time = m.Time.Add(-time.Duration(m.Zone) * time.Minute)
	}
	switch want {
	case Date:
		return dateOf(m.Time), m.HasDate
	case DateTime:
		return dateTimeOf(m.Time), m.HasDate
	case Zoned:
		return Value{kind: Zoned, n: m.Time.UnixMicro(), ref: m.Zone}, m.HasDate
	case Time:
		return Value{kind: Time, n: m.Time.UnixMicro() - floorDiv(m.Time.UnixMicro(), day)*day}, m.HasTime
	}
	return Value{}, false
}

// fromSerial turns a number of days since 1899-12-30 into microseconds since 1970.
func fromSerial(f float64) (int64, bool) {
	if math.IsNaN(f) || f < -657_434 || f > 2_958_466 {
		return 0, false
	}
	return oleEpoch.UnixMicro() + int64(math.Round(f*float64(day))), true
}

// parseDuration reads [-][d.]hh:mm[:ss[.fff]], or a number of days.
func parseDuration(s string) (Value, bool) {
	s = strings.TrimSpace(s)
	neg := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	days, rest := "0", s
	if i, j := strings.IndexByte(s, '.'), strings.IndexByte(s, ':'); i >= 0 && (j < 0 || i < j) {
		days, rest = s[:i], s[i+1:]
	}
	parts := strings.Split(rest, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return Value{}, false
	}
	total, err := strconv.ParseInt(days, 10, 32)
	if err != nil {
		return Value{}, false
	}
	micros := total * day
	for i, p := range parts {
		f, err := strconv.ParseFloat(p, 64)
		if err != nil || f < 0 || f >= 60 && i > 0 || f >= 24 && i == 0 || i < 2 && f != math.Trunc(f) {
			return Value{}, false
		}
		micros += int64(math.Round(f * float64([]int64{3600, 60, 1}[i]*second)))
	}
	if neg {
		micros = -micros
	}
	return duration(micros), true
}
