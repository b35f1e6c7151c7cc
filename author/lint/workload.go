package lint

import (
	"slices"

	"github.com/packstage/packstage/internal/podspec"
)

// workload is an object that runs pods.
type workload struct {
	Object
	// path leads to the pod: its metadata and spec are below it.
	path []any
	// pod is what is there.
	pod map[string]any
	// labels of the pods.
	labels map[string]string
	// given are the keys of labels that their controller gives to them besides.
	given []string
	// containers of the pod, those that run first first.
	containers []container
}

// container is a container of a workload.
type container struct {
	Object
	path   []any
	fields map[string]any
	// pod is the specification that has the container.
	pod map[string]any
	// init tells that it ends before the others begin.
	init bool
}

// longRunning tells whether the pods of a kind are meant to run for ever.
func longRunning(kind string) bool {
	return slices.Contains([]string{"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController"}, kind)
}

// workloadOf returns an object that runs pods, and false for others.
func workloadOf(object Object) (workload, bool) {
	pod, ok := podspec.Of(object.GroupVersionKind().Group, object.Kind(), object.Content())
	if !ok {
		return workload{}, false
	}
	return workload{Object: object, path: pod.Path[:len(pod.Path)-1], pod: pod.Template,
		labels: labelsAt(pod.Template, "metadata", "labels"), given: givenLabels(object.Kind()), containers: containersOf(object, pod)}, true
}

// findWorkloads returns those of objects that run pods.
func findWorkloads(objects []Object) []workload {
	var found []workload
	for _, object := range objects {
		if w, ok := workloadOf(object); ok {
			found = append(found, w)
		}
	}
	return found
}

func containersOf(object Object, pod podspec.Pod) []container {
	var found []container
	for _, one := range pod.Containers() {
		found = append(found, container{
			Object: object, path: one.Path, fields: one.Fields, pod: pod.Spec,
			init: one.List == "initContainers" && textAt(one.Fields, "restartPolicy") != "Always",
		})
	}
	return found
}

func (w workload) field(path ...any) []any  { return join(w.path, path...) }
func (c container) field(path ...any) []any { return join(c.path, path...) }
func (c container) name() string            { return textAt(c.fields, "name") }
func (c container) describe() string        { return "container " + quote(c.name()) }

// allContainers returns those of all workloads of an instance.
func (i *Instance) allContainers() []container {
	var found []container
	for _, w := range i.workloads() {
		found = append(found, w.containers...)
	}
	return found
}

// use is a place where a workload names another object of its namespace that must
// be there before its pods start.
type use struct {
	kind, name string
	path       []any
}

// uses returns the configuration, secrets and volumes that the pods of a workload
// need.
func (w workload) uses() []use {
	var found []use
	add := func(kind string, fields map[string]any, nameKey string, path []any) {
		if name := textAt(fields, nameKey); name != "" && !boolAt(fields, "optional") {
			found = append(found, use{kind, name, join(path, nameKey)})
		}
	}
	for i := range listAt(w.pod, "spec", "volumes") {
		volume, path := mapAt(w.pod, "spec", "volumes", i), w.field("spec", "volumes", i)
		add("ConfigMap", mapAt(volume, "configMap"), "name", join(path, "configMap"))
		add("Secret", mapAt(volume, "secret"), "secretName", join(path, "secret"))
		add("PersistentVolumeClaim", mapAt(volume, "persistentVolumeClaim"), "claimName", join(path, "persistentVolumeClaim"))
		for k := range listAt(volume, "projected", "sources") {
			source := join(path, "projected", "sources", k)
			add("ConfigMap", mapAt(volume, "projected", "sources", k, "configMap"), "name", join(source, "configMap"))
			add("Secret", mapAt(volume, "projected", "sources", k, "secret"), "name", join(source, "secret"))
		}
	}
	for _, c := range w.containers {
		for i := range listAt(c.fields, "envFrom") {
			path := c.field("envFrom", i)
			add("ConfigMap", mapAt(c.fields, "envFrom", i, "configMapRef"), "name", join(path, "configMapRef"))
			add("Secret", mapAt(c.fields, "envFrom", i, "secretRef"), "name", join(path, "secretRef"))
		}
		for i := range listAt(c.fields, "env") {
			path := c.field("env", i, "valueFrom")
			add("ConfigMap", mapAt(c.fields, "env", i, "valueFrom", "configMapKeyRef"), "name", join(path, "configMapKeyRef"))
			add("Secret", mapAt(c.fields, "env", i, "valueFrom", "secretKeyRef"), "name", join(path, "secretKeyRef"))
		}
	}
	return found
}

// serviceAccount returns the name that the pods run as, or "".
func (w workload) serviceAccount() (name string, path []any) {
	for _, field := range []string{"serviceAccountName", "serviceAccount"} {
		if name := textAt(w.pod, "spec", field); name != "" {
			return name, w.field("spec", field)
		}
	}
	return "", nil
}
