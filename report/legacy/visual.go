package legacy

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// position is where a visual lies.
type position struct {
	X        float64 `json:"x"`
	Y        float64 `json:"y"`
	Z        float64 `json:"z"`
	Width    float64 `json:"width"`
	Height   float64 `json:"height"`
	TabOrder float64 `json:"tabOrder"`
}

// single is what a visual shows and how.
type single struct {
	Type        string                  `json:"visualType"`
	Projections map[string][]projection `json:"projections"`
	Query       *prototype              `json:"prototypeQuery"`
	Columns     map[string]struct {
		Display string `json:"displayName"`
		Format  string `json:"formatString"`
	} `json:"columnProperties"`
	Parameters map[string][]struct {
		Index  int             `json:"index"`
		Length int             `json:"length"`
		Expr   json.RawMessage `json:"expr"`
	} `json:"queryFieldParametersByRole"`
	ShowAll []string        `json:"showAllRoles"`
	Objects json.RawMessage `json:"objects"`
	Frame   json.RawMessage `json:"vcObjects"`
	Display struct {
		Mode string `json:"mode"`
	} `json:"display"`
}

type projection struct {
	Ref    string `json:"queryRef"`
	Active bool   `json:"active"`
	Hidden bool   `json:"hidden"`
}

// container converts one visual, or a group of visuals.
func container(raw json.RawMessage, unnamed string) (map[string]any, error) {
	var box struct {
		position
		Config  json.RawMessage `json:"config"`
		Filters json.RawMessage `json:"filters"`
	}
	if err := json.Unmarshal(raw, &box); err != nil {
		return nil, fmt.Errorf("it is not readable: %w", err)
	}
	var config struct {
		Name    string `json:"name"`
		Parent  string `json:"parentGroupName"`
		Layouts []struct {
			ID       int       `json:"id"`
			Position *position `json:"position"`
		} `json:"layouts"`
		Visual *single         `json:"singleVisual"`
		Group  json.RawMessage `json:"singleVisualGroup"`
	}
	if err := nested(box.Config, &config); err != nil {
		return nil, fmt.Errorf("its config is no JSON: %w", err)
	}
	at := box.position
	for _, l := range config.Layouts {
		if l.ID == 0 && l.Position != nil { // the others are of the phone
			at = *l.Position
		}
	}
	if config.Name == "" {
		config.Name = unnamed
	}
	out := map[string]any{"name": config.Name, "position": at, "parentGroupName": config.Parent}
	if len(config.Group) > 0 {
		var group struct {
			Hidden bool `json:"isHidden"`
		}
		_ = json.Unmarshal(config.Group, &group) // what a group is called has no meaning here
		out["visualGroup"], out["isHidden"] = fields{}, group.Hidden
		return out, nil
	}
	if config.Visual == nil || config.Visual.Type == "" {
		return nil, errors.New("it has no visualType")
	}
	v := config.Visual
	state, sort, more := v.query()
	filters, err := filterConfig(box.Filters, more...)
	if err != nil {
		return nil, fmt.Errorf("its filters: %w", err)
	}
	visual := map[string]any{"visualType": v.Type, "query": map[string]any{"queryState": state, "sortDefinition": map[string]any{"sort": sort}}}
	for word, o := range map[string]json.RawMessage{"objects": v.Objects, "visualContainerObjects": v.Frame} {
		if len(o) > 0 {
			visual[word] = o
		}
	}
	out["visual"], out["filterConfig"], out["isHidden"] = visual, filters, v.Display.Mode == "hidden"
	return out, nil
}

// prototype is the query of a visual, QueryDefinition of the semantic query schema.
type prototype struct {
	from    sources
	selects map[string]json.RawMessage // by the name that projections refer to
	natives map[string]string
	order   []ordered
	rest    fields // what restricts the rows: Where, and what is not known
}

type ordered struct {
	Direction  int
	Expression json.RawMessage
}

