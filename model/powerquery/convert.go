package powerquery

import (
	"math"
	"strings"
	"time"

	"inlay/dax"
	"inlay/model/datatype"
	"inlay/model/powerquery/culture"
)

// converters turn a value into a type of M, as Table.TransformColumnTypes does; a null stays
// null. Types that are not here convert nothing.
var converters = map[string]func(Value, *culture.Culture) (Value, bool){
	"text": func(v Value, c *culture.Culture) (Value, bool) {
		s, ok := toText(v, c)
		return text(s), ok
	},
	"number":          toNumber,
	"Percentage.Type": toNumber,
	"Decimal.Type":    toNumber,
	"Double.Type":     toNumber,
	"Single.Type": func(v Value, c *culture.Culture) (Value, bool) {
		n, ok := toNumber(v, c)
		if w, whole := n.whole(); ok && !(whole && abs(w) < 1<<24) {
			n = number(float64(float32(n.float())))
		}
		return n, ok
	},
	"Int64.Type": toWhole,
	"Int32.Type": ranged(math.MinInt32, math.MaxInt32),
	"Int16.Type": ranged(math.MinInt16, math.MaxInt16),
	"Int8.Type":  ranged(math.MinInt8, math.MaxInt8),
	"Byte.Type":  ranged(0, math.MaxUint8),
	"Currency.Type": func(v Value, c *culture.Culture) (Value, bool) {
		if v.kind == Text {
			return parseDecimal(v.s, c)
		}
		n, ok := toNumber(v, c)
		if !ok {
			return n, false
		}
		return toDecimal(n)
	},
	"logical": toLogical,
	"date": func(v Value, c *culture.Culture) (Value, bool) {
		m, ok := toMoment(v, Date, c)
		if !ok {
			return m, false
		}
		return dateOf(m.clock()), true
	},
	"datetime": func(v Value, c *culture.Culture) (Value, bool) {
		m, ok := toMoment(v, DateTime, c)
		if !ok {
			return m, false
		}
		return dateTimeOf(m.clock()), true
	},
	"datetimezone": func(v Value, c *culture.Culture) (Value, bool) {
		m, ok := toMoment(v, Zoned, c)
		if ok && m.kind != Zoned {
			m = Value{kind: Zoned, n: m.clock().UnixMicro(), ref: 0}
		}
		return m, ok
	},
	"time":     toTime,
	"duration": toDuration,
}

// convert turns a value into a type. Empty text becomes null in every type but text, as in
// Power Query, where an empty cell of a CSV file becomes null with its type.
func convert(v Value, typ string, c *culture.Culture) (Value, bool) {
	return convertBy(converters[typ], v, typ, c)
}

// convertBy is convert with the converter at hand.
func convertBy(f func(Value, *culture.Culture) (Value, bool), v Value, typ string, c *culture.Culture) (Value, bool) {
	if v.kind == Null || v.kind == Failed || f == nil {
		return v, true
	}
	if v.kind == Text && typ != "text" && strings.TrimSpace(v.s) == "" {
		return Value{}, true
	}
	return f(v, c)
}

func toNumber(v Value, c *culture.Culture) (Value, bool) {
	switch v.kind {
	case Integer, Number, Decimal:
		return v, true
	case Text:
		return parseNumber(v.s, c)
	case Logical:
		return integer(v.n), true
	case Date, DateTime:
		return number(float64(v.clock().UnixMicro()-oleEpoch.UnixMicro()) / float64(day)), true
	case Time, Duration:
		return number(float64(v.n) / float64(day)), true
	}
	return Value{}, false
}

func toWhole(v Value, c *culture.Culture) (Value, bool) {
	n, ok := toNumber(v, c)
	if !ok {
		return n, false
	}
	return toInteger(n)
}

func ranged(least, most int64) func(Value, *culture.Culture) (Value, bool) {
	return func(v Value, c *culture.Culture) (Value, bool) {
		n, ok := toWhole(v, c)
		return n, ok && n.n >= least && n.n <= most
	}
}

func toLogical(v Value, _ *culture.Culture) (Value, bool) {
	switch v.kind {
	case Logical:
		return v, true
	case Integer, Number, Decimal:
		return logical(v.float() != 0), true
	case Text:
		switch strings.ToLower(strings.TrimSpace(v.s)) {
		case "true":
			return logical(true), true
		case "false":
			return logical(false), true
		}
	}
	return Value{}, false
}

// toMoment gives a Date, DateTime or Zoned; the caller cuts it to what it needs.
func toMoment(v Value, want Kind, c *culture.Culture) (Value, bool) {
	switch v.kind {
	case Zoned:
		if want != Zoned { // the local time, which is UTC here as in the service
			return Value{kind: DateTime, n: v.instant()}, true
		}
		return v, true
	case Date, DateTime:
		return v, true
	case Time:
		return Value{kind: DateTime, n: oleEpoch.UnixMicro() + v.n}, want == DateTime
	case Text:
		if want == Date { // a time of day in the text is cut off, as Date.From does
			want = DateTime
		}
		return momentOf(v.s, want, c)
	case Integer, Number, Decimal:
		micros, ok := fromSerial(v.float())
		return Value{kind: DateTime, n: micros}, ok
	}
	return Value{}, false
}

func toTime(v Value, c *culture.Culture) (Value, bool) {
	switch v.kind {
	case Time:
		return v, true
	case Zoned:
		return toTime(Value{kind: DateTime, n: v.instant()}, c)
	case DateTime:
		return Value{kind: Time, n: v.n - floorDiv(v.n, day)*day}, true
	case Text:
		return momentOf(v.s, Time, c)
	case Integer, Number, Decimal:
		f := v.float()
		return Value{kind: Time, n: int64(math.Round(f * float64(day)))}, f >= 0 && f < 1
	}
	return Value{}, false
}

