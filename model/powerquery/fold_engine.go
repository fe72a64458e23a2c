package powerquery

import (
	"context"
	"strconv"
	"strings"

	"inlay/model/powerquery/syntax"
)

// These stand in a statement for the table function that reads the file; NumberedPlace for one
// that gives a column RowNumber besides, from 0.
const (
	FilePlace     = "\x00file\x00"
	NumberedPlace = "\x00numbered file\x00"
	RowNumber     = "file_row_number"
)

// Selector is a Reader that can run one SELECT of the data engine over a file.
type Selector interface {
	// Select runs a statement in which a place stands for the file, with its values bound.
	Select(ctx context.Context, b Blob, sql string, args []any) (Cells, error)
}

// fold begins a relation over a Parquet file, where the reader runs statements.
func (o *parquetOp) fold(*relation) *relation {
	sel, ok := o.c.ev.cfg.Parquet.(Selector)
	if !ok {
		return nil
	}
	// Columns are written with their table: ORDER BY takes a bare name for one that the SELECT gives.
	r := &relation{run: &engine{op: o, sel: sel}, from: NumberedPlace + " AS f", row: "f." + RowNumber, limit: -1}
	for _, col := range o.cols {
		if strings.EqualFold(col.Name, RowNumber) {
			r.from, r.row = FilePlace+" AS f", ""
		}
		r.cols = append(r.cols, relColumn{name: col.Name, expr: "f." + r.run.Quote(col.Name), class: classOf(col.Type.Name), float: col.Type.Name == "number"})
	}
	return r
}

func (o *parquetOp) blob() (Blob, error) { return o.c.blob(0) }

func (o *parquetOp) origin() *call { return o.c }

// engine runs relations over a file in the data engine.
type engine struct {
	op  *parquetOp
	sel Selector
}

// Quote writes an identifier.
func (*engine) Quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Placeholder is a question mark.
func (*engine) Placeholder(int, any) string { return "?" }

func (*engine) exact(string) bool { return true }

func (*engine) notNaN(expr string) string { return " AND NOT isnan(CAST(" + expr + " AS DOUBLE))" }

func (e *engine) cells(ctx context.Context, sql string, args []any) (Cells, error) {
	b, err := e.op.blob()
	if err != nil {
		return nil, err
	}
	cells, err := e.sel.Select(ctx, b, sql, args)
	if err != nil {
		b.close()
		return nil, err
	}
	return blobCells{cells, b}, nil
}

// Selection is a table that is one SELECT of the data engine over a file, and conversions of its
// columns. Whoever can bring it into a model faster than Rows may do it.
type Selection struct {
	SQL     string // FilePlace or NumberedPlace stands for the file
	Args    []any
	Width   int          // columns that the SELECT gives
	Columns []TextColumn // of the table; At is which of them

	op *parquetOp
}

// Open opens the file, inside the project's folder as Rows does. Close what it gives.
func (s *Selection) Open() (Blob, func(), error) {
	b, err := s.op.blob()
	return b, b.close, err
}

// Selection is the table as one statement of the data engine, nil if it is something else.
func (p *Plan) Selection() *Selection {
	if p.ev.cfg.NoFolding {
		return nil
	}
	f := p.t.textFile()
	if f == nil || f.rel == nil || !f.rel.inFile() {
		return nil
	}
	return &Selection{SQL: f.rel.sql(), Args: f.rel.args, Width: f.Width, Columns: f.Columns, op: f.rel.run.(*engine).op}
}

// inFile tells whether the relation is one of the data engine over a file.
func (r *relation) inFile() bool {
	_, ok := r.run.(*engine)
	return ok
}

// inEngine tells whether the relation runs in the data engine, whose order and equality are
// those of M. A database sorts and groups by its own rules of text.
func (r *relation) inEngine() bool {
	_, ok := r.run.(*engine)
	return ok && r.limit < 0 && r.offset == 0
}

