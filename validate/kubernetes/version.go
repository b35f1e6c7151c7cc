package kubernetes

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
)

// minor returns the minor of a version of Kubernetes in any form: "v1.36",
// "1.36.2", "v1.36.0-rc.1+build".
func minor(version string) (int, bool) {
	parts := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	if len(parts) < 2 || parts[0] != "1" {
		return 0, false
	}
	number, err := strconv.Atoi(parts[1])
	return number, err == nil && number >= 0
}

// ValidVersion reports whether a text is a version of Kubernetes.
func ValidVersion(version string) bool {
	_, ok := minor(version)
	return ok
}

// release returns the index of the release whose minor is nearest to that of a
// version, and whether it is the same. Releases are in order, without gaps.
func (c *Catalog) release(version string) (index int, exact bool) {
	newest := len(c.versions) - 1
	wanted, ok := minor(version)
	if !ok {
		return newest, false
	}
	for i, held := range c.versions {
		switch number, _ := minor(held); {
		case number == wanted:
			return i, true
		case number > wanted:
			return i, false
		}
	}
	return newest, false
}

// choice is the release that objects are checked against, and why.
type choice struct {
	release int
	// open tells that nobody asked for the release, so that the environment of a
	// render may say better.
	open  bool
	found diagnostic.Diagnostics
}

const versionField = "test.kubeconform.kubernetesVersion"

// choose chooses the release for a package: what the options say, or else the
// test settings of the manifest, or else, where a render does not say what it is
// for, the newest one that the constraints of the package allow.
func (c *Catalog) choose(option string, m *manifest.PackageManifest) choice {
	wanted, field := option, ""
	if settings := m.Test.Kubeconform; wanted == "" && settings != nil && settings.KubernetesVersion != "" {
		wanted, field = settings.KubernetesVersion, versionField
	}
	if wanted == "" {
		return choice{release: c.constrained(m), open: true}
	}
	if wanted == "master" || wanted == "latest" {
		return choice{release: len(c.versions) - 1}
	}
	index, exact := c.release(wanted)
	chosen := choice{release: index}
	if !exact {
		chosen.found = diagnostic.Diagnostics{{
			Code: diagnostic.ObjectSchemaVersion, Severity: diagnostic.Warning, Field: field,
			Message: fmt.Sprintf("there are no schemas of Kubernetes %s; objects are checked against %s", wanted, c.versions[index]),
			Hint:    fmt.Sprintf("there are %s to %s", shortVersion(c.versions[0]), shortVersion(c.versions[len(c.versions)-1])),
		}}
	}
	return chosen
}

// constrained returns the newest release that the constraints allow, or the newest
// of all where they allow none or say nothing.
func (c *Catalog) constrained(m *manifest.PackageManifest) int {
	newest := len(c.versions) - 1
	for _, constraint := range m.Spec.Constraints {
		if constraint.PlatformVersion == nil || constraint.PlatformVersion.Name != manifest.PlatformKubernetes {
			continue
		}
		allowed, err := semver.NewConstraint(constraint.PlatformVersion.Range)
		if err != nil {
			continue // a finding of the manifest's rules
		}
		for i, held := range slices.Backward(c.versions) {
			if version, err := semver.NewVersion(held); err == nil && allowed.Check(version) {
				newest = min(newest, i)
				break
			}
		}
	}
	return newest
}

// shortVersion is "1.36" of "1.36.3".
func shortVersion(version string) string {
	if i := strings.LastIndexByte(version, '.'); strings.Count(version, ".") == 2 {
		return version[:i]
	}
	return version
}
