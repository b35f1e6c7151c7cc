package compare

import (
	"encoding/base64"
	"maps"
	"math/big"
	"slices"
	"strings"
)

// serviceFaults are the fields of a Service that keep what was allocated once.
func serviceFaults(a, b map[string]any) []fault {
	const reason = "clients that know its address lose it"
	typeOf := func(service map[string]any) string {
		return textOf(orElse(valueAt(service, "spec", "type"), "ClusterIP"))
	}
	before, after := textAt(a, "spec", "clusterIP"), textAt(b, "spec", "clusterIP")
	var faults []fault
	named := typeOf(a) == "ExternalName" || typeOf(b) == "ExternalName" // IPs come and go with the type
	if before == "" {
		before = firstOf(textsAt(a, "spec", "clusterIPs"))
	}
	if after == "" {
		after = firstOf(textsAt(b, "spec", "clusterIPs"))
	}
	// An IP that B does not name is kept as it is; one that it names must be the same.
	if !named && after != "" && before != after {
		faults = append(faults, fault{[]string{"spec", "clusterIP"}, orNil(before), after, reason})
	}
	first := func(service map[string]any) string { return firstOf(textsAt(service, "spec", "ipFamilies")) }
	if !named && first(a) != "" && first(b) != "" && first(a) != first(b) {
		faults = append(faults, fault{[]string{"spec", "ipFamilies"}, valueAt(a, "spec", "ipFamilies"), valueAt(b, "spec", "ipFamilies"), reason})
	}
	balanced := typeOf(a) == "LoadBalancer" && typeOf(b) == "LoadBalancer"
	if was, is := valueAt(a, "spec", "loadBalancerClass"), valueAt(b, "spec", "loadBalancerClass"); balanced && !equal(was, is) {
		faults = append(faults, fault{[]string{"spec", "loadBalancerClass"}, was, is, reason})
	}
	was, is := valueAt(a, "spec", "healthCheckNodePort"), valueAt(b, "spec", "healthCheckNodePort")
	if balanced && was != nil && is != nil && !equal(was, is) {
		faults = append(faults, fault{[]string{"spec", "healthCheckNodePort"}, was, is, reason})
	}
	return faults
}

func firstOf(texts []string) string {
	if len(texts) == 0 {
		return ""
	}
	return texts[0]
}

