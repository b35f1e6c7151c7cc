package dynamiccluster

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"
	"k8s.io/client-go/rest"
)

// served asks a server what it serves. client-go's own discovery client would link
// every type of Kubernetes.
type served struct{ client rest.Interface }

var _ Discovery = (*served)(nil)

// aggregated are the forms in which a server may say what it serves: all in one
// answer since Kubernetes 1.27, or a list of groups to be asked one by one.
const aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList," +
	"application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"

// get reads a document; accept is empty for plain JSON.
func (s *served) get(ctx context.Context, accept string, into any, path ...string) error {
	request := s.client.Get().AbsPath(path...)
	if accept != "" {
		request.SetHeader("Accept", accept)
	}
	result := request.Do(ctx)
	if err := result.Error(); err != nil {
		return err
	}
	content, err := result.Raw()
	if err != nil {
		return err
	}
	if err := json.Unmarshal(content, into); err != nil {
		return fmt.Errorf("what answers there is no Kubernetes API server: reading its answer: %w", err)
	}
	return nil
}

// ServerVersionWithContext returns the version of the server.
func (s *served) ServerVersionWithContext(ctx context.Context) (*version.Info, error) {
	info := &version.Info{}
	return info, s.get(ctx, "", info, "/version")
}

// ServerResourcesForGroupVersionWithContext returns what a version of a group serves.
func (s *served) ServerResourcesForGroupVersionWithContext(ctx context.Context, groupVersion string) (*metav1.APIResourceList, error) {
	parsed, err := schema.ParseGroupVersion(groupVersion)
	if err != nil {
		return nil, err
	}
	path := []string{"/apis", parsed.Group, parsed.Version}
	if parsed.Group == "" {
		path = []string{"/api", parsed.Version}
	}
	list := &metav1.APIResourceList{}
	return list, s.get(ctx, "", list, path...)
}

// groups is the answer of /api and /apis, in each of its forms.
type groups struct {
	// Items are groups with all that they serve.
	Items []struct {
		Metadata struct {
			Name string `json:"name"`
		} `json:"metadata"`
		Versions []servedVersion `json:"versions"`
	} `json:"items"`
	// Groups are names of what is below /apis, Versions of what is below /api.
	Groups   []metav1.APIGroup `json:"groups"`
	Versions []string          `json:"versions"`
}

// servedVersion is a version of a group with all that it serves.
type servedVersion struct {
	Version   string `json:"version"`
	Freshness string `json:"freshness"`
	Resources []struct {
		Resource     string                   `json:"resource"`
		ResponseKind *metav1.GroupVersionKind `json:"responseKind"`
		Scope        string                   `json:"scope"`
		Verbs        []string                 `json:"verbs"`
	} `json:"resources"`
}

// list returns what the version serves, as a server that is asked for it alone would.
func (v servedVersion) list(group string) (*metav1.APIResourceList, error) {
	name := schema.GroupVersion{Group: group, Version: v.Version}.String()
	if v.Freshness == "Stale" {
		return nil, apierrors.NewServiceUnavailable(fmt.Sprintf(
			"the cluster cannot say what %s serves, since the API behind it does not answer (kubectl get apiservice %s.%s says why)", name, v.Version, group))
	}
	list := &metav1.APIResourceList{GroupVersion: name}
	for _, resource := range v.Resources {
		if resource.ResponseKind == nil {
			continue
		}
		list.APIResources = append(list.APIResources, metav1.APIResource{
			Name: resource.Resource, Kind: resource.ResponseKind.Kind,
			Namespaced: resource.Scope == "Namespaced", Verbs: resource.Verbs,
		})
	}
	return list, nil
}

// ServerPreferredResourcesWithContext returns what every version of every group serves,
// those that the server prefers before others.
func (s *served) ServerPreferredResourcesWithContext(ctx context.Context) ([]*metav1.APIResourceList, error) {
	var lists []*metav1.APIResourceList
	for _, path := range []string{"/api", "/apis"} {
		var answer groups
		if err := s.get(ctx, aggregated, &answer, path); err != nil {
			return nil, err
		}
		for _, group := range answer.Items {
			for _, version := range group.Versions {
				list, err := version.list(group.Metadata.Name)
				if err != nil {
					return nil, err
				}
				lists = append(lists, list)
			}
		}
		for _, version := range answer.versions() {
			list, err := s.ServerResourcesForGroupVersionWithContext(ctx, version)
			if apierrors.IsNotFound(err) {
				continue // its definition was deleted since it was named, or is not served yet
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", version, err)
			}
			list.GroupVersion = version
			lists = append(lists, list)
		}
	}
	return lists, nil
}

// versions returns the versions of the groups that are only named, the preferred one
// of each group first.
func (g groups) versions() []string {
	all := slices.Clone(g.Versions)
	for _, group := range g.Groups {
		preferred := group.PreferredVersion.GroupVersion
		if preferred != "" {
			all = append(all, preferred)
		}
		for _, version := range group.Versions {
			if version.GroupVersion != preferred {
				all = append(all, version.GroupVersion)
			}
		}
	}
	return all
}
