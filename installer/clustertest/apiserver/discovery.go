package apiserver

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"

	"github.com/packstage/packstage/installer/cluster"
)

// createOnly are kinds that can be created and nothing else, which no list of kinds
// of a cluster has.
var createOnly = []schema.GroupVersionKind{
	{Group: "authentication.k8s.io", Version: "v1", Kind: "SelfSubjectReview"},
	{Group: "authorization.k8s.io", Version: "v1", Kind: "SelfSubjectAccessReview"},
	{Group: "authorization.k8s.io", Version: "v1", Kind: "SelfSubjectRulesReview"},
	{Group: "authentication.k8s.io", Version: "v1", Kind: "SelfSubjectReview"},
}

// served returns all kinds, sorted by group, version and resource.
func (s *Server) served(r *http.Request) ([]cluster.Kind, error) {
	kinds, err := s.cluster.Kinds(r.Context())
	if err != nil {
		return nil, err
	}
	kinds = slices.Clone(kinds)
	for _, further := range s.kinds {
		kind, err := s.cluster.Kind(r.Context(), further)
		if unknown := new(*cluster.UnknownKindError); errors.As(err, unknown) {
			continue
		} else if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(kinds, func(other cluster.Kind) bool { return other.GroupVersionKind == further }) {
			kinds = append(kinds, kind)
		}
	}
	slices.SortStableFunc(kinds, func(a, b cluster.Kind) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Resource, b.Resource))
	})
	return kinds, nil
}

func (s *Server) version(r *http.Request) (*version.Info, error) {
	full, err := s.cluster.ServerVersion(r.Context())
	if err != nil {
		return nil, err
	}
	info := &version.Info{GitVersion: full, Platform: "linux/amd64"}
	if parts := strings.SplitN(strings.TrimPrefix(full, "v"), ".", 3); len(parts) > 1 {
		info.Major, info.Minor = parts[0], parts[1]
	}
	return info, nil
}

func coreVersions() *metav1.APIVersions {
	return &metav1.APIVersions{TypeMeta: metav1.TypeMeta{Kind: "APIVersions"}, Versions: []string{"v1"}}
}

// groups is the answer to /apis. The version that the cluster prefers is the one that
// it lists.
func (s *Server) groups(r *http.Request) (*metav1.APIGroupList, error) {
	preferred, err := s.cluster.Kinds(r.Context())
	if err != nil {
		return nil, err
	}
	kinds, err := s.served(r)
	if err != nil {
		return nil, err
	}
	list := &metav1.APIGroupList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupList", APIVersion: "v1"}, Groups: []metav1.APIGroup{}}
	for _, kind := range append(slices.Clone(preferred), kinds...) {
		if kind.Group == "" {
			continue
		}
		at := slices.IndexFunc(list.Groups, func(group metav1.APIGroup) bool { return group.Name == kind.Group })
		served := metav1.GroupVersionForDiscovery{GroupVersion: kind.GroupVersion().String(), Version: kind.Version}
		if at < 0 {
			list.Groups = append(list.Groups, metav1.APIGroup{
				Name: kind.Group, Versions: []metav1.GroupVersionForDiscovery{served}, PreferredVersion: served,
			})
		} else if group := &list.Groups[at]; !slices.Contains(group.Versions, served) {
			group.Versions = append(group.Versions, served)
		}
	}
	slices.SortFunc(list.Groups, func(a, b metav1.APIGroup) int { return cmp.Compare(a.Name, b.Name) })
	return list, nil
}

// resources is the answer to /api/VERSION and /apis/GROUP/VERSION.
func (s *Server) resources(r *http.Request, version schema.GroupVersion) (*metav1.APIResourceList, error) {
	kinds, err := s.served(r)
	if err != nil {
		return nil, err
	}
	list := &metav1.APIResourceList{
		TypeMeta: metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}, GroupVersion: version.String(),
	}
	for _, kind := range kinds {
		if kind.GroupVersion() == version {
			list.APIResources = append(list.APIResources, metav1.APIResource{
				Name: kind.Resource, SingularName: strings.ToLower(kind.Kind), Kind: kind.Kind,
				Namespaced: kind.Namespaced, Verbs: verbs(kind),
			})
		}
	}
	if len(list.APIResources) == 0 {
		return nil, errNoSuchPath
	}
	return list, nil
}

// verbs are what this server can do of what the cluster can.
func verbs(kind cluster.Kind) metav1.Verbs {
	return slices.DeleteFunc(slices.Clone(kind.Verbs), func(verb string) bool {
		return !slices.Contains([]string{"create", "delete", "get", "list", "patch", "update"}, verb)
	})
}

var _ http.Handler = (*Server)(nil)
