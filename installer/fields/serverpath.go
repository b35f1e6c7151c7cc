package fields

import "strings"

// serverPath returns a path of the server in the form of this package. The server
// writes names as they are, those with dots too; maps that have such names are known
// by their own.
func serverPath(text string) string {
	at, err := parseServerPath(text)
	if err != nil {
		return visible(text)
	}
	return at.String()
}

func parseServerPath(text string) (path, error) {
	var at path
	for rest := text; rest != ""; {
		if rest[0] != '.' || !at.isNameMap() {
			step, after, err := parseStep(rest)
			if err != nil {
				return nil, err
			}
			at, rest = at.with(step), after
			continue
		}
		name := rest[1:]
		switch {
		case at.last() == "selector" && strings.HasPrefix(name, "match"):
			step, after, err := parseStep(rest)
			if err != nil {
				return nil, err
			}
			at, rest = at.with(step), after
		default: // such maps hold texts: what follows is one name
			return at.child(name), nil
		}
	}
	return at, nil
}

func parseStep(text string) (element, string, error) {
	if text[0] != '.' {
		return parseBrackets(text)
	}
	step, rest := parseField(text[1:])
	return step, rest, nil
}

// isNameMap tells whether the fields of what the path names can have any name.
func (p path) isNameMap() bool {
	parent := path(nil)
	if len(p) > 1 {
		parent = p[:len(p)-1]
	}
	switch p.last() {
	case "labels", "annotations":
		return parent.last() == "metadata"
	case "data", "binaryData", "stringData", "parameters":
		return len(p) == 1
	case "matchLabels", "nodeSelector":
		return true
	case "selector":
		return p.is("spec", "selector")
	case "limits", "requests":
		return parent.last() == "resources"
	case "hard", "capacity":
		return parent.is("spec")
	}
	return false
}
