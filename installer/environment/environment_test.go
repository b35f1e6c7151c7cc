package environment_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/environment"
	"github.com/packstage/packstage/manifest"
)

// definition of a kind of OpenShift or HyperShift, as far as it matters.
func definition(group, version, kind, plural, scope string) string {
	return fmt.Sprintf(`
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: %[4]s.%[1]s}
spec:
  group: %[1]s
  names: {kind: %[3]s, plural: %[4]s, singular: %[5]s, listKind: %[3]sList}
  scope: %[6]s
  versions:
  - name: %[2]s
    served: true
    storage: true
    subresources: {status: {}}
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
---
`, group, version, kind, plural, strings.ToLower(kind), scope)
}

var (
	clusterVersions = definition("config.openshift.io", "v1", "ClusterVersion", "clusterversions", "Cluster")
	proxies         = definition("config.openshift.io", "v1", "Proxy", "proxies", "Cluster")
	hostedClusters  = definition("hypershift.openshift.io", "v1beta1", "HostedCluster", "hostedclusters", "Namespaced")
)

const (
	version = `
apiVersion: config.openshift.io/v1
kind: ClusterVersion
metadata: {name: version}
status:
  desired: {version: 4.21.0}
  history:
  - {state: Partial, version: 4.21.0}
  - {state: Completed, version: 4.20.3}
  - {state: Completed, version: 4.19.9}
---
`
	installing = `
apiVersion: config.openshift.io/v1
kind: ClusterVersion
metadata: {name: version}
status: {desired: {version: 4.21.0}, history: [{state: Partial, version: 4.21.0}]}
---
`
	silent = `{apiVersion: config.openshift.io/v1, kind: ClusterVersion, metadata: {name: version}}
---
`
	proxied = `
apiVersion: config.openshift.io/v1
kind: Proxy
metadata: {name: cluster}
spec: {httpProxy: "http://wanted"}
status: {httpProxy: "http://proxy", httpsProxy: "https://proxy", noProxy: ".svc"}
---
`
	partlyProxied = `{apiVersion: config.openshift.io/v1, kind: Proxy, metadata: {name: cluster}, status: {noProxy: .svc}}
---
`
	unproxied = `{apiVersion: config.openshift.io/v1, kind: Proxy, metadata: {name: cluster}, spec: {httpProxy: "http://wanted"}}
---
`
	managed = `{apiVersion: v1, kind: ConfigMap, metadata: {namespace: openshift-config, name: osd-cluster-metadata}, data: {api.openshift.com_id: x}}
---
`
	hosted = `
apiVersion: hypershift.openshift.io/v1beta1
kind: HostedCluster
metadata: {namespace: clusters, name: shop.eu, labels: {a: b}}
spec: {nodeSelector: {zone: eu}}
---
`
)

// load returns a cluster with the objects of YAML documents.
func load(t *testing.T, documents string, options ...clustertest.Option) *clustertest.Cluster {
	t.Helper()
	c := clustertest.New(options...)
	for _, document := range bytes.Split([]byte(documents), []byte("\n---\n")) {
		object := &unstructured.Unstructured{}
		require.NoError(t, yaml.Unmarshal(document, &object.Object))
		if len(object.Object) > 0 {
			require.NoError(t, c.Load(object))
		}
	}
	return c
}

