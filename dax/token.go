package dax

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind is the kind of a token.
type kind uint8

const (
	end     kind = iota
	word         // identifier, function name or keyword
	quoted       // 'Table name'
	bracket      // [Column name]
	number       // 12, .5, 1E-3
	text         // "text"
	date         // dt"2026-01-31"
	param        // @name
	symbol       // operator or punctuation
)

// token is a piece of source. Its text is what it means: without quotes, escapes undone.
type token struct {
	kind kind
	text string
	pos  Pos
	src  string // as written
}

// is reports whether the token is the symbol, or the keyword without regard to case.
func (t token) is(s string) bool {
	switch t.kind {
	case symbol:
		return t.text == s
	case word:
		return strings.EqualFold(t.text, s)
	}
	return false
}

// name says what the token is, for messages.
func (t token) name() string {
	if t.kind == end {
		return "the end"
	}
	s := t.src
	if len(s) > 40 {
		cut := 40
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut] + "…"
	}
	return "\"" + s + "\""
}

// lexer cuts source into tokens. It goes on after a mistake so that all are listed.
type lexer struct {
	src    string
	at     Pos
	tokens []token
	errs   []*Error
}

// lex cuts the whole source; the last token is the end.
func lex(src string) ([]token, []*Error) {
	l := &lexer{src: src, at: Pos{Line: 1, Column: 1}}
	for l.skip(); l.at.Offset < len(src); l.skip() {
		l.next()
	}
	l.tokens = append(l.tokens, token{kind: end, pos: l.at})
	return l.tokens, l.errs
}

func (l *lexer) rest() string { return l.src[l.at.Offset:] }

func (l *lexer) fail(at Pos, msg string) {
	if len(l.errs) < maxErrors {
		l.errs = append(l.errs, &Error{Pos: at, Msg: msg})
	}
}

// advance moves over n bytes and keeps count of lines and columns.
func (l *lexer) advance(n int) {
	stop := l.at.Offset + n
	for l.at.Offset < stop {
		r, size := utf8.DecodeRuneInString(l.rest())
		crlf := r == '\r' && strings.HasPrefix(l.rest(), "\r\n")
		l.at.Offset += size
		if r == '\n' || r == '\r' && !crlf {
			l.at.Line++
			l.at.Column = 1
		} else if !crlf {
			l.at.Column++
		}
	}
}

// skip passes over space and comments.
func (l *lexer) skip() {
	for {
		s := l.rest()
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case size > 0 && (unicode.IsSpace(r) || r == '\ufeff' || r == '\u200b'):
			l.advance(size)
		case strings.HasPrefix(s, "//"), strings.HasPrefix(s, "--"):
			n := strings.IndexAny(s, "\r\n")
			if n < 0 {
				n = len(s)
			}
			l.advance(n)
		case strings.HasPrefix(s, "/*"):
			n := strings.Index(s[2:], "*/")
			if n < 0 {
				l.fail(l.at, `comment begins with "/*" and has no "*/"`)
				l.advance(len(s))
				return
			}
			l.advance(n + 4)
		default:
			return
		}
	}
}

func (l *lexer) emit(k kind, text string, n int) {
	t := token{kind: k, text: text, pos: l.at, src: l.rest()[:n]}
	l.tokens = append(l.tokens, t)
	l.advance(n)
}

// symbols, longest first.
var symbols = []string{"&&", "||", "==", "=>", "<>", "<=", ">=",
	"+", "-", "*", "/", "^", "&", "=", "<", ">", "(", ")", "{", "}", ",", ".", ":"}

