package duckdb

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// chain draws queries: a source and steps over it.
type chain struct {
	t       *rapid.T
	m       string
	cols    []chainColumn
	settled bool // the order of the rows is that of the source or of a step behind which it counts
	made    int  // names that steps gave
}

// chainColumn is a column of a chain: its name and the kind of its values, empty where they are of
// several kinds.
type chainColumn struct{ name, kind string }

// chainValues are the literals of M and of SQL of each kind, in pairs.
var chainValues = map[string][][2]string{
	"int":      {{"0", "0"}, {"1", "1"}, {"-1", "-1"}, {"2", "2"}, {"9007199254740993", "9007199254740993"}},
	"text":     {{`""`, "''"}, {`"a"`, "'a'"}, {`"A"`, "'A'"}, {`"é"`, "'é'"}, {`"a "`, "'a '"}, {`"b"`, "'b'"}, {`"12"`, "'12'"}, {`"31/01/2026"`, "'31/01/2026'"}, {`"1,5"`, "'1,5'"}},
	"date":     {{"#date(2026, 1, 31)", "DATE '2026-01-31'"}, {"#date(2026, 2, 1)", "DATE '2026-02-01'"}, {"#date(1899, 12, 29)", "DATE '1899-12-29'"}},
	"datetime": {{"#datetime(2026, 1, 31, 0, 0, 0)", "TIMESTAMP '2026-01-31'"}, {"#datetime(2026, 1, 31, 23, 59, 59.5)", "TIMESTAMP '2026-01-31 23:59:59.5'"}},
	"float":    {{"0.5", "0.5"}, {"-0.0", "-0.0"}, {"1e300", "1e300"}, {"Number.NaN", "'nan'::DOUBLE"}, {"2", "2"}, {"Number.PositiveInfinity", "'inf'::DOUBLE"}, {"9007199254740992.0", "9007199254740992"}},
	"bool":     {{"true", "true"}, {"false", "false"}},
	"decimal":  {{"1.25", "1.25"}, {"-3.5", "-3.5"}, {"0", "0"}},
}

// chainTypes are the types of M and of SQL of each kind.
var chainTypes = map[string][2]string{"int": {"Int64.Type", "BIGINT"}, "text": {"text", "VARCHAR"}, "date": {"date", "DATE"}, "datetime": {"datetime", "TIMESTAMP"},
	"float": {"number", "DOUBLE"}, "bool": {"logical", "BOOLEAN"}, "decimal": {"Currency.Type", "DECIMAL(12,2)"}}

var chainColumns = []chainColumn{{"n", "int"}, {"s", "text"}, {"d", "date"}, {"f", "float"}, {"b", "bool"}, {"m", "decimal"}, {"N", "int"}, {"t", "datetime"}}

func (c *chain) pick(label string, from ...string) string {
	return rapid.SampledFrom(from).Draw(c.t, label)
}

func (c *chain) count(label string, most int) int { return rapid.IntRange(0, most).Draw(c.t, label) }

// name writes a name of a column as a text of M.
func (c chainColumn) text() string { return `"` + strings.ReplaceAll(c.name, `"`, `""`) + `"` }

// field is the column of a row.
func (c chainColumn) field() string { return "[#" + c.text() + "]" }

func texts2(cols []chainColumn) string {
	out := make([]string, len(cols))
	for i, c := range cols {
		out[i] = c.text()
	}
	return "{" + strings.Join(out, ", ") + "}"
}

// column draws a column of some kinds; false if there is none.
func (c *chain) column(kinds ...string) (chainColumn, bool) {
	var of []chainColumn
	for _, col := range c.cols {
		if len(kinds) == 0 || slices.Contains(kinds, col.kind) {
			of = append(of, col)
		}
	}
	if len(of) == 0 {
		return chainColumn{}, false
	}
	return rapid.SampledFrom(of).Draw(c.t, "column"), true
}

// fresh is a name that no column has, one that differs only in case from another perhaps.
func (c *chain) fresh() string {
	c.made++
	if up := strings.ToUpper(c.cols[0].name); c.count("case", 3) == 0 && !slices.ContainsFunc(c.cols, func(o chainColumn) bool { return o.name == up }) {
		return up
	}
	return fmt.Sprintf(`x"y '%d`, c.made)
}

