package powerquery

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"inlay"
	"inlay/model/powerquery/culture"
)

var inf, nan = math.Inf(1), math.NaN()

func defineNumbers() {
	for name, typ := range map[string]string{
		"Number.From": "number", "Int64.From": "Int64.Type", "Int32.From": "Int32.Type", "Currency.From": "Currency.Type",
		"Decimal.From": "number", "Double.From": "number", "Single.From": "Single.Type", "Percentage.From": "number",
		"Int16.From": "Int16.Type", "Int8.From": "Int8.Type", "Byte.From": "Byte.Type", "Logical.From": "logical",
		"Date.From": "date", "DateTime.From": "datetime", "DateTimeZone.From": "datetimezone", "Time.From": "time", "Duration.From": "duration",
	} {
		most := 2
		if strings.HasSuffix(typ, ".Type") && typ != "Single.Type" {
			most = 3
		}
		define(name, 1, most, func(c *call) (Value, error) {
			cul, err := c.cultureAt(1)
			if err != nil {
				return Value{}, err
			}
			if c.has(2) {
				return c.roundedFrom(typ, cul)
			}
			v, ok := convert(c.arg(0), typ, cul)
			if !ok {
				return Value{}, c.unread(c.arg(0), typ)
			}
			return v, nil
		})
	}
	library["Number.FromText"], library["Logical.FromText"] = library["Number.From"], library["Logical.From"]
	for name, f := range map[string]func(float64) float64{
		"Number.Abs": math.Abs, "Number.Sqrt": math.Sqrt, "Number.Exp": math.Exp, "Number.Ln": math.Log,
		"Number.Sign": func(f float64) float64 { return float64(sign(int64(boolTo(f > 0)), int64(boolTo(f < 0)))) },
	} {
		define(name, 1, 1, onNumber(func(c *call, f64 float64) (Value, error) {
			if n := c.arg(0); n.kind == Integer && name == "Number.Abs" && n.n != math.MinInt64 {
				return integer(abs(n.n)), nil
			}
			return tidy(f(f64)), nil
		}))
	}
	define("Number.Round", 1, 3, onNumber(func(c *call, f float64) (Value, error) { return round(c, f, -1) }))
	define("Number.RoundUp", 1, 2, onNumber(func(c *call, f float64) (Value, error) { return round(c, f, 0) }))
	define("Number.RoundDown", 1, 2, onNumber(func(c *call, f float64) (Value, error) { return round(c, f, 1) }))
	define("Number.RoundAwayFromZero", 1, 2, onNumber(func(c *call, f float64) (Value, error) { return round(c, f, 2) }))
	define("Number.RoundTowardZero", 1, 2, onNumber(func(c *call, f float64) (Value, error) { return round(c, f, 3) }))
	two := func(f func(a, b float64) float64) func(c *call, a float64) (Value, error) {
		return func(c *call, a float64) (Value, error) {
			if !c.has(1) {
				return Value{}, nil
			}
			b, err := c.number(1)
			if c.has(2) && c.arg(2).n == 1 && err == nil {
				return c.exactly(a, b)
			}
			return tidy(f(a, b)), err
		}
	}
	// The sign of Number.Mod is that of the dividend, as with the operator of C#.
	define("Number.Mod", 2, 3, onNumber(two(math.Mod)))
	define("Number.Power", 2, 2, onNumber(two(math.Pow)))
	define("Number.IntegerDivide", 2, 3, onNumber(two(func(a, b float64) float64 { return math.Trunc(a / b) })))
	define("Number.IsEven", 1, 1, onNumber(func(c *call, f float64) (Value, error) { return logical(math.Mod(f, 2) == 0), nil }))
	define("Number.IsOdd", 1, 1, onNumber(func(c *call, f float64) (Value, error) { return logical(math.Abs(math.Mod(f, 2)) == 1), nil }))
	define("Number.ToText", 1, 3, onNumber(numberToText))
}

