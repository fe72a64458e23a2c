package embedtoken

import (
	"container/list"
	"crypto/sha256"
	"sync"
)

// Bounds of the cache, so that tokens cannot fill the memory: of all entries, of one, and
// what an entry takes beside the length of its token. In bytes, roughly.
const (
	cacheBytes = 16 << 20
	cacheToken = 32 << 10
	cacheEntry = 1 << 10
)

// cache remembers opened tokens by their SHA-256, the most recently used ones. It holds no
// token. Its grants are as the tokens say; whether they are still good is not its business.
type cache struct {
	mu    sync.Mutex
	bytes int
	order *list.List // of *opened, most recently used first
	byKey map[cacheKey]*list.Element
}

type cacheKey [sha256.Size]byte

type opened struct {
	key   cacheKey
	grant Grant
	size  int
}

func newCache() *cache {
	return &cache{order: list.New(), byKey: map[cacheKey]*list.Element{}}
}

func (c *cache) key(token string) cacheKey { return sha256.Sum256([]byte(token)) }

func (c *cache) get(k cacheKey) (Grant, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.byKey[k]
	if !ok {
		return Grant{}, false
	}
	c.order.MoveToFront(e)
	return e.Value.(*opened).grant, true
}

func (c *cache) put(k cacheKey, g Grant, size int) {
	size += cacheEntry
	if size > cacheToken {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.byKey[k]; ok {
		return
	}
	c.byKey[k] = c.order.PushFront(&opened{key: k, grant: g, size: size})
	for c.bytes += size; c.bytes > cacheBytes; {
		e := c.order.Back()
		o := c.order.Remove(e).(*opened)
		delete(c.byKey, o.key)
		c.bytes -= o.size
	}
}
