package powerquery

import "strings"

// library is what M calls the standard library: functions, types and named constants.
var library = map[string]Value{}

func define(name string, least, most int, fn func(c *call) (Value, error)) {
	library[name] = Value{kind: Function, ref: &builtin{name: name, least: least, most: most, fn: fn}}
}

// isLibraryName tells a function that we do not have from a misspelt step.
func isLibraryName(name string) bool {
	first, rest, dotted := strings.Cut(name, ".")
	return strings.HasPrefix(name, "#") || dotted && first != "" && rest != "" && first[0] >= 'A' && first[0] <= 'Z' && !strings.Contains(name, " ")
}

func init() {
	defineTables()
	defineText()
	defineNumbers()
	defineDates()
	defineLists()
	defineRecords()
	defineSplitters()
	defineValues()
	defineConstants()
}

func defineTables() {
	for _, f := range []builtin{
		{"File.Contents", 1, 2, fileContents},
		{"Web.Contents", 1, 2, webContents},
		{"Csv.Document", 1, 5, csvDocument},
		{"Json.Document", 1, 2, jsonDocument},
		{"Binary.FromText", 1, 2, binaryFromText},
		{"Binary.Decompress", 2, 2, binaryDecompress},
		{"#table", 2, 2, makeTable},
		{"Table.FromRows", 1, 2, fromRows},
		{"Table.FromList", 1, 5, fromList},
		{"Table.FromRecords", 1, 3, fromRecords},
		{"Table.PromoteHeaders", 1, 2, promoteHeaders},
		{"Table.TransformColumnTypes", 2, 3, transformColumnTypes},
		{"Table.RenameColumns", 2, 3, renameColumns},
		{"Table.RemoveColumns", 2, 3, selectOrRemove(true)},
		{"Table.SelectColumns", 2, 3, selectOrRemove(false)},
		{"Table.ReorderColumns", 2, 3, reorderColumns},
		{"Table.SelectRows", 2, 2, selectRows},
		{"Table.AddColumn", 3, 4, addColumn},
		{"Table.AddIndexColumn", 2, 5, addIndexColumn},
		{"Table.DuplicateColumn", 3, 4, duplicateColumn},
		{"Table.TransformColumns", 2, 4, transformColumns},
		{"Table.ReplaceValue", 5, 5, replaceValue},
		{"Table.ReplaceErrorValues", 2, 2, replaceErrors},
		{"Table.FillDown", 2, 2, fillDown},
		{"Table.ColumnNames", 1, 1, columnNames},
		{"Table.RowCount", 1, 1, rowCount},
		{"Table.Combine", 1, 2, combineTables},
		{"Table.Sort", 2, 2, sortRows},
		{"Table.Distinct", 1, 2, distinct},
		{"Table.FirstN", 2, 2, cut(true)},
		{"Table.Skip", 1, 2, cut(false)},
		{"Table.Buffer", 1, 2, func(c *call) (Value, error) { return c.arg(0), nil }},
	} {
		define(f.name, f.least, f.most, f.fn)
	}
	defineFiles()
	defineDatabases()
	defineTableRows()
	defineTableColumns()
	defineTableMatches()
	defineTableMore()
	defineStatistics()
	defineExpressions()
	defineTypes()
}

func defineConstants() {
	for name, n := range map[string]int64{
		"QuoteStyle.None": 0, "QuoteStyle.Csv": 1, "CsvStyle.QuoteAfterDelimiter": 0, "CsvStyle.QuoteAlways": 1,
		"ExtraValues.List": 0, "ExtraValues.Error": 1, "ExtraValues.Ignore": 2,
		"Compression.GZip": 0, "Compression.Deflate": 1, "BinaryEncoding.Base64": 0, "BinaryEncoding.Hex": 1,
		"Order.Ascending": 0, "Order.Descending": 1,
		"MissingField.Error": 0, "MissingField.Ignore": 1, "MissingField.UseNull": 2,
		"RoundingMode.Up": 0, "RoundingMode.Down": 1, "RoundingMode.AwayFromZero": 2, "RoundingMode.TowardZero": 3, "RoundingMode.ToEven": 4,
		"Day.Sunday": 0, "Day.Monday": 1, "Day.Tuesday": 2, "Day.Wednesday": 3, "Day.Thursday": 4, "Day.Friday": 5, "Day.Saturday": 6,
		"JoinKind.Inner": joinInner, "JoinKind.LeftOuter": joinLeft, "JoinKind.RightOuter": joinRight, "JoinKind.FullOuter": joinFull,
		"JoinKind.LeftAnti": joinLeftAnti, "JoinKind.RightAnti": joinRightAnti, "JoinKind.LeftSemi": joinLeftSemi, "JoinKind.RightSemi": joinRightSemi,
		"GroupKind.Local": 0, "GroupKind.Global": 1, "Occurrence.First": 0, "Occurrence.Last": 1, "Occurrence.All": 2,
		"RelativePosition.FromStart": 0, "RelativePosition.FromEnd": 1, "JoinAlgorithm.Dynamic": 0, "Precision.Double": 0, "Precision.Decimal": 1,
		"TextEncoding.Utf8": 65001, "TextEncoding.Windows": 1252, "TextEncoding.Unicode": 1200, "TextEncoding.Utf16": 1200, "TextEncoding.BigEndianUnicode": 1201, "TextEncoding.Ascii": 20127,
	} {
		library[name] = integer(n)
	}
	for name, typ := range map[string]string{
		"Int64.Type": "", "Int32.Type": "", "Int16.Type": "", "Int8.Type": "", "Byte.Type": "", "Currency.Type": "",
		"Percentage.Type": "", "Decimal.Type": "", "Double.Type": "", "Single.Type": "",
		"Text.Type": "text", "Number.Type": "number", "Date.Type": "date", "DateTime.Type": "datetime",
		"DateTimeZone.Type": "datetimezone", "Time.Type": "time", "Duration.Type": "duration", "Logical.Type": "logical", "Any.Type": "any",
	} {
		if typ == "" {
			typ = name
		}
		library[name] = typeValue(Type{Name: typ, Nullable: typ == "any"})
	}
	library["#infinity"] = number(inf)
	library["#nan"] = number(nan)
}
