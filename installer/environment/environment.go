package environment

import (
	"context"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/manifest"
)

// What is looked for. On a cluster that is not OpenShift none of it is known, but
// ConfigMap.
var (
	clusterVersion = kind("config.openshift.io", "v1", "ClusterVersion")
	proxy          = kind("config.openshift.io", "v1", "Proxy")
	hostedCluster  = kind("hypershift.openshift.io", "v1beta1", "HostedCluster")
	configMap      = kind("", "v1", "ConfigMap")
)

func kind(group, version, kind string) schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: group, Version: version, Kind: kind}
}

// Discover returns the environment of a cluster:
//
//   - the version of Kubernetes, as the server says it ("v1.36.3");
//   - OpenShift with the version of the last update that was completed, or of the one
//     that is under way where none was yet, if there is a ClusterVersion "version";
//   - on OpenShift, the proxies of the Proxy "cluster", if its status names any;
//   - on OpenShift, the data of the ConfigMap openshift-config/osd-cluster-metadata,
//     which managed clusters have;
//   - HyperShift if the cluster serves HostedClusters. Which one an instance is for
//     depends on its namespace: see [HostedCluster].
//
// Kinds and objects that are missing mean that the cluster is not of that sort.
// Errors are those of the cluster; IsForbidden comes with what to do instead.
func Discover(ctx context.Context, c cluster.Cluster) (manifest.Environment, error) {
	var environment manifest.Environment
	var err error
	if environment.Kubernetes.Version, err = c.ServerVersion(ctx); err != nil {
		return manifest.Environment{}, explain("the version of Kubernetes", err)
	}
	if environment.OpenShift, err = openShift(ctx, c); err != nil {
		return manifest.Environment{}, err
	}
	if environment.OpenShift != nil {
		if environment.Proxy, err = proxies(ctx, c); err != nil {
			return manifest.Environment{}, err
		}
	}
	served, err := isServed(ctx, c)
	if err != nil {
		return manifest.Environment{}, err
	}
	if served {
		environment.HyperShift = &manifest.HyperShiftEnvironment{}
	}
	return environment, nil
}

func openShift(ctx context.Context, c cluster.Reader) (*manifest.OpenShiftEnvironment, error) {
	version, err := find(ctx, c, cluster.NewReference(clusterVersion, "", "version"), "the version of OpenShift")
	if err != nil || version == nil {
		return nil, err
	}
	environment := &manifest.OpenShiftEnvironment{Version: openShiftVersion(version.Object)}
	metadata, err := find(ctx, c, cluster.NewReference(configMap, "openshift-config", "osd-cluster-metadata"), "whether OpenShift is managed")
	if err != nil {
		return nil, err
	}
	if metadata != nil {
		data, _, err := unstructured.NestedStringMap(metadata.Object, "data")
		if err != nil {
			return nil, errors.New("finding out whether OpenShift is managed: the data of ConfigMap openshift-config/osd-cluster-metadata are no texts")
		}
		environment.Managed = &manifest.ManagedOpenShift{Data: data}
	}
	return environment, nil
}

// openShiftVersion returns the version of a ClusterVersion, whose history has the
// newest update first.
func openShiftVersion(object map[string]any) string {
	history, _, _ := unstructured.NestedSlice(object, "status", "history")
	for _, item := range history {
		update, _ := item.(map[string]any)
		if state, _ := update["state"].(string); state == "Completed" {
			version, _ := update["version"].(string)
			return version
		}
	}
	version, _, _ := unstructured.NestedString(object, "status", "desired", "version")
	return version
}

func proxies(ctx context.Context, c cluster.Reader) (*manifest.ProxyEnvironment, error) {
	object, err := find(ctx, c, cluster.NewReference(proxy, "", "cluster"), "the proxies of OpenShift")
	if err != nil || object == nil {
		return nil, err
	}
	text := func(field string) string {
		value, _, _ := unstructured.NestedString(object.Object, "status", field)
		return value
	}
	found := manifest.ProxyEnvironment{HTTPProxy: text("httpProxy"), HTTPSProxy: text("httpsProxy"), NoProxy: text("noProxy")}
	if found == (manifest.ProxyEnvironment{}) {
		return nil, nil
	}
	return &found, nil
}

// isServed tells whether the cluster is one that hosts clusters.
func isServed(ctx context.Context, c cluster.Discoverer) (bool, error) {
	_, err := c.Kind(ctx, hostedCluster)
	var unknown *cluster.UnknownKindError
	switch {
	case errors.As(err, &unknown):
		return false, nil
	case err != nil:
		return false, explain("whether the cluster hosts others", err)
	}
	return true, nil
}

// find returns an object, or nil where it or its kind is missing.
func find(ctx context.Context, c cluster.Reader, reference cluster.Reference, what string) (*unstructured.Unstructured, error) {
	object, err := c.Get(ctx, reference)
	var unknown *cluster.UnknownKindError
	switch {
	case errors.As(err, &unknown), apierrors.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, explain(what+" ("+reference.String()+")", err)
	}
	return object, nil
}

// explain says what could not be found out, and what to do where that is forbidden.
func explain(what string, err error) error {
	if apierrors.IsForbidden(err) {
		return fmt.Errorf("finding out %s: %w. Let somebody grant you to read it, or give the environment yourself, as the context has it", what, err)
	}
	return fmt.Errorf("finding out %s: %w", what, err)
}
