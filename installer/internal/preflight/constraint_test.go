package preflight_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/internal/preflight"
	"github.com/packstage/packstage/manifest"
)

func TestConstraints(t *testing.T) {
	t.Parallel()
	openShift := manifest.Environment{Kubernetes: manifest.KubernetesEnvironment{Version: "v1.29.4+abc"}, OpenShift: &manifest.OpenShiftEnvironment{Version: "4.16.0-rc.2"}}
	kubernetes := func(version string) manifest.Environment {
		return manifest.Environment{Kubernetes: manifest.KubernetesEnvironment{Version: version}}
	}
	wants := func(platform manifest.Platform, versions string) manifest.Constraint {
		return manifest.Constraint{PlatformVersion: &manifest.PlatformVersion{Name: platform, Range: versions}}
	}
	for name, test := range map[string]struct {
		constraint  manifest.Constraint
		environment manifest.Environment
		want        string
	}{
		"every cluster is Kubernetes":      {manifest.Constraint{Platform: []manifest.Platform{manifest.PlatformOpenShift, manifest.PlatformKubernetes}}, kubernetes("1.30"), ""},
		"OpenShift is Kubernetes":          {manifest.Constraint{Platform: []manifest.Platform{manifest.PlatformKubernetes}}, openShift, ""},
		"Kubernetes is not OpenShift":      {manifest.Constraint{Platform: []manifest.Platform{manifest.PlatformOpenShift}}, kubernetes("1.30"), "platform-unsupported"},
		"OpenShift":                        {manifest.Constraint{Platform: []manifest.Platform{manifest.PlatformOpenShift}}, openShift, ""},
		"new enough":                       {wants(manifest.PlatformKubernetes, ">=1.30"), kubernetes("v1.30.0"), ""},
		"short version":                    {wants(manifest.PlatformKubernetes, ">=1.30 <1.34"), kubernetes("1.33"), ""},
		"vendor build":                     {wants(manifest.PlatformKubernetes, ">=1.30.4"), kubernetes("v1.30.4-gke.1043002"), ""},
		"vendor build of an older one":     {wants(manifest.PlatformKubernetes, ">=1.30.4"), kubernetes("v1.30.3-eks-5e0fdde"), "platform-version-unsupported"},
		"too old":                          {wants(manifest.PlatformKubernetes, ">=1.30"), kubernetes("v1.29.9"), "platform-version-unsupported"},
		"unknown version":                  {wants(manifest.PlatformKubernetes, ">=1.30"), kubernetes(""), "platform-version-unsupported"},
		"no range":                         {wants(manifest.PlatformKubernetes, "banana"), kubernetes("1.30"), "platform-version-unsupported"},
		"OpenShift before a release":       {wants(manifest.PlatformOpenShift, ">=4.16"), openShift, ""},
		"OpenShift too old":                {wants(manifest.PlatformOpenShift, ">=4.17"), openShift, "platform-version-unsupported"},
		"OpenShift where there is none":    {wants(manifest.PlatformOpenShift, ">=4.17"), kubernetes("1.30"), ""},
		"another release":                  {manifest.Constraint{UniqueInScope: &manifest.UniqueInScope{}}, kubernetes("1.30"), "package-not-unique"},
		"another release, and nobody asks": {manifest.Constraint{}, kubernetes("1.30"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, "")
			options := newOptions(c, newInstance(t, manifest.ScopeCluster, settings))
			options.Constraints, options.Environment = []manifest.Constraint{{}, test.constraint}, test.environment
			options.OtherReleases = func(context.Context) ([]cluster.Release, error) {
				return []cluster.Release{shop, {Namespace: "other", Name: "shop"}}, nil
			}
			result := check(t, c, options)
			if test.want == "" {
				require.Empty(t, result.Diagnostics)
				return
			}
			require.Equal(t, []string{test.want}, codes(result.Diagnostics, diagnostic.Error))
			require.Contains(t, result.Diagnostics[0].Field, "spec.constraints[1].")
			require.Equal(t, test.want == "package-not-unique", strings.Contains(result.Diagnostics[0].Message, "other/shop"))
		})
	}
}

func TestUniqueInScope(t *testing.T) {
	t.Parallel()
	c := newCluster(t, "")
	options := newOptions(c, newInstance(t, manifest.ScopeCluster, settings))
	options.Constraints = []manifest.Constraint{{UniqueInScope: &manifest.UniqueInScope{}}}
	options.OtherReleases = func(context.Context) ([]cluster.Release, error) { return []cluster.Release{shop}, nil }
	require.Empty(t, check(t, c, options).Diagnostics, "the release itself does not count")
	trouble := errors.New("no answer")
	options.OtherReleases = func(context.Context) ([]cluster.Release, error) { return nil, trouble }
	_, err := preflight.Check(t.Context(), options)
	require.ErrorIs(t, err, trouble)
}
