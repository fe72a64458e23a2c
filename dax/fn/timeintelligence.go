package fn

import "inlay/dax"

var (
	someDates = need("dates", dax.Rows)
	yearEnd   = may("year end", dax.String)
	aFilter   = may("filter", dax.Variant)
	howMany   = need("number", dax.Int64)
	interval  = need("interval", dax.Rows)
)

// period is a function that makes a set of dates of a set of dates.
func period(name, doc string, rest ...Param) Func {
	return special(name, doc, dax.Rows, append([]Param{someDates}, rest...)...)
}

// balance is a function that evaluates an expression for a set of dates.
func balance(name, doc string, rest ...Param) Func {
	return special(name, doc, dax.Variant, append([]Param{anExpression, someDates}, rest...)...)
}

// timeIntelligence holds the functions that speak of dates as periods of a calendar.
var timeIntelligence = []Func{
	special("CALENDAR", "A table of all days from one date to another, in a column Date.", dax.Rows, need("from", dax.DateTime), need("to", dax.DateTime)),
	special("CALENDARAUTO", "A table of all days of the years that the dates of the model lie in, in a column Date.", dax.Rows, may("last month of the year", dax.Int64)),
	period("DATEADD", "The dates, moved by a number of howMany.", howMany, interval, may("extension", dax.Rows), may("truncation", dax.Rows)),
	period("DATESBETWEEN", "The dates from one day to another; BLANK leaves an end open.", need("from", dax.DateTime), need("to", dax.DateTime)),
	period("DATESINPERIOD", "The dates of a number of howMany that begin, or end, at a day.", need("start", dax.DateTime), howMany, interval, may("end", dax.Rows)),
	period("DATESMTD", "The dates of the month up to the last visible."),
	period("DATESQTD", "The dates of the quarter up to the last visible."),
	period("DATESWTD", "The dates of the week up to the last visible; of a calendar."),
	period("DATESYTD", "The dates of the year up to the last visible.", yearEnd),
	period("PARALLELPERIOD", "Whole howMany, a number of them away from the dates.", howMany, interval),
	period("SAMEPERIODLASTYEAR", "The dates, one year earlier."),
	period("PREVIOUSDAY", "The day before the first visible date."),
	period("PREVIOUSWEEK", "The week before that of the first visible date; of a calendar."),
	period("PREVIOUSMONTH", "The month before that of the first visible date."),
	period("PREVIOUSQUARTER", "The quarter before that of the first visible date."),
	period("PREVIOUSYEAR", "The year before that of the first visible date.", yearEnd),
	period("NEXTDAY", "The day after the last visible date."),
	period("NEXTWEEK", "The week after that of the last visible date; of a calendar."),
	period("NEXTMONTH", "The month after that of the last visible date."),
	period("NEXTQUARTER", "The quarter after that of the last visible date."),
	period("NEXTYEAR", "The year after that of the last visible date.", yearEnd),
	period("FIRSTDATE", "The first visible date, as a table."),
	period("LASTDATE", "The last visible date, as a table."),
	period("STARTOFWEEK", "The first day of the week of the first visible date; of a calendar."),
	period("STARTOFMONTH", "The first day of the month of the first visible date."),
	period("STARTOFQUARTER", "The first day of the quarter of the first visible date."),
	period("STARTOFYEAR", "The first day of the year of the first visible date.", yearEnd),
	period("ENDOFWEEK", "The last day of the week of the last visible date; of a calendar."),
	period("ENDOFMONTH", "The last day of the month of the last visible date."),
	period("ENDOFQUARTER", "The last day of the quarter of the last visible date."),
	period("ENDOFYEAR", "The last day of the year of the last visible date.", yearEnd),
	balance("TOTALMTD", "An expression over the month up to the last visible date.", aFilter),
	balance("TOTALQTD", "An expression over the quarter up to the last visible date.", aFilter),
	balance("TOTALWTD", "An expression over the week up to the last visible date; of a calendar.", aFilter),
	balance("TOTALYTD", "An expression over the year up to the last visible date.", aFilter, yearEnd),
	balance("CLOSINGBALANCEWEEK", "An expression at the last day of the week; of a calendar.", aFilter),
	balance("CLOSINGBALANCEMONTH", "An expression at the last day of the month.", aFilter),
	balance("CLOSINGBALANCEQUARTER", "An expression at the last day of the quarter.", aFilter),
	balance("CLOSINGBALANCEYEAR", "An expression at the last day of the year.", aFilter, yearEnd),
	balance("OPENINGBALANCEWEEK", "An expression at the day before the week; of a calendar.", aFilter),
	balance("OPENINGBALANCEMONTH", "An expression at the day before the month.", aFilter),
	balance("OPENINGBALANCEQUARTER", "An expression at the day before the quarter.", aFilter),
	balance("OPENINGBALANCEYEAR", "An expression at the day before the year.", aFilter, yearEnd),
}
