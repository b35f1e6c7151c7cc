package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/manifest"
)

// kubernetesRules are about what the API server of the platform has.
func kubernetesRules() []Rule {
	return []Rule{{
		Code: "api-removed", Severity: errorSeverity,
		Summary: "a version of an API that a Kubernetes of the package's platforms does not have any more",
		Explanation: "The API server refuses the object. The platforms are those of `spec.constraints`, else the version " +
			"of `test.kubeconform`, else the four newest minors of Kubernetes. An object that is rendered only in cases whose " +
			"environment names a version is judged by that version.",
		Example: "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget",
		Cure:    "apiVersion: policy/v1\nkind: PodDisruptionBudget",
		Check:   EachInstance(func(i *Instance) []Finding { return apiVersions(i, true) }),
	}, {
		Code: "api-deprecated", Severity: warningSeverity,
		Summary:     "a version of an API that a later Kubernetes will not have",
		Explanation: "It still works on the platforms of the package. Move to the version that replaces it while both are there.",
		Example:     "apiVersion: resource.k8s.io/v1beta1\nkind: DeviceClass",
		Cure:        "apiVersion: resource.k8s.io/v1\nkind: DeviceClass",
		Check:       EachInstance(func(i *Instance) []Finding { return apiVersions(i, false) }),
	}, {
		Code: "custom-resource-version", Severity: errorSeverity,
		Summary:     "a custom resource in a version that its definition in the package does not serve",
		Explanation: "The API server does not know the object.",
		Example:     "apiVersion: example.com/v1  # the CustomResourceDefinition has v1alpha1 only\nkind: Backup",
		Cure:        "apiVersion: example.com/v1alpha1\nkind: Backup",
		Check:       EachInstance(customResourceVersion),
	}}
}

func apiVersions(i *Instance, removed bool) []Finding {
	var found []Finding
	low, high := i.minors()
	for _, object := range i.Objects {
		life, ok := lifeOf(object)
		gone := life.removed > 0 && high >= life.removed
		if !ok || gone != removed || high < life.deprecated {
			continue
		}
		hint := ""
		if life.replacement != "" {
			hint = "use " + life.replacement
		}
		var message string
		switch {
		case gone && low >= life.removed:
			message = fmt.Sprintf("Kubernetes has no %s of %s since 1.%d", life.version, object.Kind(), life.removed)
		case gone:
			message = fmt.Sprintf("Kubernetes has no %s of %s since 1.%d, and the package is for up to 1.%d", life.version, object.Kind(), life.removed, high)
		case life.removed > 0:
			message = fmt.Sprintf("the %s of %s is deprecated since 1.%d, and is not there from 1.%d on", life.version, object.Kind(), life.deprecated, life.removed)
		default:
			message = fmt.Sprintf("the %s of %s is deprecated since 1.%d", life.version, object.Kind(), life.deprecated)
		}
		found = append(found, i.Find(object, message, hint, "apiVersion"))
	}
	return found
}

// minors returns the lowest and highest minor of Kubernetes 1 that the case is for.
func (i *Instance) minors() (low, high int) {
	if minor, ok := minorOf(i.Case.Context.Environment.Kubernetes.Version); ok && !i.hasDefaultEnvironment() {
		return minor, minor
	}
	return i.subject.minors()
}

// hasDefaultEnvironment tells whether nobody chose the environment of the case.
func (i *Instance) hasDefaultEnvironment() bool {
	return i.Case.Origin == matrix.FromDefaults && i.Case.Environment == ""
}

func minorOf(text string) (int, bool) {
	version, err := semver.NewVersion(text)
	if err != nil || version.Major() != 1 || version.Minor() > 1000 {
		return 0, false
	}
	return int(version.Minor()), true
}

// openShiftOffset is how far the minors of Kubernetes 1 are ahead of those of
// OpenShift 4.
const openShiftOffset = 13

// minors returns the platforms of a package.
func (s *Subject) minors() (low, high int) {
	low, high = newestMinor-3, newestMinor
	ranges := map[manifest.Platform]*semver.Constraints{}
	for _, constraint := range s.Package.Manifest.Spec.Constraints {
		if version := constraint.PlatformVersion; version != nil {
			if parsed, err := semver.NewConstraint(version.Range); err == nil {
				ranges[version.Name] = parsed
			}
		}
	}
	if len(ranges) == 0 {
		if kubeconform := s.Package.Manifest.Test.Kubeconform; kubeconform != nil {
			if minor, ok := minorOf(kubeconform.KubernetesVersion); ok {
				return minor, minor
			}
		}
		return low, high
	}
	var inside []int
	for minor := range newestMinor + 1 {
		kubernetes, openShift := ranges[manifest.PlatformKubernetes], ranges[manifest.PlatformOpenShift]
		if kubernetes != nil && allows(kubernetes, 1, minor) || openShift != nil && allows(openShift, 4, minor-openShiftOffset) {
			inside = append(inside, minor)
		}
	}
	if len(inside) == 0 {
		return low, high // of a future that is not known yet
	}
	return slices.Min(inside), slices.Max(inside)
}

// allows tells whether some patch of a minor is in a range.
func allows(constraint *semver.Constraints, major, minor int) bool {
	if minor < 0 {
		return false
	}
	for _, patch := range []uint64{0, 5, 20, 99} {
		if constraint.Check(semver.New(uint64(major), uint64(minor), patch, "", "")) {
			return true
		}
	}
	return false
}

func customResourceVersion(i *Instance) []Finding {
	definitions := i.definitions()
	var found []Finding
	for _, object := range i.Objects {
		gvk := object.GroupVersionKind()
		d, ok := definitions[[2]string{gvk.Group, gvk.Kind}]
		if !ok || slices.Contains(d.served, gvk.Version) {
			continue
		}
		message := fmt.Sprintf("the %s has no version %s", d.object, gvk.Version)
		if d.version[gvk.Version] {
			message = fmt.Sprintf("the %s does not serve the version %s", d.object, gvk.Version)
		}
		found = append(found, i.Find(object, message, "it serves "+strings.Join(d.served, ", "), "apiVersion"))
	}
	return found
}
