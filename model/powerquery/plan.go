package powerquery

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"inlay"
	"inlay/model"
	"inlay/model/powerquery/culture"
	"inlay/model/powerquery/syntax"
)

// Config is what the queries of one project need.
type Config struct {
	Queries []model.Expression // parameters and shared queries
	Culture string             // of conversions that name none; empty means en-US
	Files   *Files             // nil: no file can be read
	Now     func() time.Time   // what DateTime.LocalNow tells; nil means the clock

	Workbooks Reader    // of .xlsx files; nil: none can be read
	Parquet   Reader    // of Parquet files; nil: none can be read
	Databases Databases // nil: none is dialled
	Web       Web       // nil: nothing is fetched

	MaxSteps  int64 // of the evaluation of a partition or parameter; 0 means DefaultSteps
	NoFolding bool  // every step is done here, row by row
}

// Plan is a query that was evaluated to a table: its columns are known, its rows are not read.
type Plan struct {
	ev *evaluator
	t  *table
}

// Query evaluates an expression that gives a table: a partition of a table of the model. The
// table's name and the query's appear in errors.
func Query(ctx context.Context, cfg Config, table string, part model.Partition) (*Plan, error) {
	ev, err := newEvaluator(ctx, cfg, table)
	if err != nil {
		return nil, err
	}
	v, err := ev.run(table, part.Name, part.Source)
	if err != nil {
		return nil, err
	}
	t := v.tableRef()
	if t == nil {
		return nil, &Error{Kind: inlay.Invalid, Table: table, Query: part.Name, Msg: "the query gives " + v.describe() + ", not a table"}
	}
	return &Plan{ev: ev, t: t}, nil
}

// Scalar evaluates an expression that gives one value, such as a parameter, and writes it as
// Text.From does.
func Scalar(ctx context.Context, cfg Config, name, source string) (string, error) {
	ev, err := newEvaluator(ctx, cfg, "")
	if err != nil {
		return "", err
	}
	v, err := ev.run("", name, source)
	if err != nil {
		return "", err
	}
	s, ok := toText(v, ev.culture)
	if !ok {
		return "", &Error{Kind: inlay.Invalid, Query: name, Msg: "the query gives " + v.describe() + ", which has no text"}
	}
	return s, nil
}

func newEvaluator(ctx context.Context, cfg Config, table string) (*evaluator, error) {
	if cfg.Culture == "" {
		cfg.Culture = "en-US"
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	cul, ok := culture.Find(cfg.Culture)
	if !ok {
		return nil, &Error{Kind: inlay.Unsupported, Msg: "the culture " + cfg.Culture + " of the model is not supported",
			Remedy: "supported are " + strings.Join(culture.Names(), ", ")}
	}
	ev := &evaluator{ctx: ctx, cfg: &cfg, culture: cul, queries: map[string]*thunk{}}
	for _, q := range cfg.Queries {
		src := &source{table: table, query: q.Name, text: q.Source}
		ev.queries[q.Name] = &thunk{x: &unparsed{At: syntax.At{Start: syntax.Pos{Line: 1, Column: 1}}, src: src}, env: &scope{src: src}, step: ""}
	}
	return ev, nil
}

// unparsed is a shared query that nobody has needed yet: what is not used need not be right.
type unparsed struct {
	syntax.At
	src *source
}

func (ev *evaluator) run(table, query, text string) (Value, error) {
	src := &source{table: table, query: query, text: text}
	x, err := src.parse()
	if err != nil {
		return Value{}, err
	}
	return ev.eval(x, &scope{src: src})
}

func (s *source) parse() (syntax.Expr, error) {
	x, err := syntax.Parse(s.text)
	var e *syntax.Error
	if errors.As(err, &e) {
		return nil, &Error{Kind: inlay.Invalid, Table: s.table, Query: s.query, Pos: e.Pos, Line: e.Line, Msg: e.Msg}
	}
	return x, err
}

// Columns are the columns of the table.
func (p *Plan) Columns() []Column { return p.t.cols }

// String is the plan: one line a step, from the source on.
func (p *Plan) String() string {
	var b strings.Builder
	write(&b, p.t, "")
	return b.String()
}

func write(b *strings.Builder, t *table, indent string) {
	in := t.op.inputs()
	deeper := indent
	if len(in) > 1 {
		deeper += "  "
	}
	for _, i := range in {
		write(b, i, deeper)
	}
	b.WriteString(indent + t.op.explain() + "\n")
}

// Rows reads the table. Close them. Only one reading of a plan may be open at a time.
func (p *Plan) Rows(ctx context.Context) (*Rows, error) {
	p.ev.ctx = ctx
	rt := &runtime{ev: p.ev, loose: loose(p.t)}
	it, err := p.t.open(rt)
	if err != nil {
		return nil, err
	}
	return &Rows{it: it, rt: rt, ctx: ctx}, nil
}

// Rows is a table being read.
type Rows struct {
	it  iterator
	rt  *runtime
	ctx context.Context
	n   int
	row []Value
	err error
}

// Next reads a row; false at the end, on an error, or when the context ends.
func (r *Rows) Next() bool {
	if r.n++; r.n&255 == 0 && r.err == nil {
		r.err = r.ctx.Err()
	}
	if r.err != nil {
		return false
	}
	r.row, r.err = r.it.next()
	return r.err == nil
}

// Row is the row that Next read; it is good until the next one.
func (r *Rows) Row() []Value { return r.row }

// Failure is an error in a column of the row that Next read, with its file and line.
func (r *Rows) Failure(column, msg string) *CellError {
	return r.rt.failed(column, msg).Err()
}

// Err is what ended the rows, nil if it was their end.
func (r *Rows) Err() error {
	if r.err == io.EOF {
		return nil
	}
	return r.err
}

// Close releases what the rows hold.
func (r *Rows) Close() { r.it.close() }

// Folded is the statement that the source of the table runs, empty if no step folds.
func (p *Plan) Folded() string {
	for t := p.t; ; t = t.op.inputs()[0] {
		if r := t.relation(); r != nil {
			return r.sql()
		}
		if len(t.op.inputs()) != 1 {
			return ""
		}
	}
}
