package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/packstage/packstage/diagnostic"
)

// podRules are about pods and their containers.
func podRules() []Rule {
	return []Rule{{
		Code: "container-resources", Severity: warningSeverity,
		Summary: "a container without requests or limits for CPU or memory",
		Explanation: "The scheduler places the pod as if it needed nothing, and it is among the first that are ended when " +
			"the node runs short. In namespaces with a quota it is refused. What the pod itself requests counts, and what a " +
			"LimitRange of the package gives.",
		Example: "containers:\n- name: api\n  image: registry.example.com/api:v1",
		Cure:    "containers:\n- name: api\n  image: registry.example.com/api:v1\n  resources: {requests: {cpu: 50m, memory: 64Mi}, limits: {memory: 128Mi}}",
		Check:   EachInstance(containerResources),
	}, {
		Code: "environment-duplicate", Severity: warningSeverity,
		Summary:     "a variable that is set twice in one container",
		Explanation: "The last one wins, and what applies it by merging may drop either. Remove one.",
		Example:     "env:\n- {name: LEVEL, value: info}\n- {name: LEVEL, value: debug}",
		Cure:        "env:\n- {name: LEVEL, value: debug}",
		Check:       EachInstance(environmentDuplicate),
	}, {
		Code: "port-duplicate", Severity: warningSeverity,
		Summary:     "a port name that two containers of a pod have, or a port that one has twice",
		Explanation: "A Service that names the port reaches one of them, and the API server refuses names that one container has twice.",
		Example:     "ports:\n- {name: http, containerPort: 8080}\n- {name: http, containerPort: 8081}",
		Cure:        "ports:\n- {name: http, containerPort: 8080}\n- {name: metrics, containerPort: 8081}",
		Check:       EachInstance(portDuplicate),
	}, {
		Code: "volume-missing", Severity: errorSeverity,
		Summary:     "a mount of a volume that the pod does not have",
		Explanation: "The API server refuses the pod, and the workload never gets one.",
		Example:     "volumeMounts: [{name: dat, mountPath: /data}]  # volumes: [{name: data, emptyDir: {}}]",
		Cure:        "volumeMounts: [{name: data, mountPath: /data}]",
		Check:       EachInstance(volumeMissing),
	}, {
		Code: "volume-unused", Severity: infoSeverity,
		Summary:     "a volume that no container mounts",
		Explanation: "A left-over, or a mount that was forgotten. Still, the pod does not start before the volume is there.",
		Example:     "volumes: [{name: cache, emptyDir: {}}]  # and no mount of it",
		Cure:        "volumeMounts: [{name: cache, mountPath: /cache}]",
		Check:       EachInstance(volumeUnused),
	}, {
		Code: "host-access", Severity: warningSeverity,
		Summary: "a pod with access to its node",
		Explanation: "Privileged containers, hostPath volumes and the host's network, processes or IPC give whoever takes " +
			"over the container the node, and clusters with pod security standards refuse the pod. Where the program is " +
			"made for that, silence the finding and say why.",
		Example: "securityContext: {privileged: true}",
		Cure:    "securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}",
		Check:   EachInstance(hostAccess),
	}}
}

func containerResources(i *Instance) []Finding {
	var found []Finding
	for _, c := range i.allContainers() {
		if c.path[len(c.path)-2] == "ephemeralContainers" {
			continue
		}
		var missing []string
		for _, resource := range []string{"cpu", "memory"} {
			if !requests(c.fields, resource) && !requests(c.pod, resource) && !i.isGivenByDefault(c.Object, resource) {
				missing = append(missing, resource)
			}
		}
		if len(missing) > 0 {
			found = append(found, i.FindKey(c.Object, fmt.Sprintf("the %s requests no %s", c.describe(), strings.Join(missing, " and no ")),
				"set resources.requests", c.field("resources")...))
		}
	}
	return found
}

// requests tells whether a container, or the specification of a pod, requests a
// resource; limits are requests, too.
func requests(fields map[string]any, resource string) bool {
	return at(fields, "resources", "requests", resource) != nil || at(fields, "resources", "limits", resource) != nil
}

// isGivenByDefault tells whether a LimitRange of the package gives containers in the
// namespace of an object a request of a resource.
func (i *Instance) isGivenByDefault(object Object, resource string) bool {
	return slices.ContainsFunc(i.ofKind("", "LimitRange"), func(limits Object) bool {
		return i.namespaceOf(limits) == i.namespaceOf(object) &&
			slices.ContainsFunc(listAt(limits.Content(), "spec", "limits"), func(limit any) bool {
				return textAt(limit, "type") == "Container" &&
					(at(limit, "default", resource) != nil || at(limit, "defaultRequest", resource) != nil || at(limit, "max", resource) != nil)
			})
	})
}

// twice returns the indexes of items whose name an item before them has.
func twice(items []any, name string) []int {
	var found []int
	seen := map[string]bool{}
	for k := range items {
		text := textAt(items[k], name)
		if seen[text] && text != "" {
			found = append(found, k)
		}
		seen[text] = true
	}
	return found
}

