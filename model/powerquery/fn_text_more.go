package powerquery

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"inlay"
)

func defineTextMore() {
	define("Text.At", 2, 2, onText(func(c *call, s string) (Value, error) {
		i, err := c.whole(1)
		r := []rune(s)
		if err == nil && (i < 0 || i >= int64(len(r))) {
			err = c.raise(1, "the text has %d characters, there is nothing at %d", len(r), i)
		}
		if err != nil {
			return Value{}, err
		}
		return text(string(r[i])), nil
	}))
	define("Text.Insert", 3, 3, onText(func(c *call, s string) (Value, error) {
		more, err := c.text(2)
		if err != nil {
			return Value{}, err
		}
		return splice(c, s, 0, more)
	}))
	define("Text.RemoveRange", 2, 3, onText(func(c *call, s string) (Value, error) {
		n := int64(1)
		var err error
		if c.has(2) {
			n, err = c.whole(2)
		}
		if err != nil {
			return Value{}, err
		}
		return splice(c, s, n, "")
	}))
	define("Text.ReplaceRange", 4, 4, onText(func(c *call, s string) (Value, error) {
		n, err := c.whole(2)
		more, e := c.text(3)
		if err != nil || e != nil {
			return Value{}, or(err, e)
		}
		return splice(c, s, n, more)
	}))
	define("Text.Repeat", 2, 2, onText(func(c *call, s string) (Value, error) {
		n, err := c.whole(1)
		switch {
		case err != nil || n < 0:
			return Value{}, c.raise(1, "expected a number of times, not %s", c.arg(1).describe())
		case s != "" && n > int64(maxText/len(s)):
			return Value{}, c.errorf(1, inlay.Limit, "the text grows beyond 16 MB")
		case s == "":
			return text(""), nil
		}
		return text(strings.Repeat(s, int(n))), nil
	}))
	define("Text.Reverse", 1, 1, onText(func(_ *call, s string) (Value, error) {
		r := []rune(s)
		for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
			r[i], r[j] = r[j], r[i]
		}
		return text(string(r)), nil
	}))
	defineTextSets()
}

func defineTextSets() {
	for name, keep := range map[string]bool{"Text.Select": true, "Text.Remove": false} {
		define(name, 2, 2, onText(func(c *call, s string) (Value, error) {
			set, err := c.texts(1)
			all := strings.Join(set, "")
			return text(strings.Map(func(r rune) rune {
				if strings.ContainsRune(all, r) == keep {
					return r
				}
				return -1
			}, s)), err
		}))
	}
	define("Text.ToList", 1, 1, onText(func(c *call, s string) (Value, error) {
		g := gather{c: c, items: []Value{}}
		for _, r := range s {
			if err := g.add(text(string(r))); err != nil {
				return Value{}, err
			}
		}
		return list(g.items), nil
	}))
	define("Text.SplitAny", 2, 2, onText(func(c *call, s string) (Value, error) {
		set, err := c.text(1)
		return texts(splitAny(s, strings.Split(set, ""), false)), err
	}))
	define("Text.PositionOfAny", 2, 3, onText(func(c *call, s string) (Value, error) {
		set, err := c.texts(1)
		return occurrence(runesIn(s, set), c.arg(2).n), err
	}))
	define("Text.Format", 2, 3, textFormat)
	define("Text.NewGuid", 0, 0, func(*call) (Value, error) { return text(uuid.NewString()), nil })
	define("Guid.From", 1, 1, onText(func(c *call, s string) (Value, error) {
		id, err := uuid.Parse(strings.Trim(s, "{}()"))
		if err != nil {
			return Value{}, c.raise(0, "the text is no GUID")
		}
		return text(id.String()), nil
	}))
	defineDelimiters()
	defineCharacters()
}

// splice replaces n characters at argument 1.
func splice(c *call, s string, n int64, by string) (Value, error) {
	at, err := c.whole(1)
	r := []rune(s)
	if err == nil && (at < 0 || n < 0 || at > int64(len(r)) || n > int64(len(r))-at) {
		err = c.raise(1, "the text has %d characters", len(r))
	}
	if err != nil {
		return Value{}, err
	}
	return text(string(r[:at]) + by + string(r[at+n:])), nil
}

// delimiter is a place to cut: argument i says which occurrence counts, from which end.
func (c *call) delimiter(i int, s, sep string) (at int, err error) {
	n, fromEnd := int64(0), false
	switch v := c.arg(i); v.kind {
	case Null:
	case List:
		p := v.items()
		if len(p) != 2 {
			return 0, c.raise(i, "expected an index and a direction")
		}
		n, _ = p[0].whole()
		fromEnd = p[1].n == 1
	default:
		if n, err = c.whole(i); err != nil {
			return 0, err
		}
	}
	if n < 0 {
		return 0, c.raise(i, "the index is negative")
	}
	var found []int
	for at := 0; sep != ""; {
		k := strings.Index(s[at:], sep)
		if k < 0 {
			break
		}
		found = append(found, at+k)
		at += k + len(sep)
	}
	if n >= int64(len(found)) {
		return -1, nil
	}
	if fromEnd {
		n = int64(len(found)) - 1 - n
	}
	return found[n], nil
}

