package cli

import (
	"fmt"
	"slices"
	"time"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/installer/probe"
)

// statusOptions say how a status is shown.
type statusOptions struct {
	now time.Time
	// all lists objects that are available, too.
	all bool
	// still leaves out how long things take, which changes all the time.
	still bool
}

// statusLines says a status in lines.
func statusLines(status *installer.Status, options statusOptions) []liveLine {
	lines := []liveLine{{text: statusTitle(status)}}
	say := func(indent int, mark, style, text string, arguments ...any) {
		lines = append(lines, liveLine{indent: indent, mark: mark, style: style, text: sprintable(text, arguments...)})
	}
	if status.Reference != "" {
		say(2, "", "", "package %s from %s", status.Package, status.Reference)
	} else if status.Package != "" {
		say(2, "", "", "package %s", status.Package)
	}
	if status.Available > 0 && status.Available != status.Revision {
		say(2, "", "", "revision %d was the last that was available", status.Available)
	}
	if status.Paused != nil {
		say(2, "!", activeStyle, "paused%s%s%s", by(status.Paused.Who), reason(status.Paused.Why), options.ago(status.Paused.Since))
	}
	if status.Message != "" {
		say(2, "!", activeStyle, "%s", firstLine(status.Message))
	}
	for _, warning := range status.Warnings {
		say(2, "!", activeStyle, "%s", warning)
	}
	if status.State == history.StateRemoving {
		for _, phase := range slices.Backward(status.Phases) {
			lines = append(lines, phaseGoingLines(phase, options)...)
		}
	} else {
		for _, phase := range status.Phases {
			lines = append(lines, phaseStatusLines(phase, options)...)
		}
	}
	if len(status.Leaving) > 0 {
		say(0, activeMark, activeStyle, "of earlier revisions")
		lines = append(lines, objectStatusLines(status.Leaving, true, options)...)
	}
	for _, condition := range status.Conditions {
		text := fmt.Sprintf("condition %s: %s", condition.Type, condition.Status)
		if condition.Reason != "" {
			text += " (" + condition.Reason + ")"
		}
		if condition.Message != "" {
			text += ": " + condition.Message
		}
		say(0, "", "", "%s", text)
	}
	return lines
}

func statusTitle(status *installer.Status) string {
	if status.Revision == 0 {
		return sprintable("release %s: %s", status.Release, status.State)
	}
	return sprintable("release %s: %s, revision %d", status.Release, status.State, status.Revision)
}

func phaseStatusLines(phase installer.PhaseStatus, options statusOptions) []liveLine {
	available := 0
	for _, object := range phase.Objects {
		if object.Status == probe.Available {
			available++
		}
	}
	line := liveLine{mark: activeMark, style: activeStyle}
	switch {
	case phase.State == history.PhaseFailed:
		line.mark, line.style = failedMark, failStyle
	case phase.State == history.PhasePending:
		line.mark, line.style = pendingMark, dimStyle
	case phase.State == history.PhaseAvailable && available == len(phase.Objects):
		line.mark, line.style = doneMark, passStyle
	}
	name := phase.Name
	if phase.Class != "" {
		name += " (class " + phase.Class + ")"
	}
	line.text = sprintable("%s  %s", name, phase.State)
	if available == len(phase.Objects) {
		line.text += ", " + counted(available, "object")
	} else {
		line.text += fmt.Sprintf(", %d of %s available", available, counted(len(phase.Objects), "object"))
	}
	if phase.State == history.PhasePending && !slices.ContainsFunc(phase.Objects, isThere) {
		line.text = sprintable("%s  %s, %s", name, phase.State, counted(len(phase.Objects), "object"))
		if !options.all {
			return []liveLine{line} // that its objects are missing is no news
		}
	}
	return append([]liveLine{line}, objectStatusLines(phase.Objects, options.all, options)...)
}

func isThere(object installer.ObjectStatus) bool { return object.Reason != probe.ReasonNotFound }

// phaseGoingLines are those of a phase of a release that is being removed: what is there
// still.
func phaseGoingLines(phase installer.PhaseStatus, options statusOptions) []liveLine {
	there := slices.DeleteFunc(slices.Clone(phase.Objects), func(object installer.ObjectStatus) bool { return !isThere(object) })
	if len(there) == 0 {
		return []liveLine{{mark: doneMark, style: passStyle, text: sprintable("%s  gone, %s", phase.Name, counted(len(phase.Objects), "object"))}}
	}
	line := liveLine{mark: activeMark, style: activeStyle}
	line.text = sprintable("%s  %d of %s there", phase.Name, len(there), counted(len(phase.Objects), "object"))
	return append([]liveLine{line}, objectStatusLines(there, true, options)...)
}

// objectStatusLines are those of the objects that are not available, or of all.
func objectStatusLines(objects []installer.ObjectStatus, all bool, options statusOptions) []liveLine {
	var shown []installer.ObjectStatus
	column := 0
	for _, object := range objects {
		if all || object.Status != probe.Available {
			shown = append(shown, object)
			column = max(column, textWidth(printable(object.Object.String())))
		}
	}
	lines := make([]liveLine, 0, len(shown))
	for _, object := range shown {
		line := liveLine{indent: 4, mark: activeMark, style: activeStyle}
		switch object.Status {
		case probe.Available:
			line.mark, line.style = doneMark, passStyle
		case probe.Failed:
			line.mark, line.style = failedMark, failStyle
		}
		message := object.Message
		if message == "" {
			message = string(object.Status)
		}
		line.text = padded(printable(object.Object.String()), column) + "  " + sprintable("%s%s", message, options.since(object))
		lines = append(lines, line)
	}
	return lines
}

// since says for how long an object has been waited for.
func (o statusOptions) since(object installer.ObjectStatus) string {
	if o.still || object.Since.IsZero() || object.Status == probe.Available {
		return ""
	}
	return ", for " + seconds(o.now.Sub(object.Since))
}

func (o statusOptions) ago(when time.Time) string {
	if o.still || when.IsZero() {
		return ""
	}
	return ", " + seconds(o.now.Sub(when)) + " ago"
}

func by(who string) string {
	if who == "" {
		return ""
	}
	return " by " + who
}

func reason(why string) string {
	if why == "" {
		return ""
	}
	return ": " + why
}

// width is how many columns the whole line takes.
func (l liveLine) width() int {
	const marks = 2
	return l.indent + marks + textWidth(l.text) + textWidth(l.right) + marks
}
