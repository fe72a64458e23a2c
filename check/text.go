package check

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"inlay/model"
	"inlay/model/lint"
)

// width is that of the lines of text.
const width = 110

// Text writes the result for a reader.
func (r *Result) Text(w io.Writer) error {
	var b strings.Builder
	r.head(&b)
	for _, x := range r.Roles {
		role(&b, x)
	}
	help := map[string]string{} // by rule
	for _, x := range Rules() {
		help[x.ID] = x.Help
	}
	var look, rest []lint.Finding
	for _, f := range r.Findings {
		if f.Level == lint.Note {
			rest = append(rest, f)
		} else {
			look = append(look, f)
		}
	}
	if len(look) > 0 {
		fmt.Fprintf(&b, "\nTo look at (%d)\n", len(look))
	}
	for _, f := range look {
		fmt.Fprintf(&b, "\n  %-8s %s  %s\n", f.Level, f.Rule, at(f.Place))
		wrap(&b, f.Message, "           ")
		caret(&b, r.Lines[f.Place], f.Place.Column, "           ")
		wrap(&b, help[f.Rule], "           → ")
	}
	if len(rest) > 0 {
		fmt.Fprintf(&b, "\nNot understood or not supported, and refused when it is asked for (%d)\n", len(rest))
	}
	file := ""
	for _, f := range rest { // those of a file stand together
		if f.Place.File != file {
			file = f.Place.File
			fmt.Fprintf(&b, "\n  %s\n", plain(file))
		}
		line := strconv.Itoa(max(1, f.Place.Line))
		if f.Place.Column > 0 {
			line += ":" + strconv.Itoa(f.Place.Column)
		}
		wrap(&b, f.Message, fmt.Sprintf("    %5s  ", line))
	}
	b.WriteString("\n" + r.Summary() + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// caret shows a line, or what of it fits, with a caret below a column.
func caret(b *strings.Builder, line string, column int, lead string) {
	text := []rune(strings.ReplaceAll(plain(strings.ReplaceAll(line, "\t", " ")), "\n", " "))
	if column < 1 || column > len(text)+1 || len(text) == 0 {
		return
	}
	from := len(text) - len([]rune(strings.TrimLeft(string(text), " ")))
	if from > column-1 {
		from = column - 1
	}
	room := width - len([]rune(lead)) - 2
	if column-from > room*2/3 {
		from = column - room*2/3
	}
	shown := strings.TrimRight(string(text[from:min(len(text), from+room)]), " ")
	fmt.Fprintf(b, "%s| %s\n%s| %s^\n", lead, shown, lead, strings.Repeat(" ", column-1-from))
}

// head says what was read.
func (r *Result) head(b *strings.Builder) {
	fmt.Fprintf(b, "%s\n", plain(r.Name))
	if r.File != "" {
		fmt.Fprintf(b, "  project  %s\n", plain(r.File))
	}
	if m := r.Model; m != nil {
		fmt.Fprintf(b, "  model    %s\n           %s, %s, %s, %s\n", plain(m.Path), count(m.Tables, "table"), count(m.Measures, "measure"), count(m.Relationships, "relationship"), count(m.All, "role"))
	}
	for _, x := range r.Reports {
		fmt.Fprintf(b, "  report   %s\n           %s, %s\n", plain(x.Path), count(x.Pages, "page"), count(x.Visuals, "visual"))
	}
}

// role says what a role does.
func role(b *strings.Builder, x lint.Role) {
	fmt.Fprintf(b, "\nRole %s  %s\n", plain(x.Name), at(x.Place))
	if len(x.Filters)+len(x.Hidden) == 0 {
		b.WriteString("  filters   nothing\n")
	}
	for _, f := range x.Filters {
		wrap(b, f.Table+" where "+strings.Join(strings.Fields(f.DAX), " "), "  filters   ")
	}
	for _, list := range []struct {
		word  string
		names []string
	}{{"  hides     ", x.Hidden}, {"  reaches   ", x.Reaches}, {"  all rows  ", x.Open}} {
		if len(list.names) > 0 {
			wrap(b, strings.Join(list.names, ", "), list.word)
		}
	}
}

// Summary is one line.
func (r *Result) Summary() string {
	if len(r.Findings) == 0 {
		return "nothing to look at"
	}
	var parts []string
	for _, x := range []struct {
		level lint.Level
		word  string
	}{{lint.Error, "error"}, {lint.Warning, "warning"}, {lint.Note, "note"}} {
		if n := r.Count(x.level); n > 0 {
			parts = append(parts, count(n, x.word))
		}
	}
	return strings.Join(parts, ", ")
}

func count(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

func at(p model.Place) string {
	switch {
	case p.Line > 0 && p.Column > 0:
		return fmt.Sprintf("%s:%d:%d", plain(p.File), p.Line, p.Column)
	case p.Line > 0:
		return fmt.Sprintf("%s:%d", plain(p.File), p.Line)
	}
	return plain(p.File)
}

// plain keeps what a project says from steering a terminal.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '\ufffd'
		}
		return r
	}, s)
}

// wrap writes text in lines that fit. The first begins with lead, the others below its end.
func wrap(b *strings.Builder, text, lead string) {
	left := width - len([]rune(lead))
	indent := strings.Repeat(" ", len([]rune(lead)))
	for line := range strings.Lines(plain(text)) {
		var out string
		for _, w := range strings.Fields(line) {
			if out != "" && len([]rune(out))+1+len([]rune(w)) > left {
				b.WriteString(lead + out + "\n")
				lead, out = indent, ""
			}
			out = strings.TrimPrefix(out+" "+w, " ")
		}
		if out != "" {
			b.WriteString(lead + out + "\n")
			lead = indent
		}
	}
}
