package admission

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"inlay"
)

// Rules of this package.
const (
	RuleBusy    = "busy"
	RuleTooLate = "busy-deadline"
)

// Options say how much a queue lets through.
type Options struct {
	Slots   int // questions that run at once; at least 1
	Waiting int // that wait at most; 64 if zero
	Now     func() time.Time
}

// recent is how long a tenant counts as one that asks: as long as there is another, nobody has
// all slots, so that who asks now and then does not wait for the long questions of one.
const recent = 10 * time.Second

// Queue admits questions. It is safe for concurrent use.
type Queue struct {
	o Options

	mu      sync.Mutex
	root    turn
	running int
	tenants map[string]*tenant
	service time.Duration // how long a slot is held, of late
	counts  Counts
}

// tenant is one who asks.
type tenant struct {
	running int
	seen    time.Time
}

// Counts are what a queue has and did, for metrics.
type Counts struct {
	Running, Waiting   int
	Admitted, Refused  uint64
	GivenUp            uint64 // left the queue, because they were cancelled or too late
	Service, LongestIn time.Duration
}

// New makes a queue.
func New(o Options) *Queue {
	o.Slots = max(1, o.Slots)
	if o.Waiting <= 0 {
		o.Waiting = 64
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Queue{o: o, tenants: map[string]*tenant{}}
}

// Enter waits for a slot; the caller must leave it. The path says whose turn it is, the tenant
// first. It fails when too many wait, and when ctx ends before there is a slot.
func (q *Queue) Enter(ctx context.Context, path ...string) (leave func(), err error) {
	if len(path) == 0 {
		path = []string{""}
	}
	if ctx.Err() != nil {
		return nil, late(ctx)
	}
	q.mu.Lock()
	came := q.o.Now()
	q.see(path[0], came)
	k := &ticket{path: path, called: make(chan error, 1)}
	if err := q.line(k); err != nil {
		q.counts.Refused++
		q.mu.Unlock()
		return nil, err
	}
	q.call()
	q.mu.Unlock()
	select {
	case err := <-k.called:
		if err != nil {
			return nil, err
		}
	case <-ctx.Done():
		q.mu.Lock()
		there := q.root.remove(k)
		if there {
			q.counts.GivenUp++
		}
		q.mu.Unlock()
		if !there { // called in the same moment
			if err := <-k.called; err == nil {
				q.leave(path[0], q.o.Now(), false)
			}
		}
		return nil, late(ctx)
	}
	start := q.o.Now()
	q.mu.Lock()
	q.counts.LongestIn = max(q.counts.LongestIn, start.Sub(came))
	q.mu.Unlock()
	var once sync.Once
	return func() { once.Do(func() { q.leave(path[0], start, true) }) }, nil
}

// line puts a ticket into the queue. Where it is full, the one with most waiting gives way to
// who has fewer. The caller holds the lock.
func (q *Queue) line(k *ticket) error {
	if q.root.size >= q.o.Waiting {
		if most := q.root.longest(); most == nil || most.size <= q.root.waits(k.path[0])+1 {
			return q.busy()
		}
		out := q.root.last()
		out.called <- q.busy()
		q.root.remove(out)
		q.counts.Refused++
	}
	q.root.push(k)
	return nil
}

// call gives free slots to who is next. The caller holds the lock.
func (q *Queue) call() {
	now := q.o.Now()
	for q.running < q.o.Slots {
		k := q.root.pop(func(name string) bool { return q.may(name, now) })
		if k == nil {
			return
		}
		q.running++
		q.tenants[k.path[0]].running++
		q.counts.Admitted++
		k.called <- nil
	}
}

// may reports whether a tenant may have one more slot.
func (q *Queue) may(name string, now time.Time) bool {
	if q.tenants[name].running < q.o.Slots-1 || q.o.Slots == 1 {
		return true
	}
	for other, t := range q.tenants {
		if other != name && now.Sub(t.seen) < recent {
			return false
		}
	}
	return true
}

// see notes that a tenant asks, and forgets those who have not for long. The caller holds the
// lock.
func (q *Queue) see(name string, now time.Time) {
	t := q.tenants[name]
	if t == nil {
		for n, old := range q.tenants {
			if old.running == 0 && now.Sub(old.seen) >= recent && q.root.waits(n) == 0 {
				delete(q.tenants, n)
			}
		}
		t = &tenant{}
		q.tenants[name] = t
	}
	t.seen = now
}

func (q *Queue) leave(name string, start time.Time, ran bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.o.Now()
	q.running--
	t := q.tenants[name]
	t.running--
	t.seen = now
	if took := max(0, now.Sub(start)); ran && q.service == 0 {
		q.service = took
	} else if ran {
		q.service += (took - q.service) / 8
	}
	q.call()
}

// busy is the refusal of a full queue.
func (q *Queue) busy() error {
	after := time.Duration(math.Ceil((q.service * time.Duration(q.root.size+1) / time.Duration(q.o.Slots)).Seconds())) * time.Second
	after = min(max(after, time.Second), time.Minute)
	return &inlay.Error{Kind: inlay.Unavailable, Rule: RuleBusy, Msg: "too many questions are waiting",
		Remedy: fmt.Sprintf("ask again in %d seconds", int(after.Seconds())), RetryAfter: after}
}

// late is the error of a question whose time ended in the queue.
func late(ctx context.Context) error {
	e := &inlay.Error{Kind: inlay.Limit, Rule: RuleTooLate, Msg: "the question was cancelled while it waited for its turn"}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		e.Msg, e.Remedy = "the question waited for its turn longer than it may", "ask again in a moment"
	}
	return errors.Join(e, ctx.Err())
}

// Counts are what the queue has and did.
func (q *Queue) Counts() Counts {
	q.mu.Lock()
	defer q.mu.Unlock()
	c := q.counts
	c.Running, c.Waiting, c.Service = q.running, q.root.size, q.service
	return c
}
