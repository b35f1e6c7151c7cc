package lint

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/validate/content"
	"k8s.io/apimachinery/pkg/util/validation"
)

// nameRules are about the forms that names must have.
func nameRules() []Rule {
	return []Rule{{
		Code: "name-invalid", Severity: errorSeverity,
		Summary: "a name that Kubernetes does not allow for the kind, or a name or label value that is too long",
		Explanation: "Namespaces, Services and containers have names of at most 63 letters, digits and dashes, most others " +
			"up to 253 with dots; what becomes part of pod names and labels is shorter: 52 for a CronJob and a StatefulSet, 63 for a Job.",
		Example: "kind: Service\nmetadata: {name: shop.api}",
		Cure:    "kind: Service\nmetadata: {name: shop-api}",
		Check:   EachInstance(nameInvalid),
	}, {
		Code: "name-too-long-for-instances", Severity: infoSeverity,
		Summary: "a name that is too long once the instance has a longer name",
		Explanation: "The name of an instance may have up to 63 characters, and the package adds to it. Kubernetes refuses " +
			"the object then. Cut it (`trunc 63 | trimSuffix \"-\"`), or make the part that is added short. It is a finding where less than 15 characters are left for the instance.",
		Example: "name: {{ .package.metadata.name }}-a-very-long-suffix-that-takes-nearly-all-of-it-away",
		Cure:    "name: {{ printf \"%s-controller\" .package.metadata.name | trunc 63 | trimSuffix \"-\" }}",
		Check:   EachInstance(nameTooLong),
	}}
}

// nameForm is what names of a kind must be like.
type nameForm struct {
	longest int
	check   func(string) []string
}

func formOf(object Object) nameForm {
	gvk := object.GroupVersionKind()
	switch gvk.Group + "/" + gvk.Kind {
	case "/Namespace":
		return nameForm{63, validation.IsDNS1123Label}
	case "/Service":
		// Kubernetes 1.34 and older want a letter at the beginning.
		return nameForm{63, validation.IsDNS1035Label}
	case "batch/CronJob", "apps/StatefulSet":
		return nameForm{52, validation.IsDNS1123Subdomain}
	case "batch/Job":
		return nameForm{63, validation.IsDNS1123Subdomain}
	}
	switch gvk.Group {
	case rbacGroup:
		return nameForm{253, content.IsPathSegmentName}
	case "", "apps", "policy", "autoscaling", "networking.k8s.io", "storage.k8s.io", "scheduling.k8s.io", "node.k8s.io", "coordination.k8s.io",
		"apiextensions.k8s.io", "apiregistration.k8s.io", "admissionregistration.k8s.io":
		return nameForm{253, validation.IsDNS1123Subdomain}
	}
	// Custom resources may have rules of their own, but these hold for all of them.
	return nameForm{253, content.IsPathSegmentName}
}

func nameInvalid(i *Instance) []Finding {
	var found []Finding
	for _, object := range i.Objects {
		name, field := object.Name(), "name"
		if name == "" {
			continue // of generateName, the end is not known
		}
		form := formOf(object)
		switch problems := form.check(name); {
		case len(name) > form.longest:
			found = append(found, i.Find(object, fmt.Sprintf("the name has %d characters; at most %d are allowed", len(name), form.longest), "", "metadata", field))
		case len(problems) > 0:
			found = append(found, i.Find(object, fmt.Sprintf("%q cannot be the name of a %s: %s", name, object.Kind(), shortened(problems[0])), "", "metadata", field))
		}
		if namespace := object.Namespace(); namespace != "" {
			if problems := validation.IsDNS1123Label(namespace); len(problems) > 0 {
				found = append(found, i.Find(object, fmt.Sprintf("%q cannot be a namespace: %s", namespace, shortened(problems[0])), "", "metadata", "namespace"))
			}
		}
	}
	for _, w := range i.workloads() {
		found = append(found, i.namesInPod(w)...)
	}
	return found
}

// shortened returns a message of Kubernetes without its regular expression.
func shortened(problem string) string {
	problem, _, _ = strings.Cut(problem, " (e.g.")
	return problem
}

func (i *Instance) namesInPod(w workload) []Finding {
	var found []Finding
	report := func(name string, problems []string, what string, path []any) {
		if name != "" && len(problems) > 0 {
			found = append(found, i.Find(w.Object, fmt.Sprintf("%q cannot be the name of a %s: %s", name, what, shortened(problems[0])), "", path...))
		}
	}
	for _, c := range w.containers {
		report(c.name(), validation.IsDNS1123Label(c.name()), "container", c.field("name"))
		for k := range listAt(c.fields, "ports") {
			name := textAt(c.fields, "ports", k, "name")
			report(name, validation.IsValidPortName(name), "port", c.field("ports", k, "name"))
		}
	}
	for k := range listAt(w.pod, "spec", "volumes") {
		name := textAt(w.pod, "spec", "volumes", k, "name")
		report(name, validation.IsDNS1123Label(name), "volume", w.field("spec", "volumes", k, "name"))
	}
	for _, key := range slices.Sorted(maps.Keys(mapAt(w.pod, "metadata", "labels"))) {
		value := textAt(w.pod, "metadata", "labels", key)
		if problems := validation.IsValidLabelValue(value); len(problems) > 0 {
			found = append(found, i.Find(w.Object, fmt.Sprintf("%q cannot be the value of a label: %s", value, shortened(problems[0])), "", w.field("metadata", "labels", key)...))
		}
	}
	return found
}

// leastForInstances is how many characters of a name an instance should have.
const leastForInstances = 15

func nameTooLong(i *Instance) []Finding {
	var found []Finding
	for _, object := range i.Objects {
		rest, form := len(object.Name())-len(i.Name), formOf(object)
		if i.Name == "" || !strings.Contains(object.Name(), i.Name) || object.Name() == i.Name || len(object.Name()) > form.longest ||
			form.longest-rest >= leastForInstances {
			continue
		}
		finding := i.Find(object, fmt.Sprintf("only %d characters are left for the name of the instance: at most %d are allowed", form.longest-rest, form.longest),
			`shorten what is added, or cut it with trunc`, "metadata", "name")
		if !i.subject.isLiteral(finding.Position) {
			found = append(found, finding)
		}
	}
	return found
}
