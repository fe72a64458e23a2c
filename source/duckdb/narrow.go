package duckdb

import (
	"inlay/dax"
	"inlay/model"
)

// narrowDecimal is how fixed decimals are stored where they fit. DuckDB keeps more than 18
// digits in 128 bits, whose packed form is read about fifty times slower (docs/performance.md):
// 23 ms against 0.5 ms for the sum of 275,000 values. A table in which a value does not fit is
// filled again with 19 digits, as they are: not packed they take twice the room and a twentieth
// of the time.
const narrowDecimal = "DECIMAL(18,4)"

const mostNarrow = 999_999_999_999_999_999 // in units of 1/10,000

func tooWide(units int64) bool { return units > mostNarrow || units < -mostNarrow }

// defined is the definition of a column in the statement that makes its table. An empty packing
// leaves it to the engine to choose one.
func defined(c *model.Column, wide bool, pack packing) string {
	if c.Type == dax.Decimal && wide {
		pack = "uncompressed"
	}
	text := Dialect{}.Quote(c.Name) + " " + stored(c.Type, wide)
	if pack != "" {
		text += " USING COMPRESSION " + string(pack)
	}
	return text
}
