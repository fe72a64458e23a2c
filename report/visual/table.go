package visual

// table is a table: columns group, measures and aggregations are computed per group. Power BI
// loads 501 rows at first; without paging the window ends at 500.
var table = family{
	types: []string{"tableEx"},
	roles: []role{{name: "Values", as: either, need: true}},
	limit: 500,
	total: true,
	order: byGroups,
}
