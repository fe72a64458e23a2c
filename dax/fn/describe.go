package fn

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"inlay/dax"
)

// Supported reports whether the function can be used in queries and measures.
func (f *Func) Supported() bool { return !f.Unbuilt() && !f.Visual }

// Text writes functions as lines, one alone with its examples.
func Text(out io.Writer, all []*Func) error {
	var b strings.Builder
	for _, f := range all {
		note := ""
		if !f.Supported() {
			note = " (not supported)"
		}
		if len(all) > 1 {
			fmt.Fprintf(&b, "%-28s %s%s\n", f.Name, f.Doc, note)
			continue
		}
		fmt.Fprintf(&b, "%s%s\n\n%s\nReturns: %s\n", f.Signature(), note, f.Doc, returns(f.Returns))
		for _, x := range f.Examples {
			fmt.Fprintf(&b, "  %s  →  %s\n", x.Expr, x.Result)
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// returns is a type as the documents call it.
func returns(t dax.Type) string { return strings.ToLower(t.String()) }

// JSON writes functions as an array.
func JSON(out io.Writer, all []*Func) error {
	type param struct {
		Name     string `json:"name"`
		Type     string `json:"type"`
		Optional bool   `json:"optional,omitempty"`
		Repeats  bool   `json:"repeats,omitempty"`
	}
	type example struct {
		Expression string `json:"expression"`
		Result     string `json:"result"`
	}
	type function struct {
		Name      string    `json:"name"`
		Family    string    `json:"family"`
		Signature string    `json:"signature"`
		Returns   string    `json:"returns"`
		Doc       string    `json:"doc"`
		Supported bool      `json:"supported"`
		Volatile  bool      `json:"volatile,omitempty"`
		Params    []param   `json:"params"`
		Examples  []example `json:"examples"`
	}
	list := []function{}
	for _, f := range all {
		x := function{f.Name, f.Family, f.Signature(), returns(f.Returns), f.Doc, f.Supported(), f.Volatile, []param{}, []example{}}
		for _, p := range f.Params {
			x.Params = append(x.Params, param{p.Name, returns(p.Type), p.Optional, p.Repeat})
		}
		for _, e := range f.Examples {
			x.Examples = append(x.Examples, example{e.Expr, e.Result})
		}
		list = append(list, x)
	}
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(list)
}

const preface = `# DAX functions

Made from the descriptions that stand beside the functions: ` + "`inlay dax functions --format markdown`" + `. What is not supported is an error
that names it, never a guess. Examples run as tests. Optional arguments stand in brackets, … repeats what stands before it.
Volatile functions can give another result at each call.

Examples that need data are over this model, asked by ann@example.com with the custom data east; [Total] is SUM(Move[Weight]):

| table | rows |
|---|---|
| Part: Id, Kind | (1, bolt), (2, bolt), (3, nut), (4, cap) |
| Move: Part, Weight, Day | (1, 8, 2031-02-01), (2, 16, 2031-02-03), (1, 4, 2031-03-05), (3, 32, 2031-04-07) |
| Days: Date | all days of 2030 and 2031; a date table |
| Staff: Id, Boss | (1, blank), (2, 1), (3, 2) |

Move[Part] looks up Part[Id], and Move[Day] Days[Date].
`

// partly is what functions and queries have that is refused, with an error that names it.
const partly = `
Parts that are refused, each with an error that names it:

- Queries: DEFINE VAR, MEASURE, TABLE, COLUMN and FUNCTION are evaluated, and measures, columns and functions see the variables; a visual shape of a table and parameters that
  are calendars are not. A column is computed from its row, and from rows that it looks up, over the rows that the viewer may see: one that asks for a measure or changes filters
  is refused, as is one of a table that the query defines. Functions that a model defines are called in the same way, from measures, calculated columns and tables, filters of roles,
  and queries, in which a definition of the same name stands before that of the model.
- Calendars of the model: time intelligence takes columns of dates; functions of weeks exist for calendars alone.
- SUMMARIZE takes one ROLLUP. ADDMISSINGITEMS takes no filters, and shows all or none of the columns of one table.
- SAMPLEAXISWITHLOCALMINMAX and SAMPLECARTESIANPOINTSBYCOVER answer where the sample is the whole table: how they choose is not documented.
- GROUPCROSSAPPLY and GROUPCROSSAPPLYTABLE take columns of different tables, and no filters: what their modifiers do is documented in one sentence each.
- COLUMNSTATISTICS tells of the columns of the model and of the rows that the viewer may see.
- DETAILROWS of a measure with a detail rows expression takes no current row, and has no place in calculated columns and tables; EXTERNALMEASURE where nothing is connected is an error as in Power BI.
- ROWNUMBER takes one current row.
- INFO functions tell of the definition; the tables of how the service stores a model (segments, dictionaries, files) are not there.

Rows have no order of their own. Where a text is made of them without one (CONCATENATEX, TOCSV, TOJSON), they are ordered by their columns; window functions decide ties
by the other columns of their table, from the left.
`

// Markdown writes functions as a document, by family.
func Markdown(out io.Writer, all []*Func) error {
	var b strings.Builder
	b.WriteString(preface)
	built := 0
	var missing, visual []string
	for _, f := range all {
		switch {
		case f.Visual:
			visual = append(visual, f.Name)
		case f.Unbuilt():
			missing = append(missing, f.Name)
		default:
			built++
		}
	}
	fmt.Fprintf(&b, "\n%d functions are supported.\n", built)
	for _, family := range families {
		head := "\n## " + family.title + "\n\n| function | returns | what it does | example |\n|---|---|---|---|\n"
		for _, f := range all {
			if f.Family == family.title && f.Supported() {
				b.WriteString(head + row(f))
				head = ""
			}
		}
	}
	if len(missing) > 0 {
		b.WriteString("\n## Not supported\n\nKnown by name; using one is an error: " + strings.Join(missing, ", ") + ".\n")
	}
	if len(all) > 1 {
		b.WriteString(partly)
	}
	if len(visual) > 0 {
		b.WriteString("\nOf visual calculations alone, and an error everywhere else: " + strings.Join(visual, ", ") + ".\n")
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func row(f *Func) string {
	cell := func(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
	example := ""
	if len(f.Examples) > 0 {
		example = "`" + cell(f.Examples[0].Expr) + "` → `" + cell(f.Examples[0].Result) + "`"
	}
	doc := cell(f.Doc)
	if f.Volatile {
		doc += " Volatile."
	}
	return fmt.Sprintf("| `%s` | %s | %s | %s |\n", cell(f.Signature()), returns(f.Returns), doc, example)
}
