package postgres

import (
	"net"
	"strconv"
	"strings"
	"time"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/model/powerquery/syntax"
)

// Direct reports whether a model's rows stay where they are: a partition of it is in the mode
// directQuery or dual.
func Direct(m *model.Model) bool {
	for _, t := range m.Tables {
		for _, p := range t.Partitions {
			if direct(p) {
				return true
			}
		}
	}
	return false
}

func direct(p model.Partition) bool {
	return strings.EqualFold(p.Mode, "directQuery") || strings.EqualFold(p.Mode, "dual")
}

// Relations reads where the rows of a model's tables are: which database, by its DatabaseName,
// and which relations. Steps of Power Query that do more than choose, rename and
// filter simply are refused by name. Calculated tables and calculation groups have no relation.
func Relations(m *model.Model) (database string, relations map[string]Relation, err error) {
	relations = map[string]Relation{}
	for _, t := range m.Tables {
		if t.Calculation || len(t.Partitions) == 0 {
			continue
		}
		p := t.Partitions[0]
		if strings.EqualFold(p.Kind, "calculated") {
			continue
		}
		if len(t.Partitions) > 1 || !direct(p) {
			return "", nil, mixed(t)
		}
		r := reader{m: m, t: t}
		x, err := syntax.Parse(p.Source)
		if err != nil {
			return "", nil, inlay.Errorf(inlay.Invalid, "table %q: its partition is not valid M: %v", t.Name, err)
		}
		found, err := r.table(x, nil)
		if err != nil {
			return "", nil, inlay.Errorf(inlay.KindOf(err), "table %q: %v", t.Name, err)
		}
		rel, err := found.relation(t)
		if err != nil {
			return "", nil, err
		}
		if database != "" && database != found.database {
			return "", nil, inlay.Errorf(inlay.Unsupported, "table %q is in database %q and others in %q; a model over several databases is not supported", t.Name, found.database, database)
		}
		database, relations[t.Name] = found.database, rel
	}
	if database == "" {
		return "", nil, inlay.Errorf(inlay.Unsupported, "no table of the model has a partition that names a PostgreSQL database")
	}
	return database, relations, nil
}

// mixed is the error of a table of a model with partitions in the database, some of whose rows
// would be of another time than the others. To load the one and leave the other out would be a
// total of a part of the rows.
func mixed(t *model.Table) error {
	var live, loaded []string
	for _, p := range t.Partitions {
		if direct(p) {
			live = append(live, strconv.Quote(p.Name))
		} else {
			loaded = append(loaded, strconv.Quote(p.Name))
		}
	}
	switch {
	case len(live) == 0:
		return inlay.Errorf(inlay.Unsupported, "table %q is imported and other tables of the model stay in the database, which is not supported in one model; "+
			"give the partitions of all tables the mode import, or those of all the mode directQuery", t.Name)
	case len(loaded) == 0:
		return inlay.Errorf(inlay.Unsupported, "table %q has %d partitions that stay in the database (%s), of which one is supported; make them one", t.Name, len(live), strings.Join(live, ", "))
	}
	return inlay.Errorf(inlay.Unsupported, "table %q is a hybrid table, which is not supported: %s would be loaded and %s asked for in the database, and nothing of it is shown in part; "+
		"remove %s from the definition, and the table shows all that a refresh reads, up to the time of that refresh",
		t.Name, strings.Join(loaded, ", "), strings.Join(live, ", "), strings.Join(live, ", "))
}

// DatabaseName is how the configuration names a database: host/database, with a port that is
// not the usual one.
func DatabaseName(server, database string) string {
	if host, port, err := net.SplitHostPort(server); err == nil && port == "5432" {
		server = host
	}
	return strings.ToLower(server) + "/" + database
}

// found is a table on the way from its source through the steps.
type found struct {
	database string
	rel      Relation
	known    []string          // columns that were chosen; nil: all
	names    map[string]string // to names in the database, of columns that were renamed
	gone     map[string]bool   // names that renaming took away
}

// physical is the column of the database behind a name.
func (f *found) physical(name string) (string, bool) {
	if old, ok := f.names[name]; ok {
		return old, true
	}
	if f.gone[name] {
		return "", false
	}
	if f.known != nil {
		for _, k := range f.known {
			if k == name {
				return name, true
			}
		}
		return "", false
	}
	return name, true
}

