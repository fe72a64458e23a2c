package world

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// writeProject writes a dataset and its reports as a PBIP project, so that a story takes the
// way that a user's project takes.
func writeProject(dir string, d Dataset, reports []Report) error {
	files := map[string]string{}
	modelDir := d.Name + ".SemanticModel/"
	files[modelDir+"definition.pbism"] = `{"version": "4.2", "settings": {}}`
	files[modelDir+".platform"] = platform("SemanticModel", d.Name)
	files[modelDir+"definition/database.tmdl"] = "database\n\tcompatibilityLevel: 1600\n"
	files[modelDir+"definition/model.tmdl"] = "model Model\n\tculture: en-US\n"
	for i, t := range d.Tables { // names of files are not those of tables, which may be no file names
		files[fmt.Sprintf("%sdefinition/tables/table%d.tmdl", modelDir, i+1)] = tableText(d, t)
	}
	var rels strings.Builder
	for i, r := range d.Relations {
		fmt.Fprintf(&rels, "relationship r%d\n", i)
		if r[2] != "" {
			rels.WriteString("\tcrossFilteringBehavior: bothDirections\n")
		}
		if r[2] == "secure" {
			rels.WriteString("\tsecurityFilteringBehavior: bothDirections\n")
		}
		fmt.Fprintf(&rels, "\tfromColumn: %s\n\ttoColumn: %s\n\n", dotted(r[0]), dotted(r[1]))
	}
	files[modelDir+"definition/relationships.tmdl"] = rels.String()
	for i, r := range d.Roles {
		text := fmt.Sprintf("role %s\n\tmodelPermission: read\n", quoted(r.Name))
		for _, f := range r.Filters {
			text += fmt.Sprintf("\n\ttablePermission %s = %s\n", quoted(f[0]), f[1])
		}
		for _, h := range r.Hides {
			text += fmt.Sprintf("\n\ttablePermission %s\n", quoted(h[0]))
			if h[1] == "" {
				text += "\t\tmetadataPermission: none\n"
				continue
			}
			text += fmt.Sprintf("\n\t\tcolumnPermission %s\n\t\t\tmetadataPermission: none\n", quoted(h[1]))
		}
		files[fmt.Sprintf("%sdefinition/roles/role%d.tmdl", modelDir, i+1)] = text
	}
	var artifacts []any
	for _, r := range reports {
		if r.Dataset != d.Name {
			continue
		}
		artifacts = append(artifacts, map[string]any{"report": map[string]string{"path": r.Name + ".Report"}})
		reportFiles(files, r, d)
	}
	files[d.Name+".pbip"] = text(map[string]any{"version": "1.0", "artifacts": artifacts})
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func platform(kind, name string) string {
	return text(map[string]any{"metadata": map[string]string{"type": kind, "displayName": name}, "config": map[string]string{"version": "2.0"}})
}

func text(v any) string {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		panic(err) // maps of strings always encode
	}
	return string(b)
}

func quoted(name string) string { return "'" + strings.ReplaceAll(name, "'", "''") + "'" }