// exactly is Number.Mod or Number.IntegerDivide on the decimal digits of the numbers
// (Precision.Decimal).
func (c *call) exactly(a, b float64) (Value, error) {
	x, ok := new(big.Rat).SetString(strconv.FormatFloat(a, 'f', -1, 64))
	y, both := new(big.Rat).SetString(strconv.FormatFloat(b, 'f', -1, 64))
	if !ok || !both || y.Sign() == 0 || math.Abs(a) > 7.9e28 || math.Abs(b) > 7.9e28 {
		return Value{}, c.raise(1, "the numbers are not ones that Precision.Decimal can divide")
	}
	q := new(big.Rat).Quo(x, y)
	whole := new(big.Rat).SetInt(new(big.Int).Quo(q.Num(), q.Denom()))
	if c.name == "Number.Mod" {
		whole.Sub(x, whole.Mul(whole, y))
	}
	f, _ := whole.Float64()
	return tidy(f), nil
}

// roundedFrom is Int64.From and its kin with a rounding mode.
func (c *call) roundedFrom(typ string, cul *culture.Culture) (Value, error) {
	v, ok := toNumber(c.arg(0), cul)
	if !ok || !c.has(0) {
		return Value{}, c.unread(c.arg(0), typ)
	}
	places := int64(0)
	if typ == "Currency.Type" {
		places = 4
	}
	sub := *c
	sub.args = []Value{v, integer(places), c.arg(2)}
	mode := c.arg(2).n
	if mode == 4 {
		mode = -1
	}
	out, err := round(&sub, v.float(), mode)
	if err != nil {
		return out, err
	}
	if out, ok = convert(out, typ, cul); !ok {
		return Value{}, c.unread(c.arg(0), typ)
	}
	return out, nil
}

func boolTo(b bool) int {
	if b {
		return 1
	}
	return 0
}

// tidy makes an Integer of a whole result, so that keys stay keys.
func tidy(f float64) Value {
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return integer(int64(f))
	}
	return number(f)
}

func onNumber(f func(c *call, n float64) (Value, error)) func(c *call) (Value, error) {
	return func(c *call) (Value, error) {
		if !c.has(0) {
			return Value{}, nil
		}
		n, err := c.number(0)
		if err != nil {
			return Value{}, err
		}
		return f(c, n)
	}
}

// round rounds to digits (argument 1) by the mode given, or that of argument 2, or half to
// even. It works on the shortest decimal form of the number, not on its binary fraction.
func round(c *call, f float64, mode int64) (Value, error) {
	places := int64(0)
	var err error
	if c.has(1) {
		if places, err = c.whole(1); err != nil {
			return Value{}, err
		}
	}
	half := mode < 0
	if half {
		mode = 4
		if c.has(2) {
			if mode, err = c.whole(2); err != nil {
				return Value{}, err
			}
		}
	}
	if math.IsNaN(f) || math.IsInf(f, 0) || places > 15 || places < -15 {
		return number(f), nil
	}
	r, _ := new(big.Rat).SetString(strconv.FormatFloat(f, 'f', -1, 64))
	scale := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(abs(places)), nil))
	if places < 0 {
		scale.Inv(scale)
	}
	r.Mul(r, scale)
	q, m := new(big.Int).DivMod(r.Num(), r.Denom(), new(big.Int)) // m >= 0: q is rounded down
	if m.Sign() != 0 {
		twice := new(big.Int).Lsh(m, 1).Cmp(r.Denom())
		up := twice > 0
		if !half || twice == 0 {
			switch mode {
			case 0:
				up = true
			case 1:
				up = false
			case 2:
				up = r.Sign() > 0
			case 3:
				up = r.Sign() < 0
			default:
				up = q.Bit(0) == 1
			}
		}
		if up {
			q.Add(q, big.NewInt(1))
		}
	}
	out, _ := new(big.Rat).Quo(new(big.Rat).SetInt(q), scale).Float64()
	return tidy(out), nil
}

