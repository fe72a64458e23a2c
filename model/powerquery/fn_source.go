package powerquery

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"inlay"
	"inlay/model/powerquery/csvfile"
)

// fileRef is a binary that stands for a file, not read yet.
type fileRef struct{ spot }

// Limits of what a query may carry inside itself.
const (
	maxInflated   = 64 << 20
	maxJSONDepth  = 100
	maxJSONValues = 5_000_000
)

func (c *call) refuse(i int, err error) error {
	var r *refusal
	if errors.As(err, &r) {
		e := c.errorf(i, r.kind, "%s", r.msg)
		e.Remedy = r.remedy
		return e
	}
	return c.errorf(i, inlay.Internal, "%s", err)
}

// fileContents is File.Contents(path).
func fileContents(c *call) (Value, error) {
	name, err := c.text(0)
	if err != nil {
		return Value{}, err
	}
	if c.has(1) {
		return Value{}, c.errorf(1, inlay.Unsupported, "options are not supported")
	}
	return c.file(name, strings.Contains(name, "://"))
}

func (c *call) file(name string, web bool) (Value, error) {
	if c.ev.cfg.Files == nil {
		return Value{}, c.errorf(0, inlay.Forbidden, "files cannot be read here")
	}
	p, err := c.ev.cfg.Files.resolve(name, web)
	if err != nil {
		return Value{}, c.refuse(0, err)
	}
	return Value{kind: Binary, ref: fileRef{p}}, nil
}

// webContents is Web.Contents(url, [RelativePath, Query, Headers]). An address that is mapped,
// or whose host is not allowed, is the name of data that the project has; another is fetched.
func webContents(c *call) (Value, error) {
	address, err := c.text(0)
	if err != nil {
		return Value{}, err
	}
	opts, err := c.fields(1, "RelativePath", "Query", "Headers", "Timeout", "IsRetry")
	if err != nil {
		return Value{}, err
	}
	if rel := opts["RelativePath"]; rel.kind == Text {
		address = strings.TrimRight(address, "/") + "/" + strings.TrimLeft(rel.s, "/")
	} else if rel.kind != Null {
		return Value{}, c.raise(1, "RelativePath is %s, not a text", rel.describe())
	}
	if q := opts["Query"]; q.kind != Null {
		text, err := c.sub("Uri.BuildQueryString", q)
		if err != nil {
			return Value{}, err
		}
		address += map[bool]string{true: "&", false: "?"}[strings.Contains(address, "?")] + text.s
	}
	web, mapped := c.ev.cfg.Web, false
	if files := c.ev.cfg.Files; files != nil {
		mapped = files.mapped(parts(address)) != nil
	}
	if mapped || web == nil || !web.Allowed(address) {
		if opts["Query"].kind != Null || opts["Headers"].kind != Null {
			return Value{}, c.errorf(1, inlay.Unsupported, "the options Query and Headers work only where the configuration allows the host: a file of the project does not answer them")
		}
		return c.file(address, true)
	}
	headers := map[string]string{}
	if h := opts["Headers"]; h.kind == RecordOf {
		if _, err := c.ev.settle(h); err != nil {
			return Value{}, err
		}
		for i, n := range h.record().head.names {
			headers[n] = h.record().vals[i].s
		}
	}
	body, err := web.Get(c.ev.ctx, address, headers)
	if err != nil {
		return Value{}, c.outside(err)
	}
	return binaryOf(body), nil
}

// csvOp reads a file of separated text.
type csvOp struct {
	file  *Files
	at    spot
	data  []byte // where the text stands in the query
	opt   csvfile.Options
	width int
	fixed bool // the query says how many columns there are
	c     *call
}

func (o *csvOp) inputs() []*table { return nil }

