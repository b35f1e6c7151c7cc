package chart

import (
	"regexp"
	"strings"
)

// lookupCall finds templates that ask the cluster, which has no objects while a chart
// is only rendered.
const lookupCall = `\blookup\s+["(.$]`

func asksCluster(template []byte) bool {
	lookup := regexp.MustCompile(lookupCall)
	for rest := string(template); ; {
		_, action, ok := strings.Cut(rest, "{{")
		if !ok {
			return false
		}
		action, rest, _ = strings.Cut(action, "}}")
		if strings.HasPrefix(strings.TrimLeft(action, "- \n"), "/*") {
			continue
		}
		if lookup.MatchString(action) {
			return true
		}
	}
}

// comments returns what stands above the values of a values.yaml, as people write it: the
// lines of comments directly above a key, without the marks of helm-docs. Lines that are
// values themselves, commented out, end a comment.
func comments(data []byte) map[string]string {
	found := map[string]string{}
	var above []string
	type level struct {
		indent int
		key    string
	}
	var path []level
	for line := range strings.SplitSeq(string(data), "\n") {
		line = strings.TrimRight(line, "\r ")
		text := strings.TrimLeft(line, " ")
		indent := len(line) - len(text)
		switch {
		case text == "":
			above = nil
			continue
		case strings.HasPrefix(text, "#"):
			above = append(above, text)
			continue
		}
		key, _, ok := strings.Cut(text, ":")
		key = strings.Trim(key, `"'`)
		if !ok || strings.ContainsAny(key, " {[") || strings.HasPrefix(key, "- ") {
			above = nil
			continue
		}
		for len(path) > 0 && path[len(path)-1].indent >= indent {
			path = path[:len(path)-1]
		}
		path = append(path, level{indent, key})
		if sentence := sentenceOf(above); sentence != "" {
			keys := make([]string, len(path))
			for i, level := range path {
				keys[i] = level.key
			}
			found[strings.Join(keys, ".")] = sentence
		}
		above = nil
	}
	return found
}

// sentenceOf joins lines of a comment into a short text, or returns "".
func sentenceOf(lines []string) string {
	var words []string
	for _, line := range lines {
		line = strings.TrimSpace(strings.TrimLeft(line, "#"))
		if after, ok := strings.CutPrefix(line, "-- "); ok {
			words, line = nil, after // helm-docs: the description begins here
		}
		if after, ok := strings.CutPrefix(line, "@param "); ok {
			_, line, _ = strings.Cut(after, " ") // the comments of other generators
		}
		if strings.HasPrefix(line, "@") || line == "" {
			continue
		}
		words = append(words, line)
	}
	text := strings.Join(words, " ")
	if len(text) > 300 {
		if end := strings.LastIndex(text[:300], ". "); end > 0 {
			return text[:end+1]
		}
		return ""
	}
	return text
}
