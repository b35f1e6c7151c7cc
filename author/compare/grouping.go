package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// section is a part of a printed report: an area of the root or of a component.
type section struct {
	title  string
	groups []changeGroup
}

// changeGroup are changes under one headline: those of an object, or one that is the
// same in several objects.
type changeGroup struct {
	// headline names the object or objects; it is empty for what is of none.
	headline string
	changes  []Change
}

// severalObjects is from how many objects on an equal change is said once.
const severalObjects = 3

// sectionsOf sorts changes into sections and groups.
func sectionsOf(changes []Change) []section {
	var sections []section
	for begin := 0; begin < len(changes); {
		first, end := changes[begin], begin
		for end < len(changes) && changes[end].Component == first.Component && changes[end].Area == first.Area {
			end++
		}
		title := areaTitle(first.Area)
		if first.Component != "" {
			title = "Component " + first.Component + ": " + strings.ToLower(title[:1]) + title[1:]
			if first.Area == AreaCRDs {
				title = "Component " + first.Component + ": custom resources"
			}
		}
		sections = append(sections, section{title: title, groups: groupsOf(changes[begin:end])})
		begin = end
	}
	return sections
}

func areaTitle(area Area) string {
	switch area {
	case AreaCases:
		return "Cases"
	case AreaManifest:
		return "Manifest"
	case AreaSchema:
		return "Configuration"
	case AreaImages:
		return "Images"
	case AreaCRDs:
		return "Custom resources"
	case AreaRBAC:
		return "Permissions"
	default:
		return "Objects"
	}
}

// groupsOf puts together what is the same in several objects, and then the changes
// of each object.
func groupsOf(changes []Change) []changeGroup {
	same := map[string][]int{}
	keys := make([]string, len(changes))
	for i, change := range changes {
		if change.Object == nil || change.Area == AreaRBAC || change.Code == ObjectAdded || change.Code == ObjectRemoved {
			continue
		}
		plain := change
		plain.Object = nil
		keys[i] = plain.identity() + strings.Join(change.Cases, "\x00")
		same[keys[i]] = append(same[keys[i]], i)
	}
	var groups []changeGroup
	places := map[string]int{} // of the headline
	for i, change := range changes {
		if many := same[keys[i]]; keys[i] != "" && len(many) >= severalObjects {
			if many[0] == i {
				var names []ObjectReference
				for _, k := range many {
					names = append(names, *changes[k].Object)
				}
				headline := fmt.Sprintf("%d objects: %s", len(many), quoteAll(names, ObjectReference.String))
				groups = append(groups, changeGroup{cut(headline, mostPrinted), []Change{change}})
			}
			continue
		}
		headline := ""
		if change.Object != nil && change.Area != AreaRBAC && change.Code != ObjectAdded && change.Code != ObjectRemoved {
			headline = change.Object.String()
		}
		place, known := places[headline]
		if !known {
			place = len(groups)
			places[headline] = place
			groups = append(groups, changeGroup{headline: cut(headline, mostPrinted)})
		}
		groups[place].changes = append(groups[place].changes, change)
	}
	slices.SortStableFunc(groups, func(a, b changeGroup) int {
		return cmp.Compare(min(len(a.headline), 1), min(len(b.headline), 1)) // what has no headline comes first
	})
	return groups
}

// isReason reports whether a change stands among the reasons, before all others.
func isReason(change Change) bool { return change.Effect == Breaking || change.Escalation }

// split takes the reasons out of the changes.
func split(changes []Change) (reasons, rest []Change) {
	for _, change := range changes {
		if isReason(change) {
			reasons = append(reasons, change)
		} else {
			rest = append(rest, change)
		}
	}
	slices.SortStableFunc(reasons, func(a, b Change) int { return a.Effect.rank() - b.Effect.rank() })
	return reasons, rest
}

// headline is the verdict in one line.
func (r *Report) headline() string {
	if !r.Different() {
		if len(r.Findings) > 0 {
			return "no difference in what could be compared"
		}
		return "no difference"
	}
	var parts []string
	for _, one := range []struct {
		count int
		name  Effect
	}{{r.Counts.Breaking, Breaking}, {r.Counts.Notable, Notable}, {r.Counts.Compatible, Compatible}} {
		if one.count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", one.count, one.name))
		}
	}
	noun := "changes"
	if len(r.Changes) == 1 {
		noun = "change"
	}
	return fmt.Sprintf("%s %s: the next version is a %s one", strings.Join(parts, ", "), noun, r.Rise)
}

// casesNote says in which cases a change was seen, where that is not all of them.
func (r *Report) casesNote(change Change) string {
	if len(change.Cases) == 0 || change.Area == AreaCases {
		return ""
	}
	compared := 0
	for _, one := range r.Cases {
		if one.Component == change.Component && one.Compared {
			compared++
		}
	}
	if len(change.Cases) >= compared {
		return ""
	}
	noun := "in the case "
	if len(change.Cases) > 1 {
		noun = "in the cases "
	}
	return noun + cut(quoteAll(change.Cases, func(name string) string { return name }), mostPrinted)
}

// subjectOf is what a change is about, in front of its message: its field, and
// where the change stands alone its object.
func subjectOf(change Change, alone bool) string {
	var parts []string
	if alone && change.Object != nil && change.Area != AreaRBAC && !strings.HasPrefix(change.Message, change.Object.String()) {
		parts = append(parts, cut(change.Object.String(), mostPrinted))
	}
	if change.Field != "" && change.Area != AreaCases && change.Area != AreaRBAC && change.Code != ObjectRenamed {
		parts = append(parts, cut(change.Field, mostPrinted))
	}
	return strings.Join(parts, " ")
}

// mostPrinted is the length to which a name, a message or a line of a diff is
// printed: packages choose how long they are. JSON has all of it.
const mostPrinted = 1_000
