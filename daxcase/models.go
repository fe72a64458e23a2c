package daxcase

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/model/pbip"
)

// Models is a file of models by name.
type Models struct {
	folder string // that paths are relative to
	specs  map[string]json.RawMessage
}

// Data is a model and where its rows are: its partitions can be refreshed with Root as the
// folder of the project, and Rows gives them as values.
type Data struct {
	Model *model.Model
	Root  string
	rows  map[string][][]dax.Value
}

// spec is a model as the file describes it.
type spec struct {
	Tables        map[string]json.RawMessage   `json:"tables"`
	Relationships [][]string                   `json:"relationships"`
	Measures      map[string]string            `json:"measures"`
	Roles         map[string]map[string]string `json:"roles"`
	Folder        string                       `json:"csv_dir"` // of tables that name a file
	Project       string                       `json:"pbip"`    // instead of everything else
	Beside        string                       `json:"data"`    // folder of a project's data
}

// inline is a table whose rows stand in the file, or are counted out.
type inline struct {
	Columns   json.RawMessage `json:"columns"` // name to type, in order
	Rows      [][]any         `json:"rows"`
	Generate  string          `json:"generate"`
	DateTable string          `json:"dateTable"` // the column of dates
}

// ReadModels reads a file of models.
func ReadModels(path string) (*Models, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("models: %w", err)
	}
	m := &Models{folder: filepath.Dir(path)}
	if err := json.Unmarshal(text, &m.specs); err != nil {
		return nil, fmt.Errorf("models: %w", err)
	}
	return m, nil
}

