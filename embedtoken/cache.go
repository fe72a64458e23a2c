package embedtoken

import (
	"container/list"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"sync"
)

// Bounds of the cache, so that tokens cannot fill the memory: of all entries, of one, and
// what an entry takes beside the length of its token. In bytes, roughly.
const (
	cacheBytes = 16 << 20
	cacheToken = 32 << 10
	cacheEntry = 1 << 10
)

// cache remembers opened tokens by a keyed hash, the most recently used ones. It holds no
// token. Its grants are as the tokens say; whether they are still good is not its business.
type cache struct {
	mac   cipher.AEAD
	texts sync.Pool // of *[]byte
	mu    sync.Mutex
	bytes int
	order *list.List // of *opened, most recently used first
	byKey map[cacheKey]*list.Element
}

type cacheKey [16]byte

type opened struct {
	key    cacheKey
	grant  Grant
	sealed uint32 // id of the key that has sealed it
	size   int
}

func newCache() (*cache, error) {
	secret := make([]byte, 32)
	rand.Read(secret) // never fails
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	mac, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return &cache{mac: mac, order: list.New(), byKey: map[cacheKey]*list.Element{}}, nil
}

// key is the GCM tag of the token under a key of this process, with a nonce that never
// changes. As a signature that would be broken; as a hash whose values nobody sees it is not:
// two texts of n bytes have the same value for about n/16 of 2^128 keys. SHA-256 takes five
// times as long where the processor has no instructions for it.
func (c *cache) key(token string) cacheKey {
	text, ok := c.texts.Get().(*[]byte)
	if !ok {
		text = new([]byte)
	}
	*text = append((*text)[:0], token...)
	var k cacheKey
	var nonce [12]byte
	copy(k[:], c.mac.Seal((*text)[len(*text):], nonce[:], nil, *text))
	clear(*text)
	if cap(*text) <= cacheToken {
		c.texts.Put(text)
	}
	return k
}

func (c *cache) get(k cacheKey) (opened, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.byKey[k]
	if !ok {
		return opened{}, false
	}
	c.order.MoveToFront(e)
	return *e.Value.(*opened), true
}

func (c *cache) put(o opened) {
	o.size += cacheEntry
	if o.size > cacheToken {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.byKey[o.key]; ok {
		return
	}
	c.byKey[o.key] = c.order.PushFront(&o)
	for c.bytes += o.size; c.bytes > cacheBytes; {
		e := c.order.Back()
		o := c.order.Remove(e).(*opened)
		delete(c.byKey, o.key)
		c.bytes -= o.size
	}
}
