package rest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"inlay"
)

// maxBody bounds a request's body.
const maxBody = 1 << 20

// decode reads the body into v. Names are matched without regard to case, as the service
// does; a name that is not known, or is there twice, is refused: it might be a restriction.
// An empty body leaves v alone.
func (c *call) decode(v any) error {
	space := bodies.Get().(*[]byte)
	defer func() { release(space) }()
	body, err := c.body(space)
	if err != nil || len(body) == 0 {
		return err
	}
	err = json.Unmarshal(body, v, json.MatchCaseInsensitiveNames(true), json.RejectUnknownMembers(true))
	if err == nil {
		return nil
	}
	return explain(err)
}

// body reads what was sent, without a byte order mark, into space.
func (c *call) body(space *[]byte) ([]byte, error) {
	if e := c.r.Header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return nil, refuse(inlay.Invalid, ruleMediaType, "the request's content encoding is not supported", "send the body as it is")
	}
	body, err := c.read((*space)[:0])
	*space = body
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, refuse(inlay.Limit, "", fmt.Sprintf("the request's body is larger than %d bytes", maxBody), "send less")
	case err != nil:
		return nil, refuse(inlay.Invalid, "", "the request's body cannot be read", "send it again")
	case len(body) == 0:
		return nil, nil
	}
	const text = "The request entity's media type is not supported for this resource."
	given := c.r.Header.Get("Content-Type")
	if given == "" {
		return nil, refuse(inlay.Invalid, ruleMediaType, "The request contains an entity body but no Content-Type header. "+
			"The inferred media type 'application/octet-stream' is not supported for this resource.", "send Content-Type: application/json")
	}
	if given == "application/json" || given == "application/json; charset=utf-8" { // as most clients send it
		return bytes.TrimPrefix(body, mark), nil
	}
	kind, params, err := mime.ParseMediaType(given)
	if charset := params["charset"]; err != nil || kind != "application/json" && kind != "text/json" || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return nil, refuse(inlay.Invalid, ruleMediaType, text, "send Content-Type: application/json, in UTF-8")
	}
	return bytes.TrimPrefix(body, mark), nil
}

// read appends what was sent to b, at most maxBody bytes.
func (c *call) read(b []byte) ([]byte, error) {
	from := io.Reader(c.r.Body)
	n := c.r.ContentLength
	if n < 0 || n > maxBody {
		from, n = http.MaxBytesReader(c.w, c.r.Body, maxBody), bytes.MinRead // it has the connection closed, too
	}
	for b = slices.Grow(b, int(n)+1); ; b = slices.Grow(b, 1) {
		n, err := from.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		switch {
		case len(b) > maxBody:
			return b, &http.MaxBytesError{Limit: maxBody}
		case errors.Is(err, io.EOF):
			return b, nil
		case err != nil:
			return b, err
		}
	}
}

// mark is the byte order mark of UTF-8.
var mark = []byte("\xef\xbb\xbf")

// explain names the place of a decoding error, and never shows a value: it may be a secret.
func explain(err error) error {
	var sem *json.SemanticError
	var syn *jsontext.SyntacticError
	invalid := func(format string, args ...any) error {
		return refuse(inlay.Invalid, "", fmt.Sprintf(format, args...), "see the REST reference for the fields of this request")
	}
	switch {
	case errors.As(err, &syn) && errors.Is(err, jsontext.ErrDuplicateName):
		return invalid("%s is there twice", place(syn.JSONPointer))
	case errors.As(err, &syn):
		return invalid("the request's body is not JSON: see byte %d", syn.ByteOffset)
	case errors.As(err, &sem) && errors.Is(err, json.ErrUnknownName):
		return invalid("%s is not a known property", place(sem.JSONPointer))
	case errors.As(err, &sem) && sem.JSONKind != 0:
		return invalid("%s cannot be %s of this kind or size", place(sem.JSONPointer), kindName(sem.JSONKind))
	case errors.As(err, &sem):
		return invalid("%s cannot be read", place(sem.JSONPointer))
	}
	return invalid("the request's body cannot be read")
}

// place writes a pointer as people do: identities[0].roles.
func place(p jsontext.Pointer) string {
	var b strings.Builder
	for token := range p.Tokens() {
		switch {
		case strings.Trim(token, "0123456789") == "" && b.Len() > 0:
			b.WriteString("[" + token + "]")
		default:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(token)
		}
		if b.Len() > 200 {
			return fmt.Sprintf("%.200s…", b.String())
		}
	}
	if b.Len() == 0 {
		return "the request's body"
	}
	return b.String()
}

func kindName(k jsontext.Kind) string {
	switch k {
	case 'n':
		return "null"
	case 't', 'f':
		return "a truth value"
	case '"':
		return "a text"
	case '0':
		return "a number"
	case '{':
		return "an object"
	case '[':
		return "a list"
	}
	return "a value"
}