// source begins a chain with a table literal, a CSV file or a Parquet file, whose bytes write makes.
func (c *chain) source(name string, write func(name, sql, csv string)) {
	c.settled = true
	c.cols = rapid.Permutation(chainColumns).Draw(c.t, "columns")[:1+c.count("width", len(chainColumns)-1)]
	var literals, rows, lines, types, fields []string
	for range c.count("rows", 12) {
		var in, sql, csv []string
		for _, col := range c.cols {
			v := [2]string{"null", "NULL"}
			if c.count("null", 4) > 0 {
				v = rapid.SampledFrom(chainValues[col.kind]).Draw(c.t, "value")
			}
			in, sql = append(in, v[0]), append(sql, v[1])
			csv = append(csv, `"`+strings.Trim(strings.NewReplacer("NULL", "", "DATE '", "", "TIMESTAMP '", "", "::DOUBLE", "").Replace(v[1]), "'")+`"`)
		}
		literals, rows, lines = append(literals, "{"+strings.Join(in, ", ")+"}"), append(rows, "("+strings.Join(sql, ", ")+")"), append(lines, strings.Join(csv, ","))
	}
	var head, casts, nulls []string
	for i, col := range c.cols {
		typ := chainTypes[col.kind]
		types, fields = append(types, "{"+col.text()+", type "+typ[0]+"}"), append(fields, "#"+col.text()+" = "+typ[0])
		head, nulls = append(head, col.name), append(nulls, "NULL")
		casts = append(casts, fmt.Sprintf("c%d::%s AS %q", i, typ[1], map[bool]string{true: "N_", false: col.name}[col.name == "N"]))
	}
	where := ""
	if len(rows) == 0 {
		rows, where = []string{"(" + strings.Join(nulls, ", ") + ")"}, " WHERE false"
	}
	typed := strings.NewReplacer("type Int64.Type", "Int64.Type", "type Currency.Type", "Currency.Type").Replace(strings.Join(types, ", "))
	switch c.pick("source", "parquet", "parquet", "csv", "literal") {
	case "literal":
		c.m = "#table(type table [" + strings.Join(fields, ", ") + "], {" + strings.Join(literals, ", ") + "})"
	case "csv":
		write(name+".csv", "", strings.Join(append([]string{strings.Join(head, ",")}, lines...), "\n")+"\n")
		c.m = `Table.TransformColumnTypes(Table.PromoteHeaders(Csv.Document(File.Contents("` + name + `.csv"), [Delimiter=",", Columns=` + fmt.Sprint(len(head)) + `]), [PromoteAllScalars=true]), {` + typed + `}, "en-GB")`
	default:
		names := make([]string, len(c.cols))
		for i := range names {
			names[i] = fmt.Sprint("c", i)
		}
		write(name+".parquet", "SELECT "+strings.Join(casts, ", ")+" FROM (VALUES "+strings.Join(rows, ", ")+") v("+strings.Join(names, ", ")+")"+where, "")
		c.m = `Parquet.Document(File.Contents("` + name + `.parquet"))`
		if slices.ContainsFunc(c.cols, func(o chainColumn) bool { return o.name == "N" }) { // the engine takes it for n
			c.m = "Table.RenameColumns(" + c.m + `, {{"N_", "N"}})`
		}
	}
}

// value draws a constant of a kind.
func (c *chain) value(kind string) string {
	if c.count("null", 6) == 0 {
		return "null"
	}
	return rapid.SampledFrom(chainValues[kind]).Draw(c.t, "constant")[0]
}

// condition draws a predicate on a row.
func (c *chain) condition(deep int) string {
	if deep > 0 && c.count("deep", 2) == 0 {
		switch op := c.pick("op", "and", "or", "not"); op {
		case "not":
			return "(not (" + c.condition(deep-1) + "))"
		default:
			return "(" + c.condition(deep-1) + " " + op + " " + c.condition(deep-1) + ")"
		}
	}
	col, _ := c.column()
	op := c.pick("compare", "=", "<>", "<", "<=", ">", ">=")
	switch c.pick("predicate", "constant", "constant", "constant", "mirrored", "columns", "other kind", "function") {
	case "mirrored":
		return c.value(cmpKind(col)) + " " + op + " " + col.field()
	case "columns":
		other, _ := c.column(col.kind)
		return col.field() + " " + op + " " + other.field()
	case "other kind":
		return col.field() + " " + c.pick("equality", "=", "<>", "<") + " " + c.value(c.pick("kind", "int", "text", "date", "float", "decimal", "datetime"))
	case "function":
		if f, ok := c.column("text"); ok {
			return c.pick("function", "Text.Length("+f.field()+") = 1", "Text.StartsWith("+f.field()+`, "a")`, "List.Contains({\"a\", null}, "+f.field()+")", "Number.From("+f.field()+") > 1")
		}
		return col.field() + " <> null"
	}
	if col.kind == "bool" && c.count("bare", 2) == 0 {
		return col.field()
	}
	if col.kind == "int" && c.count("fraction", 3) == 0 {
		return col.field() + " " + op + " " + c.value("float")
	}
	return col.field() + " " + op + " " + c.value(cmpKind(col))
}

