package worker

import (
	"log/slog"
	"slices"
	"sync"
)

// shelf holds the open files of a worker, the one used last at the end.
type shelf struct {
	engine Engine
	limits Limits
	most   int
	memory func() int64

	mu   sync.Mutex // held while a statement runs
	open []volume
}

type volume struct {
	file string
	data Data
}

func newShelf(e Engine, s setup, memory func() int64) *shelf {
	return &shelf{engine: e, limits: s.Limits, most: max(1, s.Open), memory: memory}
}

// use gives an open file, opening it if need be. The caller calls done after the statement.
func (s *shelf) use(file string) (data Data, done func(), err error) {
	s.mu.Lock()
	defer func() {
		if err != nil {
			s.mu.Unlock()
		}
	}()
	i := slices.IndexFunc(s.open, func(v volume) bool { return v.file == file })
	// Each file has a cache of its own in the engine, and the limit is that of all together.
	if i >= 0 {
		v := s.open[i]
		s.open = append(slices.Delete(s.open, i, i+1), v)
		for len(s.open) > 1 && s.memory() > s.limits.Memory/4 {
			s.drop(0)
		}
		return v.data, s.mu.Unlock, nil
	}
	for len(s.open) >= s.most || len(s.open) > 0 && s.memory() > s.limits.Memory/4 {
		s.drop(0)
	}
	d, err := s.engine.Open(file, s.limits)
	if err != nil {
		return nil, nil, err
	}
	s.open = append(s.open, volume{file, d})
	return d, s.mu.Unlock, nil
}

// close closes a file if it is open.
func (s *shelf) close(file string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.IndexFunc(s.open, func(v volume) bool { return v.file == file }); i >= 0 {
		s.drop(i)
	}
}

func (s *shelf) drop(i int) {
	if err := s.open[i].data.Close(); err != nil {
		slog.Error("close a data file", "error", err)
	}
	s.open = slices.Delete(s.open, i, i+1)
}
