package visual

// slicer is a slicer on one column: its values, in their order.
var slicer = family{
	types: []string{"slicer"},
	roles: []role{{name: "Values", as: groups, max: 1, need: true}},
	limit: 1_000,
	order: byGroups,
}
