package server

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// serveTLS serves with a configuration and returns the port.
func serveTLS(t *testing.T, config *tls.Config, h http.Handler) (port string) {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)} // clients that refuse us are what is tested
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	_, port, err = net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// trust is a client that trusts an authority and nothing else, and finds every host on this
// machine.
func trust(t *testing.T, caFile, port string) *http.Client {
	t.Helper()
	text, err := os.ReadFile(caFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		t.Fatalf("%s holds no certificate", caFile)
	}
	return &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", "127.0.0.1:"+port)
		},
		TLSClientConfig: &tls.Config{RootCAs: pool},
	}}
}

func ensure(t *testing.T, dir string, now time.Time, hosts ...string) (*tls.Config, string) {
	t.Helper()
	config, ca, err := ensureCertificates(dir, hosts, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return config, ca
}

// leafOf is the certificate that a configuration presents.
func leafOf(t *testing.T, config *tls.Config) *x509.Certificate {
	t.Helper()
	pair, err := config.GetCertificate(&tls.ClientHelloInfo{})
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	return leaf
}

func TestClientsConnect(t *testing.T) {
	config, ca, err := EnsureCertificates(filepath.Join(t.TempDir(), "tls"), []string{"Analytics.example.com", "192.0.2.7", "localhost"})
	if err != nil {
		t.Fatal(err)
	}
	port := serveTLS(t, config, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Host) }))
	client := trust(t, ca, port)
	for _, host := range []string{"localhost", "127.0.0.1", "[::1]", "app.powerbi.com", "api.powerbi.com", "wabi-x.powerbi.com",
		"one.selfhosted.powerbi.com", "login.microsoftonline.com", "analytics.example.com", "192.0.2.7"} {
		res, err := client.Get("https://" + host + "/")
		if err != nil {
			t.Errorf("%s: %v", host, err)
			continue
		}
		_ = res.Body.Close()
		if res.TLS.Version < tls.VersionTLS12 {
			t.Errorf("%s: TLS version %x", host, res.TLS.Version)
		}
	}
	for _, host := range []string{"example.com", "powerbi.com.example.com", "microsoftonline.com", "192.0.2.8", "a.b.powerbi.com"} {
		res, err := client.Get("https://" + host + "/")
		if err == nil {
			_ = res.Body.Close()
			t.Errorf("%s: connected", host)
		}
	}
	old := trust(t, ca, port)
	old.Transport.(*http.Transport).TLSClientConfig.MaxVersion = tls.VersionTLS11
	if res, err := old.Get("https://localhost/"); err == nil {
		_ = res.Body.Close()
		t.Error("TLS 1.1 was accepted")
	}
}

// TestStolenKey is what someone can do with the authority's key: certify the hosts that it is
// for, and nothing else.
func TestStolenKey(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tls")
	_, caFile := ensure(t, dir, time.Now())
	caKey, err := readPrivateKey(filepath.Join(dir, "ca-key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	ca, err := readCertificate(caFile)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	verify := func(change func(*x509.Certificate), options x509.VerifyOptions) error {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "x"}, NotBefore: time.Now().Add(-time.Minute),
			NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
		change(template)
		der, err := x509.CreateCertificate(rand.Reader, template, ca, &key.PublicKey, caKey)
		if err != nil {
			t.Fatal(err)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		options.Roots, options.Intermediates = roots, x509.NewCertPool()
		if cert.IsCA {
			options.Intermediates.AddCert(cert)
			below := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: template.NotBefore, NotAfter: template.NotAfter, DNSNames: []string{"localhost"}}
			der, err := x509.CreateCertificate(rand.Reader, below, cert, &key.PublicKey, key)
			if err != nil {
				t.Fatal(err)
			}
			if cert, err = x509.ParseCertificate(der); err != nil {
				t.Fatal(err)
			}
		}
		_, err = cert.Verify(options)
		return err
	}
	names := func(hosts ...string) func(*x509.Certificate) { return func(c *x509.Certificate) { c.DNSNames = hosts } }
	if err := verify(names("localhost", "x.powerbi.com"), x509.VerifyOptions{DNSName: "localhost"}); err != nil {
		t.Fatalf("the control, a host that it is for: %v", err)
	}
	for what, err := range map[string]error{
		"example.com":               verify(names("example.com"), x509.VerifyOptions{DNSName: "example.com"}),
		"example.com and localhost": verify(names("localhost", "example.com"), x509.VerifyOptions{DNSName: "localhost"}),
		"*.com":                     verify(names("*.com"), x509.VerifyOptions{DNSName: "example.com"}),
		"microsoftonline.com":       verify(names("graph.microsoftonline.com"), x509.VerifyOptions{DNSName: "graph.microsoftonline.com"}),
		"an address":                verify(func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(192, 0, 2, 1)} }, x509.VerifyOptions{DNSName: "192.0.2.1"}),
		"the range of loopback":     verify(func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 2)} }, x509.VerifyOptions{DNSName: "127.0.0.2"}),
		"a client": verify(func(c *x509.Certificate) {
			c.DNSNames, c.ExtKeyUsage = []string{"localhost"}, []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		}, x509.VerifyOptions{KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}),
		"another authority": verify(func(c *x509.Certificate) {
			c.IsCA, c.BasicConstraintsValid, c.KeyUsage, c.ExtKeyUsage = true, true, x509.KeyUsageCertSign, nil
		}, x509.VerifyOptions{DNSName: "localhost"}),
	} {
		if err == nil {
			t.Errorf("a certificate for %s was accepted", what)
		}
	}
}

