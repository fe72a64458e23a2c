package daxcase

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Case is a query and what it must give.
type Case struct {
	ID        string    `json:"id"`
	Tier      string    `json:"tier"`  // how far the expectation can be trusted
	Stage     int       `json:"stage"` // of the language
	Model     string    `json:"model"`
	Query     string    `json:"query"`
	Identity  *Identity `json:"identity"` // nil asks without security
	Expect    Expect    `json:"expect"`
	Tolerance float64   `json:"tolerance"` // relative
}

// Identity is as whom a query is asked.
type Identity struct {
	Username   string   `json:"username"`
	Roles      []string `json:"roles"`
	CustomData string   `json:"customData"`
}

// Expect is what a query must give: a value of a type, a table, or an error.
type Expect struct {
	Type    string   `json:"type"` // number, string, boolean, datetime, blank, error or table
	Value   any      `json:"value"`
	Columns []string `json:"columns"`
	Rows    [][]any  `json:"rows"`
	Order   string   `json:"order"` // any lets rows come in any order
}

// kinds are the types of an Expect.
var kinds = map[string]bool{"number": true, "string": true, "boolean": true, "datetime": true, "blank": true, "error": true, "table": true}

// maxLine is how long a line of a cases file may be.
const maxLine = 16 << 20

// ReadCases reads cases, one JSON object a line. Fields that are not known are remarks.
func ReadCases(in io.Reader) ([]Case, error) {
	var all []Case
	seen := map[string]bool{}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		if len(lines.Bytes()) == 0 {
			continue
		}
		var c Case
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			return nil, fmt.Errorf("cases, line %d: %w", n, err)
		}
		switch {
		case c.ID == "" || c.Query == "":
			return nil, fmt.Errorf("cases, line %d: a case needs an id and a query", n)
		case seen[c.ID]:
			return nil, fmt.Errorf("cases, line %d: there are two cases %q", n, c.ID)
		case !kinds[c.Expect.Type]:
			return nil, fmt.Errorf("cases, line %d: case %q expects a %q, which is no type of a result", n, c.ID, c.Expect.Type)
		}
		seen[c.ID] = true
		all = append(all, c)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("cases: %w", err)
	}
	if len(all) == 0 {
		return nil, errors.New("cases: the file has none")
	}
	return all, nil
}
