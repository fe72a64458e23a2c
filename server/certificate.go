package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Inlay has a certificate authority of its own per data folder, because Microsoft's clients insist
// on https and on hosts of powerbi.com and login.microsoftonline.com. A person who trusts it must
// not thereby trust it for anything else, so it carries name constraints: a certificate that
// someone makes with its key for another host is refused by every client that checks them.
const (
	caLifetime   = 2 * 365 * 24 * time.Hour
	leafLifetime = 90 * 24 * time.Hour
	leafRenewal  = 30 * 24 * time.Hour // this long before its end a certificate is made anew
	clockSlack   = time.Hour           // clients whose clock is slow
)

var (
	// caNames are what the authority may certify, with all names below them.
	caNames = []string{"localhost", "powerbi.com", "login.microsoftonline.com"}
	// leafNames are what the server is certified as: the hosts that clients hard-code.
	leafNames = []string{"localhost", "app.powerbi.com", "api.powerbi.com", "powerbi.com", "*.powerbi.com",
		"*.selfhosted.powerbi.com", "login.microsoftonline.com"}
	leafIPs = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
)

// EnsureCertificates reads the authority and the server's certificate in a folder and makes what
// is missing, what ends soon and what does not fit the hosts any more. The hosts (names or
// addresses, of the public URL) come on top of those that clients hard-code. A key that others
// than its owner can read is refused. It returns the settings for a listener, which renew the
// server's certificate while it runs, and the file of the authority for clients to trust.
func EnsureCertificates(dir string, hosts []string) (*tls.Config, string, error) {
	return ensureCertificates(dir, hosts, time.Now)
}

func ensureCertificates(dir string, hosts []string, now func() time.Time) (*tls.Config, string, error) {
	a := &authority{dir: dir, now: now}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			if !slices.ContainsFunc(slices.Concat(leafIPs, a.ips), ip.Equal) {
				a.ips = append(a.ips, ip)
			}
			continue
		}
		host = strings.ToLower(host)
		if host != "" && !slices.Contains(leafNames, host) && !slices.Contains(a.names, host) {
			a.names = append(a.names, host)
		}
	}
	if err := a.prepare(); err != nil {
		return nil, "", fmt.Errorf("certificates in %q: %w", dir, err)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}, GetCertificate: a.certificate}
	return config, filepath.Join(dir, "ca.pem"), nil
}

// authority makes and keeps the certificates of one folder.
type authority struct {
	dir   string
	names []string // hosts besides those that clients hard-code
	ips   []net.IP
	now   func() time.Time
	caKey *ecdsa.PrivateKey
	ca    *x509.Certificate

	mu   sync.Mutex
	leaf *tls.Certificate
	end  time.Time // of leaf
}

func (a *authority) prepare() error {
	if err := privateFolder(a.dir); err != nil {
		return err
	}
	if err := a.loadAuthority(); err != nil {
		return err
	}
	if a.loadLeaf() == nil {
		return nil
	}
	// Whatever was wrong with it, except that others could read its key, a new one cures.
	if err := checkPrivateFile(filepath.Join(a.dir, "server-key.pem")); err != nil {
		return err
	}
	return a.makeLeaf()
}

// certificate serves a handshake, and renews the certificate of a server that runs for months.
func (a *authority) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.now().Add(leafRenewal).Before(a.end) {
		return a.leaf, nil
	}
	if err := a.makeLeaf(); err != nil && a.now().After(a.end) {
		return nil, fmt.Errorf("renew the certificate in %q: %w", a.dir, err)
	}
	return a.leaf, nil // where the renewal failed, the old one is good for some days more
}

// loadAuthority reads the authority. Its certificate is made anew, with the same key, when it
// would end before a certificate of the server or when the hosts changed.
func (a *authority) loadAuthority() error {
	certFile, keyFile := filepath.Join(a.dir, "ca.pem"), filepath.Join(a.dir, "ca-key.pem")
	key, err := readPrivateKey(keyFile)
	if errors.Is(err, errNoFile) {
		if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			return err
		}
		err = writePrivateKey(keyFile, key)
	}
	if err != nil {
		return err
	}
	a.caKey = key
	if cert, err := readCertificate(certFile); err == nil && a.fits(cert) {
		a.ca = cert
		return nil
	}
	der, err := a.sign(a.caTemplate(), nil, &key.PublicKey)
	if err != nil {
		return err
	}
	if a.ca, err = x509.ParseCertificate(der); err != nil {
		return err
	}
	return writeCertificate(certFile, der)
}

