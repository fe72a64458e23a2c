package admission

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"inlay"
)

// asked is a question of a test.
type asked struct {
	name  string
	leave func()
	err   error
}

// run enters questions in an order, each waiting before the next comes, and gives the order in
// which they get a slot, each leaving at once.
func order(q *Queue, paths ...string) string {
	hold, err := q.Enter(context.Background(), "holder")
	if err != nil {
		return err.Error()
	}
	got := make(chan asked, len(paths))
	for i, p := range paths {
		go func() {
			leave, err := q.Enter(context.Background(), strings.Split(p, "/")...)
			got <- asked{fmt.Sprint(p, i), leave, err}
		}()
		synctest.Wait()
	}
	hold()
	var out []string
	for range paths {
		a := <-got
		if a.err != nil {
			return a.err.Error()
		}
		out = append(out, a.name)
		a.leave()
		synctest.Wait()
	}
	return strings.Join(out, " ")
}

func TestTurns(t *testing.T) {
	for name, c := range map[string]struct{ paths, want string }{
		"one after the other":               {"a a a", "a0 a1 a2"},
		"tenants in turn":                   {"a a a b c b", "a0 b3 c4 a1 b5 a2"},
		"below a tenant in turn":            {"a/x a/x a/y b a/x", "a/x0 b3 a/y2 a/x1 a/x4"},
		"many below count no more than one": {"a/1 a/2 a/3 b/1 b/1", "a/10 b/13 a/21 b/14 a/32"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if got := order(New(Options{Slots: 1, Waiting: 10}), strings.Fields(c.paths)...); got != c.want {
					t.Errorf("got  %s\nwant %s", got, c.want)
				}
			})
		})
	}
}

func TestCancelledLeavesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(Options{Slots: 1, Waiting: 2})
		leave, err := q.Enter(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := q.Enter(ctx, "b"); !errors.Is(err, context.DeadlineExceeded) || inlay.KindOf(err) != inlay.Limit {
			t.Errorf("err = %v", err)
		}
		if c := q.Counts(); c.Waiting != 0 || c.Running != 1 || c.GivenUp != 1 {
			t.Errorf("counts = %+v", c)
		}
		leave()
		leave() // twice is once
		if c := q.Counts(); c.Running != 0 {
			t.Errorf("counts = %+v", c)
		}
	})
}

// TestFull: a full queue refuses, says when to come again, and makes room for who has fewer waiting.
func TestFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(Options{Slots: 1, Waiting: 4})
		leave, _ := q.Enter(t.Context(), "noisy")
		time.Sleep(3 * time.Second)
		leave()
		leave, _ = q.Enter(t.Context(), "noisy")
		results := make(chan error, 9)
		enter := func(name string) {
			go func() {
				leave, err := q.Enter(context.Background(), name)
				if err == nil {
					leave()
				}
				results <- err
			}()
			synctest.Wait()
		}
		for range 5 {
			enter("noisy")
		}
		refused := func(err error) {
			t.Helper()
			var e *inlay.Error
			if !errors.As(err, &e) || e.Rule != RuleBusy || e.RetryAfter != 15*time.Second {
				t.Errorf("err = %v, %+v", err, e)
			}
		}
		refused(<-results) // the fifth: 5 times 3 s
		enter("quiet")     // takes the place of the fourth
		refused(<-results)
		if c := q.Counts(); c.Waiting != 4 || c.Refused != 2 {
			t.Errorf("counts = %+v", c)
		}
		leave()
		for range 4 {
			if err := <-results; err != nil {
				t.Errorf("one that waited: %v", err)
			}
		}
	})
}

// TestNobodyHasAllSlots: a tenant alone has all of them; as long as another asks, one stays free.
func TestNobodyHasAllSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(Options{Slots: 2, Waiting: 9})
		enter := func(name string) (leave func()) {
			t.Helper()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			leave, err := q.Enter(ctx, name)
			if err != nil {
				return nil
			}
			return leave
		}
		one, two := enter("noisy"), enter("noisy")
		if one == nil || two == nil {
			t.Fatal("a tenant alone does not have all slots")
		}
		one()
		enter("quiet")()
		if again := enter("noisy"); again != nil {
			t.Error("all slots, while another asks")
		}
		quiet := enter("quiet")
		if quiet == nil {
			t.Fatal("no slot for who asks now and then")
		}
		quiet()
		time.Sleep(recent)
		if again := enter("noisy"); again == nil {
			t.Error("not all slots, although nobody else asks any more")
		}
	})
}

// TestTurnKeepsCount: whatever comes and goes, nobody is lost and sizes are right.
func TestTurnKeepsCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var root turn
		var in []*ticket
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0, 1:
				k := &ticket{path: rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), 2, 2).Draw(t, "path")}
				root.push(k)
				in = append(in, k)
			case 2:
				blocked := rapid.SampledFrom([]string{"a", ""}).Draw(t, "blocked")
				k := root.pop(func(n string) bool { return n != blocked })
				if k == nil {
					for _, k := range in {
						if k.path[0] != blocked {
							t.Fatalf("nobody is called, and %v waits", k.path)
						}
					}
					continue
				}
				in = without(t, in, k)
			case 3:
				if k := root.last(); k != nil {
					if !root.remove(k) || root.remove(k) {
						t.Fatal("it was removed not once")
					}
					in = without(t, in, k)
				}
			}
			if root.size != len(in) {
				t.Fatalf("size %d, %d wait", root.size, len(in))
			}
		}
	})
}

func without(t *rapid.T, in []*ticket, k *ticket) []*ticket {
	for i, x := range in {
		if x == k {
			return append(in[:i:i], in[i+1:]...)
		}
	}
	t.Fatalf("%v was not waiting", k.path)
	return nil
}
