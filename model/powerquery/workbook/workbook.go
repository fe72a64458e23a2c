// Package workbook reads the sheets and tables of Excel files (.xlsx) for Power Query. It
// opens what it is given and nothing else: no links, no external data, no macros. A file that
// unfolds beyond its limit is refused, so that a small archive cannot become a large memory.
package workbook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"inlay"
	"inlay/model/powerquery"
)

// MaxUnzipped bounds what a workbook unfolds to.
const MaxUnzipped = 256 << 20

// maxSheetCells bounds the area of one sheet: a cell far away makes it large, too.
const maxSheetCells = 20_000_000

// Reader reads workbooks in this process.
type Reader struct{}

var _ powerquery.Reader = Reader{}

func open(b powerquery.Blob) (*excelize.File, error) {
	f, err := excelize.OpenReader(io.NewSectionReader(b.Data, 0, b.Size), excelize.Options{
		UnzipSizeLimit: MaxUnzipped, UnzipXMLSizeLimit: MaxUnzipped, RawCellValue: true,
	})
	if err != nil {
		if strings.Contains(err.Error(), "unzip size") {
			return nil, inlay.Errorf(inlay.Limit, "the workbook %q is larger than %d MB when unfolded", b.Name, MaxUnzipped>>20)
		}
		return nil, inlay.Errorf(inlay.Invalid, "%q is not a workbook (.xlsx): %s", b.Name, err)
	}
	return f, nil
}

// Parts lists sheets, then tables and names of ranges.
func (Reader) Parts(_ context.Context, b powerquery.Blob) ([]powerquery.Part, error) {
	f, err := open(b)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	var out, tables []powerquery.Part
	for _, s := range f.GetSheetList() {
		visible, err := f.GetSheetVisible(s)
		if err != nil {
			continue
		}
		out = append(out, powerquery.Part{Name: s, Item: s, Kind: "Sheet", Hidden: !visible})
		have, err := f.GetTables(s)
		if err != nil {
			continue
		}
		for _, t := range have {
			tables = append(tables, powerquery.Part{Name: t.Name, Item: t.Name, Kind: "Table"})
		}
	}
	for _, n := range f.GetDefinedName() {
		if _, _, ok := reference(n.RefersTo); ok && !strings.HasPrefix(n.Name, "_xlnm") {
			tables = append(tables, powerquery.Part{Name: n.Name, Item: n.Name, Kind: "DefinedName"})
		}
	}
	return append(out, tables...), nil
}

// reference splits 'Sheet 1'!$A$1:$B$2 into sheet and range.
func reference(s string) (sheet, area string, ok bool) {
	i := strings.LastIndexByte(s, '!')
	if i < 0 {
		return "", "", false
	}
	sheet = strings.ReplaceAll(strings.Trim(s[:i], "'="), "''", "'")
	area = strings.ReplaceAll(s[i+1:], "$", "")
	_, _, err := corners(area)
	return sheet, area, err == nil
}

func corners(area string) (from, to [2]int, err error) {
	a, b, ok := strings.Cut(area, ":")
	if !ok {
		b = a
	}
	if from[0], from[1], err = excelize.CellNameToCoordinates(a); err != nil {
		return from, to, err
	}
	to[0], to[1], err = excelize.CellNameToCoordinates(b)
	return from, to, err
}

// Open reads one part; item is its kind, a zero byte and its name.
func (Reader) Open(ctx context.Context, b powerquery.Blob, item string) (powerquery.Cells, error) {
	f, err := open(b)
	if err != nil {
		return nil, err
	}
	c, err := newCells(ctx, f, item)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return c, nil
}

// cells walks over an area of a sheet.
type cells struct {
	ctx      context.Context
	f        *excelize.File
	sheet    string
	from, to [2]int // column and row, from 1
	row      int
	cols     []powerquery.Column
	out      []powerquery.Value
	dates    map[int]bool // styles that show a date
	epoch    time.Time
}

