// Package web fetches what Power Query queries read at web addresses, from hosts that the
// configuration allows. A host is allowed by its name; what the name leads to is looked at when
// it is dialled, so that a name cannot lead into the own network. Redirects stay on the host,
// time and size are bounded, no proxy and no cookies are used.
package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"inlay"
	"inlay/model/powerquery"
)

// Limits of one answer.
const (
	MaxBody = 256 << 20
	timeout = 2 * time.Minute
)

// Client fetches.
type Client struct {
	hosts map[string]bool
	http  *http.Client
}

var _ powerquery.Web = (*Client)(nil)

// New allows hosts: names or addresses, each with a port if it is not the usual one. Only what
// is listed by its address, or is localhost, may be inside the own network.
func New(hosts []string) *Client {
	c := &Client{hosts: map[string]bool{}}
	for _, h := range hosts {
		c.hosts[strings.ToLower(strings.TrimSpace(h))] = true
	}
	dialer := &net.Dialer{Timeout: 15 * time.Second}
	transport := &http.Transport{
		Proxy: nil, MaxIdleConns: 4, IdleConnTimeout: 30 * time.Second, TLSHandshakeTimeout: 15 * time.Second, ResponseHeaderTimeout: time.Minute,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return c.dial(ctx, dialer, network, address)
		},
	}
	c.http = &http.Client{Transport: transport, Timeout: timeout, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if len(via) > 5 || r.URL.Host != via[0].URL.Host || r.URL.Scheme != via[0].URL.Scheme {
			return errRedirect
		}
		return nil
	}}
	return c
}

var (
	errRedirect = errors.New("the answer sends elsewhere")
	errInside   = errors.New("the name leads into the own network")
)

// dial connects to an address that was looked at: the one that is dialled, not the one that a
// second look-up might give.
func (c *Client) dial(ctx context.Context, d *net.Dialer, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	_, literal := netip.ParseAddr(host)
	named := literal == nil || strings.EqualFold(host, "localhost")
	for _, ip := range found {
		if !named && inside(ip.Unmap()) {
			return nil, errInside
		}
	}
	for _, ip := range found {
		conn, e := d.DialContext(ctx, network, net.JoinHostPort(ip.Unmap().String(), port))
		if e == nil {
			return conn, nil
		}
		err = e
	}
	return nil, err
}

// shared is the address space of carriers, RFC 6598.
var shared = netip.MustParsePrefix("100.64.0.0/10")

func inside(ip netip.Addr) bool {
	return ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsLinkLocalMulticast() || ip.IsMulticast() || ip.IsUnspecified() ||
		ip.IsInterfaceLocalMulticast() || shared.Contains(ip)
}

// Allowed reports whether the host of an address is listed.
func (c *Client) Allowed(address string) bool {
	u, err := url.Parse(address)
	return err == nil && c.check(u) == nil
}

func (c *Client) check(u *url.URL) error {
	if u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.Hostname() == "" {
		return inlay.Errorf(inlay.Invalid, "%q is not a web address", u.Redacted())
	}
	if !c.hosts[strings.ToLower(u.Host)] {
		return &inlay.Error{Kind: inlay.Forbidden, Msg: fmt.Sprintf("the configuration does not allow the host %q", u.Host),
			Remedy: "allow it with --web-hosts " + u.Host + ", or say where a copy lies: --map FROM=TO"}
	}
	return nil
}

// Get fetches a body.
func (c *Client) Get(ctx context.Context, address string, headers map[string]string) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, inlay.Errorf(inlay.Invalid, "the web address cannot be read")
	}
	if err := c.check(u); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, inlay.Errorf(inlay.Invalid, "the web address cannot be read")
	}
	for k, v := range headers {
		req.Header.Set(k, v)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.failed(ctx, u, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, inlay.Errorf(inlay.Invalid, "the host %q answers with status %d", u.Host, resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxBody+1))
	if err != nil {
		return nil, c.failed(ctx, u, err)
	}
	if len(body) > MaxBody {
		return nil, inlay.Errorf(inlay.Limit, "the host %q sends more than %d MB", u.Host, MaxBody>>20)
	}
	return body, nil
}

func (c *Client) failed(ctx context.Context, u *url.URL, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, errRedirect):
		return inlay.Errorf(inlay.Forbidden, "the host %q sends to another address, which is not followed", u.Host)
	case errors.Is(err, errInside):
		return inlay.Errorf(inlay.Forbidden, "the host %q leads to an address inside the own network; only an address that is listed itself may", u.Host)
	}
	return inlay.Errorf(inlay.Unavailable, "the host %q cannot be reached or broke off", u.Host)
}
