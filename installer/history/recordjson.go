package history

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"unicode/utf8"

	kjson "sigs.k8s.io/json"

	"github.com/packstage/packstage/packagetypes"
)

const (
	// MaxMessage is the most bytes of one message, or of one text that people have
	// written, in a stored record.
	MaxMessage = 1 << 10
	// maxRecord bounds the JSON of a record, well under what a Secret may have.
	maxRecord     = 768 << 10
	recordVersion = 1
)

// storedRecord is the JSON of a record.
type storedRecord struct {
	Version int `json:"version"`
	Record
}

// encodeRecord returns the JSON of a record, cut to its bounds; the record stays as
// it is.
func encodeRecord(record *Record) ([]byte, error) {
	cut := cutRecord(record)
	if err := checkRecord(cut); err != nil {
		return nil, fmt.Errorf("store the record of release %s: %w", record.Release, err)
	}
	encoded, err := json.Marshal(storedRecord{recordVersion, *cut})
	if err != nil {
		return nil, fmt.Errorf("encode the record of release %s: %w", record.Release, err)
	}
	for _, drop := range []func(*Record, int) bool{dropPhases, dropTexts} {
		if len(encoded) > maxRecord && drop(cut, len(encoded)-maxRecord) {
			if encoded, err = json.Marshal(storedRecord{recordVersion, *cut}); err != nil {
				return nil, fmt.Errorf("encode the record of release %s: %w", record.Release, err)
			}
		}
	}
	if len(encoded) > maxRecord {
		return nil, fmt.Errorf("store the record of release %s: %w", record.Release,
			&packagetypes.LimitError{Limit: "Record", Value: int64(len(encoded)), Max: maxRecord})
	}
	return encoded, nil
}

// dropPhases takes the phases from the oldest revisions, and last from the removal,
// until that many bytes are saved, and reports whether it took any.
func dropPhases(record *Record, excess int) (dropped bool) {
	var lists []*[]PhaseOutcome
	for i := range record.Revisions {
		lists = append(lists, &record.Revisions[i].Phases)
	}
	if record.Removal != nil {
		lists = append(lists, &record.Removal.Phases)
	}
	for _, phases := range lists {
		if excess <= 0 {
			break
		}
		if len(*phases) == 0 {
			continue
		}
		// The list itself is what is saved at least: its key and a comma come on top.
		if encoded, err := json.Marshal(*phases); err == nil {
			excess -= len(encoded)
		}
		*phases, dropped = nil, true
	}
	return dropped
}

// shortText is the most bytes of a text that is cut for want of room.
const shortText = 64

// dropTexts cuts what people have written of the oldest revisions, and what was said of
// them, until that many bytes are saved, and reports whether it cut any.
func dropTexts(record *Record, excess int) (dropped bool) {
	for i := range record.Revisions {
		for _, text := range record.Revisions[i].texts() {
			if excess <= 0 {
				return dropped
			}
			if len(*text) > shortText {
				excess -= len(*text) - shortText
				*text, dropped = cutTo(*text, shortText), true
			}
		}
	}
	return dropped
}

// decodeRecord is the inverse of encodeRecord.
func decodeRecord(encoded []byte) (*Record, error) {
	if len(encoded) > maxRecord {
		return nil, &packagetypes.LimitError{Limit: "Record", Value: int64(len(encoded)), Max: maxRecord}
	}
	var version struct {
		Version int `json:"version"`
	}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(encoded, &version); err != nil {
		return nil, err
	}
	if version.Version != recordVersion {
		return nil, &versionError{version.Version}
	}
	var stored storedRecord
	strict, err := kjson.UnmarshalStrict(encoded, &stored)
	if err := errors.Join(append(strict, err)...); err != nil {
		return nil, err
	}
	if err := checkRecord(&stored.Record); err != nil {
		return nil, err
	}
	return &stored.Record, nil
}

// versionError tells of a record of another version, which must not be deleted for
// that.
type versionError struct{ version int }

func (e *versionError) Error() string {
	return fmt.Sprintf("version %d of the record, where version %d is known", e.version, recordVersion)
}

// cutRecord returns a copy with texts cut to their bounds.
func cutRecord(record *Record) *Record {
	cut := *record
	cut.Message = cutText(cut.Message)
	if cut.Paused != nil {
		paused := *cut.Paused
		paused.Who, paused.Why = cutText(paused.Who), cutText(paused.Why)
		cut.Paused = &paused
	}
	if cut.Removal != nil {
		removal := *cut.Removal
		removal.Phases = cutPhases(removal.Phases)
		cut.Removal = &removal
	}
	cut.Revisions = slices.Clone(cut.Revisions)
	for i := range cut.Revisions {
		cut.Revisions[i] = cutRevision(cut.Revisions[i])
	}
	return &cut
}

func cutRevision(revision Revision) Revision {
	for _, text := range revision.texts() {
		*text = cutText(*text)
	}
	revision.Phases = cutPhases(revision.Phases)
	return revision
}

func cutPhases(phases []PhaseOutcome) []PhaseOutcome {
	phases = slices.Clone(phases)
	for i := range phases {
		phases[i].Message = cutText(phases[i].Message)
	}
	return phases
}

// texts are those of a revision that can be of any length.
func (r *Revision) texts() []*string { return []*string{&r.Message, &r.Who, &r.Why, &r.Reference} }

func cutText(text string) string { return cutTo(text, MaxMessage) }

// cutTo cuts between characters, and shows that it has.
func cutTo(text string, longest int) string {
	const more = "…"
	if len(text) <= longest {
		return text
	}
	end := longest - len(more)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + more
}

var digestForm = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// checkRecord returns what cannot be in a record: nothing that the installer does
// leads to it.
func checkRecord(record *Record) error {
	if err := checkRelease(record.Release); err != nil {
		return err
	}
	switch record.State {
	case StateProgressing, StateAvailable, StateFailed, StateRemoving:
	default:
		return fmt.Errorf("state %q, which is none", record.State)
	}
	last := 0
	for _, revision := range record.Revisions {
		if revision.Number <= last {
			return fmt.Errorf("revision %d behind revision %d", revision.Number, last)
		}
		last = revision.Number
		if err := checkRevision(revision); err != nil {
			return fmt.Errorf("revision %d: %w", revision.Number, err)
		}
	}
	for _, number := range []int{record.Target, record.Available} {
		if _, found := record.Revision(number); number != 0 && !found {
			return fmt.Errorf("revision %d, which it needs, is not in it", number)
		}
	}
	return nil
}

func checkRevision(revision Revision) error {
	if revision.Number > maxNumber {
		return fmt.Errorf("number %d, where %d is the highest", revision.Number, maxNumber)
	}
	switch revision.State {
	case RevisionProgressing, RevisionAvailable, RevisionFailed, RevisionSuperseded:
	default:
		return fmt.Errorf("state %q, which is none", revision.State)
	}
	if !digestForm.MatchString(revision.ContentDigest) {
		return errors.New("contentDigest is no digest")
	}
	if revision.Chunks < 1 || revision.Chunks > MaxChunks {
		return fmt.Errorf("%d chunks, where 1 to %d are possible", revision.Chunks, MaxChunks)
	}
	if revision.Bytes < 1 || revision.Bytes > revision.Chunks*MaxChunk {
		return fmt.Errorf("%d bytes in %d chunks", revision.Bytes, revision.Chunks)
	}
	return nil
}
