package powerquery

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"inlay"
)

func defineDatabases() {
	for name, kind := range map[string]string{"Sql.Database": "Sql", "PostgreSQL.Database": "PostgreSQL", "MySQL.Database": "MySQL"} {
		define(name, 2, 3, func(c *call) (Value, error) {
			server, err := c.text(0)
			if err != nil {
				return Value{}, err
			}
			database, err := c.text(1)
			if err != nil {
				return Value{}, err
			}
			return c.database(kind, server, database, 2)
		})
	}
	define("Sql.Databases", 1, 2, func(c *call) (Value, error) {
		server, err := c.text(0)
		if err != nil {
			return Value{}, err
		}
		return tableOf(&table{cols: navigation, op: &serverOp{c: c, server: server}}), nil
	})
	define("Value.NativeQuery", 2, 4, nativeQuery)
}

// navigation are the columns of the tables that sources show: what they have.
var navigation = []Column{{"Name", Named("text")}, {"Data", Named("table")}, {"Schema", Named("text")}, {"Item", Named("text")}, {"Kind", Named("text")}}

// serverOp is the databases of a server. Only those that the configuration lists are known, so
// it finds one by its name and lists none.
type serverOp struct {
	c      *call
	server string
}

func (o *serverOp) inputs() []*table { return nil }
func (o *serverOp) explain() string  { return fmt.Sprintf("databases of %q", o.server) }
func (o *serverOp) open(*runtime) (iterator, error) {
	return nil, o.c.errorf(0, inlay.Unsupported, "the databases of a server are not listed; name one: {[Name=\"…\"]}[Data]")
}

func (o *serverOp) row(key *record) ([]Value, error) {
	i, ok := key.head.index["Name"]
	if !ok || key.vals[i].kind != Text {
		return nil, &refusal{inlay.Unsupported, "a database is found by its Name", ""}
	}
	db, err := o.c.database("Sql", o.server, key.vals[i].s, 9)
	return []Value{key.vals[i], db, {}, {}, text("Database")}, err
}

// database finds a database in the configuration. Nothing is dialled before rows are needed.
func (c *call) database(kind, server, name string, optsAt int) (Value, error) {
	opts, err := c.fields(optsAt, "Query", "CommandTimeout", "ConnectionTimeout", "CreateNavigationProperties", "NavigationPropertyNameGenerator",
		"MultiSubnetFailover", "EnableCrossDatabaseFolding", "Encoding", "OldGuids", "ReturnSingleDatabase", "TreatTinyAsBoolean", "UnsafeTypeConversions", "OmitSRID")
	if err != nil {
		return Value{}, err
	}
	if c.ev.cfg.Databases == nil {
		return Value{}, c.errorf(0, inlay.Forbidden, "databases cannot be read here")
	}
	db, err := c.ev.cfg.Databases.Find(kind, server, name)
	if err != nil {
		return Value{}, c.outside(err)
	}
	if q := opts["Query"]; q.kind == Text {
		return c.native(db, q.s, nil)
	}
	return tableOf(&table{cols: navigation, op: &databaseOp{c: c, db: db, name: server + "/" + name}}), nil
}

// databaseOp is the tables of a database.
type databaseOp struct {
	c    *call
	db   Database
	name string
}

func (o *databaseOp) inputs() []*table { return nil }
func (o *databaseOp) explain() string  { return fmt.Sprintf("tables of %q", o.name) }

func (o *databaseOp) open(rt *runtime) (iterator, error) {
	list, err := o.db.Tables(rt.ev.ctx)
	if err != nil {
		return nil, o.c.outside(err)
	}
	rows := make([][]Value, len(list))
	for i, t := range list {
		data := o.c.ev.deferred(o.c, func() (Value, error) { return o.table(t[0], t[1]) })
		rows[i] = []Value{text(t[1]), data, text(t[0]), text(t[1]), text("Table")}
	}
	return &rowsIter{rt: rt, rows: rows}, nil
}

