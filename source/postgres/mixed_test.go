package postgres

import (
	"strings"
	"testing"

	"inlay/model"
)

// TestMixed: a model whose rows are partly imported is refused as a whole, and the error says what
// lies where.
func TestMixed(t *testing.T) {
	live := func(name string) model.Partition { return model.Partition{Name: name, Kind: "m", Mode: "directQuery"} }
	loaded := func(name string) model.Partition { return model.Partition{Name: name, Kind: "m", Mode: "import"} }
	for want, parts := range map[string][]model.Partition{
		`is a hybrid table, which is not supported: "2024", "2025" would be loaded and "now" asked for`: {loaded("2024"), loaded("2025"), live("now")},
		`has 2 partitions that stay in the database ("a", "b")`:                                         {live("a"), live("b")},
		`is imported and other tables of the model stay in the database`:                                {loaded("a")},
	} {
		m := &model.Model{Tables: []*model.Table{{Name: "Sales", Partitions: parts}}}
		if _, _, err := Relations(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
}
