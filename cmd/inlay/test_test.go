package main

import (
	"bytes"
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestStatusOfStories holds with which status the program ends, and what continuous integration
// reads.
func TestStatusOfStories(t *testing.T) {
	clean(t)
	for folder, want := range map[string]struct{ status, failures, errors, tests int }{
		"good": {0, 0, 0, 1}, "failing": {1, 1, 0, 3}, "unreadable": {2, 0, 2, 3}, "none": {status: 2},
	} {
		t.Run(folder, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "junit.xml")
			got := 0
			if err := run(t.Context(), []string{"test", "testdata/stories/" + folder, "--junit", file}, io.Discard, io.Discard); err != nil {
				got = status(err)
			}
			if got != want.status {
				t.Errorf("it ends with %d, want %d", got, want.status)
			}
			text, err := os.ReadFile(file)
			if want.tests == 0 {
				if err == nil {
					t.Error("there are results of no stories")
				}
				return
			}
			var suite struct {
				Tests    int `xml:"tests,attr"`
				Failures int `xml:"failures,attr"`
				Errors   int `xml:"errors,attr"`
				Cases    []struct {
					Name    string  `xml:"name,attr"`
					Failure *string `xml:"failure"`
					Error   *string `xml:"error"`
				} `xml:"testcase"`
			}
			if err := xml.Unmarshal(text, &suite); err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			failures, errors := 0, 0
			for _, c := range suite.Cases {
				if c.Failure != nil {
					failures++
					if !strings.Contains(*c.Failure, "East | 20") {
						t.Errorf("%s does not say what differs: %s", c.Name, *c.Failure)
					}
				}
				if c.Error != nil {
					errors++
				}
			}
			if len(suite.Cases) != want.tests || suite.Tests != want.tests || suite.Failures != want.failures || failures != want.failures || suite.Errors != want.errors || errors != want.errors {
				t.Errorf("%s", text)
			}
		})
	}
}

// TestHowtoIsTrue holds that the example of docs/howto/test-roles.md is the story that the tests
// run, with what it prints.
func TestHowtoIsTrue(t *testing.T) {
	clean(t)
	howto, err := os.ReadFile("../../docs/howto/test-roles.md")
	if err != nil {
		t.Fatal(err)
	}
	story, err := os.ReadFile("testdata/stories/good/sellers.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"test", "testdata/stories/good"}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{string(story), out.String()} {
		if !strings.Contains(string(howto), strings.TrimSpace(want)) {
			t.Errorf("docs/howto/test-roles.md does not show\n%s", want)
		}
	}
}