// row finds a table by its schema and name without listing all.
func (o *databaseOp) row(key *record) ([]Value, error) {
	want := map[string]string{}
	for i, n := range key.head.names {
		if key.vals[i].kind != Text {
			return nil, &refusal{inlay.Unsupported, "a table is found by texts, such as [Schema=\"public\",Item=\"sales\"]", ""}
		}
		want[n] = key.vals[i].s
	}
	item := want["Item"]
	if item == "" {
		item = want["Name"]
	}
	if item == "" || want["Schema"] == "" {
		return nil, &refusal{inlay.Unsupported, "a table is found by Schema and Item, such as [Schema=\"public\",Item=\"sales\"]", ""}
	}
	v, err := o.table(want["Schema"], item)
	return []Value{text(item), v, text(want["Schema"]), text(item), text("Table")}, err
}

func (o *databaseOp) table(schema, item string) (Value, error) {
	return o.c.stored(o.db, o.db.Quote(schema)+"."+o.db.Quote(item), nil, fmt.Sprintf("table %q.%q of %q", schema, item, o.name))
}

// stored is a table or statement of a database as a table. Its columns are asked for now.
func (c *call) stored(db Database, from string, args []any, label string) (Value, error) {
	cells, err := db.Query(c.ev.ctx, "SELECT * FROM "+from+" WHERE 1 = 0", args)
	if err != nil {
		return Value{}, c.outside(err)
	}
	cols, err := c.described(cells)
	if err != nil {
		return Value{}, err
	}
	for i, col := range cols {
		if col.Name == "" {
			return Value{}, c.raise(0, "column %d of the result has no name", i+1)
		}
	}
	if err := c.single(cols); err != nil {
		return Value{}, err
	}
	compared, _ := cells.(Comparing)
	return tableOf(&table{cols: cols, op: &storedOp{c: c, db: db, from: from, args: args, cols: cols, label: label, compared: compared}}), nil
}

// described are the columns of a statement, which is ended.
func (c *call) described(cells Cells) ([]Column, error) {
	cols := append([]Column(nil), cells.Columns()...)
	if err := cells.Close(); err != nil {
		return nil, c.outside(err)
	}
	return cols, nil
}

// single holds that no two columns have one name.
func (c *call) single(cols []Column) error {
	if n := doubled(cols); n != "" {
		return c.raise(0, "the result has two columns %q", n)
	}
	return nil
}

// storedOp reads a table of a database.
type storedOp struct {
	c     *call
	db    Database
	from  string
	args  []any
	cols  []Column
	label string

	compared Comparing // nil: as most databases do
}

func (o *storedOp) inputs() []*table { return nil }
func (o *storedOp) explain() string  { return o.label }
func (o *storedOp) origin() *call    { return o.c }

func (o *storedOp) fold(*relation) *relation {
	r := &relation{run: stored{o.db}, from: o.from, args: o.args, limit: -1}
	for i, col := range o.cols {
		to := relColumn{name: col.Name, expr: o.db.Quote(col.Name), class: classOf(col.Type.Name), float: col.Type.Name == "number"}
		if o.compared != nil {
			to.compared = func(op string, constant any) (any, bool, bool) { return o.compared.Compared(i, op, constant) }
		}
		r.cols = append(r.cols, to)
	}
	return r
}

func (o *storedOp) open(rt *runtime) (iterator, error) {
	return o.fold(nil).open(rt, &table{op: o})
}

// stored runs relations in a database.
type stored struct{ Database }

// Text is compared by the collation of the column, which may take more texts for equal than M.
func (stored) exact(class string) bool { return class != "text" }

func (s stored) notNaN(expr string) string { return s.NotNaN(expr) }

func (s stored) cells(ctx context.Context, sql string, args []any) (Cells, error) {
	return s.Query(ctx, sql, args)
}

