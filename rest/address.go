package rest

import (
	"encoding/base64"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
)

// Hosts that clients hard-code. A request that came to the one is answered with addresses on
// the other, at the same port.
const (
	apiHost = "api.powerbi.com"
	appHost = "app.powerbi.com"
)

// alias is https://host, with the port to which the request came, if it came to apiHost.
func alias(c *call, host string) (string, bool) {
	if len(c.r.Host) < len(apiHost) || !strings.EqualFold(c.r.Host[:len(apiHost)], apiHost) {
		return "", false
	}
	name, port, err := net.SplitHostPort(c.r.Host)
	if err != nil {
		name, port = c.r.Host, ""
	}
	if !strings.EqualFold(name, apiHost) {
		return "", false
	}
	if _, err := strconv.ParseUint(port, 10, 16); port != "" && err != nil {
		return "", false
	}
	if port != "" && port != "443" {
		host = net.JoinHostPort(host, port)
	}
	return "https://" + host, true
}

// clusterURL is where the caller's clients find the API.
func (a *api) clusterURL(c *call) string {
	if s, ok := alias(c, apiHost); ok {
		return s
	}
	return a.PublicURL
}

// appURL is where browsers find the embed page.
func (a *api) appURL(c *call) string {
	if s, ok := alias(c, appHost); ok {
		return s
	}
	return a.PublicURL
}

// context is an OData context, of a workspace or of none.
func (a *api) context(c *call, group, what string) string {
	if group != "" {
		group = "groups/" + group + "/"
	}
	return a.clusterURL(c) + "/v1.0/myorg/" + group + "$metadata#" + what
}

const tokenResponse = "Microsoft.PowerBI.ServiceContracts.Api.V1.GenerateTokenResponse"

// tokenContext is that of an answer with a token; the usual one is made beforehand.
func (a *api) tokenContext(c *call, group string) string {
	if _, other := alias(c, apiHost); group != "" || other {
		return a.context(c, group, tokenResponse)
	}
	return a.ofToken
}

// embedURL is the address of the embed page, such as reportEmbed?reportId=….
func (a *api) embedURL(c *call, page string) string {
	var config struct {
		ClusterURL string          `json:"clusterUrl"`
		Features   map[string]bool `json:"embedFeatures"`
	}
	config.ClusterURL = a.clusterURL(c)
	config.Features = map[string]bool{"modernEmbed": true, "usageMetricsVNext": true}
	text, err := json.Marshal(config, json.Deterministic(true))
	if err != nil {
		panic(err) // two texts and two truth values
	}
	return a.appURL(c) + "/" + page + "&w=2&config=" + url.QueryEscape(base64.StdEncoding.EncodeToString(text))
}
