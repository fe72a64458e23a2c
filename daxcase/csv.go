package daxcase

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"inlay/dax"
	"inlay/model"
)

// csvTable adds a table whose rows are a CSV file with a header; types are those that all
// cells have. A remark behind the name, such as (+ calculated key K = A & "|" & B), is read
// by keys.
func (d *Data) csvTable(name, text string) error {
	file, _, _ := strings.Cut(text, " (")
	file = strings.TrimSpace(file)
	rows, err := readCSV(filepath.Join(d.Root, file))
	if err != nil {
		return err
	}
	t := &model.Table{Name: name}
	kinds := make([]string, len(rows[0]))
	for i, h := range rows[0] {
		typ := typeOf(rows[1:], i)
		kinds[i] = fmt.Sprintf("{%s, %s}", quoteM(h), typesM[typ])
		t.Columns = append(t.Columns, &model.Column{Name: h, Source: h, Type: typ})
	}
	t.Partitions = []model.Partition{{Name: name, Kind: "m", Source: fmt.Sprintf(`let
	Source = Csv.Document(File.Contents(%s), [Delimiter = ",", Encoding = 65001, QuoteStyle = QuoteStyle.Csv]),
	Named = Table.PromoteHeaders(Source, [PromoteAllScalars = true]),
	Blank = Table.ReplaceValue(Named, "", null, Replacer.ReplaceValue, Table.ColumnNames(Named)),
	Typed = Table.TransformColumnTypes(Blank, {%s}, "en-US")
in
	Typed`, quoteM(file), strings.Join(kinds, ", "))}}
	d.Model.Tables = append(d.Model.Tables, t)
	return nil
}

var typesM = map[dax.Type]string{dax.Int64: "Int64.Type", dax.Double: "type number", dax.Decimal: "Currency.Type", dax.DateTime: "type datetime", dax.String: "type text"}

func readCSV(path string) ([][]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err == nil && len(rows) == 0 {
		err = fmt.Errorf("%s has no header", filepath.Base(path))
	}
	return rows, err
}

var (
	wholeNumber = regexp.MustCompile(`^-?(0|[1-9]\d{0,17})$`)
	money       = regexp.MustCompile(`^-?(0|[1-9]\d{0,13})\.\d{1,4}$`)
	anyNumber   = regexp.MustCompile(`^-?\d+(\.\d+)?([eE][-+]?\d+)?$`)
)

// typeOf is the type that all cells of a column have; empty cells have any.
func typeOf(rows [][]string, column int) dax.Type {
	could := map[dax.Type]bool{dax.Int64: true, dax.Decimal: true, dax.Double: true, dax.DateTime: true}
	some := false
	for _, row := range rows {
		s := row[column]
		if s == "" {
			continue
		}
		some = true
		whole := wholeNumber.MatchString(s)
		could[dax.Int64] = could[dax.Int64] && whole
		could[dax.Decimal] = could[dax.Decimal] && (whole || money.MatchString(s))
		could[dax.Double] = could[dax.Double] && (whole || anyNumber.MatchString(s))
		_, err := time.Parse(time.DateOnly, s)
		could[dax.DateTime] = could[dax.DateTime] && err == nil
	}
	for _, t := range []dax.Type{dax.Int64, dax.Decimal, dax.Double, dax.DateTime} {
		if some && could[t] {
			return t
		}
	}
	return dax.String
}

var (
	keyRemark = regexp.MustCompile(`\(\+ calculated key (\w+) = (.+)\)$`)
	useRemark = regexp.MustCompile(`\(\+ (\w+) key\)$`)
)

// keys adds the calculated key columns that tables name in remarks.
func (d *Data) keys(tables map[string]json.RawMessage) error {
	known := map[string]string{}
	wants := map[string]string{}
	for _, name := range sortedKeys(tables) {
		var text string
		if json.Unmarshal(tables[name], &text) != nil {
			continue
		}
		if m := keyRemark.FindStringSubmatch(text); m != nil {
			known[m[1]] = m[2]
			wants[name] = m[1]
		} else if m := useRemark.FindStringSubmatch(text); m != nil {
			wants[name] = m[1]
		} else if strings.Contains(text, " (") {
			return fmt.Errorf("table %q: the remark in %q is not understood", name, text)
		}
	}
	for _, name := range sortedKeys(wants) {
		expr, ok := known[wants[name]]
		if !ok {
			return fmt.Errorf("table %q: no table says what the key %s is", name, wants[name])
		}
		if err := d.addKey(d.Model.Table(name), wants[name], expr); err != nil {
			return fmt.Errorf("table %q: %w", name, err)
		}
	}
	return nil
}

// addKey makes a text column of columns and texts that are joined with &.
func (d *Data) addKey(t *model.Table, key, expr string) error {
	var parts []string
	for _, term := range strings.Split(expr, "&") {
		term = strings.TrimSpace(term)
		switch {
		case strings.HasPrefix(term, `"`):
			parts = append(parts, term)
		case t.Column(term) != nil:
			parts = append(parts, "Text.From(["+term+"])")
		default:
			return fmt.Errorf("the key %s is made of %s, which is no column", key, term)
		}
	}
	p := &t.Partitions[0]
	body, _, _ := strings.Cut(p.Source, "\nin\n")
	p.Source = fmt.Sprintf("%s,\n\tKeyed = Table.AddColumn(Typed, %s, each %s)\nin\n\tKeyed", body, quoteM(key), strings.Join(parts, " & "))
	t.Columns = append(t.Columns, &model.Column{Name: key, Source: key, Type: dax.String})
	return nil
}
