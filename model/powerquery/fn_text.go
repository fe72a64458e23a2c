package powerquery

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"inlay"
)

// defineText defines the functions of text. Positions and lengths count characters; M counts
// UTF-16 units, which differs only outside the basic plane.
func defineText() {
	define("Text.From", 1, 2, func(c *call) (Value, error) {
		if !c.has(0) {
			return Value{}, nil
		}
		cul, err := c.cultureAt(1)
		if err != nil {
			return Value{}, err
		}
		s, ok := toText(c.arg(0), cul)
		if !ok {
			return Value{}, c.raise(0, "%s has no text", c.arg(0).describe())
		}
		return text(s), nil
	})
	for name, f := range map[string]func(string) string{
		"Text.Upper": strings.ToUpper, "Text.Lower": strings.ToLower, "Text.Proper": proper, "Text.Clean": clean,
	} {
		define(name, 1, 2, onText(func(c *call, s string) (Value, error) { return text(f(s)), nil }))
	}
	trim := func(f func(string, func(rune) bool) string) func(c *call, s string) (Value, error) {
		return func(c *call, s string) (Value, error) {
			in := unicode.IsSpace
			if c.has(1) {
				set, err := c.texts(1)
				if err != nil {
					return Value{}, err
				}
				in = func(r rune) bool { return strings.ContainsRune(strings.Join(set, ""), r) }
			}
			return text(f(s, in)), nil
		}
	}
	define("Text.Trim", 1, 2, onText(trim(strings.TrimFunc)))
	define("Text.TrimStart", 1, 2, onText(trim(strings.TrimLeftFunc)))
	define("Text.TrimEnd", 1, 2, onText(trim(strings.TrimRightFunc)))
	defineTextParts()
	defineTextSearch()
}

func defineTextParts() {
	define("Text.Length", 1, 1, onText(func(c *call, s string) (Value, error) {
		return integer(int64(utf8.RuneCountInString(s))), nil
	}))
	define("Text.Start", 2, 2, onText(func(c *call, s string) (Value, error) { return slice(c, s, 0, 1, false) }))
	define("Text.End", 2, 2, onText(func(c *call, s string) (Value, error) {
		n, err := c.whole(1)
		r := []rune(s)
		if err != nil || n < 0 {
			return Value{}, c.raise(1, "expected a number of characters")
		}
		return text(string(r[max(0, len(r)-int(min(n, int64(len(r))))):])), nil
	}))
	define("Text.Middle", 2, 3, onText(func(c *call, s string) (Value, error) { return slice(c, s, 1, 2, false) }))
	define("Text.Range", 2, 3, onText(func(c *call, s string) (Value, error) { return slice(c, s, 1, 2, true) }))
	define("Text.PadStart", 2, 3, onText(func(c *call, s string) (Value, error) { return padText(c, s, true) }))
	define("Text.PadEnd", 2, 3, onText(func(c *call, s string) (Value, error) { return padText(c, s, false) }))
	define("Text.Combine", 1, 2, combineText)
}

func defineTextSearch() {
	for name, f := range map[string]func(string, string) bool{
		"Text.Contains": strings.Contains, "Text.StartsWith": strings.HasPrefix, "Text.EndsWith": strings.HasSuffix,
	} {
		define(name, 2, 3, onText(func(c *call, s string) (Value, error) {
			part, err := c.text(1)
			if err != nil {
				return Value{}, err
			}
			if s, part, err = c.compared(2, s, part); err != nil {
				return Value{}, err
			}
			return logical(f(s, part)), nil
		}))
	}
	define("Text.Replace", 3, 3, onText(func(c *call, s string) (Value, error) {
		from, err := c.text(1)
		if err != nil {
			return Value{}, err
		}
		to, err := c.text(2)
		if err != nil || from == "" {
			return text(s), err
		}
		if strings.Count(s, from)*len(to)+len(s) > maxText {
			return Value{}, c.errorf(0, inlay.Limit, "the text grows beyond 16 MB")
		}
		return text(strings.ReplaceAll(s, from, to)), nil
	}))
	define("Text.Split", 2, 2, onText(func(c *call, s string) (Value, error) {
		sep, err := c.text(1)
		if err != nil {
			return Value{}, err
		}
		return splitText(c, sep)
	}))
	defineTextMore()
}