func (f *found) relation(t *model.Table) (Relation, error) {
	r := f.rel
	r.Columns = map[string]string{}
	for _, c := range t.Columns {
		if c.Source == "" {
			continue
		}
		name, ok := f.physical(c.Source)
		if !ok {
			return r, inlay.Errorf(inlay.Invalid, "table %q: its partition gives no column %q", t.Name, c.Source)
		}
		r.Columns[c.Source] = name
	}
	return r, nil
}

// reader reads the partition of one table.
type reader struct {
	m     *model.Model
	t     *model.Table
	depth int
}

// scope is the steps that an expression may name.
type scope map[string]syntax.Expr

func (r *reader) refuse(x syntax.Expr, what string) error {
	return inlay.Errorf(inlay.Unsupported, "line %d of its partition: %s cannot be done in the database; for DirectQuery there are PostgreSQL.Database, navigation to a table, Value.NativeQuery, Table.SelectColumns, Table.RenameColumns and Table.SelectRows with simple conditions; do the rest in a view", x.Pos().Line, what)
}

// table reads an expression that gives a table of a database.
func (r *reader) table(x syntax.Expr, s scope) (*found, error) {
	if r.depth++; r.depth > 200 {
		return nil, r.refuse(x, "a step that refers to itself")
	}
	switch x := x.(type) {
	case *syntax.Let:
		inner := scope{}
		for name, step := range s {
			inner[name] = step
		}
		for _, b := range x.Steps {
			inner[b.Name] = b.X
		}
		return r.table(x.In, inner)
	case *syntax.Name:
		if step, ok := s[x.Name]; ok {
			return r.table(step, s)
		}
		if e := r.m.Expression(x.Name); e != nil {
			y, err := syntax.Parse(e.Source)
			if err != nil {
				return nil, inlay.Errorf(inlay.Invalid, "expression %q is not valid M: %v", x.Name, err)
			}
			return r.table(y, nil)
		}
		return nil, r.refuse(x, x.Name)
	case *syntax.Field:
		return r.navigation(x, s)
	case *syntax.Call:
		return r.call(x, s)
	}
	return nil, r.refuse(x, "an expression of this kind")
}

// navigation reads Source{[Schema="public",Item="orders"]}[Data].
func (r *reader) navigation(x *syntax.Field, s scope) (*found, error) {
	index, ok := x.X.(*syntax.Index)
	if !ok || x.Name != "Data" {
		return nil, r.refuse(x, "navigation other than Source{[Schema=…,Item=…]}[Data]")
	}
	f, err := r.table(index.X, s)
	if err != nil {
		return nil, err
	}
	key, ok := index.Key.(*syntax.Record)
	if !ok || f.rel.Native != "" || f.rel.Name != "" {
		return nil, r.refuse(x, "navigation other than Source{[Schema=…,Item=…]}[Data]")
	}
	for _, field := range key.Fields {
		text, err := r.text(field.X, s)
		if err != nil {
			return nil, err
		}
		switch field.Name {
		case "Schema":
			f.rel.Schema = text
		case "Item":
			f.rel.Name = text
		default:
			return nil, r.refuse(x, "navigation by "+field.Name)
		}
	}
	if f.rel.Schema == "" || f.rel.Name == "" {
		return nil, r.refuse(x, "navigation other than Source{[Schema=…,Item=…]}[Data]")
	}
	return f, nil
}

func (r *reader) call(x *syntax.Call, s scope) (*found, error) {
	name, ok := x.Func.(*syntax.Name)
	if !ok {
		return nil, r.refuse(x, "a call of something computed")
	}
	if name.Name == "PostgreSQL.Database" {
		return r.database(x, s)
	}
	steps := map[string]func(*found, *syntax.Call, scope) error{
		"Value.NativeQuery": r.native, "Table.SelectColumns": r.choose, "Table.RenameColumns": r.rename, "Table.SelectRows": r.filter}
	step, ok := steps[name.Name]
	if !ok || len(x.Args) < 2 {
		return nil, r.refuse(x, name.Name)
	}
	f, err := r.table(x.Args[0], s)
	if err != nil {
		return nil, err
	}
	return f, step(f, x, s)
}

