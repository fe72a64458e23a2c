package tmsl

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"inlay"
	"inlay/model/tmdl"
)

// Bounds on what is parsed. The largest of public models has 30 MB, most of it a linguistic
// schema.
const (
	maxSize  = 128 << 20
	maxDepth = 64
	maxNodes = 1_000_000
)

// Document is one file as a tree. Nothing of the text is lost: String gives it back.
type Document struct {
	File string
	root *node
	text string
	ends []int // of the lines: where each line end stands
	runs []int // characters before each stretch of the text
}

// kind tells JSON values apart.
type kind uint8

const (
	scalar kind = iota // number, true, false, null: text is its spelling
	word               // a string: text is its content
	object
	array
)

// node is a value of a Document, with the bytes that it takes.
type node struct {
	kind     kind
	key      string // in the object around it
	text     string
	from, to int
	keyFrom  int // where the key begins, or the value if it has none
	children []*node
}

// child is the member of an object by its key, nil if there is none.
func (n *node) child(key string) *node {
	if n == nil || n.kind != object {
		return nil
	}
	for _, c := range n.children {
		if c.key == key {
			return c
		}
	}
	return nil
}

// String is the text of the file.
func (d *Document) String() string { return d.text }

// Parse reads one file of UTF-8. Errors name file, line and column.
func Parse(file string, src []byte) (*Document, error) {
	d := &Document{File: file, text: string(src)}
	switch {
	case len(src) > maxSize:
		return nil, inlay.Errorf(inlay.Limit, "%s has %d bytes; a model may have %d", file, len(src), maxSize)
	case !utf8.Valid(src):
		return nil, inlay.Errorf(inlay.Invalid, "%s is not UTF-8; save it as UTF-8", file)
	}
	for i := range src {
		if src[i] == '\n' {
			d.ends = append(d.ends, i)
		}
	}
	for i, all := 0, 0; i <= len(src); i += stretch {
		d.runs = append(d.runs, all)
		all += begun(d.text[i:min(len(src), i+stretch)])
	}
	body := bytes.TrimPrefix(src, []byte("\ufeff"))
	p := &parser{doc: d, src: src, shift: len(src) - len(body), json: json.NewDecoder(bytes.NewReader(body))}
	p.json.UseNumber()
	var err error
	if d.root, err = p.value(0); err != nil {
		return nil, err
	}
	if _, err := p.json.Token(); !errors.Is(err, io.EOF) {
		return nil, p.errorf("text after the end of the JSON")
	}
	return d, nil
}

// parser makes the tree from the tokens of encoding/json.
type parser struct {
	doc   *Document
	src   []byte
	shift int // bytes of the byte order mark
	json  *json.Decoder
	nodes int
}

// stretch is of how many bytes the characters are counted once: a model may be one long line.
const stretch = 512

// line is the line and the column of a byte, both from 1.
func (d *Document) line(at int) (line, column int) {
	n, _ := slices.BinarySearch(d.ends, at)
	from := 0
	if n > 0 {
		from = d.ends[n-1] + 1
	}
	return n + 1, 1 + d.characters(max(from, at)) - d.characters(from)
}

// characters is how many stand before a byte.
func (d *Document) characters(at int) int {
	at = min(at, len(d.text))
	i := at / stretch
	return d.runs[i] + begun(d.text[i*stretch:at])
}

// begun is how many characters begin in a part of a text, which may end or begin within one.
func begun(s string) int {
	n := 0
	for i := range len(s) {
		if utf8.RuneStart(s[i]) {
			n++
		}
	}
	return n
}

func (p *parser) at() int { return p.shift + int(p.json.InputOffset()) }

func (p *parser) errorf(format string, args ...any) error {
	return tmdl.At(p.doc.File, p.doc.text, p.at(), fmt.Sprintf(format, args...))
}

// broken is where the text stops being JSON. The decoder tells bytes since it began a value; a
// reader wants them since the file began.
func (p *parser) broken(err error) error {
	var whole json.RawMessage
	if again := json.Unmarshal(p.src[p.shift:], &whole); again != nil {
		err = again
	}
	e := tmdl.JSON(p.doc.File, p.doc.text[p.shift:], err)
	e.Msg = "it is no JSON: " + e.Msg
	return e
}