// Names are the names of the models.
func (m *Models) Names() []string {
	var names []string
	for name := range m.specs {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Open reads a model. The empty name is a model without tables.
func (m *Models) Open(name string) (*Data, error) {
	var s spec
	if name != "" {
		text, ok := m.specs[name]
		if !ok {
			return nil, inlay.Errorf(inlay.NotFound, "the models file has no model %q", name)
		}
		if err := json.Unmarshal(text, &s); err != nil {
			return nil, fmt.Errorf("model %q: %w", name, err)
		}
	}
	d := &Data{Model: &model.Model{Name: name, Culture: "en-US"}, Root: filepath.Join(m.folder, s.Folder), rows: map[string][][]dax.Value{}}
	var err error
	if s.Project != "" {
		err = d.project(filepath.Join(m.folder, s.Project), filepath.Join(m.folder, s.Beside))
	} else {
		err = d.fill(s)
	}
	if err != nil {
		return nil, fmt.Errorf("model %q: %w", name, err)
	}
	return d, nil
}

// project takes the model of a Power BI project; its root holds the data too.
func (d *Data) project(path, data string) error {
	root := filepath.Dir(path)
	for root != filepath.Dir(root) && !strings.HasPrefix(data+string(filepath.Separator), root+string(filepath.Separator)) {
		root = filepath.Dir(root)
	}
	p, err := pbip.Open(root)
	if err != nil {
		return err
	}
	defer func() { _ = p.Close() }()
	d.Root = p.Root
	d.Model, err = p.ReadModel()
	return err
}

// fill makes the model that a spec describes.
func (d *Data) fill(s spec) error {
	for _, name := range sortedKeys(s.Tables) {
		if err := d.table(name, s.Tables[name]); err != nil {
			return fmt.Errorf("table %q: %w", name, err)
		}
	}
	if err := d.keys(s.Tables); err != nil {
		return err
	}
	for _, r := range s.Relationships {
		if err := d.relate(r); err != nil {
			return err
		}
	}
	for _, name := range sortedKeys(s.Measures) {
		d.measure(name, s.Measures)
	}
	for _, name := range sortedKeys(s.Roles) {
		r := model.Role{Name: name}
		for _, table := range sortedKeys(s.Roles[name]) {
			r.Permissions = append(r.Permissions, model.Permission{Table: table, Filter: s.Roles[name][table]})
		}
		d.Model.Roles = append(d.Model.Roles, r)
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// table adds a table: the name of a CSV file, or columns with rows.
func (d *Data) table(name string, text json.RawMessage) error {
	var file string
	if json.Unmarshal(text, &file) == nil {
		return d.csvTable(name, file)
	}
	var in inline
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	t := &model.Table{Name: name, Date: in.DateTable != ""}
	columns, err := ordered(in.Columns)
	if err != nil {
		return err
	}
	for _, c := range columns {
		kind, expr, calculated := strings.Cut(c[1], "=")
		typ, ok := columnTypes[strings.TrimSpace(kind)]
		if !ok {
			return fmt.Errorf("column %q: %q is no type", c[0], kind)
		}
		col := &model.Column{Name: c[0], Source: c[0], Type: typ, Summarize: "none", Key: c[0] == in.DateTable}
		if calculated && (len(in.Rows) == 0 || len(in.Rows[0]) < len(columns)) {
			col.Source, col.Expression = "", strings.TrimSpace(expr)
		}
		t.Columns = append(t.Columns, col)
	}
	if in.Generate != "" {
		d.rows[name], err = generate(t, in.Generate)
	} else {
		d.rows[name], err = valuesOf(t, in.Rows)
	}
	if err != nil {
		return err
	}
	d.Model.Tables = append(d.Model.Tables, t)
	t.Partitions = []model.Partition{{Name: name, Kind: "m", Source: literalTable(t, d.rows[name])}}
	return nil
}

// columnTypes are the names of types in the file.
var columnTypes = map[string]dax.Type{"int64": dax.Int64, "double": dax.Double, "decimal": dax.Decimal,
	"string": dax.String, "boolean": dax.Boolean, "dateTime": dax.DateTime}

// ordered reads an object of texts in the order in which it is written.
func ordered(text json.RawMessage) ([][2]string, error) {
	in := json.NewDecoder(strings.NewReader(string(text)))
	var all [][2]string
	if _, err := in.Token(); err != nil {
		return nil, fmt.Errorf("columns: %w", err)
	}
	for in.More() {
		name, err := in.Token()
		if err != nil {
			return nil, err
		}
		var kind string
		if err := in.Decode(&kind); err != nil {
			return nil, err
		}
		all = append(all, [2]string{fmt.Sprint(name), kind})
	}
	return all, nil
}

// valuesOf are rows of JSON as values of the columns' types.
func valuesOf(t *model.Table, rows [][]any) ([][]dax.Value, error) {
	var cols []*model.Column
	for _, c := range t.Columns {
		if c.Expression == "" {
			cols = append(cols, c)
		}
	}
	all := make([][]dax.Value, len(rows))
	for i, row := range rows {
		if len(row) != len(cols) {
			return nil, fmt.Errorf("row %d has %d values, want %d", i+1, len(row), len(cols))
		}
		all[i] = make([]dax.Value, len(row))
		for j, cell := range row {
			v, err := cellOf(cell, cols[j].Type)
			if err != nil {
				return nil, fmt.Errorf("row %d, column %q: %w", i+1, cols[j].Name, err)
			}
			all[i][j] = v
		}
	}
	return all, nil
}

// cellOf is a value of JSON as one of a type.
func cellOf(cell any, t dax.Type) (dax.Value, error) {
	var v dax.Value
	switch cell := cell.(type) {
	case nil:
		return v, nil
	case bool:
		v = dax.BoolOf(cell)
	case float64:
		v = dax.FloatOf(cell)
	case string:
		v = dax.TextOf(cell)
	default:
		return v, fmt.Errorf("%v is no value", cell)
	}
	switch t {
	case dax.Int64:
		n, err := v.ToInt()
		return dax.IntOf(n), err
	case dax.Double:
		f, err := v.ToFloat()
		return dax.FloatOf(f), err
	case dax.Decimal:
		return v.ToDecimal()
	case dax.DateTime:
		return v.ToTime()
	case dax.Boolean:
		b, err := v.ToBool()
		return dax.BoolOf(b), err
	}
	return dax.TextOf(v.ToText()), nil
}

// generate counts out the rows of a calendar: "every day 2024-01-01..2024-02-29, M = month".
func generate(t *model.Table, text string) ([][]dax.Value, error) {
	parts := strings.Split(text, ",")
	from, to, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(parts[0]), "every day "), "..")
	first, err := time.Parse(time.DateOnly, strings.TrimSpace(from))
	last, err2 := time.Parse(time.DateOnly, strings.TrimSpace(to))
	if !ok || err != nil || err2 != nil {
		return nil, fmt.Errorf("generate %q: want \"every day FROM..TO, COLUMN = month\"", text)
	}
	of := map[string]string{}
	for _, p := range parts[1:] {
		name, part, _ := strings.Cut(p, "=")
		of[strings.TrimSpace(name)] = strings.TrimSpace(part)
	}
	var rows [][]dax.Value
	for day := first; !day.After(last); day = day.AddDate(0, 0, 1) {
		var row []dax.Value
		for _, c := range t.Columns {
			v, ok := partOf(day, c, of[c.Name])
			if !ok {
				return nil, fmt.Errorf("generate: column %q is %q, which is no part of a date", c.Name, of[c.Name])
			}
			row = append(row, v)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func partOf(day time.Time, c *model.Column, part string) (dax.Value, bool) {
	var n int
	switch {
	case part == "" && c.Type == dax.DateTime:
		return dax.TimeOf(day), true
	case part == "year":
		n = day.Year()
	case part == "quarter":
		n = (int(day.Month()) + 2) / 3
	case part == "month":
		n = int(day.Month())
	case part == "day":
		n = day.Day()
	case part == "weekday":
		n = int(day.Weekday()) + 1
	default:
		return dax.Value{}, false
	}
	return dax.IntOf(int64(n)), true
}
