package installer

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/installer/internal/preflight"
	"github.com/packstage/packstage/installer/internal/retrying"
)

const (
	defaultFieldManager = "packstage"
	defaultParallelism  = 16
	defaultPhaseTimeout = 5 * time.Minute
	defaultPollInterval = 2 * time.Second
	defaultHistoryLimit = 10
	// MaxHistoryLimit is the most revisions that are kept: what is known of them has to
	// fit into one Secret.
	MaxHistoryLimit      = 250
	defaultLeaseDuration = 15 * time.Second
	defaultRetry         = 2 * time.Minute
	// longestName leaves room for what names of Secrets and Leases add to it.
	longestName = 53
)

// Installer rolls releases out to a cluster. It keeps nothing between calls and
// is safe for concurrent use; calls for one release wait for each other, whatever
// process they come from.
type Installer struct {
	client  cluster.Cluster
	cluster cluster.Cluster // the client, repeating what fails for a reason that passes
	classes map[string]cluster.Cluster
	// homes are the classes whose cluster another class has, too, or the release itself:
	// an object that moves between them stays where it is.
	homes   map[string]string
	store   *history.Store
	options Options
	// observing keeps observers from being called by several goroutines at a time.
	observing sync.Mutex
}

// New returns an installer for a cluster.
func New(client cluster.Cluster, options Options) *Installer {
	i := &Installer{client: client, options: withDefaults(options)}
	i.cluster = i.repeating(client)
	i.findHomes()
	i.store = history.NewStore(i.cluster, i.options.FieldManager)
	return i
}

// findHomes wraps the clusters of classes. What is one cluster gets one wrapper, so
// that it is known to be the same.
func (i *Installer) findHomes() {
	i.classes, i.homes = make(map[string]cluster.Cluster, len(i.options.Clusters)), map[string]string{}
	known := []string{""}
	of := map[string]cluster.Cluster{"": i.client}
	for _, class := range slices.Sorted(maps.Keys(i.options.Clusters)) {
		other := i.options.Clusters[class]
		at := slices.IndexFunc(known, func(home string) bool { return preflight.SameCluster(of[home], other) })
		switch {
		case at < 0:
			i.classes[class] = i.repeating(other)
			known, of[class] = append(known, class), other
		case known[at] == "":
			i.classes[class], i.homes[class] = i.cluster, ""
		default:
			i.classes[class], i.homes[class] = i.classes[known[at]], known[at]
		}
	}
}

// home returns the class that stands for the cluster of a class.
func (i *Installer) home(class string) string {
	if home, ok := i.homes[class]; ok {
		return home
	}
	return class
}

func withDefaults(o Options) Options {
	if o.FieldManager == "" {
		o.FieldManager = defaultFieldManager
	}
	if o.Parallelism <= 0 {
		o.Parallelism = defaultParallelism
	}
	o.PhaseTimeout = orDefault(o.PhaseTimeout, defaultPhaseTimeout)
	o.PollInterval = orDefault(o.PollInterval, defaultPollInterval)
	o.LeaseDuration = orDefault(o.LeaseDuration, defaultLeaseDuration)
	o.RetryFor = orDefault(o.RetryFor, defaultRetry)
	if o.HistoryLimit <= 0 {
		o.HistoryLimit = defaultHistoryLimit
	}
	o.HistoryLimit = min(o.HistoryLimit, MaxHistoryLimit)
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

func orDefault(value, fallback time.Duration) time.Duration {
	if value == 0 {
		return fallback
	}
	return value
}

// repeating wraps a client so that failures that pass are repeated, and calls are
// counted.
func (i *Installer) repeating(client cluster.Cluster) cluster.Cluster {
	options := retrying.Options{For: i.options.RetryFor}
	if metrics := i.options.Metrics; metrics != nil {
		options.Observe = func(call retrying.Call) { metrics.Call(call.Verb, call.Kind.Kind, call.Duration, call.Err) }
	}
	options.OnRetry = func(err error, wait time.Duration) {
		i.tell(Event{Type: EventRetry, Message: fmt.Sprintf("again in %s: %v", wait.Round(time.Millisecond), err)})
	}
	return retrying.New(client, options)
}

// tell tells the observer what has happened.
func (i *Installer) tell(event Event) {
	if i.options.Observe == nil {
		return
	}
	event.Time = i.options.Now()
	i.observing.Lock()
	defer i.observing.Unlock()
	i.options.Observe(event)
}

// clusterOf returns the cluster of a phase's class.
func (i *Installer) clusterOf(class string) (cluster.Cluster, error) {
	if class == "" {
		return i.cluster, nil
	}
	if other, ok := i.classes[class]; ok {
		return other, nil
	}
	return nil, fmt.Errorf("there is no cluster for phases of class %q: give one in Options.Clusters", class)
}

// checkRelease wants a name and a namespace that can be those of Secrets and
// values of labels.
func checkRelease(release cluster.Release) error {
	if !isLabel(release.Name, longestName) {
		return fmt.Errorf("release name %q: give lower case letters, digits and '-', at most %d, beginning and ending with a letter or digit", release.Name, longestName)
	}
	if !isLabel(release.Namespace, 63) {
		return fmt.Errorf("namespace %q of release %q is no name of a namespace", release.Namespace, release.Name)
	}
	return nil
}

// isLabel tells whether a text is a label of RFC 1123.
func isLabel(text string, longest int) bool {
	if text == "" || len(text) > longest || strings.HasPrefix(text, "-") || strings.HasSuffix(text, "-") {
		return false
	}
	return strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
