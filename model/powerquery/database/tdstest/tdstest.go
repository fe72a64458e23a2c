// Package tdstest is a server that speaks TDS 7.4, the protocol of Microsoft SQL Server, for
// tests of what reads such a server: sign-in with and without TLS, statements and parameters,
// rows of all common types, errors and cancellation. It keeps its tables in DuckDB and answers
// the statements that Inlay folds, and such as they are; it is no SQL Server.
package tdstest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"database/sql"
	"database/sql/driver"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/duckdb/duckdb-go/v2"
)

// Who may sign in, and to what.
const (
	User     = "reader"
	Password = "s3cret&Öl"
	Database = "shop"
)

// Encryption is what a server says when it is asked whether it encrypts.
type Encryption int

// Encryptions: of the login alone if the client does not want more, of everything, of nothing,
// and TDS 8.0, where TLS comes first.
const (
	Optional Encryption = iota
	Required
	Unsupported
	Strict
)

// Options of a server.
type Options struct {
	Encryption Encryption
	// CutAfter ends the connection after so many rows of a statement, FailAfter the statement.
	CutAfter, FailAfter int
	// Silent never answers.
	Silent bool
}

// Server is a running server.
type Server struct {
	Address     string // host:port
	Certificate string // a file of its certificate

	opts Options
	db   *sql.DB
	tls  *tls.Config

	mu        sync.Mutex
	tables    map[string][]Column
	said      []string
	cancelled int
	committed int
	conns     map[net.Conn]bool
}

// Start starts a server, which ends with the test.
func Start(t testing.TB, opts Options) *Server {
	t.Helper()
	connector, err := duckdb.NewConnector("", func(e driver.ExecerContext) error {
		_, err := e.ExecContext(context.Background(), "CREATE SCHEMA IF NOT EXISTS dbo; SET search_path = 'dbo'", nil)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	if _, err := db.ExecContext(context.Background(), "SET threads = 1"); err != nil {
		t.Fatal(err)
	}
	s := &Server{opts: opts, db: db, tables: map[string][]Column{}, conns: map[net.Conn]bool{}}
	s.certify(t)
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Address = l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	var wait sync.WaitGroup
	wait.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns[conn] = true
			s.mu.Unlock()
			wait.Go(func() {
				defer func() { _ = conn.Close() }()
				if opts.Silent {
					<-ctx.Done()
					return
				}
				(&session{s: s, raw: conn, ctx: ctx}).serve()
			})
		}
	})
	t.Cleanup(func() {
		cancel()
		_ = l.Close()
		s.mu.Lock()
		for c := range s.conns {
			_ = c.Close()
		}
		s.mu.Unlock()
		wait.Wait()
		_ = db.Close()
	})
	return s
}

// URL is the address as the configuration has it, with options such as encrypt=disable.
func (s *Server) URL(options string) string {
	if options != "" {
		options = "?" + options
	}
	return "sqlserver://" + User + ":s3cret%26%C3%96l@" + s.Address + "/" + Database + options
}

// Statements are what was asked so far.
func (s *Server) Statements() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.said...)
}

// Cancelled is how many statements were ended by their caller.
func (s *Server) Cancelled() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cancelled
}

// Committed is how many transactions were.
func (s *Server) Committed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.committed
}

// certify makes a certificate for 127.0.0.1.
func (s *Server) certify(t testing.TB) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "tdstest"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"db.example.com"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	s.Certificate = filepath.Join(t.TempDir(), "server.pem")
	if err := os.WriteFile(s.Certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	s.tls = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
	if s.opts.Encryption == Strict {
		s.tls.NextProtos = []string{"tds/8.0"}
	} else {
		// What TLS 1.3 sends behind the handshake has no place in the packets of TDS 7.
		s.tls.MaxVersion = tls.VersionTLS12
	}
}
