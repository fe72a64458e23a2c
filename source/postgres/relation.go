package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"inlay"
	"inlay/dax"
	"inlay/model"
)

// Relation says where the rows of a table of the model are: a table or view, or what a SELECT
// gives.
type Relation struct {
	Schema, Name string
	Native       string            // a SELECT; Schema and Name are empty then
	Columns      map[string]string // from a column's Source in the model to its name here; nil where they are equal
	Where        []Condition       // all must hold
}

// Condition is a filter of a partition: a column of the database, compared with a constant.
type Condition struct {
	Column string
	Op     string // = <> < <= > >=
	Value  dax.Value
}

// physical is the relation as a FROM item.
func (r Relation) physical() string {
	if r.Native != "" {
		return "(" + r.Native + "\n) AS native"
	}
	return Dialect{}.Quote(r.Schema) + "." + Dialect{}.Quote(r.Name)
}

// String names the relation in an error.
func (r Relation) String() string {
	if r.Native != "" {
		return "native query"
	}
	return r.Schema + "." + r.Name
}

// bound is a relation that was found in the database.
type bound struct {
	name  string            // of the model's table, quoted
	items []string          // SELECT list: conversions, named as the model does
	exprs map[string]string // conversion of a column, by its name in the model
	rel   Relation
	none  bool // a table of the model that is not in the database
}

// sql is the relation under the names of the model. first is the number of its first argument.
func (b bound) sql(first int) string {
	if b.none { // nothing has this name, so that the statement fails rather than find another table
		return `SELECT * FROM pg_catalog."inlay: a table that is not in the database"`
	}
	text := "SELECT " + strings.Join(b.items, ", ") + " FROM " + b.rel.physical()
	for i, c := range b.rel.Where {
		word := " WHERE "
		if i > 0 {
			word = " AND "
		}
		text += word + Dialect{}.Quote(c.Column) + " " + c.Op + " " + Dialect{}.Placeholder(first+i, c.Value.Type())
	}
	return text
}

// bindTable checks a table of the model against its relation.
func bindTable(ctx context.Context, c *pgconn.PgConn, m *model.Model, t *model.Table, r Relation) (bound, error) {
	b := bound{name: Dialect{}.Quote(t.Name), rel: r, exprs: map[string]string{}}
	described, err := c.Prepare(ctx, "", "SELECT * FROM "+r.physical(), nil)
	if err != nil {
		return b, err
	}
	fields := map[string]pgconn.FieldDescription{}
	for _, f := range described.Fields {
		fields[f.Name] = f
	}
	for _, col := range t.Columns {
		if col.Source == "" {
			continue // calculated; package query refuses it
		}
		name := col.Source
		if n, ok := r.Columns[name]; ok {
			name = n
		} else if r.Columns != nil {
			return b, inlay.Errorf(inlay.Invalid, "table %q: its partition gives no column %q", t.Name, col.Source)
		}
		f, ok := fields[name]
		if !ok {
			return b, inlay.Errorf(inlay.Invalid, "table %q: %s has no column %q", t.Name, r, name)
		}
		expr, err := conversion(Dialect{}.Quote(name), f, col.Type, key(m, t, col))
		if err != nil {
			return b, inlay.Errorf(inlay.KindOf(err), "table %q, column %q: %v", t.Name, col.Name, err)
		}
		b.exprs[col.Name] = expr
		b.items = append(b.items, expr+" AS "+Dialect{}.Quote(col.Name))
	}
	for _, w := range r.Where {
		if _, ok := fields[w.Column]; !ok {
			return b, inlay.Errorf(inlay.Invalid, "table %q: %s has no column %q, which its partition filters", t.Name, r, w.Column)
		}
	}
	if len(b.items) == 0 {
		b.items = []string{"1"}
	}
	_, err = c.Prepare(ctx, "", b.sql(1), nil)
	return b, err
}

// key reports whether a column is an end of a relationship.
func key(m *model.Model, t *model.Table, c *model.Column) bool {
	return slices.ContainsFunc(m.Relationships, func(r model.Relationship) bool {
		is := func(ref model.ColumnRef) bool {
			return strings.EqualFold(ref.Table, t.Name) && strings.EqualFold(ref.Column, c.Name)
		}
		return is(r.From) || is(r.To)
	})
}

