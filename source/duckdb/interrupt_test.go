package duckdb

import (
	"context"
	"database/sql/driver"
	"testing"

	duck "github.com/duckdb/duckdb-go/v2"
)

// A connection may be closed as soon as what interrupts it has been stopped, whenever its context
// ended: a server whose engine is told otherwise dies.
func TestInterruptEndsBeforeItsConnection(t *testing.T) {
	connector, err := duck.NewConnector("", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := connector.Close(); err != nil {
			t.Error(err)
		}
	}()
	for i := range 400 {
		conn, err := connector.Connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		c, err := connection(conn)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		stop := interrupt(ctx, c)
		if i%2 == 0 {
			go cancel()
		}
		if _, err := conn.(driver.ExecerContext).ExecContext(t.Context(), "SELECT 1", nil); err != nil && ctx.Err() == nil {
			t.Fatal(err)
		}
		cancel()
		stop()
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
