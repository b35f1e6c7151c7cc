package history

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"maps"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/packstage/packstage/installer/cluster"
)

// Save stores a record: a new one is created, and one that was read replaces what
// was read. Afterwards the record can be saved again.
//
// Where someone else has written the record since, nothing is overwritten, and the
// error is a [*ChangedError]; a record that is stored already just as it is meant to
// be (the answer to an earlier attempt was lost) is none. Another error leaves open
// whether the record was stored. What cannot be a record, such as a Target that is
// not among the revisions, is an error before anything is written.
func (s *Store) Save(ctx context.Context, record *Record) error {
	if record.Available != 0 {
		record.Rebuilt = false
	}
	encoded, err := encodeRecord(record)
	if err != nil {
		return err
	}
	secret := recordSecret(record, encoded)
	options := cluster.WriteOptions{FieldManager: s.fieldManager}
	var written *unstructured.Unstructured
	if record.stored == nil {
		written, err = s.cluster.Create(ctx, secret, options)
	} else {
		written, err = s.cluster.Update(ctx, secret, options)
	}
	if apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) || (record.stored != nil && apierrors.IsNotFound(err)) {
		written, err = s.sameRecord(ctx, record, encoded, err)
	}
	if err != nil {
		return fmt.Errorf("store the record of release %s: %w", record.Release, err)
	}
	record.stored, record.size = metadataOf(written), len(encoded)
	return nil
}

// sameRecord returns the stored Secret where it holds what was to be stored, and
// otherwise says that someone else has changed it.
func (s *Store) sameRecord(ctx context.Context, record *Record, encoded []byte, cause error) (*unstructured.Unstructured, error) {
	secret, err := s.cluster.Get(ctx, secretReference(record.Release, recordName(record.Release)))
	if apierrors.IsNotFound(err) {
		return nil, &ChangedError{record.Release, cause}
	}
	if err != nil {
		return nil, err
	}
	if secretType(secret) != TypeRecord {
		return nil, foreignRecord(record.Release)
	}
	if stored, err := secretData(secret, recordKey); err != nil || !bytes.Equal(stored, encoded) {
		return nil, &ChangedError{record.Release, cause}
	}
	return secret, nil
}

// recordSecret returns the Secret of a record. Labels and annotations that others
// have put on it stay.
func recordSecret(record *Record, encoded []byte) *unstructured.Unstructured {
	metadata := maps.Clone(record.stored)
	if metadata == nil {
		metadata = map[string]any{}
	}
	metadata["namespace"], metadata["name"] = record.Release.Namespace, recordName(record.Release)
	labels := map[string]any{}
	if existing, ok := metadata["labels"].(map[string]any); ok {
		maps.Copy(labels, existing)
	}
	maps.Copy(labels, stateLabels(record.Release, StateRecord))
	delete(labels, LabelPackage)
	if record.PackageName != "" && len(validation.IsValidLabelValue(record.PackageName)) == 0 {
		labels[LabelPackage] = record.PackageName
	}
	metadata["labels"] = labels
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Secret", "type": TypeRecord, "metadata": metadata,
		"data": map[string]any{recordKey: base64.StdEncoding.EncodeToString(encoded)},
	}}
}
