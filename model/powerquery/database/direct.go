package database

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"inlay/dax"
	"inlay/model/powerquery"
)

// Values that have the type of their column go into it as the driver gives them. All others,
// those at the ends of ranges among them, are left to powerquery.Value, so that there is one
// place that says what converts and what does not.

const (
	microsOfDay = 24 * 60 * 60 * 1_000_000
	mostText    = 64 << 20 // bytes; longer ones may have too many characters
)

var firstMoment, lastMoment = powerquery.Ends(dax.DateTime)

// mostFixed is the greatest whole number that surely fits into a fixed decimal of 18 digits.
const mostFixed = 99_999_999_999_999

func putWhole(v *powerquery.Vector, n int, x int64) bool {
	switch v.Type {
	case dax.Int64:
		if x > math.MinInt64 && x < math.MaxInt64-1 {
			v.PutWhole(n, x)
			return true
		}
	case dax.Double:
		v.PutNumber(n, float64(x))
		return true
	case dax.Decimal:
		if x >= -mostFixed && x <= mostFixed {
			v.PutWhole(n, x*10_000)
			return true
		}
	}
	return false
}

func putNumber(v *powerquery.Vector, n int, x float64) bool {
	if v.Type != dax.Double || !powerquery.Normal(x) {
		return false
	}
	v.PutNumber(n, x)
	return true
}

// putDigits is for numbers that are written in digits.
func putDigits(v *powerquery.Vector, n int, s []byte) bool {
	units, whole, ok := powerquery.Units(s)
	return ok && putUnits(v, n, units, whole)
}

// putUnits is for a number in 1/10,000; whole says that it is a whole one.
func putUnits(v *powerquery.Vector, n int, units int64, whole bool) bool {
	switch {
	case v.Type == dax.Decimal:
		v.PutWhole(n, units)
	case whole:
		return putWhole(v, n, units/10_000)
	case v.Type == dax.Double:
		v.PutNumber(n, float64(units)/10_000)
	default:
		return false
	}
	return true
}

func putText(v *powerquery.Vector, n int, s []byte) bool {
	if v.Type != dax.String || len(s) > mostText {
		return false
	}
	v.PutText(n, s)
	return true
}

func putMoment(v *powerquery.Vector, n int, micros int64) bool {
	if v.Type != dax.DateTime || micros < firstMoment || micros > lastMoment {
		return false
	}
	v.PutWhole(n, micros)
	return true
}

// pgPut puts a value of PostgreSQL, in the form that start asks for, into a column; false where it
// is for pgValue.
func pgPut(v *powerquery.Vector, n int, raw []byte, oid uint32) bool {
	switch oid {
	case pgtype.TextOID, pgtype.VarcharOID, pgtype.JSONOID, pgtype.JSONBOID, pgtype.UUIDOID:
		return putText(v, n, raw)
	case pgtype.NumericOID:
		units, whole, ok := pgUnits(raw)
		return ok && putUnits(v, n, units, whole)
	}
	if len(raw) != pgWidth(oid) {
		return false
	}
	switch oid {
	case pgtype.Int8OID:
		return putWhole(v, n, int64(binary.BigEndian.Uint64(raw)))
	case pgtype.Int4OID:
		return putWhole(v, n, int64(int32(binary.BigEndian.Uint32(raw))))
	case pgtype.Int2OID:
		return putWhole(v, n, int64(int16(binary.BigEndian.Uint16(raw))))
	case pgtype.Float8OID:
		return putNumber(v, n, math.Float64frombits(binary.BigEndian.Uint64(raw)))
	case pgtype.BoolOID:
		if v.Type == dax.Boolean {
			v.PutTruth(n, raw[0] != 0)
			return true
		}
	case pgtype.DateOID:
		return putMoment(v, n, (int64(int32(binary.BigEndian.Uint32(raw)))+since2000)*microsOfDay)
	case pgtype.TimestampOID: // the least and the greatest, which are infinite, are out of range
		micros := int64(binary.BigEndian.Uint64(raw))
		return micros < lastMoment && putMoment(v, n, micros+since2000*microsOfDay)
	}
	return false
}

var _ powerquery.DirectCells = (*myCells)(nil)

// Put reads a row into columns.
func (c *myCells) Put(to []powerquery.Target, n int) ([]int, error) {
	if err := c.advance(); err != nil {
		return nil, err
	}
	c.rest = c.rest[:0]
	for i := range to {
		t := &to[i]
		switch raw := c.raw[t.At]; {
		case raw == nil:
			t.Blank(n)
		case t.Odd || !c.put(t.Vector, n, t.At):
			c.rest = append(c.rest, i)
		}
	}
	return c.rest, nil
}

// Value is a value of the row that Put read.
func (c *myCells) Value(i int) (powerquery.Value, error) { return c.value(c.raw[i], i), nil }

// put puts a value of MySQL into a column; false where it is for value.
func (c *myCells) put(v *powerquery.Vector, n, i int) bool {
	switch x := c.raw[i].(type) {
	case int64:
		return putWhole(v, n, x)
	case float64:
		return putNumber(v, n, x)
	case time.Time:
		if x.IsZero() {
			return false
		}
		micros := x.UnixMicro()
		if c.types[i] == "DATE" {
			micros = x.Unix() / (24 * 60 * 60) * microsOfDay
		}
		return micros >= 0 && putMoment(v, n, micros)
	case []byte:
		switch c.kinds[i] {
		case "text":
			return putText(v, n, x)
		case "Int64.Type", "number":
			return putDigits(v, n, x)
		}
	}
	return false
}
