package database

import (
	"context"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// gather is a connection that is read in large pieces. PostgreSQL sends a few kilobytes at once, and who
// reads them as they come goes to sleep and is woken for each of them, which cost a tenth of the
// CPU of an import. So once much has come, and all of it was read, a moment passes before the next
// look: the system keeps what comes meanwhile, and its buffers do not fill up in that time.
type gather struct {
	net.Conn
	buf      []byte
	from, to int // what of buf is there
	total    int64
	drained  bool // the last piece was all that was there
}

const (
	gatherSize  = 256 << 10
	gatherAfter = 1 << 20 // bytes, before which nobody waits
	gatherPause = 500 * time.Microsecond
)

// gathering dials connections that gather.
func gathering(dial pgconn.DialFunc) pgconn.DialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &gather{Conn: c, buf: make([]byte, gatherSize)}, nil
	}
}

// Read gives what is there.
func (c *gather) Read(to []byte) (int, error) {
	if c.from == c.to {
		if c.drained && c.total > gatherAfter {
			time.Sleep(gatherPause)
		}
		n, err := c.Conn.Read(c.buf)
		if n == 0 {
			return 0, err
		}
		c.from, c.to, c.total, c.drained = 0, n, c.total+int64(n), n < len(c.buf)/2 // another error comes again
	}
	n := copy(to, c.buf[c.from:c.to])
	c.from += n
	return n, nil
}
