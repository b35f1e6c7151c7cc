package clustertest

import (
	"cmp"
	"slices"
	"sync"

	mergeschema "sigs.k8s.io/structured-merge-diff/v6/schema"
	"sigs.k8s.io/structured-merge-diff/v6/typed"
)

// Types that every schema has. Any value is of the type anyType: objects are merged
// field by field, lists as a whole. Everything of atomicType is merged as a whole.
const (
	anyType      = "__untyped_deduced_"
	atomicType   = "__untyped_atomic_"
	metadataType = "ObjectMeta"
	objectType   = "Object" // of kinds with nothing special but metadata
	// mapType has keys of the author's, where others have fields of Kubernetes'. An
	// owner of a key owns it as a whole, an owner of a field what is in it.
	mapType = "Map"
)

func named(name string) mergeschema.TypeRef { return mergeschema.TypeRef{NamedType: &name} }

func atomicReference() mergeschema.TypeRef { return named(atomicType) }

// listOf is a list whose elements are merged where their keys are equal.
func listOf(element string, keys ...string) mergeschema.TypeRef {
	return mergeschema.TypeRef{Inlined: mergeschema.Atom{List: &mergeschema.List{
		ElementType: named(element), ElementRelationship: mergeschema.Associative, Keys: keys,
	}}}
}

// setOf is a list of scalars whose elements have owners of their own.
func setOf(scalar mergeschema.Scalar) mergeschema.TypeRef {
	return mergeschema.TypeRef{Inlined: mergeschema.Atom{List: &mergeschema.List{
		ElementType:         mergeschema.TypeRef{Inlined: mergeschema.Atom{Scalar: &scalar}},
		ElementRelationship: mergeschema.Associative,
	}}}
}

func field(name string, reference mergeschema.TypeRef) mergeschema.StructField {
	return mergeschema.StructField{Name: name, Type: reference}
}

// defaulted is a scalar that is part of a list's key, where it may be left out.
func defaulted(name, value string) mergeschema.StructField {
	untyped := mergeschema.Untyped
	return mergeschema.StructField{Name: name, Type: mergeschema.TypeRef{Inlined: mergeschema.Atom{Scalar: &untyped}}, Default: value}
}

// open is a type that may have further fields.
func open(name string, fields ...mergeschema.StructField) mergeschema.TypeDef {
	return mergeschema.TypeDef{Name: name, Atom: mergeschema.Atom{Map: &mergeschema.Map{Fields: fields, ElementType: named(anyType)}}}
}

// commonTypes are part of every schema.
func commonTypes() []mergeschema.TypeDef {
	untyped := mergeschema.Untyped
	whole := func(name string, relation mergeschema.ElementRelationship) mergeschema.TypeDef {
		return mergeschema.TypeDef{Name: name, Atom: mergeschema.Atom{
			Scalar: &untyped,
			List:   &mergeschema.List{ElementType: atomicReference(), ElementRelationship: mergeschema.Atomic},
			Map:    &mergeschema.Map{ElementType: named(name), ElementRelationship: relation},
		}}
	}
	return []mergeschema.TypeDef{
		whole(atomicType, mergeschema.Atomic),
		whole(anyType, mergeschema.Separable),
		{Name: mapType, Atom: mergeschema.Atom{Map: &mergeschema.Map{ElementType: named(atomicType)}}},
		open(metadataType, field("labels", named(mapType)), field("annotations", named(mapType)),
			field("finalizers", setOf(mergeschema.String)), field("ownerReferences", listOf(atomicType, "uid"))),
		open("Status", field("conditions", listOf(anyType, "type"))),
		open(objectType, field("metadata", named(metadataType)), field("status", named("Status"))),
	}
}

// object is the type of a kind: metadata, status, and what the kind has besides.
func object(name string, fields ...mergeschema.StructField) mergeschema.TypeDef {
	return open(name, append([]mergeschema.StructField{
		field("metadata", named(metadataType)), field("status", named("Status")),
	}, fields...)...)
}

// specialFields are the fields of built-in kinds that have one of the types above
// wherever they are: maps, and selectors and references, which are merged as a whole.
var specialFields = sync.OnceValue(func() map[string]string {
	special := map[string]string{}
	for _, name := range []string{
		"allocatable", "annotations", "binaryData", "capacity", "data", "hard", "labels", "limits", "matchLabels", "max", "min",
		"default", "defaultRequest", "maxLimitRequestRatio", "options", "overhead", "parameters", "podFixed", "requests",
		"stringData", "used", "volumeAttributes",
	} {
		special[name] = mapType
	}
	for _, name := range []string{
		"claimRef", "configMapKeyRef", "controllerExpandSecretRef", "controllerPublishSecretRef", "dataSource", "fieldRef", "fileKeyRef",
		"labelSelector", "matchConstraints", "matchResources", "namespaceSelector", "nodeExpandSecretRef", "nodePublishSecretRef",
		"nodeSelector", "nodeStageSecretRef", "objectSelector", "paramKind", "paramRef", "podSelector",
		"requiredDuringSchedulingIgnoredDuringExecution", "resourceFieldRef", "roleRef", "scopeSelector", "secretKeyRef", "secretRef",
		"selector",
	} {
		special[name] = atomicType
	}
	return special
})

