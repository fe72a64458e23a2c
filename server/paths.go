package server

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"
)

// AuthorityURL is where clients reach the sign-in: always https, because Microsoft's libraries
// insist on it. It is the public URL if that is https, else the TLS listener on localhost.
func (s *Server) AuthorityURL() string {
	if u, err := url.Parse(s.PublicURL()); err == nil && u.Scheme == "https" {
		return s.PublicURL()
	}
	_, port, _ := net.SplitHostPort(s.cfg.tlsListen())
	return "https://" + net.JoinHostPort("localhost", port)
}

func (s *Server) certificateDir() string { return filepath.Join(s.dir, "tls") }

// certificateHosts is the host of the public URL, which the certificate names too.
func (s *Server) certificateHosts() []string {
	u, err := url.Parse(s.PublicURL())
	if err != nil || u.Hostname() == "" {
		return nil
	}
	return []string{u.Hostname()}
}

// ownClient is a client that trusts the data folder's own authority: for the demo's
// application, which talks to the server as any application does.
func (s *Server) ownClient() (*http.Client, string, error) {
	_, ca, err := EnsureCertificates(s.certificateDir(), s.certificateHosts())
	if err != nil {
		return nil, "", err
	}
	pem, err := os.ReadFile(ca)
	if err != nil {
		return nil, "", err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, "", fmt.Errorf("%s holds no certificate", ca)
	}
	return &http.Client{
		Timeout:       15 * time.Second,
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool}, MaxIdleConnsPerHost: 4},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, ca, nil
}
