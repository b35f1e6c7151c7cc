package lint

import (
	"fmt"

	"github.com/packstage/packstage/diagnostic"
)

// EachInstance makes a Check of one that looks at a rendered instance. The same
// finding in several instances is one: the same field at the same place in the files.
// Where not all instances have it, it names the first case that does.
func EachInstance(check func(*Instance) []Finding) func(*Subject) []Finding {
	return func(subject *Subject) []Finding {
		type key struct {
			position diagnostic.Position
			field    string
		}
		index := map[key]int{}
		var merged []Finding
		var in []int        // the number of instances that have each finding
		var first []string  // the first case of each
		var others []string // an object that the same place makes, too
		for _, instance := range subject.Instances {
			seen := map[key]bool{}
			for _, finding := range check(instance) {
				k := key{finding.Position, finding.Field}
				at, known := index[k]
				switch {
				case !known:
					index[k] = len(merged)
					merged, in, first, others = append(merged, finding), append(in, 1), append(first, instance.Case.Name), append(others, "")
				case !seen[k]:
					in[at]++
				case finding.Object != merged[at].Object && others[at] == "":
					others[at] = finding.Object
				}
				seen[k] = true
			}
		}
		for i := range merged {
			if others[i] != "" {
				merged[i].Message += fmt.Sprintf(" (and others that come from here, such as %s)", others[i])
			}
			merged[i].Message += someCases(in[i], len(subject.Instances), first[i])
		}
		return merged
	}
}

// someCases says in which cases something is so, where that is not all of them.
func someCases(in, all int, first string) string {
	switch in {
	case all:
		return ""
	case 1:
		return fmt.Sprintf(" (in the case %q only)", first)
	default:
		return fmt.Sprintf(" (in %d of %d cases, first in %q)", in, all, first)
	}
}