func newCells(ctx context.Context, f *excelize.File, item string) (*cells, error) {
	kind, name, _ := strings.Cut(item, "\x00")
	c := &cells{ctx: ctx, f: f, dates: map[int]bool{}, epoch: time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)}
	if p, err := f.GetWorkbookProps(); err == nil && p.Date1904 != nil && *p.Date1904 {
		c.epoch = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	area, err := c.area(kind, name)
	if err != nil {
		return nil, err
	}
	if area != "" {
		if c.from, c.to, err = corners(area); err != nil {
			return nil, inlay.Errorf(inlay.Invalid, "%q has the range %q, which is not one", name, area)
		}
	} else if err := c.extent(); err != nil {
		return nil, err
	}
	// A cell below a merged one is what the file says of it, as in Power Query. excelize would
	// give the value of the merged one for each, and sums would count it again and again.
	if err := f.UnmergeCell(c.sheet, "A1", "XFD1048576"); err != nil {
		return nil, inlay.Errorf(inlay.Invalid, "the sheet %q cannot be read: %s", c.sheet, err)
	}
	c.to[0], c.to[1] = max(c.from[0], c.to[0]), max(c.from[1], c.to[1])
	if n := (c.to[0] - c.from[0] + 1) * (c.to[1] - c.from[1] + 1); n > maxSheetCells {
		return nil, inlay.Errorf(inlay.Limit, "%q has %d cells, at most %d are read", name, n, maxSheetCells)
	}
	c.row = c.from[1]
	for i := c.from[0]; i <= c.to[0]; i++ {
		c.cols = append(c.cols, powerquery.Column{Name: "Column" + strconv.Itoa(i-c.from[0]+1), Type: powerquery.Named("any")})
	}
	c.out = make([]powerquery.Value, len(c.cols))
	return c, nil
}

// area finds the sheet of a part and its range; empty for the whole sheet.
func (c *cells) area(kind, name string) (string, error) {
	switch kind {
	case "Sheet":
		if i, err := c.f.GetSheetIndex(name); err != nil || i < 0 {
			return "", inlay.Errorf(inlay.NotFound, "the workbook has no sheet %q", name)
		}
		c.sheet = name
		return "", nil
	case "Table":
		for _, s := range c.f.GetSheetList() {
			tables, _ := c.f.GetTables(s)
			for _, t := range tables {
				if t.Name == name {
					c.sheet = s
					return t.Range, nil
				}
			}
		}
	case "DefinedName":
		for _, n := range c.f.GetDefinedName() {
			if sheet, area, ok := reference(n.RefersTo); ok && n.Name == name {
				c.sheet = sheet
				return area, nil
			}
		}
	}
	return "", inlay.Errorf(inlay.NotFound, "the workbook has no %s %q", strings.ToLower(kind), name)
}

// extent is the area of a sheet that holds something, from its first cell in use.
func (c *cells) extent() error {
	rows, err := c.f.Rows(c.sheet)
	if err != nil {
		return inlay.Errorf(inlay.Invalid, "the sheet %q cannot be read: %s", c.sheet, err)
	}
	defer func() { _ = rows.Close() }()
	c.from = [2]int{math.MaxInt32, 0}
	for n := 1; rows.Next(); n++ {
		if n&1023 == 0 && c.ctx.Err() != nil {
			return c.ctx.Err()
		}
		row, err := rows.Columns()
		if err != nil {
			return inlay.Errorf(inlay.Invalid, "the sheet %q cannot be read: %s", c.sheet, err)
		}
		for i, s := range row {
			if s == "" {
				continue
			}
			if c.from[1] == 0 {
				c.from[1] = n
			}
			c.from[0], c.to[0], c.to[1] = min(c.from[0], i+1), max(c.to[0], i+1), n
		}
	}
	if c.from[1] == 0 {
		c.from = [2]int{1, 1}
		c.to = [2]int{0, 0}
	}
	return nil
}

// Columns are Column1, Column2, …
func (c *cells) Columns() []powerquery.Column { return c.cols }

// Close releases the workbook.
func (c *cells) Close() error { return c.f.Close() }

