package dax

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// String is the name of the type as DAX's own messages call it.
func (t Type) String() string {
	switch t {
	case Blank:
		return "Blank"
	case Boolean:
		return "True/False"
	case Int64:
		return "Integer"
	case Double:
		return "Number"
	case Decimal:
		return "Currency"
	case DateTime:
		return "Date"
	case String:
		return "Text"
	case Rows:
		return "Table"
	}
	return "Variant"
}

// IsNumeric reports whether values of the type are compared and computed as numbers.
func (t Type) IsNumeric() bool {
	return t == Int64 || t == Double || t == Decimal || t == DateTime
}

// String is the value as an expression would write it; for messages and debugging.
func (v Value) String() string {
	if v.kind == Double && (math.IsInf(v.f, 0) || math.IsNaN(v.f)) {
		return floatText(v.f)
	}
	return literal(v)
}

func cannot(v Value, to string) error {
	return fmt.Errorf("cannot convert %s of type %s to %s", clip(v.String()), v.kind, to)
}

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// ToNumber is the value as a number for arithmetic: numbers and dates as they are, TRUE as 1,
// text if it reads as a number or a date. BLANK stays BLANK.
func (v Value) ToNumber() (Value, error) {
	switch v.kind {
	case Boolean:
		return IntOf(v.n), nil
	case String:
		if n, ok := parseNumber(v.s); ok {
			return n, nil
		}
		if t, ok := parseTime(v.s); ok {
			return FloatOf(TimeOf(t).Float()), nil
		}
		return Value{}, cannot(v, "Number")
	}
	return v, nil
}

// ToFloat is the value as a double; BLANK is 0.
func (v Value) ToFloat() (float64, error) {
	n, err := v.ToNumber()
	return n.Float(), err
}

// ToInt is the value as a whole number, rounded half away from zero; BLANK is 0.
func (v Value) ToInt() (int64, error) {
	n, err := v.ToNumber()
	if err != nil {
		return 0, err
	}
	switch n.kind {
	case Int64:
		return n.n, nil
	case Decimal:
		return roundUnits(n.n), nil
	}
	f := math.Round(n.Float())
	if !(f >= -1<<63 && f < 1<<63) {
		return 0, cannot(v, "Integer")
	}
	return int64(f), nil
}

// roundUnits is a count of 1/10,000 as a whole number, half away from zero.
func roundUnits(n int64) int64 {
	q, r := n/10_000, n%10_000
	if r >= 5_000 {
		q++
	} else if r <= -5_000 {
		q--
	}
	return q
}

// ToDecimal is the value as a fixed decimal of four digits, rounded half away from zero;
// BLANK stays BLANK.
func (v Value) ToDecimal() (Value, error) {
	n, err := v.ToNumber()
	if err != nil || n.kind == Blank || n.kind == Decimal {
		return n, err
	}
	if n.kind == Int64 {
		u := n.n * 10_000
		if u/10_000 != n.n {
			return Value{}, cannot(v, "Currency")
		}
		return DecimalOf(u), nil
	}
	return decimalOfFloat(n.Float())
}

func decimalOfFloat(f float64) (Value, error) {
	u := math.Round(f * 10_000)
	if !(u >= -1<<63 && u < 1<<63) {
		return Value{}, fmt.Errorf("the number %s is too large for Currency", floatText(f))
	}
	return DecimalOf(int64(u)), nil
}

// ToBool is the value as a truth value: a number is TRUE unless it is 0, BLANK is FALSE, text
// is not a truth value.
func (v Value) ToBool() (bool, error) {
	switch v.kind {
	case String:
		return false, cannot(v, "True/False")
	case Double:
		return v.f != 0, nil
	case DateTime:
		return v.n != epoch, nil
	}
	return v.n != 0, nil
}