func TestRenewal(t *testing.T) {
	dir, start := filepath.Join(t.TempDir(), "tls"), time.Now()
	day := func(n int) time.Time { return start.Add(time.Duration(n) * 24 * time.Hour) }
	config, ca := ensure(t, dir, start)
	first := leafOf(t, config)
	authority, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	kept, _ := ensure(t, dir, day(59))
	if !leafOf(t, kept).Equal(first) {
		t.Error("the certificate was made anew after 59 days")
	}
	renewed, _ := ensure(t, dir, day(61))
	if second := leafOf(t, renewed); second.Equal(first) || !second.NotAfter.After(first.NotAfter) {
		t.Error("the certificate was not made anew 29 days before its end")
	}
	if text, err := os.ReadFile(ca); err != nil || string(text) != string(authority) {
		t.Error("the authority changed with the server's certificate")
	}
	late, _ := ensure(t, dir, day(700))
	renewedCA, err := readCertificate(ca)
	if err != nil {
		t.Fatal(err)
	}
	if renewedCA.NotAfter.Before(day(1400)) || leafOf(t, late).CheckSignatureFrom(renewedCA) != nil {
		t.Error("the authority was not renewed before a certificate would outlast it")
	}
}

// TestRenewalWhileRunning holds that a server that runs for months presents a good certificate.
func TestRenewalWhileRunning(t *testing.T) {
	now := time.Now()
	config, _, err := ensureCertificates(filepath.Join(t.TempDir(), "tls"), nil, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	first := leafOf(t, config)
	now = now.Add(61 * 24 * time.Hour)
	if second := leafOf(t, config); second.Equal(first) || !second.NotAfter.After(first.NotAfter) {
		t.Error("the certificate was not renewed")
	}
}

func TestHostsChange(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tls")
	config, ca := ensure(t, dir, time.Now())
	before, err := readCertificate(ca)
	if err != nil {
		t.Fatal(err)
	}
	first := leafOf(t, config)
	config, _ = ensure(t, dir, time.Now(), "analytics.example.com")
	after, err := readCertificate(ca)
	if err != nil {
		t.Fatal(err)
	}
	if err := leafOf(t, config).VerifyHostname("analytics.example.com"); err != nil {
		t.Error(err)
	}
	if !after.PublicKey.(*ecdsa.PublicKey).Equal(before.PublicKey) {
		t.Error("the authority's key changed: clients that trust it would not any more")
	}
	config, _ = ensure(t, dir, time.Now())
	if leaf := leafOf(t, config); leaf.Equal(first) || leaf.VerifyHostname("analytics.example.com") == nil {
		t.Error("a host that was taken away is still certified")
	}
	if text, err := os.ReadFile(ca); err != nil || strings.Contains(string(text), "analytics") {
		t.Errorf("%v", err)
	}
	if narrow, err := readCertificate(ca); err != nil || len(narrow.PermittedDNSDomains) != len(caNames) {
		t.Errorf("the authority may certify %v (%v)", narrow.PermittedDNSDomains, err)
	}
}

// TestDamage holds that what can be made anew is, and what cannot is refused with a remedy.
func TestDamage(t *testing.T) {
	for _, tc := range []struct {
		name   string
		damage func(file string) error
		file   string
		want   string // in the error; empty: cured
	}{
		{"certificate gone", os.Remove, "server.pem", ""},
		{"key of the server gone", os.Remove, "server-key.pem", ""},
		{"certificate is junk", junk, "server.pem", ""},
		{"key of the server is junk", junk, "server-key.pem", ""},
		{"authority gone", os.Remove, "ca.pem", ""},
		{"authority is junk", junk, "ca.pem", ""},
		{"key of the authority gone", os.Remove, "ca-key.pem", ""},
		{"key of the authority is junk", junk, "ca-key.pem", "delete it"},
		{"key of the authority is readable", readable, "ca-key.pem", "chmod 600"},
		{"key of the server is readable", readable, "server-key.pem", "chmod 600"},
		{"folder is writable", writable, "", "chmod 700"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if runtime.GOOS == "windows" && strings.HasPrefix(tc.want, "chmod") {
				t.Skip("Windows has access lists in place of modes")
			}
			dir := filepath.Join(t.TempDir(), "tls")
			ensure(t, dir, time.Now())
			if err := tc.damage(filepath.Join(dir, tc.file)); err != nil {
				t.Fatal(err)
			}
			config, ca, err := EnsureCertificates(dir, nil)
			if tc.want != "" {
				if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), dir) {
					t.Errorf("%v, want an error with %q and the folder", err, tc.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			authority, err := readCertificate(ca)
			if err != nil {
				t.Fatal(err)
			}
			if err := leafOf(t, config).CheckSignatureFrom(authority); err != nil {
				t.Error(err)
			}
			for _, name := range []string{"ca-key.pem", "server-key.pem"} {
				if err := checkPrivateFile(filepath.Join(dir, name)); err != nil {
					t.Error(err)
				}
			}
			if entries, err := os.ReadDir(dir); err != nil || len(entries) != 4 {
				t.Errorf("the folder holds %v (%v)", entries, err)
			}
		})
	}
}

func junk(file string) error     { return os.WriteFile(file, []byte("junk"), 0o600) }
func readable(file string) error { return os.Chmod(file, 0o644) }
func writable(file string) error { return os.Chmod(file, 0o777) }
