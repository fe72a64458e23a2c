package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"inlay/scenario"
)

// TestMain is the program itself where the tests start it once more.
func TestMain(m *testing.M) {
	asWorker := len(os.Args) == 2 && os.Args[1] == "worker" // started by a server of these tests
	if os.Getenv("INLAY_TEST_AS_PROGRAM") != "" || asWorker {
		if err := run(context.Background(), os.Args[1:], os.Stdout, os.Stderr); err != nil {
			fmt.Fprintln(os.Stderr, "inlay:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// program runs the command in a process of its own.
func program(t *testing.T, args ...string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Env = append(os.Environ(), "INLAY_TEST_AS_PROGRAM=1")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("inlay %s: %v\n%s%s", strings.Join(args, " "), err, out, errs.String())
	}
	return string(out)
}

const board = `A story.
-- world --
workspace Sales
dataset Orders in Sales
  table Orders: Id, Amount
    1 | 10
  measure Total = SUM(Orders[Amount])
report Board in Sales on Orders
  card: [Total]
app shop member of Sales
-- request --
as shop
POST /v1.0/myorg/GenerateToken
{"reports": [{"id": "$Board"}], "datasets": [{"id": "$Orders"}]}
-- response --
200 OK
-- show --
Board
-- rows --
card
  10
-- show --
Board
-- rows --
403 PowerBINotAuthorizedException (token-revoked): the embed token was revoked
-- show --
Board
-- rows --
403 InvalidToken (token-readable): the embed token is not valid
`

// TestBesideAServer runs the commands as people do, in a process of their own, while a server
// answers. Nothing tells the server: it must notice by itself.
func TestBesideAServer(t *testing.T) {
	story, err := scenario.ParseStory([]byte(board))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	b, err := scenario.Open(t.Context(), dir, story.World, new(bytes.Buffer))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	data := "--data=" + filepath.Join(dir, "data")
	generate, works, revoked, unreadable := story.Steps[:1], story.Steps[1:2], story.Steps[2:3], story.Steps[3:4]
	run := func(what string, steps []scenario.Step) {
		t.Helper()
		if err := b.Run(steps); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	// until asks again and again. The bound that is promised is a second; a machine that is
	// busy with other tests gets more.
	until := func(what string, steps []scenario.Step) {
		t.Helper()
		start := time.Now()
		for err = b.Run(steps); err != nil && time.Since(start) < 20*time.Second; {
			err = b.Run(steps)
		}
		if err != nil {
			t.Fatalf("after %s: %v", what, err)
		}
		t.Logf("%s was seen after %v", what, time.Since(start))
	}
	for _, args := range [][]string{
		{"--tenant"}, {"--principal", b.ID("shop")}, {"--workspace", b.ID("Sales")}, {"--report", b.ID("Board")}, {"--dataset", b.ID("Orders")}, {"--token", "${tokenId}"},
	} {
		run("generate", generate)
		run("before "+args[0], works)
		if len(args) > 1 && args[1] == "${tokenId}" {
			args[1] = b.ID("${tokenId}")
		}
		if out := program(t, append([]string{"tokens", "revoke", data}, args...)...); !strings.HasPrefix(out, "revoked ") {
			t.Errorf("it prints %q", out)
		}
		until(strings.Join(args, " "), revoked)
	}
	run("generate", generate)
	run("afterwards", works)
	if out := program(t, "keys", "rotate", data); strings.Count(out, "\n") != 5 || !strings.Contains(out, "waiting") {
		t.Errorf("keys rotate prints\n%s", out)
	}
	run("after a rotation", works)
	first := regexp.MustCompile(`(?m)^(\d+) +sealing`).FindStringSubmatch(program(t, "keys", "list", data))
	if first == nil {
		t.Fatal("no key seals")
	}
	if out := program(t, "keys", "withdraw", data, first[1]); strings.Contains(out, first[1]) {
		t.Errorf("keys withdraw prints\n%s", out)
	}
	until("keys withdraw", unreadable)
	run("generate", generate)
	run("with the new key", works)
}
