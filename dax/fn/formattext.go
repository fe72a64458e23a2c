package fn

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// errNoTextPicture is the error of a text by a picture of numbers or dates.
var errNoTextPicture = errors.New("the value is a text, and the picture has none of @ & < > !; use VALUE to make the text a number")

// textPicture is a picture of texts (Visual Basic, "User-Defined String Formats"): places for
// characters, a change of case, and literal text.
type textPicture struct {
	spots        []spot // digit is @ or &
	upper, lower bool
	left         bool // places are filled from the left
}

// formatText writes a text by a picture. The section behind a semicolon is for empty texts.
func formatText(text, picture string) (string, error) {
	parts := sections(picture)
	if len(parts) > 2 {
		return "", fmt.Errorf("the picture %q of a text has more than two sections", picture)
	}
	one := len(parts) == 1
	if !one && text == "" {
		parts = parts[1:]
	}
	p, err := parseTextPicture(parts[0], one)
	if err != nil {
		return "", err
	}
	switch {
	case p.upper:
		text = strings.ToUpper(text)
	case p.lower:
		text = strings.ToLower(text)
	}
	return p.fill(text)
}

// literals are characters that stand for themselves without quotes: none of them means anything
// to a number, a date or a time.
const literals = ` -()+$/:.,`

func parseTextPicture(picture string, needed bool) (textPicture, error) {
	var p textPicture
	texts := false
	for i := 0; i < len(picture); i++ {
		switch ch := picture[i]; {
		case ch == '@' || ch == '&':
			p.spots, texts = append(p.spots, spot{digit: ch}), true
		case ch == '<' || ch == '>':
			p.lower, p.upper, texts = p.lower || ch == '<', p.upper || ch == '>', true
		case ch == '!':
			p.left, texts = true, true
		case ch == '\\' || ch == '"':
			text, n, err := escaped(picture[i:])
			if err != nil {
				return p, fmt.Errorf("the picture %q %w", picture, err)
			}
			p.spots = append(p.spots, spot{text: text})
			i += n - 1
		case strings.IndexByte(literals, ch) >= 0:
			p.spots = append(p.spots, spot{text: string(ch)})
		case texts:
			return p, fmt.Errorf("the picture %q of a text has letters or digits without quotes", picture)
		default:
			return p, errNoTextPicture
		}
	}
	if !texts && needed {
		return p, errNoTextPicture
	}
	if p.lower && p.upper {
		return p, fmt.Errorf("the picture %q asks for lower and upper case", picture)
	}
	return p, nil
}

// fill puts the characters into their places, the last one into the last place unless the picture
// says otherwise. A picture without places takes the whole text.
func (p textPicture) fill(text string) (string, error) {
	places, chars := placesOf(p.spots), []rune(text)
	if places == 0 {
		if len(p.spots) > 0 && text != "" {
			return "", errors.New("the picture of a text has literal text and no place for characters; @ is one")
		}
		for _, s := range p.spots {
			text += s.text
		}
		return text, nil
	}
	if len(chars) > places {
		return "", fmt.Errorf("the text has %d characters and the picture %d places", utf8.RuneCountInString(text), places)
	}
	at := len(chars) - places // of the first place, when filled from the right
	if p.left {
		at = 0
	}
	var b strings.Builder
	for _, s := range p.spots {
		if s.digit == 0 {
			b.WriteString(s.text)
			continue
		}
		if at >= 0 && at < len(chars) {
			b.WriteRune(chars[at])
		} else if s.digit == '@' {
			b.WriteByte(' ')
		}
		at++
	}
	return b.String(), nil
}
