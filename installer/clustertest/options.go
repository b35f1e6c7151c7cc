package clustertest

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Never says that something does not come by itself: see [WithReadiness] and
// [WithRemoval].
const Never = -1

// Option changes what [New] makes.
type Option func(*settings)

// settings are what options set. Hooks are called while the cluster is locked, those
// for faults and lost answers aside.
type settings struct {
	now           func() time.Time
	serverVersion string
	uidPrefix     string
	readiness     func(*unstructured.Unstructured) int
	removal       func(*unstructured.Unstructured) int
	controllers   []Controller
	admission     []func(*unstructured.Unstructured) error
	access        func(AccessReview) (allowed bool, reason string)
	fault         func(context.Context, Call) error
	lostAnswer    func(context.Context, Call) error
	stale         bool
	contents      bool
}

// Controller looks at an object that was written and changes its status in place, or
// leaves it. It returns whether it changed something. It is called after each write
// that stores something, must not call the cluster, and is not called again for what
// it wrote itself.
type Controller func(object *unstructured.Unstructured) (changed bool)

// AccessReview is what a SelfSubjectAccessReview asks.
type AccessReview struct {
	Verb, Group, Version, Resource, Subresource, Namespace, Name string
}

// WithClock sets the clock; without it, it is 2030-01-01T00:00:00Z and stands still.
// Nothing but timestamps in objects depends on it.
func WithClock(now func() time.Time) Option { return func(s *settings) { s.now = now } }

// WithServerVersion sets the version of Kubernetes; without it, it is "v1.36.3".
func WithServerVersion(version string) Option {
	return func(s *settings) { s.serverVersion = version }
}

// WithUIDPrefix sets the first eight hexadecimal digits of UIDs, which are counted up
// behind it. Clusters that stand side by side should have different ones.
func WithUIDPrefix(prefix string) Option { return func(s *settings) { s.uidPrefix = prefix } }

// WithReadiness decides when the built-in controller makes an object available that
// was created, or whose generation changed: after the first n times that a Get or
// List has shown it. 0 is at once, as without this option, and [Never] leaves it to
// the test ([Cluster.Release], [Cluster.Edit]). The built-in controller knows the
// workloads of Kubernetes, Jobs, Pods, PersistentVolumeClaims, APIServices, Services
// with load balancers and CustomResourceDefinitions, which are served once they are
// established.
func WithReadiness(reads func(object *unstructured.Unstructured) int) Option {
	return func(s *settings) { s.readiness = reads }
}

// WithRemoval decides how long an object stays that is deleted: for n times that
// a Get or List has shown it with a deletionTimestamp. 0 is no longer than the call, as
// without this option, and [Never] leaves it to the test ([Cluster.Release]).
// Finalizers hold an object besides.
func WithRemoval(reads func(object *unstructured.Unstructured) int) Option {
	return func(s *settings) { s.removal = reads }
}

// WithController adds a controller, which is called after the built-in one and those
// that were added before.
func WithController(controller Controller) Option {
	return func(s *settings) { s.controllers = append(s.controllers, controller) }
}

// WithAdmission adds an admission plug-in: it may change an object that is to be
// created or updated, dry run or not, as a mutating webhook or defaulting does, or
// refuse it with an error. An error of k8s.io/apimachinery/pkg/api/errors is returned
// as it is, another one as the 403 of a validating webhook.
func WithAdmission(admit func(object *unstructured.Unstructured) error) Option {
	return func(s *settings) { s.admission = append(s.admission, admit) }
}

// WithAccess answers SelfSubjectAccessReviews; without it, everything is allowed. It
// answers questions only: refusing calls is up to [WithFault].
func WithAccess(allowed func(review AccessReview) (allowed bool, reason string)) Option {
	return func(s *settings) { s.access = allowed }
}

// WithFault is called before each call is carried out. An error of it is the answer,
// and nothing has happened. It may wait for the context, cancel it, panic, or use
// [Cluster.Edit]; calls of the cluster itself would count as calls.
func WithFault(fault func(ctx context.Context, call Call) error) Option {
	return func(s *settings) { s.fault = fault }
}

// WithLostAnswer is called after each call was carried out, with the outcome in
// call.Err. An error of it is the answer instead of the real one: what happened has
// happened, and the caller does not know.
func WithLostAnswer(lost func(ctx context.Context, call Call) error) Option {
	return func(s *settings) { s.lostAnswer = lost }
}

// WithStaleDiscovery makes the cluster remember which kinds there are from the first
// question on: one that comes later is unknown until Forget is called.
func WithStaleDiscovery() Option { return func(s *settings) { s.stale = true } }

// WithNamespaceContents puts into each namespace what controllers of a real cluster
// put there: the ConfigMap kube-root-ca.crt and the ServiceAccount default.
func WithNamespaceContents() Option { return func(s *settings) { s.contents = true } }
