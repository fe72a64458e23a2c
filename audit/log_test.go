package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"inlay"
)

var morning = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)

// folder is a new folder for a log.
func folder(t testing.TB) string { return filepath.Join(t.TempDir(), "audit") }

func open(t testing.TB, dir string, o Options) *Log {
	t.Helper()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	l, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func shut(t testing.TB, l *Log) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// read collects all records that callers made, and fails on damage.
func read(t testing.TB, dir string, q Query) []Entry {
	t.Helper()
	var list []Entry
	for e, err := range Read(dir, q) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind != Begin && e.Kind != End {
			list = append(list, e)
		}
	}
	return list
}

func sound(t testing.TB, dir string, anchors ...Head) Report {
	t.Helper()
	r, err := Verify(dir, anchors...)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Broken {
		t.Error(f)
	}
	return r
}

// full is a record with a value in every member.
func full() Record {
	return Record{Kind: Generate, Refused: View, Operation: "EmbedToken_GenerateToken", Request: "r1", Token: "t1", Tenant: "te1",
		Principal: "p1", PrincipalKind: inlay.ServicePrincipal, Name: "Shop \"ü\" \n\x00", Workspaces: []string{"w1"}, Reports: []string{"re1", "re2"},
		Datasets: []string{"d1"}, Dashboards: []string{"da1"}, Tiles: []string{"ti1"}, Page: "pa1", Visual: "v1", Filter: "f1", Status: 200, Rule: "identity-enforced",
		Expires: morning.Add(time.Hour), Client: "192.0.2.7", Detail: "all",
		Identities: []Identity{{User: "ctx", Roles: []string{"West", "a\"b"}, CustomData: "c", Datasets: []string{"d1"}, Reports: []string{"re1"}}, {User: "ctx2"}}}
}

func TestEncodingReadsBack(t *testing.T) {
	v := reflect.ValueOf(full())
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Fatalf("the test leaves %s empty", v.Type().Field(i).Name)
		}
	}
	for _, r := range []Record{full(), {Kind: Refuse}} {
		line, hash := appendLine(nil, place{seq: 7, group: 5, prev: origin, time: morning}, r.body(nil))
		if bytes.Count(line, []byte("\n")) != 1 || bytes.IndexByte(line, 0) >= 0 {
			t.Errorf("not one line: %q", line)
		}
		e, err := parseLine(line[:len(line)-1])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(Entry{Seq: 7, Group: 5, Prev: origin, Time: morning, Record: r, Hash: hash}, e); diff != "" {
			t.Error(diff)
		}
	}
}

func TestAppendIsOnDiskWhenItReturns(t *testing.T) {
	dir := folder(t)
	l := open(t, dir, Options{})
	for i := range 20 {
		id := fmt.Sprint(i)
		if err := l.Append(t.Context(), Record{Kind: Generate, Request: id}); err != nil {
			t.Fatal(err)
		}
		list := read(t, dir, Query{})
		if len(list) != i+1 || list[i].Request != id {
			t.Fatalf("after %d records the log has %d", i+1, len(list))
		}
	}
	sound(t, dir)
	shut(t, l)
	r := sound(t, dir)
	if r.Records != 22 || len(r.Unfinished) != 0 || len(r.Heads) != 1 || r.Heads[0].Seq != 22 {
		t.Errorf("%+v", r)
	}
	if err := l.Append(t.Context(), Record{Kind: Generate}); inlay.KindOf(err) != inlay.Unavailable {
		t.Errorf("after Close: %v", err)
	}
}

func TestFilesAreForTheOwnerAlone(t *testing.T) {
	dir := folder(t)
	l := open(t, dir, Options{})
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Error("a log that recorded nothing left something")
	}
	l.Note(Record{Kind: View})
	shut(t, l)
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		info, _ := d.Info()
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
		if strings.HasSuffix(name, ".log") && info.Size() > 2000 {
			t.Errorf("%s keeps %d bytes", name, info.Size())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); inlay.KindOf(err) != inlay.Invalid || !strings.Contains(err.Error(), "chmod 700") {
		t.Errorf("a folder that others may read: %v", err)
	}
}

