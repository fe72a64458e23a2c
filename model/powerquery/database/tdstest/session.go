package tdstest

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"unicode/utf16"
)

// Packets (MS-TDS 2.2.3.1.1).
const (
	packetBatch       = 1
	packetRPC         = 3
	packetReply       = 4
	packetAttention   = 6
	packetTransaction = 14
	packetLogin       = 16
	packetPrelogin    = 18

	packetSize = 4096
	packetHead = 8
)

// session is a connection.
type session struct {
	s   *Server
	raw net.Conn // of TCP
	rw  net.Conn // raw, or TLS on it
	ctx context.Context
	out []byte // of a reply that is not sent yet
	num byte   // of packets

	running sync.Mutex
	cancel  context.CancelFunc // of the statement that runs
}

// message is a request.
type message struct {
	kind byte
	body []byte
}

// read reads a message.
func (c *session) read() (message, error) {
	var m message
	for {
		var head [packetHead]byte
		if _, err := io.ReadFull(c.rw, head[:]); err != nil {
			return m, err
		}
		n := int(binary.BigEndian.Uint16(head[2:]))
		if n < packetHead {
			return m, errors.New("a packet is shorter than its head")
		}
		at := len(m.body)
		m.kind, m.body = head[0], append(m.body, make([]byte, n-packetHead)...)
		if _, err := io.ReadFull(c.rw, m.body[at:]); err != nil {
			return m, err
		}
		if head[1]&1 != 0 {
			return m, nil
		}
	}
}

// write adds to the reply; flush ends it.
func (c *session) write(b []byte) error {
	c.out = append(c.out, b...)
	for len(c.out) > packetSize-packetHead {
		if err := c.packet(packetReply, c.out[:packetSize-packetHead], false); err != nil {
			return err
		}
		c.out = append(c.out[:0], c.out[packetSize-packetHead:]...)
	}
	return nil
}

func (c *session) flush() error {
	err := c.packet(packetReply, c.out, true)
	c.out = c.out[:0]
	return err
}

func (c *session) packet(kind byte, body []byte, last bool) error {
	c.num++
	p := []byte{kind, 0, 0, 0, 0, 51, c.num, 0}
	if last {
		p[1] = 1
	}
	binary.BigEndian.PutUint16(p[2:], uint16(packetHead+len(body)))
	_, err := c.rw.Write(append(p, body...))
	return err
}

// serve signs in and answers until the connection ends.
func (c *session) serve() {
	c.rw = c.raw
	if c.s.opts.Encryption == Strict {
		c.rw = tls.Server(c.raw, c.s.tls)
	}
	if !c.greet() {
		return
	}
	requests := make(chan message)
	go func() {
		defer close(requests)
		for {
			m, err := c.read()
			if err != nil {
				c.interrupt()
				return
			}
			if m.kind == packetAttention && c.interrupt() {
				continue
			}
			select {
			case requests <- m:
			case <-c.ctx.Done():
				return
			}
		}
	}()
	defer func() { // the reader ends with its connection
		_ = c.raw.Close()
		for range requests {
		}
	}()
	for m := range requests {
		if c.answer(m) != nil || c.flush() != nil {
			return
		}
	}
}

// interrupt ends the statement that runs, if one does: its answer confirms that.
func (c *session) interrupt() bool {
	c.running.Lock()
	defer c.running.Unlock()
	if c.cancel == nil {
		return false
	}
	c.cancel()
	return true
}

