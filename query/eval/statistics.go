package eval

import (
	"inlay/dax"
	"inlay/model"
)

// tableStatistics is COLUMNSTATISTICS(): what values each column has that the viewer may know, in
// the rows that the viewer may see, and of the hidden column of each table how many rows these are
// (columnstatistics-function-dax.md). Filters are an error there, and columns of tables that the
// query defines are not told of.
func tableStatistics(e *evaluator, x *dax.Call, b *batch, _ want) (*rowset, error) {
	if len(x.Args) > 0 {
		return nil, wrong(x, "COLUMNSTATISTICS takes no arguments")
	}
	if len(b.context().filters) > 0 {
		return nil, wrong(x, "COLUMNSTATISTICS cannot be evaluated under a filter")
	}
	var cols []tableColumn
	for _, name := range []string{"Table Name", "Column Name", "Min", "Max", "Cardinality", "Max Length"} {
		cols = append(cols, tableColumn{name: name})
	}
	free := e.unfiltered(b)
	var rows [][]dax.Value
	for _, t := range e.m.Tables {
		hidden := []dax.Value{dax.TextOf(t.Name), dax.TextOf(hiddenColumn), {}, {}, {}, {}}
		if len(t.Columns) > 0 { // others, of measures alone, have no rows to ask for
			n, err := e.scalar(&dax.Call{At: x.At, Func: "COUNTROWS", Args: []dax.Expr{&dax.Table{At: x.At, Name: t.Name}}}, free)
			if err != nil {
				return nil, err
			}
			hidden[4] = count(n[0])
		}
		rows = append(rows, hidden)
		for _, c := range t.Columns {
			row, err := e.statistics(x, t, c, free)
			if err != nil {
				return nil, err
			}
			rows = append(rows, row)
		}
	}
	return one(b.n, cols, rows), nil
}

// statistics is the row of one column.
func (e *evaluator) statistics(x *dax.Call, t *model.Table, c *model.Column, b *batch) ([]dax.Value, error) {
	call := func(name string, args ...dax.Expr) dax.Expr { return &dax.Call{At: x.At, Func: name, Args: args} }
	ref := &dax.Column{At: x.At, Table: t.Name, Name: c.Name}
	asked := map[int]dax.Expr{4: call("COUNTROWS", call("DISTINCT", ref))}
	if c.Type == dax.Boolean { // MIN takes none
		is := func(yes string) dax.Expr {
			return call("FILTER", call("DISTINCT", ref), &dax.Binary{At: x.At, Op: "==", X: ref, Y: call(yes)})
		}
		least := call("IF", call("ISEMPTY", is("FALSE")), call("IF", call("ISEMPTY", is("TRUE")), call("BLANK"), call("TRUE")), call("FALSE"))
		most := call("IF", call("ISEMPTY", is("TRUE")), call("IF", call("ISEMPTY", is("FALSE")), call("BLANK"), call("FALSE")), call("TRUE"))
		asked[2], asked[3] = least, most
	} else {
		asked[2], asked[3] = call("MIN", ref), call("MAX", ref)
	}
	if c.Type == dax.String {
		asked[5] = call("MAXX", call("DISTINCT", ref), call("LEN", ref))
	}
	row := []dax.Value{dax.TextOf(t.Name), dax.TextOf(c.Name), {}, {}, {}, {}}
	for at, y := range asked {
		v, err := e.scalar(y, b)
		if err != nil {
			return nil, err
		}
		row[at] = v[0]
	}
	row[4] = count(row[4])
	return row, nil
}

// count is what a count of rows is where there may be none.
func count(n dax.Value) dax.Value {
	if n.IsBlank() {
		return dax.IntOf(0)
	}
	return n
}
