package syntax

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokEOF tokenKind = iota
	tokName
	tokQuoted // #"name"
	tokKeyword
	tokNumber
	tokText
	tokPunct
)

type token struct {
	kind  tokenKind
	text  string // decoded
	pos   Pos
	end   int // offset behind the token
	match int // of "(": index of the matching ")", or -1
}

// keywords are reserved; #date and its kin are functions whose names begin with a hash.
var keywords = map[string]bool{
	"and": true, "as": true, "each": true, "else": true, "error": true, "false": true, "if": true,
	"in": true, "is": true, "let": true, "meta": true, "not": true, "null": true, "or": true,
	"otherwise": true, "section": true, "shared": true, "then": true, "true": true, "try": true, "type": true,
}

// maxSource bounds the text of one expression: Enter data tables carry their rows in it.
const maxSource = 32 << 20

type lexer struct {
	src  string
	pos  Pos
	toks []token
	open []int // indexes of "(" that are not closed
}

func lex(src string) ([]token, error) {
	l := &lexer{src: src, pos: Pos{Line: 1, Column: 1}}
	if len(src) > maxSource {
		return nil, l.errorAt(l.pos, "the expression is longer than 32 MB")
	}
	if !utf8.ValidString(src) {
		return nil, l.errorAt(l.pos, "the expression is not valid UTF-8")
	}
	for {
		if err := l.skipSpace(); err != nil {
			return nil, err
		}
		if l.pos.Offset >= len(src) {
			l.toks = append(l.toks, token{kind: tokEOF, pos: l.pos, end: l.pos.Offset, match: -1})
			return l.toks, nil
		}
		if err := l.next(); err != nil {
			return nil, err
		}
	}
}

func (l *lexer) errorAt(p Pos, msg string) error {
	return &Error{Pos: p, Msg: msg, Line: LineOf(l.src, p)}
}

func (l *lexer) rest() string { return l.src[l.pos.Offset:] }

// advance moves over n bytes and keeps count of lines and columns.
func (l *lexer) advance(n int) {
	for _, r := range l.src[l.pos.Offset : l.pos.Offset+n] {
		if r == '\n' {
			l.pos.Line++
			l.pos.Column = 1
		} else {
			l.pos.Column++
		}
	}
	l.pos.Offset += n
}

func (l *lexer) skipSpace() error {
	for {
		rest := l.rest()
		switch {
		case strings.HasPrefix(rest, "//"):
			n := strings.IndexByte(rest, '\n')
			if n < 0 {
				n = len(rest)
			}
			l.advance(n)
		case strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				return l.errorAt(l.pos, "the comment is not closed")
			}
			l.advance(n + 4)
		default:
			r, size := utf8.DecodeRuneInString(rest)
			if size == 0 || !unicode.IsSpace(r) && r != '\uFEFF' {
				return nil
			}
			l.advance(size)
		}
	}
}

func (l *lexer) emit(kind tokenKind, text string, n int) {
	l.toks = append(l.toks, token{kind: kind, text: text, pos: l.pos, end: l.pos.Offset + n, match: -1})
	l.advance(n)
}

func (l *lexer) next() error {
	rest := l.rest()
	r, _ := utf8.DecodeRuneInString(rest)
	switch {
	case r == '"':
		return l.quoted(tokText, 0)
	case strings.HasPrefix(rest, `#"`):
		return l.quoted(tokQuoted, 1)
	case strings.HasPrefix(rest, `#!"`):
		return l.errorAt(l.pos, "verbatim literals are not supported")
	case r == '#':
		n := 1 + nameLength(rest[1:])
		if n == 1 {
			return l.errorAt(l.pos, "a # must be followed by a quoted name or a keyword")
		}
		l.emit(tokName, rest[:n], n)
		return nil
	case nameStart(r):
		n := nameLength(rest)
		kind := tokName
		if keywords[rest[:n]] {
			kind = tokKeyword
		}
		l.emit(kind, rest[:n], n)
		return nil
	case r >= '0' && r <= '9' || r == '.' && len(rest) > 1 && rest[1] >= '0' && rest[1] <= '9':
		return l.number()
	}
	return l.punct()
}