// UnmarshalJSON keeps what is not understood, because it may restrict what is shown.
func (p *prototype) UnmarshalJSON(raw []byte) error {
	if err := json.Unmarshal(raw, &p.rest); err != nil {
		return err
	}
	var known struct {
		From    []source
		Select  []json.RawMessage
		OrderBy []ordered
	}
	if err := json.Unmarshal(raw, &known); err != nil {
		return err
	}
	p.from, p.selects, p.natives = sources{}, map[string]json.RawMessage{}, map[string]string{}
	for _, f := range known.From {
		p.from[f.Name] = f
	}
	for _, s := range known.Select {
		var named struct{ Name, NativeReferenceName string }
		if err := json.Unmarshal(s, &named); err != nil {
			return err
		}
		p.selects[named.Name], p.natives[named.Name] = s, named.NativeReferenceName
	}
	p.order = known.OrderBy
	for _, k := range []string{"Version", "Select", "OrderBy"} {
		delete(p.rest, k)
	}
	if len(p.rest) == 1 { // From restricts nothing
		delete(p.rest, "From")
	}
	return nil
}

// source is a table of a query, under its alias.
type source struct {
	Name, Entity, Schema string
	Type                 int
	Expression           json.RawMessage
}

type sources map[string]source

// named replaces the aliases of tables by their names in an expression. An alias that is not
// of a table stays, and the reader of PBIR refuses it.
func (s sources) named(raw json.RawMessage) json.RawMessage {
	var x any
	if json.Unmarshal(raw, &x) != nil {
		return raw
	}
	out, err := json.Marshal(s.walk(x))
	if err != nil {
		return raw
	}
	return out
}

func (s sources) walk(x any) any {
	switch x := x.(type) {
	case []any:
		for i := range x {
			x[i] = s.walk(x[i])
		}
	case map[string]any:
		if ref, ok := x["SourceRef"].(map[string]any); ok {
			alias, _ := ref["Source"].(string)
			if t, ok := s[alias]; ok && t.Type == 0 && len(t.Expression) == 0 {
				named := map[string]any{"Entity": t.Entity}
				if t.Schema != "" {
					named["Schema"] = t.Schema
				}
				x["SourceRef"] = named
			}
			return x
		}
		for k := range x {
			x[k] = s.walk(x[k])
		}
	}
	return x
}

// query converts fields and order. What the query restricts beyond the filters of the visual
// becomes a filter, which the reader of PBIR understands or refuses.
func (v *single) query() (state map[string]any, sort []any, filters []fields) {
	state = map[string]any{}
	q := v.Query
	if q == nil {
		q = &prototype{}
	}
	for role, list := range v.Projections {
		var out []any
		for _, p := range list {
			x := map[string]any{"queryRef": p.Ref, "active": p.Active, "hidden": p.Hidden, "nativeQueryRef": q.natives[p.Ref],
				"displayName": v.Columns[p.Ref].Display, "format": v.Columns[p.Ref].Format}
			if s := q.selects[p.Ref]; s != nil {
				x["field"] = q.from.named(s)
			} else {
				x["field"] = fields{} // no such field: refused by name
			}
			out = append(out, x)
		}
		r := map[string]any{"projections": out, "showAll": slices.Contains(v.ShowAll, role)}
		var parameters []any
		for _, p := range v.Parameters[role] {
			parameters = append(parameters, map[string]any{"parameterExpr": p.Expr, "index": p.Index, "length": p.Length})
		}
		if parameters != nil {
			r["fieldParameters"] = parameters
		}
		state[role] = r
	}
	for _, o := range q.order {
		direction := "Ascending"
		if o.Direction == 2 {
			direction = "Descending"
		}
		sort = append(sort, map[string]any{"field": q.from.named(o.Expression), "direction": direction})
	}
	if len(q.rest) > 0 {
		definition, err := json.Marshal(maps.Clone(q.rest))
		if err == nil {
			filters = append(filters, fields{"name": json.RawMessage(`"query of the visual"`), "filter": definition})
		}
	}
	return state, sort, filters
}
