// Package server is the composition root: it opens a data folder, wires the packages and
// serves them. Nothing else knows all of them.
//
//	DATA/catalog.db                       workspaces, datasets, reports, principals (store/sqlstore)
//	DATA/keys/                            the signing key of sign-in, the keyset of embed tokens
//	DATA/tls/                             Inlay's own certificate authority
//	DATA/datasets/ID/VERSION.duckdb       the rows of a dataset, one immutable file per refresh
//	DATA/datasets/ID/VERSION/             its definition
//	DATA/reports/ID/VERSION/              the definition of a report
package server
