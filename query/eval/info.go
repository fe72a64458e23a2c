package eval

import (
	"slices"
	"strings"

	"inlay/dax"
	"inlay/dax/fn"
	"inlay/model"
)

// infoTable is one of the functions INFO.…: the definition of the model as a table. A column
// that Power BI has and that the definition does not tell is left out, so that asking for it is
// an error and not a blank.
type infoTable struct {
	columns string // names, with spaces between them
	rows    func(d *definition) [][]dax.Value
	words   []string // objects of a definition that would be rows and are not kept
	view    bool     // for every viewer
}

// infoTables tell of the objects of the model.
var infoTables = map[string]infoTable{
	"INFO.MODEL":                      {columns: "ID Name Culture", rows: (*definition).model},
	"INFO.TABLES":                     {columns: "ID ModelID Name DataCategory Description IsHidden", rows: (*definition).tables},
	"INFO.COLUMNS":                    {columns: "ID TableID ExplicitName ExplicitDataType DataCategory Description IsHidden IsKey Type SourceColumn Expression FormatString IsAvailableInMDX SortByColumnID DisplayFolder", rows: (*definition).columns},
	"INFO.MEASURES":                   {columns: "ID TableID Name Description Expression FormatString IsHidden DisplayFolder", rows: (*definition).measures},
	"INFO.RELATIONSHIPS":              {columns: "ID ModelID Name IsActive Type CrossFilteringBehavior JoinOnDateBehavior RelyOnReferentialIntegrity FromTableID FromColumnID FromCardinality ToTableID ToColumnID ToCardinality SecurityFilteringBehavior", rows: (*definition).relationships},
	"INFO.ROLES":                      {columns: "ID ModelID Name Description", rows: (*definition).roles},
	"INFO.TABLEPERMISSIONS":           {columns: "ID RoleID TableID FilterExpression MetadataPermission", rows: (*definition).permissions},
	"INFO.COLUMNPERMISSIONS":          {columns: "ID TablePermissionID ColumnID MetadataPermission", rows: (*definition).columnPermissions},
	"INFO.HIERARCHIES":                {columns: "ID TableID Name IsHidden", rows: (*definition).hierarchies},
	"INFO.LEVELS":                     {columns: "ID HierarchyID Ordinal Name ColumnID", rows: (*definition).levels},
	"INFO.CALCULATIONGROUPS":          {columns: "ID TableID Precedence", rows: (*definition).groups},
	"INFO.CALCULATIONITEMS":           {columns: "ID CalculationGroupID Name Description Ordinal Expression", rows: (*definition).items},
	"INFO.EXPRESSIONS":                {columns: "ID ModelID Name Kind Expression", rows: (*definition).expressions},
	"INFO.PARTITIONS":                 {columns: "ID TableID Name QueryDefinition Type Mode", rows: (*definition).partitions},
	"INFO.CULTURES":                   {columns: "ID ModelID Name", rows: (*definition).cultures},
	"INFO.REFRESHPOLICIES":            {columns: "ID TableID", rows: (*definition).policies},
	"INFO.VIEW.TABLES":                {columns: "ID Name Model DataCategory Description IsHidden Expression CalculationGroupPrecedence", rows: (*definition).viewTables, view: true},
	"INFO.VIEW.COLUMNS":               {columns: "ID Name Table DataType DataCategory Description IsHidden IsKey Type SourceColumn Expression FormatString IsAvailableInMDX SortByColumn DisplayFolder", rows: (*definition).viewColumns, view: true},
	"INFO.VIEW.MEASURES":              {columns: "ID Name Table Description Expression FormatString IsHidden DisplayFolder FormatStringDefinition", rows: (*definition).viewMeasures, view: true},
	"INFO.VIEW.RELATIONSHIPS":         {columns: "ID Name Model IsActive CrossFilteringBehavior RelyOnReferentialIntegrity FromTable FromColumn FromCardinality ToTable ToColumn ToCardinality SecurityFilteringBehavior", rows: (*definition).viewRelationships, view: true},
	"INFO.CHANGEDPROPERTIES":          {columns: "ID ObjectID ObjectType Property", words: []string{"changedproperty"}},
	"INFO.EXTENDEDPROPERTIES":         {columns: "ID ObjectID ObjectType Name Type Value", words: []string{"extendedproperty"}},
	"INFO.KPIS":                       {columns: "ID MeasureID Description TargetDescription TargetExpression TargetFormatString StatusGraphic StatusDescription StatusExpression TrendGraphic TrendDescription TrendExpression", rows: (*definition).kpis},
	"INFO.QUERYGROUPS":                {columns: "ID ModelID Folder Description", words: []string{"querygroup"}},
	"INFO.ROLEMEMBERSHIPS":            {columns: "ID RoleID MemberName MemberID", words: []string{"member"}},
	"INFO.PERSPECTIVES":               {columns: "ID ModelID Name Description", words: []string{"perspective"}},
	"INFO.PERSPECTIVETABLES":          {columns: "ID PerspectiveID TableID IncludeAll", words: []string{"perspective"}},
	"INFO.PERSPECTIVECOLUMNS":         {columns: "ID PerspectiveTableID ColumnID", words: []string{"perspective"}},
	"INFO.PERSPECTIVEMEASURES":        {columns: "ID PerspectiveTableID MeasureID", words: []string{"perspective"}},
	"INFO.PERSPECTIVEHIERARCHIES":     {columns: "ID PerspectiveTableID HierarchyID", words: []string{"perspective"}},
	"INFO.HIERARCHYSTORAGES":          {columns: "ID HierarchyID", rows: (*definition).storages},
	"INFO.ATTRIBUTEHIERARCHIES":       {columns: "ID ColumnID AttributeHierarchyStorageID", rows: (*definition).attributes},
	"INFO.ATTRIBUTEHIERARCHYSTORAGES": {columns: "ID AttributeHierarchyID", rows: (*definition).attributeStorages},
	"INFO.RELATIONSHIPSTORAGES":       {columns: "ID RelationshipID", rows: (*definition).relationshipStorages},
	"INFO.VARIATIONS":                 {columns: "ID ColumnID Name RelationshipID DefaultHierarchyID DefaultColumnID IsDefault", rows: (*definition).variations},
	"INFO.RELATEDCOLUMNDETAILS":       {columns: "ID ColumnID", rows: (*definition).related},
	"INFO.GROUPBYCOLUMNS":             {columns: "ID RelatedColumnDetailsID GroupingColumnID", rows: (*definition).groupedBy},
	"INFO.FORMATSTRINGDEFINITIONS":    {columns: "ID ObjectID Expression", rows: (*definition).formats},
	"INFO.CATALOGS":                   {columns: "CATALOG_NAME", rows: (*definition).catalogs},
	"INFO.FUNCTIONS":                  {columns: "FUNCTION_NAME DESCRIPTION INTERFACE_NAME", rows: (*definition).functions},
	"INFO.DETAILROWSDEFINITIONS":      {columns: "ID ObjectID Expression", rows: (*definition).details},
	"INFO.DATASOURCES":                {columns: "ID ModelID Name Description Type", words: []string{"datasource"}},
	"INFO.ALTERNATEOFDEFINITIONS":     {columns: "ID ColumnID BaseColumnID BaseTableID Summarization", words: []string{"alternateof"}},
	"INFO.USERDEFINEDFUNCTIONS":       {columns: "ID ModelID Name Description Expression IsHidden", rows: (*definition).userDefined},
	"INFO.OBJECTTRANSLATIONS":         {columns: "ID CultureID ObjectID Property Value", words: []string{"cultureinfo"}},
}

