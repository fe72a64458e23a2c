package fn

import "inlay/dax"

// special is a function that query evaluates, because it needs the model or the identity.
func special(name, doc string, returns dax.Type, params ...Param) Func {
	return Func{Name: name, Doc: doc, Returns: returns, Params: params, Special: true}
}

var (
	aColumn = need("column", dax.Rows)
	aTable  = need("table", dax.Rows)
)

// model holds the functions that need data, a filter context or an identity.
var model = []Func{
	special("USERNAME", "The user name of the effective identity.", dax.String),
	special("USERPRINCIPALNAME", "The user name of the effective identity, as a user principal name.", dax.String),
	special("CUSTOMDATA", "The custom data of the effective identity, BLANK if there is none.", dax.String),
	special("USEROBJECTID", "The object id of the signed-in user.", dax.String),
	special("USERCULTURE", "The culture of the session, such as en-US.", dax.String),
	special("RELATED", "The value of a column of a table on the one side of a relationship, for the current row.", dax.Variant, aColumn),
	special("LOOKUPVALUE", "The value of a column in the rows where other columns have given values; an error if they differ.", dax.Variant,
		need("result", dax.Rows), need("search column", dax.Rows), need("search value", dax.Variant), more("search column, search value", dax.Variant), may("alternative", dax.Variant)),
	special("SUM", "The sum of a column, BLANK of no values.", dax.Variant, aColumn),
	special("AVERAGE", "The mean of the numbers of a column, BLANK of no values.", dax.Variant, aColumn),
	special("MIN", "The least value of a column, or the lesser of two values.", dax.Variant, need("column or value", dax.Variant), may("value", dax.Variant)),
	special("MAX", "The greatest value of a column, or the greater of two values.", dax.Variant, need("column or value", dax.Variant), may("value", dax.Variant)),
	special("COUNT", "How many rows of a column are not BLANK; BLANK instead of 0.", dax.Int64, aColumn),
	special("COUNTA", "How many rows of a column, of any type, are not BLANK; BLANK instead of 0.", dax.Int64, aColumn),
	special("COUNTBLANK", "How many rows of a column are BLANK; BLANK instead of 0.", dax.Int64, aColumn),
	special("COUNTROWS", "How many rows a table has; BLANK instead of 0.", dax.Int64, may("table", dax.Rows)),
	special("DISTINCTCOUNT", "How many different values a column has, BLANK among them; BLANK instead of 0.", dax.Int64, aColumn),
	special("CALCULATE", "An expression in a filter context that is changed by filters.", dax.Variant, need("expression", dax.Variant), more("filter", dax.Variant)),
	special("CALCULATETABLE", "A table in a filter context that is changed by filters.", dax.Rows, aTable, more("filter", dax.Variant)),
	special("FILTER", "The rows of a table for which a condition holds.", dax.Rows, aTable, need("condition", dax.Boolean)),
	special("ALL", "All rows of a table, or all values of columns, without filters.", dax.Rows, may("table or column", dax.Rows), more("column", dax.Rows)),
	special("REMOVEFILTERS", "Takes filters off a table or columns; a filter of CALCULATE.", dax.Rows, may("table or column", dax.Rows), more("column", dax.Rows)),
	special("KEEPFILTERS", "Adds a filter to those that are there; a filter of CALCULATE.", dax.Rows, need("filter", dax.Variant)),
	special("VALUES", "The different values of a column, or the rows of a table, that are visible, with the blank row.", dax.Rows, need("table or column", dax.Rows)),
	special("DISTINCT", "The different values of a column, or the different rows of a table, that are visible.", dax.Rows, need("table or column", dax.Rows)),
}
