package registry

import "strings"

// challenge is one of a WWW-Authenticate header (RFC 9110, section 11.6.1).
type challenge struct {
	scheme     string // in lower case
	parameters map[string]string
}

// parseChallenges reads the challenges of a header, of which there can be
// several. What does not parse is left out.
func parseChallenges(headers []string) []challenge {
	var found []challenge
	for _, header := range headers {
		rest := header
		for {
			rest = strings.TrimLeft(rest, " \t,")
			word, after := cutToken(rest)
			if word == "" {
				break
			}
			current := challenge{scheme: strings.ToLower(word), parameters: map[string]string{}}
			rest = current.readParameters(after)
			found = append(found, current)
		}
	}
	return found
}

// readParameters reads what belongs to the challenge and returns the rest, which
// begins with the next challenge.
func (c *challenge) readParameters(text string) string {
	for {
		start := strings.TrimLeft(text, " \t,")
		key, after := cutToken(start)
		after = strings.TrimLeft(after, " \t")
		if key == "" || !strings.HasPrefix(after, "=") {
			return start
		}
		value, rest := cutValue(strings.TrimLeft(after[1:], " \t"))
		key = strings.ToLower(key)
		if _, repeated := c.parameters[key]; !repeated {
			c.parameters[key] = value
		}
		text = rest
	}
}

// cutToken cuts a token off the beginning.
func cutToken(text string) (token, rest string) {
	end := strings.IndexFunc(text, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
	if end < 0 {
		end = len(text)
	}
	return text[:end], text[end:]
}

// cutValue cuts a quoted string or whatever stands before the next comma.
func cutValue(text string) (value, rest string) {
	if !strings.HasPrefix(text, `"`) {
		value, rest, _ = strings.Cut(text, ",")
		return strings.TrimSpace(value), rest
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '"':
			return b.String(), text[i+1:]
		case '\\':
			if i++; i < len(text) {
				b.WriteByte(text[i])
			}
		default:
			b.WriteByte(text[i])
		}
	}
	return b.String(), ""
}
