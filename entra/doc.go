// Package entra is the built-in sign-in: endpoints in the shape of Microsoft Entra ID, so that
// an application signs in with the library and the configuration it uses against the real one,
// and the check of the access tokens that these endpoints hand out.
//
//	application ── POST /{tenant}/oauth2/v2.0/token ──► Service.Handler ──► access token (RS256, an hour)
//	application ── Authorization: Bearer … ───────────► rest ──► Service.Authenticate ──► inlay.Caller
//
// It knows principals and their secrets. What a principal may do is none of its business: that
// is decided where the token is used. There is one tenant. Secrets are stored as digests
// (Digest), and no secret, password or token ever stands in a log line or an error.
//
// The texts of errors are those of Entra ID, because clients match on their codes (AADSTS…).
package entra
