package fn

import "inlay/dax"

// special is a function that query evaluates, because it needs the model, the data, a filter
// context or the identity.
func special(name, doc string, returns dax.Type, params ...Param) Func {
	return Func{Name: name, Doc: doc, Returns: returns, Params: params, Special: true}
}

// Parameters that many functions share. Rows is the type of tables and of columns, and of bare
// words such as DESC.
var (
	aColumn      = need("column", dax.Rows)
	aTable       = need("table", dax.Rows)
	anExpression = need("expression", dax.Variant)
	columns      = more("column", dax.Rows)
	tableOrCol   = need("table or column", dax.Rows)
	aPercentile  = need("k", dax.Double)
	anOrder      = more("order by, order", dax.Variant)
)

// modelled holds the functions that read the model, the identity or the session.
var modelled = []Func{
	special("USERNAME", "The user name of the effective identity.", dax.String),
	special("USERPRINCIPALNAME", "The user name of the effective identity, as a user principal name.", dax.String),
	special("CUSTOMDATA", "The custom data of the effective identity, BLANK if there is none.", dax.String),
	special("USEROBJECTID", "The object id of the signed-in user.", dax.String),
	special("USERCULTURE", "The culture of the session, such as en-US.", dax.String),
	special("RELATED", "The value of a column of a table on the one side of a relationship, for the current row.", dax.Variant, aColumn),
	special("RELATEDTABLE", "The rows of a table that are related to the current row.", dax.Rows, aTable),
	special("LOOKUPVALUE", "The value of a column in the rows where other columns have given values; an error if they differ.", dax.Variant,
		need("result", dax.Rows), need("search column", dax.Rows), need("search value", dax.Variant), more("search column, search value", dax.Variant), may("alternative", dax.Variant)),
	special("PATH", "The ids from the root of a hierarchy of parents down to the current row, with | between them.", dax.String, need("id", dax.Rows), need("parent", dax.Rows)),
	special("NAMEOF", "The name of a column, measure, table or calendar as a text.", dax.String, need("object", dax.Rows), may("component", dax.Rows), may("escaped", dax.Rows)),
	special("TABLEOF", "The table that a column, measure or calendar belongs to.", dax.Rows, need("reference", dax.Rows)),
	special("EVALUATEANDLOG", "The value, which is otherwise written to a log of evaluations.", dax.Variant, need("value", dax.Variant), may("label", dax.String), may("rows", dax.Int64)),
	special("DETAILROWS", "The rows behind a measure, as its detail rows expression says.", dax.Rows, need("measure", dax.Rows)),
	special("EXTERNALMEASURE", "A measure of another model.", dax.Variant, need("name", dax.String), need("type", dax.Rows), need("connection", dax.String)),
	special("SELECTEDMEASURE", "The measure to which a calculation item is applied.", dax.Variant),
	special("SELECTEDMEASURENAME", "The name of the measure to which a calculation item is applied.", dax.String),
	special("SELECTEDMEASUREFORMATSTRING", "The format string of the measure to which a calculation item is applied.", dax.String),
	special("ISSELECTEDMEASURE", "TRUE if the measure to which a calculation item is applied is one of those listed.", dax.Boolean, need("measure", dax.Rows), more("measure", dax.Rows)),
	special("COLUMNSTATISTICS", "A table of statistics of every column of the model.", dax.Rows),
}

// visual makes a function of visual calculations, which queries and measures cannot use.
func visual(name, doc string, returns dax.Type, params ...Param) Func {
	f := special(name, doc, returns, params...)
	f.Visual = true
	return f
}

var (
	anAxis  = more("axis, order by, blanks, reset", dax.Variant)
	aSearch = more("column, value", dax.Variant)
)

// visuals holds the functions of visual calculations.
var visuals = []Func{
	visual("COLLAPSE", "A value at a higher level of the visual.", dax.Variant, anExpression, need("axis or column", dax.Rows), more("levels or column", dax.Variant)),
	visual("COLLAPSEALL", "A value at the highest level of the visual.", dax.Variant, anExpression, need("axis", dax.Rows)),
	visual("EXPAND", "A value at a lower level of the visual.", dax.Variant, anExpression, need("axis or column", dax.Rows), more("levels or column", dax.Variant)),
	visual("EXPANDALL", "A value at the lowest level of the visual.", dax.Variant, anExpression, need("axis", dax.Rows)),
	visual("FIRST", "The value in the first element of an axis.", dax.Variant, aColumn, anAxis),
	visual("LAST", "The value in the last element of an axis.", dax.Variant, aColumn, anAxis),
	visual("NEXT", "The value in the next element of an axis.", dax.Variant, aColumn, may("steps", dax.Int64), anAxis),
	visual("PREVIOUS", "The value in the previous element of an axis.", dax.Variant, aColumn, may("steps", dax.Int64), anAxis),
	visual("LOOKUP", "A value of the visual where columns have given values.", dax.Variant, anExpression, aColumn, need("value", dax.Variant), aSearch),
	visual("LOOKUPWITHTOTALS", "A value of the visual where columns have given values, totals for the others.", dax.Variant, anExpression, aColumn, need("value", dax.Variant), aSearch),
	visual("MOVINGAVERAGE", "The mean over the last elements of an axis.", dax.Double, aColumn, need("elements", dax.Int64), may("with the current", dax.Boolean), anAxis),
	visual("RUNNINGSUM", "The sum over the elements of an axis up to the current.", dax.Double, aColumn, anAxis),
	visual("RANGE", "The rows around the current one along an axis.", dax.Rows, need("step", dax.Int64), may("with the current", dax.Boolean), anAxis),
	visual("ISATLEVEL", "TRUE if a column is at the current level of the visual.", dax.Boolean, aColumn),
}
