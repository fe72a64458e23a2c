package query

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"

	"inlay/dax"
	"inlay/model"
)

// span is the keys of the rows of a table that a role shows, where a comparison says it all: none,
// one, or whole numbers without a gap. An engine that is given it reads less of a large table than
// one that has to look each row's key up.
type span struct {
	none    bool
	lo, hi  dax.Value
	compact bool // every key between is one of them
}

// spans are those that an engine found, by what was asked. The rows behind it do not change.
type spans struct {
	mu    sync.Mutex
	found map[[sha256.Size]byte]span
}

const (
	// leastSpanned is how many rows a table has for which it pays to ask for the keys beforehand.
	leastSpanned = 50_000
	// mostSpans is how many answers are kept, of some 200 bytes each.
	mostSpans = 20_000
)

// partners is the condition that a row's key is that of a row beyond an edge which a role shows;
// restricted is false if that shows all of them.
func (c *compiler) partners(r *model.Role, s *scope, e *edge, on map[*model.Table]bool) (in string, restricted bool, err error) {
	near, far := e.at(s.base)
	outer, early := c.args, c.spanned(r, near, far)
	if early { // a statement of its own, which counts its values from the first
		c.args = nil
	}
	o, restricted, err := c.shown(r, far, e, on)
	if early && err == nil && restricted {
		var keys span
		if keys, err = o.span(far); err == nil && (keys.none || keys.compact) {
			c.args = outer
			return c.within(c.key(s.alias, near), keys), true, nil
		}
	}
	if early && (len(outer) > 0 || !restricted) {
		c.args = outer
	}
	if err != nil || !restricted {
		return "", false, err
	}
	if early && len(outer) > 0 {
		if o, _, err = c.shown(r, far, e, on); err != nil {
			return "", false, err
		}
	}
	return c.key(s.alias, near) + " IN (SELECT " + c.key(o.alias, far) + o.sql() + ")", true, nil
}

// shown is the rows of the table of a column that a role shows, reached over an edge.
func (c *compiler) shown(r *model.Role, of column, came *edge, on map[*model.Table]bool) (o *scope, restricted bool, err error) {
	o = c.open(of.t, true, nil)
	o.from = c.e.d.Quote(of.t.Name)
	cond, restricted, err := c.under(r, o, came, on)
	o.where = append(o.where, cond)
	return o, restricted, err
}

// within is the condition that a key is in a span.
func (c *compiler) within(key string, s span) string {
	switch {
	case s.none:
		return "FALSE"
	case s.lo == s.hi:
		return key + " = " + c.bind(s.lo)
	}
	return "(" + key + " BETWEEN " + c.bind(s.lo) + " AND " + c.bind(s.hi) + ")"
}

// spanned reports whether it may pay to ask for the keys first: of a large table, in rows that a
// refresh stored and nothing changes, under a role whose filters do not change by themselves.
func (c *compiler) spanned(r *model.Role, near, far column) bool {
	e := c.e.entire()
	if c.dry || c.policy || c.told || e.stats.Load() == nil || !calculated(e.d) || near.c.Type != far.c.Type {
		return false
	}
	switch far.c.Type {
	case dax.Int64, dax.DateTime, dax.String:
	default:
		return false
	}
	known := e.stats.Load().Table(near.t.Name)
	if known == nil || known.Rows < leastSpanned {
		return false
	}
	one := &compiler{e: e, roles: []*model.Role{r}}
	return !e.traits(one.filters()).changes
}

// span asks for the keys of the rows of a scope.
func (s *scope) span(far column) (span, error) {
	c := s.c
	key, e := c.key(s.alias, far), c.e.entire()
	text := "SELECT MIN(" + key + "), MAX(" + key + "), COUNT(DISTINCT " + key + ")" + s.sql()
	id := sha256.Sum256(fmt.Appendf(nil, "%s\x00%#v", text, c.args))
	e.spans.mu.Lock()
	found, ok := e.spans.found[id]
	e.spans.mu.Unlock()
	if ok {
		return found, nil
	}
	rows, err := c.run(Statement{sql: text, args: c.args, types: []dax.Type{far.c.Type, far.c.Type, dax.Int64}})
	if err != nil {
		return span{}, err
	}
	if len(rows) == 1 {
		found = spanOf(rows[0][0], rows[0][1], rows[0][2].Int())
	}
	e.spans.mu.Lock()
	defer e.spans.mu.Unlock()
	if e.spans.found == nil || len(e.spans.found) >= mostSpans {
		e.spans.found = map[[sha256.Size]byte]span{}
	}
	e.spans.found[id] = found
	return found, nil
}

// longestKey is the longest text that is kept.
const longestKey = 100

// spanOf is the span of so many keys with a least and a greatest.
func spanOf(lo, hi dax.Value, n int64) span {
	if lo.IsBlank() || hi.IsBlank() {
		return span{none: n == 0}
	}
	s := span{lo: lo, hi: hi}
	switch lo.Type() {
	case dax.Int64:
		s.compact = n > 0 && uint64(hi.Int())-uint64(lo.Int()) == uint64(n)-1
	case dax.DateTime:
		s.compact = n == 1
	case dax.String: // a text with a zero may not reach every engine whole
		s.compact = n == 1 && len(lo.Text()) <= longestKey && !strings.Contains(lo.Text(), "\x00")
	}
	if !s.compact {
		return span{}
	}
	return s
}
