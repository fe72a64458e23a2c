package powerquery

import "inlay/dax"

// Vector is values of one column of a model, on their way into the data engine; which of the
// slices is used depends on the type. A row that is blank has any value there.
type Vector struct {
	Type   dax.Type
	There  []uint64 // a bit for each row that is not blank
	Truth  []byte   // 0 or 1
	Whole  []int64  // also the units of decimals, and microseconds
	Number []float64
	Ends   []uint32 // of each text
	Text   []byte
}

// NewVector makes one for a number of rows.
func NewVector(t dax.Type, rows int) Vector {
	v := Vector{Type: t, There: make([]uint64, (rows+63)/64)}
	switch t {
	case dax.String:
		v.Ends = make([]uint32, rows)
	case dax.Double:
		v.Number = make([]float64, rows)
	case dax.Boolean:
		v.Truth = make([]byte, rows)
	default:
		v.Whole = make([]int64, rows)
	}
	return v
}

// Has reports whether row n is not blank.
func (v *Vector) Has(n int) bool { return v.There[n>>6]>>(n&63)&1 != 0 }

// Set puts a value, which is blank or of the column's type, into row n, the next one.
func (v *Vector) Set(n int, x dax.Value) {
	if x.IsBlank() {
		v.Blank(n)
		return
	}
	switch v.Type {
	case dax.String:
		v.Text = append(v.Text, x.Text()...)
		v.put(n)
		v.Ends[n] = uint32(len(v.Text))
	case dax.Double:
		v.PutNumber(n, x.Float())
	case dax.Boolean:
		v.PutTruth(n, x.Bool())
	default:
		v.PutWhole(n, x.Int())
	}
}

func (v *Vector) put(n int) { v.There[n>>6] |= 1 << (n & 63) }

// Blank leaves row n, the next one, without a value.
func (v *Vector) Blank(n int) {
	v.There[n>>6] &^= 1 << (n & 63)
	if v.Ends != nil {
		v.Ends[n] = uint32(len(v.Text))
	}
}

// PutWhole puts what a column keeps as a whole number into row n, the next one.
func (v *Vector) PutWhole(n int, x int64) {
	v.put(n)
	v.Whole[n] = x
}

// PutNumber puts a value of a column of decimal numbers into row n, the next one.
func (v *Vector) PutNumber(n int, x float64) {
	v.put(n)
	v.Number[n] = x
}

// PutTruth puts a value of a column of true and false into row n, the next one.
func (v *Vector) PutTruth(n int, x bool) {
	v.put(n)
	v.Truth[n] = 0
	if x {
		v.Truth[n] = 1
	}
}

// PutText puts a text into row n, the next one.
func (v *Vector) PutText(n int, x []byte) {
	v.put(n)
	v.Text = append(v.Text, x...)
	v.Ends[n] = uint32(len(v.Text))
}
