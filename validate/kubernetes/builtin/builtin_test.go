package builtin_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/validate/kubernetes/builtin"
)

func TestVersions(t *testing.T) {
	t.Parallel()
	versions := builtin.Versions()
	require.GreaterOrEqual(t, len(versions), 4)
	for i, version := range versions {
		require.Regexp(t, fmt.Sprintf(`^1\.%d\.\d+$`, 28+i), version, "one for each minor, without gaps")
		require.Greater(t, len(builtin.Kinds(version)), 60, version)
	}
	require.Equal(t, builtin.Kinds("1.36"), builtin.Kinds("v1.36.0"))
	for _, unknown := range []string{"1.12", "1.99", "2.0", "x", ""} {
		require.Nil(t, builtin.Kinds(unknown), unknown)
	}
}

func TestKinds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		group, version, kind string
		namespaced, known    bool
		first, last          string
	}{
		{"", "v1", "ConfigMap", true, true, "1.28.2", "1.37.1"},
		{"", "v1", "Namespace", false, true, "1.28.2", "1.37.1"},
		{"apps", "v1", "Deployment", true, true, "1.28.2", "1.37.1"},
		{"rbac.authorization.k8s.io", "v1", "ClusterRole", false, true, "1.28.2", "1.37.1"},
		{"apiextensions.k8s.io", "v1", "CustomResourceDefinition", false, true, "1.28.2", "1.37.1"},
		{"apiregistration.k8s.io", "v1", "APIService", false, true, "1.28.2", "1.37.1"},
		{"flowcontrol.apiserver.k8s.io", "v1beta2", "FlowSchema", false, true, "1.28.2", "1.28.2"},
		{"flowcontrol.apiserver.k8s.io", "v1beta3", "FlowSchema", false, true, "1.28.2", "1.31.14"},
		{"flowcontrol.apiserver.k8s.io", "v1", "FlowSchema", false, true, "1.29.6", "1.37.1"},
		{"policy", "v1", "Eviction", false, false, "", ""},
		{"", "v1", "ConfigMapList", false, false, "", ""},
		{"policy", "v1beta1", "PodSecurityPolicy", false, false, "", ""},
	} {
		gvk := schema.GroupVersionKind{Group: test.group, Version: test.version, Kind: test.kind}
		namespaced, known := builtin.Namespaced(gvk)
		require.Equal(t, test.known, known, gvk)
		require.Equal(t, test.namespaced, namespaced, gvk)
		served := builtin.ServedBy(gvk)
		if !known {
			require.Empty(t, served)
			continue
		}
		require.Equal(t, test.first, served[0], gvk)
		require.Equal(t, test.last, served[len(served)-1], gvk)
		kind, _ := builtin.Lookup(gvk)
		require.Contains(t, builtin.Kinds(test.first), kind)
	}
}

// The kinds that a version of Kubernetes has no more.
func ExampleServedBy() {
	served := builtin.ServedBy(schema.GroupVersionKind{Group: "flowcontrol.apiserver.k8s.io", Version: "v1beta3", Kind: "FlowSchema"})
	fmt.Println(served)
	namespaced, known := builtin.Namespaced(schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"})
	fmt.Println(namespaced, known)
	// Output:
	// [1.28.2 1.29.6 1.30.14 1.31.14]
	// true true
}
