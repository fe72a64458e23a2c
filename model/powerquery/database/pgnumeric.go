package database

import "encoding/binary"

// pgNumeric is a number in PostgreSQL's own form: digits of 10,000, the first of which counts
// 10,000 to the power of the weight.
type pgNumeric struct {
	digits []byte // two bytes each
	weight int
	sign   uint16
	places int // that are shown
}

// The signs of numbers and of what is none.
const (
	pgPositive = 0
	pgNegative = 0x4000
	pgNoNumber = 0xC000
	pgInfinite = 0xD000
	pgMinusInf = 0xF000
)

func numericOf(raw []byte) (x pgNumeric, ok bool) {
	if len(raw) < 8 || len(raw) != 8+2*int(binary.BigEndian.Uint16(raw)) {
		return x, false
	}
	x = pgNumeric{digits: raw[8:], weight: int(int16(binary.BigEndian.Uint16(raw[2:]))), sign: binary.BigEndian.Uint16(raw[4:]), places: int(binary.BigEndian.Uint16(raw[6:]))}
	for i := 0; i < len(x.digits); i += 2 {
		if binary.BigEndian.Uint16(x.digits[i:]) > 9999 {
			return x, false
		}
	}
	return x, true
}

// pgUnits gives a number of up to twelve digits before the point and four behind it in 1/10,000;
// whole where it is a whole one. Ok is false for all others.
func pgUnits(raw []byte) (units int64, whole, ok bool) {
	if len(raw) < 8 {
		return 0, false, false
	}
	n, weight, sign := int(binary.BigEndian.Uint16(raw)), int(int16(binary.BigEndian.Uint16(raw[2:]))), binary.BigEndian.Uint16(raw[4:])
	if sign != pgPositive && sign != pgNegative || weight > 2 || weight < -1 || n > weight+2 || len(raw) != 8+2*n {
		return 0, false, false
	}
	for digits := raw[8:]; len(digits) >= 2; digits = digits[2:] {
		d := binary.BigEndian.Uint16(digits)
		if d > 9999 {
			return 0, false, false
		}
		units = units*10_000 + int64(d)
	}
	for range weight + 2 - n { // the last one is behind the point
		units *= 10_000
	}
	whole = units%10_000 == 0
	if sign == pgNegative {
		units = -units
	}
	return units, whole, true
}

// text is the number as PostgreSQL writes it.
func (x pgNumeric) text() []byte {
	switch x.sign {
	case pgNoNumber:
		return []byte("NaN")
	case pgInfinite:
		return []byte("Infinity")
	case pgMinusInf:
		return []byte("-Infinity")
	}
	var out []byte
	if x.sign == pgNegative {
		out = append(out, '-')
	}
	group := func(at int) [4]byte { // by its power of 10,000
		i := 2 * (x.weight - at)
		d := uint16(0)
		if i >= 0 && i < len(x.digits) {
			d = binary.BigEndian.Uint16(x.digits[i:])
		}
		return [4]byte{'0' + byte(d/1000), '0' + byte(d/100%10), '0' + byte(d/10%10), '0' + byte(d%10)}
	}
	start := len(out)
	for at := max(x.weight, 0); at >= 0; at-- {
		for _, b := range group(at) {
			if b != '0' || len(out) > start {
				out = append(out, b)
			}
		}
	}
	if len(out) == start {
		out = append(out, '0')
	}
	if x.places == 0 {
		return out
	}
	out = append(out, '.')
	for i := range x.places {
		out = append(out, group(-1 - i/4)[i%4])
	}
	return out
}