// cmpKind is the kind of constants to compare a column with.
func cmpKind(c chainColumn) string {
	if c.kind == "" {
		return "int"
	}
	return c.kind
}

// step adds one.
func (c *chain) step(other func() *chain) {
	steps := []func() bool{c.where, c.where, c.choose, c.rename, c.sort, c.distinct, c.group, c.cut, c.cut, c.add, c.convert, c.change, c.turn}
	if other != nil {
		steps = append(steps, func() bool { return c.combine(other()) }, func() bool { return c.join(other()) })
	}
	for !rapid.SampledFrom(steps).Draw(c.t, "step")() {
	}
}

func (c *chain) where() bool {
	c.m = "Table.SelectRows(" + c.m + ", " + c.pick("row", "each ", "each ", "each ") + c.condition(2) + ")"
	return true
}

func (c *chain) choose() bool {
	n := 1 + c.count("columns", len(c.cols)-1)
	chosen := rapid.Permutation(c.cols).Draw(c.t, "order")[:n]
	switch how := c.pick("choose", "SelectColumns", "RemoveColumns", "ReorderColumns"); {
	case how == "RemoveColumns" && n == len(c.cols):
		return false
	case how == "RemoveColumns":
		c.m = "Table.RemoveColumns(" + c.m + ", " + texts2(chosen) + ")"
		c.cols = slices.DeleteFunc(slices.Clone(c.cols), func(o chainColumn) bool { return slices.Contains(chosen, o) })
	case how == "ReorderColumns":
		c.m = "Table.ReorderColumns(" + c.m + ", " + texts2(chosen) + ")"
		c.m = "Table.SelectColumns(" + c.m + ", " + texts2(c.cols) + ")"
	default:
		c.m, c.cols = "Table.SelectColumns("+c.m+", "+texts2(chosen)+")", chosen
	}
	return true
}

func (c *chain) rename() bool {
	i := c.count("which", len(c.cols)-1)
	to := c.fresh()
	c.m = "Table.RenameColumns(" + c.m + ", {{" + c.cols[i].text() + ", " + chainColumn{name: to}.text() + "}})"
	c.cols = slices.Clone(c.cols)
	c.cols[i].name = to
	return true
}

func (c *chain) sort() bool {
	var keys []string
	for range 1 + c.count("keys", 2) {
		col, ok := c.column("int", "text", "date", "bool", "decimal", "datetime")
		if !ok {
			return false
		}
		keys = append(keys, "{"+col.text()+", "+c.pick("direction", "Order.Ascending", "Order.Descending")+"}")
	}
	c.m = "Table.Sort(" + c.m + ", {" + strings.Join(keys, ", ") + "})"
	return true
}

func (c *chain) distinct() bool {
	if col, ok := c.column(); ok && c.count("by", 2) == 0 {
		c.m, c.settled = "Table.Distinct("+c.m+", {"+col.text()+"})", true
		return true
	}
	c.m, c.settled = "Table.Distinct("+c.m+")", false
	return true
}

func (c *chain) group() bool {
	key, ok := c.column()
	if !ok {
		return false
	}
	out := []chainColumn{key}
	var aggs []string
	for range c.count("aggregations", 3) {
		col, _ := c.column()
		agg := c.pick("aggregation", "each Table.RowCount(_)", "Table.RowCount", "each List.Min("+col.field()+")", "each List.Max("+col.field()+")", "each List.Sum("+col.field()+")",
			"each List.Count("+col.field()+")", "each List.First("+col.field()+")", "each List.Average("+col.field()+")")
		name := chainColumn{name: fmt.Sprint("agg", c.made)}
		c.made++
		aggs, out = append(aggs, "{"+name.text()+", "+agg+"}"), append(out, name)
	}
	c.m, c.cols, c.settled = "Table.Group("+c.m+", {"+key.text()+"}, {"+strings.Join(aggs, ", ")+"})", out, false
	return true
}

func (c *chain) cut() bool {
	n := fmt.Sprint(c.count("rows", 5))
	c.m = map[string]string{"first": "Table.FirstN(" + c.m + ", " + n + ")", "skip": "Table.Skip(" + c.m + ", " + n + ")", "last": "Table.LastN(" + c.m + ", " + n + ")", "range": "Table.Range(" + c.m + ", 1, " + n + ")",
		"reverse": "Table.ReverseRows(" + c.m + ")"}[c.pick("cut", "first", "first", "skip", "skip", "last", "range", "reverse")]
	c.settled = true
	return true
}