func TestDiscover(t *testing.T) {
	t.Parallel()
	kubernetes := manifest.KubernetesEnvironment{Version: "v1.36.3"}
	openShift := func(version string) *manifest.OpenShiftEnvironment {
		return &manifest.OpenShiftEnvironment{Version: version}
	}
	for name, test := range map[string]struct {
		objects string
		want    manifest.Environment
	}{
		"Kubernetes":                      {"", manifest.Environment{}},
		"Kubernetes with a ConfigMap":     {managed, manifest.Environment{}},
		"OpenShift":                       {clusterVersions + proxies + version, manifest.Environment{OpenShift: openShift("4.20.3")}},
		"OpenShift that is installed":     {clusterVersions + installing, manifest.Environment{OpenShift: openShift("4.21.0")}},
		"OpenShift that says nothing":     {clusterVersions + silent, manifest.Environment{OpenShift: openShift("")}},
		"definitions without the version": {clusterVersions + proxies + proxied, manifest.Environment{}},
		"no proxy in effect":              {clusterVersions + proxies + version + unproxied, manifest.Environment{OpenShift: openShift("4.20.3")}},
		"only what is not to be proxied":  {clusterVersions + proxies + version + partlyProxied, manifest.Environment{OpenShift: openShift("4.20.3"), Proxy: &manifest.ProxyEnvironment{NoProxy: ".svc"}}},
		"HyperShift":                      {hostedClusters, manifest.Environment{HyperShift: &manifest.HyperShiftEnvironment{}}},
		"HyperShift of another version":   {strings.ReplaceAll(hostedClusters, "v1beta1", "v1alpha1"), manifest.Environment{}},
		"everything": {clusterVersions + proxies + hostedClusters + version + proxied + managed + hosted, manifest.Environment{
			OpenShift:  &manifest.OpenShiftEnvironment{Version: "4.20.3", Managed: &manifest.ManagedOpenShift{Data: map[string]string{"api.openshift.com_id": "x"}}},
			Proxy:      &manifest.ProxyEnvironment{HTTPProxy: "http://proxy", HTTPSProxy: "https://proxy", NoProxy: ".svc"},
			HyperShift: &manifest.HyperShiftEnvironment{},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.want.Kubernetes = kubernetes
			found, err := environment.Discover(t.Context(), load(t, test.objects))
			require.NoError(t, err)
			require.Equal(t, test.want, found)
		})
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	t.Parallel()
	all := clusterVersions + proxies + version + managed
	for kind, want := range map[string]string{
		"ClusterVersion": "finding out the version of OpenShift (ClusterVersion.config.openshift.io version)",
		"Proxy":          "finding out the proxies of OpenShift (Proxy.config.openshift.io cluster)",
		"ConfigMap":      "finding out whether OpenShift is managed (ConfigMap openshift-config/osd-cluster-metadata)",
	} {
		refuse := func(err error) clustertest.Option {
			return clustertest.WithFault(func(_ context.Context, call clustertest.Call) error {
				if call.Reference.Kind == kind {
					return err
				}
				return nil
			})
		}
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			forbidden := apierrors.NewForbidden(schema.GroupResource{Resource: "x"}, "y", errors.New("not for you"))
			_, err := environment.Discover(t.Context(), load(t, all, refuse(forbidden)))
			require.True(t, apierrors.IsForbidden(err), "%v", err)
			require.ErrorContains(t, err, want)
			require.ErrorContains(t, err, "or give the environment yourself")
			_, err = environment.Discover(t.Context(), load(t, all, refuse(apierrors.NewServiceUnavailable("later"))))
			require.True(t, apierrors.IsServiceUnavailable(err), "%v", err)
			require.NotContains(t, err.Error(), "yourself")
		})
	}
	t.Run("discovery", func(t *testing.T) {
		t.Parallel()
		down := clustertest.WithFault(func(_ context.Context, call clustertest.Call) error {
			return apierrors.NewServiceUnavailable("later")
		})
		_, err := environment.Discover(t.Context(), load(t, "", down))
		require.ErrorContains(t, err, "finding out the version of Kubernetes: later")
	})
}

func TestHostedCluster(t *testing.T) {
	t.Parallel()
	c := load(t, hostedClusters+hosted)
	found, err := environment.HostedCluster(t.Context(), c, "clusters-shop-eu")
	require.NoError(t, err)
	require.Equal(t, &manifest.HostedCluster{
		Metadata:               manifest.HostedClusterMetadata{Name: "shop.eu", Namespace: "clusters", Labels: map[string]string{"a": "b"}},
		HostedClusterNamespace: "clusters-shop-eu", NodeSelector: map[string]string{"zone": "eu"},
	}, found)
	found, err = environment.HostedCluster(t.Context(), c, "clusters")
	require.NoError(t, err)
	require.Nil(t, found)
	found, err = environment.HostedCluster(t.Context(), load(t, ""), "clusters-shop-eu")
	require.NoError(t, err)
	require.Nil(t, found)
	_, err = environment.HostedCluster(t.Context(), load(t, strings.ReplaceAll(hostedClusters+hosted, "{zone: eu}", "[zone]")), "clusters-shop-eu")
	require.ErrorContains(t, err, "clusters/shop.eu: .spec.nodeSelector is no map of texts")
}