// infoFunctions are the functions INFO.…, by name.
func infoFunctions() map[string]tableFunc {
	all := map[string]tableFunc{}
	for name, t := range infoTables {
		all[name] = t.tell
	}
	for _, f := range fn.All() {
		if strings.HasPrefix(f.Name, "INFO.") && all[f.Name] == nil {
			all[f.Name] = untold
		}
	}
	for _, name := range []string{"INFO.DATACOVERAGEDEFINITIONS", "INFO.EXCLUDEDARTIFACTS"} {
		all[name] = func(_ *evaluator, x *dax.Call, _ *batch, _ want) (*rowset, error) {
			return nil, wrong(x, "%s refers to objects that a model of this kind cannot have", strings.ToUpper(x.Func))
		}
	}
	return all
}

// untold is the error of a table that is not told. It is the same for every viewer.
func untold(_ *evaluator, x *dax.Call, _ *batch, _ want) (*rowset, error) {
	name := strings.ToUpper(x.Func)
	why := "is not supported here"
	switch what := strings.TrimPrefix(name, "INFO."); {
	case strings.Contains(what, "STORAGE") || what == "CSDLMETADATA" || what == "PROPERTIES":
		why = "is not supported: it tells of the engine of the service and of how that stores a model, which is not so here"
	case what == "ANNOTATIONS" || what == "LINGUISTICMETADATA" || strings.HasPrefix(what, "CALENDAR"):
		why = "is not supported: a model's " + strings.ToLower(what) + " are not kept"
	case strings.HasSuffix(what, "DEPENDENCIES") || strings.HasSuffix(what, "DEPENDENCY"):
		why = "is not supported: what the service counts as a dependency is not documented"
	}
	return nil, unsupported(x, "function %s %s", name, why)
}

