// Package probe judges from an object's fields alone whether it is available.
//
// [Compile] takes the availability probes of a package; [Set.Check] judges one
// object as it was read from a cluster. The rules, in this order:
//
//  1. An object with a deletionTimestamp is [Terminating], whatever else it says.
//  2. The entries whose selector (kind, labels) selects the object decide. Every
//     probe of every such entry must hold, and a status.observedGeneration must be
//     the object's generation, where the API server counts generations: an outdated
//     status proves nothing.
//  3. An object that no entry selects is judged by the rules for its kind ([Kind]),
//     or is available as soon as it exists, where [Options].WithoutKindRules says so.
//
// A probe that does not hold is [Progressing], unless the rules for the kind know
// that waiting is in vain (a failed Job): then the result is [Failed].
//
// # Probes
//
// The meaning of condition, fieldsEqual, fieldValue and cel is that of
// docs/format.md, and of Package Operator where packages rely on it. A condition
// counts only where its observedGeneration, if any, is the object's generation.
// Fields that are missing are never equal, not even to one another. Numbers are
// compared by value. A fieldValue is compared with the value's text: a string as
// it is, a number in decimals, true, false, null; objects and lists have none. An
// error of a CEL rule, such as a missing field, is "not yet".
//
// Paths are dotted and begin with a dot, which may be left out: .status.replicas.
// Brackets hold list indexes and keys that have dots in them:
// .status.ports[0].port, .metadata.annotations['example.com/key'].
//
// # Rules for kinds
//
// They follow what kstatus (of kubernetes-sigs/cli-utils) describes. Where they
// differ it is so that an operator is neither told too early that something works
// nor left waiting for what cannot come:
//
//   - A Job is available when it is complete; kstatus is content with a started one.
//   - A PersistentVolumeClaim that is Pending is waited for only where its fields
//     prove that it does not wait for a pod (no storage class, a volume's name, or
//     a provisioner at work). The binding mode is a field of the storage class; a
//     claim of a class that binds with the first consumer stays Pending until a pod
//     comes, which may belong to a later phase. Who wants to wait for it writes a
//     fieldValue probe for .status.phase.
//   - A Service of type LoadBalancer is available when it has an address.
//   - A Deployment, StatefulSet, DaemonSet or ReplicaSet that its controller has
//     not seen yet is not available, also with zero replicas.
//   - A StatefulSet or DaemonSet with the strategy OnDelete needs all its pods
//     available, of whatever revision.
//   - A PodDisruptionBudget, HorizontalPodAutoscaler, Ingress or webhook
//     configuration is available at once: what it waits for may come later.
//   - A pod in CrashLoopBackOff or without a node is [Progressing] with words that
//     say so, since both can end by themselves; kstatus has them as failed.
//
// All other kinds have the generic rules: Stalled is [Failed], Reconciling and a
// Ready that is not True are [Progressing], anything else is available. A custom
// resource whose controller has not written any status yet looks like one that
// never gets any: it needs a probe.
//
// Nothing is read but the object: no clock, no other objects. Values of Secrets
// never appear in a message.
package probe