// numberToText is Number.ToText with the formats D, F, N, P and G, and 0-and-# patterns.
func numberToText(c *call, f float64) (Value, error) {
	cul, err := c.cultureAt(2)
	if err != nil {
		return Value{}, err
	}
	if !c.has(1) {
		s, _ := toText(c.arg(0), cul)
		return text(s), nil
	}
	format, err := c.text(1)
	if err != nil {
		return Value{}, err
	}
	unsupported := c.errorf(1, inlay.Unsupported, "the format %q is not supported", format)
	places := -1
	kind := strings.ToUpper(format[:min(1, len(format))])
	if n, err := strconv.Atoi(format[min(1, len(format)):]); err == nil && n <= 30 {
		places = n
	} else if len(format) > 1 {
		kind = "0"
	}
	switch kind {
	case "D":
		n, ok := c.arg(0).whole()
		if !ok {
			return Value{}, c.raise(0, "the format D needs a whole number")
		}
		s := strconv.FormatInt(abs(n), 10)
		s = strings.Repeat("0", max(0, places-len(s))) + s
		if n < 0 {
			s = "-" + s
		}
		return text(s), nil
	case "F", "N", "P":
		if places < 0 {
			places = 2
		}
		if kind == "P" {
			f *= 100
		}
		s := cul.Fixed(fixed(f, places), kind != "F")
		if kind == "P" {
			s += " %"
		}
		return text(s), nil
	case "G", "":
		s, _ := toText(c.arg(0), cul)
		if n, ok := c.arg(0).whole(); !ok || abs(n) >= 1e15 { // 15 digits, as in .NET
			if places < 1 || places > 15 {
				places = 15
			}
			short, _ := strconv.ParseFloat(strconv.FormatFloat(f, 'g', places, 64), 64)
			s = cul.Write(short)
		} else if places > 0 && len(strconv.FormatInt(abs(n), 10)) > places {
			return Value{}, unsupported
		}
		return text(s), nil
	case "X":
		n, ok := c.arg(0).whole()
		if !ok {
			return Value{}, c.raise(0, "the format X needs a whole number")
		}
		s := strconv.FormatUint(uint64(n), 16)
		if format[0] == 'X' {
			s = strings.ToUpper(s)
		}
		return text(strings.Repeat("0", max(0, places-len(s))) + s), nil
	case "E":
		if places < 0 {
			places = 6
		}
		return text(cul.Fixed(scientific(f, places, format[:1]), false)), nil
	}
	s, ok := pattern(cul.Fixed, format, f)
	if !ok {
		return Value{}, unsupported
	}
	return text(s), nil
}

// scientific writes a number with an exponent of three digits and more, as .NET does.
func scientific(f float64, places int, letter string) string {
	mantissa, exp, _ := strings.Cut(strconv.FormatFloat(f, 'e', places, 64), "e")
	if exp == "" {
		return mantissa
	}
	return mantissa + letter + exp[:1] + strings.Repeat("0", max(0, 4-len(exp))) + exp[1:]
}

// fixed writes a number with places digits, half away from zero on its decimal form.
func fixed(f float64, places int) string {
	r, ok := new(big.Rat).SetString(strconv.FormatFloat(f, 'f', -1, 64))
	if !ok {
		return strconv.FormatFloat(f, 'f', places, 64)
	}
	return r.FloatString(places)
}

// pattern writes a number by a pattern of 0 and # with optional thousands comma and percent.
func pattern(write func(string, bool) string, format string, f float64) (string, bool) {
	body := strings.TrimSuffix(format, "%")
	if body != format {
		f *= 100
	}
	whole, frac, _ := strings.Cut(body, ".")
	group := strings.Contains(whole, ",")
	whole = strings.ReplaceAll(whole, ",", "")
	if whole == "" || strings.Trim(whole, "0#") != "" || strings.Trim(frac, "0#") != "" || strings.Contains(frac, "#0") {
		return "", false
	}
	s := fixed(f, len(frac))
	if optional := strings.Count(frac, "#"); optional > 0 {
		for ; optional > 0 && strings.HasSuffix(s, "0"); optional-- {
			s = s[:len(s)-1]
		}
		s = strings.TrimSuffix(s, ".")
	}
	neg := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	digits, rest, _ := strings.Cut(s, ".")
	least := strings.Count(whole, "0")
	digits = strings.Repeat("0", max(0, least-len(digits))) + digits
	if least == 0 && digits == "0" {
		digits = ""
	}
	if rest != "" {
		digits += "." + rest
	}
	if neg {
		digits = "-" + digits
	}
	out := write(digits, group)
	if body != format {
		out += "%"
	}
	return out, true
}
