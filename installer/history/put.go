package history

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/cluster"
)

// Put stores the content of a revision, and returns the revision for the record,
// which does not have it yet: the caller adds it and saves the record.
//
// Of about it takes what only the caller knows (Who, Why, When, Reference,
// RollbackTo, State, Message, Phases); the rest comes from the content. Without
// a State the revision is [RevisionProgressing], and without Phases it gets those of
// the instance, pending.
//
// The number has to be new to the record ([Record.Next]). What a run that was
// stopped has left under it is used where it is the same, and replaced where not.
// Errors: [*packagetypes.LimitError] where the content is too large, [*DamagedError]
// where a Secret of someone else has a name that is needed, [*ChangedError] where the
// stored record has the number.
func (s *Store) Put(ctx context.Context, release cluster.Release, number int, content *Content, about Revision) (Revision, error) {
	if err := checkRelease(release); err != nil {
		return Revision{}, err
	}
	if number < 1 || number > maxNumber {
		return Revision{}, fmt.Errorf("store revision %d of release %s: numbers go from 1 to %d", number, release, maxNumber)
	}
	compressed, err := encodeContent(content)
	if err != nil {
		return Revision{}, fmt.Errorf("store revision %d of release %s: %w", number, release, err)
	}
	revision := describe(number, content, compressed, about)
	revision.Chunks = (len(compressed) + s.chunkSize - 1) / s.chunkSize
	secrets, err := s.revisionSecrets(release, revision, content, compressed)
	if err != nil {
		return Revision{}, fmt.Errorf("store revision %d of release %s: %w", number, release, err)
	}
	// The first Secret last: where it is, all are.
	for _, secret := range slices.Backward(secrets) {
		if err := s.putSecret(ctx, release, number, secret); err != nil {
			return Revision{}, fmt.Errorf("store revision %d of release %s: %w", number, release, err)
		}
	}
	return revision, nil
}

// describe returns the revision of content.
func describe(number int, content *Content, compressed []byte, about Revision) Revision {
	instance := content.Instance
	revision := about
	revision.Number = number
	revision.ContentDigest = contentDigest(compressed)
	revision.Bytes = len(compressed)
	revision.InstanceDigest = instance.Digest()
	revision.Identity = identity(instance, revision.InstanceDigest)
	revision.PackageName = instance.PackageName
	revision.PackageDigest = instance.ContentDigest
	revision.ImageDigest = instance.ImageDigest
	revision.Objects = 0
	for _, phase := range instance.Phases {
		revision.Objects += len(phase.Objects)
	}
	if revision.State == "" {
		revision.State = RevisionProgressing
	}
	if revision.Phases == nil {
		revision.Phases = pendingPhases(content)
	}
	return revision
}

func pendingPhases(content *Content) []PhaseOutcome {
	var phases []PhaseOutcome
	for _, phase := range content.Instance.Phases {
		phases = append(phases, PhaseOutcome{Name: phase.Name, Class: phase.Class, Objects: len(phase.Objects), State: PhasePending})
	}
	return phases
}

// revisionSecrets returns the Secrets of a revision, the first one first.
func (s *Store) revisionSecrets(release cluster.Release, revision Revision, content *Content, compressed []byte) ([]*unstructured.Unstructured, error) {
	about, err := encodeAbout(revision, content)
	if err != nil {
		return nil, err
	}
	labels := stateLabels(release, StateRevision)
	labels[LabelRevision] = fmt.Sprint(revision.Number)
	labels[LabelContent] = contentLabel(revision)
	var secrets []*unstructured.Unstructured
	for chunk := range slices.Chunk(compressed, s.chunkSize) {
		metadata := map[string]any{
			"namespace": release.Namespace, "name": revisionName(release, revision.Number, len(secrets)), "labels": labels,
		}
		if len(secrets) == 0 {
			metadata["annotations"] = map[string]any{AnnotationAbout: about}
		}
		secrets = append(secrets, &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "v1", "kind": "Secret", "type": TypeRevision, "immutable": true, "metadata": metadata,
			"data": map[string]any{contentKey: base64.StdEncoding.EncodeToString(chunk)},
		}})
	}
	return secrets, nil
}