// greet does PRELOGIN, TLS and LOGIN7 (MS-TDS 2.2.6.4, 2.2.6.5).
func (c *session) greet() bool {
	m, err := c.read()
	if err != nil || m.kind != packetPrelogin {
		return false
	}
	wants := byte(2)
	for i := 0; i+5 <= len(m.body) && m.body[i] != 0xFF; i += 5 {
		if at := int(binary.BigEndian.Uint16(m.body[i+1:])); m.body[i] == 1 && at < len(m.body) {
			wants = m.body[at]
		}
	}
	says := map[Encryption]byte{Optional: 0, Required: 1, Unsupported: 2, Strict: 1}[c.s.opts.Encryption]
	switch {
	case c.s.opts.Encryption == Optional && wants != 0: // on, or none at all
		says = wants
	case c.s.opts.Encryption == Required && wants == 2: // must be on, which the client cannot
		says = 3
	}
	// version 16.0, encryption
	_ = c.write([]byte{0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xFF, 16, 0, 0, 0, 0, 0, says})
	if c.flush() != nil || says == 3 {
		return false
	}
	if says < 2 && c.s.opts.Encryption != Strict {
		wrapped := &handshake{Conn: c.raw, c: c}
		secure := tls.Server(wrapped, c.s.tls)
		if secure.HandshakeContext(context.Background()) != nil {
			return false
		}
		wrapped.over = true
		c.rw = secure
	}
	if m, err = c.read(); err != nil || m.kind != packetLogin {
		return false
	}
	if says == 0 { // the login alone was encrypted
		c.rw = c.raw
	}
	return c.login(m.body)
}

// handshake carries TLS in packets of PRELOGIN until it is over.
type handshake struct {
	net.Conn
	c    *session
	left []byte
	over bool
}

func (h *handshake) Read(b []byte) (int, error) {
	if h.over {
		return h.Conn.Read(b)
	}
	if len(h.left) == 0 {
		m, err := h.c.read()
		if err != nil {
			return 0, err
		}
		h.left = m.body
	}
	n := copy(b, h.left)
	h.left = h.left[n:]
	return n, nil
}

func (h *handshake) Write(b []byte) (int, error) {
	if h.over {
		return h.Conn.Write(b)
	}
	return len(b), h.c.packet(packetPrelogin, b, true)
}

// login checks name, password and database.
func (c *session) login(b []byte) bool {
	field := func(at int) string {
		if len(b) < at+4 {
			return ""
		}
		from, n := int(binary.LittleEndian.Uint16(b[at:])), int(binary.LittleEndian.Uint16(b[at+2:]))*2
		if len(b) < from+n {
			return ""
		}
		data := append([]byte(nil), b[from:from+n]...)
		if at == 44 { // the password: each byte with its halves changed, and 0xA5
			for i, x := range data {
				x ^= 0xA5
				data[i] = x<<4 | x>>4
			}
		}
		return fromUCS2(data)
	}
	user, password, database := field(40), field(44), field(68)
	if user != User || password != Password {
		_ = c.fault(18456, 14, fmt.Sprintf("Login failed for user '%s'.", user))
	} else if database != Database && database != "" {
		_ = c.fault(4060, 11, fmt.Sprintf("Cannot open database %q requested by the login. The login failed.", database))
		_ = c.fault(18456, 14, fmt.Sprintf("Login failed for user '%s'.", user))
	} else {
		_ = c.write(envChange(1, toBVarchar(Database), toBVarchar("master")))
		_ = c.write(envChange(4, toBVarchar("4096"), toBVarchar("4096")))
		name := toBVarchar("Microsoft SQL Server")
		ack := append([]byte{1, 0x74, 0, 0, 4}, name...)
		ack = append(ack, 16, 0, 0, 0)
		_ = c.write(sized(0xAD, ack))
		_ = c.done(0xFD, 0, 0)
		return c.flush() == nil
	}
	_ = c.done(0xFD, doneError, 0)
	_ = c.flush()
	return false
}

// Bits of DONE.
const (
	doneMore      = 1
	doneError     = 2
	doneCount     = 0x10
	doneAttention = 0x20
)

func (c *session) done(token byte, status uint16, rows uint64) error {
	b := []byte{token}
	b = binary.LittleEndian.AppendUint16(b, status)
	b = binary.LittleEndian.AppendUint16(b, 0xC1)
	return c.write(binary.LittleEndian.AppendUint64(b, rows))
}

// fault is an ERROR (MS-TDS 2.2.7.10).
func (c *session) fault(number uint32, class byte, msg string) error {
	b := binary.LittleEndian.AppendUint32(nil, number)
	b = append(b, 1, class)
	b = append(b, toUSVarchar(msg)...)
	b = append(b, toBVarchar("tdstest")...)
	b = append(b, 0)
	return c.write(sized(0xAA, binary.LittleEndian.AppendUint32(b, 1)))
}

// sized is a token with its length.
func sized(token byte, b []byte) []byte {
	return append(binary.LittleEndian.AppendUint16([]byte{token}, uint16(len(b))), b...)
}