// token reads a token and says where it begins.
func (p *parser) token() (json.Token, int, error) {
	from := p.at()
	t, err := p.json.Token()
	if err != nil {
		return nil, 0, p.broken(err)
	}
	for from < len(p.src) && strings.IndexByte(" \t\r\n,:", p.src[from]) >= 0 {
		from++
	}
	return t, from, nil
}

func (p *parser) value(depth int) (*node, error) {
	t, from, err := p.token()
	if err != nil {
		return nil, err
	}
	return p.rest(t, from, depth)
}

// rest reads what a token begins.
func (p *parser) rest(t json.Token, from, depth int) (*node, error) {
	if p.nodes++; p.nodes > maxNodes {
		return nil, inlay.Errorf(inlay.Limit, "%s holds more than %d values", p.doc.File, maxNodes)
	}
	n := &node{from: from, keyFrom: from}
	switch t := t.(type) {
	case json.Delim:
		if depth > maxDepth {
			return nil, p.errorf("nested deeper than %d levels", maxDepth)
		}
		n.kind = array
		if t == '{' {
			n.kind = object
		}
		if err := p.members(n, depth); err != nil {
			return nil, err
		}
	case string:
		n.kind, n.text = word, t
	default:
		n.text = string(p.src[from:p.at()])
	}
	n.to = p.at()
	return n, nil
}

// members reads the content of an object or an array, with its end.
func (p *parser) members(n *node, depth int) error {
	seen := map[string]bool{}
	for p.json.More() {
		key, keyFrom := "", -1
		if n.kind == object {
			t, from, err := p.token()
			if err != nil {
				return err
			}
			key, keyFrom = t.(string), from // encoding/json gives nothing else for a key
			if seen[key] {
				return tmdl.At(p.doc.File, p.doc.text, from, fmt.Sprintf("%q is said twice in one object", key))
			}
			seen[key] = true
		}
		c, err := p.value(depth + 1)
		if err != nil {
			return err
		}
		if c.key = key; keyFrom >= 0 {
			c.keyFrom = keyFrom
		}
		n.children = append(n.children, c)
	}
	_, _, err := p.token()
	return err
}

// With gives the document in which one value is another and all else is the same text. The
// value is named by its path: keys of objects; in a list, the name of an object or an index.
// Text of several lines becomes a list of lines where it was one.
func (d *Document) With(value any, path ...string) (*Document, error) {
	n := d.root
	for i, step := range path {
		if n = n.step(step); n == nil {
			return nil, inlay.Errorf(inlay.NotFound, "%s has no %s", d.File, strings.Join(path[:i+1], "/"))
		}
	}
	b, err := d.encode(n, value)
	if err != nil {
		return nil, err
	}
	return Parse(d.File, []byte(d.text[:n.from]+b+d.text[n.to:]))
}

func (n *node) step(name string) *node {
	if n.kind != array {
		return n.child(name)
	}
	for _, c := range n.children {
		if x := c.child("name"); x != nil && x.text == name {
			return c
		}
	}
	if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(n.children) {
		return n.children[i]
	}
	return nil
}

// encode writes a value as the one in its place is written.
func (d *Document) encode(old *node, value any) (string, error) {
	s, ok := value.(string)
	if !ok || old.kind != array {
		return marshal(value)
	}
	line := d.text[strings.LastIndexByte(d.text[:old.keyFrom], '\n')+1 : old.keyFrom]
	indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	end := "\n"
	if strings.Contains(d.text, "\r\n") {
		end = "\r\n"
	}
	var b strings.Builder
	b.WriteByte('[')
	for i, l := range strings.Split(s, "\n") {
		text, err := marshal(l)
		if err != nil {
			return "", err
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(end + indent + "  " + text)
	}
	return b.String() + end + indent + "]", nil
}

func marshal(value any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return "", fmt.Errorf("write a value of the model: %w", err)
	}
	return strings.TrimRight(b.String(), "\n"), nil
}
