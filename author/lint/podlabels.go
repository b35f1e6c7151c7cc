package lint

import (
	"maps"
	"slices"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/validate/kubernetes/builtin"
)

// givenLabels returns the keys of the labels that the controller of a kind gives to
// its pods, beside those of the template.
func givenLabels(kind string) []string {
	switch kind {
	case "Deployment":
		return []string{"pod-template-hash"}
	case "StatefulSet":
		return []string{"statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index", "controller-revision-hash"}
	case "DaemonSet":
		return []string{"controller-revision-hash", "pod-template-generation"}
	case "Job", "CronJob":
		return []string{
			"job-name", "controller-uid", "batch.kubernetes.io/job-name", "batch.kubernetes.io/controller-uid",
			"batch.kubernetes.io/job-completion-index",
		}
	}
	return nil
}

// withoutGiven returns those of the pairs that the template of the pods must have
// to be selected.
func (w workload) withoutGiven(pairs map[string]string) map[string]string {
	if !slices.ContainsFunc(w.given, func(key string) bool { _, there := pairs[key]; return there }) {
		return pairs
	}
	rest := maps.Clone(pairs)
	for _, key := range w.given {
		delete(rest, key)
	}
	return rest
}

// othersMakeObjects tells whether there may be pods and Services that the instance
// does not show: other packages bring them, or an operator makes them of custom
// resources.
func (i *Instance) othersMakeObjects() bool { return i.others() }

func (i *Instance) findOthers() bool {
	return len(i.definitions()) > 0 || i.hasCompany() || slices.ContainsFunc(i.Objects, func(object Object) bool {
		gvk := object.GroupVersionKind()
		_, known := builtin.Namespaced(gvk)
		return !known && !makesNoPods(gvk.Group, gvk.Kind)
	})
}

// makesNoPods tells of which custom resources it is known that nothing makes pods or
// Services of them.
func makesNoPods(group, kind string) bool {
	switch group {
	case "monitoring.coreos.com":
		return !slices.Contains([]string{"Prometheus", "PrometheusAgent", "Alertmanager", "ThanosRuler"}, kind)
	case "cert-manager.io", "route.openshift.io", "security.openshift.io", "config.openshift.io", "console.openshift.io", "snapshot.storage.k8s.io":
		return true
	}
	return false
}

// misspelled tells whether pairs are the labels of a candidate but for one key or
// value that is nearly the same.
func misspelled(pairs map[string]string, candidates []candidate) bool {
	return slices.ContainsFunc(candidates, func(c candidate) bool {
		typos := 0
		for key, value := range pairs {
			have, there := c.labels[key]
			if there && have == value {
				continue
			}
			if !there {
				similar, ok := diagnostic.Suggest(key, slices.Sorted(maps.Keys(c.labels)))
				if !ok || c.labels[similar] != value {
					return false
				}
			} else if _, ok := diagnostic.Suggest(value, []string{have}); !ok {
				return false
			}
			typos++
		}
		return typos == 1
	})
}

// lacks tells whether labels have all pairs but for keys that are not there.
func lacks(labels, pairs map[string]string) bool {
	for key, value := range pairs {
		if have, there := labels[key]; there && have != value {
			return false
		}
	}
	return true
}

// changesPods tells whether the package gives somebody permission to change pods.
func (i *Instance) changesPods() bool { return i.relabels() }

func (i *Instance) findRelabelling() bool {
	for _, object := range i.Objects {
		if !isRole(object) {
			continue
		}
		for k := range listAt(object.Content(), "rules") {
			rule := mapAt(object.Content(), "rules", k)
			if overlap(textsAt(rule, "apiGroups"), []string{""}) && overlap(textsAt(rule, "resources"), []string{"pods"}) &&
				overlap(textsAt(rule, "verbs"), []string{"update", "patch"}) {
				return true
			}
		}
	}
	return false
}
