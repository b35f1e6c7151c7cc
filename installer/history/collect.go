package history

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/cluster"
)

// DefaultLimit is how many revisions of a release are kept where nothing else is
// said.
const DefaultLimit = 10

// Collect drops the oldest revisions, until there are no more than limit; 0 or less
// is [DefaultLimit]. It never drops the newest revision, nor Target, nor Available.
// Those that are newer than the available one stay, too, as the story of what
// failed, but no more than limit of them; a rebuilt record in which none is known to
// be available keeps all.
//
// The record is saved first, where it changes, and then Secrets go that no revision
// of it needs: those of dropped revisions, and parts that stopped runs have left.
// So a stop in between leaves only Secrets that the next Collect finds. Secrets with
// a number above the record's are left: the next [Store.Put] replaces them. Errors:
// those of [Store.Save].
func (s *Store) Collect(ctx context.Context, record *Record, limit int) error {
	if kept := keep(record, limit); len(kept) < len(record.Revisions) {
		before := record.Revisions
		record.Revisions = kept
		if err := s.Save(ctx, record); err != nil {
			record.Revisions = before
			return err
		}
	}
	secrets, err := s.listRevisions(ctx, record.Release, unneededSelector(record))
	if err != nil {
		return err
	}
	for _, secret := range secrets {
		if !unneeded(record, secret) {
			continue
		}
		if err := s.deleteSecret(ctx, record.Release, secret); err != nil {
			return err
		}
	}
	return nil
}

// keep returns the revisions that stay.
func keep(record *Record, limit int) []Revision {
	if limit <= 0 {
		limit = DefaultLimit
	}
	older, newer := 0, 0
	for _, revision := range record.Revisions {
		if revision.Number < record.Available {
			older++
		}
		if revision.Number > record.Available {
			newer++
		}
	}
	dropOlder, dropNewer := min(older, len(record.Revisions)-limit), newer-limit
	if record.Rebuilt && record.Available == 0 {
		dropNewer = 0
	}
	var kept []Revision
	for i, revision := range record.Revisions {
		newest := i == len(record.Revisions)-1
		switch {
		case revision.Number < record.Available && dropOlder > 0:
			dropOlder--
		case revision.Number > record.Available && revision.Number != record.Target && !newest && dropNewer > 0:
			dropNewer--
		default:
			kept = append(kept, revision)
		}
	}
	return kept
}

// unneededSelector makes the server leave out what belongs to a revision of the
// record, so that contents are not read to find that nothing has to be done.
func unneededSelector(record *Record) string {
	if len(record.Revisions) == 0 {
		return ""
	}
	var values []string
	for _, revision := range record.Revisions {
		values = append(values, contentLabel(revision))
	}
	return "," + LabelContent + " notin (" + strings.Join(values, ",") + ")"
}

// unneeded judges by the name alone: labels can be edited, and must not make anyone
// delete a revision.
func unneeded(record *Record, secret *unstructured.Unstructured) bool {
	number, chunk, _ := parseRevisionName(record.Release, secret.GetName())
	if revision, found := record.Revision(number); found {
		return chunk >= revision.Chunks
	}
	return number < record.Next()
}

// deleteSecret deletes a Secret of a revision, just as it was seen.
func (s *Store) deleteSecret(ctx context.Context, release cluster.Release, secret *unstructured.Unstructured) error {
	reference := cluster.ReferenceTo(secret)
	var err error
	for range 5 {
		err = s.cluster.Delete(ctx, reference, cluster.DeleteOptions{
			UID: secret.GetUID(), ResourceVersion: secret.GetResourceVersion(), Propagation: cluster.PropagationBackground,
		})
		if !apierrors.IsConflict(err) {
			break
		}
		uid := secret.GetUID()
		if secret, err = s.cluster.Get(ctx, reference); err != nil {
			break
		}
		if secret.GetUID() != uid || !ours(release, secret) {
			return fmt.Errorf("delete Secret %s: someone else has made it anew in the meantime", reference.Name)
		}
		err = fmt.Errorf("it changes all the time")
	}
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("delete Secret %s in namespace %s: %w", reference.Name, reference.Namespace, err)
	}
	return nil
}

// muchContent is above how many bytes the revisions of a release are not read at once.
const muchContent = 16 << 20

// removalSelectors choose what is read at a time of the revisions that are removed: all
// of them, or one after the other where they are large. The last one finds the rest.
func removalSelectors(record *Record) []string {
	bytes := 0
	var each []string
	for _, revision := range record.Revisions {
		bytes += revision.Bytes
		each = append(each, fmt.Sprintf(",%s=%d", LabelRevision, revision.Number))
	}
	if bytes <= muchContent {
		return []string{""}
	}
	return append(each, "")
}

// Remove deletes everything that is known of a release: the revisions, then the
// record, which [Removal].Gone marks before. The caller has removed the objects: of
// a removed release nobody knows them any more. A stop in between leaves the record,
// and Remove goes on from there; once it is gone, too, calling again is no error. The
// lock of the release is not part of it. Errors: [*ChangedError].
func (s *Store) Remove(ctx context.Context, record *Record) error {
	if record.Removal == nil || !record.Removal.Gone || record.stored == nil {
		removal := Removal{}
		if record.Removal != nil {
			removal = *record.Removal
		}
		removal.Gone = true
		record.Removal, record.State = &removal, StateRemoving
		if err := s.Save(ctx, record); err != nil {
			return err
		}
	}
	for _, selector := range removalSelectors(record) {
		secrets, err := s.listRevisions(ctx, record.Release, selector)
		if err != nil {
			return err
		}
		for _, secret := range secrets {
			if err := s.deleteSecret(ctx, record.Release, secret); err != nil {
				return err
			}
		}
	}
	stored := &unstructured.Unstructured{Object: map[string]any{"metadata": record.stored}}
	err := s.cluster.Delete(ctx, secretReference(record.Release, recordName(record.Release)), cluster.DeleteOptions{
		UID: stored.GetUID(), ResourceVersion: stored.GetResourceVersion(), Propagation: cluster.PropagationBackground,
	})
	if apierrors.IsConflict(err) {
		err = &ChangedError{record.Release, err}
	}
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("delete the record of release %s: %w", record.Release, err)
	}
	return nil
}
