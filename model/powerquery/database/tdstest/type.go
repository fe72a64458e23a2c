package tdstest

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"
)

// Column is a column of a table, in a type of Transact-SQL such as decimal(12,2). A type that ends
// in " not null" travels in the form of its own that some types have then.
type Column struct{ Name, Type string }

// columnType is a type taken apart.
type columnType struct {
	name    string
	a, b    int // length, or precision and scale; -1 is max
	notNull bool
}

func typeOf(s string) columnType {
	s, notNull := strings.CutSuffix(s, " not null")
	name, rest, ok := strings.Cut(s, "(")
	t := columnType{name: name, notNull: notNull}
	if !ok {
		switch name {
		case "time", "datetime2", "datetimeoffset":
			t.a = 7
		}
		return t
	}
	first, second, _ := strings.Cut(strings.TrimSuffix(rest, ")"), ",")
	if t.a, _ = strconv.Atoi(first); first == "max" {
		t.a = -1
	}
	t.b, _ = strconv.Atoi(strings.TrimSpace(second))
	return t
}

// stored is the type in which DuckDB keeps the values. What it has no type for is kept as text.
func (t columnType) stored() string {
	switch t.name {
	case "tinyint":
		return "UTINYINT"
	case "bit":
		return "BOOLEAN"
	case "decimal":
		return fmt.Sprintf("DECIMAL(%d, %d)", t.a, t.b)
	case "money":
		return "DECIMAL(19, 4)"
	case "smallmoney":
		return "DECIMAL(10, 4)"
	case "real":
		return "FLOAT"
	case "float":
		return "DOUBLE"
	case "smallint", "int", "bigint", "date", "time":
		return strings.ToUpper(t.name)
	case "datetime", "smalldatetime":
		return "TIMESTAMP"
	case "datetime2":
		if t.a == 7 {
			return "VARCHAR" // as 2006-01-02 15:04:05.0000000
		}
		return "TIMESTAMP"
	case "uniqueidentifier":
		return "UUID"
	case "binary", "varbinary", "image":
		return "BLOB"
	case "char", "varchar", "nchar", "nvarchar":
		return "VARCHAR COLLATE NOCASE"
	}
	return "VARCHAR"
}

func (t columnType) isText() bool {
	return t.name == "char" || t.name == "varchar" || t.name == "nchar" || t.name == "nvarchar"
}

// Types that do not depend on anything: fixed is their form in columns that hold no null.
var plainTypes = map[string]struct{ token, size, fixed byte }{
	"tinyint": {0x26, 1, 0x30}, "smallint": {0x26, 2, 0x34}, "int": {0x26, 4, 0x38}, "bigint": {0x26, 8, 0x7F}, "bit": {0x68, 1, 0x32},
	"real": {0x6D, 4, 0x3B}, "float": {0x6D, 8, 0x3E}, "smallmoney": {0x6E, 4, 0x7A}, "money": {0x6E, 8, 0x3C},
	"smalldatetime": {0x6F, 4, 0x3A}, "datetime": {0x6F, 8, 0x3D}, "uniqueidentifier": {0x24, 16, 0},
}

// windows1252 is the collation Latin1_General_CI_AS.
var windows1252 = []byte{0x09, 0x04, 0xD0, 0x00, 0x00}

// info is TYPE_INFO (MS-TDS 2.2.5.6).
func (t columnType) info() []byte {
	if p, ok := plainTypes[t.name]; ok {
		if t.notNull && p.fixed != 0 {
			return []byte{p.fixed}
		}
		return []byte{p.token, p.size}
	}
	long := func(token byte, size int, collated bool) []byte {
		if t.a == -1 {
			size = 0xFFFF
		}
		out := binary.LittleEndian.AppendUint16([]byte{token}, uint16(size))
		if collated {
			out = append(out, windows1252...)
		}
		return out
	}
	blob := func(token byte, collated bool) []byte {
		out := binary.LittleEndian.AppendUint32([]byte{token}, math.MaxInt32)
		if collated {
			out = append(out, windows1252...)
		}
		return append(out, 1, 1, 0, 't', 0) // the name of the table
	}
	switch t.name {
	case "decimal":
		return []byte{0x6A, 17, byte(t.a), byte(t.b)}
	case "date":
		return []byte{0x28}
	case "time":
		return []byte{0x29, byte(t.a)}
	case "datetime2":
		return []byte{0x2A, byte(t.a)}
	case "datetimeoffset":
		return []byte{0x2B, byte(t.a)}
	case "varchar":
		return long(0xA7, t.a, true)
	case "char":
		return long(0xAF, t.a, true)
	case "nvarchar":
		return long(0xE7, 2*t.a, true)
	case "nchar":
		return long(0xEF, 2*t.a, true)
	case "varbinary":
		return long(0xA5, t.a, false)
	case "binary":
		return long(0xAD, t.a, false)
	case "xml":
		return []byte{0xF1, 0}
	case "text":
		return blob(0x23, true)
	case "ntext":
		return blob(0x63, true)
	case "image":
		return blob(0x22, false)
	}
	panic("no type " + t.name)
}

// null is how a null travels in a row that does not say which values are null.
func (t columnType) null() []byte {
	switch {
	case t.name == "xml" || t.a == -1:
		return []byte{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}
	case t.isText() || t.name == "varbinary" || t.name == "binary":
		return []byte{0xFF, 0xFF}
	}
	return []byte{0}
}

