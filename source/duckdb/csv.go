package duckdb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"inlay"
	"inlay/dax"
	"inlay/model/powerquery"
	"inlay/model/powerquery/culture"
)

// readText fills a partition with a file of separated text by the engine's own reader, where
// that gives what the evaluator would give: the file is regular, and each value that is
// converted is written in a form of which there is no doubt; see regular. Done is false where it
// is not so, and nothing was stored: then the evaluator reads the file, and tells what is wrong
// in which row. The engine sees no byte that was not checked before.
func (l *loader) readText(ctx context.Context, p *part, text *powerquery.TextFile, at []int, m *meter) (done bool, err error) {
	if text == nil || p.text == nil || l.r.rowByRow {
		return false, nil
	}
	g, ok := l.regular(text, at)
	if !ok {
		return false, nil
	}
	before, ok := sameFile(text, p.text)
	if !ok {
		return false, nil
	}
	m.add(0, 0, before.Size())
	if g.check(ctx, io.NewSectionReader(p.text, 0, before.Size())) != nil || g.rows() == 0 {
		return false, ctx.Err()
	}
	textChecked()
	path, remove, err := readable(powerquery.Blob{File: p.text})
	if err != nil {
		return false, err
	}
	defer remove()
	source := "SELECT " + l.typed(g) + " FROM " + g.table(path)
	if err := l.create(ctx, l.packFile(ctx, source)); err != nil {
		return false, err
	}
	if err := exec(ctx, l.conn, "BEGIN"); err != nil {
		return false, err
	}
	n, err := inserted(ctx, l.conn, "INSERT INTO "+l.name()+" SELECT * FROM ("+source+")"+l.order())
	other := changed(p.text, before)
	if err != nil || n != g.rows() || other {
		if err := exec(context.WithoutCancel(ctx), l.conn, "ROLLBACK"); err != nil {
			return false, errors.Join(ctx.Err(), err)
		}
		if other && ctx.Err() == nil {
			return false, &inlay.Error{Kind: inlay.Conflict, Msg: fmt.Sprintf("table '%s', query %q: file %q was written to while it was read", l.t.Name, p.Name, text.Name()),
				Remedy: "refresh again when the file is complete; whoever writes it should write another file and rename it"}
		}
		return false, ctx.Err()
	}
	if err := exec(ctx, l.conn, "COMMIT"); err != nil {
		return false, fmt.Errorf("fill table '%s': %w", l.t.Name, err)
	}
	m.add(int(n), before.Size(), before.Size())
	readByEngine()
	return true, nil
}

// mostText bounds how many files are held open for the engine; more are read by the evaluator.
const mostText = 200

// textFiles opens the files of separated text that partitions are, and gives their paths: what
// the engine may open is settled before its first statement. A query that needs anything but
// files of text is none of these, and what is wrong with it is said when it is read.
func (r *refresh) textFiles(ctx context.Context, loaders []*loader) (paths []string, done func()) {
	var open []*os.File
	done = func() {
		for _, f := range open {
			_ = f.Close()
		}
	}
	files, err := r.openFiles()
	if err != nil || r.rowByRow {
		return nil, done
	}
	defer func() { _ = files.Close() }()
	for _, l := range loaders {
		for i := range l.parts {
			p := &l.parts[i]
			if p.keep != nil || len(open) == mostText {
				continue
			}
			cfg := p.config(r.cfg)
			cfg.Files, cfg.Workbooks, cfg.Parquet, cfg.Databases, cfg.Web = files, nil, nil, nil, nil
			plan, err := powerquery.Query(ctx, cfg, l.t.Name, p.Partition)
			if err != nil || plan.TextFile() == nil {
				continue
			}
			f, err := plan.TextFile().Open()
			if err != nil {
				continue
			}
			open = append(open, f)
			if path, _, err := readable(powerquery.Blob{File: f}); err == nil {
				p.text, paths = f, append(paths, path)
			}
		}
	}
	return paths, done
}

// sameFile tells whether a file is the one that is open, and what it is like.
func sameFile(text *powerquery.TextFile, open *os.File) (os.FileInfo, bool) {
	f, err := text.Open()
	if err != nil {
		return nil, false
	}
	defer func() { _ = f.Close() }()
	a, errA := f.Stat()
	b, errB := open.Stat()
	return b, errA == nil && errB == nil && os.SameFile(a, b)
}

