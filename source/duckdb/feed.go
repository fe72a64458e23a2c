package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"time"

	mapping "github.com/duckdb/duckdb-go-bindings"
	duck "github.com/duckdb/duckdb-go/v2"
	"golang.org/x/sync/semaphore"

	"inlay/dax"
)

// feeds are rows on their way from Go into the engine. Statements read them as a table,
// inlay_feed(id), so that what orders, converts and stores rows is one statement, wherever the
// rows come from.
type feeds struct {
	mu   sync.Mutex
	next int64
	open map[int64]*feed
}

const feedFunction = "inlay_feed"

// register makes the table function known to an instance.
func (f *feeds) register(ctx context.Context, c *duck.Connector) error {
	db := sql.OpenDB(unclosed{c})
	defer func() { _ = db.Close() }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	bigint, err := duck.NewTypeInfo(duck.TYPE_BIGINT)
	if err != nil {
		return err
	}
	return duck.RegisterTableUDF(conn, feedFunction, duck.ChunkTableFunction{
		Config: duck.TableFunctionConfig{Arguments: []duck.TypeInfo{bigint}},
		BindArguments: func(_ map[string]any, args ...any) (duck.ChunkTableSource, error) {
			id, _ := args[0].(int64)
			f.mu.Lock()
			defer f.mu.Unlock()
			if x := f.open[id]; x != nil {
				return x, nil
			}
			return nil, fmt.Errorf("no rows are fed as %d", id)
		},
	})
}

// unclosed keeps sql.DB from closing a connector that others use.
type unclosed struct{ driver.Connector }

// add gives a feed its id; remove it when the statement has ended.
func (f *feeds) add(x *feed) (id int64, remove func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.open == nil {
		f.open = map[int64]*feed{}
	}
	f.next++
	id = f.next
	f.open[id] = x
	return id, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.open, id)
	}
}

// feed gives batches to the engine in their order. It ends when full is closed.
type feed struct {
	ctx         context.Context
	types       []dax.Type
	infos       []duck.ColumnInfo
	full, empty chan *batch
	made        int                 // batches, by who fills them
	room        *semaphore.Weighted // bytes that may wait for the engine
	first       []*batch            // that were looked at before the statement began
	taken       func(*batch)        // is told of each batch that was handed over
	learnt      []sketch            // of the columns
}

// What waits for the engine is about what it stores at once, a group of rows: while it packs one,
// the next is read. It is bounded by bytes as well.
const (
	mostWaiting = 64
	waitingRoom = 16 << 20
	keptBatches = 6 // which keep the room that they needed for text
	sparedText  = 64 << 10
)

func newFeed(ctx context.Context, types []dax.Type, taken func(*batch)) (*feed, error) {
	f := &feed{ctx: ctx, types: types, full: make(chan *batch, mostWaiting), empty: make(chan *batch, mostWaiting+2),
		room: semaphore.NewWeighted(waitingRoom), taken: taken, learnt: newSketches(len(types))}
	for i, t := range types {
		info, err := engineType(t)
		if err != nil {
			return nil, err
		}
		f.infos = append(f.infos, duck.ColumnInfo{Name: fmt.Sprint("c", i), T: info})
	}
	return f, nil
}

// idle is how long a statement that waits for rows is left alone.
const idle = 2 * time.Millisecond

