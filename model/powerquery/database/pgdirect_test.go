package database

import (
	"encoding/binary"
	"testing"

	"github.com/jackc/pgx/v5/pgtype"

	"inlay/dax"
	"inlay/model/powerquery"
)

// pgRow is a row as PostgreSQL sends it; nil is no value.
func pgRow(values ...[]byte) []byte {
	row := binary.BigEndian.AppendUint16(nil, uint16(len(values)))
	for _, v := range values {
		if v == nil {
			row = binary.BigEndian.AppendUint32(row, 0xFFFFFFFF)
			continue
		}
		row = append(binary.BigEndian.AppendUint32(row, uint32(len(v))), v...)
	}
	return row
}

// TestPostgresRow: a row that is cut off, too long or has other values than its columns is refused
// at each of its bytes, and a value that does not enter its column is left to Value in the order of the targets.
func TestPostgresRow(t *testing.T) {
	oids := []uint32{pgtype.Int8OID, pgtype.TextOID, pgtype.DateOID, pgtype.Float8OID, pgtype.NumericOID, pgtype.BoolOID}
	types := []dax.Type{dax.Int64, dax.String, dax.DateTime, dax.Double, dax.Decimal, dax.Boolean}
	c := &pgCells{oids: oids, cols: make([]powerquery.Column, len(oids)), vals: make([][]byte, len(oids))}
	var to []powerquery.Target
	for i := range types { // the other way round
		at := len(types) - 1 - i
		v := powerquery.NewVector(types[at], 2)
		to = append(to, powerquery.Target{Vector: &v, At: at})
	}
	c.plan = c.steps(to)
	if c.plan == nil || c.steps(append(to, to[0])) != nil {
		t.Fatal("the steps are wrong")
	}
	whole, number := []byte{0, 0, 0, 0, 0, 0, 0, 7}, []byte{0x3F, 0xF8, 0, 0, 0, 0, 0, 0}
	row := pgRow(whole, []byte("text"), []byte{0, 0, 0, 1}, number, []byte{0, 2, 0, 0, 0x40, 0, 0, 2, 0, 12, 0x0D, 0x48}, []byte{1})
	if !c.putRow(row, to, 0) || len(c.rest) != 0 {
		t.Fatalf("the row is refused, or %v of it", c.rest)
	}
	if to[5].Whole[0] != 7 || string(to[4].Text) != "text" || to[3].Whole[0] != (since2000+1)*microsOfDay || to[2].Number[0] != 1.5 || to[1].Whole[0] != -123_400 || to[0].Truth[0] != 1 {
		t.Errorf("the values are %+v", to)
	}
	for n := range row {
		if c.putRow(row[:n], to, 1) {
			t.Errorf("it is taken when it ends at %d", n)
		}
	}
	if c.putRow(append(row, 0), to, 1) || c.putRow(pgRow(whole), to, 1) {
		t.Error("a row of another length is taken")
	}
	odd := pgRow([]byte{0x80, 0, 0, 0, 0, 0, 0, 0}, nil, []byte{0x7F, 0xFF, 0xFF, 0xFF}, []byte{0x7F, 0xF8, 0, 0, 0, 0, 0, 0}, []byte{0, 0, 0, 0, 0xC0, 0, 0, 0}, []byte{1, 1})
	if !c.putRow(odd, to, 1) || len(c.rest) != 5 {
		t.Fatalf("of the odd row %v are left", c.rest)
	}
	for i, want := range []int{0, 1, 2, 3, 5} {
		if c.rest[i] != want {
			t.Errorf("left are %v", c.rest)
		}
	}
	if to[4].Has(1) {
		t.Error("a text that is none is there")
	}
}

// A statement that ends before its columns are told, as one that is cancelled may, has no way of its
// own: the driver says what became of it.
func TestPostgresEndsBeforeItsColumns(t *testing.T) {
	if plan := (&pgCells{}).steps([]powerquery.Target{{At: 0}}); plan != nil {
		t.Errorf("%v", plan)
	}
}
