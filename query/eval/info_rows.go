package eval

import (
	"strings"

	"inlay/dax"
	"inlay/model"
)

// Numbers stand for words as in the Tabular Object Model: DataType, ColumnType, PartitionSourceType,
// ModeType, RelationshipEndCardinality, CrossFilteringBehavior, MetadataPermission.
var (
	dataTypes      = map[dax.Type]int64{dax.String: 2, dax.Int64: 6, dax.Double: 8, dax.DateTime: 9, dax.Decimal: 10, dax.Boolean: 11}
	partitionTypes = map[string]int64{"query": 1, "calculated": 2, "none": 3, "m": 4, "entity": 5, "policyrange": 6, "calculationgroup": 7}
	modes          = map[string]int64{"import": 0, "directquery": 1, "default": 2, "push": 3, "dual": 4, "directlake": 5}
	permissions    = map[string]int64{"": 0, "none": 1, "read": 2}
)

// hiddenColumn is the hidden column that each table of a model has.
const hiddenColumn = "RowNumber-2662979B-1795-4F74-8F37-6A1BA8059B61"

// word is a number that stands for a word, BLANK if there is none for it.
func word(words map[string]int64, w string) dax.Value {
	if n, ok := words[strings.ToLower(w)]; ok {
		return dax.IntOf(n)
	}
	return dax.Value{}
}

// oneOrTwo is 2 if what is asked is so, as numbers of two words are.
func oneOrTwo(second bool) dax.Value {
	if second {
		return dax.IntOf(2)
	}
	return dax.IntOf(1)
}

func (d *definition) model() [][]dax.Value {
	return [][]dax.Value{{d.id("model"), said(d.m.Name), said(d.m.Culture)}}
}

// shownCategory is a data category as INFO.VIEW functions have it: Regular if there is no other
// (the pictures in info-view-tables-function-dax.md and info-view-columns-function-dax.md).
func shownCategory(v dax.Value) dax.Value {
	if v.IsBlank() {
		return dax.TextOf("Regular")
	}
	return v
}

func category(t *model.Table) dax.Value {
	if t.Date {
		return dax.TextOf("Time")
	}
	return dax.Value{}
}

func (d *definition) tables() (rows [][]dax.Value) {
	for _, t := range d.m.Tables {
		rows = append(rows, []dax.Value{d.id("table", t.Name), d.id("model"), said(t.Name), category(t), said(t.Description), dax.BoolOf(t.Hidden)})
	}
	return rows
}

func (d *definition) columns() (rows [][]dax.Value) {
	yes := dax.BoolOf(true)
	for _, t := range d.m.Tables {
		rows = append(rows, []dax.Value{d.id("rownumber", t.Name), d.id("table", t.Name), dax.TextOf(hiddenColumn), dax.IntOf(dataTypes[dax.Int64]), {}, {}, yes, yes,
			dax.IntOf(3), dax.TextOf(hiddenColumn), {}, {}, yes, {}, {}})
		for _, c := range t.Columns {
			data, kind := dax.Value{}, dax.IntOf(1)
			if n, ok := dataTypes[c.Type]; ok {
				data = dax.IntOf(n)
			}
			switch {
			case c.Expression != "":
				kind = dax.IntOf(2)
			case len(t.Partitions) > 0 && strings.EqualFold(t.Partitions[0].Kind, "calculated"):
				kind = dax.IntOf(4)
			}
			rows = append(rows, []dax.Value{d.id("column", t.Name, c.Name), d.id("table", t.Name), said(c.Name), data, said(c.Category), said(c.Description), dax.BoolOf(c.Hidden), dax.BoolOf(c.Key),
				kind, said(c.Source), said(c.Expression), said(c.Format), dax.BoolOf(!c.NotInMDX), d.id("column", t.Name, c.SortBy), said(c.Folder)})
		}
	}
	return rows
}

func (d *definition) measures() (rows [][]dax.Value) {
	for _, t := range d.m.Tables {
		for _, x := range t.Measures {
			if x.PartOf != "" {
				continue // told with its KPI
			}
			rows = append(rows, []dax.Value{d.id("measure", x.Name), d.id("table", t.Name), said(x.Name), said(x.Description), said(x.Expression), said(x.Format), dax.BoolOf(x.Hidden), said(x.Folder)})
		}
	}
	return rows
}

