// Package manifest holds the file formats of packages: Go types, decoding with
// exact positions, and encoding. This doc is the specification of manifest.yaml
// and manifest.lock.yaml; docs/format.md has the rest of the format.
//
// # manifest.yaml
//
// One YAML document, read as kubectl reads YAML. apiVersion is
// manifests.package-operator.run/v1alpha1 and kind is PackageManifest.
//
//	metadata:
//	  name: shop                       # required; value of the label package-operator.run/package
//	spec:
//	  scopes: [Cluster, Namespaced]    # required: where instances may live
//	  phases:                          # required: the order of installation
//	  - name: deploy                   # unique
//	    class: hosted-cluster          # optional: which controller handles the phase
//	  availabilityProbes:              # when do objects count as available
//	  - selector:
//	      kind: {group: apps, kind: Deployment}
//	      selector: {matchLabels: {app: shop}}
//	    probes:                        # each exactly one of
//	    - condition: {type: Available, status: "True"}
//	    - fieldsEqual: {fieldA: .status.updatedReplicas, fieldB: .status.replicas}
//	    - fieldValue: {fieldPath: .status.phase, value: Bound}
//	    - cel: {rule: "self.status.ready", message: "not ready"}
//	  config:
//	    openAPIV3Schema: {type: object}  # a structural schema as in custom resource definitions
//	  images:                          # each needs an entry in the lock
//	  - {name: app, image: "registry.example.com/shop:v1"}
//	  components: {}                   # the folders in components/ are packages
//	  filter:
//	    conditions:                    # cond.<name>, each may use those before it
//	    - {name: openshift, expression: has(environment.openShift)}
//	    paths:                         # drop the objects of files
//	    - {glob: "openshift/**", expression: cond.openshift}
//	  constraints:                     # for whoever installs; rendering does not judge them
//	  - platform: [Kubernetes, OpenShift]
//	  - platformVersion: {name: Kubernetes, range: ">=1.28.0"}
//	  - uniqueInScope: {}
//	  repositories:
//	  - image: registry.example.com/packages:latest
//	  dependencies:
//	  - image: {name: db, package: postgres.packages, range: "^16"}
//	test:
//	  template:
//	  - name: default                  # golden files are in .test-fixtures/default
//	    context: {package: {metadata: {name: shop, namespace: shop}}, config: {}}
//	  kubeconform: {kubernetesVersion: v1.34.0}
//
// # manifest.lock.yaml
//
// kind is PackageManifestLock.
//
//	spec:
//	  images:
//	  - {name: app, image: "registry.example.com/shop:v1", digest: "sha256:…"}
//	  dependencies:
//	  - {name: db, image: registry.example.com/postgres, digest: "sha256:…", version: 16.2.0}
//
// # Reading
//
// Fields are matched exactly, else without regard to case, which is reported.
// Scalars that stand where a string is expected are converted as kubectl does:
// true becomes "true", 1.10 becomes "1.1". Unknown fields are reported with a
// suggestion and ignored: an error for authors (see package validate), a warning
// for everyone else, since packages in use have some.
package manifest
