package cli

import (
	"fmt"
	"slices"
	"time"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/packagetypes"
)

// expectedPhase is a phase that is known of before it begins.
type expectedPhase struct {
	name    string
	objects int
}

func expectedPhases(instance *packagetypes.Instance) []expectedPhase {
	phases := make([]expectedPhase, 0, len(instance.Phases))
	for _, phase := range instance.Phases {
		phases = append(phases, expectedPhase{phase.Name, len(phase.Objects)})
	}
	return phases
}

// rolloutView is what a terminal shows of an operation: phases, and in those that are
// under way their objects.
type rolloutView struct {
	color bool
	began time.Time
	// title and doing say what it is about, and what it is at beside phases.
	title, doing string
	phases       []*phaseView
	// removing: the phases that come up are going.
	removing bool
	over     bool
}

type phaseState int

const (
	phasePending phaseState = iota
	phaseActive
	phaseDone
	phaseFailed
)

// phaseView is a phase that comes up, or that goes.
type phaseView struct {
	name         string
	removing     bool
	state        phaseState
	total        int
	began, ended time.Time
	objects      []*objectView
	// byReference are the same objects.
	byReference map[cluster.Reference]*objectView
}

// objectView is an object of a phase that is under way.
type objectView struct {
	reference cluster.Reference
	// word is what was done last, like "created".
	word string
	// message is what is waited for, or empty.
	message string
	since   time.Time
}

func newRolloutView(title string, expected []expectedPhase, color bool) *rolloutView {
	view := &rolloutView{title: printable(title), color: color}
	for _, phase := range expected {
		view.phases = append(view.phases, &phaseView{name: phase.name, total: phase.objects})
	}
	return view
}

func (v *rolloutView) begin(now time.Time) { v.began = now }

// event takes what happens, and returns a line that stays where there is one.
func (v *rolloutView) event(event installer.Event, now time.Time) string {
	v.title = printable(event.Release.String())
	if event.Revision > 0 {
		v.title += fmt.Sprintf("  revision %d", event.Revision)
	}
	switch event.Type {
	case installer.EventLease, installer.EventRetry:
		v.doing = printable(event.Message)
		return ""
	case installer.EventPreflight:
		v.doing = fmt.Sprintf("checking: %d of %s", event.Done, counted(event.Total, "object"))
		return ""
	case installer.EventWarning:
		return printable(firstLine(eventText(event)))
	}
	v.doing = ""
	switch event.Type {
	case installer.EventRevision:
		v.restart()
	case installer.EventPhase:
		v.removing = false
		phase := v.phase(event.Phase)
		phase.state, phase.total, phase.began = phaseActive, event.Total, now
	case installer.EventPhaseAvailable:
		phase := v.phase(event.Phase)
		phase.state, phase.ended = phaseDone, now
	case installer.EventRemoving:
		v.remove(event, now)
	case installer.EventObject, installer.EventAvailable, installer.EventWaiting, installer.EventDeleted:
		v.object(event, now)
	case installer.EventKept:
		return printable(firstLine(eventText(event)))
	case installer.EventFinished, installer.EventFailed:
		v.finish(event.Type == installer.EventFinished, now)
	}
	return ""
}

// restart forgets the phases of a revision that was given up for another.
func (v *rolloutView) restart() {
	if slices.ContainsFunc(v.phases, func(phase *phaseView) bool { return phase.state != phasePending }) {
		*v = rolloutView{color: v.color, began: v.began, title: v.title}
	}
}

// phase returns the phase of a name that comes up or goes, as the operation is at.
func (v *rolloutView) phase(name string) *phaseView {
	for _, phase := range v.phases {
		if phase.name == name && phase.removing == v.removing {
			return phase
		}
	}
	phase := &phaseView{name: name, removing: v.removing}
	v.phases = append(v.phases, phase)
	return phase
}

// remove begins the removal of a phase: those before it in this order are gone.
func (v *rolloutView) remove(event installer.Event, now time.Time) {
	if !v.removing {
		v.removing = true
		v.phases = slices.DeleteFunc(v.phases, func(phase *phaseView) bool { return phase.state == phasePending })
	}
	current := v.phase(event.Phase)
	for _, phase := range v.phases {
		if phase.removing && phase.state == phaseActive && phase != current {
			phase.state, phase.ended = phaseDone, now
		}
	}
	if current.state == phasePending {
		current.began = now
	}
	current.state = phaseActive
	current.total += event.Total
}

func (v *rolloutView) object(event installer.Event, now time.Time) {
	if event.Object == nil {
		return
	}
	phase := v.phase(event.Phase)
	object := phase.byReference[*event.Object]
	if object == nil {
		object = &objectView{reference: *event.Object, since: now}
		phase.objects = append(phase.objects, object)
		if phase.byReference == nil {
			phase.byReference = map[cluster.Reference]*objectView{}
		}
		phase.byReference[object.reference] = object
	}
	switch event.Type {
	case installer.EventWaiting:
		object.message = printable(event.Message)
	case installer.EventObject:
		object.word = actionWord(event.Action)
	case installer.EventDeleted:
		object.word, object.message = "gone", ""
	default:
		object.message = ""
	}
}

func (v *rolloutView) finish(fine bool, now time.Time) {
	state := phaseDone
	if !fine {
		state = phaseFailed
	}
	for _, phase := range v.phases {
		if phase.state == phaseActive {
			phase.state, phase.ended = state, now
		}
	}
}

// end stops the clocks. Where everything is as wanted, so are phases that nothing had to
// be done for.
func (v *rolloutView) end(now time.Time, done bool) {
	v.over, v.doing = true, ""
	for _, phase := range v.phases {
		if done && phase.state == phasePending {
			phase.state = phaseDone
		}
		if phase.state == phaseActive && phase.ended.IsZero() {
			phase.ended = now
		}
	}
}

// waiting counts the objects that are not available, or not gone.
func (p *phaseView) waiting() int {
	waiting := 0
	for _, object := range p.objects {
		if object.message != "" {
			waiting++
		}
	}
	return waiting
}