func (r *reader) database(x *syntax.Call, s scope) (*found, error) {
	if len(x.Args) < 2 || len(x.Args) > 3 {
		return nil, r.refuse(x, "PostgreSQL.Database without server and database")
	}
	server, err := r.text(x.Args[0], s)
	if err != nil {
		return nil, err
	}
	db, err := r.text(x.Args[1], s)
	if err != nil {
		return nil, err
	}
	f := &found{database: DatabaseName(server, db), names: map[string]string{}, gone: map[string]bool{}}
	if len(x.Args) == 2 {
		return f, nil
	}
	options, ok := x.Args[2].(*syntax.Record)
	if !ok {
		return nil, r.refuse(x, "options of PostgreSQL.Database that are not written as a record")
	}
	for _, o := range options.Fields {
		switch o.Name {
		case "Query":
			if f.rel.Native, err = r.sql(o.X, s); err != nil {
				return nil, err
			}
		case "CreateNavigationProperties", "CommandTimeout", "ConnectionTimeout":
		default:
			return nil, r.refuse(x, "the option "+o.Name+" of PostgreSQL.Database")
		}
	}
	return f, nil
}

func (r *reader) native(f *found, x *syntax.Call, s scope) error {
	if len(x.Args) > 2 {
		if l, ok := x.Args[2].(*syntax.Literal); !ok || l.Kind != syntax.Null {
			return r.refuse(x, "Value.NativeQuery with parameters")
		}
	}
	if f.rel.Native != "" || f.rel.Name != "" {
		return r.refuse(x, "Value.NativeQuery on anything but the database")
	}
	var err error
	f.rel.Native, err = r.sql(x.Args[1], s)
	return err
}

// sql is a query that stands inside another.
func (r *reader) sql(x syntax.Expr, s scope) (string, error) {
	text, err := r.text(x, s)
	return strings.TrimRight(strings.TrimSpace(text), "; \t\r\n"), err
}

// text is a text that is written down, or that of a parameter.
func (r *reader) text(x syntax.Expr, s scope) (string, error) {
	switch x := x.(type) {
	case *syntax.Literal:
		if x.Kind == syntax.Text {
			return x.Text, nil
		}
	case *syntax.Name:
		if r.depth++; r.depth > 200 {
			return "", r.refuse(x, "a step that refers to itself")
		}
		if step, ok := s[x.Name]; ok {
			return r.text(step, s)
		}
		if e := r.m.Expression(x.Name); e != nil {
			y, err := syntax.Parse(e.Source)
			if err != nil {
				return "", inlay.Errorf(inlay.Invalid, "parameter %q is not valid M: %v", x.Name, err)
			}
			return r.text(y, nil)
		}
	}
	return "", r.refuse(x, "a text that is computed")
}