func (d *definition) relationships() (rows [][]dax.Value) {
	for _, r := range d.m.Relationships {
		from, _ := r.Ends()
		rows = append(rows, []dax.Value{d.id("relationship", r.Name, r.From.String(), r.To.String()), d.id("model"), said(r.Name), dax.BoolOf(!r.Inactive), dax.IntOf(1),
			oneOrTwo(r.Both), oneOrTwo(r.DatePart), dax.BoolOf(r.Integrity),
			d.id("table", from.Table), d.id("column", from.Table, from.Column), oneOrTwo(r.FromEnd == model.Many),
			d.id("table", r.To.Table), d.id("column", r.To.Table, r.To.Column), oneOrTwo(r.ToEnd == model.Many), oneOrTwo(r.SecurityBoth)})
	}
	return rows
}

func (d *definition) roles() (rows [][]dax.Value) {
	for _, r := range d.m.Roles {
		rows = append(rows, []dax.Value{d.id("role", r.Name), d.id("model"), said(r.Name), said(r.Description)})
	}
	return rows
}

func (d *definition) permissions() (rows [][]dax.Value) {
	for _, r := range d.m.Roles {
		for _, p := range r.Permissions {
			rows = append(rows, []dax.Value{d.id("permission", r.Name, p.Table), d.id("role", r.Name), d.id("table", p.Table), said(p.Filter), word(permissions, p.Metadata)})
		}
	}
	return rows
}

func (d *definition) columnPermissions() (rows [][]dax.Value) {
	for _, r := range d.m.Roles {
		for _, p := range r.Permissions {
			for _, c := range p.Columns {
				rows = append(rows, []dax.Value{d.id("hidden", r.Name, p.Table, c.Column), d.id("permission", r.Name, p.Table), d.id("column", p.Table, c.Column), word(permissions, c.Metadata)})
			}
		}
	}
	return rows
}

func (d *definition) hierarchies() (rows [][]dax.Value) {
	for _, t := range d.m.Tables {
		for _, h := range t.Hierarchies {
			rows = append(rows, []dax.Value{d.id("hierarchy", t.Name, h.Name), d.id("table", t.Name), said(h.Name), dax.BoolOf(h.Hidden)})
		}
	}
	return rows
}

func (d *definition) levels() (rows [][]dax.Value) {
	for _, t := range d.m.Tables {
		for _, h := range t.Hierarchies {
			for i, l := range h.Levels {
				rows = append(rows, []dax.Value{d.id("level", t.Name, h.Name, l.Name), d.id("hierarchy", t.Name, h.Name), dax.IntOf(int64(i)), said(l.Name), d.id("column", t.Name, l.Column)})
			}
		}
	}
	return rows
}

func (d *definition) groups() (rows [][]dax.Value) {
	for _, t := range d.m.Tables {
		if t.Group != nil {
			rows = append(rows, []dax.Value{d.id("group", t.Name), d.id("table", t.Name), dax.IntOf(int64(t.Group.Precedence))})
		}
	}
	return rows
}

func (d *definition) items() (rows [][]dax.Value) {
	for _, t := range d.m.Tables {
		if t.Group == nil {
			continue
		}
		for _, i := range t.Group.Items {
			rows = append(rows, []dax.Value{d.id("item", t.Name, i.Name), d.id("group", t.Name), said(i.Name), said(i.Description), dax.IntOf(int64(i.Ordinal)), said(i.Expression)})
		}
	}
	return rows
}

// expressions tells the texts as they are kept: those of parameters without their meta record.
func (d *definition) expressions() (rows [][]dax.Value) {
	for _, x := range d.m.Expressions {
		rows = append(rows, []dax.Value{d.id("expression", x.Name), d.id("model"), said(x.Name), dax.IntOf(0), said(x.Source)})
	}
	return rows
}

func (d *definition) partitions() (rows [][]dax.Value) {
	for _, t := range d.m.Tables {
		for _, p := range t.Partitions {
			rows = append(rows, []dax.Value{d.id("partition", t.Name, p.Name), d.id("table", t.Name), said(p.Name), said(p.Source), word(partitionTypes, p.Kind), word(modes, p.Mode)})
		}
	}
	return rows
}

