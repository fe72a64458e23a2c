package rest

import (
	"math"
	"net/http"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"inlay/dax"
	"inlay/model"
	"inlay/report/visual"
)

// flushAt is how much of an answer is gathered before it is sent.
const flushAt = 32 << 10

// maxExact is the largest whole number of which a double holds the neighbours apart.
const maxExact = 1<<53 - 1

// writeRows sends an answer as JSON, in pieces, without a value per cell. The text of cells:
//
//	BLANK null · Boolean true · Int64, Double, Decimal a number · String a text ·
//	DateTime "2026-01-05T00:00:00", with a fraction of a second if there is one
//
// A number that JSON or a browser would change is a text: an Int64 beyond 2^53, and "NaN",
// "Infinity", "-Infinity". Null would say that there is no value.
func (c *call) writeRows(res model.Result, p visual.Plan) {
	c.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	c.w.WriteHeader(http.StatusOK)
	b := make([]byte, 0, flushAt+flushAt/4)
	b = appendColumns(b, res, p)
	for i, row := range res.Rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '[')
		for j, col := range p.Columns {
			if j > 0 {
				b = append(b, ',')
			}
			b = appendValue(b, row[col.From])
		}
		b = append(b, ']')
		if len(b) >= flushAt {
			if _, err := c.w.Write(b); err != nil {
				return // the client has gone
			}
			b = b[:0]
		}
	}
	b = append(b, `],"total":`...)
	b = appendTotal(b, res, p)
	b = append(b, `,"truncated":`...)
	b = strconv.AppendBool(b, res.Truncated)
	b = appendFormats(b, res, p)
	c.w.Write(append(b, '}'))
}

// formats is the format strings that a column's values have where they depend on filters, of those
// that are not blank, the total among them.
type formats struct {
	first string
	same  bool // all are the first
	none  bool // some value has none
}

func formatsOf(res model.Result, col visual.Column, groups int) formats {
	f := formats{same: true}
	if col.FormatBy == 0 {
		return f
	}
	first := true
	look := func(v dax.Value) {
		switch {
		case v.IsBlank() || v.Type() != dax.String:
		case first:
			f.first, first = v.Text(), false
		case v.Text() != f.first:
			f.same = false
		}
		f.none = f.none || v.Type() == dax.String && v.Text() == ""
	}
	for _, row := range res.Rows {
		look(row[col.FormatBy])
	}
	if res.Total != nil {
		look(res.Total[col.FormatBy-groups])
	}
	return f
}

// appendFormats writes format strings that are not the same for all values of a column: by the
// place of the column, one for each row, and one for the total if there is one.
func appendFormats(b []byte, res model.Result, p visual.Plan) []byte {
	sep := `,"formats":{`
	for i, col := range p.Columns {
		if formatsOf(res, col, len(p.Query.Groups)).same {
			continue
		}
		b = append(b, sep...)
		sep = ","
		b = append(b, '"')
		b = strconv.AppendInt(b, int64(i), 10)
		b = append(b, `":[`...)
		list := make([]dax.Value, 0, len(res.Rows)+1)
		for _, row := range res.Rows {
			list = append(list, row[col.FormatBy])
		}
		if res.Total != nil {
			list = append(list, res.Total[col.FormatBy-len(p.Query.Groups)])
		}
		for j, v := range list {
			if j > 0 {
				b = append(b, ',')
			}
			b = appendText(b, v.ToText())
		}
		b = append(b, ']')
	}
	if sep == "," {
		b = append(b, '}')
	}
	return b
}

