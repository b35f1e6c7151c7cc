package cli

import (
	"fmt"
	"strings"

	"github.com/packstage/packstage/installer"
)

// planPrinter prints a plan for people.
type planPrinter struct {
	out *testWriter
	// all lists objects that stay as they are.
	all bool
	// namespace is that of the release where it would be created first.
	namespace string
	// removal: the plan is that of a removal.
	removal bool
}

// changedStyle is that of what is changed.
const changedStyle = "33"

// planMarks are how each action is shown.
var planMarks = map[installer.Action]struct{ mark, style, note string }{
	installer.ActionCreate:    {"+", addedStyle, ""},
	installer.ActionChange:    {"~", changedStyle, ""},
	installer.ActionAdopt:     {">", changedStyle, "taken over"},
	installer.ActionDelete:    {"-", removedStyle, ""},
	installer.ActionKeep:      {"=", dimStyle, "stays"},
	installer.ActionDeferred:  {"?", hunkStyle, ""},
	installer.ActionUnchanged: {"=", dimStyle, ""},
	installer.ActionBlocked:   {"!", removedStyle, ""},
}

func (o *planPrinter) print(plan *installer.Plan) error {
	o.headline(plan)
	if o.namespace != "" {
		o.out.write("\n")
		o.out.paint(addedStyle, "+")
		o.out.line(" Namespace %s, for the release", o.namespace)
	}
	for _, phase := range plan.Phases {
		title := "phase " + phase.Name
		if phase.Class != "" {
			title += " (class " + phase.Class + ")"
		}
		o.section(title, phase.Objects)
	}
	if o.removal {
		o.removals(plan.Deletions)
	} else {
		o.section("removed when all phases are available", plan.Deletions)
	}
	o.out.write("\n")
	o.out.line("%s", planSummary(plan, o.removal))
	return o.out.err
}

func (o *planPrinter) headline(plan *installer.Plan) {
	switch {
	case o.removal:
		o.out.line("release %s: removal of revision %d", plan.Release, plan.Revision)
	case plan.Revision == 0:
		o.out.line("release %s: its state may not be read", plan.Release)
	case plan.NewRevision:
		o.out.line("release %s: revision %d", plan.Release, plan.Revision)
	default:
		o.out.line("release %s: revision %d, which has this content already", plan.Release, plan.Revision)
	}
}

// removals are what goes, phase by phase as it goes. What belongs to no known phase has
// a title of its own.
func (o *planPrinter) removals(objects []installer.PlanObject) {
	for begin := 0; begin < len(objects); {
		end := begin + 1
		for end < len(objects) && objects[end].Phase == objects[begin].Phase {
			end++
		}
		title := "removed"
		if phase := objects[begin].Phase; phase != "" {
			title = "removed with phase " + phase
		}
		if begin > 0 {
			title += ", after that"
		}
		o.section(title, objects[begin:end])
		begin = end
	}
}

func (o *planPrinter) section(title string, objects []installer.PlanObject) {
	if len(objects) == 0 {
		return
	}
	o.out.write("\n")
	o.out.paint(boldStyle, printable(title))
	o.out.write("\n")
	same := 0
	for _, object := range objects {
		if object.Action == installer.ActionUnchanged && !o.all {
			same++
			continue
		}
		o.object(object)
	}
	if same > 0 {
		o.out.paint(dimStyle, fmt.Sprintf("  = %s unchanged", counted(same, "object")))
		o.out.write("\n")
	}
}

func (o *planPrinter) object(object installer.PlanObject) {
	mark := planMarks[object.Action]
	text := "  " + mark.mark + " " + printable(object.Object.String())
	var notes []string
	for _, note := range []string{mark.note, object.Why} {
		if note != "" {
			notes = append(notes, printable(note))
		}
	}
	if len(notes) > 0 {
		text += "  (" + strings.Join(notes, ": ") + ")"
	}
	o.out.paint(mark.style, text)
	o.out.write("\n")
	if object.Action == installer.ActionCreate {
		return
	}
	for _, change := range object.Changes {
		o.out.line("      %s", change)
	}
}

// planSummary counts what would be done.
func planSummary(plan *installer.Plan, removal bool) string {
	counts := map[installer.Action]int{}
	for _, phase := range plan.Phases {
		for _, object := range phase.Objects {
			counts[object.Action]++
		}
	}
	for _, object := range plan.Deletions {
		counts[object.Action]++
	}
	var parts []string
	for _, one := range []struct {
		action installer.Action
		words  string
	}{
		{installer.ActionCreate, "to create"}, {installer.ActionChange, "to change"}, {installer.ActionAdopt, "to take over"},
		{installer.ActionBlocked, "blocked"}, {installer.ActionDeferred, "not known yet"}, {installer.ActionDelete, "to delete"},
		{installer.ActionKeep, "to keep"}, {installer.ActionUnchanged, "unchanged"},
	} {
		if counts[one.action] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[one.action], one.words))
		}
	}
	text := "no objects"
	if len(parts) > 0 {
		text = strings.Join(parts, ", ")
	}
	switch {
	case plan.Blocked():
		return "Blocked: " + text + "; nothing would be done"
	case !removal && plan.Empty():
		return "Nothing to do: " + text
	default:
		return "Plan: " + text
	}
}
