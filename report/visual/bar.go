package visual

// chartRoles are the data roles of charts with a category axis.
var chartRoles = []role{
	{name: "Category", as: groups}, {name: "Series", as: groups, max: 1},
	{name: "Y", as: values}, {name: "Tooltips", as: values},
}

// bar is bars and columns, side by side, stacked, or stacked to 100 %: the data are the same.
// A category axis shows at most 1,000 points; the answer says when there were more.
var bar = family{
	types: []string{
		"barChart", "clusteredBarChart", "hundredPercentStackedBarChart",
		"columnChart", "clusteredColumnChart", "hundredPercentStackedColumnChart",
	},
	roles: chartRoles,
	limit: 1_000,
	order: byValue,
}