// mText is a text in the language of Power Query.
func mText(s string) string {
	s = strings.ReplaceAll(s, `#(`, `#(#)(`)
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// dotted turns Table[Column] into the form of TMDL.
func dotted(ref string) string {
	t, c, _ := strings.Cut(strings.TrimSuffix(ref, "]"), "[")
	return quoted(t) + "." + quoted(c)
}

// kindOf finds the type of a column from its cells.
func kindOf(t Table, column int) (tmdl, m string) {
	whole, number := true, true
	for _, r := range t.Rows {
		if r[column] == "" {
			continue
		}
		if _, err := strconv.ParseInt(r[column], 10, 64); err != nil {
			whole = false
		}
		if _, err := strconv.ParseFloat(r[column], 64); err != nil {
			number = false
		}
	}
	switch {
	case whole && len(t.Rows) > 0:
		return "int64", "Int64.Type"
	case number && len(t.Rows) > 0:
		return "double", "number"
	}
	return "string", "text"
}

func tableText(d Dataset, t Table) string {
	var b strings.Builder
	fmt.Fprintf(&b, "table %s\n\n", quoted(t.Name))
	if t.Name == d.Tables[len(d.Tables)-1].Name {
		for _, m := range d.Measures {
			fmt.Fprintf(&b, "\tmeasure %s = %s\n\n", quoted(m[0]), m[1])
		}
	}
	var types []string
	for i, c := range t.Columns {
		tmdl, m := kindOf(t, i)
		fmt.Fprintf(&b, "\tcolumn %s\n\t\tdataType: %s\n\t\tsummarizeBy: none\n\t\tsourceColumn: %s\n\n", quoted(c), tmdl, c)
		types = append(types, "#"+mText(c)+" = "+m)
	}
	var rows []string
	for _, r := range t.Rows {
		var cells []string
		for i, c := range r {
			switch kind, _ := kindOf(t, i); {
			case c == "":
				cells = append(cells, "null")
			case kind == "string":
				cells = append(cells, mText(c))
			default:
				cells = append(cells, c)
			}
		}
		rows = append(rows, "{"+strings.Join(cells, ", ")+"}")
	}
	fmt.Fprintf(&b, "\tpartition %s = m\n\t\tmode: import\n\t\tsource = #table(type table [%s], {%s})\n", quoted(t.Name), strings.Join(types, ", "), strings.Join(rows, ", "))
	return b.String()
}

// visualTypes are the types of a story's visuals and the role that their measures fill.
var visualTypes = map[string][2]string{"card": {"card", "Values"}, "table": {"tableEx", "Values"}, "slicer": {"slicer", "Values"}, "column chart": {"clusteredColumnChart", "Y"}}

func reportFiles(files map[string]string, r Report, d Dataset) {
	dir := r.Name + ".Report/"
	files[dir+".platform"] = platform("Report", r.Name)
	files[dir+"definition.pbir"] = text(map[string]any{"version": "4.0", "datasetReference": map[string]any{"byPath": map[string]string{"path": "../" + d.Name + ".SemanticModel"}}})
	files[dir+"definition/version.json"] = `{"version": "2.0.0"}`
	files[dir+"definition/report.json"] = `{"themeCollection": {}}`
	files[dir+"definition/pages/pages.json"] = `{"pageOrder": ["page1"], "activePageName": "page1"}`
	files[dir+"definition/pages/page1/page.json"] = `{"name": "page1", "displayName": "Page", "displayOption": "FitToPage", "height": 720, "width": 1280}`
	for i, v := range r.Visuals {
		name := fmt.Sprintf("visual%d", i+1)
		kind := visualTypes[v.Type]
		state := map[string]any{}
		for _, f := range v.Fields {
			role, projection := field(d, f, kind[1])
			if v.Type == "column chart" && role == "" {
				role = "Category"
			} else if role == "" {
				role = kind[1]
			}
			old, _ := state[role].(map[string]any)
			if old == nil {
				old = map[string]any{"projections": []any{}}
			}
			old["projections"] = append(old["projections"].([]any), projection)
			state[role] = old
		}
		files[dir+"definition/pages/page1/visuals/"+name+"/visual.json"] = text(map[string]any{
			"name": name, "position": map[string]any{"x": 0, "y": 100 * i, "z": i, "width": 400, "height": 100, "tabOrder": i},
			"visual": map[string]any{"visualType": kind[0], "query": map[string]any{"queryState": state}}})
	}
}

// field is the projection of Table[Column] or [Measure]; role is empty for a column.
func field(d Dataset, f, measureRole string) (role string, projection map[string]any) {
	table, name, _ := strings.Cut(strings.TrimSuffix(f, "]"), "[")
	kind := "Column"
	if table == "" {
		kind, role, table = "Measure", measureRole, d.Tables[len(d.Tables)-1].Name
	}
	ref := map[string]any{kind: map[string]any{"Expression": map[string]any{"SourceRef": map[string]string{"Entity": table}}, "Property": name}}
	return role, map[string]any{"field": ref, "queryRef": table + "." + name, "nativeQueryRef": name}
}
