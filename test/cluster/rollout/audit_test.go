package rollout_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/packstage/packstage/test/cluster"
)

// place is where an object is: cluster is "" or the class of a phase.
type place struct{ cluster, group, resource, namespace, name string }

func (p place) String() string {
	text := p.resource
	if p.group != "" {
		text += "." + p.group
	}
	if p.cluster != "" {
		text = p.cluster + ":" + text
	}
	return text + " " + strings.TrimPrefix(p.namespace+"/"+p.name, "/")
}

// entry is one request of an audit log that was to change an object.
type entry struct {
	place
	// agent is the user agent of who asked.
	agent string
	verb  string
	// received and answered are of the server's clock: what the request did happened
	// between the two.
	received, answered time.Time
	// failed tells that the server refused.
	failed bool
	// revision is the one of etcd that the request made, which orders all writes of a
	// cluster; 0 where there is none or the answer does not say it.
	revision int64
	// state is the object as the request left it; nil where it is gone, or unchanged.
	state map[string]any
	gone  bool
	// uid is that of the object, also of one that is gone, where the answer says it.
	uid string
}

func (e entry) String() string {
	what := e.verb
	if e.failed {
		what += " (refused)"
	}
	return fmt.Sprintf("%s %s %s", e.received.UTC().Format("15:04:05.000000"), what, e.place)
}

// readLog returns the writes of an audit log whose level is RequestResponse for writes.
func readLog(of string, events []cluster.AuditEvent) ([]entry, error) {
	var all []entry
	for _, event := range events {
		if !event.IsWrite() || event.ObjectRef == nil {
			continue
		}
		read, err := readEvent(of, event)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", event, err)
		}
		all = append(all, read...)
	}
	return inOrder(all), nil
}

// inOrder sorts entries by what is known of when they happened, and takes the revision
// off those that changed nothing: their answers have that of an earlier write.
func inOrder(all []entry) []entry {
	slices.SortStableFunc(all, func(a, b entry) int { return a.received.Compare(b.received) })
	byRevision := make([]*entry, len(all))
	for i := range all {
		byRevision[i] = &all[i]
	}
	slices.SortStableFunc(byRevision, func(a, b *entry) int {
		return cmp.Or(cmp.Compare(a.cluster, b.cluster), cmp.Compare(a.revision, b.revision))
	})
	last := entry{}
	for _, e := range byRevision {
		if e.revision != 0 && e.revision == last.revision && e.cluster == last.cluster {
			e.revision, e.state = 0, nil
			continue
		}
		last = *e
	}
	// Writes to one object that overlap in time have the order of their revisions.
	byPlace := map[place][]int{}
	for i := range all {
		if all[i].revision == 0 {
			continue
		}
		same := append(byPlace[all[i].place], i)
		byPlace[all[i].place] = same
		for n := len(same) - 1; n > 0 && all[same[n-1]].revision > all[same[n]].revision; n-- {
			all[same[n-1]], all[same[n]] = all[same[n]], all[same[n-1]]
		}
	}
	dropLate(all)
	return all
}

// dropLate takes the state off writes to objects that were gone already: they overlap
// with the end, which has no revision, and came before it.
func dropLate(all []entry) {
	gone := map[string]bool{}
	for i := range all {
		switch e := &all[i]; {
		case e.gone && e.uid != "":
			gone[e.cluster+" "+e.uid] = true
		case gone[e.cluster+" "+e.uid]:
			e.state, e.revision = nil, 0
		}
	}
}

func readEvent(of string, event cluster.AuditEvent) ([]entry, error) {
	ref := event.ObjectRef
	base := entry{
		place: place{cluster: of, group: ref.APIGroup, resource: ref.Resource, namespace: ref.Namespace, name: ref.Name},
		agent: event.UserAgent, verb: event.Verb, failed: event.Code() >= 300 || event.Code() == 0,
		received: event.RequestReceivedTimestamp.Time, answered: event.StageTimestamp.Time,
	}
	if event.Verb == "delete" && isDryRun(event.RequestObject) {
		return nil, nil
	}
	var answer map[string]any
	if event.ResponseObject != nil && len(event.ResponseObject.Raw) > 0 {
		if err := json.Unmarshal(event.ResponseObject.Raw, &answer); err != nil {
			return nil, err
		}
	}
	if base.name == "" {
		base.name = text(answer, "metadata", "name")
	}
	if ref.Resource == "namespaces" {
		base.namespace = "" // the server says that of itself
	}
	switch {
	case base.failed || ref.Subresource != "" && ref.Subresource != "status" && ref.Subresource != "finalize":
	case event.Verb == "deletecollection":
		items, _ := answer["items"].([]any)
		var all []entry
		for _, item := range items {
			each := base
			content, _ := item.(map[string]any)
			each.name = text(content, "metadata", "name")
			each.left(content)
			each.revision = 0 // that of the object as it was
			all = append(all, each)
		}
		return all, nil
	case event.Verb == "delete" && answer["kind"] == "Status":
		base.gone, base.uid = true, text(answer, "details", "uid")
	default:
		base.left(answer)
	}
	return []entry{base}, nil
}

// left says what a request has left of an object.
func (e *entry) left(content map[string]any) {
	if e.uid = text(content, "metadata", "uid"); e.uid == "" {
		return // not the object: a review, a binding
	}
	e.revision, _ = strconv.ParseInt(text(content, "metadata", "resourceVersion"), 10, 64)
	finalizers, _ := value(content, "metadata", "finalizers").([]any)
	if namespace, ok := value(content, "spec", "finalizers").([]any); ok && content["kind"] == "Namespace" {
		finalizers = append(finalizers, namespace...)
	}
	going := text(content, "metadata", "deletionTimestamp") != "" || strings.HasPrefix(e.verb, "delete")
	if going && len(finalizers) == 0 {
		e.gone = true
		// The answer has the revision of the object before.
		e.revision = 0
		return
	}
	e.state = content
}

func isDryRun(options *runtime.Unknown) bool {
	if options == nil {
		return false
	}
	var body struct {
		DryRun []string `json:"dryRun"`
	}
	return json.Unmarshal(options.Raw, &body) == nil && len(body.DryRun) > 0
}

// value returns a field, nil where there is none.
func value(content map[string]any, path ...string) any {
	var at any = content
	for _, name := range path {
		fields, ok := at.(map[string]any)
		if !ok {
			return nil
		}
		at = fields[name]
	}
	return at
}

func text(content map[string]any, path ...string) string {
	found, _ := value(content, path...).(string)
	return found
}
