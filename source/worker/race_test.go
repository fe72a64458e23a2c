//go:build race

package worker_test

// underRace: the race detector takes address space of its own, more than a worker may have.
const underRace = true