// tell answers the rows that agree with the restrictions: pairs of a column and its value.
func (t infoTable) tell(e *evaluator, x *dax.Call, b *batch, _ want) (*rowset, error) {
	s, ok := e.s.(Informer)
	if !ok {
		return nil, unsupported(x, "%s cannot be answered here", strings.ToUpper(x.Func))
	}
	if err := s.Definition(!t.view); err != nil {
		return nil, err
	}
	if e.further {
		return nil, unsupported(x, "%s is not supported in a query that defines columns", strings.ToUpper(x.Func))
	}
	for _, w := range t.words {
		if e.m.Dropped[w] > 0 {
			return nil, unsupported(x, "%s is not supported for a model that has objects of kind %s, which are not kept", strings.ToUpper(x.Func), w)
		}
	}
	if len(x.Args)%2 != 0 {
		return nil, wrong(x, "%s takes pairs of a column and its value", strings.ToUpper(x.Func))
	}
	names := strings.Fields(t.columns)
	cols := make([]tableColumn, len(names))
	for i, n := range names {
		cols[i] = tableColumn{name: n}
	}
	var rows [][]dax.Value
	if t.rows != nil {
		var err error
		if rows, err = t.of(e.m, x); err != nil {
			return nil, err
		}
	}
	if len(x.Args) == 0 {
		return one(b.n, cols, rows), nil
	}
	args := make([][]dax.Value, len(x.Args))
	for i, a := range x.Args {
		var err error
		if args[i], err = e.scalar(a, b); err != nil {
			return nil, err
		}
	}
	out := &rowset{cols: cols, of: identity(b.n)}
	for i := range b.n {
		kept := rows
		for j := 0; j < len(args); j += 2 {
			at := slices.IndexFunc(names, func(n string) bool { return same(n, args[j][i].ToText()) })
			if at < 0 {
				return nil, wrong(x.Args[j], "%s has no column %q here", strings.ToUpper(x.Func), args[j][i].ToText())
			}
			var next [][]dax.Value
			for _, row := range kept {
				if same(row[at].ToText(), args[j+1][i].ToText()) {
					next = append(next, row)
				}
			}
			kept = next
		}
		out.blocks = append(out.blocks, kept)
	}
	return out, nil
}

// of is the rows of a table for a model.
func (t infoTable) of(m *model.Model, x *dax.Call) ([][]dax.Value, error) {
	d := newDefinition(m)
	rows := t.rows(d)
	if d.missing != "" {
		return nil, unsupported(x, "%s is not supported for a model with %s", strings.ToUpper(x.Func), d.missing)
	}
	return rows, nil
}

// definition numbers the objects of a model. The numbers are the same whichever table is asked
// for, so that tables can be joined by them, and change with the model.
type definition struct {
	m       *model.Model
	n       int64
	ids     map[string]int64
	missing string // what keeps a table from being told
}

func newDefinition(m *model.Model) *definition {
	d := &definition{m: m, ids: map[string]int64{}}
	d.number("model")
	for _, t := range m.Tables {
		d.number("table", t.Name)
		for _, c := range t.Columns {
			d.number("column", t.Name, c.Name)
		}
		d.number("rownumber", t.Name)
		for _, x := range t.Measures {
			if x.PartOf == "" {
				d.number("measure", x.Name)
			}
		}
		for _, h := range t.Hierarchies {
			d.number("hierarchy", t.Name, h.Name)
			for _, l := range h.Levels {
				d.number("level", t.Name, h.Name, l.Name)
			}
		}
		for _, p := range t.Partitions {
			d.number("partition", t.Name, p.Name)
		}
		if t.Group != nil {
			d.number("group", t.Name)
			for _, i := range t.Group.Items {
				d.number("item", t.Name, i.Name)
			}
		}
		if t.Policy != nil {
			d.number("policy", t.Name)
		}
	}
	for _, r := range m.Relationships {
		d.number("relationship", r.Name, r.From.String(), r.To.String())
	}
	for _, r := range m.Roles {
		d.number("role", r.Name)
		for _, p := range r.Permissions {
			d.number("permission", r.Name, p.Table)
			for _, c := range p.Columns {
				d.number("hidden", r.Name, p.Table, c.Column)
			}
		}
	}
	for _, x := range m.Expressions {
		d.number("expression", x.Name)
	}
	d.number("culture")
	d.numberMore()
	return d
}

func (d *definition) number(name ...string) {
	d.n++
	d.ids[objectKey(name)] = d.n
}

// id is the number of an object; BLANK if there is none.
func (d *definition) id(name ...string) dax.Value {
	if n, ok := d.ids[objectKey(name)]; ok {
		return dax.IntOf(n)
	}
	return dax.Value{}
}

func objectKey(name []string) string { return strings.ToLower(strings.Join(name, "\x00")) }

// said is a text, BLANK if it is empty.
func said(s string) dax.Value {
	if s == "" {
		return dax.Value{}
	}
	return dax.TextOf(s)
}
