package scenario

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// protocol are words after a dollar sign that belong to the API, not to a story.
var protocol = []string{"filter", "top", "skip", "select", "expand", "count", "orderby", "metadata", "entity"}

// expand puts what is meant in the place of $Name and ${Name with spaces}:
//
//	$Board               the id of a thing of the world
//	${tenant}            the id of the tenant
//	${token}             the last embed token, ${tokenId} its id
//	${refresh}           the id of the last refresh that was begun
//	${access shop}       the access token of somebody, who signs in if need be
//	${client shop}       the client id of an app, ${secret shop} its secret or a user's password
//	${desk}              the client id of an application through which users sign in
//	${upper $Board}      the same in capital letters
//	${repeat 257 a}      a text of that length
func (b *Bench) expand(text string) (string, error) {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, "$")
		out.WriteString(before)
		if !found {
			return out.String(), nil
		}
		name, rest := word(after)
		value, err := b.meaning(name)
		if err != nil {
			return "", err
		}
		out.WriteString(value)
		text = rest
	}
}

// word takes what follows a dollar sign: a word, or all up to the brace that closes.
func word(text string) (name, rest string) {
	if !strings.HasPrefix(text, "{") {
		n := strings.IndexFunc(text, func(r rune) bool { return !strings.ContainsRune(letters, r) })
		if n < 0 {
			n = len(text)
		}
		return text[:n], text[n:]
	}
	depth := 0
	for i, c := range text {
		switch c {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return text[1:i], text[i+1:]
			}
		}
	}
	return text[1:], ""
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

func (b *Bench) meaning(name string) (string, error) {
	if id, ok := b.made.IDs[name]; ok {
		return id, nil
	}
	if slices.Contains(protocol, name) {
		return "$" + name, nil
	}
	kind, who, _ := strings.Cut(name, " ")
	switch kind {
	case "tenant":
		return b.Server.TenantID(), nil
	case "token":
		return b.embed, nil
	case "tokenId":
		return b.embedID, nil
	case "refresh":
		return b.refresh, nil
	case "desk":
		return b.client, nil
	case "access":
		return b.signIn(who)
	case "client", "secret":
		pair, ok := b.made.Secrets[who]
		if !ok {
			return "", fmt.Errorf("there is no %q in the world", who)
		}
		return map[string]string{"client": pair[0], "secret": pair[1]}[kind], nil
	case "upper":
		text, err := b.expand(who)
		return strings.ToUpper(text), err
	case "repeat":
		number, what, _ := strings.Cut(who, " ")
		n, err := strconv.Atoi(number)
		if err != nil || what == "" || n < 0 {
			return "", fmt.Errorf("${%s} is not understood: write ${repeat 257 a}", name)
		}
		what, err = b.expand(what)
		return strings.Repeat(what, n), err
	}
	return "", fmt.Errorf("there is no %q in the world", name)
}

var guid = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// plain puts names in the place of the ids of things that a story knows.
func (b *Bench) plain(text string) string {
	return guid.ReplaceAllStringFunc(text, func(id string) string {
		name, ok := b.made.Names[id]
		switch {
		case id == b.Server.TenantID():
			return "${tenant}"
		case !ok:
			return id
		case strings.Trim(name, letters) != "":
			return "${" + name + "}"
		}
		return "$" + name
	})
}
