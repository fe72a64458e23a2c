package fn

import "inlay/dax"

// over is an aggregation of a column, overEach one of an expression for each row of a table.
func over(name, doc string, returns dax.Type, rest ...Param) Func {
	return special(name, doc, returns, append([]Param{aColumn}, rest...)...)
}

func overEach(name, doc string, returns dax.Type, rest ...Param) Func {
	return special(name, doc, returns, append([]Param{aTable, anExpression}, rest...)...)
}

// aggregation holds the functions that make one value of many rows.
var aggregation = []Func{
	over("SUM", "The sum of a column, BLANK of no values.", dax.Variant),
	overEach("SUMX", "The sum of an expression over the rows of a table, BLANK of no values.", dax.Variant),
	over("AVERAGE", "The mean of the numbers of a column, BLANK of no values.", dax.Variant),
	over("AVERAGEA", "The mean of a column, in which TRUE counts as 1 and FALSE and text as 0.", dax.Double),
	overEach("AVERAGEX", "The mean of an expression over the rows of a table, BLANK of no values.", dax.Variant),
	special("MIN", "The least value of a column, or the lesser of two values.", dax.Variant, need("column or value", dax.Variant), may("value", dax.Variant)),
	over("MINA", "The least value of a column, in which TRUE counts as 1 and FALSE as 0.", dax.Variant),
	overEach("MINX", "The least value of an expression over the rows of a table.", dax.Variant, may("variant", dax.Boolean)),
	special("MAX", "The greatest value of a column, or the greater of two values.", dax.Variant, need("column or value", dax.Variant), may("value", dax.Variant)),
	over("MAXA", "The greatest value of a column, in which TRUE counts as 1 and FALSE as 0.", dax.Variant),
	overEach("MAXX", "The greatest value of an expression over the rows of a table.", dax.Variant, may("variant", dax.Boolean)),
	over("COUNT", "How many rows of a column are not BLANK; BLANK instead of 0.", dax.Int64),
	over("COUNTA", "How many rows of a column, of any type, are not BLANK; BLANK instead of 0.", dax.Int64),
	overEach("COUNTX", "For how many rows of a table an expression is not BLANK; BLANK instead of 0.", dax.Int64),
	overEach("COUNTAX", "For how many rows of a table an expression, of any type, is not BLANK; BLANK instead of 0.", dax.Int64),
	over("COUNTBLANK", "How many rows of a column are BLANK; BLANK instead of 0.", dax.Int64),
	special("COUNTROWS", "How many rows a table has; BLANK instead of 0.", dax.Int64, may("table", dax.Rows)),
	over("DISTINCTCOUNT", "How many different values a column has, BLANK among them; BLANK instead of 0.", dax.Int64),
	over("DISTINCTCOUNTNOBLANK", "How many different values a column has, without BLANK; BLANK instead of 0.", dax.Int64),
	over("APPROXIMATEDISTINCTCOUNT", "How many different values a column of a table that stays in its database (DirectQuery) has; an error for an imported one.", dax.Int64),
	over("PRODUCT", "The product of the numbers of a column.", dax.Double),
	overEach("PRODUCTX", "The product of an expression over the rows of a table.", dax.Double),
	over("MEDIAN", "The median of the numbers of a column.", dax.Double),
	overEach("MEDIANX", "The median of an expression over the rows of a table.", dax.Double),
	over("PERCENTILE.INC", "The k-th percentile of a column, k from 0 to 1.", dax.Double, aPercentile),
	over("PERCENTILE.EXC", "The k-th percentile of a column, k between 0 and 1.", dax.Double, aPercentile),
	overEach("PERCENTILEX.INC", "The k-th percentile of an expression over the rows of a table, k from 0 to 1.", dax.Double, aPercentile),
	overEach("PERCENTILEX.EXC", "The k-th percentile of an expression over the rows of a table, k between 0 and 1.", dax.Double, aPercentile),
	over("STDEV.P", "The standard deviation of a column that is the whole population.", dax.Double),
	over("STDEV.S", "The standard deviation of a population of which a column is a sample.", dax.Double),
	overEach("STDEVX.P", "The standard deviation of an expression over the rows of a table that is the whole population.", dax.Double),
	overEach("STDEVX.S", "The standard deviation of an expression in a population of which the rows of a table are a sample.", dax.Double),
	over("VAR.P", "The variance of a column that is the whole population.", dax.Double),
	over("VAR.S", "The variance of a population of which a column is a sample.", dax.Double),
	overEach("VARX.P", "The variance of an expression over the rows of a table that is the whole population.", dax.Double),
	overEach("VARX.S", "The variance of an expression in a population of which the rows of a table are a sample.", dax.Double),
	over("GEOMEAN", "The geometric mean of the numbers of a column.", dax.Double),
	overEach("GEOMEANX", "The geometric mean of an expression over the rows of a table.", dax.Double),
	overEach("CONCATENATEX", "The texts of an expression over the rows of a table, joined, with a delimiter between them, in an order if one is given.", dax.String,
		may("delimiter", dax.String), anOrder),
	overEach("RANKX", "The place of a value among those of an expression over the rows of a table, from 1 for the greatest unless said.", dax.Int64,
		may("value", dax.Variant), may("order", dax.Variant), may("ties", dax.Rows)),
	special("RANK.EQ", "The place of a value among those of a column, from 1 for the greatest unless said.", dax.Int64, need("value", dax.Variant), aColumn, may("order", dax.Variant)),
	special("XIRR", "The internal rate of return of payments at dates.", dax.Double, aTable, need("values", dax.Variant), need("dates", dax.Variant), may("guess", dax.Double), may("alternative", dax.Variant)),
	special("XNPV", "The present value of payments at dates.", dax.Double, aTable, need("values", dax.Variant), need("dates", dax.Variant), need("rate", dax.Double)),
	special("LINEST", "The line that best fits columns, as a table.", dax.Rows, need("y", dax.Rows), need("x", dax.Rows), more("x", dax.Rows), may("constant", dax.Boolean)),
	special("LINESTX", "The line that best fits expressions over the rows of a table, as a table.", dax.Rows, aTable, need("y", dax.Variant), need("x", dax.Variant), more("x", dax.Variant), may("constant", dax.Boolean)),
}