func orNil(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// frozenFaults are what cannot be changed in a Secret or ConfigMap that is
// immutable.
func frozenFaults(a, b map[string]any) []fault {
	if !boolAt(a, "immutable") {
		return nil
	}
	const reason = "whoever has mounted it goes on with the old one"
	var faults []fault
	if !equalMaps(secretData(a), secretData(b)) {
		for _, name := range []string{"data", "binaryData", "stringData"} {
			if !equal(a[name], b[name]) {
				faults = append(faults, fault{[]string{name}, a[name], b[name], reason})
			}
		}
	}
	if !boolAt(b, "immutable") {
		faults = append(faults, fault{[]string{"immutable"}, true, b["immutable"], reason})
	}
	return faults
}

// secretData is what a Secret or ConfigMap holds, by field and key: texts of
// stringData as they are stored.
func secretData(object map[string]any) map[string]any {
	held := map[string]any{}
	for _, field := range []string{"data", "binaryData"} {
		for name, value := range mapAt(object, field) {
			held[field+"/"+name] = value
		}
	}
	for name, value := range mapAt(object, "stringData") {
		held["data/"+name] = base64.StdEncoding.EncodeToString([]byte(textOf(value)))
	}
	return held
}

// claimFaults are what cannot be changed in a PersistentVolumeClaim: all of its
// specification but a larger size and the class of attributes.
func claimFaults(a, b map[string]any) []fault {
	const reason = "its data has to be moved"
	before, after := mapAt(a, "spec"), mapAt(b, "spec")
	var faults []fault
	for _, name := range either(before, after) {
		var fallback any
		switch name {
		case "volumeAttributesClassName":
			continue
		case "volumeMode":
			fallback = "Filesystem"
		case "resources":
			faults = append(faults, requestFaults(before, after)...)
			continue
		}
		if !equal(orElse(before[name], fallback), orElse(after[name], fallback)) {
			faults = append(faults, fault{[]string{"spec", name}, before[name], after[name], reason})
		}
	}
	return faults
}

func requestFaults(before, after map[string]any) []fault {
	path := []string{"resources", "requests", "storage"}
	was, is := valueAt(before, path...), valueAt(after, path...)
	left, okLeft := quantity(was)
	right, okRight := quantity(is)
	if is == nil && was != nil || okLeft && okRight && right.Cmp(left) < 0 {
		return []fault{{append([]string{"spec"}, path...), was, is, "a claim can grow, not shrink"}}
	}
	return nil
}

var suffixes = map[string]*big.Rat{
	"": big.NewRat(1, 1), "m": big.NewRat(1, 1000), "u": big.NewRat(1, 1e6), "n": big.NewRat(1, 1e9),
	"k": big.NewRat(1e3, 1), "M": big.NewRat(1e6, 1), "G": big.NewRat(1e9, 1), "T": big.NewRat(1e12, 1),
	"P": big.NewRat(1e15, 1), "E": big.NewRat(1e18, 1),
	"Ki": big.NewRat(1<<10, 1), "Mi": big.NewRat(1<<20, 1), "Gi": big.NewRat(1<<30, 1), "Ti": big.NewRat(1<<40, 1),
	"Pi": big.NewRat(1<<50, 1), "Ei": big.NewRat(1<<60, 1),
}

// quantity reads an amount as Kubernetes writes it: "10Gi", "1.5", 3.
func quantity(value any) (*big.Rat, bool) {
	text, ok := value.(string)
	if !ok {
		number := exact(value)
		return number, number != nil
	}
	const longest = 64 // no amount needs more, and a large exponent is a large number
	end := strings.LastIndexAny(text, "0123456789.") + 1
	factor, known := suffixes[text[end:]]
	if !known || len(text) > longest || strings.ContainsAny(text, "eE/_xXpP") && strings.ContainsAny(text[:end], "eE/_xXpP") {
		return nil, false
	}
	number, ok := new(big.Rat).SetString(text[:end])
	if !ok {
		return nil, false
	}
	return number.Mul(number, factor), true
}

// volumeFaults are the sources of a PersistentVolume.
func volumeFaults(a, b map[string]any) []fault {
	mutable := []string{
		"capacity", "accessModes", "claimRef", "persistentVolumeReclaimPolicy", "storageClassName", "mountOptions",
		"volumeMode", "volumeAttributesClassName",
	}
	before, after := mapAt(a, "spec"), mapAt(b, "spec")
	var faults []fault
	for _, name := range either(before, after) {
		if name == "nodeAffinity" && before[name] == nil { // it may be set once
			continue
		}
		if !slices.Contains(mutable, name) && !equal(before[name], after[name]) {
			faults = append(faults, fault{[]string{"spec", name}, before[name], after[name], "its data has to be moved"})
		}
	}
	return faults
}

// podFaults say that a Pod changed in something other than its images, deadline and
// further tolerations.
func podFaults(a, b map[string]any) []fault {
	before, after := fixedPod(mapAt(a, "spec")), fixedPod(mapAt(b, "spec"))
	var faults []fault
	if was, is := listAt(a, "spec", "tolerations"), listAt(b, "spec", "tolerations"); len(missing(was, is)) > 0 {
		faults = append(faults, fault{[]string{"spec", "tolerations"}, was, is, "tolerations can only be added"})
	}
	for _, name := range either(before, after) {
		if !equal(before[name], after[name]) {
			faults = append(faults, fault{[]string{"spec", name}, mapAt(a, "spec")[name], mapAt(b, "spec")[name], "it is stopped and started anew"})
		}
	}
	return faults
}

func fixedPod(spec map[string]any) map[string]any {
	fixed := map[string]any{}
	plain, _ := plainPod(nil, spec).(map[string]any)
	for name, value := range plain {
		switch name {
		case "activeDeadlineSeconds", "tolerations", "schedulingGates":
		case "containers", "initContainers":
			var containers []any
			list, _ := value.([]any)
			for _, item := range list {
				if container, ok := item.(map[string]any); ok {
					container = maps.Clone(container)
					delete(container, "image")
					item = container
				}
				containers = append(containers, item)
			}
			fixed[name] = containers
		default:
			fixed[name] = value
		}
	}
	return fixed
}
