package rollout_test

import (
	"slices"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

// draft is an instance that a test changes.
type draft struct{ *packagetypes.Instance }

// draftOf copies an instance as far as a draft changes it.
func draftOf(instance *packagetypes.Instance) draft {
	copied := *instance
	copied.Phases = slices.Clone(instance.Phases)
	for i := range copied.Phases {
		copied.Phases[i].Objects = slices.Clone(copied.Phases[i].Objects)
	}
	return draft{&copied}
}

// change replaces an object by a changed copy.
func (d draft) change(phase, index int, change func(content map[string]any)) {
	object := d.Phases[phase].Objects[index]
	content := object.DeepCopy()
	change(content)
	d.Phases[phase].Objects[index] = packagetypes.NewObject(content, object.Source(), object.ConditionMappings(), object.CollisionProtection())
}

func (d draft) add(phase int, content map[string]any) {
	object := packagetypes.NewObject(content, diagnostic.Position{File: "added.yaml", Line: 1}, nil, "")
	d.Phases[phase].Objects = append(d.Phases[phase].Objects, object)
}

func (d draft) take(phase, index int) packagetypes.Object {
	object := d.Phases[phase].Objects[index]
	d.Phases[phase].Objects = slices.Delete(d.Phases[phase].Objects, index, index+1)
	return object
}

// dropEmpty leaves out phases without objects, as rendering does.
func (d draft) dropEmpty() *packagetypes.Instance {
	d.Phases = slices.DeleteFunc(d.Phases, func(phase packagetypes.Phase) bool { return len(phase.Objects) == 0 })
	return d.Instance
}

// annotate sets an annotation, of a Deployment its pods' too, so that it rolls out.
func annotate(name string) func(map[string]any) {
	return func(content map[string]any) {
		set(content, "yes", "metadata", "annotations", name)
		if content["kind"] == "Deployment" || content["kind"] == "StatefulSet" {
			set(content, "yes", "spec", "template", "metadata", "annotations", name)
		}
	}
}

func set(content map[string]any, to any, path ...string) {
	for _, field := range path[:len(path)-1] {
		next, ok := content[field].(map[string]any)
		if !ok {
			next = map[string]any{}
			content[field] = next
		}
		content = next
	}
	content[path[len(path)-1]] = to
}

// expendable are kinds that nothing else of a package needs to become available.
var expendable = []string{
	"ClusterRole", "ClusterRoleBinding", "ConfigMap", "HorizontalPodAutoscaler", "Ingress", "LimitRange", "NetworkPolicy", "Package",
	"PodDisruptionBudget", "PrometheusRule", "Role", "RoleBinding", "Secret", "SecurityContextConstraints", "Service", "ServiceMonitor",
}

// upgraded is a next version of a package: in each phase an object is changed, and all
// workloads are; some are removed, one goes to another phase, some are added. It tells
// how many of each.
func upgraded(base *packagetypes.Instance) (*packagetypes.Instance, counts) {
	d := draftOf(base)
	var made counts
	for phase := range d.Phases {
		for index, object := range d.Phases[phase].Objects {
			kind := object.GroupVersionKind().Kind
			if index == 0 || kind == "Deployment" || kind == "StatefulSet" {
				d.change(phase, index, annotate("example.com/changed"))
				made.changed++
			}
		}
	}
	// The last one is for moving.
	for _, from := range []int{-1, 0} {
		if phase := d.expendable(from); phase >= 0 && d.expendables() > 1 {
			d.takeExpendable(phase)
			made.removed++
		}
	}
	d.move()
	made.moved++
	phases := d.inNamespaces()
	for _, phase := range slices.Compact([]int{phases[0], phases[len(phases)-1]}) {
		d.add(phase, d.configMap(phase, "added-by-an-upgrade-"+d.Phases[phase].Name))
		made.added++
	}
	return d.dropEmpty(), made
}

// counts are numbers of objects.
type counts struct{ added, changed, removed, moved int }

// expendable is the phase of the first expendable object, or of the last one where from
// is negative; -1 where there is none.
func (d draft) expendable(from int) int {
	found := -1
	for phase := range d.Phases {
		if d.Phases[phase].Class == "" && slices.ContainsFunc(d.Phases[phase].Objects, isExpendable) && (found < 0 || from < 0) {
			found = phase
		}
	}
	return found
}

// expendables is how many expendable objects there are.
func (d draft) expendables() int {
	count := 0
	for _, phase := range d.Phases {
		for _, object := range phase.Objects {
			if phase.Class == "" && isExpendable(object) {
				count++
			}
		}
	}
	return count
}

func isExpendable(object packagetypes.Object) bool {
	return slices.Contains(expendable, object.GroupVersionKind().Kind)
}

func (d draft) takeExpendable(phase int) packagetypes.Object {
	return d.take(phase, slices.IndexFunc(d.Phases[phase].Objects, isExpendable))
}

// move moves an expendable object to the next phase, or to one of its own behind the
// last; where there is no such object, the last one of the package.
func (d draft) move() {
	from := d.expendable(0)
	var object packagetypes.Object
	if from >= 0 {
		object = d.takeExpendable(from)
	} else {
		for from = len(d.Phases) - 1; d.Phases[from].Class != ""; {
			from--
		}
		object = d.take(from, len(d.Phases[from].Objects)-1)
	}
	if from+1 == len(d.Phases) || d.Phases[from+1].Class != "" {
		d.Phases = slices.Insert(d.Phases, from+1, packagetypes.Phase{Name: "moved"})
	}
	d.Phases[from+1].Objects = append(d.Phases[from+1].Objects, object)
}

// inNamespaces are the phases that have something in a namespace, so that it exists by
// then.
func (d draft) inNamespaces() []int {
	var phases []int
	for phase := range d.Phases {
		if d.Phases[phase].Class == "" && slices.ContainsFunc(d.Phases[phase].Objects, d.isInNamespace) {
			phases = append(phases, phase)
		}
	}
	return phases
}

func (d draft) isInNamespace(object packagetypes.Object) bool {
	clusterWide := []string{"Namespace", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding", "SecurityContextConstraints"}
	return object.Namespace() != "" || d.Namespace != "" && !slices.Contains(clusterWide, object.GroupVersionKind().Kind)
}

// configMap is one in the namespace of the others of a phase.
func (d draft) configMap(phase int, name string) map[string]any {
	metadata := map[string]any{"name": name}
	objects := d.Phases[phase].Objects
	if namespace := objects[slices.IndexFunc(objects, d.isInNamespace)].Namespace(); namespace != "" {
		metadata["namespace"] = namespace
	}
	return map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": map[string]any{"key": "value"}}
}

// failure is how an upgrade fails.
type failure string

const (
	// refused is an object that the server takes in a dry run only.
	refused failure = "refused"
	// failed is a Job that fails.
	failedJob failure = "failed Job"
	// late is a Deployment that nobody schedules, until the phase's time is over.
	late failure = "time is over"
)

// refusedName is the name of ConfigMaps that a policy of the platform refuses.
const refusedName = "refused-at-the-last-moment"

// failing is a next version of a package with an object in a middle phase that cannot
// become available. It returns the number of the phase.
func failing(base *packagetypes.Instance, how failure) (*packagetypes.Instance, int) {
	d := draftOf(base)
	phases := d.inNamespaces()
	at := phases[len(phases)/2]
	if at+1 == len(d.Phases) {
		d.Phases = append(d.Phases, packagetypes.Phase{Name: "not-reached"})
		d.add(at+1, d.configMap(at, "not-reached"))
	}
	for phase := at + 1; phase < len(d.Phases); phase++ {
		for index := range d.Phases[phase].Objects {
			d.change(phase, index, annotate("example.com/not-reached"))
		}
	}
	object := d.configMap(at, refusedName)
	switch how {
	case refused:
	case failedJob:
		delete(object, "data")
		object["apiVersion"], object["kind"] = "batch/v1", "Job"
		set(object, "never-completes", "metadata", "name")
		set(object, int64(1), "spec", "activeDeadlineSeconds")
		set(object, podTemplate("Never"), "spec", "template")
	case late:
		delete(object, "data")
		object["apiVersion"], object["kind"] = "apps/v1", "Deployment"
		set(object, "never-available", "metadata", "name")
		set(object, map[string]any{"matchLabels": map[string]any{"app": "never"}}, "spec", "selector")
		set(object, podTemplate("Always"), "spec", "template")
	}
	d.add(at, object)
	return d.Instance, at
}

// podTemplate is that of pods that no scheduler takes.
func podTemplate(restart string) map[string]any {
	return map[string]any{
		"metadata": map[string]any{"labels": map[string]any{"app": "never"}},
		"spec": map[string]any{
			"schedulerName": "nobody", "restartPolicy": restart,
			"containers": []any{map[string]any{"name": "main", "image": "registry.example.com/main:1"}},
		},
	}
}
