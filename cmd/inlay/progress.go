package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"inlay"
)

// progress shows how far a refresh is: one line that is written over on a terminal, and a line
// for each partition that is done.
type progress struct {
	to    io.Writer
	live  bool // a terminal
	parts []inlay.RefreshPart
	at    map[[2]string]int
	shown bool // a line stands there that will be written over
}

func newProgress(to logWriter) *progress {
	p := &progress{to: to.Writer, at: map[[2]string]int{}}
	if f, ok := to.Writer.(*os.File); ok {
		st, err := f.Stat()
		p.live = err == nil && st.Mode()&os.ModeCharDevice != 0
	}
	return p
}

// refresh takes all partitions of a refresh.
func (p *progress) refresh(r inlay.Refresh) {
	for _, x := range r.Parts {
		p.part(x)
	}
}

// part takes one partition.
func (p *progress) part(x inlay.RefreshPart) {
	key := [2]string{x.Table, x.Partition}
	i, ok := p.at[key]
	if !ok {
		i = len(p.parts)
		p.at[key] = i
		p.parts = append(p.parts, inlay.RefreshPart{})
	}
	before := p.parts[i].State
	p.parts[i] = x
	if x.State != before && (x.State == "Done" || x.State == "Kept") {
		p.clear()
		fmt.Fprintln(p.to, line(x))
	}
	if p.live {
		p.clear()
		fmt.Fprint(p.to, p.status())
		p.shown = true
	}
}

// end removes what is not to stay.
func (p *progress) end() { p.clear() }

func (p *progress) clear() {
	if p.shown {
		fmt.Fprint(p.to, "\r\x1b[K")
		p.shown = false
	}
}

// line says what came of a partition.
func line(x inlay.RefreshPart) string {
	s := fmt.Sprintf("  %-40s %12s rows", partName(x), grouped(x.Rows))
	if x.State == "Kept" {
		return s + "  kept"
	}
	if x.Bytes > 0 {
		s += "  " + size(x.Bytes)
	}
	if x.Elapsed >= 100*time.Millisecond {
		s += fmt.Sprintf("  %s rows/s", grouped(int64(float64(x.Rows)/x.Elapsed.Seconds())))
	}
	return s
}

// partName leaves out the name of a partition that says nothing more than the table's.
func partName(x inlay.RefreshPart) string {
	if strings.HasPrefix(x.Partition, x.Table) || x.Partition == "" {
		return x.Table
	}
	return x.Table + " / " + x.Partition
}

// status is the line about everything.
func (p *progress) status() string {
	done := 0
	var rows, bytes, total int64
	var left, rate float64
	var now []string
	for _, x := range p.parts {
		rows += x.Rows
		switch x.State {
		case "Done", "Kept":
			done++
		case "Reading":
			now = append(now, partName(x))
			bytes, total = bytes+x.Bytes, total+x.Size
			left = max(left, x.Remaining.Seconds())
			if x.Elapsed > 0 {
				rate += float64(x.Rows) / x.Elapsed.Seconds()
			}
		}
	}
	s := fmt.Sprintf("%d of %d partitions, %s rows", done, len(p.parts), grouped(rows))
	if rate > 0 {
		s += fmt.Sprintf(", %s rows/s", grouped(int64(rate)))
	}
	if total > 0 {
		s += fmt.Sprintf(", %s of %s", size(bytes), size(total))
	}
	if left >= 1 {
		s += fmt.Sprintf(", about %s left", time.Duration(left*float64(time.Second)).Round(time.Second))
	}
	if names := strings.Join(now, ", "); names != "" {
		s += ": " + names
	}
	if r := []rune(s); len(r) > 100 {
		s = string(r[:99]) + "…"
	}
	return s
}

// grouped writes a number with commas.
func grouped(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func size(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f kB", float64(n)/1e3)
}