// nativeQuery is Value.NativeQuery(database, statement, parameters, options).
func nativeQuery(c *call) (Value, error) {
	t := c.arg(0).tableRef()
	sql, err := c.text(1)
	if err != nil {
		return Value{}, err
	}
	if t == nil {
		return Value{}, c.raise(0, "expected a database, not %s", c.arg(0).describe())
	}
	o, ok := t.op.(*databaseOp)
	if !ok {
		return Value{}, c.errorf(0, inlay.Unsupported, "a statement runs in a database, such as PostgreSQL.Database(…)")
	}
	if _, err := c.fields(3, "EnableFolding", "PreserveTypes"); err != nil {
		return Value{}, err
	}
	v, err := c.ev.settle(c.arg(2))
	if err != nil {
		return Value{}, err
	}
	var args []any
	switch v.kind {
	case Null:
	case List:
		for i, it := range v.items() {
			if kindClass(it) == "" && it.kind != Null {
				return Value{}, c.raise(2, "parameter %d is %s, not a scalar", i+1, it.describe())
			}
			args = append(args, boundOrNil(it))
		}
	case RecordOf:
		if sql, args, err = c.named(o.db, sql, v.record()); err != nil {
			return Value{}, err
		}
	default:
		return Value{}, c.raise(2, "expected a list or record of parameters, not %s", v.describe())
	}
	return c.native(o.db, sql, args)
}

func boundOrNil(v Value) any {
	if v.kind == Null {
		return nil
	}
	return bound(v)
}

// named replaces @name outside quotes by placeholders.
func (c *call) named(db Database, sql string, r *record) (string, []any, error) {
	var b strings.Builder
	var args []any
	_, brackets := db.(Dialect)
	for i := 0; i < len(sql); {
		ch := sql[i]
		end := -1
		switch {
		case ch == '[' && brackets:
			if end = strings.IndexByte(sql[i:], ']'); end > 0 {
				end += i + 1
			}
		case ch == '\'' || ch == '"' || ch == '`':
			end = strings.IndexByte(sql[i+1:], ch)
			end = i + 2 + end
		case strings.HasPrefix(sql[i:], "--"):
			if end = strings.IndexByte(sql[i:], '\n'); end < 0 {
				end = len(sql) - i
			}
			end += i
		}
		if end > i+1 {
			b.WriteString(sql[i:end])
			i = end
			continue
		}
		n := i + 1
		for n < len(sql) && (sql[n] == '_' || sql[n] >= '0' && sql[n] <= '9' || sql[n]|32 >= 'a' && sql[n]|32 <= 'z') {
			n++
		}
		if ch != '@' || n == i+1 {
			b.WriteByte(ch)
			i++
			continue
		}
		k, ok := r.head.index[sql[i+1:n]]
		if !ok {
			return "", nil, c.raise(2, "the statement has the parameter %s, which the record has not", strconv.Quote(sql[i:n]))
		}
		if kindClass(r.vals[k]) == "" && r.vals[k].kind != Null {
			return "", nil, c.raise(2, "the parameter %s is %s, not a scalar", sql[i:n], r.vals[k].describe())
		}
		args = append(args, boundOrNil(r.vals[k]))
		b.WriteString(db.Placeholder(len(args), args[len(args)-1]))
		i = n
	}
	return b.String(), args, nil
}

// native is a statement as a table. One that cannot stand in FROM runs as it is.
func (c *call) native(db Database, sql string, args []any) (Value, error) {
	sql = strings.TrimRight(strings.TrimSpace(sql), "; \t\r\n")
	if d, ok := db.(Dialect); ok {
		text, derived, err := d.Statement(sql)
		if err != nil {
			return Value{}, c.outside(err)
		}
		if sql = text; !derived {
			return c.entire(db, sql, args)
		}
		v, err := c.stored(db, "("+sql+"\n) AS q", args, "native query")
		if inlay.KindOf(err) == inlay.Invalid { // columns without a name do not stand in FROM, and others may not
			return c.entire(db, sql, args)
		}
		return v, err
	}
	return c.stored(db, "("+sql+"\n) AS q", args, "native query")
}

// entire is a statement whose rows are read as they come: no step is put into it.
func (c *call) entire(db Database, sql string, args []any) (Value, error) {
	run := func(ctx context.Context) (Cells, error) { return db.Query(ctx, sql, args) }
	cells, err := run(c.ev.ctx)
	if err != nil {
		return Value{}, c.outside(err)
	}
	cols, err := c.described(cells)
	if err != nil {
		return Value{}, err
	}
	for i := range cols {
		if cols[i].Name == "" {
			cols[i].Name = "Column" + strconv.Itoa(i+1)
		}
	}
	if err := c.single(cols); err != nil {
		return Value{}, err
	}
	return tableOf(&table{cols: cols, op: &cellsOp{c: c, text: "native query", run: run}}), nil
}
