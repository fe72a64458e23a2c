//go:build unix

package audit

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// childFolder tells a copy of this test program to record until it is killed.
const childFolder = "INLAY_TEST_AUDIT_FOLDER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childFolder); dir != "" {
		recordForever(dir)
		return
	}
	os.Exit(m.Run())
}

// recordForever records from 16 goroutines and prints what was acknowledged, as a server hands
// out tokens.
func recordForever(dir string) {
	l, err := Open(dir, Options{Size: 200_000, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("%d-%d-%d", os.Getpid(), g, i)
				if err := l.Append(context.Background(), Record{Kind: Generate, Request: id, Token: id, Detail: strings.Repeat("x", i%700)}); err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(2)
				}
				if _, err := os.Stdout.WriteString(id + "\n"); err != nil {
					os.Exit(2)
				}
			}
		})
	}
	wg.Wait()
}

// TestKilled kills a process that records, again and again, at moments that are drawn: after
// so many acknowledgements, some of which come while it dies. Each that was received has its
// record, once.
func TestKilled(t *testing.T) {
	const rounds = 40
	dir := folder(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	draw := rand.New(rand.NewPCG(seed, 1))
	acked := map[string]bool{}
	for range rounds {
		for id := range strings.SplitSeq(runAndKill(t, dir, 1+draw.IntN(1500)), "\n") {
			if acked[id] {
				t.Fatalf("%s was acknowledged twice", id)
			}
			acked[id] = true
		}
	}
	r := sound(t, dir)
	if r.Writers != rounds || len(acked) < rounds {
		t.Errorf("%d writers, %d acknowledged", r.Writers, len(acked))
	}
	recorded, more := map[string]bool{}, 0
	for _, e := range read(t, dir, Query{}) {
		if recorded[e.Request] {
			t.Errorf("%s is recorded twice", e.Request)
		}
		recorded[e.Request] = true
		if !acked[e.Request] {
			more++
		}
	}
	for id := range acked {
		if !recorded[id] {
			t.Errorf("%s was acknowledged and is not recorded", id)
		}
	}
	t.Logf("%d acknowledged, %d recorded and not acknowledged, %d unfinished", len(acked), more, len(r.Unfinished))
}

// runAndKill answers the ids that were received whole.
func runAndKill(t *testing.T, dir string, after int) string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childFolder+"="+dir)
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(out)
	var got strings.Builder
	for n := 0; ; n++ {
		line, err := r.ReadString('\n')
		if err != nil { // a line without its end was not received
			break
		}
		got.WriteString(line)
		if n == after {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // it was killed
	if complaints.Len() > 0 {
		t.Fatal(complaints.String())
	}
	return strings.TrimSuffix(got.String(), "\n")
}
