// Package rest is the HTTP surface: the operations below /v1.0/myorg that applications call,
// and the private routes below /inlay/v1 that the embed page calls.
//
//	request ─► request id, headers ─► path ─► method ─► token ─► handler ─► answer
//	                                   one table of operations                one table of errors
//
// Everything that an operation has in common with others is done by the pipeline, so that a
// new entry of the table cannot forget it. Handlers decide nothing about access tokens: the
// rules are those of embedtoken when a token is made, and use.go when one is used.
package rest