// putSecret creates a Secret of a revision, or makes sure that it is there.
func (s *Store) putSecret(ctx context.Context, release cluster.Release, number int, secret *unstructured.Unstructured) error {
	options := cluster.WriteOptions{FieldManager: s.fieldManager}
	// Each round but the last removes what is in the way.
	for range 3 {
		_, err := s.cluster.Create(ctx, secret, options)
		if !apierrors.IsAlreadyExists(err) {
			return err
		}
		existing, err := s.cluster.Get(ctx, cluster.ReferenceTo(secret))
		if apierrors.IsNotFound(err) {
			continue
		}
		if err != nil {
			return err
		}
		if same(existing, secret) {
			return nil
		}
		if err := s.clear(ctx, release, number, existing); err != nil {
			return err
		}
	}
	return fmt.Errorf("Secret %s comes back whenever it is removed: someone else writes it", secret.GetName())
}

// same reports whether a Secret is what was to be written.
func same(existing, wanted *unstructured.Unstructured) bool {
	if existing.GetDeletionTimestamp() != nil || secretType(existing) != TypeRevision {
		return false
	}
	have, err := secretData(existing, contentKey)
	if err != nil {
		return false
	}
	want, err := secretData(wanted, contentKey)
	if err != nil || !bytes.Equal(have, want) || existing.GetAnnotations()[AnnotationAbout] != wanted.GetAnnotations()[AnnotationAbout] {
		return false
	}
	labels := existing.GetLabels()
	for key, value := range wanted.GetLabels() {
		if labels[key] != value {
			return false
		}
	}
	immutable, _, _ := unstructured.NestedBool(existing.Object, "immutable")
	return immutable
}

// clear removes what a stopped run has left under a number, because a Secret of it
// is in the way: the first Secret before the others, so that at no time there is
// one whose parts are of another revision.
//
// A writer that has lost the lock without noticing comes here, too, with a number
// that the other one has taken by now: hence the look at the record.
func (s *Store) clear(ctx context.Context, release cluster.Release, number int, inTheWay *unstructured.Unstructured) error {
	if !ours(release, inTheWay) {
		_, chunk, _ := parseRevisionName(release, inTheWay.GetName())
		return foreignRevision(release, number, chunk)
	}
	if inTheWay.GetDeletionTimestamp() != nil {
		return fmt.Errorf("Secret %s is being deleted, and finalizers keep it: %v", inTheWay.GetName(), inTheWay.GetFinalizers())
	}
	if err := s.checkNew(ctx, release, number); err != nil {
		return err
	}
	first, err := s.cluster.Get(ctx, secretReference(release, revisionName(release, number, 0)))
	if err != nil && !apierrors.IsNotFound(err) {
		return err
	}
	if err == nil && ours(release, first) {
		if err := s.deleteSecret(ctx, release, first); err != nil {
			return err
		}
	}
	return s.deleteSecret(ctx, release, inTheWay)
}

// checkNew makes sure that the stored record does not have a number.
func (s *Store) checkNew(ctx context.Context, release cluster.Release, number int) error {
	secret, err := s.cluster.Get(ctx, secretReference(release, recordName(release)))
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	record, err := recordOf(release, secret)
	if err != nil {
		return err
	}
	if _, found := record.Revision(number); found {
		return &ChangedError{Release: release, Err: fmt.Errorf("the record has revision %d already", number)}
	}
	return nil
}

func foreignRevision(release cluster.Release, number, chunk int) *DamagedError {
	return &DamagedError{
		Release: release, Number: number, Secret: revisionName(release, number, chunk),
		What: "is not of type " + TypeRevision + ", so someone else has made it",
		Hint: "rename or remove it, if it is not needed, or give the release another name",
	}
}

// maxAbout bounds the annotation; all annotations of an object have 256 KiB together.
const maxAbout = 64 << 10

// encodeAbout returns the annotation of a revision's first Secret: the revision as it
// is before it begins, without the phases where there are very many.
func encodeAbout(revision Revision, content *Content) (string, error) {
	revision = cutRevision(revision)
	revision.State, revision.Message, revision.Pruned = RevisionProgressing, "", false
	for _, phases := range [][]PhaseOutcome{pendingPhases(content), nil} {
		revision.Phases = phases
		encoded, err := json.Marshal(storedAbout{recordVersion, content.Instance.Scope, revision})
		if err != nil {
			return "", err
		}
		if len(encoded) <= maxAbout {
			return string(encoded), nil
		}
	}
	return "", errors.New("what is known about it is longer than an annotation may be")
}
