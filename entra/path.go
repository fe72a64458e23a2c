package entra

import (
	"net/http"
	"net/url"
	"strings"
)

// endpoint is one path of the sign-in. Its pattern is in lower case, * stands for one segment.
type endpoint struct {
	method  string // empty: any
	pattern string
	serve   func(*Service, *call, path) (any, error)
}

// endpoints are those of Entra ID, version 1 and version 2. The version 1 forms are still what
// older libraries and many scripts use.
var endpoints = []endpoint{
	{http.MethodGet, "*/discovery/instance", (*Service).instances},
	{http.MethodGet, "*/v2.0/.well-known/openid-configuration", (*Service).openID},
	{http.MethodGet, "*/.well-known/openid-configuration", (*Service).openIDv1},
	{http.MethodGet, "*/discovery/v2.0/keys", (*Service).keySet},
	{http.MethodGet, "*/discovery/keys", (*Service).keySet},
	{http.MethodGet, "*/userrealm/*", (*Service).realm},
	{http.MethodPost, "*/oauth2/v2.0/token", (*Service).token},
	{http.MethodPost, "*/oauth2/token", (*Service).tokenV1},
	{"", "*/oauth2/v2.0/authorize", (*Service).notBuilt},
	{"", "*/oauth2/v2.0/devicecode", (*Service).notBuilt},
	{"", "*/oauth2/v2.0/logout", (*Service).notBuilt},
	{"", "*/oauth2/authorize", (*Service).notBuilt},
	{"", "*/oauth2/devicecode", (*Service).notBuilt},
	{"", "*/oauth2/logout", (*Service).notBuilt},
}

// path is a request's path, taken apart. Case and doubled or trailing slashes do not matter:
// libraries join authority and path in several ways.
type path struct {
	segments []string
	end      *endpoint // nil: none
}

// tenant is the first segment.
func (p path) tenant() string { return p.segments[0] }

func parsePath(escaped string) path {
	var p path
	for part := range strings.SplitSeq(escaped, "/") {
		if part == "" {
			continue
		}
		segment, err := url.PathUnescape(part)
		if err != nil {
			return path{}
		}
		p.segments = append(p.segments, segment)
	}
	for i := range endpoints {
		if p.matches(endpoints[i].pattern) {
			p.end = &endpoints[i]
			return p
		}
	}
	return p
}

func (p path) matches(pattern string) bool {
	want := strings.Split(pattern, "/")
	if len(want) != len(p.segments) {
		return false
	}
	for i, w := range want {
		if w != "*" && w != strings.ToLower(p.segments[i]) {
			return false
		}
	}
	return true
}

// Owns reports whether a path (as in URL.EscapedPath) is one of the sign-in's. A server that
// answers other paths on the same host asks it where to send a request.
func Owns(escapedPath string) bool { return parsePath(escapedPath).end != nil }

// microsoftHost is the public cloud's authority. A client that is sent here with this name (by a
// hosts file) must be told this name, or it refuses the answers.
const microsoftHost = "login.microsoftonline.com"

// base is the scheme and host that documents name: the configured ones, unless the client came
// for Microsoft's. Nothing else of the Host header is believed: a document that names a host of
// the client's choice would send secrets there.
func (s *Service) base(host string) string {
	u := url.URL{Host: strings.ToLower(host)}
	if u.Hostname() != microsoftHost {
		return s.authority.String()
	}
	port := u.Port()
	if port == "" || port == "443" || strings.Trim(port, "0123456789") != "" {
		return "https://" + microsoftHost
	}
	return "https://" + microsoftHost + ":" + port
}

// checkTenant refuses a tenant that is not ours. The two names for "whichever tenant the
// account is of" are accepted here; grants that need to know the tenant refuse them.
func (s *Service) checkTenant(name, kind string) error {
	switch lower := strings.ToLower(name); {
	case lower == s.tenant || lower == "organizations" || lower == "common":
		return nil
	case !isGUID(name) && !isDomain(name):
		return fail(http.StatusBadRequest, "invalid_request", 900023,
			"Specified tenant identifier '%s' is neither a valid DNS name, nor a valid external domain.", shorten(name))
	}
	return fail(http.StatusBadRequest, kind, 90002,
		"Tenant '%s' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. "+
			"Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.", shorten(name))
}

func isDomain(name string) bool {
	return strings.Contains(name, ".") && len(name) <= 253 &&
		strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789-.") == ""
}

// shorten keeps an echoed word from filling the answer.
func shorten(word string) string {
	const most = 80
	if len(word) > most {
		word = word[:most] + "…"
	}
	return strings.ToValidUTF8(word, "\uFFFD")
}
