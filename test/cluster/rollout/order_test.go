package rollout_test

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// wanted is an object of a revision.
type wanted struct {
	place
	// ready judges from its fields whether it is available.
	ready func(state map[string]any) bool
}

// leaving is an object that a release has from before; phase is the number of its own.
type leaving struct {
	place
	phase int
}

// operation is one call of the installer, which is known in the audit log by a user
// agent of its own.
type operation struct {
	agent     string
	namespace string // of the release
	// phases of the revision, in the order of installation; none for a removal.
	phases [][]wanted
	// had are the objects that the release had before.
	had []leaving
	// fails is the phase that cannot become available, -1 where all can.
	fails int
	// silent is an operation that has nothing to do.
	silent bool
	// blocked is one that is refused before its first write, but for the lease.
	blocked bool
}

// judge returns how an audit log breaks the rules of an operation:
//
//   - nothing but the objects of the release and its own state is written;
//   - no object of a phase is written before every object of all earlier phases was
//     available, as it is after the last write of this operation to it;
//   - nothing of a phase after one that fails is written, and nothing deleted then;
//   - what the release no longer wants is deleted after all phases are available, and
//     in reverse: nothing of a phase before all of later ones is gone;
//   - what it still wants is never deleted, and keeps its UID;
//   - the state of the release goes after everything else;
//   - in the end everything wanted is there, and nothing else of the release.
//
// "Before" is the order of the revisions of etcd where both writes have one. Where not,
// it is time: a request of the installer's own has to be answered, one of others to be
// received, before the installer's next one is received.
func judge(log []entry, o operation) []string {
	j := judgement{operation: o, byPlace: map[place][]entry{}, phaseOf: map[place]int{}, hadPhase: map[place]int{}}
	for _, e := range log {
		j.byPlace[e.place] = append(j.byPlace[e.place], e)
		if e.agent == o.agent {
			j.own = append(j.own, e)
		}
	}
	for number, phase := range o.phases {
		for _, object := range phase {
			j.phaseOf[object.place] = number
		}
	}
	for _, object := range o.had {
		j.hadPhase[object.place] = object.phase
	}
	j.run()
	return j.broken
}

type judgement struct {
	operation
	own      []entry
	byPlace  map[place][]entry
	phaseOf  map[place]int // of the revision
	hadPhase map[place]int
	broken   []string
}

func (j *judgement) breaks(e entry, format string, arguments ...any) {
	j.broken = append(j.broken, e.String()+": "+fmt.Sprintf(format, arguments...))
}

func (j *judgement) run() {
	own := slices.DeleteFunc(slices.Clone(j.own), asks)
	if j.silent {
		for _, e := range own {
			j.breaks(e, "there was nothing to do")
		}
		return
	}
	if j.blocked {
		for _, e := range own {
			if !j.isState(e) || e.resource != "leases" {
				j.breaks(e, "was to be refused before the first write")
			}
		}
		return
	}
	if len(own) == 0 {
		j.broken = append(j.broken, j.agent+": nothing was written at all")
		return
	}
	for _, e := range own {
		_, isWanted := j.phaseOf[e.place]
		_, was := j.hadPhase[e.place]
		switch {
		case e.verb == "deletecollection":
			j.breaks(e, "deletes what was not looked at")
		case j.isState(e):
			j.state(e)
		case !isWanted && !was:
			j.breaks(e, "is no object of the release")
		case e.verb == "delete":
			j.deletion(e, isWanted)
		case isWanted:
			j.write(e)
		default:
			j.breaks(e, "writes what is no longer wanted")
		}
	}
	j.identities(own[0])
	j.end(own[len(own)-1])
}

// asks tells whether a request only asks, who the installer is and what it may do.
func asks(e entry) bool {
	return e.verb == "create" && (e.group == "authorization.k8s.io" || e.group == "authentication.k8s.io") && strings.HasPrefix(e.resource, "selfsubject")
}

// isState tells whether an object is of the release's own bookkeeping.
func (j *judgement) isState(e entry) bool {
	return e.cluster == "" && e.namespace == j.namespace && strings.HasPrefix(e.name, "packstage.") &&
		(e.resource == "secrets" && e.group == "" || e.resource == "leases" && e.group == "coordination.k8s.io")
}

