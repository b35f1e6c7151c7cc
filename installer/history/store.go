package history

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/cluster"
)

// ReadWriter is what a [Store] asks of a cluster.
type ReadWriter interface {
	cluster.Reader
	cluster.Writer
}

// Store reads and writes the history of releases. It is safe for concurrent use,
// and does not lock: one writer for each release is the caller's duty. Where two
// write all the same, the record's resourceVersion makes one of them fail.
//
// Errors of the cluster come wrapped: ask with errors.As, or with the functions of
// k8s.io/apimachinery/pkg/api/errors.
type Store struct {
	cluster      ReadWriter
	fieldManager string
	// chunkSize is MaxChunk, but in tests.
	chunkSize int
}

// NewStore returns a store of what is in a cluster. The field manager is the name
// under which it writes.
func NewStore(c ReadWriter, fieldManager string) *Store {
	return &Store{cluster: c, fieldManager: fieldManager, chunkSize: MaxChunk}
}

// Load returns the record of a release. A record that was deleted is made again
// from the revisions, and is not stored before the next [Store.Save]. Errors:
// [*NotFoundError], [*DamagedError].
func (s *Store) Load(ctx context.Context, release cluster.Release) (*Record, error) {
	if err := checkRelease(release); err != nil {
		return nil, err
	}
	secret, err := s.cluster.Get(ctx, secretReference(release, recordName(release)))
	if apierrors.IsNotFound(err) {
		return s.rebuild(ctx, release)
	}
	if err != nil {
		return nil, fmt.Errorf("read the record of release %s: %w", release, err)
	}
	return recordOf(release, secret)
}

// List returns the records of a namespace, or of all where it is empty, by
// namespace and name. Records that cannot be read are [*DamagedError]s, joined in
// the error; those that can are returned beside it. A release whose record was
// deleted is not in the list: [Store.Load] finds it by its name.
func (s *Store) List(ctx context.Context, namespace string) ([]*Record, error) {
	secrets, err := s.cluster.List(ctx, secretKind(), cluster.ListOptions{
		Namespace: namespace, LabelSelector: LabelState + "=" + StateRecord,
	})
	if err != nil {
		return nil, fmt.Errorf("list the records of releases: %w", err)
	}
	var records []*Record
	var damaged []error
	for _, secret := range secrets {
		release := cluster.Release{Namespace: secret.GetNamespace(), Name: cluster.Owner(secret).Name}
		if secretType(secret) != TypeRecord || checkRelease(release) != nil || secret.GetName() != recordName(release) {
			continue // someone else's, with our label
		}
		record, err := recordOf(release, secret)
		if err != nil {
			damaged = append(damaged, err)
			continue
		}
		records = append(records, record)
	}
	slices.SortFunc(records, func(a, b *Record) int {
		return cmp.Or(cmp.Compare(a.Release.Namespace, b.Release.Namespace), cmp.Compare(a.Release.Name, b.Release.Name))
	})
	return records, errors.Join(damaged...)
}

// recordOf reads the record that a Secret holds.
func recordOf(release cluster.Release, secret *unstructured.Unstructured) (*Record, error) {
	if secretType(secret) != TypeRecord {
		return nil, foreignRecord(release)
	}
	encoded, err := secretData(secret, recordKey)
	if err != nil {
		return nil, damagedRecord(release, "was edited", err)
	}
	record, err := decodeRecord(encoded)
	if newer := (*versionError)(nil); errors.As(err, &newer) {
		return nil, &DamagedError{
			Release: release, Secret: recordName(release), What: "is of another version", Err: err,
			Hint: "use the version of the installer that has written it",
		}
	}
	if err != nil {
		return nil, damagedRecord(release, "was edited, and is no record any more", err)
	}
	if record.Release != release {
		return nil, damagedRecord(release, fmt.Sprintf("is the record of release %s", record.Release), nil)
	}
	record.stored, record.size = metadataOf(secret), len(encoded)
	return record, nil
}

func foreignRecord(release cluster.Release) *DamagedError {
	return &DamagedError{
		Release: release, Secret: recordName(release), What: "is not of type " + TypeRecord + ", so someone else has made it",
		Hint: "rename or remove it, if it is not needed, or give the release another name",
	}
}

func secretType(secret *unstructured.Unstructured) string {
	text, _, _ := unstructured.NestedString(secret.Object, "type")
	return text
}

// secretData returns what a Secret has under a key.
func secretData(secret *unstructured.Unstructured, key string) ([]byte, error) {
	text, found, err := unstructured.NestedString(secret.Object, "data", key)
	if err != nil || !found {
		return nil, fmt.Errorf("it has no key %q", key)
	}
	content, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("what it has under key %q is not base64", key)
	}
	return content, nil
}

// metadataOf returns the metadata that an update sends back.
func metadataOf(secret *unstructured.Unstructured) map[string]any {
	copied, _, _ := unstructured.NestedMap(secret.Object, "metadata")
	delete(copied, "managedFields")
	return copied
}
