package culture

import (
	"math"
	"strconv"
	"strings"
)

// Number reads a text as a number and gives it in the invariant form that strconv reads, such
// as "-1234.5" or "1e3". Percent says that it was followed by a percent sign. False if it is
// not a number in this culture.
func (c *Culture) Number(s string) (text string, percent, ok bool) {
	if plainInt(s) {
		return s, false, true
	}
	s = strings.TrimSpace(s)
	if t := strings.TrimSuffix(s, "%"); t != s {
		s, percent = strings.TrimSpace(t), true
	}
	sign := ""
	cutSign := func() {
		if sign == "" && s != "" && (s[0] == '-' || s[0] == '+') {
			sign, s = s[:1], strings.TrimSpace(s[1:])
		}
	}
	cutSign()
	for _, cur := range c.currency {
		s = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(s, cur), cur))
	}
	cutSign()
	mantissa, exp := s, ""
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa, exp = s[:i], s[i+1:]
		if !plainInt(strings.TrimPrefix(exp, "+")) {
			return "", false, false
		}
		exp = "e" + exp
	}
	whole, frac, hasFrac := strings.Cut(mantissa, c.decimal)
	if whole, ok = c.ungroup(whole); !ok || !digits(frac) || whole == "" && frac == "" {
		return "", false, false
	}
	if sign == "+" {
		sign = ""
	}
	if whole == "" {
		whole = "0"
	}
	out := sign + whole
	if hasFrac && frac != "" {
		out += "." + frac
	}
	return out + exp, percent, true
}

// ungroup takes out thousands separators, which must stand at thousands.
func (c *Culture) ungroup(s string) (string, bool) {
	if digits(s) {
		return s, true
	}
	for _, g := range c.groups {
		if !strings.Contains(s, g) {
			continue
		}
		parts := strings.Split(s, g)
		for i, p := range parts {
			lakh := c.lakhs && i > 0 && i < len(parts)-1 && len(p) == 2
			if !digits(p) || p == "" || i > 0 && len(p) != 3 && !lakh || i == 0 && len(p) > 3 {
				return "", false
			}
		}
		return strings.Join(parts, ""), true
	}
	return "", false
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

func plainInt(s string) bool {
	if s != "" && s[0] == '-' {
		s = s[1:]
	}
	return s != "" && len(s) < 19 && digits(s)
}

// Write writes a number in its shortest form with the culture's decimal separator, as
// Text.From does.
func (c *Culture) Write(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "∞"
	case math.IsInf(f, -1):
		return "-∞"
	}
	abs := math.Abs(f)
	if abs != 0 && (abs >= 1e15 || abs < 1e-5) {
		s := strconv.FormatFloat(f, 'E', -1, 64)
		return strings.Replace(s, ".", c.decimal, 1)
	}
	return strings.Replace(strconv.FormatFloat(f, 'f', -1, 64), ".", c.decimal, 1)
}

// Fixed writes the invariant text of a number (digits, perhaps a point) with thousands
// separators if group is set.
func (c *Culture) Fixed(text string, group bool) string {
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	}
	whole, frac, has := strings.Cut(text, ".")
	if group {
		step := 3
		if c.lakhs {
			step = 2
		}
		for i := len(whole) - 3; i > 0; i -= step {
			whole = whole[:i] + c.groups[0] + whole[i:]
		}
	}
	if has {
		whole += c.decimal + frac
	}
	return sign + whole
}
