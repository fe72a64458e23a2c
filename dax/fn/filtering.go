package fn

import "inlay/dax"

// filtering holds the functions that change the filter context, or ask about it.
var filtering = []Func{
	special("CALCULATE", "An expression in a filter context that is changed by filters.", dax.Variant, anExpression, more("filter", dax.Variant)),
	special("CALCULATETABLE", "A table in a filter context that is changed by filters.", dax.Rows, aTable, more("filter", dax.Variant)),
	special("FILTER", "The rows of a table for which a condition holds.", dax.Rows, aTable, need("condition", dax.Boolean)),
	special("ALL", "All rows of a table, or all values of columns, without filters.", dax.Rows, may("table or column", dax.Rows), columns),
	special("ALLEXCEPT", "All rows of a table, without filters but those on columns.", dax.Rows, aTable, aColumn, columns),
	special("ALLSELECTED", "All rows of a table, or values of columns, under the filters from outside of the query alone.", dax.Rows, may("table or column", dax.Rows), columns),
	special("ALLNOBLANKROW", "All rows of a table, or values of columns, without filters and without the blank row.", dax.Rows, tableOrCol, columns),
	special("ALLCROSSFILTERED", "Takes all filters off a table, those over relationships too; a filter of CALCULATE.", dax.Rows, aTable),
	special("REMOVEFILTERS", "Takes filters off a table or columns; a filter of CALCULATE.", dax.Rows, may("table or column", dax.Rows), columns),
	special("KEEPFILTERS", "Adds a filter to those that are there; a filter of CALCULATE.", dax.Rows, need("filter", dax.Variant)),
	special("USERELATIONSHIP", "Follows the relationship between two columns, an inactive one too; a filter of CALCULATE.", dax.Rows, aColumn, aColumn),
	special("CROSSFILTER", "Sets in which direction the relationship between two columns filters; a filter of CALCULATE.", dax.Rows, aColumn, aColumn, need("direction", dax.Rows)),
	special("TREATAS", "The rows of a table as a filter on columns that it is not related to.", dax.Rows, aTable, aColumn, columns),
	special("NONVISUAL", "A filter of SUMMARIZECOLUMNS that does not count as one of the visual.", dax.Rows, anExpression),
	special("VALUES", "The different values of a column, or the rows of a table, that are visible, with the blank row.", dax.Rows, tableOrCol),
	special("DISTINCT", "The different values of a column, or the different rows of a table, that are visible.", dax.Rows, tableOrCol),
	special("FILTERS", "The values by which a column is filtered directly.", dax.Rows, aColumn),
	special("SELECTEDVALUE", "The value of a column if it is the only one that is visible, otherwise an alternative or BLANK.", dax.Variant, aColumn, may("alternative", dax.Variant)),
	special("HASONEVALUE", "TRUE if one value of a column is visible.", dax.Boolean, aColumn),
	special("HASONEFILTER", "TRUE if a column is filtered directly to one value.", dax.Boolean, aColumn),
	special("ISFILTERED", "TRUE if a table or column is filtered directly.", dax.Boolean, tableOrCol),
	special("ISCROSSFILTERED", "TRUE if a table or column is filtered, by filters on other columns and tables too.", dax.Boolean, tableOrCol),
	special("ISINSCOPE", "TRUE if a column is a level that the result is grouped by at this place.", dax.Boolean, aColumn),
	special("ISEMPTY", "TRUE if a table has no rows.", dax.Boolean, aTable),
	special("CONTAINS", "TRUE if a table has a row in which columns have given values.", dax.Boolean, aTable, aColumn, need("value", dax.Variant), more("column, value", dax.Variant)),
	special("CONTAINSROW", "TRUE if a table has a row of given values; the same as IN.", dax.Boolean, aTable, need("value", dax.Variant), more("value", dax.Variant)),
	special("EARLIER", "The value of a column in an outer row.", dax.Variant, aColumn, may("how far out", dax.Int64)),
	special("EARLIEST", "The value of a column in the outermost row.", dax.Variant, aColumn),
}
