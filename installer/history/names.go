package history

import (
	"fmt"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/packstage/packstage/installer/cluster"
)

const (
	// TypeRecord is the type of the Secret with the record.
	TypeRecord = cluster.ReservedPrefix + "release"
	// TypeRevision is the type of the Secrets with a revision.
	TypeRevision = cluster.ReservedPrefix + "revision"
	// LabelState is on all Secrets of this package, with the value [StateRecord] or
	// [StateRevision], and tells them from objects of the release.
	LabelState = cluster.LabelReleaseState
	// StateRecord is the value of [LabelState] of records.
	StateRecord = "record"
	// StateRevision is the value of [LabelState] of revisions.
	StateRevision = "revision"
	// LabelPackage is on records: the name of the package, where it can be a label.
	LabelPackage = cluster.ReservedPrefix + "package"
	// LabelRevision is on all Secrets of a revision: its number.
	LabelRevision = cluster.ReservedPrefix + "revision"
	// LabelContent is on all Secrets of a revision: its number and the beginning of
	// its content's digest. It makes finding what belongs to none a cheap question.
	LabelContent = cluster.ReservedPrefix + "content"
	// AnnotationAbout is on the first Secret of a revision: what a lost record is made
	// from again, as JSON.
	AnnotationAbout = cluster.ReservedPrefix + "about"

	// MaxName is the longest name of a release, in bytes.
	MaxName = 53
	// maxNumber is the highest number of a revision, which nobody reaches by installing;
	// it keeps the next one a number, too.
	maxNumber = 1 << 30

	recordPrefix   = "packstage.release."
	revisionPrefix = "packstage.revision."
	leasePrefix    = "packstage."
	recordKey      = "record"
	contentKey     = "content"
)

func secretKind() schema.GroupVersionKind {
	return schema.GroupVersionKind{Version: "v1", Kind: "Secret"}
}

// RecordReference is where the record of a release is.
func RecordReference(release cluster.Release) cluster.Reference {
	return secretReference(release, recordName(release))
}

func recordName(release cluster.Release) string { return recordPrefix + release.Name }

// revisionName returns the name of the Secret with a part of a revision; part 0 is
// in the first Secret, which goes by the number alone.
func revisionName(release cluster.Release, number, chunk int) string {
	name := revisionPrefix + release.Name + "." + strconv.Itoa(number)
	if chunk > 0 {
		name += "." + strconv.Itoa(chunk)
	}
	return name
}

// parseRevisionName is the inverse of revisionName.
func parseRevisionName(release cluster.Release, name string) (number, chunk int, ok bool) {
	rest, found := strings.CutPrefix(name, revisionPrefix+release.Name+".")
	if !found {
		return 0, 0, false
	}
	numberText, chunkText, split := strings.Cut(rest, ".")
	number, err := strconv.Atoi(numberText)
	if err != nil {
		return 0, 0, false
	}
	if split {
		if chunk, err = strconv.Atoi(chunkText); err != nil {
			return 0, 0, false
		}
	}
	return number, chunk, number > 0 && number <= maxNumber && chunk >= 0 && revisionName(release, number, chunk) == name
}

func secretReference(release cluster.Release, name string) cluster.Reference {
	return cluster.NewReference(secretKind(), release.Namespace, name)
}

// stateLabels returns the labels that every Secret of a release's state has.
func stateLabels(release cluster.Release, state string) map[string]any {
	return map[string]any{
		cluster.LabelRelease: release.Name, cluster.LabelReleaseNamespace: release.Namespace, LabelState: state,
	}
}

func stateSelector(release cluster.Release, state string) string {
	return release.Selector() + "," + LabelState + "=" + state
}

// contentLabel returns the value of [LabelContent].
func contentLabel(revision Revision) string {
	sum := strings.TrimPrefix(revision.ContentDigest, "sha256:")
	return strconv.Itoa(revision.Number) + "-" + sum[:min(16, len(sum))]
}

// checkRelease returns what is wrong with the names of a release.
func checkRelease(release cluster.Release) error {
	if found := validation.IsDNS1123Label(release.Namespace); len(found) > 0 {
		return fmt.Errorf("namespace %q of release %q: %s", release.Namespace, release.Name, found[0])
	}
	if found := validation.IsDNS1123Label(release.Name); len(found) > 0 {
		return fmt.Errorf("name of release %q: %s", release.Name, found[0])
	}
	if len(release.Name) > MaxName {
		return fmt.Errorf("name of release %q: %d characters are more than %d", release.Name, len(release.Name), MaxName)
	}
	return nil
}

// ReservedObject reports whether an object is one that only the installer may
// write: a Secret with the name or the type of a release's state, or a Lease with
// the name of a release's lock. No package may bring one. A name that the server
// would make up (generateName) counts by its beginning.
func ReservedObject(object map[string]any) bool {
	apiVersion, _ := object["apiVersion"].(string)
	kind, _ := object["kind"].(string)
	metadata, _ := object["metadata"].(map[string]any)
	name, _ := metadata["name"].(string)
	if name == "" {
		name, _ = metadata["generateName"].(string)
	}
	switch schema.FromAPIVersionAndKind(apiVersion, kind).GroupKind() {
	case schema.GroupKind{Kind: "Secret"}:
		secretType, _ := object["type"].(string)
		return strings.HasPrefix(name, recordPrefix) || strings.HasPrefix(name, revisionPrefix) ||
			strings.HasPrefix(secretType, cluster.ReservedPrefix)
	case schema.GroupKind{Group: "coordination.k8s.io", Kind: "Lease"}:
		return strings.HasPrefix(name, leasePrefix)
	default:
		return false
	}
}
