package powerquery

import (
	"slices"
	"sort"
	"strconv"
	"strings"

	"inlay"
)

func integerText(n int64) string { return strconv.FormatInt(n, 10) }
func upper(s string) string      { return strings.ToUpper(s) }

// function makes a function value of one argument that has no name in the library.
func function(name string, f func(c *call) (Value, error)) Value {
	return Value{kind: Function, ref: &builtin{name: name, least: 1, most: 1, fn: f}}
}

// splitter is a function from text to a list of texts.
func splitter(name string, f func(s string) []string) Value {
	return function(name, func(c *call) (Value, error) {
		if !c.has(0) {
			return list(nil), nil
		}
		s, err := c.text(0)
		if err != nil {
			return Value{}, err
		}
		return texts(f(s)), nil
	})
}

func texts(l []string) Value {
	out := make([]Value, len(l))
	for i, s := range l {
		out[i] = text(s)
	}
	return list(out)
}

// fields splits at a delimiter. With quotes, a delimiter between double quotes does not count
// and the quotes go, as with QuoteStyle.Csv.
func fields(s, sep string, quotes bool) []string {
	if sep == "" {
		return []string{s}
	}
	if !quotes || !strings.Contains(s, `"`) {
		return strings.Split(s, sep)
	}
	var out []string
	var b strings.Builder
	in, start := false, true
	for i := 0; i < len(s); {
		switch {
		case in && strings.HasPrefix(s[i:], `""`):
			b.WriteByte('"')
			i += 2
		case s[i] == '"' && (in || start):
			in, start = !in, false
			i++
		case !in && strings.HasPrefix(s[i:], sep):
			out, start = append(out, b.String()), true
			b.Reset()
			i += len(sep)
		default:
			b.WriteByte(s[i])
			start = false
			i++
		}
	}
	return append(out, b.String())
}

func defineSplitters() {
	define("Splitter.SplitByNothing", 0, 0, func(*call) (Value, error) {
		return function(splitByNothing, func(c *call) (Value, error) { return list([]Value{c.arg(0)}), nil }), nil
	})
	define("Splitter.SplitTextByDelimiter", 1, 3, func(c *call) (Value, error) {
		sep, err := c.text(0)
		quotes := !c.has(1) || c.arg(1).n != 0
		if c.arg(2).n != 0 && quotes {
			return Value{}, c.fromEnd()
		}
		return splitter("Splitter.SplitTextByDelimiter(…)", func(s string) []string { return fields(s, sep, quotes) }), err
	})
	library["Splitter.SplitByCommas"] = splitter("the default splitter", func(s string) []string { return fields(s, ",", true) })
	define("Splitter.SplitTextByAnyDelimiter", 1, 3, func(c *call) (Value, error) {
		seps, err := c.texts(0)
		quotes := !c.has(1) || c.arg(1).n != 0
		if c.arg(2).n != 0 && quotes {
			return Value{}, c.fromEnd()
		}
		return splitter("Splitter.SplitTextByAnyDelimiter(…)", func(s string) []string { return splitAny(s, seps, quotes) }), err
	})
	define("Splitter.SplitTextByEachDelimiter", 1, 3, func(c *call) (Value, error) {
		seps, err := c.texts(0)
		fromEnd := c.arg(2).kind == Logical && c.arg(2).n != 0
		return splitter("Splitter.SplitTextByEachDelimiter(…)", func(s string) []string { return splitEach(s, seps, fromEnd) }), err
	})
	define("Splitter.SplitTextByWhitespace", 0, 1, func(*call) (Value, error) {
		return splitter("Splitter.SplitTextByWhitespace()", strings.Fields), nil
	})
	for name, kind := range map[string]int{"Splitter.SplitTextByPositions": 0, "Splitter.SplitTextByLengths": 1, "Splitter.SplitTextByRanges": 2} {
		define(name, 1, 2, func(c *call) (Value, error) {
			fromEnd := c.arg(1).kind == Logical && c.arg(1).n != 0
			cuts, err := c.cuts(kind)
			return splitter(name+"(…)", func(s string) []string {
				if fromEnd { // the places count from the end, and so do the parts
					return mirror(splitAt([]rune(reversed(s)), cuts))
				}
				return splitAt([]rune(s), cuts)
			}), err
		})
	}
	define("Splitter.SplitTextByRepeatedLengths", 1, 2, func(c *call) (Value, error) {
		fromEnd := c.arg(1).kind == Logical && c.arg(1).n != 0
		n, err := c.whole(0)
		if err == nil && n < 1 {
			err = c.raise(0, "expected a length of 1 or more")
		}
		repeat := func(s string) []string {
			var out []string
			for r := []rune(s); len(r) > 0; {
				k := int(min(n, int64(len(r))))
				out, r = append(out, string(r[:k])), r[k:]
			}
			return out
		}
		return splitter("Splitter.SplitTextByRepeatedLengths(…)", func(s string) []string {
			if fromEnd {
				return mirror(repeat(reversed(s)))
			}
			return repeat(s)
		}), err
	})
	define("Splitter.SplitTextByCharacterTransition", 2, 2, splitByTransition)
	defineCombiners()
}