// next reads one token.
func (l *lexer) next() {
	s := l.rest()
	r, size := utf8.DecodeRuneInString(s)
	switch {
	case r == '"':
		l.delimited(text, 0, '"', "text")
	case r == '\'':
		l.delimited(quoted, 0, '\'', "table name")
	case r == '[':
		l.delimited(bracket, 0, ']', "column name")
	case len(s) > 2 && (r == 'd' || r == 'D') && (s[1] == 't' || s[1] == 'T') && s[2] == '"':
		l.delimited(date, 2, '"', "date literal")
	case r == '@' && wordLength(s[1:]) > 0:
		n := wordLength(s[1:])
		l.emit(param, s[1:1+n], 1+n)
	case digit(s) || r == '.' && digit(s[1:]):
		l.number()
	case wordLength(s) > 0:
		n := wordLength(s)
		l.emit(word, s[:n], n)
	default:
		for _, y := range symbols {
			if strings.HasPrefix(s, y) {
				l.emit(symbol, y, len(y))
				return
			}
		}
		l.unknown(r, size)
	}
}

// unknown reports a character that begins no token, with the remedy where it is known.
func (l *lexer) unknown(r rune, size int) {
	msg := "unexpected character \"" + l.rest()[:size] + "\""
	switch r {
	case utf8.RuneError:
		msg = "the text is not valid UTF-8"
	case ';':
		msg += "; arguments are separated by a comma"
	case '“', '”', '‘', '’':
		msg += "; use straight quotes"
	case '!':
		msg += "; write NOT"
	case '|':
		msg += "; the operator is ||"
	}
	l.fail(l.at, msg)
	l.advance(size)
}

// delimited reads a token between delimiters after a prefix of skip bytes. A closing
// delimiter is escaped by doubling it.
func (l *lexer) delimited(k kind, skip int, closing byte, what string) {
	s := l.rest()
	var b strings.Builder
	for i := skip + 1; i < len(s); i++ {
		if s[i] != closing {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == closing {
			b.WriteByte(closing)
			i++
			continue
		}
		if !utf8.ValidString(b.String()) {
			l.fail(l.at, "the "+what+" is not valid UTF-8")
		}
		loose := k == quoted && b.Len() == 0 && i+1 < len(s) && s[i+1] == '['
		if k != text && k != date && strings.TrimSpace(b.String()) == "" && !loose {
			l.fail(l.at, "the "+what+" is empty")
		}
		l.emit(k, b.String(), i+1)
		return
	}
	l.fail(l.at, "the "+what+" has no closing "+string(rune(closing)))
	l.advance(len(s))
}

// number reads digits, a point, digits, an exponent.
func (l *lexer) number() {
	s := l.rest()
	n := digits(s)
	if strings.HasPrefix(s[n:], ".") {
		n++
		n += digits(s[n:])
	}
	if n < len(s) && (s[n] == 'e' || s[n] == 'E') {
		m := n + 1
		if m < len(s) && (s[m] == '+' || s[m] == '-') {
			m++
		}
		if d := digits(s[m:]); d > 0 {
			n = m + d
		}
	}
	if w := wordLength(s[n:]); w > 0 {
		l.fail(l.at, "\""+s[:n+w]+"\" is neither a number nor a name; quote a table name that begins with a digit")
		l.advance(n + w)
		return
	}
	l.emit(number, s[:n], n)
}

func digit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

func digits(s string) int {
	n := 0
	for n < len(s) && digit(s[n:]) {
		n++
	}
	return n
}

// wordLength is the length of the identifier that s begins with, 0 if there is none. A point
// belongs to it when a letter or digit follows: CHISQ.DIST.RT, INFO.TABLES.
func wordLength(s string) int {
	n := 0
	for n < len(s) {
		r, size := utf8.DecodeRuneInString(s[n:])
		switch {
		case r == '_' || unicode.IsLetter(r) || n > 0 && (unicode.IsDigit(r) || unicode.IsMark(r)):
		case n > 0 && r == '.':
			f, _ := utf8.DecodeRuneInString(s[n+1:])
			if f != '_' && !unicode.IsLetter(f) && !unicode.IsDigit(f) {
				return n
			}
		default:
			return n
		}
		n += size
	}
	return n
}
