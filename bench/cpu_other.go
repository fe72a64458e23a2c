//go:build !unix

package main

import (
	"errors"
	"time"
)

// cpuTime is not known here; the benchmarks are about it.
func cpuTime() (time.Duration, error) {
	return 0, errors.New("CPU time of a process is read on Unix only")
}
