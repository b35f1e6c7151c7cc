package bundle

import (
	"slices"
	"strings"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/internal/schema"
)

const targetNamespaces = "olm.targetNamespaces"

// certificateVolume is a volume by which OLM gives a certificate to the pods of webhooks.
type certificateVolume struct{ name, folder, certificate, key string }

// certificateVolumes are both that OLM mounts: the second is where programs look for it that
// were made when OLM knew API services only.
func certificateVolumes() []certificateVolume {
	return []certificateVolume{
		{"webhook-cert", "/tmp/k8s-webhook-server/serving-certs", "tls.crt", "tls.key"},
		{"apiservice-cert", "/apiserver.local.config/certificates", "apiserver.crt", "apiserver.key"},
	}
}

// deployments makes the Deployments of the install strategy as OLM does: in the
// operator's namespace, with one old ReplicaSet, with the annotation that tells
// operators what to watch, and with the certificates of webhooks.
func (c *converter) deployments() {
	for _, given := range c.deploymentSpecs() {
		name := text(given, "name")
		spec := clone(mapping(given, "spec"))
		metadata := map[string]any{"name": name, "namespace": c.namespace}
		if labels := mapping(given, "label"); len(labels) > 0 {
			metadata["labels"] = clone(labels)
		}
		spec["revisionHistoryLimit"] = int64(1)
		template := child(spec, "template")
		value, parts, form := c.targets()
		annotations := child(child(template, "metadata"), "annotations")
		annotations[targetNamespaces] = value
		c.referencedAnnotations(child(template, "spec"), annotations)
		if c.webhooked[name] {
			addCertificate(child(template, "spec"), certificateSecret(name))
		}
		var substitutions []scaffold.Substitution
		if parts != nil {
			substitutions = append(substitutions, scaffold.Substitution{
				Path: []any{"spec", "template", "metadata", "annotations", targetNamespaces}, Parts: parts, Form: form,
			})
		}
		fields := map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}
		c.add(fields, substitutions...)
	}
	c.decide(scaffold.TopicRemoved, "", "annotations of the ClusterServiceVersion on pods",
		"OLM copies all of them to the pods; the package has those that pods read")
}

// referencedAnnotations copies the annotations of the ClusterServiceVersion that a pod
// reads through the downward API.
func (c *converter) referencedAnnotations(pod, annotations map[string]any) {
	given := mapping(c.csv, "metadata", "annotations")
	visitTexts(pod, func(key, value string) {
		if key != "fieldPath" {
			return
		}
		for name, content := range given {
			if value == "metadata.annotations['"+name+"']" && annotations[name] == nil {
				annotations[name] = content
			}
		}
	})
}

func visitTexts(value any, visit func(key, text string)) {
	switch value := value.(type) {
	case map[string]any:
		for key, entry := range value {
			if text, ok := entry.(string); ok {
				visit(key, text)
				continue
			}
			visitTexts(entry, visit)
		}
	case []any:
		for _, entry := range value {
			visitTexts(entry, visit)
		}
	}
}

// addCertificate mounts the certificate of webhooks into all containers, in the place
// of whatever was mounted there.
func addCertificate(pod map[string]any, secret string) {
	replaced := map[string]bool{}
	folders := map[string]bool{}
	for _, volume := range certificateVolumes() {
		replaced[volume.name], folders[volume.folder] = true, true
	}
	containers := list(pod, "containers")
	for _, container := range containers {
		for _, mount := range list(container, "volumeMounts") {
			if folders[strings.TrimRight(text(mount, "mountPath"), "/")] {
				replaced[text(mount, "name")] = true
			}
		}
	}
	isReplaced := func(entry any) bool { return replaced[text(entry, "name")] }
	without := func(fields map[string]any, key string) []any {
		items, _ := fields[key].([]any)
		return slices.DeleteFunc(slices.Clone(items), isReplaced)
	}
	volumes := without(pod, "volumes")
	for _, volume := range certificateVolumes() {
		volumes = append(volumes, map[string]any{
			"name": volume.name,
			"secret": map[string]any{"secretName": secret, "items": []any{
				map[string]any{"key": "tls.crt", "path": volume.certificate},
				map[string]any{"key": "tls.key", "path": volume.key},
			}},
		})
	}
	pod["volumes"] = volumes
	for _, container := range containers {
		mounts := without(container, "volumeMounts")
		for _, volume := range certificateVolumes() {
			mounts = append(mounts, map[string]any{"name": volume.name, "mountPath": volume.folder})
		}
		container["volumeMounts"] = mounts
	}
}

// child returns the mapping under a key, which is made where it is missing.
func child(parent map[string]any, key string) map[string]any {
	found, ok := parent[key].(map[string]any)
	if !ok {
		found = map[string]any{}
		parent[key] = found
	}
	return found
}

func clone(fields map[string]any) map[string]any {
	return schema.DeepCopy(fields).(map[string]any)
}
