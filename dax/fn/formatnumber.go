package fn

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// section is one part of a picture of numbers.
type section struct {
	whole, decimal []spot // before and behind the point
	point, groups  bool
	scale          int    // how many powers of ten the number is divided by, negative for percent
	exponent       string // of a scientific picture: E+00
	tail           string // literal text behind an exponent
}

// spot is a place for a digit (0, # or ?), or literal text.
type spot struct {
	digit byte
	text  string
}

// sections cuts a picture at its semicolons.
func sections(picture string) []string {
	var parts []string
	start := 0
	for i := 0; i < len(picture); i++ {
		switch picture[i] {
		case '\\', '_', '*':
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

func (c *culture) writeNumber(r *big.Rat, picture string) (string, error) {
	parts := sections(picture)
	s, err := parseSection(parts[0])
	if err != nil {
		return "", err
	}
	part, sign := parts[0], ""
	switch {
	case r.Sign() < 0 && len(parts) > 1 && parts[1] != "":
		part = parts[1]
	case r.Sign() < 0:
		sign = "-"
	case r.Sign() == 0 && len(parts) > 2 && parts[2] != "":
		part = parts[2]
	}
	if part != parts[0] {
		if s, err = parseSection(part); err != nil {
			return "", err
		}
	}
	body, zero := s.write(c, new(big.Rat).Abs(r))
	if zero && len(parts) < 2 {
		sign = ""
	}
	return sign + body, nil
}

// literal adds text that stands for itself where the section is at.
func (s *section) literal(text string) {
	switch {
	case s.exponent != "":
		s.tail += text
	case s.point:
		s.decimal = append(s.decimal, spot{text: text})
	default:
		s.whole = append(s.whole, spot{text: text})
	}
}

// placesOf counts the places for digits.
func placesOf(spots []spot) int {
	n := 0
	for _, x := range spots {
		if x.digit != 0 {
			n++
		}
	}
	return n
}

// parseSection reads a section: places of digits with literal text before, between and behind.
func parseSection(p string) (section, error) {
	var s section
	commas := 0
	for i := 0; i < len(p); i++ {
		switch ch := p[i]; {
		case ch == '0' || ch == '#' || ch == '?':
			if s.point {
				s.decimal = append(s.decimal, spot{digit: ch})
				continue
			}
			s.groups = s.groups || commas > 0
			commas = 0
			s.whole = append(s.whole, spot{digit: ch})
		case ch == '.' && !s.point:
			s.point = true
			s.scale += 3 * commas
			commas = 0
		case ch == ',' && placesOf(s.whole) > 0:
			if s.point {
				s.scale += 3
				continue
			}
			commas++
		case ch == '%':
			s.scale -= 2
			s.literal("%")
		case (ch == 'E' || ch == 'e') && s.exponent == "" && exponentAt(p[i:]) > 0:
			n := exponentAt(p[i:])
			s.exponent = p[i : i+n]
			i += n - 1
		case ch == '\\' || ch == '_' || ch == '*' || ch == '"' || ch == '[':
			text, n, err := escaped(p[i:])
			if err != nil {
				return s, fmt.Errorf("the picture %q %w", p, err)
			}
			s.literal(text)
			i += n - 1
		default:
			_, n := utf8.DecodeRuneInString(p[i:])
			s.literal(p[i : i+n])
			i += n - 1
		}
	}
	s.scale += 3 * commas
	return s, nil
}

// exponentAt is the length of E+00 and the like, 0 if there is none.
func exponentAt(p string) int {
	if len(p) < 3 || p[1] != '+' && p[1] != '-' {
		return 0
	}
	n := 2
	for n < len(p) && (p[n] == '0' || p[n] == '#') {
		n++
	}
	if n == 2 {
		return 0
	}
	return n
}

// escaped reads what is literal by a mark: \x, "text", _x (the width of x: a space), *x
// (filling: nothing), and [Red] of Excel, which colours.
func escaped(p string) (text string, n int, err error) {
	size := 0
	if len(p) > 1 {
		_, size = utf8.DecodeRuneInString(p[1:])
	}
	switch p[0] {
	case '\\':
		return p[1 : 1+size], 1 + size, nil
	case '_':
		return " ", 1 + size, nil
	case '*':
		return "", 1 + size, nil
	case '"':
		end := strings.IndexByte(p[1:], '"')
		if end < 0 {
			return "", 0, fmt.Errorf("has a quote that does not end")
		}
		return p[1 : 1+end], end + 2, nil
	}
	word, _, closed := strings.Cut(p[1:], "]")
	switch strings.ToUpper(word) {
	case "BLACK", "BLUE", "CYAN", "GREEN", "MAGENTA", "RED", "WHITE", "YELLOW":
		if closed {
			return "", len(word) + 2, nil
		}
	}
	return "", 0, fmt.Errorf("has [%s], which is not supported", word)
}

// write writes a number that is not negative, and says whether all its digits are 0.
func (s section) write(c *culture, r *big.Rat) (string, bool) {
	places := placesOf(s.decimal)
	if placesOf(s.whole)+places == 0 {
		return texts(s.whole) + pointed(s.point && len(s.decimal) > 0, c) + texts(s.decimal) + s.tail, r.Sign() == 0
	}
	r = new(big.Rat).Mul(r, power(int64(s.scale)))
	exponent := 0
	if s.exponent != "" {
		r, exponent = normal(r, places)
	}
	text := snap(r, power(int64(places)), nearest).FloatString(places)
	whole, decimal, _ := strings.Cut(text, ".")
	zero := strings.Trim(text, "0.") == ""
	if whole == "0" {
		whole = ""
	}
	out := s.wholePart(c, whole)
	if s.point {
		out += c.decimal + decimalPart(s.decimal, decimal)
	}
	if s.exponent != "" {
		out += exponentText(s.exponent, exponent) + s.tail
	}
	return out, zero
}

func pointed(point bool, c *culture) string {
	if point {
		return c.decimal
	}
	return ""
}

func texts(spots []spot) string {
	var b strings.Builder
	for _, x := range spots {
		b.WriteString(x.text)
	}
	return b.String()
}

// wholePart puts digits into places from the right; those that have no place go to the first.
// A place behind a 0 shows a zero where there is no digit.
func (s section) wholePart(c *culture, digits string) string {
	first, least := -1, 0
	for i, x := range s.whole {
		if x.digit != 0 && first < 0 {
			first = i
		}
		if x.digit == '0' || least > 0 && x.digit != 0 {
			least++
		}
	}
	digits = strings.Repeat("0", max(0, least-len(digits))) + digits
	var parts []string
	shown := 0
	put := func(ch byte) {
		if s.groups && shown > 0 && shown%3 == 0 {
			parts = append(parts, c.groups)
		}
		parts = append(parts, string(ch))
		shown++
	}
	for i := len(s.whole) - 1; i >= 0; i-- {
		x := s.whole[i]
		switch {
		case x.digit == 0:
			parts = append(parts, x.text)
			continue
		case digits == "" && x.digit == '?':
			parts = append(parts, " ")
			continue
		}
		for digits != "" {
			put(digits[len(digits)-1])
			digits = digits[:len(digits)-1]
			if i != first {
				break
			}
		}
	}
	if first < 0 {
		// No place before the point: the digits stand where the point is.
		for digits != "" {
			put(digits[len(digits)-1])
			digits = digits[:len(digits)-1]
		}
	}
	var b strings.Builder
	for i := len(parts) - 1; i >= 0; i-- {
		b.WriteString(parts[i])
	}
	return b.String()
}

// decimalPart puts digits into places from the left; a # shows no zero at the end.
func decimalPart(spots []spot, digits string) string {
	keep, at := 0, 0
	for _, x := range spots {
		if x.digit != 0 {
			at++
			if x.digit == '0' || at <= len(strings.TrimRight(digits, "0")) {
				keep = at
			}
		}
	}
	var b strings.Builder
	at = 0
	for _, x := range spots {
		if x.digit == 0 {
			b.WriteString(x.text)
			continue
		}
		if at < keep {
			b.WriteByte(digits[at])
		} else if x.digit == '?' {
			b.WriteByte(' ')
		}
		at++
	}
	return b.String()
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
	sign := ""
	switch {
	case e < 0:
		sign, e = "-", -e
	case picture[1] == '+':
		sign = "+"
	}
	return fmt.Sprintf("%c%s%0*d", picture[0], sign, strings.Count(picture, "0"), e)
}