// builtinParser returns the types of the built-in kinds for objects that have certain
// names in them. Kubernetes' types list their fields; these are open, and take all names
// for fields.
func builtinParser(names []string) *typed.Parser {
	special := specialFields()
	var types []mergeschema.TypeDef
	for _, one := range builtinTypes() {
		if one.Map == nil || one.Name == mapType || one.Name == atomicType {
			types = append(types, one)
			continue
		}
		fields := slices.Clone(one.Fields)
		for _, name := range names {
			if _, declared := one.FindField(name); declared {
				continue
			}
			fields = append(fields, field(name, named(cmp.Or(special[name], anyType))))
		}
		one.Map = &mergeschema.Map{Fields: fields, ElementType: one.Map.ElementType, ElementRelationship: one.Map.ElementRelationship}
		types = append(types, one)
	}
	return &typed.Parser{Schema: mergeschema.Schema{Types: types}}
}

// namesIn collects the names of a value's fields, apart from those in what is a map or
// merged as a whole.
func namesIn(value any, names map[string]bool) {
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			names[name] = true
			if specialFields()[name] == "" && name != "managedFields" {
				namesIn(inner, names)
			}
		}
	case []any:
		for _, inner := range value {
			namesIn(inner, names)
		}
	}
}

// builtinTypes says how lists of the built-in kinds are merged, where that is not as
// for any value. A kind is there by its name.
var builtinTypes = sync.OnceValue(func() []mergeschema.TypeDef {
	types := commonTypes()
	for _, name := range []string{"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController"} {
		types = append(types, object(name, field("spec", named("Template"))))
	}
	return append(types,
		open("Template", field("template", named("Pod"))),
		open("Job", field("metadata", named(metadataType)), field("spec", named("Template"))), // conditions are atomic
		object("CronJob", field("spec", named("CronJobSpec"))),
		open("CronJobSpec", field("jobTemplate", named("Job"))),
		object("PodTemplate", field("template", named("Pod"))),
		object("Pod", field("spec", named("PodSpec"))),
		open("PodSpec",
			field("containers", listOf("Container", "name")), field("initContainers", listOf("Container", "name")),
			field("ephemeralContainers", listOf("Container", "name")), field("volumes", listOf(anyType, "name")),
			field("imagePullSecrets", listOf(atomicType, "name")), field("hostAliases", listOf(anyType, "ip")),
			field("resourceClaims", listOf(anyType, "name")), field("schedulingGates", listOf(anyType, "name")),
			field("topologySpreadConstraints", listOf(anyType, "topologyKey", "whenUnsatisfiable")),
		),
		open("Container",
			field("env", listOf(anyType, "name")), field("ports", listOf("Port", "containerPort", "protocol")),
			field("resources", named("Resources")), field("volumeDevices", listOf(anyType, "devicePath")),
			field("volumeMounts", listOf(anyType, "mountPath")),
		),
		open("Port", defaulted("protocol", "TCP")),
		open("Resources", field("claims", listOf(anyType, "name"))),
		object("Service", field("spec", named("ServiceSpec"))),
		open("ServiceSpec", field("ports", listOf("Port", "port", "protocol"))),
		object("ServiceAccount", field("secrets", listOf(atomicType, "name"))),
		object("Ingress", field("spec", named("IngressSpec"))),
		open("IngressSpec", field("defaultBackend", named("IngressBackend"))),
		open("IngressBackend", field("service", named("IngressService"))),
		open("IngressService", field("port", atomicReference())),
		object("MutatingWebhookConfiguration", field("webhooks", listOf("Webhook", "name"))),
		object("ValidatingWebhookConfiguration", field("webhooks", listOf("Webhook", "name"))),
		open("Webhook", field("matchConditions", listOf(anyType, "name"))),
		object("ValidatingAdmissionPolicy", field("spec", named("PolicySpec"))),
		object("MutatingAdmissionPolicy", field("spec", named("PolicySpec"))),
		open("PolicySpec", field("matchConditions", listOf(anyType, "name")), field("variables", listOf(atomicType, "name"))),
		object("ValidatingAdmissionPolicyBinding", field("spec", named("BindingSpec"))),
		open("BindingSpec", field("validationActions", setOf(mergeschema.String))),
	)
})
