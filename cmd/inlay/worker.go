package main

import (
	"context"

	"inlay/server"
)

// workerCommand is a process of the data engine, which the server starts.
type workerCommand struct{}

// Run serves the server that started this process until that is gone.
func (workerCommand) Run(ctx context.Context) error { return server.Work(ctx) }