// fromEnd refuses to look for quotes from the end of a text. Without quotes both ends give the
// same parts.
func (c *call) fromEnd() error {
	return c.errorf(len(c.args)-1, inlay.Unsupported, "looking for quotes from the end is not supported; give QuoteStyle.None")
}

func reversed(s string) string {
	r := []rune(s)
	slices.Reverse(r)
	return string(r)
}

// mirror turns the parts of a reversed text back.
func mirror(parts []string) []string {
	slices.Reverse(parts)
	for i, p := range parts {
		parts[i] = reversed(p)
	}
	return parts
}

// splitAny splits at any of the delimiters, the longest that fits; with quotes as fields does.
func splitAny(s string, seps []string, quotes bool) []string {
	var out []string
	start := 0
	if quotes && strings.Contains(s, `"`) {
		return splitQuoted(s, seps)
	}
	for i := 0; i < len(s); {
		n := 0
		for _, sep := range seps {
			if sep != "" && len(sep) > n && strings.HasPrefix(s[i:], sep) {
				n = len(sep)
			}
		}
		if n == 0 {
			i++
			continue
		}
		out = append(out, s[start:i])
		i += n
		start = i
	}
	return append(out, s[start:])
}

func splitQuoted(s string, seps []string) []string {
	var out []string
	var b strings.Builder
	in, start := false, true
	for i := 0; i < len(s); {
		n := 0
		for _, sep := range seps {
			if !in && len(sep) > n && strings.HasPrefix(s[i:], sep) {
				n = len(sep)
			}
		}
		switch {
		case in && strings.HasPrefix(s[i:], `""`):
			b.WriteByte('"')
			i += 2
		case s[i] == '"' && (in || start):
			in, start = !in, false
			i++
		case n > 0:
			out, start = append(out, b.String()), true
			b.Reset()
			i += n
		default:
			b.WriteByte(s[i])
			start = false
			i++
		}
	}
	return append(out, b.String())
}

// splitEach splits at the first place of each delimiter in turn.
func splitEach(s string, seps []string, fromEnd bool) []string {
	var out []string
	for _, sep := range seps {
		i := strings.Index(s, sep)
		if fromEnd {
			i = strings.LastIndex(s, sep)
		}
		if i < 0 || sep == "" {
			continue
		}
		if fromEnd {
			out, s = append([]string{s[i+len(sep):]}, out...), s[:i]
		} else {
			out, s = append(out, s[:i]), s[i+len(sep):]
		}
	}
	if fromEnd {
		return append([]string{s}, out...)
	}
	return append(out, s)
}