func toDuration(v Value, _ *culture.Culture) (Value, bool) {
	switch v.kind {
	case Duration:
		return v, true
	case Text:
		return parseDuration(v.s)
	case Integer, Number, Decimal:
		f := v.float() * float64(day)
		return duration(int64(math.Round(f))), math.Abs(f) < 1<<62
	}
	return Value{}, false
}

// loads says into which type of M a value is brought before it enters a model's column.
var loads = map[dax.Type]string{
	dax.String: "text", dax.Int64: "number", dax.Double: "number", dax.Decimal: "Currency.Type",
	dax.DateTime: "datetime", dax.Boolean: "logical",
}

// As brings a cell into the type of a model's column. Text is read with the culture; a number
// with a fraction does not enter a whole-number column, and a date does not become text: that
// would be a guess. False if it does not convert, or is out of the range of the type.
func (v Value) As(t dax.Type, c *culture.Culture) (dax.Value, bool) {
	x, ok := v.as(t, c)
	if !ok || !datatype.Fits(x) {
		return dax.Value{}, false
	}
	return x, true
}

// Ends are the least and the greatest value that As gives for a column whose values are whole
// numbers: of a fixed decimal 1/10,000, of a DateTime microseconds since 1970.
func Ends(t dax.Type) (least, most int64) { return datatype.Ends(t) }

// Normal reports whether As gives a double as it is.
func Normal(f float64) bool { return datatype.Normal(f) }

// samples is a value of each type of which some never enter a column of the model.
var samples = map[string]Value{
	"logical": logical(true), "number": integer(1), "Int64.Type": integer(1), "Int32.Type": integer(1), "Int16.Type": integer(1), "Int8.Type": integer(1), "Byte.Type": integer(1),
	"Decimal.Type": integer(1), "Double.Type": integer(1), "Single.Type": integer(1), "Currency.Type": integer(1), "Percentage.Type": integer(1),
	"date": DayOf(0), "time": TimeOf(0), "datetime": MomentOf(0), "datetimezone": zoned(0, 0), "duration": duration(0), "binary": {kind: Binary},
	"list": {kind: List}, "record": {kind: RecordOf}, "table": {kind: TableOf}, "function": {kind: Function},
}

// Enters reports whether values of a type can enter a column of the model: false if As refuses
// all of them but null.
func (t Type) Enters(column dax.Type) bool {
	v, known := samples[t.Name]
	if !known { // text is read, and any may be anything
		return true
	}
	c, _ := culture.Find("en-US")
	_, ok := v.As(column, c)
	return ok
}

func (v Value) as(t dax.Type, c *culture.Culture) (dax.Value, bool) {
	switch v.kind { // most cells have their type already
	case Null:
		return dax.Value{}, true
	case Text:
		if t == dax.String {
			return dax.TextOf(v.s), true
		}
	case Integer:
		switch t {
		case dax.Int64:
			return dax.IntOf(v.n), true
		case dax.Double:
			return dax.FloatOf(float64(v.n)), true
		}
	case Number:
		if f := v.float(); t == dax.Double && !math.IsNaN(f) && !math.IsInf(f, 0) {
			return dax.FloatOf(f), true
		}
	case Decimal:
		if t == dax.Decimal {
			return dax.DecimalOf(v.n), true
		}
	case DateTime:
		if t == dax.DateTime {
			return dax.DateOf(v.n), true
		}
	case Date:
		if t == dax.DateTime {
			return dax.DateOf(v.n * day), true
		}
	}
	typ, known := loads[t]
	switch {
	case !known, v.kind > Duration:
		return dax.Value{}, false
	case t == dax.String && v.kind != Text && !v.isNumber():
		return dax.Value{}, false
	case t == dax.Boolean && v.isNumber(), t != dax.Boolean && t != dax.String && v.kind == Logical:
		return dax.Value{}, false
	case t == dax.DateTime && (v.isNumber() || v.kind == Duration), t == dax.Int64 && v.kind > Text:
		return dax.Value{}, false
	}
	if t == dax.DateTime && v.kind == Time {
		return dax.TimeOf(oleEpoch.Add(time.Duration(v.n) * time.Microsecond)), true
	}
	if t == dax.String && v.kind != Text {
		c, _ = culture.Find("")
	}
	x, ok := convert(v, typ, c)
	if !ok || x.kind == Null {
		return dax.Value{}, ok
	}
	return x.enter(t)
}

func (v Value) enter(t dax.Type) (dax.Value, bool) {
	switch t {
	case dax.String:
		return dax.TextOf(v.s), true
	case dax.Int64:
		n, ok := v.whole()
		return dax.IntOf(n), ok
	case dax.Double:
		f := v.float()
		return dax.FloatOf(f), !math.IsNaN(f) && !math.IsInf(f, 0)
	case dax.Decimal:
		return dax.DecimalOf(v.n), true
	case dax.DateTime:
		return dax.TimeOf(v.clock()), true
	case dax.Boolean:
		return dax.BoolOf(v.n != 0), true
	}
	return dax.Value{}, false
}

// CannotLoad says why a cell does not enter a model's column.
func (v Value) CannotLoad(t string) string {
	moment := v.kind == Date || v.kind == DateTime || v.kind == Zoned
	switch {
	case moment && t == "a date": // the kind is right, so it is the range
		return v.describe() + " is not in the range of dates, 1900-01-01 to 9999-12-31"
	case v.isNumber() && t == "a fixed decimal number" && !math.IsNaN(v.float()):
		return v.describe() + " is not in the range of fixed decimal numbers, which ends at 922,337,203,685,477.5807"
	}
	return v.describe() + " does not convert to " + t
}
