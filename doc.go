// Package inlay holds the nouns of the service and what stores promise about them.
//
// Inlay is an embedded-analytics server that speaks the embedding API of Power BI. The nouns
// are those of that API: a Workspace (on the wire "group") holds Datasets ("semantic models")
// and Reports; a Principal is who calls; an Identity is whose rows are shown.
//
// The package imports the standard library alone. Everything else may import it.
package inlay
