package duckdb

import (
	"encoding/binary"
	"math"
	"math/bits"
	"time"

	"inlay/dax"
)

// sketch is what is learnt of the values of a column on their way to the engine, which would have
// to read and unpack all of them again to tell it: that was a tenth of the CPU of an import.
type sketch struct {
	values      int64
	ranks       []uint8 // of a HyperLogLog; see note
	low, high   int64   // of whole numbers, or the bits of decimal ones
	least, most float64
	upper       bool // there are capital letters
	lower       bool // there are small ones
	beyond      bool // there are characters beyond ASCII, which may have case or not
}

// sketchBits is by how many bits of its hash a value chooses its rank: 4,096 ranks, by which a
// count is out by 1.6 % as a rule.
const sketchBits = 12

func newSketches(n int) []sketch {
	list := make([]sketch, n)
	for i := range list {
		list[i] = sketch{ranks: make([]uint8, 1<<sketchBits), low: math.MaxInt64, high: math.MinInt64, least: math.Inf(1), most: math.Inf(-1)}
	}
	return list
}

// add learns from n values.
func (k *sketch) add(c *cells, n int) {
	whole := true // no row is blank
	for at := 0; at < n; at += 64 {
		mask := c.There[at>>6]
		if n-at < 64 {
			mask &= 1<<(n-at) - 1
		}
		count := bits.OnesCount64(mask)
		k.values += int64(count)
		whole = whole && count == min(64, n-at)
	}
	switch c.Type {
	case dax.String:
		k.addTexts(c, n)
	case dax.Double:
		for i, f := range c.Number[:n] {
			if whole || c.Has(i) {
				if f == 0 {
					f = 0 // of -0, which is the same number
				}
				k.least, k.most = min(k.least, f), max(k.most, f)
				k.note(math.Float64bits(f))
			}
		}
	case dax.Boolean:
		for i, b := range c.Truth[:n] {
			if whole || c.Has(i) {
				k.low, k.high = min(k.low, int64(b)), max(k.high, int64(b))
				k.note(uint64(b))
			}
		}
	default:
		for i, x := range c.Whole[:n] {
			if whole || c.Has(i) {
				k.low, k.high = min(k.low, x), max(k.high, x)
				k.note(uint64(x))
			}
		}
	}
}

// addTexts learns from texts as long as they may all be of one case: see oneCase. For others all
// spellings are looked at when the table is there, and are counted then.
func (k *sketch) addTexts(c *cells, n int) {
	if n == 0 || !k.oneCase() {
		return
	}
	k.addCase(c.Text[:c.Ends[n-1]])
	at := uint32(0)
	for i, end := range c.Ends[:n] {
		if c.Has(i) {
			k.note(hashOf(c.Text[at:end]))
		}
		at = end
	}
}

// oneCase reports whether no two texts can differ only in case, because no letter has the other.
func (k *sketch) oneCase() bool { return !k.beyond && !(k.upper && k.lower) }

// addCase looks at the letters of a text, eight bytes at once.
func (k *sketch) addCase(s []byte) {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	var all, upper, lower uint64
	word := func(w uint64) {
		all |= w
		w &^= tops
		upper |= (w + (0x80-'A')*ones) &^ (w + (0x80-'Z'-1)*ones)
		lower |= (w + (0x80-'a')*ones) &^ (w + (0x80-'z'-1)*ones)
	}
	for ; len(s) >= 8; s = s[8:] {
		word(binary.LittleEndian.Uint64(s))
	}
	if len(s) > 0 {
		var last [8]byte
		copy(last[:], s)
		word(binary.LittleEndian.Uint64(last[:]))
	}
	k.beyond, k.upper, k.lower = k.beyond || all&tops != 0, k.upper || upper&tops != 0, k.lower || lower&tops != 0
}

// note counts a value, by its hash or as a number.
func (k *sketch) note(x uint64) {
	// The finalizer of MurmurHash3, which spreads numbers that lie together.
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	x ^= x >> 33
	rank := &k.ranks[x>>(64-sketchBits)]
	if r := uint8(bits.LeadingZeros64(x<<sketchBits|1<<(sketchBits-1))) + 1; r > *rank {
		*rank = r
	}
}

// hashOf makes a number of a text.
func hashOf(s []byte) uint64 {
	h := uint64(len(s)) * 0x9e3779b97f4a7c15
	for ; len(s) >= 8; s = s[8:] {
		high, low := bits.Mul64(h^binary.LittleEndian.Uint64(s), 0xd6e8feb86659fd93)
		h = high ^ low ^ h
	}
	if len(s) > 0 {
		var last [8]byte
		copy(last[:], s)
		high, low := bits.Mul64(h^binary.LittleEndian.Uint64(last[:]), 0xd6e8feb86659fd93)
		h = high ^ low ^ h
	}
	return h
}

// distinct is about how many different values were noted, by the estimate of Ertl, "New cardinality
// estimation algorithms for HyperLogLog sketches" (arXiv 1702.01284), which needs no other one for
// small counts.
func (k *sketch) distinct() int64 {
	m, sum, zeros := float64(len(k.ranks)), 0.0, 0.0
	for _, r := range k.ranks {
		if r == 0 {
			zeros++
		} else {
			sum += 1 / float64(uint64(1)<<r)
		}
	}
	if zeros == m {
		return 0
	}
	x, y := zeros/m, 1.0
	small := x
	for before := -1.0; small != before; y *= 2 {
		before, x = small, x*x
		small += x * y
	}
	return min(int64(math.Round(m*m/(2*math.Ln2)/(m*small+sum))), k.values)
}

// join adds what was learnt of other values.
func (k *sketch) join(o *sketch) {
	k.values += o.values
	for i, r := range o.ranks {
		k.ranks[i] = max(k.ranks[i], r)
	}
	k.low, k.high, k.least, k.most = min(k.low, o.low), max(k.high, o.high), min(k.least, o.least), max(k.most, o.most)
	k.upper, k.lower, k.beyond = k.upper || o.upper, k.lower || o.lower, k.beyond || o.beyond
}

// bounds are the least and the greatest value of a column, as model.ColumnStatistics has them.
func (k *sketch) bounds(t dax.Type) (least, most float64, ranged bool) {
	if k.values == 0 || t == dax.String {
		return 0, 0, false
	}
	of := func(x int64) float64 {
		switch t {
		case dax.Boolean:
			return dax.BoolOf(x != 0).Float()
		case dax.Decimal:
			return dax.DecimalOf(x).Float()
		case dax.DateTime:
			return dax.TimeOf(time.UnixMicro(x).UTC()).Float()
		}
		return float64(x)
	}
	if t == dax.Double {
		return k.least, k.most, true
	}
	return of(k.low), of(k.high), true
}
