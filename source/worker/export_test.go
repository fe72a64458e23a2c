package worker

import (
	"context"

	"inlay/query"
)

// RunText runs SQL that package query would not make.
func (s *Source) RunText(ctx context.Context, st Statement) (query.Rows, error) {
	return s.run(ctx, st)
}
