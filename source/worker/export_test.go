package worker

import (
	"context"

	"inlay/query"
)

// RunText runs SQL that package query would not make.
func (s *Source) RunText(ctx context.Context, st Statement) (query.Rows, error) {
	return s.run(ctx, st)
}

// Processes are the ids of the processes of a pool.
func (p *Pool) Processes() []int {
	p.mu.Lock()
	defer p.mu.Unlock()
	var ids []int
	for w := range p.all {
		ids = append(ids, w.cmd.Process.Pid)
	}
	return ids
}
