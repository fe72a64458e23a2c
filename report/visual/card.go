package visual

// card is the classic card: one value.
var card = family{
	types: []string{"card"},
	roles: []role{{name: "Values", as: values, max: 1, need: true}},
	limit: 1,
	total: true,
}

// cards is the newer card: a row of values.
var cards = family{
	types: []string{"cardVisual"},
	roles: []role{{name: "Data", as: values, need: true}, {name: "Tooltips", as: values}},
	limit: 1,
	total: true,
}

// rowCard is the card of several lines. With columns it would repeat itself per row, which is
// not supported.
var rowCard = family{
	types: []string{"multiRowCard"},
	roles: []role{{name: "Values", as: values, need: true}},
	limit: 1,
	total: true,
}
