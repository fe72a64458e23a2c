package eval

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"inlay/dax"
)

// fullTitle is the name of a column as texts of tables have it: 'Table'[Column] or [Column].
func (c tableColumn) fullTitle() string {
	if c.col.C != nil && !c.named {
		return c.col.String()
	}
	return "[" + c.name + "]"
}

// printed is a table that is written as a text in each environment, and how many of its rows
// are; -1 is all.
type printed struct {
	r    *rowset
	most []int
}

// printedArgs reads the table and the number of rows of TOCSV and TOJSON: 10 unless it is said,
// all if it is negative.
func (e *evaluator) printedArgs(x *dax.Call, b *batch) (printed, error) {
	p := printed{most: make([]int, b.n)}
	r, err := e.table(x.Args[0], b, nothing)
	if err != nil {
		return p, err
	}
	p.r = r.shown().settled()
	counts := repeat(dax.IntOf(10), b.n)
	if len(x.Args) > 1 && x.Args[1] != nil {
		if counts, err = e.scalar(x.Args[1], b); err != nil {
			return p, err
		}
	}
	for i, v := range counts {
		n, err := v.ToInt()
		if err != nil {
			return p, placed(x.Args[1], err)
		}
		p.most[i] = int(max(-1, min(n, mostRows)))
	}
	return p, nil
}

// rows is the rows that are written.
func (p printed) rows(i int) [][]dax.Value {
	rows := p.r.at(i)
	if n := p.most[i]; n >= 0 && n < len(rows) {
		return rows[:n]
	}
	return rows
}

// toCSV is TOCSV(table, [rows], [delimiter], [headers]).
func toCSV(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
	if len(x.Args) < 1 || len(x.Args) > 4 {
		return nil, wrong(x, "TOCSV takes a table and, if wanted, a number of rows, a delimiter and whether there are headers")
	}
	p, err := e.printedArgs(x, b)
	if err != nil {
		return nil, err
	}
	delimiters, headers := repeat(dax.TextOf(","), b.n), repeat(dax.BoolOf(true), b.n)
	for i, into := range []*[]dax.Value{&delimiters, &headers} {
		if len(x.Args) > i+2 && x.Args[i+2] != nil {
			if *into, err = e.scalar(x.Args[i+2], b); err != nil {
				return nil, err
			}
		}
	}
	out := make([]dax.Value, b.n)
	for i := range out {
		delimiter := delimiters[i].ToText()
		head, err := headers[i].ToBool()
		if err != nil {
			return nil, placed(x.Args[3], err)
		}
		var lines []string
		line := func(n int, cell func(int) string) {
			cells := make([]string, n)
			for j := range cells {
				if cells[j] = cell(j); strings.ContainsAny(cells[j], "\"\r\n") || delimiter != "" && strings.Contains(cells[j], delimiter) {
					cells[j] = `"` + strings.ReplaceAll(cells[j], `"`, `""`) + `"`
				}
			}
			lines = append(lines, strings.Join(cells, delimiter))
		}
		if head {
			line(len(p.r.cols), func(j int) string { return p.r.cols[j].fullTitle() })
		}
		for _, row := range p.rows(i) {
			line(len(row), func(j int) string { return row[j].ToText() })
			if err := e.spend(len(lines[len(lines)-1])); err != nil {
				return nil, err
			}
		}
		if out[i], err = e.joined(x, lines, "\n"); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// toJSON is TOJSON(table, [rows]): names of columns, how many rows there are, and rows.
func toJSON(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
	if len(x.Args) < 1 || len(x.Args) > 2 {
		return nil, wrong(x, "TOJSON takes a table and, if wanted, a number of rows")
	}
	p, err := e.printedArgs(x, b)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(p.r.cols))
	for i, c := range p.r.cols {
		names[i] = quotedJSON(c.fullTitle())
	}
	out := make([]dax.Value, b.n)
	for i := range out {
		var rows []string
		for _, row := range p.rows(i) {
			cells := make([]string, len(row))
			for j, v := range row {
				cells[j] = cellJSON(v)
			}
			rows = append(rows, "["+strings.Join(cells, ", ")+"]")
			if err := e.spend(len(rows[len(rows)-1])); err != nil {
				return nil, err
			}
		}
		data, err := e.joined(x, rows, ",\n\t\t")
		if err != nil {
			return nil, err
		}
		if len(rows) > 0 {
			data = dax.TextOf("\t\t" + data.Text() + "\n")
		}
		out[i] = dax.TextOf("{\n\t\"header\": [" + strings.Join(names, ", ") + "],\n\t\"rowCount\": " + strconv.Itoa(len(p.r.at(i))) + ",\n\t\"data\": [\n" + data.Text() + "\t]\n}")
	}
	return out, nil
}

func quotedJSON(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a text always has a form
	return strings.TrimSuffix(b.String(), "\n")
}

func cellJSON(v dax.Value) string {
	switch v.Type() {
	case dax.Blank:
		return "null"
	case dax.Boolean:
		return strconv.FormatBool(v.Bool())
	case dax.DateTime:
		return quotedJSON(v.Time().Format("2006-01-02T15:04:05"))
	case dax.String:
		return quotedJSON(v.Text())
	}
	if f := v.Float(); math.IsInf(f, 0) || math.IsNaN(f) {
		return quotedJSON(v.ToText())
	}
	return v.ToText()
}