func (r *reader) texts(x syntax.Expr, s scope) ([]string, error) {
	list, ok := x.(*syntax.List)
	if !ok {
		text, err := r.text(x, s)
		return []string{text}, err
	}
	var out []string
	for _, item := range list.Items {
		if item.To != nil {
			return nil, r.refuse(x, "a range of names")
		}
		text, err := r.text(item.From, s)
		if err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	return out, nil
}

func (r *reader) choose(f *found, x *syntax.Call, s scope) error {
	if len(x.Args) > 2 {
		return r.refuse(x, "Table.SelectColumns with what to do about missing ones")
	}
	names, err := r.texts(x.Args[1], s)
	if err != nil {
		return err
	}
	known, renamed := []string{}, map[string]string{}
	for _, n := range names {
		old, ok := f.physical(n)
		if !ok {
			return r.refuse(x, "choosing column "+strconv.Quote(n)+", which is not there,")
		}
		if old != n {
			renamed[n] = old
		} else {
			known = append(known, n)
		}
	}
	f.known, f.names, f.gone = known, renamed, map[string]bool{}
	return nil
}

func (r *reader) rename(f *found, x *syntax.Call, s scope) error {
	list, ok := x.Args[1].(*syntax.List)
	if !ok || len(x.Args) > 2 {
		return r.refuse(x, "Table.RenameColumns other than by a list of pairs")
	}
	pairs := list.Items
	if len(pairs) > 0 {
		if _, nested := pairs[0].From.(*syntax.List); !nested {
			pairs = []syntax.Item{{From: list}} // {"a", "b"} is one pair
		}
	}
	names, gone := map[string]string{}, map[string]bool{}
	for _, p := range pairs {
		pair, err := r.texts(p.From, s)
		if err != nil {
			return err
		}
		if len(pair) != 2 {
			return r.refuse(x, "Table.RenameColumns other than by a list of pairs")
		}
		old, ok := f.physical(pair[0])
		if !ok {
			return r.refuse(x, "renaming column "+strconv.Quote(pair[0])+", which is not there,")
		}
		names[pair[1]], gone[pair[0]] = old, true
	}
	for old := range gone {
		delete(f.names, old)
		f.gone[old] = true
	}
	for name, old := range names {
		f.names[name] = old
		delete(f.gone, name)
	}
	return nil
}

// filter reads each [a] = 1 and [b] > "x".
func (r *reader) filter(f *found, x *syntax.Call, s scope) error {
	each, ok := x.Args[1].(*syntax.Func)
	if !ok || !each.Each || len(x.Args) > 2 {
		return r.refuse(x, "Table.SelectRows other than each with comparisons")
	}
	return r.conditions(f, each.Body, s)
}

func (r *reader) conditions(f *found, x syntax.Expr, s scope) error {
	b, ok := x.(*syntax.Binary)
	if !ok {
		return r.refuse(x, "Table.SelectRows with anything but comparisons of a column and a constant")
	}
	if b.Op == "and" {
		if err := r.conditions(f, b.X, s); err != nil {
			return err
		}
		return r.conditions(f, b.Y, s)
	}
	op, ok := map[string]string{"=": "=", "<>": "IS DISTINCT FROM", "<": "<", "<=": "<=", ">": ">", ">=": ">="}[b.Op]
	column, isField := b.X.(*syntax.Field)
	if !ok || !isField || column.X != nil {
		return r.refuse(x, "Table.SelectRows with anything but comparisons of a column and a constant")
	}
	v, err := r.constant(b.Y, s)
	if err != nil {
		return err
	}
	name, ok := f.physical(column.Name)
	if !ok {
		return r.refuse(x, "a condition on column "+strconv.Quote(column.Name)+", which is not there,")
	}
	f.rel.Where = append(f.rel.Where, Condition{Column: name, Op: op, Value: v})
	return nil
}

func (r *reader) constant(x syntax.Expr, s scope) (dax.Value, error) {
	switch x := x.(type) {
	case *syntax.Literal:
		switch x.Kind {
		case syntax.True, syntax.False:
			return dax.BoolOf(x.Kind == syntax.True), nil
		case syntax.Number:
			if n, err := strconv.ParseInt(x.Text, 10, 64); err == nil {
				return dax.IntOf(n), nil
			}
			if n, err := strconv.ParseFloat(x.Text, 64); err == nil {
				return dax.FloatOf(n), nil
			}
		}
	case *syntax.Call:
		if t, ok := date(x); ok {
			return dax.TimeOf(t), nil
		}
		return dax.Value{}, r.refuse(x, "Table.SelectRows with anything but comparisons of a column and a constant")
	}
	text, err := r.text(x, s)
	return dax.TextOf(text), err
}

// date reads #date(2026, 1, 31).
func date(x *syntax.Call) (time.Time, bool) {
	name, ok := x.Func.(*syntax.Name)
	if !ok || name.Name != "#date" || len(x.Args) != 3 {
		return time.Time{}, false
	}
	var part [3]int
	for i, a := range x.Args {
		l, ok := a.(*syntax.Literal)
		n, err := strconv.Atoi(literalText(l, ok))
		if err != nil {
			return time.Time{}, false
		}
		part[i] = n
	}
	t := time.Date(part[0], time.Month(part[1]), part[2], 0, 0, 0, 0, time.UTC)
	return t, t.Year() == part[0] && int(t.Month()) == part[1] && t.Day() == part[2]
}

func literalText(l *syntax.Literal, ok bool) string {
	if !ok || l.Kind != syntax.Number {
		return ""
	}
	return l.Text
}
