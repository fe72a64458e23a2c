package rest

import (
	"fmt"
	"net/http"
	"strconv"

	"inlay/dax"
	"inlay/model"
)

// Limits of an answer: rest-api, Datasets Execute Queries, "Limitations". The row in which the
// bytes are exceeded is still written.
const (
	mostTableRows   = 100_000
	mostTableValues = 1_000_000
	mostTableBytes  = 15 << 20
)

// writeTables sends the first result of a query as JSON, in pieces. What is left out is said in
// a member error, beside the data and at the top, so that a client that reads either knows.
func (c *call) writeTables(results []model.Result, nulls bool) {
	c.w.Header()["Content-Type"] = jsonContent
	c.w.WriteHeader(http.StatusOK)
	b := append(make([]byte, 0, flushAt+flushAt/4), `{"results":[{"tables":[`...)
	var short, many string
	if len(results) > 0 {
		b, short = c.appendTable(append(b, `{"rows":[`...), results[0], nulls)
		if b == nil {
			return // the client has gone
		}
		b = append(b, ']')
		b = append(appendShort(b, short), '}')
	}
	b = append(b, ']')
	if len(results) > 1 {
		many = "More than one result table in a query"
	}
	b = append(appendShort(b, many), `}]`...)
	if many == "" {
		many = short
	}
	c.w.Write(append(appendShort(b, many), '}')) // an error here is the client's: it has gone
}

// appendShort writes why data are missing, if they are.
func appendShort(b []byte, why string) []byte {
	if why == "" {
		return b
	}
	b = append(b, `,"error":{"code":"`+queriesError+`","message":`...)
	return append(appendText(b, why), '}')
}

// appendTable writes rows as objects until one of the limits is met, and says which. It gives
// nil when nobody reads any more.
func (c *call) appendTable(b []byte, res model.Result, nulls bool) ([]byte, string) {
	names := make([][]byte, len(res.Columns))
	for i, col := range res.Columns {
		names[i] = append(appendText(nil, col.Name), ':')
	}
	most := min(mostTableRows, mostTableValues/max(len(names), 1))
	written := 0
	for i, row := range res.Rows {
		switch {
		case i == most:
			return b, fmt.Sprintf("More than %d rows in a query result", most)
		case written > mostTableBytes:
			return b, fmt.Sprintf("More than %d bytes in a query result", mostTableBytes)
		case i > 0:
			b = append(b, ',')
		}
		start := len(b)
		b = appendObject(b, names, row, nulls)
		written += len(b) - start
		if len(b) >= flushAt {
			if _, err := c.w.Write(b); err != nil {
				return nil, ""
			}
			b = b[:0]
		}
	}
	return b, ""
}

// appendObject writes a row. Numbers are numbers however long, as the service writes them.
func appendObject(b []byte, names [][]byte, row []dax.Value, nulls bool) []byte {
	b = append(b, '{')
	first := true
	for i, v := range row {
		if v.IsBlank() && !nulls {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(b, names[i]...)
		if v.Type() == dax.Int64 {
			b = strconv.AppendInt(b, v.Int(), 10)
			continue
		}
		b = appendValue(b, v)
	}
	return append(b, '}')
}
