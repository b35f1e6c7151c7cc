package history

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	kjson "sigs.k8s.io/json"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/manifest"
)

// storedAbout is the JSON of [AnnotationAbout].
type storedAbout struct {
	Version  int            `json:"version"`
	Scope    manifest.Scope `json:"scope"`
	Revision Revision       `json:"revision"`
}

// rebuild makes a record from the revisions that there are.
func (s *Store) rebuild(ctx context.Context, release cluster.Release) (*Record, error) {
	secrets, err := s.revisions(ctx, release)
	if err != nil {
		return nil, err
	}
	record := &Record{
		Release: release, State: StateProgressing, Rebuilt: true,
		Message: "the record is missing and was made from the revisions: apply again to find out how things are",
	}
	for _, secret := range secrets {
		number, chunk, _ := parseRevisionName(release, secret.GetName())
		if chunk > 0 {
			continue
		}
		about, err := decodeAbout(number, secret)
		if err != nil {
			damaged := damagedRevision(release, number, 0, "was edited, and the record of the release is gone", err)
			damaged.Hint = "restore one of them from a backup, or delete this Secret to go on without the revision"
			return nil, damaged
		}
		revision := about.Revision
		revision.State, revision.Message = RevisionSuperseded, "how its rollout ended is not known any more"
		record.Revisions = append(record.Revisions, revision)
		record.Scope, record.PackageName = about.Scope, revision.PackageName
	}
	if len(record.Revisions) == 0 {
		return nil, &NotFoundError{release}
	}
	newest := &record.Revisions[len(record.Revisions)-1]
	newest.State, newest.Message = RevisionProgressing, ""
	record.Target = newest.Number
	return record, nil
}

// decodeAbout reads the annotation of a revision's first Secret.
func decodeAbout(number int, secret *unstructured.Unstructured) (*storedAbout, error) {
	text, found := secret.GetAnnotations()[AnnotationAbout]
	if !found {
		return nil, fmt.Errorf("it has no annotation %s", AnnotationAbout)
	}
	var about storedAbout
	strict, err := kjson.UnmarshalStrict([]byte(text), &about)
	if err := errors.Join(append(strict, err)...); err != nil {
		return nil, fmt.Errorf("annotation %s: %w", AnnotationAbout, err)
	}
	if about.Version != recordVersion || about.Revision.Number != number {
		return nil, fmt.Errorf("annotation %s: version %d of revision %d", AnnotationAbout, about.Version, about.Revision.Number)
	}
	if err := checkRevision(about.Revision); err != nil {
		return nil, fmt.Errorf("annotation %s: %w", AnnotationAbout, err)
	}
	return &about, nil
}

// revisions returns the Secrets of all revisions of a release, by number and part.
func (s *Store) revisions(ctx context.Context, release cluster.Release) ([]*unstructured.Unstructured, error) {
	return s.listRevisions(ctx, release, "")
}

// listRevisions is revisions, narrowed by a further selector.
func (s *Store) listRevisions(ctx context.Context, release cluster.Release, selector string) ([]*unstructured.Unstructured, error) {
	secrets, err := s.cluster.List(ctx, secretKind(), cluster.ListOptions{
		Namespace: release.Namespace, LabelSelector: stateSelector(release, StateRevision) + selector,
	})
	if err != nil {
		return nil, fmt.Errorf("list the revisions of release %s: %w", release, err)
	}
	secrets = slices.DeleteFunc(secrets, func(secret *unstructured.Unstructured) bool { return !ours(release, secret) })
	slices.SortFunc(secrets, func(a, b *unstructured.Unstructured) int {
		numberA, chunkA, _ := parseRevisionName(release, a.GetName())
		numberB, chunkB, _ := parseRevisionName(release, b.GetName())
		return cmp.Or(numberA-numberB, chunkA-chunkB)
	})
	return secrets, nil
}

// ours reports whether a Secret is of a revision of the release: by its type, which
// nobody can change, and its name.
func ours(release cluster.Release, secret *unstructured.Unstructured) bool {
	_, _, named := parseRevisionName(release, secret.GetName())
	return named && secret.GetNamespace() == release.Namespace && secretType(secret) == TypeRevision
}
