package duckdb

import (
	"context"
	"time"

	"github.com/duckdb/duckdb-go/v2/mapping"
)

// again is when a statement that goes on is interrupted once more: the engine forgets an interrupt
// that comes before the statement begins.
const again = 100 * time.Millisecond

// interrupt interrupts what runs on a connection when ctx ends, until stop is called. When stop has
// returned the connection is not touched any more and may be closed.
func interrupt(ctx context.Context, c mapping.Connection) (stop func()) {
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-over:
			return
		case <-ctx.Done():
		}
		next := time.NewTicker(again)
		defer next.Stop()
		for {
			mapping.Interrupt(c)
			select {
			case <-over:
				return
			case <-next.C:
			}
		}
	}()
	return func() {
		close(over)
		<-ended
	}
}
