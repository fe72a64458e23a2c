// Package visual turns visuals into questions about the model: one file per family of types,
// each a literal that says its types, its data roles and its default order.
//
//	report.Visual + State ──Query──► Plan{model.Query, what each column of the answer is}
//
// The browser sends the values that were chosen in a slicer and nothing else. Columns,
// measures, filters and order come from the stored definition.
package visual
