package visual

import "slices"

// line is lines and areas. They run along their axis: the default order is that of the
// category.
var line = family{
	types: []string{"lineChart", "areaChart", "stackedAreaChart"},
	roles: append(slices.Clone(chartRoles), role{name: "Y2", as: values}),
	limit: 1_000,
	order: byGroups,
}