func (l *lexer) punct() error {
	rest := l.rest()
	for _, p := range []string{"...", "..", "=>", "<=", ">=", "<>", "??", "(", ")", "[", "]", "{", "}", "=", "<", ">", "+", "-", "*", "/", "&", ",", "?", "@", ";"} {
		if !strings.HasPrefix(rest, p) {
			continue
		}
		switch p {
		case "(":
			l.open = append(l.open, len(l.toks))
		case ")":
			if n := len(l.open); n > 0 {
				l.toks[l.open[n-1]].match = len(l.toks)
				l.open = l.open[:n-1]
			}
		}
		l.emit(tokPunct, p, len(p))
		return nil
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return l.errorAt(l.pos, "unexpected character "+strconv.QuoteRune(r))
}

func nameStart(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.Is(unicode.Nl, r) }

func namePart(r rune) bool {
	return nameStart(r) || unicode.IsDigit(r) || unicode.In(r, unicode.Mn, unicode.Mc, unicode.Pc, unicode.Cf)
}

// nameLength is the length of the identifier at the start of s: parts joined by dots.
func nameLength(s string) int {
	n := 0
	for {
		r, size := utf8.DecodeRuneInString(s[n:])
		if size == 0 || !nameStart(r) {
			if n > 0 {
				return n - 1 // the dot belongs to something else
			}
			return 0
		}
		for size > 0 && namePart(r) {
			n += size
			r, size = utf8.DecodeRuneInString(s[n:])
		}
		if !strings.HasPrefix(s[n:], ".") {
			return n
		}
		n++
	}
}

func (l *lexer) number() error {
	rest := l.rest()
	n := 0
	digits := func(ok func(byte) bool) {
		for n < len(rest) && ok(rest[n]) {
			n++
		}
	}
	decimal := func(c byte) bool { return c >= '0' && c <= '9' }
	if len(rest) > 2 && (rest[:2] == "0x" || rest[:2] == "0X") {
		n = 2
		digits(func(c byte) bool { return decimal(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' })
		l.emit(tokNumber, rest[:n], n)
		return nil
	}
	digits(decimal)
	if n < len(rest) && rest[n] == '.' && !strings.HasPrefix(rest[n:], "..") {
		n++
		digits(decimal)
	}
	if n < len(rest) && (rest[n] == 'e' || rest[n] == 'E') {
		mark := n
		n++
		if n < len(rest) && (rest[n] == '+' || rest[n] == '-') {
			n++
		}
		start := n
		if digits(decimal); n == start {
			n = mark
		}
	}
	l.emit(tokNumber, rest[:n], n)
	return nil
}

// quoted reads a text or a quoted name; skip is the length of what stands before the quote.
func (l *lexer) quoted(kind tokenKind, skip int) error {
	rest := l.rest()
	var b strings.Builder
	for i := skip + 1; i < len(rest); {
		switch {
		case strings.HasPrefix(rest[i:], `""`):
			b.WriteByte('"')
			i += 2
		case rest[i] == '"':
			l.emit(kind, b.String(), i+1)
			return nil
		case strings.HasPrefix(rest[i:], "#("):
			end := strings.IndexByte(rest[i:], ')')
			if end < 0 || !escape(&b, rest[i+2:i+end]) {
				return l.errorAt(l.pos, "the text holds an escape #(…) that does not exist; write #(#) for a hash")
			}
			i += end + 1
		default:
			j := strings.IndexAny(rest[i:], `"#`)
			switch {
			case j < 0:
				j = len(rest) - i
			case j == 0:
				j = 1
			}
			b.WriteString(rest[i : i+j])
			i += j
		}
	}
	return l.errorAt(l.pos, "the text is not closed by a quote")
}

func escape(b *strings.Builder, list string) bool {
	for _, e := range strings.Split(list, ",") {
		switch e = strings.TrimSpace(e); e {
		case "cr":
			b.WriteByte('\r')
		case "lf":
			b.WriteByte('\n')
		case "tab":
			b.WriteByte('\t')
		case "#":
			b.WriteByte('#')
		default:
			n, err := strconv.ParseUint(e, 16, 32)
			if err != nil || len(e) != 4 && len(e) != 8 || n > unicode.MaxRune {
				return false
			}
			b.WriteRune(rune(n))
		}
	}
	return true
}
