package duckdb

import (
	"fmt"
	"runtime/debug"
)

// guarded ends what it calls with an error where that would end the process: a refresh meets data
// that nobody has seen before, and the server has other things to do. The stack is for the log.
func guarded(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f()
}
