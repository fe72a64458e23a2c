package fn

import "inlay/dax"

var (
	aPair  = more("name, expression", dax.Variant)
	aGroup = more("column, table or filter", dax.Rows)
	aName  = need("name", dax.String)
)

// tables holds the functions that make tables.
var tables = []Func{
	special("ROW", "A table of one row.", dax.Rows, aName, anExpression, aPair),
	special("DATATABLE", "A table of constants: names and types of columns, then rows in braces.", dax.Rows, aName, need("type", dax.Rows), need("name or rows", dax.Variant), more("type, name, rows", dax.Variant)),
	special("ADDCOLUMNS", "A table with further columns.", dax.Rows, aTable, aName, anExpression, aPair),
	special("SELECTCOLUMNS", "A table with the columns that are listed alone.", dax.Rows, aTable, more("name, expression", dax.Variant)),
	special("SUMMARIZE", "The combinations of columns that exist in a table, with further columns.", dax.Rows, aTable, more("column, or name, expression", dax.Variant)),
	special("SUMMARIZECOLUMNS", "The combinations of columns for which an expression is not BLANK, under filters, with the expressions.", dax.Rows,
		more("column, filter, or name, expression", dax.Variant)),
	special("GROUPBY", "The groups of a table by columns, with aggregations of CURRENTGROUP.", dax.Rows, aTable, more("column, or name, expression", dax.Variant)),
	special("CURRENTGROUP", "The rows of the current group; for aggregations within GROUPBY.", dax.Rows),
	special("ROLLUP", "Adds subtotals by columns; within SUMMARIZE.", dax.Rows, aColumn, columns),
	special("ROLLUPGROUP", "Makes columns one level of subtotals; within SUMMARIZE and SUMMARIZECOLUMNS.", dax.Rows, aColumn, columns),
	special("ROLLUPADDISSUBTOTAL", "Adds subtotals by columns, and columns that tell them; within SUMMARIZECOLUMNS.", dax.Rows, need("column or filter", dax.Rows), more("name, filter, column", dax.Variant)),
	special("ROLLUPISSUBTOTAL", "Says which column tells the subtotals of which; within ADDMISSINGITEMS.", dax.Rows, need("column or filter", dax.Rows), more("name, filter, column", dax.Variant)),
	special("ISSUBTOTAL", "TRUE in a row of subtotals over a column; within SUMMARIZE.", dax.Boolean, aColumn),
	special("IGNORE", "An expression that does not decide whether a row is kept; within SUMMARIZECOLUMNS.", dax.Variant, anExpression),
	special("ADDMISSINGITEMS", "The result of SUMMARIZECOLUMNS with the combinations that it leaves out.", dax.Rows, need("column or table", dax.Rows), aGroup),
	special("CROSSJOIN", "All combinations of the rows of tables.", dax.Rows, aTable, aTable, more("table", dax.Rows)),
	special("UNION", "The rows of all tables, duplicates too.", dax.Rows, aTable, aTable, more("table", dax.Rows)),
	special("INTERSECT", "The rows of a table that another has too, duplicates kept.", dax.Rows, aTable, aTable),
	special("EXCEPT", "The rows of a table that another does not have, duplicates kept.", dax.Rows, aTable, aTable),
	special("NATURALINNERJOIN", "The rows of two tables that agree in the columns that both have.", dax.Rows, aTable, aTable),
	special("NATURALLEFTOUTERJOIN", "The rows of a table, with those of another that agree in the columns that both have.", dax.Rows, aTable, aTable),
	special("GENERATE", "Each row of a table with the rows of a table that is computed for it.", dax.Rows, aTable, aTable),
	special("GENERATEALL", "Each row of a table with the rows of a table that is computed for it, or with blanks if there are none.", dax.Rows, aTable, aTable),
	special("GENERATESERIES", "The numbers from a first to a last, by steps.", dax.Rows, need("first", dax.Variant), need("last", dax.Variant), may("step", dax.Variant)),
	special("TOPN", "The first rows of a table in an order, with those that tie with the last.", dax.Rows, need("rows", dax.Int64), aTable, anOrder),
	special("TOPNSKIP", "Rows of a table in an order, after skipping some.", dax.Rows, need("rows", dax.Int64), need("skip", dax.Int64), aTable, anOrder),
	special("SAMPLE", "Rows of a table, evenly spread in an order.", dax.Rows, need("rows", dax.Int64), aTable, anOrder),
	special("SAMPLEAXISWITHLOCALMINMAX", "Rows of a table that keep the shape of lines along an axis.", dax.Rows, need("rows", dax.Int64), aTable, need("axis", dax.Rows), more("measure and options", dax.Variant)),
	special("SAMPLECARTESIANPOINTSBYCOVER", "Rows of a table that keep the shape of a cloud of points.", dax.Rows, need("rows", dax.Int64), aTable, need("x", dax.Rows), need("y", dax.Rows), more("options", dax.Variant)),
	special("SUBSTITUTEWITHINDEX", "A table with the columns that another has too replaced by the place in that.", dax.Rows, aTable, aName, aTable, anOrder),
	special("TOCSV", "The rows of a table as text with commas.", dax.String, aTable, may("rows", dax.Int64), may("delimiter", dax.String), may("headers", dax.Boolean)),
	special("TOJSON", "The rows of a table as JSON.", dax.String, aTable, may("rows", dax.Int64)),
	special("FIRSTNONBLANK", "The first value of a column for which an expression is not BLANK, as a table.", dax.Rows, aColumn, anExpression),
	special("LASTNONBLANK", "The last value of a column for which an expression is not BLANK, as a table.", dax.Rows, aColumn, anExpression),
	special("FIRSTNONBLANKVALUE", "The first result of an expression over the values of a column that is not BLANK.", dax.Variant, aColumn, anExpression),
	special("LASTNONBLANKVALUE", "The last result of an expression over the values of a column that is not BLANK.", dax.Variant, aColumn, anExpression),
	special("FILTERCLUSTER", "A correlated join over groups.", dax.Rows, aColumn, aGroup),
	special("GROUPCROSSAPPLY", "A summary over groups.", dax.Rows, aColumn, aGroup),
	special("GROUPCROSSAPPLYTABLE", "A summary over groups, by tables.", dax.Rows, aColumn, aGroup),
	special("ALLSELECTEDAPPLY", "A filter of GROUPCROSSAPPLY.", dax.Rows, aTable),
	special("ALLSELECTEDREMOVE", "A filter of GROUPCROSSAPPLY.", dax.Rows, aTable, columns),
	special("ALWAYSAPPLY", "A filter of GROUPCROSSAPPLY.", dax.Rows, aTable),
	special("DEPENDON", "A filter of GROUPCROSSAPPLY.", dax.Rows, aTable, columns),
	special("NONFILTER", "A filter of GROUPCROSSAPPLY.", dax.Rows, aTable),
	special("SHADOWCLUSTER", "A filter of GROUPCROSSAPPLY.", dax.Rows, aTable),
}

var aWindow = more("relation, order, blanks, partition, match, reset", dax.Variant)

// windows holds the functions over ordered rows.
var windows = []Func{
	special("INDEX", "The row at a place among ordered rows.", dax.Rows, need("position", dax.Int64), aWindow),
	special("OFFSET", "The row at a distance from the current one.", dax.Rows, need("distance", dax.Int64), aWindow),
	special("WINDOW", "The rows between two places among ordered rows.", dax.Rows, need("from", dax.Int64), more("kind, to, kind, relation, order, blanks, partition, match, reset", dax.Variant)),
	special("RANK", "The place of the current row in an order, equal for rows that tie.", dax.Int64, more("ties, relation, order, blanks, partition, match, reset", dax.Variant)),
	special("ROWNUMBER", "The place of the current row in an order, different for all rows.", dax.Int64, aWindow),
	special("ORDERBY", "The order of rows; within window functions.", dax.Rows, anOrder),
	special("PARTITIONBY", "The columns that part rows; within window functions.", dax.Rows, columns),
	special("MATCHBY", "The columns by which the current row is found; within window functions.", dax.Rows, columns),
}