func environmentDuplicate(i *Instance) []Finding {
	var found []Finding
	for _, c := range i.allContainers() {
		for _, k := range twice(listAt(c.fields, "env"), "name") {
			found = append(found, i.Find(c.Object, fmt.Sprintf("the %s has the variable %q twice", c.describe(), textAt(c.fields, "env", k, "name")),
				"the last one wins; remove one", c.field("env", k, "name")...))
		}
	}
	return found
}

func portDuplicate(i *Instance) []Finding {
	var found []Finding
	for _, w := range i.workloads() {
		names := map[string]string{}
		for _, c := range w.containers {
			ports := map[string]bool{}
			for k := range listAt(c.fields, "ports") {
				port := mapAt(c.fields, "ports", k)
				name := textAt(port, "name")
				number := fmt.Sprint(port["containerPort"], cmp.Or(textAt(port, "protocol"), "TCP"), port["hostPort"], port["hostIP"])
				other, ok := names[name]
				if ok && name != "" && (!c.init || other == c.describe()) { // those that end share names with others
					found = append(found, i.Find(w.Object, fmt.Sprintf("the %s has a port %q, as %s has", c.describe(), name, other),
						"give one of them another name", c.field("ports", k, "name")...))
				} else if ports[number] {
					found = append(found, i.Find(w.Object, fmt.Sprintf("the %s has the port %v twice", c.describe(), port["containerPort"]),
						"remove one", c.field("ports", k, "containerPort")...))
				}
				names[name], ports[number] = c.describe(), true
			}
			if c.init {
				clear(names)
			}
		}
	}
	return found
}

// volumes returns the names of the volumes that the containers of a workload can
// mount.
func (w workload) volumes() []string {
	var names []string
	for k := range listAt(w.pod, "spec", "volumes") {
		names = append(names, textAt(w.pod, "spec", "volumes", k, "name"))
	}
	for k := range listAt(w.Content(), "spec", "volumeClaimTemplates") {
		names = append(names, textAt(w.Content(), "spec", "volumeClaimTemplates", k, "metadata", "name"))
	}
	return names
}

func volumeMissing(i *Instance) []Finding {
	var found []Finding
	for _, w := range i.workloads() {
		names := w.volumes()
		for _, c := range w.containers {
			for _, list := range []string{"volumeMounts", "volumeDevices"} {
				for k := range listAt(c.fields, list) {
					name := textAt(c.fields, list, k, "name")
					if name != "" && !slices.Contains(names, name) {
						found = append(found, i.Find(w.Object, fmt.Sprintf("the %s mounts the volume %q, which the pod does not have", c.describe(), name),
							volumeHint(name, names), c.field(list, k, "name")...))
					}
				}
			}
		}
	}
	return found
}

func volumeHint(name string, names []string) string {
	if len(names) == 0 {
		return "the pod has no volumes"
	}
	if hint := diagnostic.DidYouMean(name, names); hint != "" {
		return hint
	}
	return "its volumes are " + strings.Join(names, ", ")
}

func volumeUnused(i *Instance) []Finding {
	var found []Finding
	for _, w := range i.workloads() {
		var mounted []string
		for _, c := range w.containers {
			for _, list := range []string{"volumeMounts", "volumeDevices"} {
				for k := range listAt(c.fields, list) {
					mounted = append(mounted, textAt(c.fields, list, k, "name"))
				}
			}
		}
		for k := range listAt(w.pod, "spec", "volumes") {
			if name := textAt(w.pod, "spec", "volumes", k, "name"); name != "" && !slices.Contains(mounted, name) {
				found = append(found, i.Find(w.Object, fmt.Sprintf("no container mounts the volume %q", name), "remove it, or mount it",
					w.field("spec", "volumes", k, "name")...))
			}
		}
	}
	return found
}

func hostAccess(i *Instance) []Finding {
	var found []Finding
	for _, w := range i.workloads() {
		for _, field := range []string{"hostNetwork", "hostPID", "hostIPC"} {
			if boolAt(w.pod, "spec", field) {
				found = append(found, i.FindKey(w.Object, "the pods share their node: "+field, "", w.field("spec", field)...))
			}
		}
		for k := range listAt(w.pod, "spec", "volumes") {
			if path := textAt(w.pod, "spec", "volumes", k, "hostPath", "path"); path != "" {
				found = append(found, i.FindKey(w.Object, fmt.Sprintf("the pods mount %s of their node", path), "", w.field("spec", "volumes", k, "hostPath")...))
			}
		}
		for _, c := range w.containers {
			if boolAt(c.fields, "securityContext", "privileged") {
				found = append(found, i.FindKey(w.Object, fmt.Sprintf("the %s is privileged", c.describe()), "", c.field("securityContext", "privileged")...))
			}
		}
	}
	return found
}