// ToTime is the value as a date and time: a number is days since 1899-12-30, text is read as
// a date of the United States or of ISO 8601. BLANK stays BLANK.
func (v Value) ToTime() (Value, error) {
	switch v.kind {
	case Blank, DateTime:
		return v, nil
	case String:
		if t, ok := parseTime(v.s); ok {
			return TimeOf(t), nil
		}
	}
	n, err := v.ToNumber()
	if err != nil {
		return Value{}, cannot(v, "Date")
	}
	return timeOfDays(n.Float())
}

// Bounds of dates: the engine knows days before 1900 only as the results of arithmetic.
var (
	firstMoment = time.Date(100, 1, 1, 0, 0, 0, 0, time.UTC)
	lastMoment  = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
)

func inRange(t time.Time) bool { return !t.Before(firstMoment) && t.Before(lastMoment) }

func timeOfDays(days float64) (Value, error) {
	if !(math.Abs(days) < 4e6) {
		return Value{}, fmt.Errorf("%s days since 1899-12-30 is no date", floatText(days))
	}
	// To the millisecond: closer, a double of days is noise (it has half a microsecond today).
	whole, part := math.Modf(days)
	v := Value{kind: DateTime, n: epoch + int64(whole)*dayMicros + int64(math.Round(part*dayMillis))*1000}
	if !inRange(v.Time()) {
		return Value{}, fmt.Errorf("%s days since 1899-12-30 is no date", floatText(days))
	}
	return v, nil
}

// ToText is the value as text in the form of the United States: at most 15 digits of a
// double, 7/1/2025 2:30:00 PM of a date; the text of BLANK is empty.
func (v Value) ToText() string {
	switch v.kind {
	case Boolean:
		if v.n != 0 {
			return "True"
		}
		return "False"
	case Int64:
		return strconv.FormatInt(v.n, 10)
	case Double:
		return floatText(v.f)
	case Decimal:
		return unitsText(v.n)
	case DateTime:
		return timeText(v.Time())
	}
	return v.s
}

// ToDecimalText is a number written so that it reads back as the same number: digits of a
// whole number or decimal, the shortest form of a double, which always has a point or an
// exponent. It reports false for what is no number.
func (v Value) ToDecimalText() (string, bool) {
	switch v.kind {
	case Int64:
		return strconv.FormatInt(v.n, 10), true
	case Decimal:
		return unitsText(v.n), true
	case Double:
		s := strconv.FormatFloat(v.f, 'g', -1, 64)
		if !strings.ContainsAny(s, ".eIN") {
			s += ".0"
		}
		return strings.ToUpper(s), true
	}
	return "", false
}