// nest makes the relation the source of another.
func (r *relation) nest() *relation {
	out := *r
	out.where, out.order, out.group, out.distinct = nil, nil, nil, false
	out.cols = append([]relColumn(nil), r.cols...)
	names := make([]string, len(out.cols)) // the engine does not tell those of M apart that differ in case
	for i := range out.cols {
		names[i] = "c" + strconv.Itoa(i)
		out.cols[i].expr = "s." + names[i]
	}
	out.from, out.row = "("+r.sql()+") AS s("+strings.Join(names, ", ")+")", ""
	out.mixed = true
	return &out
}

// fold sorts in the data engine: null before everything, as Power Query does, and rows with equal
// keys in the order in which they came.
func (s *sortOp) fold(in *relation) *relation {
	if !in.inEngine() || len(in.order) > 0 || in.row == "" && !in.mixed {
		return nil
	}
	for _, k := range s.keys {
		if k.at < 0 || in.cols[k.at].class == "" || in.cols[k.at].float {
			return nil
		}
		in.order = append(in.order, in.cols[k.at].expr+map[bool]string{false: " ASC NULLS FIRST", true: " DESC NULLS LAST"}[k.desc])
	}
	if in.row != "" {
		in.order = append(in.order, in.row)
	}
	return in
}

// fold leaves equal rows out in the data engine.
func (o *distinctOp) fold(in *relation) *relation {
	if !o.all || !in.inEngine() || len(in.order) > 0 || len(in.cols) == 0 {
		return nil
	}
	for _, c := range in.cols {
		if c.class == "" || c.float {
			return nil
		}
	}
	out := in.nest()
	out.distinct = true
	return out.nest()
}

// fold groups in the data engine, where all aggregations are ones that it computes exactly.
func (o *groupOp) fold(in *relation) *relation {
	if !in.inEngine() || len(in.order) > 0 || len(o.at) == 0 {
		return nil
	}
	out := in.nest()
	var cols []relColumn
	for _, i := range o.at {
		c := out.cols[i]
		if c.class == "" || c.float {
			return nil
		}
		out.group = append(out.group, c.expr)
		cols = append(cols, c)
	}
	for _, a := range o.aggs {
		expr, class := out.aggregate(a.f)
		if expr == "" {
			return nil
		}
		cols = append(cols, relColumn{name: a.name, expr: expr, class: class})
	}
	out.cols = cols
	return out.nest()
}

// aggregate is each List.Sum([x]) and its kin in SQL; empty if it is something else.
func (r *relation) aggregate(f Value) (expr, class string) {
	if b, ok := f.ref.(*builtin); ok && b.name == "Table.RowCount" {
		return "count(*)", "number"
	}
	fn, ok := f.ref.(*closure)
	if !ok || len(fn.fn.Params) != 1 || fn.fn.Params[0].Name != "_" {
		return "", ""
	}
	call, ok := fn.fn.Body.(*syntax.Call)
	if !ok || len(call.Args) != 1 {
		return "", ""
	}
	name, ok := call.Func.(*syntax.Name)
	if !ok || fn.env.shadows(name.Name) {
		return "", ""
	}
	if n, isName := call.Args[0].(*syntax.Name); isName && n.Name == "_" && name.Name == "Table.RowCount" {
		return "count(*)", "number"
	}
	field, ok := call.Args[0].(*syntax.Field)
	if !ok || field.X != nil || field.Optional {
		return "", ""
	}
	for _, c := range r.cols {
		if c.name != field.Name || c.class == "" || c.float {
			continue
		}
		switch {
		case name.Name == "List.Min":
			return "min(" + c.expr + ")", c.class
		case name.Name == "List.Max":
			return "max(" + c.expr + ")", c.class
		case name.Name == "List.Sum" && c.class == "number":
			return "sum(" + c.expr + ")", ""
		}
	}
	return "", ""
}

// shadows tells whether a scope gives a name of the library another meaning.
func (s *scope) shadows(name string) bool {
	for ; s != nil; s = s.parent {
		if _, ok := s.steps[name]; ok {
			return true
		}
		for _, n := range s.names {
			if n == name {
				return true
			}
		}
	}
	return false
}
