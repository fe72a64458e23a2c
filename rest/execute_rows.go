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

// writeTables sends the first answer to a query as JSON, in pieces: status and headers go with
// the first. What is left out is said in a member error, beside the data and at the top, so that
// a client that reads either knows. An error is one of reading the rows.
func (c *call) writeTables(answers []model.Answer, nulls bool) error {
	c.w.Header()["Content-Type"] = jsonContent
	b := append(make([]byte, 0, flushAt+flushAt/4), `{"results":[{"tables":[`...)
	var short, many string
	if len(answers) > 0 {
		var err error
		b, short, err = c.appendTable(append(b, `{"rows":[`...), answers[0], nulls)
		if err != nil || b == nil {
			return err // nil: the client has gone
		}
		b = append(b, ']')
		b = append(appendShort(b, short), '}')
	}
	b = append(b, ']')
	if len(answers) > 1 {
		many = "More than one result table in a query"
	}
	b = append(appendShort(b, many), `}]`...)
	if many == "" {
		many = short
	}
	c.flush(append(appendShort(b, many), '}')) // an error here is the client's: it has gone
	return nil
}

// flush sends a piece of an answer, the first with status 200.
func (c *call) flush(b []byte) bool {
	if c.sent.status == 0 {
		c.w.WriteHeader(http.StatusOK)
	}
	_, err := c.w.Write(b)
	return err == nil
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
func (c *call) appendTable(b []byte, a model.Answer, nulls bool) (rest []byte, short string, err error) {
	names := make([][]byte, len(a.Columns))
	for i, col := range a.Columns {
		names[i] = append(appendText(nil, col.Name), ':')
	}
	most := min(mostTableRows, mostTableValues/max(len(names), 1))
	written, n := 0, 0
	for row, err := range a.Rows {
		switch {
		case err != nil:
			return nil, "", err
		case n == most:
			return b, fmt.Sprintf("More than %d rows in a query result", most), nil
		case written > mostTableBytes:
			return b, fmt.Sprintf("More than %d bytes in a query result", mostTableBytes), nil
		case n > 0:
			b = append(b, ',')
		}
		n++
		start := len(b)
		b = appendObject(b, names, row, nulls)
		written += len(b) - start
		if len(b) >= flushAt {
			if !c.flush(b) {
				return nil, "", nil
			}
			b = b[:0]
		}
	}
	return b, "", nil
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
