package cli

import (
	"cmp"
	"slices"
	"strings"

	"github.com/packstage/packstage/author/scaffold"
)

// topicTitles are the headings of decisions, in the order in which they are printed.
func topicTitles() [][2]string {
	return [][2]string{
		{string(scaffold.TopicLeftOut), "Left out"},
		{string(scaffold.TopicRemoved), "Removed"},
		{string(scaffold.TopicObject), "Objects"},
		{string(scaffold.TopicScope), "Scope"},
		{string(scaffold.TopicPhase), "Phases"},
		{string(scaffold.TopicProbe), "Probes"},
		{string(scaffold.TopicImage), "Images"},
		{string(scaffold.TopicConfig), "Configuration"},
		{string(scaffold.TopicFile), "Files"},
		{string(scaffold.TopicAttention), "Please look at"},
	}
}

// decisions prints what was decided by topic. A reason that several decisions share is
// printed once, below them.
func (o *linePrinter) decisions(decisions []scaffold.Decision) {
	for _, topic := range topicTitles() {
		var chosen []scaffold.Decision
		for _, decision := range decisions {
			if string(decision.Topic) == topic[0] {
				chosen = append(chosen, decision)
			}
		}
		if len(chosen) == 0 {
			continue
		}
		o.line("%s", topic[1])
		for len(chosen) > 0 {
			reason := chosen[0].Reason
			end := slices.IndexFunc(chosen, func(d scaffold.Decision) bool { return d.Reason != reason })
			if end < 0 {
				end = len(chosen)
			}
			for _, line := range decisionLines(chosen[:end]) {
				o.line("  %s", line)
			}
			if reason != "" {
				o.line("    %s", reason)
			}
			chosen = chosen[end:]
		}
		o.line("")
	}
}

// decisionLines writes decisions of one topic that have a reason in common.
func decisionLines(decisions []scaffold.Decision) []string {
	removed := decisions[0].Topic == scaffold.TopicRemoved
	removed = removed && !slices.ContainsFunc(decisions, func(d scaffold.Decision) bool { return d.Object == "" || d.Field != "" })
	if removed && len(decisions) > 1 {
		return removedLines(decisions)
	}
	lines := make([]string, len(decisions))
	for i, decision := range decisions {
		lines[i] = decisionLine(decision)
	}
	return lines
}

// manyObjects is the number of objects that are counted in place of being named.
const manyObjects = 4

// removedLines writes fields that the same objects lose on one line: what servers write
// they write into each.
func removedLines(decisions []scaffold.Decision) []string {
	var fields []string
	objects := map[string][]string{}
	for _, decision := range decisions {
		for field := range strings.SplitSeq(decision.Message, ", ") {
			if objects[field] == nil {
				fields = append(fields, field)
			}
			if !slices.Contains(objects[field], decision.Object) {
				objects[field] = append(objects[field], decision.Object)
			}
		}
	}
	var owners []string
	together := map[string][]string{}
	for _, field := range fields {
		owner := strings.Join(objects[field], ", ")
		if len(together[owner]) == 0 {
			owners = append(owners, owner)
		}
		together[owner] = append(together[owner], field)
	}
	slices.SortStableFunc(owners, func(a, b string) int {
		return cmp.Compare(len(objects[together[b][0]]), len(objects[together[a][0]]))
	})
	lines := make([]string, len(owners))
	for i, owner := range owners {
		n := len(objects[together[owner][0]])
		if n >= manyObjects {
			lines[i] = counted(n, "object") + ": "
		} else {
			lines[i] = owner + ": "
		}
		lines[i] += strings.Join(together[owner], ", ")
	}
	return lines
}

func decisionLine(d scaffold.Decision) string {
	var subject []string
	if d.Object != "" {
		subject = append(subject, d.Object)
	}
	if d.Field != "" && d.Topic != scaffold.TopicPhase && d.Topic != scaffold.TopicProbe && d.Topic != scaffold.TopicImage {
		subject = append(subject, d.Field)
	}
	line := d.Message
	if d.Topic == scaffold.TopicLeftOut && d.Message == scaffold.LeftOut {
		if len(subject) == 0 {
			return d.Origin
		}
		line = strings.Join(subject, ", ")
	} else if len(subject) > 0 {
		line = strings.Join(subject, ", ") + ": " + line
	}
	if d.Origin != "" && showsOrigin(d.Topic) {
		line += " (" + d.Origin + ")"
	}
	return line
}

// showsOrigin tells the topics for which somebody may want to look into the source. Where
// everything comes from is in --output json.
func showsOrigin(topic scaffold.Topic) bool {
	switch topic {
	case scaffold.TopicLeftOut, scaffold.TopicObject, scaffold.TopicFile, scaffold.TopicAttention:
		return true
	}
	return false
}
