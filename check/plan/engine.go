package plan

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"inlay/model"
	"inlay/query"
	"inlay/source/duckdb"
	"inlay/source/postgres"
)

// inText is a message of the engine that says where in an expression something stands: what comes
// before, line, column, and the rest.
var inText = regexp.MustCompile(`(?s)^(.*?)line (\d+), column (\d+): (.*)$`)

// Engine lists what the engine cannot compute. The place is that in the expression, where the
// message says it and is about the expression that stands at the notice's place.
func Engine(m *model.Model) []Finding {
	e, err := query.New(m, definition{direct: postgres.Direct(m)})
	if err != nil {
		return []Finding{{Rule: "not-supported", Message: err.Error()}}
	}
	var out []Finding
	for _, n := range e.Unsupported() {
		at, what := n.Place, n.What
		if x := inText.FindStringSubmatch(n.What); x != nil {
			line, _ := strconv.Atoi(x[2])
			column, _ := strconv.Atoi(x[3])
			text := expressionAt(m, n.Place, x[1])
			if p := text.In(n.Place.File, line, column); p.Line > 0 {
				first, _, _ := strings.Cut(x[4], "\n") // the rest is the line with a caret
				at, what = p, x[1]+first
			}
		}
		rule := "not-supported"
		if ofRole(m, n.Place) {
			rule = "role-not-supported"
		}
		out = append(out, Finding{rule, at, n.Place, what})
	}
	return out
}

// ofRole reports whether a role or one of its filters is defined at a place.
func ofRole(m *model.Model, at model.Place) bool {
	return slices.ContainsFunc(m.Roles, func(r model.Role) bool {
		return r.Place == at || slices.ContainsFunc(r.Permissions, func(p model.Permission) bool { return p.Place == at })
	})
}

// expressionAt is where the expression stands that is defined at a place and that a message begins
// with: a role's filter, a measure or its format string, a calculated column, a calculated table.
func expressionAt(m *model.Model, at model.Place, begin string) model.Text {
	is := func(place model.Place, name string) bool {
		return place == at && (strings.TrimSuffix(begin, ": ") == name || begin == name+" is not valid DAX: ")
	}
	for _, r := range m.Roles {
		for _, p := range r.Permissions {
			if p.Place == at && strings.HasPrefix(begin, fmt.Sprintf("the filter of role %q on table %q", r.Name, p.Table)) {
				return p.Text
			}
		}
	}
	for _, t := range m.Tables {
		for _, x := range t.Measures {
			switch {
			case is(x.Place, "measure ["+x.Name+"]"):
				return x.Text
			case is(x.Place, "the format string of measure ["+x.Name+"]"):
				return x.FormatText
			}
		}
		for _, c := range t.Columns {
			if c.Expression != "" && is(c.Place, "calculated column "+model.ColumnRef{Table: t.Name, Column: c.Name}.String()) {
				return c.Text
			}
		}
		if p := t.Derived(); p != nil && is(p.Place, "calculated table '"+t.Name+"'") {
			return p.Text
		}
	}
	return model.Text{}
}

// definition is a source without data: it says how SQL is written, and runs none.
type definition struct{ direct bool }

// Run refuses.
func (definition) Run(context.Context, query.Statement) (query.Rows, error) {
	return nil, errors.New("a check opens no data")
}

// Dialect is that of imported data, or of the database in which they stay.
func (d definition) Dialect() query.Dialect {
	if d.direct {
		return postgres.Dialect{}
	}
	return duckdb.Dialect{}
}