// run runs a statement that reads the feed. The driver would ask the engine without a pause
// whether there is something to do, while one of the engine's threads waits for rows: that takes
// a processor from who makes them.
func (f *feed) run(ctx context.Context, conn driver.Conn, sql string) error {
	c, err := connection(conn)
	if err != nil {
		return err
	}
	var stmt mapping.PreparedStatement
	defer mapping.DestroyPrepare(&stmt)
	if mapping.Prepare(c, sql, &stmt) == mapping.StateError {
		return errors.New(mapping.PrepareError(stmt))
	}
	defer interrupt(ctx, c)()
	var pending mapping.PendingResult
	defer mapping.DestroyPending(&pending)
	if mapping.PendingPrepared(stmt, &pending) == mapping.StateError {
		return errors.New(mapping.PendingError(pending))
	}
	pause := time.NewTicker(idle)
	defer pause.Stop()
	for {
		switch mapping.PendingExecuteTask(pending) {
		case mapping.PendingStateNoTasksAvailable:
			<-pause.C
		case mapping.PendingStateResultNotReady:
		case mapping.PendingStateResultReady:
			var res mapping.Result
			defer mapping.DestroyResult(&res)
			if mapping.ExecutePending(pending, &res) == mapping.StateError {
				return errors.New(mapping.ResultError(&res))
			}
			return nil
		default:
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return errors.New(mapping.PendingError(pending))
		}
	}
}

// next waits for a batch to fill.
func (f *feed) next(ctx context.Context) (*batch, error) {
	if len(f.empty) == 0 && f.made < cap(f.empty) {
		f.made++
		b := newBatch(f.types)
		b.spare = f.made > keptBatches
		return b, ctx.Err()
	}
	select {
	case b := <-f.empty:
		b.clear()
		return b, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// give hands a filled batch over; none without rows arrives, which would be the end.
func (f *feed) give(ctx context.Context, b *batch) error {
	to := f.full
	if b.n == 0 {
		to = f.empty
	} else {
		for i := range b.cols {
			f.learnt[i].add(&b.cols[i], b.n)
		}
		b.held = b.size()
		if err := f.room.Acquire(ctx, b.held); err != nil {
			return err
		}
	}
	select {
	case to <- b:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// engineType is the type in which a column is handed over. A fixed decimal has 18 digits: more
// would go through 128 bits; see errWide.
func engineType(t dax.Type) (duck.TypeInfo, error) {
	switch t {
	case dax.Boolean:
		return duck.NewTypeInfo(duck.TYPE_BOOLEAN)
	case dax.Int64:
		return duck.NewTypeInfo(duck.TYPE_BIGINT)
	case dax.Double:
		return duck.NewTypeInfo(duck.TYPE_DOUBLE)
	case dax.Decimal:
		return duck.NewDecimalInfo(18, 4)
	case dax.DateTime:
		return duck.NewTypeInfo(duck.TYPE_TIMESTAMP)
	}
	return duck.NewTypeInfo(duck.TYPE_VARCHAR)
}

// ColumnInfos are the columns c0, c1, ….
func (f *feed) ColumnInfos() []duck.ColumnInfo { return f.infos }

// Cardinality is not known.
func (f *feed) Cardinality() *duck.CardinalityInfo { return nil }

// Init has nothing to prepare.
func (f *feed) Init() {}

// FillChunk hands a batch over.
func (f *feed) FillChunk(chunk duck.DataChunk) error {
	b, err := f.take(f.ctx)
	if err != nil {
		return err
	}
	if b == nil {
		return chunk.SetSize(0)
	}
	t, err := targetOf(&chunk, len(f.types))
	if err == nil {
		err = t.fill(b)
	}
	if err != nil {
		return err
	}
	f.taken(b)
	f.room.Release(b.held)
	f.empty <- b
	return nil
}

// peek waits until some batches are full, or all that come are. They are taken later.
func (f *feed) peek(ctx context.Context, many int) error {
	for len(f.first) < many {
		select {
		case b := <-f.full:
			if b == nil { // the end, which take finds again
				return nil
			}
			f.room.Release(b.held) // lest there be none for the next
			b.held = 0
			f.first = append(f.first, b)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// take waits for a batch that is full; none is the end.
func (f *feed) take(ctx context.Context) (b *batch, err error) {
	if len(f.first) > 0 {
		b, f.first = f.first[0], f.first[1:]
		return b, nil
	}
	select {
	case b = <-f.full:
		return b, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// errWide says that a fixed decimal has more than 18 digits, so that its table is filled again
// with columns that hold 19.
var errWide = errors.New("a fixed decimal has more than 18 digits")
