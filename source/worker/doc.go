// Package worker runs a data engine in processes of its own. The engine is not trusted with the
// server's process: it can ignore a deadline and its memory limit, and it can crash. A worker is
// the same program, started with one word as argument, confined, watched and killed where it
// does not obey.
//
//	server: Pool.Open(file) ─► Source.Run ─► a free worker ─┐ statement with bound values (gob)
//	worker: Serve ─► Engine.Open, Data.Run ─► rows ─────────┘ Arrow, in frames, as fast as they are read
//
// A worker runs one statement at a time, so what kills it ends one answer and no other. The
// channel between the two is one socket, the worker's standard input; its standard error is
// logged by the server.
//
// The package knows no engine: Serve is handed one. Who may ask what is decided before, by
// package query, whose statements are all that a Source takes.
package worker
