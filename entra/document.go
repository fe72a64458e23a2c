package entra

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// instances answers which names the authority has. Libraries ask before they send a secret to a
// host that they do not know.
func (s *Service) instances(c *call, _ path) (any, error) {
	asked := c.URL.Query().Get("authorization_endpoint")
	if asked == "" {
		return nil, missing("authorization_endpoint")
	}
	microsoft := []string{microsoftHost, "login.windows.net", "login.microsoft.com", "sts.windows.net"}
	metadata := []instance{{microsoftHost, "login.windows.net", microsoft}}
	own := strings.ToLower(s.authority.Host)
	if own != microsoftHost {
		metadata = append(metadata, instance{own, own, []string{own}})
	}
	u, err := url.Parse(asked)
	base := ""
	if err == nil {
		switch host := strings.ToLower(u.Host); {
		case host == own:
			base = s.authority.String()
		case contains(microsoft, strings.TrimSuffix(host, ":443")), host == strings.ToLower(c.Host) && c.base == "https://"+host:
			base = c.base
		}
	}
	if base == "" || u.Scheme != "https" && u.Scheme != s.authority.Scheme {
		return nil, fail(http.StatusBadRequest, "invalid_instance", 50049, "Unknown or invalid instance.")
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if err := s.checkTenant(parts[0], "invalid_tenant"); err != nil {
		return nil, err
	}
	document := "/.well-known/openid-configuration"
	if strings.Contains(strings.ToLower(u.Path), "/v2.0/") {
		document = "/v2.0" + document
	}
	return discovery{base + "/" + parts[0] + document, "1.1", metadata}, nil
}

type discovery struct {
	Endpoint string     `json:"tenant_discovery_endpoint"`
	Version  string     `json:"api-version"`
	Metadata []instance `json:"metadata"`
}

type instance struct {
	Network string   `json:"preferred_network"`
	Cache   string   `json:"preferred_cache"`
	Aliases []string `json:"aliases"`
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

// configuration is the OpenID configuration, with the fields that libraries read. The endpoints
// for browsers and devices are named because libraries refuse a document without them.
type configuration struct {
	TokenEndpoint  string   `json:"token_endpoint"`
	TokenAuth      []string `json:"token_endpoint_auth_methods_supported"`
	Keys           string   `json:"jwks_uri"`
	ResponseModes  []string `json:"response_modes_supported"`
	SubjectTypes   []string `json:"subject_types_supported"`
	Algorithms     []string `json:"id_token_signing_alg_values_supported"`
	ResponseTypes  []string `json:"response_types_supported"`
	Scopes         []string `json:"scopes_supported"`
	Issuer         string   `json:"issuer"`
	Authorization  string   `json:"authorization_endpoint"`
	Device         string   `json:"device_authorization_endpoint"`
	EndSession     string   `json:"end_session_endpoint"`
	Claims         []string `json:"claims_supported"`
	Region         *string  `json:"tenant_region_scope"`
	CloudInstance  string   `json:"cloud_instance_name"`
	CloudGraphHost string   `json:"cloud_graph_host_name"`
	GraphHost      string   `json:"msgraph_host"`
}

func (s *Service) openID(c *call, p path) (any, error)   { return s.openIDOf(c, p, "/v2.0") }
func (s *Service) openIDv1(c *call, p path) (any, error) { return s.openIDOf(c, p, "") }

func (s *Service) openIDOf(c *call, p path, version string) (any, error) {
	if err := s.checkTenant(p.tenant(), "invalid_tenant"); err != nil {
		return nil, err
	}
	tenant := strings.ToLower(p.tenant())
	issuerTenant := tenant
	if tenant != s.tenant {
		issuerTenant = "{tenantid}" // literally: the reader puts the token's tenant in
	}
	root := c.base + "/" + tenant
	doc := configuration{
		TokenEndpoint:  root + "/oauth2" + version + "/token",
		TokenAuth:      []string{"client_secret_post", "client_secret_basic"},
		Keys:           root + "/discovery" + version + "/keys",
		ResponseModes:  []string{"query", "fragment", "form_post"},
		SubjectTypes:   []string{"pairwise"},
		Algorithms:     []string{string(jose.RS256)},
		ResponseTypes:  []string{"code", "id_token", "code id_token", "id_token token"},
		Scopes:         []string{"openid", "profile", "email", "offline_access"},
		Issuer:         c.base + "/" + issuerTenant + "/v2.0",
		Authorization:  root + "/oauth2" + version + "/authorize",
		Device:         root + "/oauth2" + version + "/devicecode",
		EndSession:     root + "/oauth2" + version + "/logout",
		Claims:         []string{"sub", "iss", "aud", "exp", "iat", "name", "preferred_username", "tid", "oid", "ver"},
		CloudInstance:  "microsoftonline.com",
		CloudGraphHost: "graph.windows.net",
		GraphHost:      "graph.microsoft.com",
	}
	if version == "" {
		doc.Issuer = issuer(issuerTenant)
	}
	return doc, nil
}

func (s *Service) keySet(_ *call, p path) (any, error) {
	if err := s.checkTenant(p.tenant(), "invalid_tenant"); err != nil {
		return nil, err
	}
	keys, err := s.keys.current()
	if err != nil {
		return nil, err
	}
	var set jose.JSONWebKeySet // with the key that is to sign, so that clients know it before
	for _, k := range keys {
		if k.retired.IsZero() || s.now().Before(k.ends()) {
			set.Keys = append(set.Keys, k.public)
		}
	}
	return set, nil
}

// realm answers that an account is managed here and not by a federated server. It says so of
// every name: whether an account exists is not for everyone to ask.
func (s *Service) realm(_ *call, p path) (any, error) {
	name := p.segments[len(p.segments)-1]
	_, domain, ok := strings.Cut(name, "@")
	if !ok || !isDomain(domain) {
		return map[string]string{"ver": "1.0", "account_type": "Unknown"}, nil
	}
	return map[string]string{
		"ver": "1.0", "account_type": "Managed", "domain_name": strings.ToLower(domain),
		"cloud_instance_name": "microsoftonline.com", "cloud_audience_urn": "urn:federation:MicrosoftOnline",
	}, nil
}

func (s *Service) notBuilt(*call, path) (any, error) {
	return nil, failure{status: http.StatusNotImplemented, kind: "invalid_request",
		text: "this sign-in has no browser and no device flow; sign in at the token endpoint with the client_credentials grant"}
}
