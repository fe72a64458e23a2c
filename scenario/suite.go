package scenario

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Suite is what came of the stories of a folder.
type Suite struct {
	Folder  string
	Stories []Told
	Roles   []RoleUse // of the models of all worlds
}

// Told is what came of one story.
type Told struct {
	File       string // name in the folder
	Sentence   string // its first one
	Unreadable bool   // it could not be read, or its world could not be made
	Err        error  // what differs; nil if it passed
	Took       time.Duration
}

// RunFolder runs the stories of a folder, each on a server of its own. Paths of projects in a
// world are relative to the folder. The error says that there are no stories to run.
func RunFolder(ctx context.Context, folder string) (*Suite, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("read the folder of the stories: %w", err)
	}
	s := &Suite{Folder: folder}
	for _, e := range entries {
		if e.IsDir() || filepath.Ext(e.Name()) != ".txtar" {
			continue
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		start := time.Now()
		told := s.tell(ctx, e.Name())
		told.Took = time.Since(start)
		s.Stories = append(s.Stories, told)
	}
	if len(s.Stories) == 0 {
		return nil, fmt.Errorf("the folder %s has no stories: files whose names end in .txtar", folder)
	}
	return s, nil
}

// tell runs one story.
func (s *Suite) tell(ctx context.Context, name string) (t Told) {
	t = Told{File: name, Unreadable: true}
	data, err := os.ReadFile(filepath.Join(s.Folder, name))
	if err != nil {
		t.Err = err
		return t
	}
	story, err := ParseStory(data)
	if err != nil {
		t.Err = err
		return t
	}
	t.Sentence, _, _ = strings.Cut(strings.Join(strings.Fields(story.Sentence), " "), ". ")
	story.World.Base = s.Folder
	for _, step := range story.Steps {
		if step.Change != nil {
			step.Change.Base = s.Folder
		}
	}
	dir, err := os.MkdirTemp("", "inlay-test-")
	if err != nil {
		t.Err = err
		return t
	}
	defer func() { t.Err = errors.Join(t.Err, os.RemoveAll(dir)) }()
	b, err := Open(ctx, dir, story.World, io.Discard)
	if err != nil {
		t.Err = err
		return t
	}
	t.Unreadable = false
	t.Err = b.Run(story.Steps)
	s.note(b.Roles(ctx))
	t.Err = errors.Join(t.Err, b.Close())
	return t
}

// note adds the roles of a story's world. Datasets of one name in several stories count as one.
func (s *Suite) note(roles []RoleUse) {
	for _, r := range roles {
		i := slices.IndexFunc(s.Roles, func(x RoleUse) bool { return x.Dataset == r.Dataset && x.Role == r.Role })
		if i < 0 {
			s.Roles = append(s.Roles, r)
			continue
		}
		s.Roles[i].Covered = s.Roles[i].Covered || r.Covered
	}
}

// Count says how many stories passed, failed and could not be read.
func (s *Suite) Count() (passed, failed, unreadable int) {
	for _, t := range s.Stories {
		switch {
		case t.Unreadable:
			unreadable++
		case t.Err != nil:
			failed++
		default:
			passed++
		}
	}
	return passed, failed, unreadable
}

// Print writes a report for people.
func (s *Suite) Print(out io.Writer) error {
	var b bytes.Buffer
	width := 0
	for _, t := range s.Stories {
		width = max(width, len(t.File))
	}
	for _, t := range s.Stories {
		word := "ok  "
		if t.Unreadable {
			word = "BAD "
		} else if t.Err != nil {
			word = "FAIL"
		}
		fmt.Fprintln(&b, strings.TrimRight(fmt.Sprintf("%s  %-*s  %s", word, width, t.File, t.Sentence), " "))
		if t.Err != nil {
			fmt.Fprintf(&b, "      %s\n", strings.ReplaceAll(t.Err.Error(), "\n", "\n      "))
		}
	}
	passed, failed, unreadable := s.Count()
	fmt.Fprintf(&b, "\n%d passed, %d failed, %d unreadable\n", passed, failed, unreadable)
	first := true
	for _, r := range s.Roles {
		if r.Covered {
			continue
		}
		if first {
			fmt.Fprintln(&b, "\nRoles that no story covers:")
			first = false
		}
		fmt.Fprintf(&b, "  %s: %s\n", r.Dataset, r.Role)
	}
	if first && len(s.Roles) > 0 {
		fmt.Fprintf(&b, "\nEach of the %d roles is covered.\n", len(s.Roles))
	}
	_, err := out.Write(b.Bytes())
	return err
}

// The form of JUnit that continuous integration reads.
type (
	junitSuite struct {
		XMLName  xml.Name    `xml:"testsuite"`
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string     `xml:"classname,attr"`
		Name    string     `xml:"name,attr"`
		Time    string     `xml:"time,attr"`
		Failure *junitText `xml:"failure"`
		Error   *junitText `xml:"error"`
	}
	junitText struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes the results as JUnit XML.
func (s *Suite) JUnit(out io.Writer) error {
	seconds := func(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
	j := junitSuite{Name: filepath.Base(s.Folder), Tests: len(s.Stories)}
	_, j.Failures, j.Errors = s.Count()
	var all time.Duration
	for _, t := range s.Stories {
		all += t.Took
		c := junitCase{Class: j.Name, Name: strings.TrimSuffix(t.File, ".txtar"), Time: seconds(t.Took)}
		if t.Sentence != "" {
			c.Name += ": " + t.Sentence
		}
		if t.Err != nil {
			first, _, _ := strings.Cut(t.Err.Error(), "\n")
			text := &junitText{first, t.Err.Error()}
			if t.Unreadable {
				c.Error = text
			} else {
				c.Failure = text
			}
		}
		j.Cases = append(j.Cases, c)
	}
	j.Time = seconds(all)
	b, err := xml.MarshalIndent(j, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s%s\n", xml.Header, b)
	return err
}