func defineDelimiters() {
	define("Text.BeforeDelimiter", 2, 3, onText(func(c *call, s string) (Value, error) {
		sep, err := c.text(1)
		if err != nil {
			return Value{}, err
		}
		at, err := c.delimiter(2, s, sep)
		if at < 0 {
			at = len(s)
		}
		return text(s[:at]), err
	}))
	define("Text.AfterDelimiter", 2, 3, onText(func(c *call, s string) (Value, error) {
		sep, err := c.text(1)
		if err != nil {
			return Value{}, err
		}
		at, err := c.delimiter(2, s, sep)
		if err != nil || at < 0 {
			return text(""), err
		}
		return text(s[at+len(sep):]), nil
	}))
	define("Text.BetweenDelimiters", 3, 5, onText(func(c *call, s string) (Value, error) {
		from, err := c.text(1)
		to, e := c.text(2)
		if err != nil || e != nil {
			return Value{}, or(err, e)
		}
		at, err := c.delimiter(3, s, from)
		if err != nil || at < 0 {
			return text(""), err
		}
		s = s[at+len(from):]
		if p := c.arg(4).items(); len(p) == 2 && p[1].n == 1 {
			return Value{}, c.errorf(4, inlay.Unsupported, "an end that counts from the end is not supported")
		}
		end, err := c.delimiter(4, s, to)
		if err != nil || end < 0 {
			return text(""), err
		}
		return text(s[:end]), nil
	}))
	define("Text.PositionOf", 2, 4, onText(func(c *call, s string) (Value, error) {
		part, err := c.text(1)
		if err != nil {
			return Value{}, err
		}
		if s, part, err = c.compared(3, s, part); err != nil {
			return Value{}, err
		}
		if part == "" && c.arg(2).n != 2 {
			return integer(0), nil
		}
		return occurrence(runesIn(s, []string{part}), c.arg(2).n), nil
	}))
}

var placeholder = regexp.MustCompile(`#\{([0-9]+)\}|#\[([^\]]*)\]`)

// textFormat is Text.Format: #{0} takes an item of a list, #[name] a field of a record.
func textFormat(c *call) (Value, error) {
	s, err := c.text(0)
	if err != nil {
		return Value{}, err
	}
	cul, err := c.cultureAt(2)
	if err != nil {
		return Value{}, err
	}
	args, err := c.ev.settle(c.arg(1))
	if err != nil {
		return Value{}, err
	}
	var bad error
	size := len(s)
	out := placeholder.ReplaceAllStringFunc(s, func(m string) string {
		if size > maxText {
			return ""
		}
		p := placeholder.FindStringSubmatch(m)
		v, ok := Value{}, false
		if r := args.record(); r != nil && p[1] == "" {
			var i int
			if i, ok = r.head.index[p[2]]; ok {
				v = r.vals[i]
			}
		} else if n, err := strconv.Atoi(p[1]); err == nil && n < len(args.items()) {
			v, ok = args.items()[n], true
		}
		t, isText := toText(v, cul)
		if !ok || !isText && v.kind != Null {
			bad = c.raise(1, "there is no text for %s", m)
		}
		size += len(t)
		return t
	})
	if size > maxText || len(out) > maxText {
		bad = c.errorf(1, inlay.Limit, "the text grows beyond 16 MB")
	}
	return text(out), bad
}

func defineCharacters() {
	define("Character.FromNumber", 1, 1, func(c *call) (Value, error) {
		n, err := c.whole(0)
		if err == nil && (n < 0 || n > utf8.MaxRune) {
			err = c.raise(0, "there is no character %d", n)
		}
		return text(string(rune(n))), err
	})
	define("Character.ToNumber", 1, 1, onText(func(c *call, s string) (Value, error) {
		r, size := utf8.DecodeRuneInString(s)
		if size == 0 || size != len(s) {
			return Value{}, c.raise(0, "expected one character")
		}
		return integer(int64(r)), nil
	}))
	lines := func(s string) []string {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
		return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
	}
	define("Lines.FromText", 1, 3, onText(func(_ *call, s string) (Value, error) { return texts(lines(s)), nil }))
	define("Lines.ToText", 1, 2, onList(func(c *call, _ []Value) (Value, error) {
		sep := text("\r\n")
		if c.has(1) {
			sep = c.arg(1)
		}
		v, err := c.sub("Text.Combine", c.arg(0), sep)
		v.s += sep.s
		return v, err
	}))
	define("Lines.FromBinary", 1, 4, func(c *call) (Value, error) {
		v, err := c.sub("Text.FromBinary", c.arg(0), c.arg(3))
		if err != nil {
			return Value{}, err
		}
		if strings.Count(v.s, "\n") > maxList {
			return Value{}, c.errorf(0, inlay.Limit, "the file has more than a million lines")
		}
		return texts(lines(v.s)), nil
	})
	define("Logical.ToText", 1, 1, func(c *call) (Value, error) { return c.sub("Text.From", c.arg(0)) })
}
