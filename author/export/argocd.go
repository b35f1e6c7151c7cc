package export

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"

	"github.com/packstage/packstage/packagetypes"
)

// ArgoCDOptions say how Argo CD finds the files of [Waves], and applies them.
type ArgoCDOptions struct {
	// Artifact is where the files are; see [Artifact]. Argo CD reads OCI images since 3.1.
	Artifact ArtifactSource
	// RepositoryURL and Revision name a Git repository in place of Artifact, and Path
	// the folder in it that holds the files of [Waves].
	RepositoryURL, Revision, Path string
	// Namespace of the Application; default "argocd". Project is its project;
	// default "default". Server is the cluster; default that of Argo CD.
	Namespace, Project, Server string
}

const (
	syncWave    = "argocd.argoproj.io/sync-wave"
	syncOptions = "argocd.argoproj.io/sync-options"
)

// Waves returns the files of [Folders] for Argo CD: each object has the wave of its
// phase, and custom resources that the package defines itself are not dry-run before
// their definition is there.
func Waves(instance *packagetypes.Instance) (*Files, error) {
	files := &Files{Contents: map[string][]byte{}, Remarks: append(objectRemarks(instance), hookRemarks(instance)...)}
	defined := definedGroups(instance)
	for i, phase := range instance.Phases {
		err := files.addPhase(phaseFolder(instance, i), phase, func(object packagetypes.Object) map[string]any {
			added := map[string]string{syncWave: strconv.Itoa(i)}
			if slices.Contains(defined, object.GroupVersionKind().Group) {
				added[syncOptions] = "SkipDryRunOnMissingResource=true"
			}
			return annotated(object, added)
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

// ArgoCD returns, as YAML, an Application (argoproj.io/v1alpha1) for the files of
// [Waves]. Argo CD applies a wave when all objects of the one before are healthy. An
// Application that is deleted removes its waves in reverse; what a new version does
// not have any more is removed when all of that version is there, without an order.
//
// Argo CD has its own health checks, in Lua, which no Application can hold: probes of
// custom resources come as remarks.
func ArgoCD(instance *packagetypes.Instance, options ArgoCDOptions) (content []byte, remarks []string, err error) {
	source, err := argoSource(&options)
	if err != nil {
		return nil, nil, fmt.Errorf("export for Argo CD: %w", err)
	}
	for _, phase := range instance.Phases {
		if checks, leftOut := fluxHealthChecks(instance.AvailabilityProbes, phase); len(checks)+len(leftOut) > 0 {
			remarks = append(remarks, fmt.Sprintf("the probes of custom resources in phase %q are not handed over: Argo CD judges them by the health checks in its own configuration", phase.Name))
		}
	}
	remarks = append(remarks, steeringRemarks(instance, "Argo CD")...)
	destination := map[string]any{"server": options.Server}
	if instance.Namespace != "" {
		destination["namespace"] = instance.Namespace
	}
	content, err = marshalAll(map[string]any{
		"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
		"metadata": map[string]any{
			"name": resourceName(instance.Name), "namespace": options.Namespace,
			"finalizers": []any{"resources-finalizer.argocd.argoproj.io"}, // its objects go with it
		},
		"spec": map[string]any{
			"project": options.Project, "source": source, "destination": destination,
			"syncPolicy": map[string]any{
				"automated":   map[string]any{"prune": true, "selfHeal": true},
				"syncOptions": []any{"ServerSideApply=true", "PruneLast=true"},
			},
		},
	})
	return content, remarks, err
}

func argoSource(options *ArgoCDOptions) (map[string]any, error) {
	for field, value := range map[*string]string{
		&options.Namespace: "argocd", &options.Project: "default", &options.Server: "https://kubernetes.default.svc",
	} {
		if *field == "" {
			*field = value
		}
	}
	// Argo CD reads folders below the path only where it is told to.
	source := map[string]any{"directory": map[string]any{"recurse": true}}
	if options.RepositoryURL != "" {
		if options.Artifact != (ArtifactSource{}) {
			return nil, errors.New("the source is either an artifact or a Git repository")
		}
		source["repoURL"], source["targetRevision"] = options.RepositoryURL, options.Revision
		source["path"] = path.Join(options.Path, ".")
		return source, nil
	}
	if err := options.Artifact.check(); err != nil {
		return nil, err
	}
	source["repoURL"], source["targetRevision"], source["path"] = "oci://"+options.Artifact.Repository, options.Artifact.Digest, "."
	return source, nil
}

// definedGroups returns the groups of the custom resources that the package defines.
func definedGroups(instance *packagetypes.Instance) []string {
	var groups []string
	for _, object := range instance.Objects() {
		if object.GroupVersionKind().Kind != "CustomResourceDefinition" {
			continue
		}
		spec, _ := object.Content()["spec"].(map[string]any)
		if group, ok := spec["group"].(string); ok {
			groups = append(groups, group)
		}
	}
	return groups
}

// annotated returns the fields of an object with more annotations.
func annotated(object packagetypes.Object, added map[string]string) map[string]any {
	content := object.DeepCopy()
	metadata, _ := content["metadata"].(map[string]any)
	annotations, ok := metadata["annotations"].(map[string]any)
	if !ok {
		annotations = map[string]any{}
		metadata["annotations"] = annotations
	}
	for key, value := range added {
		if _, there := annotations[key]; !there { // what the author wrote stays
			annotations[key] = value
		}
	}
	return content
}