// cultures is the model's own: its translations into others are not kept.
func (d *definition) cultures() [][]dax.Value {
	if d.m.Dropped["cultureinfo"] > 1 {
		d.missing = "translations"
	}
	return [][]dax.Value{{d.id("culture"), d.id("model"), said(d.m.Culture)}}
}

func (d *definition) policies() (rows [][]dax.Value) {
	for _, t := range d.m.Tables {
		if t.Policy != nil {
			rows = append(rows, []dax.Value{d.id("policy", t.Name), d.id("table", t.Name)})
		}
	}
	return rows
}

// storages is empty without hierarchies: how they are stored in Power BI is not known here.
func (d *definition) storages() [][]dax.Value {
	if len(d.hierarchies()) > 0 {
		d.missing = "hierarchies"
	}
	return nil
}

func (d *definition) viewTables() (rows [][]dax.Value) {
	for _, t := range d.m.Tables {
		var text, precedence dax.Value
		if len(t.Partitions) > 0 && strings.EqualFold(t.Partitions[0].Kind, "calculated") {
			text = said(t.Partitions[0].Source)
		}
		if t.Group != nil {
			precedence = dax.IntOf(int64(t.Group.Precedence))
		}
		rows = append(rows, []dax.Value{d.id("table", t.Name), said(t.Name), said(d.m.Name), shownCategory(category(t)), said(t.Description), dax.BoolOf(t.Hidden), text, precedence})
	}
	return rows
}

// viewColumns tells of data types by the names that DAX has for them, and of hidden columns by the
// category RowNumber (info-view-columns-function-dax.md).
func (d *definition) viewColumns() (rows [][]dax.Value) {
	yes, name, none := dax.BoolOf(true), dax.TextOf(hiddenColumn), dax.Value{}
	for _, t := range d.m.Tables {
		rows = append(rows, []dax.Value{d.id("rownumber", t.Name), name, said(t.Name), dax.TextOf(dax.Int64.String()), dax.TextOf("RowNumber"), none, yes, yes,
			dax.TextOf("RowNumber"), name, none, none, yes, none, none})
		for _, c := range t.Columns {
			kind := "Data"
			switch {
			case c.Expression != "":
				kind = "Calculated"
			case len(t.Partitions) > 0 && strings.EqualFold(t.Partitions[0].Kind, "calculated"):
				kind = "CalculatedTableColumn"
			}
			rows = append(rows, []dax.Value{d.id("column", t.Name, c.Name), said(c.Name), said(t.Name), dax.TextOf(c.Type.String()), shownCategory(said(c.Category)), said(c.Description), dax.BoolOf(c.Hidden), dax.BoolOf(c.Key),
				dax.TextOf(kind), said(c.Source), said(c.Expression), said(c.Format), dax.BoolOf(!c.NotInMDX), said(c.SortBy), said(c.Folder)})
		}
	}
	return rows
}

func (d *definition) viewMeasures() (rows [][]dax.Value) {
	for _, t := range d.m.Tables {
		for _, x := range t.Measures {
			if x.PartOf != "" {
				continue // told with its KPI
			}
			rows = append(rows, []dax.Value{d.id("measure", x.Name), said(x.Name), said(t.Name), said(x.Description), said(x.Expression), said(x.Format), dax.BoolOf(x.Hidden), said(x.Folder), said(x.FormatBy)})
		}
	}
	return rows
}

func (d *definition) viewRelationships() (rows [][]dax.Value) {
	either := func(second bool, a, b string) dax.Value {
		if second {
			return dax.TextOf(b)
		}
		return dax.TextOf(a)
	}
	for _, r := range d.m.Relationships {
		from, _ := r.Ends()
		rows = append(rows, []dax.Value{d.id("relationship", r.Name, r.From.String(), r.To.String()), said(r.Name), said(d.m.Name), dax.BoolOf(!r.Inactive),
			either(r.Both, "OneDirection", "BothDirections"), dax.BoolOf(r.Integrity), said(from.Table), said(from.Column), either(r.FromEnd == model.Many, "One", "Many"),
			said(r.To.Table), said(r.To.Column), either(r.ToEnd == model.Many, "One", "Many"), either(r.SecurityBoth, "Single", "Both")})
	}
	return rows
}
