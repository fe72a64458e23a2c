// Package demo is the demo of inlay demo: a project that imports like any other, and a small
// application that embeds its report.
//
// The project is the PBIP folder in project/, of an invented company: Brightwater runs a
// marketplace on which shops sell, and each shop is a tenant that may see its own sales alone.
// Its data is made at first start, the same bytes each time. The application is an ordinary
// client of the API: it signs in with a client secret and asks for embed tokens over HTTP. It
// uses nothing of the server's insides, so it shows what an application of one's own needs.
package demo
