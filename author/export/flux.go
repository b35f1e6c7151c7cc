package export

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"time"

	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

// FluxOptions say how Flux finds the files of [Folders], and applies them.
type FluxOptions struct {
	// Artifact is where the files of [Folders] are; see [Artifact]. An OCIRepository
	// for it is written, too.
	Artifact ArtifactSource
	// SourceKind and SourceName name a source that there is, in place of Artifact:
	// GitRepository, OCIRepository or Bucket. Path is the folder in it that holds the
	// files of [Folders].
	SourceKind, SourceName, Path string
	// Namespace of the Flux objects; default "flux-system".
	Namespace string
	// Interval at which Flux looks for drift; default 10 minutes. Timeout is how long
	// a phase may take to become available; default 10 minutes.
	Interval, Timeout time.Duration
}

// Flux returns, as YAML, one Kustomization (kustomize.toolkit.fluxcd.io/v1) for each
// folder of [Folders]: it depends on the one before and waits until all its objects
// are ready. The package's probes of custom resources become health check expressions,
// which Flux knows since 2.5; built-in kinds are judged by Flux.
//
// Flux does not remove in reverse order: each Kustomization that is deleted prunes
// its own objects. A remark says so.
func Flux(instance *packagetypes.Instance, options FluxOptions) (content []byte, remarks []string, err error) {
	objects, source, err := fluxSource(instance, &options)
	if err != nil {
		return nil, nil, fmt.Errorf("export for Flux: %w", err)
	}
	before := ""
	for i, phase := range instance.Phases {
		folder := phaseFolder(instance, i)
		spec := map[string]any{
			"interval": fluxDuration(options.Interval), "timeout": fluxDuration(options.Timeout),
			"path": "./" + path.Join(options.Path, folder), "prune": true, "wait": true, "sourceRef": source,
		}
		if before != "" {
			spec["dependsOn"] = []any{map[string]any{"name": before}}
		}
		if instance.Scope == manifest.ScopeNamespaced && instance.Namespace != "" {
			spec["targetNamespace"] = instance.Namespace
		}
		checks, leftOut := fluxHealthChecks(instance.AvailabilityProbes, phase)
		if len(checks) > 0 {
			spec["healthCheckExprs"] = checks
		}
		remarks = append(remarks, leftOut...)
		before = resourceName(instance.Name, folder)
		objects = append(objects, fluxObject("kustomize.toolkit.fluxcd.io/v1", "Kustomization", before, options.Namespace, spec))
	}
	remarks = append(remarks, steeringRemarks(instance, "Flux")...)
	remarks = append(remarks, namespaceRemarks(instance)...)
	if slices.ContainsFunc(instance.AvailabilityProbes, func(p manifest.AvailabilityProbe) bool { return p.Selector.Kind == nil }) {
		remarks = append(remarks, "a probe that names no kind is left out: Flux judges by kinds")
	}
	if len(instance.Phases) > 1 {
		remarks = append(remarks, "Flux installs in the order of the phases, and removes without one: delete the Kustomizations one by one, the last first, where order matters")
	}
	content, err = marshalAll(objects...)
	return content, remarks, err
}

// namespaceRemarks says that targetNamespace overrules what objects say.
func namespaceRemarks(instance *packagetypes.Instance) []string {
	count := 0
	for _, object := range instance.Objects() {
		if object.Namespace() != "" && object.Namespace() != instance.Namespace {
			count++
		}
	}
	if instance.Scope != manifest.ScopeNamespaced || instance.Namespace == "" || count == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s with another namespace than that of the instance: Flux puts all into %s", plural(count, "object"), instance.Namespace)}
}

// fluxSource returns the objects for the source and the reference to it, and sets the
// defaults.
func fluxSource(instance *packagetypes.Instance, options *FluxOptions) (objects []map[string]any, reference map[string]any, err error) {
	if options.Namespace == "" {
		options.Namespace = "flux-system"
	}
	if options.Interval <= 0 {
		options.Interval = 10 * time.Minute
	}
	if options.Timeout <= 0 {
		options.Timeout = 10 * time.Minute
	}
	if options.SourceName != "" {
		if options.Artifact != (ArtifactSource{}) {
			return nil, nil, errors.New("the source is either an artifact or one that there is")
		}
		return nil, map[string]any{"kind": options.SourceKind, "name": options.SourceName}, nil
	}
	if err := options.Artifact.check(); err != nil {
		return nil, nil, err
	}
	name := resourceName(instance.Name)
	repository := fluxObject("source.toolkit.fluxcd.io/v1", "OCIRepository", name, options.Namespace, map[string]any{
		"interval": fluxDuration(options.Interval), "url": "oci://" + options.Artifact.Repository,
		"ref": map[string]any{"digest": options.Artifact.Digest},
	})
	return []map[string]any{repository}, map[string]any{"kind": "OCIRepository", "name": name}, nil
}

func fluxObject(apiVersion, kind, name, namespace string, spec map[string]any) map[string]any {
	return map[string]any{
		"apiVersion": apiVersion, "kind": kind,
		"metadata": map[string]any{"name": name, "namespace": namespace}, "spec": spec,
	}
}

// fluxDuration writes whole minutes as such, as people do.
func fluxDuration(d time.Duration) string {
	if d%time.Minute == 0 {
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return d.String()
}