// appendColumns begins an answer, up to its first row.
func appendColumns(b []byte, res model.Result, p visual.Plan) []byte {
	b = append(b, `{"columns":[`...)
	for i, col := range p.Columns {
		format := col.Format
		if format == "" {
			format = res.Columns[col.From].Format
		}
		if f := formatsOf(res, col, len(p.Query.Groups)); f.none || f.same && f.first != "" {
			format = f.first
			if !f.same { // what has none of its own has that of the column
				format = ""
			}
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"name":`...)
		b = appendText(b, col.Name)
		b = append(b, `,"ref":`...)
		b = appendText(b, col.Ref)
		b = append(b, `,"role":`...)
		b = appendText(b, col.Role)
		b = append(b, `,"type":"`...)
		b = append(b, typeName(res.Columns[col.From].Type)...)
		b = append(b, `","format":`...)
		b = appendText(b, format)
		b = append(b, `,"group":`...)
		b = strconv.AppendBool(b, col.Group)
		b = append(b, '}')
	}
	return append(b, `],"rows":[`...)
}

// appendTotal writes one value for each column that is not a group.
func appendTotal(b []byte, res model.Result, p visual.Plan) []byte {
	if res.Total == nil {
		return append(b, "null"...)
	}
	b = append(b, '[')
	first := true
	for _, col := range p.Columns {
		if col.Group {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = appendValue(b, res.Total[col.From-len(p.Query.Groups)])
	}
	return append(b, ']')
}

func appendValue(b []byte, v dax.Value) []byte {
	switch v.Type() {
	case dax.Blank:
		return append(b, "null"...)
	case dax.Boolean:
		return strconv.AppendBool(b, v.Bool())
	case dax.Int64:
		if n := v.Int(); n > maxExact || n < -maxExact {
			b = append(b, '"')
			b = strconv.AppendInt(b, n, 10)
			return append(b, '"')
		}
		return strconv.AppendInt(b, v.Int(), 10)
	case dax.Decimal:
		return appendDecimal(b, v.Int())
	case dax.Double:
		return appendDouble(b, v.Float())
	case dax.DateTime:
		b = append(b, '"')
		b = v.Time().AppendFormat(b, "2006-01-02T15:04:05.999999")
		return append(b, '"')
	case dax.String:
		return appendText(b, v.Text())
	}
	panic("rest: a cell is not a scalar")
}

// appendDecimal writes units of 1/10,000 exactly.
func appendDecimal(b []byte, units int64) []byte {
	u := uint64(units)
	if units < 0 {
		b = append(b, '-')
		u = -u
	}
	b = strconv.AppendUint(b, u/10_000, 10)
	frac := u % 10_000
	if frac == 0 {
		return b
	}
	b = append(b, '.')
	for d := uint64(1_000); frac > 0; d /= 10 {
		b = append(b, byte('0'+frac/d))
		frac %= d
	}
	return b
}

func appendDouble(b []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(b, `"-Infinity"`...)
	}
	form := byte('f')
	if x := math.Abs(f); x != 0 && (x < 1e-6 || x >= 1e21) {
		form = 'e'
	}
	return strconv.AppendFloat(b, f, form, -1, 64)
}

// appendText quotes a text. What is not UTF-8 is replaced, never passed on.
func appendText(b []byte, s string) []byte {
	if plain(s) {
		b = append(b, '"')
		b = append(b, s...)
		return append(b, '"')
	}
	out, _ := jsontext.AppendQuote(b, s)
	return out
}

// plain reports whether a text needs no escapes.
func plain(s string) bool {
	for i := range len(s) {
		if special[s[i]] {
			return false
		}
	}
	return true
}

// special says which bytes do not stand for themselves in a JSON text, or not surely.
var special = func() (t [256]bool) {
	for c := range t {
		t[c] = c < 0x20 || c == '"' || c == '\\' || c >= utf8.RuneSelf
	}
	return t
}()

// typeName is a type as the embed page knows it.
func typeName(t dax.Type) string {
	switch t {
	case dax.Boolean:
		return "boolean"
	case dax.Int64:
		return "int64"
	case dax.Double:
		return "double"
	case dax.Decimal:
		return "decimal"
	case dax.DateTime:
		return "dateTime"
	}
	return "string"
}
