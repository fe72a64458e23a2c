package powerquery

import (
	"os"
	"slices"

	"inlay/model/powerquery/csvfile"
	"inlay/model/powerquery/culture"
)

// TextFile is a table that is a file of separated text and nothing more: rows are its lines,
// columns are chosen and typed. Whoever can read such a file faster than Rows may do it.
type TextFile struct {
	csvfile.Options
	Width   int          // values of a line
	Skip    int          // lines before the first row
	Columns []TextColumn // those of the table, in its order

	op  *csvOp    // nil where it is a relation
	rel *relation // of the data engine or a database, whose columns stand for the values of a line
}

// TextColumn is a column of a TextFile.
type TextColumn struct {
	At      int              // which value of a line
	Type    string           // of M, into which the text is converted; empty: it stays text
	Culture *culture.Culture // of the conversion
	Name    string           // that the column has where it is converted
}

// Open opens the file, inside the project's folder as Rows does. Close it.
func (f *TextFile) Open() (*os.File, error) {
	file, err := f.op.file.open(f.op.at)
	if err != nil {
		return nil, f.op.c.refuse(0, err)
	}
	return file, nil
}

// Name is the file as the project has it.
func (f *TextFile) Name() string { return f.op.at.String() }

// TextFile is the table as a file of separated text, nil if it is something else.
func (p *Plan) TextFile() *TextFile {
	if p.ev.cfg.NoFolding {
		return nil
	}
	if f := p.t.textFile(); f != nil && f.op != nil {
		return f
	}
	return nil
}

func (t *table) textFile() *TextFile {
	if r := t.relation(); r != nil {
		if len(r.cols) == 0 {
			return nil
		}
		f := &TextFile{Width: len(r.cols), rel: r}
		for i := range r.cols {
			f.Columns = append(f.Columns, TextColumn{At: i})
		}
		return f
	}
	switch o := t.op.(type) {
	case *csvOp:
		if o.at.in == nil {
			return nil
		}
		f := &TextFile{Options: o.opt, Width: o.width, op: o}
		for i := range o.width {
			f.Columns = append(f.Columns, TextColumn{At: i})
		}
		return f
	case *step:
		if o.flat == nil {
			return nil
		}
		if f := o.in.textFile(); f != nil {
			return o.flat(f)
		}
	case *whereOp:
		if f := o.in.textFile(); f != nil && f.rel != nil && f.rel.inFile() {
			return f.filter(o)
		}
	}
	return nil
}

// filter puts a condition behind conversions before them, where it means the same: it looks at
// columns whose values stay what they are.
func (f *TextFile) filter(o *whereOp) *TextFile {
	now := f.rel.clone()
	now.cols = make([]relColumn, len(f.Columns))
	for i, c := range f.Columns {
		now.cols[i] = f.rel.cols[c.At]
		if now.cols[i].name = o.in.cols[i].Name; c.Type != "" && classOf(c.Type) != now.cols[i].class {
			now.cols[i].class = ""
		}
	}
	if now = now.filter(o.c, o.f); now == nil || now.loose {
		return nil
	}
	now.cols = f.rel.cols
	out := *f
	out.rel = now
	return &out
}

// unchanged is a step that gives columns other names.
func (f *TextFile) unchanged() *TextFile { return f }

// behindHeader leaves the first row out.
func (f *TextFile) behindHeader() *TextFile {
	if f.rel != nil {
		return nil
	}
	for _, c := range f.Columns {
		if c.Type != "" {
			return nil
		}
	}
	f.Skip++
	return f
}

// pick chooses columns.
func (f *TextFile) pick(at []int) *TextFile {
	cols := make([]TextColumn, len(at))
	for i, j := range at {
		cols[i] = f.Columns[j]
	}
	f.Columns = cols
	return f
}

// convert gives columns of a table types. What has a type already would be converted twice.
func (f *TextFile) convert(t *table, at []int, types []string, c *culture.Culture) *TextFile {
	f.Columns = slices.Clone(f.Columns)
	for j, i := range at {
		col := &f.Columns[i]
		switch {
		case types[j] == "any", types[j] == "text" && col.Type == "" && f.rel == nil:
		case col.Type != "":
			return nil
		default:
			col.Type, col.Culture, col.Name = types[j], c, t.cols[i].Name
		}
	}
	return f
}
