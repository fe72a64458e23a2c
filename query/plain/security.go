package plain

import (
	"slices"
	"strings"

	"inlay/dax"
	"inlay/model"
)

// secured is the database without the rows that the viewer may not see.
func (p *Evaluator) secured(v Viewer) (*database, error) {
	keep, err := p.Visible(v)
	if err != nil {
		return nil, err
	}
	return load(p.m, p.rows, keep)
}

// Visible says of each row of each table whether the viewer may see it; nil stands for all rows.
// For each role its filters decide, and spread over the relationships; then the roles are
// united, table by table.
func (p *Evaluator) Visible(v Viewer) (keep map[string][]bool, err error) {
	defer recovered(&err)
	raw, err := load(p.m, p.rows, nil)
	if err != nil || v.Unrestricted || len(p.m.Roles) == 0 {
		return nil, err
	}
	if len(v.Roles) == 0 {
		return nil, errorf("the identity has no role")
	}
	var roles []*model.Role
	for _, name := range v.Roles {
		role := p.m.Role(strings.TrimSpace(name))
		if role == nil {
			return nil, errorf("there is no role %s", name)
		}
		if !slices.Contains(roles, role) {
			roles = append(roles, role)
		}
	}
	both := slices.ContainsFunc(raw.edges, func(e edge) bool { return e.securityBoth })
	if len(roles) > 1 && both {
		return nil, errorf("several roles cannot be combined with a security filter in both directions")
	}
	keep = map[string][]bool{}
	for _, role := range roles {
		own, err := p.permitted(raw, role, v)
		if err != nil {
			return nil, err
		}
		for _, t := range raw.tables {
			set, _ := raw.secure(t, own, -1, 0)
			if keep[t.name] == nil {
				keep[t.name] = make([]bool, len(t.rows))
			}
			for i := range t.rows {
				keep[t.name][i] = keep[t.name][i] || set[i]
			}
		}
	}
	return keep, nil
}

// permitted is the rows of each filtered table for which the role's filter is true. The filter
// reads the tables as they are.
func (p *Evaluator) permitted(raw *database, role *model.Role, v Viewer) (map[*table][]bool, error) {
	own := map[*table][]bool{}
	for _, perm := range role.Permissions {
		if len(perm.Columns) > 0 || perm.Metadata != "" && !strings.EqualFold(perm.Metadata, "read") {
			return nil, unsupported("object-level security")
		}
		if strings.TrimSpace(perm.Filter) == "" {
			continue
		}
		x, err := dax.Parse(perm.Filter)
		if err != nil {
			return nil, err
		}
		if call, ok := x.(*dax.Call); ok && strings.EqualFold(call.Func, "TRUE") {
			continue // no restriction
		}
		t := raw.table(perm.Table)
		if t == nil {
			return nil, errorf("role %s: no table %s", role.Name, perm.Table)
		}
		r := &run{m: p.m, db: raw, viewer: v}
		e := env{ctx: newContext(raw)}
		set := r.whole(t, nil)
		own[t] = make([]bool, len(t.rows))
		for i, row := range set.rows {
			if own[t][i], err = r.condition(x, e.inside(set, row)); err != nil {
				return nil, err
			}
		}
	}
	return own, nil
}

// secure is the rows of a table that a role lets see, and whether it restricts the table at
// all. Security goes from one to many, and to the one side only where the relationship says so.
// A row whose key has no partner among the rows that may be seen cannot be seen.
func (db *database) secure(t *table, own map[*table][]bool, from, depth int) ([]bool, bool) {
	if depth > len(db.edges) {
		panic(errorf("the relationships around %s make a circle", t.name))
	}
	set := make([]bool, len(t.rows))
	for i := range set {
		set[i] = own[t] == nil || own[t][i]
	}
	restricted := own[t] != nil
	for i, e := range db.edges {
		if i == from || !e.active {
			continue
		}
		if e.many.t == t {
			if others, some := db.secure(e.one.t, own, i, depth+1); some {
				restricted = true
				meet(e.many, set, e.one, others)
			}
		}
		if e.one.t == t && (e.securityBoth || e.back != nil) {
			if others, some := db.secure(e.many.t, own, i, depth+1); some {
				restricted = true
				meet(e.one, set, e.many, others)
			}
		}
	}
	return set, restricted
}
