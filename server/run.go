package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"time"
)

// Addresses are where a running server is reached.
type Addresses struct {
	HTTP   string // http://127.0.0.1:8400
	HTTPS  string // https://127.0.0.1:8443
	CAFile string // of the authority that signed the certificate
}

// Times that a connection is given.
const (
	headerTimeout = 10 * time.Second
	bodyTimeout   = 30 * time.Second
	idleTimeout   = 2 * time.Minute
	stopTimeout   = 10 * time.Second
)

// headroom is memory that is counted as used and never touched, so that a small heap is not
// collected every few hundred requests: 0.4 times a bare POST for each token (docs/performance.md).
const headroom = 32 << 20

// Run listens on both addresses, tells where, and serves until ctx ends. Then it lets requests
// under way finish.
func (s *Server) Run(ctx context.Context, ready func(Addresses)) error {
	tls, ca, err := EnsureCertificates(s.certificateDir(), s.certificateHosts())
	if err != nil {
		return err
	}
	room := make([]byte, headroom)
	defer runtime.KeepAlive(room)
	var lc net.ListenConfig
	plain, err := lc.Listen(ctx, "tcp", s.cfg.listen())
	if err != nil {
		return fmt.Errorf("--listen %s: %w", s.cfg.listen(), err)
	}
	secure, err := lc.Listen(ctx, "tcp", s.cfg.tlsListen())
	if err != nil {
		return errors.Join(fmt.Errorf("--tls-listen %s: %w", s.cfg.tlsListen(), err), plain.Close())
	}
	srv := &http.Server{Handler: s.handler, TLSConfig: tls, ReadHeaderTimeout: headerTimeout, ReadTimeout: bodyTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: 64 << 10}
	failed := make(chan error, 2)
	go func() { failed <- srv.Serve(plain) }()
	go func() { failed <- srv.ServeTLS(secure, "", "") }()
	s.engines.tell(s.parts.log)
	ready(Addresses{HTTP: "http://" + plain.Addr().String(), HTTPS: "https://" + secure.Addr().String(), CAFile: ca})
	select {
	case err := <-failed:
		return errors.Join(err, srv.Close())
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if err := srv.Shutdown(stop); err != nil {
		return errors.Join(err, srv.Close())
	}
	return nil
}
