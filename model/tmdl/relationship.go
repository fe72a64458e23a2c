package tmdl

import (
	"fmt"
	"strings"

	"inlay/model"
)

// relationship maps a relationship. What it may not say is an end that is neither one nor
// many: a wrong cardinality gives wrong numbers.
func (m *mapper) relationship(n *Node) {
	r := model.Relationship{Name: n.Name, FromEnd: model.Many, ToEnd: model.One, Place: place(n)}
	owner := fmt.Sprintf("relationship '%s'", n.Name)
	if m.at["relationship "+strings.ToLower(n.Name)] != nil {
		m.fail(n, "%s is defined twice", owner)
		return
	}
	m.at["relationship "+strings.ToLower(n.Name)] = n
	active := true
	column := func(to *model.ColumnRef) meaning {
		return func(c *Node) bool {
			ref, ok := columnRef(c.Value)
			if !ok {
				m.fail(c, "%s: '%s' is no column; it is written Table.Column, with names in single quotes where needed", owner, c.Value)
			}
			*to = ref
			return true
		}
	}
	m.children(n, owner, map[string]meaning{
		"fromcolumn": column(&r.From), "tocolumn": column(&r.To),
		"fromcardinality": m.end(&r.FromEnd, owner), "tocardinality": m.end(&r.ToEnd, owner),
		"isactive":                   m.flag(&active),
		"crossfilteringbehavior":     direction(&r.Both),
		"securityfilteringbehavior":  direction(&r.SecurityBoth),
		"relyonreferentialintegrity": m.flag(&r.Integrity),
		"joinondatebehavior":         func(c *Node) bool { return m.joinOnDate(c, &r) },
	})
	r.Inactive = !active
	m.model.Relationships = append(m.model.Relationships, r)
}

// joinOnDate maps what the ends of a relationship are compared by.
func (m *mapper) joinOnDate(n *Node, r *model.Relationship) bool {
	r.DatePart = strings.EqualFold(n.Value, "datePartOnly")
	return r.DatePart || strings.EqualFold(n.Value, "dateAndTime")
}

func (m *mapper) end(to *model.Cardinality, owner string) meaning {
	return func(n *Node) bool {
		switch strings.ToLower(n.Value) {
		case "one":
			*to = model.One
		case "many":
			*to = model.Many
		default:
			m.fail(n, "%s: '%s' is one or many, not '%s'", owner, n.Word, n.Value)
		}
		return true
	}
}

// direction understands one and both; "automatic" and "none" are left to a notice and count
// as one direction, which hides more and never less.
func direction(both *bool) meaning {
	return func(n *Node) bool {
		switch strings.ToLower(n.Value) {
		case "onedirection":
		case "bothdirections":
			*both = true
		default:
			return false
		}
		return true
	}
}

// columnRef reads Table.Column; each part may stand in single quotes.
func columnRef(s string) (model.ColumnRef, bool) {
	table, rest, ok := part(s)
	if !ok || !strings.HasPrefix(rest, ".") {
		return model.ColumnRef{}, false
	}
	column, rest, ok := part(rest[1:])
	if !ok || rest != "" {
		return model.ColumnRef{}, false
	}
	return model.ColumnRef{Table: table, Column: column}, true
}

func part(s string) (name, rest string, ok bool) {
	if strings.HasPrefix(s, "'") {
		name, n, ok := quoted(s)
		return name, s[n:], ok
	}
	i := strings.IndexAny(s, ".'")
	if i < 0 {
		i = len(s)
	}
	return s[:i], s[i:], i > 0
}
