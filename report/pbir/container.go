package pbir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"inlay"
	"inlay/model"
	"inlay/report"
)

// config is what a visual shows and how.
type config struct {
	Type  string `json:"visualType"`
	Query struct {
		State map[string]roleState `json:"queryState"`
		Sort  struct {
			By []struct {
				Field     json.RawMessage `json:"field"`
				Direction string          `json:"direction"`
			} `json:"sort"`
		} `json:"sortDefinition"`
	} `json:"query"`
	Objects   objects `json:"objects"`
	Container objects `json:"visualContainerObjects"`
}

// roleState is what fills one data role.
type roleState struct {
	ShowAll     bool         `json:"showAll"`
	Projections []projection `json:"projections"`
	Parameters  []struct {
		Expr   json.RawMessage `json:"parameterExpr"`
		Index  int             `json:"index"`
		Length int             `json:"length"`
	} `json:"fieldParameters"`
}

// projection is one field of a data role.
type projection struct {
	Field       json.RawMessage `json:"field"`
	Ref         string          `json:"queryRef"`
	Native      string          `json:"nativeQueryRef"`
	DisplayName string          `json:"displayName"`
	Format      string          `json:"format"`
	Active      bool            `json:"active"`
	Hidden      bool            `json:"hidden"`
}

// visual reads one visual.json.
func (r *reader) visual(name string) (*box, error) {
	b := &box{}
	src, err := readJSON(r.fsys, name, b)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, inlay.Errorf(inlay.Invalid, "%s is missing", name)
	}
	if err != nil {
		return nil, err
	}
	if b.Name == "" {
		return nil, errorAt(name, src, 0, "the visual has no name")
	}
	if b.Group != nil {
		return b, nil
	}
	if b.Visual == nil || b.Visual.Type == "" {
		return nil, errorAt(name, src, 0, fmt.Sprintf("visual '%s' has no visualType", b.Name))
	}
	at := b.Position
	v := &report.Visual{
		Name: b.Name, Type: b.Visual.Type, Hidden: b.Hidden, Place: model.Place{File: name, Line: 1},
		Position: report.Position{X: at.X, Y: at.Y, Z: at.Z, Width: at.Width, Height: at.Height, TabOrder: int(at.TabOrder)},
	}
	refuse := func(reason string) {
		if v.Unsupported == "" {
			v.Unsupported = fmt.Sprintf("visual '%s' cannot be asked: %s", v.Name, reason)
		}
	}
	for _, reason := range []string{r.roles(v, b.Visual), sorts(v, b.Visual)} {
		if reason != "" {
			refuse(reason)
		}
	}
	var reason string
	if v.Filters, reason = b.Filters.read(); reason != "" {
		refuse(reason)
	}
	r.format(v, b.Visual)
	b.shown = v
	return b, nil
}

// roles reads the fields of every data role. The reason is empty if all were understood.
func (r *reader) roles(v *report.Visual, c *config) (reason string) {
	v.Roles = map[string][]report.Projection{}
	for _, role := range slices.Sorted(maps.Keys(c.Query.State)) {
		state := c.Query.State[role]
		for _, x := range state.Parameters {
			p, err := sources(nil).field(x.Expr)
			if reason == "" && (err != nil || p.Column.Column == "" || x.Index < 0 || x.Length < 1) {
				reason = fmt.Sprintf("its fields in '%s' are chosen by a field parameter that is not understood", role)
			}
			if v.Parameters == nil {
				v.Parameters = map[string][]report.Parameter{}
			}
			v.Parameters[role] = append(v.Parameters[role], report.Parameter{Column: p.Column, Index: x.Index, Length: x.Length})
		}
		if state.ShowAll {
			r.notice(v.Place, "visual '%s', '%s': items without data are not shown", v.Name, role)
		}
		drill := slices.ContainsFunc(state.Projections, func(p projection) bool { return p.Active })
		for _, x := range state.Projections {
			p, err := sources(nil).field(x.Field)
			if err != nil && reason == "" {
				reason = fmt.Sprintf("its field '%s' in '%s': %v", x.Ref, role, err)
			}
			p.Name, p.Ref, p.Format = name(x, p), x.Ref, x.Format
			p.Hidden, p.Inactive, p.Drills = x.Hidden, drill && !x.Active, drill
			if p.Ref == "" {
				p.Ref = ref(p)
			}
			v.Roles[role] = append(v.Roles[role], p)
		}
	}
	return reason
}

// name is what the viewer reads.
func name(x projection, p report.Projection) string {
	for _, s := range []string{x.DisplayName, x.Native, p.Measure, p.Level, p.Column.Column} {
		if s != "" {
			return s
		}
	}
	return x.Ref
}

// ref is a reference for a field that was written without one.
func ref(p report.Projection) string {
	switch {
	case p.Measure != "":
		return p.Measure
	case p.Hierarchy != "":
		return p.Column.Table + "." + p.Hierarchy + "." + p.Level
	case p.Aggregate != nil:
		return fmt.Sprintf("%d(%s.%s)", *p.Aggregate, p.Column.Table, p.Column.Column)
	}
	return p.Column.Table + "." + p.Column.Column
}

// sorts reads what orders the visual.
func sorts(v *report.Visual, c *config) (reason string) {
	for _, by := range c.Query.Sort.By {
		p, err := sources(nil).field(by.Field)
		if err != nil {
			return fmt.Sprintf("its order: %v", err)
		}
		v.Sort = append(v.Sort, report.Sort{Field: p, Descending: by.Direction == "Descending"})
	}
	return ""
}