func (a *authority) caTemplate() *x509.Certificate {
	t := &x509.Certificate{
		// The number keeps the authorities of two data folders apart in a list of trusted ones.
		Subject:               pkix.Name{CommonName: "Inlay development CA " + a.fingerprint(), Organization: []string{"Inlay"}},
		NotBefore:             a.now().Add(-clockSlack),
		NotAfter:              a.now().Add(caLifetime),
		BasicConstraintsValid: true, IsCA: true, MaxPathLenZero: true,
		KeyUsage:                    x509.KeyUsageCertSign,
		ExtKeyUsage:                 []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         append(slices.Clone(caNames), a.names...),
	}
	for _, ip := range slices.Concat(leafIPs, a.ips) {
		t.PermittedIPRanges = append(t.PermittedIPRanges, single(ip))
	}
	return t
}

// single is the range of one address.
func single(ip net.IP) *net.IPNet {
	if v4 := ip.To4(); v4 != nil {
		return &net.IPNet{IP: v4, Mask: net.CIDRMask(32, 32)}
	}
	return &net.IPNet{IP: ip, Mask: net.CIDRMask(128, 128)}
}

func (a *authority) fingerprint() string {
	return hex.EncodeToString(keyID(&a.caKey.PublicKey)[:4])
}

// fits reports whether a stored authority is ours, lasts, and may certify exactly the hosts that
// it has to.
func (a *authority) fits(cert *x509.Certificate) bool {
	want := a.caTemplate()
	key, ok := cert.PublicKey.(*ecdsa.PublicKey)
	return ok && key.Equal(&a.caKey.PublicKey) && cert.IsCA &&
		cert.NotAfter.After(a.now().Add(leafLifetime)) && !cert.NotBefore.After(a.now()) &&
		slices.Equal(cert.PermittedDNSDomains, want.PermittedDNSDomains) &&
		slices.EqualFunc(cert.PermittedIPRanges, want.PermittedIPRanges, func(x, y *net.IPNet) bool { return x.String() == y.String() })
}

// loadLeaf reads the server's certificate; an error says why it cannot be used.
func (a *authority) loadLeaf() error {
	if err := checkPrivateFile(filepath.Join(a.dir, "server-key.pem")); err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(filepath.Join(a.dir, "server.pem"), filepath.Join(a.dir, "server-key.pem"))
	if err != nil {
		return err
	}
	leaf, want := pair.Leaf, a.leafTemplate()
	if err := leaf.CheckSignatureFrom(a.ca); err != nil {
		return err
	}
	lasts := leaf.NotAfter.After(a.now().Add(leafRenewal)) && !leaf.NotBefore.After(a.now())
	sameIPs := slices.EqualFunc(leaf.IPAddresses, want.IPAddresses, func(x, y net.IP) bool { return x.Equal(y) })
	if !lasts || !slices.Equal(leaf.DNSNames, want.DNSNames) || !sameIPs {
		return errors.New("the certificate does not last or is for other hosts")
	}
	a.leaf, a.end = &pair, leaf.NotAfter
	return nil
}

func (a *authority) leafTemplate() *x509.Certificate {
	end := a.now().Add(leafLifetime)
	if a.ca.NotAfter.Before(end) {
		end = a.ca.NotAfter
	}
	return &x509.Certificate{
		Subject:     pkix.Name{CommonName: "localhost", Organization: []string{"Inlay"}},
		NotBefore:   a.now().Add(-clockSlack),
		NotAfter:    end,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:    append(slices.Clone(leafNames), a.names...),
		IPAddresses: slices.Concat(leafIPs, a.ips),
	}
}

// makeLeaf makes a key and a certificate for the server.
func (a *authority) makeLeaf() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := a.leafTemplate()
	der, err := a.sign(template, a.ca, &key.PublicKey)
	if err != nil {
		return err
	}
	if err := writePrivateKey(filepath.Join(a.dir, "server-key.pem"), key); err != nil {
		return err
	}
	if err := writeCertificate(filepath.Join(a.dir, "server.pem"), der); err != nil {
		return err
	}
	a.leaf, a.end = &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, template.NotAfter
	return nil
}

// sign has the authority sign; without a parent the authority signs itself.
func (a *authority) sign(t, parent *x509.Certificate, public *ecdsa.PublicKey) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	t.SerialNumber = serial
	if parent == nil {
		parent = t
	}
	return x509.CreateCertificate(rand.Reader, t, parent, public, a.caKey)
}