func (o *csvOp) explain() string {
	name := strconv.Quote(o.at.String())
	if o.at.in == nil {
		name = "text"
	}
	quotes := map[bool]string{true: "csv", false: "none"}[o.opt.LineQuotes]
	return fmt.Sprintf("csv %s, %d columns, delimiter %q, encoding %d, quotes %s", name, o.width, o.opt.Delimiter, o.opt.Encoding, quotes)
}

func (o *csvOp) reader() (*csvfile.Reader, func(), error) {
	var src io.Reader = bytes.NewReader(o.data)
	closer := func() {}
	if o.at.in != nil {
		f, err := o.file.open(o.at)
		if err != nil {
			return nil, nil, o.c.refuse(0, err)
		}
		src, closer = o.file.count(f), func() { _ = f.Close() }
	}
	r, err := csvfile.NewReader(src, o.opt)
	if err != nil {
		closer()
		return nil, nil, o.c.errorf(1, inlay.Unsupported, "%s", err)
	}
	return r, closer, nil
}

func (o *csvOp) open(rt *runtime) (iterator, error) {
	r, closer, err := o.reader()
	if err != nil {
		return nil, err
	}
	return &csvIter{op: o, rt: rt, r: r, close_: closer, row: make([]Value, o.width)}, nil
}

type csvIter struct {
	op     *csvOp
	rt     *runtime
	r      *csvfile.Reader
	close_ func()
	fields []string
	row    []Value
}

func (it *csvIter) close() { it.close_() }

func (it *csvIter) next() ([]Value, error) {
	var err error
	if it.fields, err = it.r.Read(it.fields); err != nil {
		if err == io.EOF {
			return nil, err
		}
		return nil, it.op.c.errorf(0, inlay.Invalid, "file %q: %s", it.op.at, err)
	}
	it.rt.file, it.rt.row = it.op.at.String(), it.r.Line()
	if len(it.fields) > len(it.row) && !it.op.fixed {
		return nil, it.op.c.errorf(0, inlay.Invalid, "file %q, row %d has %d values, the first row has %d; say how many columns there are with the option Columns", it.op.at, it.r.Line(), len(it.fields), len(it.row))
	}
	for i := range it.row {
		if i < len(it.fields) {
			it.row[i] = Value{kind: Text, s: it.fields[i]}
		} else {
			it.row[i] = Value{kind: Text} // the documented result for values that a line does not have
		}
	}
	return it.row, nil
}

// csvDocument is Csv.Document(source, options) and the older form with separate arguments.
func csvDocument(c *call) (Value, error) {
	op := &csvOp{c: c, file: c.ev.cfg.Files, opt: csvfile.Options{Delimiter: ",", Encoding: 65001, LineQuotes: true}}
	switch v := c.arg(0); {
	case v.kind == Text:
		op.data = []byte(v.s)
	case v.kind == Binary:
		if f, ok := v.ref.(fileRef); ok {
			op.at = f.spot
		} else {
			op.data, _ = v.ref.([]byte)
		}
	default:
		return Value{}, c.raise(0, "expected a file or a text, not %s", v.describe())
	}
	columns, err := op.options(c)
	if err != nil {
		return Value{}, err
	}
	cols, err := op.columns(columns)
	if err != nil {
		return Value{}, err
	}
	op.width = len(cols)
	return tableOf(&table{cols: cols, op: op}), nil
}

// options reads the options of the call and gives what it says about columns.
func (o *csvOp) options(c *call) (Value, error) {
	if c.arg(1).kind != RecordOf {
		for i, into := range []func(Value) error{nil, nil, o.delimiter, o.extra, o.encoding} {
			if into != nil && c.has(i) {
				if err := into(c.arg(i)); err != nil {
					return Value{}, err
				}
			}
		}
		return c.arg(1), nil
	}
	opts, err := c.fields(1, "Delimiter", "Columns", "Encoding", "QuoteStyle", "CsvStyle", "ExtraValues", "IncludeByteOrderMark")
	if err != nil {
		return Value{}, err
	}
	for name, into := range map[string]func(Value) error{"Delimiter": o.delimiter, "ExtraValues": o.extra, "Encoding": o.encoding} {
		if v := opts[name]; v.kind != Null {
			if err := into(v); err != nil {
				return Value{}, err
			}
		}
	}
	if v := opts["QuoteStyle"]; v.kind != Null {
		o.opt.LineQuotes = v.n == 1
	}
	o.opt.QuoteAlways = opts["CsvStyle"].n == 1
	return opts["Columns"], nil
}