// In tests, readByEngine is told of each file that the engine has read, and textChecked of each
// file of text that it is about to read.
var readByEngine, textChecked = func() {}, func() {}

// inserted runs a statement and tells how many rows it stored.
func inserted(ctx context.Context, conn driver.Conn, sql string) (int64, error) {
	res, err := conn.(driver.ExecerContext).ExecContext(ctx, sql, nil)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// changed reports whether somebody wrote to a file since it was looked at.
func changed(f *os.File, before os.FileInfo) bool {
	now, err := f.Stat()
	return err != nil || now.Size() != before.Size() || !now.ModTime().Equal(before.ModTime())
}

// regular says what a file must be like so that the engine reads it as the evaluator does;
// false if the engine cannot, whatever the file is like.
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
		x.used = true
		g.forms[from.At] = x
		g.at = append(g.at, from.At)
	}
	return g, true
}

// textInto is the type of M into which text is brought that has none, before it enters a column; see
// powerquery.Value.As.
var textInto = map[dax.Type]string{dax.Int64: "number", dax.Double: "number", dax.Decimal: "Currency.Type", dax.DateTime: "datetime", dax.Boolean: "logical"}

// wholeDigits are how many digits a whole number of a type of M has at most, whatever the digits.
var wholeDigits = map[string]int{"Int64.Type": 18, "Int32.Type": 9, "Int16.Type": 4, "Int8.Type": 2}

var isNumber = map[string]bool{"number": true, "Percentage.Type": true, "Decimal.Type": true, "Double.Type": true, "Single.Type": true}

// formOf is how values are written that surely mean the same to M and to the engine, by the
// column's type in M and in the model.
func formOf(c powerquery.TextColumn, t dax.Type, load *culture.Culture) (form, bool) {
	typ, cul := c.Type, c.Culture
	if typ == "" {
		if t == dax.String {
			return form{}, true
		}
		typ, cul = textInto[t], load
	}
	f := form{typ: Dialect{}.Type(t)}
	if t == dax.Decimal {
		f.typ = narrowDecimal
	}
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

// typed are the columns of the table, named as order names them, out of those of the file.
func (l *loader) typed(g *regular) string {
	out := make([]string, len(l.cols))
	for i := range l.cols {
		f := &g.forms[g.at[i]]
		v := "v" + strconv.Itoa(g.at[i])
		switch {
		case f.kind == anyText:
			v = "coalesce(" + v + ", '')"
		case f.kind == fraction && f.point != '.':
			v = "CAST(replace(" + v + ", '" + string(f.point) + "', '.') AS " + f.typ + ")"
		case f.kind == truth:
			v = "lower(" + v + ") = 'true'"
		case f.local:
			v = "CAST(strptime(" + v + ", '" + f.pattern() + "') AS TIMESTAMP)"
		default:
			v = "CAST(" + v + " AS " + f.typ + ")"
		}
		out[i] = v + " AS c" + strconv.Itoa(i)
	}
	return strings.Join(out, ", ")
}

// table is the file as a table of the engine: nothing is left to be guessed.
func (g *regular) table(path string) string {
	defs := make([]string, len(g.forms))
	for i := range g.forms {
		defs[i] = "'v" + strconv.Itoa(i) + "': '" + g.forms[i].readAs() + "'"
	}
	line, encoding := `, new_line = '\n'`, "utf-8"
	if g.crlf { // which the engine takes for no line end at all where it is told of them
		line = ""
	}
	if g.western && g.high {
		encoding = "latin-1"
	}
	return "read_csv('" + path + "', auto_detect = false, columns = {" + strings.Join(defs, ", ") + "}, header = false, skip = " + strconv.FormatInt(g.skip, 10) +
		", delim = '" + string(g.delimiter) + `', quote = '"', escape = '"', comment = '', nullstr = ''` + line + ", encoding = '" + encoding +
		"', compression = 'none', null_padding = false, strict_mode = true, ignore_errors = false, parallel = true)"
}
