package fn

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"inlay/dax"
)

// formats are the named formats of numbers, as pictures (format-function-dax.md).
var formats = map[string]string{
	"CURRENCY": "$#,##0.00;($#,##0.00)", "FIXED": "0.00", "STANDARD": "#,##0.00", "PERCENT": "0.00%", "SCIENTIFIC": "0.00E+00",
	"TRUE/FALSE": `"True";"True";"False"`, "YES/NO": `"Yes";"Yes";"No"`, "ON/OFF": `"On";"On";"Off"`,
}

// formatting holds FORMAT.
var formatting = []Func{
	{
		Name: "FORMAT", Returns: dax.String,
		Params: []Param{need("value", dax.Variant), need("format", dax.String), may("locale", dax.String)},
		Doc:    "A number or date as text, by a picture or the name of a format, in the way of the United States; empty text of BLANK; an error for other locales.",
		Examples: []Example{{`FORMAT(-1234.5, "#,##0.00")`, `"-1,234.50"`}, {`FORMAT(0.1234, "0.0%")`, `"12.3%"`}, {`FORMAT(1234567, "#,##0,,.0M")`, `"1.2M"`},
			{`FORMAT(0, "0.0;(0.0);zero")`, `"zero"`}, {`FORMAT(DATE(2021, 7, 19), "dddd, mmmm dd, yyyy")`, `"Monday, July 19, 2021"`},
			{`FORMAT(TIME(14, 5, 9), "h:mm AM/PM")`, `"2:05 PM"`}, {`FORMAT(BLANK(), "0")`, `""`}, {`FORMAT(1, "0", "fr-FR")`, `error`}, {`FORMAT("x", "0")`, `error`}},
		Eval: format,
	},
}

func format(a []dax.Value) (dax.Value, error) {
	v, picture := a[0], a[1].Text()
	name := strings.ToUpper(strings.TrimSpace(picture))
	if locale := strings.ToLower(option(a, 2, dax.Value{}).Text()); locale != "" && locale != "en-us" {
		if _, named := datePictures[name]; named || formats[name] != "" || picture == "" || !strings.HasPrefix(locale, "en-") {
			return dax.Value{}, fmt.Errorf("the locale %s is not supported here", a[2])
		}
	}
	switch t := v.Type(); {
	case t == dax.Blank:
		return dax.TextOf(""), nil
	case t == dax.String:
		return dax.Value{}, errors.New("the value is a text; use VALUE to make it a number")
	case t == dax.Boolean:
		if formats[name] == "" || !strings.Contains(name, "/") {
			return dax.TextOf(v.ToText()), nil
		}
		n, err := v.ToNumber()
		if err != nil {
			return n, err
		}
		v = n
	case picture == "" || name == "GENERAL NUMBER" && t != dax.DateTime:
		return generally(v), nil
	case timely(name, t):
		m, err := v.ToTime()
		if err != nil {
			return m, err
		}
		return dax.TextOf(writeDate(m.Time(), picture)), nil
	}
	if p := formats[name]; p != "" {
		picture = p
	}
	r, ok := rat(v)
	if !ok {
		return dax.TextOf(v.ToText()), nil
	}
	s, err := writeNumber(r, picture)
	return dax.TextOf(s), err
}

// generally is a value without a picture: dates always with their time.
func generally(v dax.Value) dax.Value {
	if v.Type() == dax.DateTime {
		return dax.TextOf(writeDate(v.Time(), "General Date"))
	}
	return dax.TextOf(v.ToText())
}

// section is one part of a picture of numbers: what stands before the digits, between them,
// and behind them.
type section struct {
	before, after  string
	whole, decimal string // 0 and # of the digits
	point, groups  bool
	scale          int    // how many powers of ten the number is divided by, negative for percent
	exponent       string // of a scientific picture: E+00
}

// sections cuts a picture at its semicolons.
func sections(picture string) []string {
	var parts []string
	start := 0
	for i := 0; i < len(picture); i++ {
		switch picture[i] {
		case '\\':
			i++
		case '"':
			if n := strings.IndexByte(picture[i+1:], '"'); n >= 0 {
				i += n + 1
			}
		case ';':
			parts = append(parts, picture[start:i])
			start = i + 1
		}
	}
	return append(parts, picture[start:])
}