func (c *chain) add() bool {
	name := chainColumn{name: c.fresh()}
	if c.count("index", 3) == 0 {
		c.m, c.settled, name.kind = "Table.AddIndexColumn("+c.m+", "+name.text()+", 0, 1)", true, "int"
	} else {
		col, _ := c.column()
		f := col.field()
		c.m = "Table.AddColumn(" + c.m + ", " + name.text() + ", each " + c.pick("expression", "1", f, f+" & \"x\"", f+" + 1", f+" = null", "if "+c.condition(0)+" then "+f+" else null", "Text.From("+f+")", "Number.From("+f+")", "Date.Year("+f+")", "try "+f+" * 2 otherwise null") + ")"
	}
	c.cols = append(slices.Clone(c.cols), name)
	return true
}

func (c *chain) convert() bool {
	i := c.count("which", len(c.cols)-1)
	kind := c.pick("type", "int", "text", "date", "datetime", "float", "bool", "decimal")
	typ := strings.TrimPrefix("type "+chainTypes[kind][0], map[bool]string{true: "type "}[strings.Contains(chainTypes[kind][0], ".")])
	c.m = "Table.TransformColumnTypes(" + c.m + ", {{" + c.cols[i].text() + ", " + typ + `}}, "` + c.pick("culture", "en-US", "en-GB", "de-DE", "fr-FR") + `")`
	c.cols = slices.Clone(c.cols)
	c.cols[i].kind = kind
	return true
}

func (c *chain) change() bool {
	col, _ := c.column()
	i := slices.Index(c.cols, col)
	c.cols = slices.Clone(c.cols)
	switch c.pick("change", "replace", "replace text", "fill", "fill up", "transform", "errors", "copy", "nulls") {
	case "replace":
		c.m = "Table.ReplaceValue(" + c.m + ", " + c.value(cmpKind(col)) + ", " + c.value(cmpKind(col)) + ", Replacer.ReplaceValue, {" + col.text() + "})"
	case "replace text":
		c.m = "Table.ReplaceValue(" + c.m + `, "a", "b", Replacer.ReplaceText, {` + col.text() + "})"
	case "fill":
		c.m, c.settled = "Table.FillDown("+c.m+", {"+col.text()+"})", true
	case "fill up":
		c.m, c.settled = "Table.FillUp("+c.m+", {"+col.text()+"})", true
	case "transform":
		c.m = "Table.TransformColumns(" + c.m + ", {{" + col.text() + ", each " + c.pick("transformation", "_", "Text.Upper(_)", "_ + 1", "Text.From(_)") + "}})"
		c.cols[i].kind = ""
	case "errors":
		c.m = "Table.ReplaceErrorValues(" + c.m + ", {{" + col.text() + ", null}})"
	case "copy":
		name := chainColumn{c.fresh(), col.kind}
		c.m, c.cols = "Table.DuplicateColumn("+c.m+", "+col.text()+", "+name.text()+")", append(c.cols, name)
	default:
		c.m = "Table.RemoveRowsWithErrors(" + c.m + ")"
	}
	return true
}

func (c *chain) turn() bool {
	if len(c.cols) < 2 || c.cols[0].name == "attribute" || c.cols[0].name == "value" {
		return false
	}
	c.m = `Table.UnpivotOtherColumns(` + c.m + ", {" + c.cols[0].text() + `}, "attribute", "value")`
	c.cols = []chainColumn{c.cols[0], {"attribute", "text"}, {"value", ""}}
	return true
}

func (c *chain) combine(other *chain) bool {
	c.m, c.settled = "Table.Combine({"+c.m+", "+other.m+"})", c.settled && other.settled
	for _, o := range other.cols {
		switch i := slices.IndexFunc(c.cols, func(x chainColumn) bool { return x.name == o.name }); {
		case i < 0:
			c.cols = append(slices.Clone(c.cols), o)
		case c.cols[i].kind != o.kind:
			c.cols = slices.Clone(c.cols)
			c.cols[i].kind = ""
		}
	}
	return true
}

func (c *chain) join(other *chain) bool {
	a, _ := c.column()
	b, _ := other.column()
	kind := c.pick("kind", "JoinKind.Inner", "JoinKind.LeftOuter", "JoinKind.FullOuter", "JoinKind.LeftAnti", "JoinKind.RightOuter")
	c.made++
	name := chainColumn{fmt.Sprint("j", c.made), b.kind}
	c.m = "Table.ExpandTableColumn(Table.NestedJoin(" + c.m + ", {" + a.text() + "}, " + other.m + ", {" + b.text() + `}, "nested", ` + kind + `), "nested", {` + b.text() + "}, {" + name.text() + "})"
	c.cols = append(slices.Clone(c.cols), name)
	return true
}
