// Package audit keeps the record of every token that was generated, refused or used, and of
// administrative acts.
//
//	Append, Note ──► queue ──► one goroutine: number, chain, write, sync ──► DATA/audit/<writer>/<segment>.log
//	                                                                             │
//	                                           Read, Verify, Activity ◄──────────┘
//
// A record is a line of JSON. It holds the number of the record in its writer, the hash of the
// record before it, and its own hash: SHA-256 of the line up to the member "hash", so that
// sha256sum can check it. Each process that records anything is a writer with a folder of its
// own; its first record names the last records of the writers before it. What is written is
// never changed. Append returns when the record is on disk, and many callers share one sync.
//
// The package knows nothing of HTTP or of the catalog: callers say what happened. No record
// has room for a token, a secret or an identityBlob. docs/adr/0008-audit-log.md has the
// reasons, and what Verify can and cannot find.
package audit