func writeNumber(r *big.Rat, picture string) (string, error) {
	parts := sections(picture)
	part, sign := parts[0], ""
	switch {
	case r.Sign() < 0 && len(parts) > 1 && parts[1] != "":
		part = parts[1]
	case r.Sign() < 0:
		sign = "-"
	case r.Sign() == 0 && len(parts) > 2 && parts[2] != "":
		part = parts[2]
	}
	s, err := parseSection(part)
	if err != nil {
		return "", err
	}
	body, zero := s.digits(new(big.Rat).Abs(r))
	if zero && len(parts) < 2 {
		sign = ""
	}
	return sign + s.before + body + s.after, nil
}

// parseSection reads a section. Literals between digits are refused.
func parseSection(p string) (section, error) {
	var s section
	text := func(x string) {
		if s.whole == "" && s.decimal == "" && !s.point {
			s.before += x
		} else {
			s.after += x
		}
	}
	commas := 0
	for i := 0; i < len(p); i++ {
		c := p[i]
		switch {
		case c == '0' || c == '#':
			if s.after != "" && strings.Trim(s.after, "%") != "" {
				return s, fmt.Errorf("the picture %q has text between its digits, which is not supported", p)
			}
			if s.point {
				s.decimal += string(c)
				continue
			}
			s.groups = s.groups || commas > 0
			commas = 0
			s.whole += string(c)
		case c == '.' && !s.point:
			s.point = true
			s.scale += 3 * commas
			commas = 0
		case c == ',' && s.whole != "" && !s.point:
			commas++
		case c == '%':
			s.scale -= 2
			text("%")
		case (c == 'E' || c == 'e') && i+2 < len(p) && (p[i+1] == '+' || p[i+1] == '-') && p[i+2] == '0':
			n := len(p[i+2:]) - len(strings.TrimLeft(p[i+2:], "0"))
			s.exponent = p[i : i+2+n]
			i += 1 + n
		case c == '\\' && i+1 < len(p):
			i++
			text(string(p[i]))
		case c == '"':
			n := strings.IndexByte(p[i+1:], '"')
			if n < 0 {
				return s, fmt.Errorf("the picture %q has a quote that does not end", p)
			}
			text(p[i+1 : i+1+n])
			i += n + 1
		default:
			text(string(c))
		}
	}
	s.scale += 3 * commas
	return s, nil
}

// digits writes a number that is not negative, and says whether all digits are 0.
func (s section) digits(r *big.Rat) (string, bool) {
	if s.whole == "" && s.decimal == "" {
		return "", r.Sign() == 0
	}
	r = new(big.Rat).Mul(r, power(int64(s.scale)))
	exponent := 0
	if s.exponent != "" {
		r, exponent = normal(r, len(s.decimal))
	}
	text := snap(r, power(int64(len(s.decimal))), nearest).FloatString(len(s.decimal))
	whole, decimal, _ := strings.Cut(text, ".")
	zero := strings.Trim(text, "0.") == ""
	if whole == "0" {
		whole = ""
	}
	least := len(s.whole) - min(len(s.whole), max(strings.IndexByte(s.whole, '0'), 0))
	if !strings.Contains(s.whole, "0") {
		least = 0
	}
	whole = strings.Repeat("0", max(0, least-len(whole))) + whole
	if s.groups {
		whole = grouped(whole)
	}
	keep := strings.LastIndexByte(s.decimal, '0') + 1
	for len(decimal) > keep && decimal[len(decimal)-1] == '0' {
		decimal = decimal[:len(decimal)-1]
	}
	if s.point {
		whole += "." + decimal
	}
	return whole + exponentText(s.exponent, exponent), zero
}

// normal is a number between 1 and 10, and its power of ten.
func normal(r *big.Rat, decimals int) (*big.Rat, int) {
	if r.Sign() == 0 {
		return r, 0
	}
	f, _ := r.Float64()
	_, e, _ := strings.Cut(strconv.FormatFloat(f, 'e', decimals, 64), "e")
	n, _ := strconv.Atoi(e)
	return new(big.Rat).Mul(r, power(int64(n))), n
}

// exponentText writes an exponent as a picture such as E+00 says.
func exponentText(picture string, e int) string {
	if picture == "" {
		return ""
	}
	sign := ""
	switch {
	case e < 0:
		sign, e = "-", -e
	case picture[1] == '+':
		sign = "+"
	}
	return fmt.Sprintf("%c%s%0*d", picture[0], sign, len(picture)-2, e)
}