func envChange(kind byte, now, before []byte) []byte {
	return sized(0xE3, append(append([]byte{kind}, now...), before...))
}

func toUCS2(s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}

func fromUCS2(b []byte) string {
	var out []uint16
	for ; len(b) > 1; b = b[2:] {
		out = append(out, binary.LittleEndian.Uint16(b))
	}
	return string(utf16.Decode(out))
}

func toBVarchar(s string) []byte {
	u := toUCS2(s)
	return append([]byte{byte(len(u) / 2)}, u...)
}

func toUSVarchar(s string) []byte {
	u := toUCS2(s)
	return append(binary.LittleEndian.AppendUint16(nil, uint16(len(u)/2)), u...)
}

// answer answers a request.
func (c *session) answer(m message) error {
	body := m.body
	if m.kind != packetAttention { // transaction and activity, which are not looked at
		if len(body) < 4 || int(binary.LittleEndian.Uint32(body)) > len(body) {
			return errors.New("a request without its headers")
		}
		body = body[binary.LittleEndian.Uint32(body):]
	}
	switch m.kind {
	case packetBatch:
		return c.run(fromUCS2(body), nil, 0xFD)
	case packetRPC:
		text, args, err := readRPC(body)
		if err != nil {
			return err
		}
		return c.run(text, args, 0xFE)
	case packetTransaction:
		return c.transaction(body)
	case packetAttention: // nothing ran any more
		return c.done(0xFD, doneAttention, 0)
	}
	return fmt.Errorf("a packet of kind %d", m.kind)
}

// transaction begins or ends one (MS-TDS 2.2.6.9).
func (c *session) transaction(b []byte) error {
	if len(b) < 2 {
		return errors.New("a request of no kind")
	}
	id := []byte{8, 1, 0, 0, 0, 0, 0, 0, 0}
	switch kind := binary.LittleEndian.Uint16(b); kind {
	case 5:
		_ = c.write(envChange(8, id, []byte{0}))
	case 7, 8:
		if kind == 7 {
			c.s.mu.Lock()
			c.s.committed++
			c.s.mu.Unlock()
		}
		_ = c.write(envChange(byte(kind)+2, []byte{0}, id))
	default:
		return fmt.Errorf("a transaction request of kind %d", kind)
	}
	return c.done(0xFD, 0, 0)
}

// run runs a statement and sends its rows.
func (c *session) run(text string, args []any, end byte) error {
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel()
	c.running.Lock()
	c.cancel = cancel
	c.running.Unlock()
	c.s.mu.Lock()
	c.s.said = append(c.s.said, text)
	c.s.mu.Unlock()
	if word, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(text)), " "); word == "SET" || word == "USE" {
		return c.done(end, 0, 0) // what clients say before they ask
	}
	n, err := uint64(0), error(nil)
	for i, part := range strings.Split(text, "\nSELECT ") { // several statements, as far as tests need them
		if i > 0 {
			part = "SELECT " + part
			if err = c.done(end, doneCount|doneMore, n); err != nil {
				return err
			}
		}
		if n, err = c.rows(ctx, part, args); err != nil {
			break
		}
	}
	c.running.Lock()
	c.cancel = nil
	ended := ctx.Err() != nil
	c.running.Unlock()
	var cut cutError
	switch {
	case errors.As(err, &cut):
		return err
	case ended:
		c.s.mu.Lock()
		c.s.cancelled++
		c.s.mu.Unlock()
		return c.done(0xFD, doneAttention, 0)
	case err != nil:
		number, msg := uint32(50000), strings.Split(err.Error(), "\n")[0]
		for part, code := range map[string]uint32{"Divide by zero": 8134, "Referenced column": 207, "Parser Error": 102} {
			if strings.Contains(msg, part) {
				number = code
			}
		}
		if _, rest, ok := strings.Cut(msg, "Table with name "); ok {
			name, _, _ := strings.Cut(rest, " ")
			number, msg = 208, "Invalid object name '"+name+"'."
		}
		if err := c.fault(number, 16, msg); err != nil {
			return err
		}
		return c.done(end, doneError, 0)
	}
	return c.done(end, doneCount, n)
}