// onText makes a function of a text; null gives null.
func onText(f func(c *call, s string) (Value, error)) func(c *call) (Value, error) {
	return func(c *call) (Value, error) {
		if !c.has(0) {
			return Value{}, nil
		}
		s, err := c.text(0)
		if err != nil {
			return Value{}, err
		}
		return f(c, s)
	}
}

// compared folds two texts for the comparer at argument i.
func (c *call) compared(i int, a, b string) (string, string, error) {
	if !c.has(i) {
		return a, b, nil
	}
	f, _ := c.arg(i).ref.(*builtin)
	switch {
	case f != nil && f.name == "Comparer.OrdinalIgnoreCase":
		return strings.ToUpper(a), strings.ToUpper(b), nil
	case f != nil && f.name == "Comparer.Ordinal":
		return a, b, nil
	}
	return "", "", c.errorf(i, inlay.Unsupported, "the comparer must be Comparer.Ordinal or Comparer.OrdinalIgnoreCase")
}

// slice takes characters: from argument 1 (or 0), as many as argument n says. Text.Range is
// strict about the ends, Text.Middle and Text.Start are not.
func slice(c *call, s string, from, count int, strict bool) (Value, error) {
	r := []rune(s)
	a, n := int64(0), int64(len(r))
	var err error
	if from == 1 {
		if a, err = c.whole(1); err != nil {
			return Value{}, err
		}
		n = int64(len(r)) - a
	}
	if c.has(count) {
		if n, err = c.whole(count); err != nil {
			return Value{}, err
		}
	}
	if a < 0 || n < 0 && c.has(count) || strict && (a > int64(len(r)) || n > int64(len(r))-a) {
		return Value{}, c.raise(1, "the text has %d characters, there is nothing at %d", len(r), a)
	}
	a = min(a, int64(len(r)))
	n = min(max(n, 0), int64(len(r))-a)
	return text(string(r[a : a+n])), nil
}

func padText(c *call, s string, start bool) (Value, error) {
	n, err := c.whole(1)
	if err != nil {
		return Value{}, err
	}
	with := " "
	if c.has(2) {
		if with, err = c.text(2); err != nil || utf8.RuneCountInString(with) != 1 {
			return Value{}, c.raise(2, "expected one character")
		}
	}
	n -= int64(utf8.RuneCountInString(s))
	if n <= 0 {
		return text(s), nil
	}
	if n > maxText {
		return Value{}, c.errorf(1, inlay.Limit, "the text grows beyond 16 MB")
	}
	fill := strings.Repeat(with, int(n))
	if start {
		return text(fill + s), nil
	}
	return text(s + fill), nil
}

// combineText is Text.Combine; nulls are left out.
func combineText(c *call) (Value, error) {
	items, err := c.list(0)
	if err != nil {
		return Value{}, err
	}
	sep := ""
	if c.has(1) {
		if sep, err = c.text(1); err != nil {
			return Value{}, err
		}
	}
	var parts []string
	size := 0
	for _, it := range items {
		switch it.kind {
		case Null:
			continue
		case Text:
			parts = append(parts, it.s)
			size += len(it.s) + len(sep)
		default:
			return Value{}, c.raise(0, "expected texts, found %s", it.describe())
		}
	}
	if size > maxText {
		return Value{}, c.errorf(0, inlay.Limit, "the text grows beyond 16 MB")
	}
	return text(strings.Join(parts, sep)), nil
}

func splitText(c *call, sep string) (Value, error) {
	s, err := c.text(0)
	if err != nil {
		return Value{}, err
	}
	if sep == "" {
		return list([]Value{text(s)}), nil
	}
	parts := strings.Split(s, sep)
	out := make([]Value, len(parts))
	for i, p := range parts {
		out[i] = text(p)
	}
	return list(out), nil
}

// proper capitalises each word.
func proper(s string) string {
	start := true
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) {
			start = r != '\''
			return r
		}
		if start {
			start = false
			return unicode.ToUpper(r)
		}
		return unicode.ToLower(r)
	}, s)
}

func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
}
