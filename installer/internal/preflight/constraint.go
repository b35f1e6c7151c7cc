package preflight

import (
	"context"
	"fmt"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/manifest"
)

// judgeConstraints judges what the package wants of the cluster, with the meaning
// that Package Operator gives it: every cluster is Kubernetes, and a range for
// a platform that the cluster is not says nothing.
func (c *check) judgeConstraints(ctx context.Context) error {
	unique := false
	for i, constraint := range c.Constraints {
		if len(constraint.Platform) > 0 {
			c.judgePlatform(constraint.Platform, i)
		}
		if constraint.PlatformVersion != nil {
			c.judgeVersion(*constraint.PlatformVersion, i)
		}
		if constraint.UniqueInScope != nil && !unique {
			unique = true
			if err := c.judgeUnique(ctx, i); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *check) constraintFinding(code diagnostic.Code, message, hint string, index int, field string) {
	c.found = append(c.found, diagnostic.Diagnostic{
		Code: code, Message: message, Hint: hint, Field: diagnostic.FieldPath("spec", "constraints", index, field),
	})
}

func (c *check) judgePlatform(wanted []manifest.Platform, index int) {
	names := make([]string, len(wanted))
	for i, platform := range wanted {
		if platform == manifest.PlatformKubernetes || platform == manifest.PlatformOpenShift && c.Environment.OpenShift != nil {
			return
		}
		names[i] = string(platform)
	}
	c.constraintFinding(diagnostic.PlatformUnsupported, fmt.Sprintf("the package supports %s, which the cluster is not", strings.Join(names, ", ")),
		"install it in a cluster of that platform", index, "platform")
}

func (c *check) judgeVersion(wanted manifest.PlatformVersion, index int) {
	text := ""
	switch {
	case wanted.Name == manifest.PlatformKubernetes:
		text = c.Environment.Kubernetes.Version
	case wanted.Name == manifest.PlatformOpenShift && c.Environment.OpenShift != nil:
		text = c.Environment.OpenShift.Version
	default:
		return
	}
	fail := func(message, hint string) {
		c.constraintFinding(diagnostic.PlatformVersionUnsupported, message, hint, index, "platformVersion")
	}
	allowed, err := semver.NewConstraint(wanted.Range)
	if err != nil {
		fail(fmt.Sprintf("%q is no range of versions", wanted.Range), "write a range such as >=1.30")
		return
	}
	version, err := semver.NewVersion(text)
	if err != nil {
		fail(fmt.Sprintf("the package wants %s %s, and the version %q of the cluster says nothing", wanted.Name, wanted.Range, text),
			"give the environment of the cluster")
		return
	}
	// Builds of vendors look like versions before a release: 1.30.4-gke.100.
	released := semver.New(version.Major(), version.Minor(), version.Patch(), "", "")
	if !allowed.Check(released) {
		fail(fmt.Sprintf("the package wants %s %s, and the cluster has %s", wanted.Name, wanted.Range, text),
			"upgrade the cluster, or take a version of the package that supports it")
	}
}

func (c *check) judgeUnique(ctx context.Context, index int) error {
	if c.OtherReleases == nil {
		return nil
	}
	releases, err := c.OtherReleases(ctx)
	if err != nil {
		return fmt.Errorf("looking for other releases of the package %s: %w", c.Instance.PackageName, err)
	}
	var others []string
	for _, release := range releases {
		if release != c.Release && release != (cluster.Release{}) {
			others = append(others, release.String())
		}
	}
	if len(others) == 0 {
		return nil
	}
	where := "in the cluster"
	if c.namespaced() {
		where = "in the namespace"
	}
	c.constraintFinding(diagnostic.PackageNotUnique, fmt.Sprintf("there may be one release of the package %s %s, and there is %s",
		c.Instance.PackageName, where, strings.Join(others, ", ")), "upgrade or delete that one", index, "uniqueInScope")
	return nil
}