// More object ids.
const (
	oidBytea       = 17
	oidName        = 19
	oidText        = 25
	oidChar        = 1042
	oidVarchar     = 1043
	oidDate        = 1082
	oidTime        = 1083
	oidTimestamptz = 1184
)

// conversion brings a column to a type of the model. It must not fail on any value: a failure
// on a row that a viewer may not see would tell of it. What DAX does not have is left to be
// refused when it is read.
func conversion(c string, f pgconn.FieldDescription, want dax.Type, isKey bool) (string, error) {
	precision, scale := (f.TypeModifier-4)>>16&0xffff, (f.TypeModifier-4)&0x7ff
	declared := f.TypeModifier >= 4
	switch want {
	case dax.Boolean:
		if f.DataTypeOID == oidBool {
			return c, nil
		}
	case dax.Int64:
		switch f.DataTypeOID {
		case oidInt8:
			return c, nil
		case oidInt2, oidInt4:
			if isKey { // as it is, for the sake of indexes
				return c, nil
			}
			return "CAST(" + c + " AS BIGINT)", nil
		case oidNumeric:
			if declared && scale == 0 && precision <= 18 {
				return "CAST(" + c + " AS BIGINT)", nil
			}
			return "", inlay.Errorf(inlay.Invalid, "numeric can hold what is no whole number of 64 bits; give the column of the model the type decimal or double, or convert in a view")
		}
	case dax.Double:
		switch f.DataTypeOID {
		case oidFloat8:
			return c, nil
		case oidInt2, oidInt4, oidInt8, oidFloat4:
			return "CAST(" + c + " AS DOUBLE PRECISION)", nil
		case oidNumeric:
			if declared && precision <= 300 && scale <= 300 { // a scale below 0 is above 1000 here
				return "CAST(" + c + " AS DOUBLE PRECISION)", nil
			}
			return "CASE WHEN abs(" + c + ") < 1e-300 THEN 0 WHEN abs(" + c + ") <= 1e300 OR " + c + " = 'NaN' THEN CAST(" + c + " AS DOUBLE PRECISION)" +
				" WHEN " + c + " > 0 THEN CAST('Infinity' AS DOUBLE PRECISION) WHEN " + c + " < 0 THEN CAST('-Infinity' AS DOUBLE PRECISION) END", nil
		}
	case dax.Decimal:
		switch f.DataTypeOID {
		case oidInt2, oidInt4, oidInt8:
			return "CAST(" + c + " AS NUMERIC)", nil
		case oidNumeric:
			if declared && scale <= 4 {
				return c, nil
			}
			return "CASE WHEN abs(" + c + ") < 1e15 THEN round(" + c + ", 4) WHEN " + c + " > 0 THEN 'Infinity' WHEN " + c + " < 0 THEN '-Infinity' END", nil
		}
	case dax.DateTime:
		switch f.DataTypeOID {
		case oidTimestamp:
			return c, nil
		case oidTimestamptz:
			return "(" + c + " AT TIME ZONE 'UTC')", nil
		case oidDate:
			return "CASE WHEN " + c + " < DATE '9999-12-31' THEN CAST(" + c + " AS TIMESTAMP) WHEN " + c + " IS NOT NULL THEN TIMESTAMP 'infinity' END", nil
		case oidTime:
			return "(TIMESTAMP '1899-12-30 00:00:00' + " + c + ")", nil
		}
	case dax.String:
		switch f.DataTypeOID {
		case oidText, oidVarchar:
			return c, nil
		case oidBytea:
			return "replace(encode(" + c + ", 'base64'), E'\\n', '')", nil
		}
		return "CAST(" + c + " AS TEXT)", nil
	}
	return "", inlay.Errorf(inlay.Invalid, "%s of the database is no %s; change the type in the model, or convert in a view", typeName(f.DataTypeOID), want)
}

func typeName(oid uint32) string {
	names := map[uint32]string{oidBool: "boolean", oidInt2: "smallint", oidInt4: "integer", oidInt8: "bigint", oidFloat4: "real", oidFloat8: "double precision",
		oidNumeric: "numeric", oidText: "text", oidVarchar: "varchar", oidChar: "char", oidName: "name", oidDate: "date", oidTime: "time", oidTimestamp: "timestamp",
		oidTimestamptz: "timestamptz", oidBytea: "bytea"}
	if n, ok := names[oid]; ok {
		return n
	}
	return fmt.Sprintf("the type with id %d", oid)
}
