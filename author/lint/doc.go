// Package lint looks for what is wrong with a package, or will be: objects that come
// before what they need, selectors that select nothing, secrets in plain text, APIs
// that Kubernetes does not have any more, configuration that nobody reads, and so on.
//
// [Run] renders a package with all cases of its test matrix (see package matrix) and
// runs [Rules] over it: the manifest, the files, the templates and all rendered
// objects. A [Finding] points at the line of the template or file that is at fault,
// whatever includes it, and says in which cases it comes up where that is not all of
// them. [FindFixes] works out changes that mend findings, where one is safe.
//
// # Rules
//
// A [Rule] is a value: code, severity, what it means, an example, a cure, and a
// function. Programs pass rules of their own in [Options]. Severity Error is for what
// cannot work; rules prefer to say nothing over saying what is not so.
//
// # Silence
//
// A comment silences findings of its line, of the line behind it where it stands
// alone, of its document where it stands right behind "---", or of its whole file
// where it stands at the head, before anything else:
//
//	# packstage:ignore container-resources the limits come from a LimitRange
//	{{/* packstage:ignore define-unused,function-pointless the import makes it */}}
//
// Codes stand first, separated by commas; what follows is the reason. The author's
// folder may have .packstage/lint.yaml:
//
//	rules:                     # severities for the whole package: off, info, warning, error
//	  config-undescribed: off
//	  image-unlocked: error
//	ignore:                    # some findings at some places
//	- codes: [rbac-cluster-wide]
//	  paths: ["rbac/**"]       # globs over paths in the package, as in spec.filter.paths
//	  objects: [ClusterRole/*] # globs over Kind/name or Kind/namespace/name
//	  reason: it manages the Secrets of all tenants
//
// That of the root holds for its components, too. A comment or entry that silences
// nothing is a finding of its own.
package lint