func TestRefusedRecords(t *testing.T) {
	l := open(t, folder(t), Options{})
	defer shut(t, l)
	for _, k := range []Kind{"", Begin, End, Gap} {
		if err := l.Append(t.Context(), Record{Kind: k}); err == nil {
			t.Errorf("kind %q was recorded", k)
		}
	}
	if err := l.Append(t.Context(), Record{Kind: Generate, Detail: strings.Repeat("x", maxBody)}); inlay.KindOf(err) != inlay.Limit {
		t.Errorf("a giant: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Append(ctx, Record{Kind: Generate}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestManyGoroutines draws how many goroutines record what, over several writers with small
// segments, and asks that nothing is lost, doubled or out of order.
func TestManyGoroutines(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir := filepath.Join(t.TempDir(), "audit")
		var want sync.Map // request id → true
		total := 0
		for w := range rapid.IntRange(1, 3).Draw(rt, "writers") {
			var now sync.Mutex
			clock := morning
			step := time.Duration(rapid.SampledFrom([]int{0, 1, 7200}).Draw(rt, "seconds")) * time.Second
			l := open(t, dir, Options{Size: int64(rapid.SampledFrom([]int{1, 3000, 1 << 20}).Draw(rt, "size")), Now: func() time.Time {
				now.Lock()
				defer now.Unlock()
				clock = clock.Add(step)
				return clock
			}})
			n, goroutines := rapid.IntRange(1, 25).Draw(rt, "records"), rapid.IntRange(1, 20).Draw(rt, "goroutines")
			var wg sync.WaitGroup
			for g := range goroutines {
				wg.Go(func() {
					for i := range n {
						id := fmt.Sprintf("%d/%03d/%03d", w, g, i)
						want.Store(id, true)
						if i%3 == 2 {
							l.Note(Record{Kind: View, Request: id})
						} else if err := l.Append(t.Context(), Record{Kind: Generate, Request: id}); err != nil {
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()
			shut(t, l)
			total += n * goroutines
		}
		r := sound(t, dir)
		list := read(t, dir, Query{})
		if len(list) != total || len(r.Unfinished) > 0 {
			rt.Fatalf("%d records of %d, %v", len(list), total, r.Unfinished)
		}
		last := map[string]string{} // by goroutine
		for i, e := range list {
			if _, ok := want.LoadAndDelete(e.Request); !ok {
				rt.Fatalf("%s is there twice, or was never given", e.Request)
			}
			g := e.Request[:5]
			if e.Request <= last[g] {
				rt.Fatalf("%s stands after %s", e.Request, last[g])
			}
			last[g] = e.Request
			if i > 0 && e.Time.Before(list[i-1].Time) {
				rt.Fatalf("record %d is older than the one before it", i)
			}
		}
	})
}

// TestSegments shows what makes a new one: the size, and the day.
func TestSegments(t *testing.T) {
	dir := folder(t)
	now := morning
	l := open(t, dir, Options{Size: 1000, Now: func() time.Time { return now }})
	for i := range 12 {
		if i == 8 {
			now = now.Add(24 * time.Hour)
		}
		if i == 10 {
			now = now.Add(-24 * time.Hour) // the clock is set back
		}
		if err := l.Append(t.Context(), Record{Kind: Generate, Request: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	shut(t, l)
	sound(t, dir)
	names, _ := writers(dir)
	list, _, err := parts(dir, names[0])
	if err != nil || len(list) < 4 {
		t.Fatalf("%v, %v", list, err)
	}
	var days []string
	for _, p := range list {
		if len(days) == 0 || days[len(days)-1] != p.day {
			days = append(days, p.day)
		}
	}
	if diff := cmp.Diff([]string{"20261121", "20261122", "20261121"}, days); diff != "" {
		t.Error(diff)
	}
	requests := func(q Query) (got []string) {
		for _, e := range read(t, dir, q) {
			got = append(got, e.Request)
		}
		return got
	}
	next := morning.Add(24 * time.Hour)
	if diff := cmp.Diff([]string{"8", "9"}, requests(Query{From: next, To: next.Add(time.Hour)})); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"0", "1", "2", "3", "4", "5", "6", "7", "10", "11"}, requests(Query{To: next})); diff != "" {
		t.Error(diff)
	}
	// "begin" is record 1, so that request 5 is record 7.
	if diff := cmp.Diff([]string{"6", "7", "8", "9", "10", "11"}, requests(Query{After: map[string]uint64{names[0]: 7}})); diff != "" {
		t.Error(diff)
	}
}

func TestAFullQueueIsRefusedAndCounted(t *testing.T) {
	dir := folder(t)
	hangs, gate := make(chan bool), make(chan bool)
	l := open(t, dir, Options{queue: 2, create: func(name string) (file, error) {
		hangs <- true // a disk that does not answer
		<-gate
		return create(name)
	}})
	first := make(chan error, 1)
	go func() { first <- l.Append(t.Context(), Record{Kind: Generate, Request: "first"}) }()
	<-hangs
	l.Note(Record{Kind: View, Request: "second"})
	l.Note(Record{Kind: View, Request: "third"})
	if err := l.Append(t.Context(), Record{Kind: Generate}); inlay.KindOf(err) != inlay.Unavailable {
		t.Errorf("a full queue took a record: %v", err)
	}
	l.Note(Record{Kind: View, Request: "lost"})
	l.Note(Record{Kind: View, Request: "lost"})
	close(gate)
	if err := <-first; err != nil {
		t.Error(err)
	}
	shut(t, l)
	var got []string
	for _, e := range read(t, dir, Query{}) {
		got = append(got, string(e.Kind)+" "+e.Request)
	}
	if diff := cmp.Diff([]string{"generate first", "gap ", "view second", "view third"}, got); diff != "" {
		t.Error(diff)
	}
	if r := sound(t, dir); r.Missed.Refused != 1 || r.Missed.Lost != 2 {
		t.Errorf("%+v", r.Missed)
	}
}

// TestACrowdSharesASync holds the disk while seven records come, which are then written together.
// Of the next ones, five are waited for, three quarters of the seven. One that comes alone after
// them would be written a millisecond after them; here, where that is an hour, when the log closes.
func TestACrowdSharesASync(t *testing.T) {
	dir := folder(t)
	hangs, gate := make(chan bool), make(chan bool)
	l := open(t, dir, Options{gather: time.Hour, create: func(name string) (file, error) {
		hangs <- true
		<-gate
		return create(name)
	}})
	var asked sync.WaitGroup
	ask := func(n int) {
		for range n {
			asked.Go(func() {
				if err := l.Append(context.Background(), Record{Kind: Generate}); err != nil {
					t.Error(err)
				}
			})
		}
	}
	queued := func(n int) {
		for {
			l.mu.Lock()
			now := l.waiting
			l.mu.Unlock()
			if now >= n {
				return
			}
			runtime.Gosched()
		}
	}
	ask(1)
	<-hangs
	ask(7)
	queued(7)
	close(gate)
	asked.Wait() // one alone, and seven together
	ask(3)
	queued(3)
	ask(2)
	asked.Wait() // five are three quarters of the seven
	ask(1)
	queued(1)
	shut(t, l)
	asked.Wait()
	groups := map[uint64]int{}
	for e := range Read(dir, Query{}) {
		if e.Kind == Generate {
			groups[e.Group]++
		}
	}
	var sizes []int
	for _, first := range slices.Sorted(maps.Keys(groups)) {
		sizes = append(sizes, groups[first])
	}
	if diff := cmp.Diff([]int{1, 7, 5, 1}, sizes); diff != "" {
		t.Error(diff)
	}
}