func unitsText(n int64) string {
	sign := ""
	u := uint64(n)
	if n < 0 {
		sign, u = "-", -u
	}
	s := fmt.Sprintf("%s%d.%04d", sign, u/10_000, u%10_000)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

// floatText writes a double with at most 15 significant digits. It is written without
// exponent while that needs at most 15 digits on either side of the point; this is how
// Windows turns numbers into text, and Power BI Desktop's results agree
// (1E-07 is 0.0000001, 5E-15 is 0.000000000000005, 1.5E+22 is 1.5E+22).
func floatText(f float64) string {
	switch {
	case math.IsNaN(f):
		return "-nan(ind)"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	case f == 0:
		return "0" // also of -0: which zero a sum is depends on the order that a source adds in
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', 14, 64), "e")
	mantissa = strings.TrimRight(strings.TrimRight(mantissa, "0"), ".")
	exp, _ := strconv.Atoi(exponent)
	sign := ""
	if mantissa[0] == '-' {
		sign, mantissa = "-", mantissa[1:]
	}
	digits := strings.Replace(mantissa, ".", "", 1)
	decimals := len(digits) - 1 - exp // digits behind the point when written in full
	switch {
	case exp >= 15 || decimals > 15:
		return fmt.Sprintf("%s%sE%+03d", sign, mantissa, exp)
	case decimals <= 0:
		return sign + digits + strings.Repeat("0", -decimals)
	case exp < 0:
		return sign + "0." + strings.Repeat("0", -exp-1) + digits
	}
	return sign + digits[:exp+1] + "." + digits[exp+1:]
}

// timeText leaves out midnight, and the day of a time without date, which is day 0.
func timeText(t time.Time) string {
	y, m, d := t.Date()
	switch {
	case y == 1899 && m == time.December && d == 30:
		return t.Format("3:04:05 PM")
	case t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0:
		return t.Format("1/2/2006")
	}
	return t.Format("1/2/2006 3:04:05 PM")
}

// parseNumber reads a number as Power BI Desktop does in the language of the United States:
// sign, currency sign, digits with commas anywhere before the point, point, exponent
// ("3,5" is 35, "$3" is 3).
func parseNumber(s string) (Value, bool) {
	s = strings.TrimSpace(s)
	s = strings.Replace(s, "$", "", 1)
	if s == "" || strings.Trim(s, "0123456789.,eE+-") != "" {
		return Value{}, false
	}
	whole, rest, point := strings.Cut(s, ".")
	if point && strings.Contains(rest, ",") || strings.HasPrefix(whole, ",") {
		return Value{}, false
	}
	s = strings.ReplaceAll(s, ",", "")
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return IntOf(n), true
	}
	f, err := strconv.ParseFloat(s, 64)
	return FloatOf(f), err == nil
}

// Forms of dates and times that text may have.
var (
	dateForms = []string{"1/2/2006", "2006-1-2", "2006/1/2", "1-2-2006", "2/1/2006",
		"January 2, 2006", "January 2 2006", "2 January 2006", "Jan 2, 2006", "Jan 2 2006",
		"2 Jan 2006", "2-Jan-2006", "Jan 2006", "January 2006"}
	clockForms = []string{"15:4:5.999999", "15:4", "3:4:5 PM", "3:4 PM", "3 PM"}
)

// parseTime reads a date, a time (on 1899-12-30), or both.
func parseTime(s string) (time.Time, bool) {
	s = strings.Join(strings.Fields(s), " ")
	try := func(layout string) (time.Time, bool) {
		t, err := time.Parse(layout, s)
		return t, err == nil && inRange(t)
	}
	for _, d := range dateForms {
		if t, ok := try(d); ok {
			return t, true
		}
		for _, c := range clockForms {
			if t, ok := try(d + " " + c); ok {
				return t, true
			}
		}
	}
	if t, ok := try("2006-1-2T15:4:5.999999"); ok {
		return t, true
	}
	for _, c := range clockForms {
		if t, err := time.Parse(c, strings.ToUpper(s)); err == nil {
			return time.Date(1899, 12, 30, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC), true
		}
	}
	return time.Time{}, false
}

// Key is equal for values that grouping treats as one: text without regard to case, numbers
// by their size. It begins with a letter for the kind, so no two kinds collide.
func (v Value) Key() string { return string(v.AppendKey(nil)) }

// AppendKey appends the Key of a value.
func (v Value) AppendKey(to []byte) []byte {
	switch v.kind {
	case Blank:
		return append(to, '-')
	case Boolean:
		return strconv.AppendInt(append(to, 'b'), v.n, 10)
	case String:
		return append(append(to, 't'), fold(v.s)...)
	case Int64:
		return strconv.AppendInt(append(to, 'n'), v.n, 10)
	case Decimal:
		if v.n%10_000 == 0 {
			return strconv.AppendInt(append(to, 'n'), v.n/10_000, 10)
		}
		return append(append(to, 'n'), unitsText(v.n)...)
	}
	f := v.Float()
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return strconv.AppendInt(append(to, 'n'), int64(f), 10)
	}
	return strconv.AppendFloat(append(to, 'n'), f, 'f', -1, 64)
}

// fold is the text as it is compared: case is ignored, accents are not.
func fold(s string) string { return strings.ToLower(s) }
