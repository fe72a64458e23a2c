package query

import (
	"crypto/sha256"
	"math"
	"slices"
	"strconv"
	"sync"

	"inlay/dax"
)

// best reads no more groups than the question's limit leaves, where the source can order them:
// where one statement computes all, and what comes first in the order is a column of it that SQL
// compares as DAX does. The source's order decides nothing more: groups that are alike in it are
// put in order here, and if more are alike than were read, ok is false and all have to be read.
func (a *answer) best(p *plan, batches []*batch, groups []column) (out results, ok bool, err error) {
	by, ok := a.first(p, batches, groups)
	if !ok {
		return out, false, nil
	}
	cut := *batches[0]
	cut.cut = true
	most := a.q.Limit + 1 + a.q.Limit/8 + 50
	word := " NULLS FIRST"
	if by.descending {
		word = " DESC NULLS LAST"
	}
	end := strconv.Itoa(by.column+1) + word + " LIMIT " + strconv.Itoa(most)
	cut.stmt.sql += " ORDER BY " + end
	if cut.stmt.alone != "" {
		cut.stmt.alone += " ORDER BY " + end
	}
	out, m, err := a.gather(p, []*batch{&cut}, groups)
	if err != nil || m.parts[0].read < most {
		return out, true, err
	}
	// Those that were not read are not before the last one.
	out.total = nil
	last, better := m.parts[0].last[by.column], 0
	for _, row := range out.rows {
		v := row[by.at]
		if math.IsNaN(v.Float()) {
			return results{}, false, nil
		}
		n := order(v, last)
		if n < 0 && !by.descending || n > 0 && by.descending {
			better++
		}
	}
	return out, better > a.q.Limit, nil
}

// firstKey is what groups are ordered by first.
type firstKey struct {
	sortKey
	column int // of the statement
}

// first finds it; ok is false if the source cannot order by it.
func (a *answer) first(p *plan, batches []*batch, groups []column) (by firstKey, ok bool) {
	if a.q.Limit <= 0 || len(groups) == 0 || len(batches) != 1 || len(batches[0].groups) < len(groups) || !p.blankOverNothing() {
		return by, false
	}
	keys, err := a.sortKeys()
	if err != nil {
		return by, false // it is reported where rows are sorted
	}
	by.sortKey, by.column = keys[0], keys[0].at
	if value := by.at - len(groups); value >= 0 {
		leaf, ok := p.trees[value].(*slot)
		if !ok {
			return by, false
		}
		by.column = len(groups) + slices.Index(batches[0].leaves, leaf.index)
	}
	switch batches[0].stmt.types[by.column] {
	case dax.Int64, dax.Decimal, dax.DateTime:
		return by, true
	case dax.Double: // what is no number comes last in SQL, and would not be seen here
		return by, by.descending
	}
	return by, false
}

// read runs the statement of a batch: the cheaper one first, if there is one and it was not seen to
// fail, which is known of this statement with these values alone.
func (p *plan) read(b *batch) ([][]dax.Value, error) {
	if b.stmt.alone == "" || !b.cut {
		return p.c.run(b.stmt)
	}
	key := b.stmt.alone + tupleKey(b.stmt.args)
	if !p.c.e.several.has(key) {
		s := b.stmt
		s.sql, s.types = s.alone, append(slices.Clip(s.types), dax.Boolean)
		rows, err := p.c.run(s)
		if err != nil || len(rows) == 0 || rows[0][len(s.types)-1] != dax.BoolOf(true) {
			for i := range rows {
				rows[i] = rows[i][:len(s.types)-1]
			}
			return rows, err
		}
		p.c.e.several.add(key)
	}
	return p.c.run(b.stmt)
}

// seen is hashes of texts that were seen, a bounded number of them.
type seen struct {
	mu    sync.Mutex
	texts map[[sha256.Size]byte]bool
}

const mostSeen = 1000

func (s *seen) has(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.texts[sha256.Sum256([]byte(text))]
}

func (s *seen) add(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.texts == nil || len(s.texts) >= mostSeen {
		s.texts = map[[sha256.Size]byte]bool{}
	}
	s.texts[sha256.Sum256([]byte(text))] = true
}