// value is a value of DuckDB as it travels.
func (t columnType) value(v any) []byte {
	data := t.data(v)
	switch {
	case t.name == "text" || t.name == "ntext" || t.name == "image":
		out := append([]byte{16}, make([]byte, 24)...) // pointer and time
		return append(binary.LittleEndian.AppendUint32(out, uint32(len(data))), data...)
	case t.name == "xml" || t.a == -1: // in parts (MS-TDS 2.2.5.2.3)
		out := binary.LittleEndian.AppendUint64(nil, uint64(len(data)))
		for len(data) > 0 {
			n := min(len(data), 3000)
			out = append(binary.LittleEndian.AppendUint32(out, uint32(n)), data[:n]...)
			data = data[n:]
		}
		return binary.LittleEndian.AppendUint32(out, 0)
	case t.isText() || t.name == "varbinary" || t.name == "binary":
		return append(binary.LittleEndian.AppendUint16(nil, uint16(len(data))), data...)
	case t.notNull && plainTypes[t.name].fixed != 0:
		return data
	}
	return append([]byte{byte(len(data))}, data...)
}

func (t columnType) data(v any) []byte {
	little := binary.LittleEndian
	switch t.name {
	case "tinyint", "smallint", "int", "bigint":
		b := little.AppendUint64(nil, uint64(wholeOf(v)))
		return b[:plainTypes[t.name].size]
	case "bit":
		if v == true {
			return []byte{1}
		}
		return []byte{0}
	case "real":
		return little.AppendUint32(nil, math.Float32bits(v.(float32)))
	case "float":
		return little.AppendUint64(nil, math.Float64bits(v.(float64)))
	case "decimal":
		return decimalBytes(v.(duckdb.Decimal).Value)
	case "smallmoney":
		return little.AppendUint32(nil, uint32(v.(duckdb.Decimal).Value.Int64()))
	case "money": // the upper half first
		n := uint64(v.(duckdb.Decimal).Value.Int64())
		return little.AppendUint32(little.AppendUint32(nil, uint32(n>>32)), uint32(n))
	case "date", "time", "datetime", "datetime2", "smalldatetime", "datetimeoffset":
		return t.moment(v)
	case "uniqueidentifier": // the first three groups turned round
		b := uuidOf(v)
		return append([]byte{b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6]}, b[8:]...)
	case "char", "varchar", "text":
		var b []byte
		for _, r := range v.(string) { // of the code page, Latin-1 is what tests need
			b = append(b, byte(r))
		}
		return b
	case "nchar", "nvarchar", "ntext", "xml":
		return toUCS2(v.(string))
	}
	return v.([]byte)
}

func wholeOf(v any) int64 {
	switch x := v.(type) {
	case uint8:
		return int64(x)
	case int16:
		return int64(x)
	case int32:
		return int64(x)
	case int64:
		return x
	}
	panic(fmt.Sprintf("%T is no whole number", v))
}

func uuidOf(v any) []byte {
	switch x := v.(type) {
	case duckdb.UUID:
		return x[:]
	case []byte:
		if len(x) == 16 {
			return x
		}
	case string:
		b, _ := hex.DecodeString(strings.ReplaceAll(x, "-", ""))
		return b
	}
	panic(fmt.Sprintf("%T is no UUID", v))
}

func decimalBytes(n *big.Int) []byte {
	b := make([]byte, 17)
	if n.Sign() >= 0 {
		b[0] = 1
	}
	for i, x := range new(big.Int).Abs(n).Bytes() {
		b[len(new(big.Int).Abs(n).Bytes())-i] = x
	}
	return b
}

// moment writes dates and times (MS-TDS 2.2.5.5.1.8).
func (t columnType) moment(v any) []byte {
	at, ok := v.(time.Time)
	if !ok {
		text := v.(string)
		if t.name != "datetimeoffset" {
			text += " +00:00"
		}
		var err error
		if at, err = time.Parse("2006-01-02 15:04:05.9999999 -07:00", text); err != nil {
			panic(err)
		}
	}
	minutes := 0
	if t.name == "datetimeoffset" {
		_, seconds := at.Zone()
		minutes = seconds / 60
	}
	at = at.UTC()
	day := at.Truncate(24 * time.Hour)
	clock := at.Sub(day)
	little := binary.LittleEndian
	since1900 := uint32(int32((day.Unix() + 2_208_988_800) / 86_400))
	switch t.name {
	case "smalldatetime":
		return little.AppendUint16(little.AppendUint16(nil, uint16(since1900)), uint16(clock/time.Minute))
	case "datetime":
		ticks := (clock.Microseconds()*3 + 5_000) / 10_000
		return little.AppendUint32(little.AppendUint32(nil, since1900), uint32(ticks))
	}
	var b []byte
	if t.name != "date" {
		n := uint64(clock.Nanoseconds()) / uint64(math.Pow10(9-t.a))
		b = little.AppendUint64(nil, n)[:[]int{3, 3, 3, 4, 4, 5, 5, 5}[t.a]]
	}
	if t.name != "time" {
		b = append(b, little.AppendUint32(nil, uint32((day.Unix()+62_135_596_800)/86_400))[:3]...)
	}
	if t.name == "datetimeoffset" {
		b = little.AppendUint16(b, uint16(int16(minutes)))
	}
	return b
}
