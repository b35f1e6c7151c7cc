package clustertest

import (
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
		open(metadataType, field("finalizers", setOf(mergeschema.String)), field("ownerReferences", listOf(atomicType, "uid"))),
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

// workload is a kind that makes pods.
func workload(name string, selector ...mergeschema.StructField) []mergeschema.TypeDef {
	return []mergeschema.TypeDef{
		object(name, field("spec", named(name+"Spec"))),
		open(name+"Spec", append(selector, field("template", named("PodTemplate")))...),
	}
}

// builtinTypes says how lists and objects of the built-in kinds are merged, where
// that is not as for any value. A kind is there by its name.
var builtinTypes = sync.OnceValue(func() *typed.Parser {
	selector := field("selector", atomicReference())
	types := commonTypes()
	for _, name := range []string{"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController"} {
		types = append(types, workload(name, selector)...)
	}
	matching := []mergeschema.StructField{
		field("matchConditions", listOf(anyType, "name")), field("namespaceSelector", atomicReference()), field("objectSelector", atomicReference()),
	}
	container := []mergeschema.StructField{
		field("env", listOf("EnvVar", "name")),
		field("ports", listOf("Port", "containerPort", "protocol")),
		field("resources", named("Resources")),
		field("volumeDevices", listOf(anyType, "devicePath")),
		field("volumeMounts", listOf(anyType, "mountPath")),
	}
	types = append(types,
		open("Job", field("metadata", named(metadataType)), field("spec", named("JobSpec"))), // conditions are atomic
		open("JobSpec", selector, field("template", named("PodTemplate"))),
		object("CronJob", field("spec", named("CronJobSpec"))),
		open("CronJobSpec", field("jobTemplate", named("Job"))),
		object("Pod", field("spec", named("PodSpec"))),
		open("PodTemplate", field("metadata", named(metadataType)), field("spec", named("PodSpec")), field("template", named("Pod"))),
		open("PodSpec",
			field("containers", listOf("Container", "name")), field("initContainers", listOf("Container", "name")),
			field("ephemeralContainers", listOf("Container", "name")), field("volumes", listOf(anyType, "name")),
			field("imagePullSecrets", listOf(anyType, "name")), field("hostAliases", listOf(anyType, "ip")),
			field("resourceClaims", listOf(anyType, "name")), field("schedulingGates", listOf(anyType, "name")),
			field("topologySpreadConstraints", listOf(anyType, "topologyKey", "whenUnsatisfiable")),
			field("nodeSelector", atomicReference()),
		),
		open("Container", container...),
		open("EnvVar", field("valueFrom", named("EnvVarSource"))),
		open("EnvVarSource",
			field("configMapKeyRef", atomicReference()), field("secretKeyRef", atomicReference()), field("fieldRef", atomicReference()),
			field("resourceFieldRef", atomicReference()), field("fileKeyRef", atomicReference()),
		),
		open("Port", defaulted("protocol", "TCP")),
		open("Resources", field("claims", listOf(anyType, "name"))),
		object("Service", field("spec", named("ServiceSpec"))),
		open("ServiceSpec", field("ports", listOf("Port", "port", "protocol")), selector),
		object("ServiceAccount", field("secrets", listOf(atomicType, "name"))),
		object("PersistentVolumeClaim", field("spec", named("SelectorSpec"))),
		object("PodDisruptionBudget", field("spec", named("SelectorSpec"))),
		open("SelectorSpec", selector),
		object("NetworkPolicy", field("spec", named("NetworkPolicySpec"))),
		open("NetworkPolicySpec", field("podSelector", atomicReference())),
		object("RoleBinding", field("roleRef", atomicReference())),
		object("ClusterRoleBinding", field("roleRef", atomicReference())),
		object("MutatingWebhookConfiguration", field("webhooks", listOf("Webhook", "name"))),
		object("ValidatingWebhookConfiguration", field("webhooks", listOf("Webhook", "name"))),
		open("Webhook", matching...),
		object("ValidatingAdmissionPolicy", field("spec", named("PolicySpec"))),
		object("MutatingAdmissionPolicy", field("spec", named("PolicySpec"))),
		open("PolicySpec",
			field("matchConditions", listOf(anyType, "name")), field("variables", listOf(atomicType, "name")),
			field("matchConstraints", atomicReference()), field("paramKind", atomicReference()),
		),
		object("ValidatingAdmissionPolicyBinding", field("spec", named("BindingSpec"))),
		object("MutatingAdmissionPolicyBinding", field("spec", named("BindingSpec"))),
		open("BindingSpec",
			field("validationActions", setOf(mergeschema.String)), field("paramRef", atomicReference()), field("matchResources", atomicReference()),
		),
	)
	return &typed.Parser{Schema: mergeschema.Schema{Types: types}}
})
