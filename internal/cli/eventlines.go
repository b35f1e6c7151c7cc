package cli

import (
	"fmt"
	"time"

	"github.com/packstage/packstage/installer"
)

// eventLines prints the events that matter, each on a line with the seconds since the
// beginning: the form for logs.
type eventLines struct {
	program *program
	began   time.Time
}

func (l *eventLines) event(event installer.Event) {
	if text := eventText(event); text != "" {
		l.program.remark("%4ds  %s", int(time.Since(l.began).Seconds()), firstLine(text))
	}
}

func (l *eventLines) note(line string) { l.program.remark("%s", line) }

func (l *eventLines) end(bool) {}

// eventText says an event in words, or nothing where a result or an error says it.
func eventText(event installer.Event) string {
	object := ""
	if event.Object != nil {
		object = event.Object.String()
	}
	switch event.Type {
	case installer.EventRevision:
		return event.Message
	case installer.EventPhase:
		return fmt.Sprintf("phase %s: %s", event.Phase, counted(event.Total, "object"))
	case installer.EventObject:
		return actionWord(event.Action) + " " + object
	case installer.EventWaiting:
		return fmt.Sprintf("waiting for %s: %s", object, event.Message)
	case installer.EventAvailable:
		return object + " is available"
	case installer.EventPhaseAvailable:
		return fmt.Sprintf("phase %s is available", event.Phase)
	case installer.EventRemoving:
		if event.Total == 0 {
			return ""
		}
		return fmt.Sprintf("removing %s of phase %s", counted(event.Total, "object"), event.Phase)
	case installer.EventDeleted:
		return object + " is gone"
	case installer.EventKept:
		return fmt.Sprintf("kept %s: %s", object, event.Message)
	case installer.EventRetry:
		return "again: " + event.Message
	case installer.EventWarning:
		if object != "" {
			return "warning: " + object + ": " + event.Message
		}
		return "warning: " + event.Message
	case installer.EventLease:
		return event.Message
	default:
		return ""
	}
}

// actionWord is what was done with an object.
func actionWord(action installer.Action) string {
	switch action {
	case installer.ActionCreate:
		return "created"
	case installer.ActionChange:
		return "changed"
	case installer.ActionAdopt:
		return "took over"
	case installer.ActionUnchanged:
		return "left as it is:"
	default:
		return string(action)
	}
}
