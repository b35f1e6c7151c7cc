package installer

import (
	"context"
	"errors"
	"fmt"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/fields"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/installer/internal/preflight"
	"github.com/packstage/packstage/manifest"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// trusted returns the content of a revision that is to be installed from what is
// stored of it, where it reaches no further than the release is known to reach.
//
// Stored state proves nothing: whoever may write Secrets in the namespace of the
// release can write another scope, other objects, and digests that fit. What such
// a person usually cannot write are objects outside of the namespace. So content of
// scope Cluster that reaches beyond it is taken only where something of the release
// is there already: an object that bears its labels, and whose labels are owned by
// the installer's field manager, since controllers copy labels. One that lives in no
// namespace vouches for everything, one in a namespace for that namespace.
//
// Errors: [*BlockedError], [*history.DamagedError], those of the cluster.
func (i *Installer) trusted(ctx context.Context, record *history.Record, revision history.Revision) (*history.Content, error) {
	content, err := i.store.Content(ctx, record.Release, revision)
	if err != nil || content.Instance.Scope == manifest.ScopeNamespaced {
		return content, err // the preflight confines that scope
	}
	if i.classMissing(content.Instance) {
		return content, nil // the preflight refuses it
	}
	objects, err := i.locate(ctx, record.Release, content.Instance)
	if err != nil {
		return nil, err
	}
	reaching := i.reaching(record.Release, objects)
	if len(reaching) == 0 {
		return content, nil
	}
	vouching, err := i.vouching(ctx, record.Release, reaching)
	if err == nil && !vouching[""] && revision.Number != record.Target {
		// What the earlier revision had is gone: the newest one may have something.
		var newest map[string]bool
		newest, err = i.vouchingOfNewest(ctx, record)
		for namespace := range newest {
			vouching[namespace] = true
		}
	}
	if err != nil {
		return nil, err
	}
	for _, object := range reaching {
		if !vouching[""] && !vouching[object.reference.Namespace] {
			return nil, &BlockedError{Release: record.Release, Diagnostics: diagnostic.Diagnostics{untrusted(record.Release, revision, object)}}
		}
	}
	return content, nil
}

func untrusted(release cluster.Release, revision history.Revision, object located) diagnostic.Diagnostic {
	return diagnostic.Diagnostic{
		Code: diagnostic.ScopeViolation, Position: object.object.Source(),
		Message: fmt.Sprintf("%q is outside of the namespace %q, and nothing there shows that the release is for more than its namespace: whoever may write Secrets in it could have written the stored revision %d",
			object.reference, release.Namespace, revision.Number),
		Hint: "apply the package itself instead of what is stored of it",
	}
}

// reaching returns the objects in the release's own cluster that are outside of its
// namespace.
func (i *Installer) reaching(release cluster.Release, objects []located) []located {
	var beyond []located
	for _, object := range objects {
		client, err := i.clusterOf(object.class)
		if err == nil && preflight.SameCluster(client, i.cluster) && object.reference.Namespace != release.Namespace {
			beyond = append(beyond, object)
		}
	}
	return beyond
}

// vouching returns the namespaces in which one of the objects is the release's for
// certain; "" is for objects that live in none.
func (i *Installer) vouching(ctx context.Context, release cluster.Release, objects []located) (map[string]bool, error) {
	found, err := i.readLocated(ctx, release, false, objects)
	if err != nil {
		return nil, err
	}
	vouching := map[string]bool{}
	for _, object := range objects {
		if existing := found[object.place()]; existing != nil && i.hasLabelled(release, existing) {
			vouching[object.reference.Namespace] = true
		}
	}
	return vouching, nil
}

// vouchingOfNewest is vouching for the objects of the newest revision; none where that
// cannot be read.
func (i *Installer) vouchingOfNewest(ctx context.Context, record *history.Record) (map[string]bool, error) {
	newest, ok := record.Revision(record.Target)
	if !ok {
		return nil, nil
	}
	content, err := i.store.Content(ctx, record.Release, *newest)
	if damaged := (*history.DamagedError)(nil); errors.As(err, &damaged) {
		return nil, nil
	}
	if err != nil || i.classMissing(content.Instance) {
		return nil, err
	}
	objects, err := i.locate(ctx, record.Release, content.Instance)
	if err != nil {
		return nil, err
	}
	return i.vouching(ctx, record.Release, i.reaching(record.Release, objects))
}

// hasLabelled tells whether an object bears the labels of the release, and the
// installer has put them there.
func (i *Installer) hasLabelled(release cluster.Release, object *unstructured.Unstructured) bool {
	if cluster.Owner(object) != release {
		return false
	}
	for _, label := range [...]string{cluster.LabelRelease, cluster.LabelReleaseNamespace} {
		if !i.applied(object, `.metadata.labels["`+label+`"]`) {
			return false
		}
	}
	return true
}

// applied tells whether the installer has applied a field of an object.
func (i *Installer) applied(object *unstructured.Unstructured, path string) bool {
	for _, manager := range fields.Owners(object, path) {
		if manager.Name == i.options.FieldManager && manager.Operation == "Apply" && manager.Subresource == "" {
			return true
		}
	}
	return false
}
