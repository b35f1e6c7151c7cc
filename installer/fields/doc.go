// Package fields compares Kubernetes objects field by field, and tells who owns
// which field.
//
// [Contains] answers whether a live object has all that is wanted of it already, so
// that it need not be written. [Difference] lists what differs between two objects.
// [Owners] reads the managedFields by which the server keeps who wrote what.
// [Conflicts] and [IsImmutable] read the server's answers to a refused write.
//
// # Paths
//
// Fields are named by paths, which people know from kubectl and the server's
// messages:
//
//	.spec.replicas
//	.metadata.labels["app.kubernetes.io/name"]
//	.spec.template.spec.containers[name=web].image
//	.spec.template.spec.containers[name=web].ports[containerPort=80,protocol=TCP].name
//	.metadata.finalizers[=kubernetes.io/pvc-protection]
//	.spec.template.spec.containers[name=web].args[0]
//
// Names with characters other than letters, digits, "-", "_" and "$" stand in
// brackets and quotes. Items of lists are named by their key where Kubernetes has
// one for the list, by their value where the list is a set, and otherwise by their
// index, which counts from 0. A key or value is quoted where it would be ambiguous
// without, as a text is that looks like a number. Quoted texts have the escapes of
// Go and JSON. The object itself is ".".
//
// # Secrets
//
// The values of a Secret's data never leave this package: a change tells that they
// differ and no more. Others can be masked with [Options].Mask.
//
// Nothing in this package changes what it is given or keeps state: all functions may
// be called at the same time. None panics on any object that came from JSON.
package fields