// Next reads a row.
func (c *cells) Next() ([]powerquery.Value, error) {
	if c.row > c.to[1] || c.to[1] == 0 {
		return nil, io.EOF
	}
	if c.row&255 == 0 && c.ctx.Err() != nil {
		return nil, c.ctx.Err()
	}
	for i := range c.out {
		name, err := excelize.CoordinatesToCellName(c.from[0]+i, c.row)
		if err != nil {
			return nil, inlay.Errorf(inlay.Invalid, "sheet %q: %s", c.sheet, err)
		}
		if c.out[i], err = c.cell(name); err != nil {
			return nil, inlay.Errorf(inlay.Invalid, "sheet %q, cell %s: %s", c.sheet, name, err)
		}
	}
	c.row++
	return c.out, nil
}

// cell is one value by its type: what a formula gave when the workbook was saved.
func (c *cells) cell(name string) (powerquery.Value, error) {
	raw, err := c.f.GetCellValue(c.sheet, name)
	if err != nil || raw == "" {
		return powerquery.Value{}, err
	}
	kind, err := c.f.GetCellType(c.sheet, name)
	if err != nil {
		return powerquery.Value{}, err
	}
	switch kind {
	case excelize.CellTypeBool:
		return powerquery.Of(raw == "1" || strings.EqualFold(raw, "true")), nil
	case excelize.CellTypeError:
		return powerquery.Bad("the cell holds the error " + raw), nil
	case excelize.CellTypeSharedString, excelize.CellTypeInlineString, excelize.CellTypeFormula:
		return powerquery.Of(raw), nil
	case excelize.CellTypeDate:
		return isoDate(raw)
	}
	f, err := strconv.ParseFloat(raw, 64)
	if err != nil {
		return powerquery.Of(raw), nil //nolint:nilerr // what is no number is text
	}
	date, err := c.isDate(name)
	switch {
	case err != nil:
		return powerquery.Value{}, err
	case date && f >= 0 && f < 2_958_466:
		micros := int64(math.Round(f * 86_400e6))
		return powerquery.Of(c.epoch.AddDate(0, 0, int(micros/86_400_000_000)).Add(time.Duration(micros%86_400_000_000) * time.Microsecond)), nil
	case f == math.Trunc(f) && math.Abs(f) < 1<<53:
		return powerquery.Of(int64(f)), nil
	}
	return powerquery.Of(f), nil
}

// isoDate reads a cell that holds a date as text (ECMA-376 part 1, 18.18.11, type "d").
func isoDate(raw string) (powerquery.Value, error) {
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, raw); err == nil { // seconds may have a fraction
			return powerquery.Of(time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)), nil
		}
	}
	return powerquery.Bad("the cell says that it holds a date, and holds " + strconv.Quote(raw)), nil
}

// isDate tells by its number format whether a number is shown as a date.
func (c *cells) isDate(name string) (bool, error) {
	id, err := c.f.GetCellStyle(c.sheet, name)
	if err != nil {
		return false, err
	}
	if known, ok := c.dates[id]; ok {
		return known, nil
	}
	s, err := c.f.GetStyle(id)
	if err != nil {
		return false, fmt.Errorf("style %d: %w", id, err)
	}
	date := s.NumFmt >= 14 && s.NumFmt <= 22 || s.NumFmt >= 27 && s.NumFmt <= 36 || s.NumFmt >= 45 && s.NumFmt <= 47 || s.NumFmt >= 50 && s.NumFmt <= 58
	if s.CustomNumFmt != nil {
		date = showsDate(*s.CustomNumFmt)
	}
	c.dates[id] = date
	return date, nil
}

// showsDate looks for letters of dates outside quotes, brackets and escapes.
func showsDate(format string) bool {
	quoted, bracket := false, false
	for i := 0; i < len(format); i++ {
		switch ch := format[i]; {
		case ch == '"':
			quoted = !quoted
		case quoted:
		case ch == '\\' || ch == '_' || ch == '*':
			i++
		case ch == '[':
			bracket = true
		case ch == ']':
			bracket = false
		case !bracket && strings.IndexByte("ymdhsYMDHS", ch) >= 0:
			return true
		}
	}
	return false
}