// state judges a write to the bookkeeping: of a release that is removed, revisions go
// when everything else is gone.
func (j *judgement) state(e entry) {
	if e.verb != "delete" || e.resource != "secrets" || len(j.phases) > 0 {
		return
	}
	for _, object := range j.had {
		if !j.goneBefore(object.place, e) {
			j.breaks(e, "%s is not gone", object.place)
		}
	}
}

func (j *judgement) write(e entry) {
	number := j.phaseOf[e.place]
	if j.fails >= 0 && number > j.fails {
		j.breaks(e, "its phase was not to be reached")
	}
	j.phasesAvailable(e, number)
}

// phasesAvailable judges that all phases before a number were available before a write.
func (j *judgement) phasesAvailable(e entry, number int) {
	for earlier, phase := range j.phases[:number] {
		for _, object := range phase {
			if !j.availableBefore(object, e) {
				j.breaks(e, "%s of phase %d was not available", object.place, earlier+1)
			}
		}
	}
}

func (j *judgement) deletion(e entry, isWanted bool) {
	switch {
	case isWanted:
		j.breaks(e, "is wanted")
		return
	case j.fails >= 0:
		j.breaks(e, "the revision did not become available")
		return
	}
	j.phasesAvailable(e, len(j.phases))
	for _, object := range j.had {
		if _, stays := j.phaseOf[object.place]; !stays && object.phase > j.hadPhase[e.place] && !j.goneBefore(object.place, e) {
			j.breaks(e, "%s of phase %d was not gone", object.place, object.phase+1)
		}
	}
}

// before tells whether one request had its effect before another was made.
func (j *judgement) before(first, then entry) bool {
	switch {
	case first.revision > 0 && then.revision > 0 && first.cluster == then.cluster:
		return first.revision < then.revision
	case first.agent == j.agent:
		return !first.answered.After(then.received)
	default:
		return first.received.Before(then.received)
	}
}

// availableBefore tells whether an object was available at some time between the last
// write of the operation to it, or else the operation's beginning, and a request.
func (j *judgement) availableBefore(object wanted, then entry) bool {
	available := false
	for _, e := range j.byPlace[object.place] {
		if e.failed || !j.before(e, then) {
			continue
		}
		switch {
		case e.gone:
			available = false
		case e.state == nil: // it changed nothing
		case e.agent == j.agent:
			available = object.ready(e.state) // what was before does not count
		case e.received.Before(j.own[0].received):
			available = object.ready(e.state) // only the last one counts
		default:
			available = available || object.ready(e.state)
		}
	}
	return available
}

// goneBefore tells whether an object did not exist when a request was made.
func (j *judgement) goneBefore(at place, then entry) bool {
	gone := true
	for _, e := range j.byPlace[at] {
		if !e.failed && j.before(e, then) && (e.gone || e.state != nil) {
			gone = e.gone
		}
	}
	return gone
}

// identities judges that what was there and is wanted is the same object throughout.
func (j *judgement) identities(first entry) {
	last := j.own[len(j.own)-1].answered
	for at := range j.phaseOf {
		if _, was := j.hadPhase[at]; !was {
			continue
		}
		uid := ""
		for _, e := range j.byPlace[at] {
			if e.failed || e.received.After(last) || !e.gone && e.state == nil {
				continue
			}
			inside := !e.received.Before(first.received)
			if inside && (e.gone || uid != "" && e.uid != uid) {
				j.breaks(e, "is not the same object any more")
			}
			uid = e.uid
		}
	}
}

// end judges what there is when all is done.
func (j *judgement) end(last entry) {
	last.received = last.answered.Add(time.Nanosecond)
	last.revision = 0
	for _, phase := range j.phases {
		for _, object := range phase {
			if j.fails < 0 && !j.availableBefore(object, last) {
				j.breaks(last, "in the end %s was not available", object.place)
			}
		}
	}
	for _, object := range j.had {
		_, stays := j.phaseOf[object.place]
		gone := j.goneBefore(object.place, last)
		switch {
		case (stays || j.fails >= 0) && gone:
			j.breaks(last, "in the end %s was gone", object.place)
		case !stays && j.fails < 0 && !gone:
			j.breaks(last, "in the end %s was still there", object.place)
		}
	}
}
