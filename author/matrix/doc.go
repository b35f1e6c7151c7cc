// Package matrix knows with what an author wants a package to be rendered: the test
// cases of its manifest and of .packstage/test.yaml, in each of the environments
// that are listed there.
//
// [Open] reads a package with its components and gives a [Suite] for each: the
// compiled package and its cases, in the order in which they are written. Tests,
// lint, comparison and documents all work on the same cases.
//
// # The file
//
// .packstage/test.yaml lies beside the manifest, of the root or of a component. The
// folder begins with a dot, so it is never part of the package.
//
//	environments:                # every case is rendered as it is written, and in each of these
//	- name: openshift
//	  environment: {kubernetes: {version: v1.36.0}, openShift: {version: v4.20.0}}
//	assert:                      # for every case that is to work
//	- that: objects.all(o, has(o.metadata.labels.app))
//	  message: every object has the label app
//	cases:                       # beside those of the manifest
//	- name: many
//	  scope: Namespaced          # default: by whether there is a namespace
//	  context:                   # as in the manifest: package, config, environment
//	    config: {replicas: 5}
//	  environments: [openshift]  # these in place of all; [] is none
//	  golden: true               # golden files in .packstage/golden/many
//	  assert:
//	  - that: phases.size() == 2
//	- name: refused
//	  context: {config: {replicas: -1}}
//	  error: {code: config-invalid, contains: config.replicas}
//
// Assertions are CEL over objects (a list of all, in order), phases (a list with
// name, class and objects) and config (as it was admitted). An expected error must
// come up: a finding with the code, if one is given, whose text or field contains
// the text, if one is given.
package matrix
