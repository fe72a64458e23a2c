package pbir

import (
	"encoding/json"
	"strings"

	"inlay/dax"
)

// objects is formatting: by name of the object, by selector, the properties.
type objects map[string][]struct {
	Selector   json.RawMessage            `json:"selector"`
	Properties map[string]json.RawMessage `json:"properties"`
}

// property finds a property of an object for the whole visual, nil if it is not set.
func (o objects) property(object, name string) json.RawMessage {
	for _, entry := range o[object] {
		if whole(entry.Selector) {
			if p := entry.Properties[name]; p != nil {
				return p
			}
		}
	}
	return nil
}

// whole reports whether a selector takes in the whole visual.
func whole(selector json.RawMessage) bool {
	if len(selector) == 0 || string(selector) == "null" {
		return true
	}
	var s map[string]json.RawMessage
	if json.Unmarshal(selector, &s) != nil {
		return false
	}
	return len(s) == 0 || len(s) == 1 && string(s["id"]) == `"default"`
}

// value reads a constant property. Properties that are computed (conditional formatting) have
// none.
func value(raw json.RawMessage) (dax.Value, bool) {
	var p struct {
		Expr struct {
			Literal *struct{ Value string }
		} `json:"expr"`
	}
	if json.Unmarshal(raw, &p) != nil || p.Expr.Literal == nil {
		return dax.Value{}, false
	}
	v, err := literal(p.Expr.Literal.Value)
	return v, err == nil
}

// flag and text read a constant property of a type.
func (o objects) flag(object, name string) (bool, bool) {
	v, ok := value(o.property(object, name))
	return v.Bool(), ok && v.Type() == dax.Boolean
}

func (o objects) text(object, name string) (string, bool) {
	v, ok := value(o.property(object, name))
	return v.Text(), ok && v.Type() == dax.String
}

// isColor reports whether a text is a colour that is safe to hand to a style sheet.
func isColor(s string) bool {
	hex, ok := strings.CutPrefix(s, "#")
	if !ok || len(hex) != 3 && len(hex) != 6 && len(hex) != 8 {
		return false
	}
	return strings.Trim(hex, "0123456789abcdefABCDEF") == ""
}