// cuts reads positions, lengths or ranges as pairs of start and end; an end of -1 is the end
// of the text.
func (c *call) cuts(kind int) ([][2]int, error) {
	items, err := c.list(0)
	if err != nil {
		return nil, err
	}
	var out [][2]int
	at := 0
	for i, it := range items {
		if p := it.items(); kind == 2 && len(p) == 2 {
			a, ok := p[0].whole()
			n, ok2 := p[1].whole()
			if ok && (ok2 || p[1].kind == Null) && a >= 0 && n >= 0 && a+n < 1<<31 {
				end := int(a + n)
				if p[1].kind == Null {
					end = -1
				}
				out = append(out, [2]int{int(a), end})
				continue
			}
		}
		n, ok := it.whole()
		if !ok || n < 0 || n > 1<<31 || kind == 2 {
			return nil, c.raise(0, "item %d is %s", i+1, it.describe())
		}
		if kind == 1 {
			out = append(out, [2]int{at, at + int(n)})
			at += int(n)
			continue
		}
		if i > 0 {
			out[i-1][1] = int(n)
		}
		out = append(out, [2]int{int(n), -1})
	}
	return out, nil
}

func splitAt(r []rune, cuts [][2]int) []string {
	out := make([]string, len(cuts))
	for i, k := range cuts {
		a, b := min(k[0], len(r)), k[1]
		if b < 0 {
			b = len(r)
		}
		out[i] = string(r[a:max(a, min(b, len(r)))])
	}
	return out
}

// splitByTransition splits between a character of one set and one of another.
func splitByTransition(c *call) (Value, error) {
	in := func(i int) (func(r rune) (bool, error), error) {
		if f := c.arg(i); f.kind == Function {
			return func(r rune) (bool, error) {
				return c.isTrue(c.ev.apply(f, []Value{text(string(r))}, c.pos, c.src))
			}, nil
		}
		set, err := c.texts(i)
		all := strings.Join(set, "")
		return func(r rune) (bool, error) { return strings.ContainsRune(all, r), nil }, err
	}
	before, err := in(0)
	if err != nil {
		return Value{}, err
	}
	after, err := in(1)
	if err != nil {
		return Value{}, err
	}
	return function("Splitter.SplitTextByCharacterTransition(…)", func(inner *call) (Value, error) {
		s, err := inner.text(0)
		if err != nil {
			return Value{}, err
		}
		r := []rune(s)
		var out []string
		start := 0
		for i := 1; i < len(r); i++ {
			a, err := before(r[i-1])
			if err != nil {
				return Value{}, err
			}
			b, err := after(r[i])
			if err != nil {
				return Value{}, err
			}
			if a && b {
				out, start = append(out, string(r[start:i])), i
			}
		}
		return texts(append(out, string(r[start:]))), nil
	}), nil
}

// combiner joins a list of texts; nulls are left out.
func combiner(sep string) Value {
	return function("Combiner.CombineTextByDelimiter(…)", func(c *call) (Value, error) {
		inner := *c
		inner.args = []Value{c.arg(0), text(sep)}
		return combineText(&inner)
	})
}

// quoting is combiner with quotes around what holds the delimiter, quotes or line breaks.
func quoting(sep string) Value {
	return function("Combiner.CombineTextByDelimiter(…)", func(c *call) (Value, error) {
		items, err := c.list(0)
		out := make([]Value, len(items))
		for i, v := range items {
			if v.kind == Text && (strings.Contains(v.s, sep) || strings.ContainsAny(v.s, "\"\r\n")) {
				v.s = `"` + strings.ReplaceAll(v.s, `"`, `""`) + `"`
			}
			out[i] = v
		}
		if err != nil {
			return Value{}, err
		}
		return c.ev.apply(combiner(sep), []Value{list(out)}, c.pos, c.src)
	})
}

