package inlay

import "strings"

// Datasource is one place that a dataset or a paginated report reads from.
type Datasource struct {
	ID           string            `json:"id,omitempty"`        // GUID of the data source of a gateway
	GatewayID    string            `json:"gatewayId,omitempty"` // empty when it is reached without a gateway
	Type         string            `json:"type"`                // as the API names it, such as Sql
	Details      ConnectionDetails `json:"details"`
	SingleSignOn bool              `json:"sso,omitempty"` // the source asks who the viewer is
}

// ConnectionDetails are what identifies a source of a type, by the names of the API.
type ConnectionDetails struct {
	Server       string `json:"server,omitempty"`
	Database     string `json:"database,omitempty"`
	URL          string `json:"url,omitempty"`
	Path         string `json:"path,omitempty"`
	Kind         string `json:"kind,omitempty"`
	Account      string `json:"account,omitempty"`
	Domain       string `json:"domain,omitempty"`
	EmailAddress string `json:"emailAddress,omitempty"`
	LoginServer  string `json:"loginServer,omitempty"`
	ClassInfo    string `json:"classInfo,omitempty"`
}

// Same reports whether two sources are one: the same type and the same details, without regard
// to case and to spaces around a text. The documents' own example has such spaces.
func (s Datasource) Same(o Datasource) bool {
	return strings.EqualFold(s.Type, o.Type) && s.Details.folded() == o.Details.folded()
}

func (c ConnectionDetails) folded() ConnectionDetails {
	f := func(s string) string { return strings.ToLower(strings.TrimSpace(s)) }
	return ConnectionDetails{f(c.Server), f(c.Database), f(c.URL), f(c.Path), f(c.Kind), f(c.Account), f(c.Domain),
		f(c.EmailAddress), f(c.LoginServer), f(c.ClassInfo)}
}
