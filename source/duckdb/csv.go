package duckdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"

	"inlay"
	"inlay/dax"
	"inlay/model/powerquery"
	"inlay/model/powerquery/culture"
)

// readText fills a partition with a file of separated text, read into columns by several at once,
// where that surely gives what the evaluator would give: the file is regular, and each value that is
// converted is written in a form of which there is no doubt; see regular. Done is false where it
// is not so, and nothing is stored: then the evaluator reads the file, and tells what is wrong
// in which row.
func (l *loader) readText(ctx context.Context, text *powerquery.TextFile, at []int, m *meter) (done bool, err error) {
	if text == nil || l.r.rowByRow {
		return false, nil
	}
	g, ok := l.regular(text, at)
	if !ok {
		return false, nil
	}
	file, err := text.Open()
	if err != nil {
		return false, nil // the evaluator says why
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	before, err := file.Stat()
	if err != nil {
		return false, nil
	}
	var read atomic.Int64
	first := m.now.Rows
	err = l.put(ctx, func(b *batch) { m.add(b.n, read.Load(), before.Size()) }, func(ctx context.Context, f *feed) error {
		err := g.send(ctx, &counted{io.NewSectionReader(file, 0, before.Size()), &read}, f)
		textRead()
		if changed(file, before) {
			return &inlay.Error{Kind: inlay.Conflict, Msg: fmt.Sprintf("table '%s', file %q was written to while it was read", l.t.Name, text.Name()),
				Remedy: "refresh again when the file is complete; whoever writes it should write another file and rename it"}
		}
		return err
	})
	if errors.Is(err, errIrregular) {
		m.add(int(first-m.now.Rows), 0, 0)
		return false, nil
	}
	if err != nil {
		return false, err
	}
	m.add(0, before.Size(), before.Size())
	readByEngine()
	return true, nil
}

// counted counts what is read.
type counted struct {
	io.Reader
	n *atomic.Int64
}

// Read reads and counts.
func (c *counted) Read(to []byte) (int, error) {
	n, err := c.Reader.Read(to)
	c.n.Add(int64(n))
	return n, err
}

// In tests, readByEngine is told of each file that was read in columns, and textRead of each file
// of text whose end was come to.
var readByEngine, textRead = func() {}, func() {}

// changed reports whether somebody wrote to a file since it was looked at.
func changed(f *os.File, before os.FileInfo) bool {
	now, err := f.Stat()
	return err != nil || now.Size() != before.Size() || !now.ModTime().Equal(before.ModTime())
}

// regular says what a file must be like so that it is read here as the evaluator does;
// false if it is not, whatever the file is like.
func (l *loader) regular(f *powerquery.TextFile, at []int) (*regular, bool) {
	if len(f.Delimiter) != 1 || !strings.Contains(",;\t|:", f.Delimiter) || f.Width < 2 || f.QuoteAlways {
		return nil, false
	}
	if f.Encoding != 0 && f.Encoding != utf8Page && f.Encoding != westernPage {
		return nil, false
	}
	load, ok := culture.Find(l.r.cfg.Culture)
	if !ok {
		load, _ = culture.Find("en-US")
	}
	g := &regular{delimiter: f.Delimiter[0], western: f.Encoding == westernPage, skip: int64(f.Skip), forms: make([]form, f.Width)}
	for i, c := range l.cols {
		from := f.Columns[at[i]]
		x, ok := formOf(from, c.Type, load)
		if !ok || g.forms[from.At].used {
			return nil, false
		}
		x.used, x.to = true, i
		g.forms[from.At] = x
	}
	return g, true
}

// textInto is the type of M into which text is brought that has none, before it enters a column; see
// powerquery.Value.As.
var textInto = map[dax.Type]string{dax.Int64: "number", dax.Double: "number", dax.Decimal: "Currency.Type", dax.DateTime: "datetime", dax.Boolean: "logical"}

// wholeDigits are how many digits a whole number of a type of M has at most, whatever the digits.
var wholeDigits = map[string]int{"Int64.Type": 18, "Int32.Type": 9, "Int16.Type": 4, "Int8.Type": 2}

var isNumber = map[string]bool{"number": true, "Percentage.Type": true, "Decimal.Type": true, "Double.Type": true, "Single.Type": true}

// formOf is how values are written that surely mean one thing to M, by the
// column's type in M and in the model.
func formOf(c powerquery.TextColumn, t dax.Type, load *culture.Culture) (form, bool) {
	typ, cul := c.Type, c.Culture
	if typ == "" {
		if t == dax.String {
			return form{}, true
		}
		typ, cul = textInto[t], load
	}
	f := form{}
	f.point, f.between, f.order = cul.Plain()
	digits := wholeDigits[typ]
	switch {
	case (t == dax.Int64 || t == dax.String || t == dax.Double) && digits > 0:
		f.kind, f.digits = wholeNumber, digits
	case t == dax.Int64 && isNumber[typ]:
		f.kind, f.digits = wholeNumber, 18
	case t == dax.Double && isNumber[typ]:
		f.kind, f.digits, f.places = fraction, 18, 20
	case t == dax.Decimal && digits > 0:
		f.kind, f.digits = fraction, min(digits, 14)
	case t == dax.Decimal && typ == "Currency.Type":
		f.kind, f.digits, f.places = fraction, 14, 4
	case (t == dax.Decimal && isNumber[typ]) || (t == dax.Double && typ == "Currency.Type"):
		f.kind, f.digits, f.places = fraction, 11, 4 // fifteen digits are exact
	case t == dax.DateTime && typ == "date":
		f.kind = calendar
	case t == dax.DateTime && typ == "datetime":
		f.kind = instant
	case t == dax.Boolean && typ == "logical":
		f.kind = truth
	default:
		return form{}, false
	}
	return f, true
}