func defineCombiners() {
	define("Combiner.CombineTextByDelimiter", 1, 2, func(c *call) (Value, error) {
		sep, err := c.text(0)
		if c.arg(1).n == 1 {
			return quoting(sep), err
		}
		return combiner(sep), err
	})
	define("Combiner.CombineTextByEachDelimiter", 1, 2, func(c *call) (Value, error) {
		seps, err := c.texts(0)
		return function("Combiner.CombineTextByEachDelimiter(…)", func(c *call) (Value, error) {
			parts, err := c.texts(0)
			var b strings.Builder
			for i, p := range parts {
				b.WriteString(p)
				if i < len(seps) && i+1 < len(parts) {
					b.WriteString(seps[i])
				}
			}
			return text(b.String()), err
		}), err
	})
	for name, kind := range map[string]int{"Combiner.CombineTextByPositions": 0, "Combiner.CombineTextByLengths": 1, "Combiner.CombineTextByRanges": 2} {
		define(name, 1, 2, func(c *call) (Value, error) {
			cuts, err := c.cuts(kind)
			template := c.arg(1).s
			return function(name+"(…)", func(c *call) (Value, error) {
				parts, err := c.texts(0)
				if err != nil {
					return Value{}, err
				}
				return c.overlay([]rune(template), parts, cuts, kind == 0)
			}), err
		})
	}
	define("Replacer.ReplaceValue", 3, 3, func(c *call) (Value, error) {
		eq, err := c.ev.equal(c.arg(0), c.arg(1))
		if eq {
			return c.arg(2), err
		}
		return c.arg(0), err
	})
	define("Replacer.ReplaceText", 3, 3, func(c *call) (Value, error) { return c.sub("Text.Replace", c.args...) })
	for name, fold := range map[string]bool{"Comparer.Ordinal": false, "Comparer.OrdinalIgnoreCase": true} {
		define(name, 2, 2, func(c *call) (Value, error) {
			a, b := c.arg(0), c.arg(1)
			if fold && a.kind == Text && b.kind == Text {
				a.s, b.s = upper(a.s), upper(b.s)
			}
			return c.sub("Value.Compare", a, b)
		})
	}
	define("Comparer.FromCulture", 1, 2, func(c *call) (Value, error) {
		if _, err := c.cultureAt(0); err != nil {
			return Value{}, err
		}
		if c.arg(1).kind == Logical && c.arg(1).n != 0 {
			return library["Comparer.OrdinalIgnoreCase"], nil
		}
		return Value{}, c.errorf(1, inlay.Unsupported, "comparing by the rules of a language is not supported, ignoring case is")
	})
	define("Comparer.Equals", 3, 3, func(c *call) (Value, error) {
		v, err := c.ev.apply(c.arg(0), c.args[1:], c.pos, c.src)
		return logical(v.n == 0 && v.isNumber()), err
	})
}

// overlay writes each part at its place of a text, filling up with blanks; a part is cut to the
// length of its place unless it is whole.
func (c *call) overlay(out []rune, parts []string, cuts [][2]int, whole bool) (Value, error) {
	for i, k := range cuts {
		if i >= len(parts) {
			break
		}
		r := []rune(parts[i])
		if k[1] >= 0 && !whole {
			r = r[:min(len(r), k[1]-k[0])]
		}
		if k[0]+len(r) > maxText {
			return Value{}, c.errorf(0, inlay.Limit, "the text grows beyond 16 MB")
		}
		for len(out) < k[0]+len(r) {
			out = append(out, ' ')
		}
		copy(out[k[0]:], r)
	}
	return text(string(out)), nil
}

// runesIn gives the positions, in characters, at which any of the parts stands.
func runesIn(s string, parts []string) []Value {
	out := []Value{}
	pos := int64(0)
	for i := range s {
		for _, p := range parts {
			if p != "" && strings.HasPrefix(s[i:], p) {
				out = append(out, integer(pos))
				break
			}
		}
		pos++
	}
	sort.SliceStable(out, func(a, b int) bool { return out[a].n < out[b].n })
	return out
}

// splitByNothing is the name of the function that Splitter.SplitByNothing() gives.
const splitByNothing = "Splitter.SplitByNothing()"
