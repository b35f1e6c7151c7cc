package lint

import (
	"fmt"
	"slices"

	"github.com/packstage/packstage/diagnostic"
)

func portMissing(i *Instance) []Finding {
	var found []Finding
	for _, object := range i.Objects {
		switch {
		case object.Is("", "Service"):
			found = append(found, i.servicePorts(object)...)
		case object.Is("networking.k8s.io", "Ingress"):
			found = append(found, i.ingressPorts(object)...)
		case object.Is("monitoring.coreos.com", "ServiceMonitor"):
			found = append(found, i.monitorPorts(object)...)
		}
	}
	for _, c := range i.allContainers() {
		found = append(found, i.probePorts(c)...)
	}
	return found
}

// servicePorts checks that the names of target ports are those of ports of the pods.
func (i *Instance) servicePorts(service Object) []Finding {
	workloads := i.selectedBy(service)
	if len(workloads) == 0 {
		return nil
	}
	var names []string
	for _, w := range workloads {
		for _, c := range w.containers {
			names = append(names, portNames(c.fields)...)
		}
	}
	var found []Finding
	for k := range listAt(service.Content(), "spec", "ports") {
		name := textAt(service.Content(), "spec", "ports", k, "targetPort")
		if name == "" || isNumber(name) || slices.Contains(names, name) {
			continue
		}
		found = append(found, i.Find(service, fmt.Sprintf("no container of the %s has a port %q", workloads[0], name),
			didYouMean(name, names), "spec", "ports", k, "targetPort"))
	}
	return found
}

func portNames(container map[string]any) []string {
	var names []string
	for k := range listAt(container, "ports") {
		if name := textAt(container, "ports", k, "name"); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// hasPort tells whether a Service has a port of that name or number.
func hasPort(service Object, port any) bool {
	for k := range listAt(service.Content(), "spec", "ports") {
		fields := mapAt(service.Content(), "spec", "ports", k)
		if fields["name"] == port || fields["port"] == port {
			return true
		}
	}
	return false
}

func servicePortNames(service Object) []string {
	return portNames(map[string]any{"ports": at(service.Content(), "spec", "ports")})
}

func (i *Instance) ingressPorts(ingress Object) []Finding {
	var found []Finding
	for _, backend := range ingressBackends(ingress.Content()) {
		name := textAt(ingress.Content(), join(backend, "service", "name")...)
		service, ok := i.lookupIn("", "Service", i.namespaceOf(ingress), name)
		if !ok || textAt(service.Content(), "spec", "type") == "ExternalName" {
			continue // an external name needs no ports
		}
		for _, field := range []string{"name", "number"} {
			port := at(ingress.Content(), join(backend, "service", "port", field)...)
			if port == nil || hasPort(service, port) {
				continue
			}
			text := fmt.Sprint(port)
			found = append(found, i.Find(ingress, fmt.Sprintf("the %s has no port %s", service, text),
				didYouMean(text, servicePortNames(service)), join(backend, "service", "port", field)...))
		}
	}
	return found
}

// monitorPorts checks the names of ports of those Services that a monitor selects.
func (i *Instance) monitorPorts(monitor Object) []Finding {
	selector, _, _ := selectorOf(monitor)
	var names []string
	others := i.othersMakeObjects() // which may have the port
	selected := false
	for _, c := range i.candidates(monitor, true) {
		if matches(selector, c.labels) {
			selected = true
			names = append(names, servicePortNames(c.object)...)
		}
	}
	if !selected {
		return nil
	}
	var found []Finding
	for k := range listAt(monitor.Content(), "spec", "endpoints") {
		name := textAt(monitor.Content(), "spec", "endpoints", k, "port")
		if name != "" && !slices.Contains(names, name) && (!others || isNear(name, names)) {
			found = append(found, i.Find(monitor, fmt.Sprintf("no Service that it selects has a port %q", name),
				didYouMean(name, names), "spec", "endpoints", k, "port"))
		}
	}
	return found
}

// probePorts checks the names of ports in the probes of a container.
func (i *Instance) probePorts(c container) []Finding {
	var found []Finding
	names := portNames(c.fields)
	for _, probe := range []string{"livenessProbe", "readinessProbe", "startupProbe"} {
		for _, kind := range []string{"httpGet", "tcpSocket"} {
			name := textAt(c.fields, probe, kind, "port")
			if name == "" || isNumber(name) || slices.Contains(names, name) {
				continue
			}
			found = append(found, i.Find(c.Object, fmt.Sprintf("the %s has no port %q", c.describe(), name),
				didYouMean(name, names), c.field(probe, kind, "port")...))
		}
	}
	return found
}

// isNear tells whether a name is nearly one of the others.
func isNear(name string, names []string) bool {
	_, near := diagnostic.Suggest(name, names)
	return near
}

func isNumber(text string) bool {
	for _, c := range text {
		if c < '0' || c > '9' {
			return false
		}
	}
	return text != ""
}

func didYouMean(name string, names []string) string {
	if hint := diagnostic.DidYouMean(name, names); hint != "" {
		return hint
	}
	switch len(names) {
	case 0:
		return "there are no ports with names"
	case 1:
		return fmt.Sprintf("there is the port %q", names[0])
	}
	return fmt.Sprintf("there are the ports %q", names)
}
