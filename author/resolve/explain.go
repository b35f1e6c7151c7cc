package resolve

import (
	"fmt"
	"strings"
)

// Explanation says in sentences, without full stops, why the choice is as it is.
// The first is about the version; the others are about versions that were not
// chosen, those that have the same reason and stand side by side together.
func (c Choice) Explanation() []string {
	switch c.Outcome {
	case Failed:
		return append([]string{"failed: " + c.Failure.clause()}, summary(c.Excluded, 0)...)
	case Kept:
		return append([]string{c.keptText()}, summary(c.Excluded, 0)...)
	default:
		text := fmt.Sprintf("chose %s: newest of %d that satisfy %s", c.Version, c.Satisfying, c.demands)
		if c.Satisfying == 1 {
			text = fmt.Sprintf("chose %s: the only one that satisfies %s", c.Version, c.demands)
		}
		return append([]string{text}, summary(c.Excluded, 0)...)
	}
}

func (c Choice) keptText() string {
	text := fmt.Sprintf("kept %s: it is locked, and satisfies %s", c.Version, c.demands)
	switch {
	case c.Withdrawn:
		text += "; no repository has it any more"
	case c.MovedTo != "":
		text += "; the repository has it with another digest now, " + c.MovedTo
	}
	if c.Newest != "" && c.Newest != c.Version && !older(c.Version, c.Newest) {
		text += fmt.Sprintf("; --upgrade %s changes it to %s", c.Name, c.Newest)
	}
	return text
}

// older tells whether version is older than than.
func older(than, version string) bool {
	a, err := parseVersion(than)
	if err != nil {
		return false
	}
	b, err := parseVersion(version)
	return err == nil && b.compare(&a) < 0
}

// summary puts versions that follow one another and have the same reason
// together. At most most texts are returned, all where it is 0; what is left out
// is counted.
func summary(excluded []Exclusion, most int) []string {
	var texts []string
	for i := 0; i < len(excluded); {
		end := i + 1
		for end < len(excluded) && excluded[end].Reason == excluded[i].Reason {
			end++
		}
		if most > 0 && len(texts) == most {
			return append(texts, fmt.Sprintf("and %d more", len(excluded)-i))
		}
		texts = append(texts, run(excluded[i:end]))
		i = end
	}
	return texts
}

// run is the text of versions, newest first, that have one reason.
func run(excluded []Exclusion) string {
	first, last := excluded[0], excluded[len(excluded)-1]
	switch len(excluded) {
	case 1:
		return first.Version + " " + first.Reason
	case 2:
		return fmt.Sprintf("%s and %s %s", last.Version, first.Version, plural(first.Reason))
	default:
		return fmt.Sprintf("%s to %s (%d versions) %s", last.Version, first.Version, len(excluded), plural(first.Reason))
	}
}

// plural makes a reason one of several versions.
func plural(reason string) string {
	for _, verb := range [][2]string{
		{"is a pre-release,", "are pre-releases,"}, {"is no semantic version", "are no semantic versions"},
		{"is ", "are "}, {"does ", "do "}, {"supports ", "support "}, {"stands ", "stand "},
	} {
		if rest, ok := strings.CutPrefix(reason, verb[0]); ok {
			return verb[1] + rest
		}
	}
	return reason
}