func (o *csvOp) delimiter(v Value) error {
	if v.kind != Text || v.s == "" || strings.ContainsAny(v.s, "\r\n\"") {
		return o.c.errorf(1, inlay.Unsupported, "the delimiter %s is not supported; give a text such as \",\" or \"#(tab)\"", v.describe())
	}
	o.opt.Delimiter = v.s
	return nil
}

func (o *csvOp) encoding(v Value) error {
	n, ok := v.whole()
	if !ok {
		return o.c.raise(1, "the encoding is %s, not a number", v.describe())
	}
	o.opt.Encoding = int(n)
	return nil
}

func (o *csvOp) extra(v Value) error {
	if v.n != 2 {
		return o.c.errorf(1, inlay.Unsupported, "of ExtraValues only Ignore is supported")
	}
	o.fixed = true
	return nil
}

// columns decides the columns: what the query says, or as many as the first row has.
func (o *csvOp) columns(v Value) ([]Column, error) {
	if v.kind == Null {
		r, closer, err := o.reader()
		if err != nil {
			return nil, err
		}
		defer closer()
		first, err := r.Read(nil)
		if err != nil && err != io.EOF {
			return nil, o.c.errorf(0, inlay.Invalid, "file %q: %s", o.at, err)
		}
		return textColumns(numbered(len(first))), nil
	}
	o.fixed = true
	named := call{ev: o.c.ev, src: o.c.src, step: o.c.step, pos: o.c.place(1), name: o.c.name, args: []Value{v}}
	cols, err := named.columnsFrom(0, 0)
	if err == nil && v.kind != TypeOf {
		cols = textColumns(cols)
	}
	return cols, err
}

func textColumns(cols []Column) []Column {
	for i := range cols {
		cols[i].Type = Type{Name: "text", Nullable: true}
	}
	return cols
}

// binaryFromText is Binary.FromText(text, encoding).
func binaryFromText(c *call) (Value, error) {
	if !c.has(0) {
		return Value{}, nil
	}
	s, err := c.text(0)
	if err != nil {
		return Value{}, err
	}
	var b []byte
	if n, _ := c.arg(1).whole(); c.has(1) && n == 1 {
		b, err = hex.DecodeString(s)
	} else {
		b, err = base64.StdEncoding.DecodeString(s)
	}
	if err != nil {
		return Value{}, c.raise(0, "the text is not in that encoding")
	}
	return Value{kind: Binary, ref: b}, nil
}

// binaryDecompress is Binary.Decompress(binary, Compression.Deflate or Compression.GZip).
func binaryDecompress(c *call) (Value, error) {
	b, err := c.bytes()
	if err != nil {
		return Value{}, err
	}
	var r io.Reader
	switch n, _ := c.arg(1).whole(); n {
	case 0:
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return Value{}, c.raise(0, "the data are not compressed in that way")
		}
		r = z
	case 1:
		r = flate.NewReader(bytes.NewReader(b))
	default:
		return Value{}, c.errorf(1, inlay.Unsupported, "of Compression only Deflate and GZip are supported")
	}
	out, err := io.ReadAll(io.LimitReader(r, maxInflated+1))
	if err != nil {
		return Value{}, c.raise(0, "the data are not compressed in that way")
	}
	if len(out) > maxInflated {
		return Value{}, c.errorf(0, inlay.Limit, "the data are larger than 64 MB when decompressed")
	}
	return Value{kind: Binary, ref: out}, nil
}
