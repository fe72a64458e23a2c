package sqlstore

import (
	"encoding/json"
	"fmt"
	"slices"

	"inlay"
)

// packed is a list as it is stored in one column. A list that cannot be read must not pass for
// an empty one: what is missing from it might have been a reason to refuse.
func packed[T any](list []T) (string, error) {
	if len(list) == 0 {
		return "[]", nil
	}
	b, err := json.Marshal(list)
	return string(b), err
}

// unpack reads a list of a column; an empty one is nil.
func unpack[T any](what, text string) ([]T, error) {
	var list []T
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	if len(list) == 0 {
		return nil, nil
	}
	return slices.Clip(list), nil
}

// sourceFields are the texts of data sources, for checking.
func sourceFields(sources []inlay.Datasource) []field {
	var fields []field
	for _, s := range sources {
		d := s.Details
		fields = append(fields, field{"type of a data source", s.Type, true})
		for _, v := range []string{s.ID, s.GatewayID, d.Server, d.Database, d.URL, d.Path, d.Kind, d.Account, d.Domain, d.EmailAddress, d.LoginServer, d.ClassInfo} {
			fields = append(fields, field{"data source", v, false})
		}
	}
	return fields
}

// idFields are ids of a list, for checking.
func idFields(what string, ids []string) []field {
	var fields []field
	for _, id := range ids {
		fields = append(fields, field{what, id, true})
	}
	return fields
}

// guids are ids as they are stored.
func guids(ids []string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = guid(id)
	}
	return out
}

// nullable is a text as it is stored where none is null.
func nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
