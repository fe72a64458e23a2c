package database

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/jackc/pgx/v5/pgtype"

	"inlay/dax"
	"inlay/model/powerquery"
)

var _ powerquery.DirectCells = (*pgCells)(nil)

// pgStep is what is done with a value of a row.
type pgStep struct {
	to   int // which target it goes to; -1 is none
	kind pgKind
}

// pgKind is a way from PostgreSQL's form into a column that is so usual that it has a step of its own.
type pgKind uint8

const (
	pgOther pgKind = iota // see pgPut
	pgOdd                 // for Value
	pgText
	pgWhole  // eight bytes into whole numbers
	pgNumber // eight bytes into decimal numbers
	pgDay
	pgFixed // digits into fixed decimal numbers
)

// steps says what is done with the values of rows; nil where a value goes to two targets, and where
// the statement ended before it told its columns, of which advance knows the reason.
func (c *pgCells) steps(to []powerquery.Target) []pgStep {
	list := make([]pgStep, len(c.cols))
	for i := range list {
		list[i].to = -1
	}
	for i := range to {
		t := &to[i]
		if t.At >= len(list) {
			return nil
		}
		s := &list[t.At]
		if s.to >= 0 {
			return nil
		}
		s.to = i
		if t.Odd {
			s.kind = pgOdd
			continue
		}
		switch oid := c.oids[t.At]; {
		case t.Type == dax.String && (oid == pgtype.TextOID || oid == pgtype.VarcharOID):
			s.kind = pgText
		case t.Type == dax.Int64 && oid == pgtype.Int8OID:
			s.kind = pgWhole
		case t.Type == dax.Double && oid == pgtype.Float8OID:
			s.kind = pgNumber
		case t.Type == dax.DateTime && oid == pgtype.DateOID:
			s.kind = pgDay
		case t.Type == dax.Decimal && oid == pgtype.NumericOID:
			s.kind = pgFixed
		}
	}
	return list
}

// Put reads a row into columns.
func (c *pgCells) Put(to []powerquery.Target, n int) ([]int, error) {
	if !c.planned {
		c.plan, c.planned = c.steps(to), true
	}
	if c.plan != nil && c.in.passed == c.given {
		if row, ok := c.in.row(); ok {
			if !c.putRow(row, to, n) {
				return nil, c.p.failed(c.ctx, errPGRow)
			}
			return c.rest, nil
		}
	}
	if err := c.advance(); err != nil {
		return nil, err
	}
	c.rest = c.rest[:0]
	for i := range to {
		t := &to[i]
		switch raw := c.raw[t.At]; {
		case raw == nil:
			t.Blank(n)
		case t.Odd || !pgPut(t.Vector, n, raw, c.oids[t.At]):
			c.rest = append(c.rest, i)
		}
	}
	return c.rest, nil
}

// putRow is Put for a row that the driver has not seen: each value is gone through once. It is false
// where the row is not made as it should be.
func (c *pgCells) putRow(row []byte, to []powerquery.Target, n int) bool {
	if len(row) < 2 || int(binary.BigEndian.Uint16(row)) != len(c.plan) {
		return false
	}
	row, c.rest = row[2:], c.rest[:0]
	for i := range c.plan {
		if len(row) < 4 {
			return false
		}
		size := int(int32(binary.BigEndian.Uint32(row)))
		row = row[4:]
		s := &c.plan[i]
		if size == -1 {
			if s.to >= 0 {
				to[s.to].Blank(n)
			}
			continue
		}
		if size < 0 || size > len(row) {
			return false
		}
		raw := row[:size:size]
		row = row[size:]
		if s.to >= 0 && !s.put(to[s.to].Vector, n, raw) && (s.kind != pgOther || !pgPut(to[s.to].Vector, n, raw, c.oids[i])) {
			c.vals[i] = raw
			c.rest = append(c.rest, s.to)
		}
	}
	c.raw = c.vals
	if len(c.rest) > 1 {
		slices.Sort(c.rest) // what is wrong with a row is told in the order of the targets
	}
	return len(row) == 0
}

// put puts a value into its column where there is a step for it; see pgPut.
func (s *pgStep) put(v *powerquery.Vector, n int, raw []byte) bool {
	switch s.kind {
	case pgText:
		if len(raw) <= mostText {
			v.PutText(n, raw)
			return true
		}
	case pgWhole:
		if len(raw) == 8 {
			if x := int64(binary.BigEndian.Uint64(raw)); x > math.MinInt64 && x < math.MaxInt64-1 {
				v.PutWhole(n, x)
				return true
			}
		}
	case pgNumber:
		return len(raw) == 8 && putNumber(v, n, math.Float64frombits(binary.BigEndian.Uint64(raw)))
	case pgDay:
		return len(raw) == 4 && putMoment(v, n, (int64(int32(binary.BigEndian.Uint32(raw)))+since2000)*microsOfDay)
	case pgFixed:
		units, _, ok := pgUnits(raw)
		if ok {
			v.PutWhole(n, units)
		}
		return ok
	}
	return false
}
