package packageset

import (
	"bytes"
	"fmt"
)

const (
	definitions     = 30
	definitionBytes = 525_000
)

// CRDs generates a bundle of 30 custom resource definitions of 525 KB each, laid
// out as controller-gen writes them, in static files.
func CRDs() Set {
	set := Set{
		Name:        "crds",
		Description: "30 static definitions of 525 KB",
		Objects:     definitions,
		Files:       map[string][]byte{"manifest.yaml": []byte(crdsManifest)},
		config:      func(variant int) map[string]any { return map[string]any{"channel": int64(variant)} },
	}
	for i := range definitions {
		kind := words[i*7%len(words)]
		set.Files[fmt.Sprintf("crds/%02d-%s.yaml", i, kind)] = definition(i, kind, definitionBytes)
	}
	return set
}

const crdsManifest = `apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata:
  name: crds
spec:
  scopes:
  - Cluster
  phases:
  - name: crds
  availabilityProbes:
  - selector:
      kind:
        group: apiextensions.k8s.io
        kind: CustomResourceDefinition
    probes:
    - condition:
        type: Established
        status: "True"
  config:
    openAPIV3Schema:
      type: object
      properties:
        channel:
          type: integer
`

// definition writes a definition of about so many bytes: properties are added to
// its schema until it is that long.
func definition(number int, word string, length int) []byte {
	w := &schemaWriter{state: uint64(number) + 1}
	kind := string(word[0]-'a'+'A') + word[1:] + fmt.Sprint(number)
	fmt.Fprintf(&w.out, definitionFormat, word, number, kind, kind, word, number, word, number)
	for i := 0; w.out.Len() < length-len(definitionTail); i++ {
		w.property(14, fmt.Sprintf("%s%d", w.word(), i), 0, length-len(definitionTail))
	}
	w.out.WriteString(definitionTail)
	return w.out.Bytes()
}

const definitionFormat = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  annotations:
    controller-gen.kubebuilder.io/version: v0.16.1
    package-operator.run/phase: crds
  name: %s%ds.platform.example.com
spec:
  group: platform.example.com
  names:
    kind: %s
    listKind: %sList
    plural: %s%ds
    singular: %s%d
  scope: Namespaced
  versions:
  - additionalPrinterColumns:
    - jsonPath: .status.phase
      name: Phase
      type: string
    - jsonPath: .metadata.creationTimestamp
      name: Age
      type: date
    name: v1
    schema:
      openAPIV3Schema:
        properties:
          apiVersion:
            type: string
          kind:
            type: string
          metadata:
            type: object
          spec:
            properties:
`

const definitionTail = `            type: object
        type: object
    served: true
    storage: true
    subresources:
      status: {}
`

// schemaWriter writes the properties of a schema. Its choices look mixed but are
// the same each time.
type schemaWriter struct {
	out   bytes.Buffer
	state uint64
}

// choose returns a number below n (xorshift64).
func (w *schemaWriter) choose(n int) int {
	w.state ^= w.state << 13
	w.state ^= w.state >> 7
	w.state ^= w.state << 17
	return int(w.state % uint64(n))
}

func (w *schemaWriter) word() string { return words[w.choose(len(words))] }

func (w *schemaWriter) line(indent int, format string, arguments ...any) {
	for range indent {
		w.out.WriteByte(' ')
	}
	fmt.Fprintf(&w.out, format+"\n", arguments...)
}

// property writes one property with what is below it, no deeper than real
// schemas are, and nothing below it once the definition has its length.
func (w *schemaWriter) property(indent int, name string, depth, length int) {
	w.line(indent, "%s:", name)
	indent += 2
	choice := w.choose(10)
	if depth >= 7 || w.out.Len() > length {
		choice = w.choose(6)
	}
	switch choice {
	case 0, 1, 2:
		w.description(indent)
		w.line(indent, "type: string")
	case 3:
		w.line(indent, "default: %d", w.choose(1000))
		w.description(indent)
		w.line(indent, "format: int32")
		w.line(indent, "minimum: 0")
		w.line(indent, "type: integer")
	case 4:
		w.line(indent, "anyOf:")
		w.line(indent, "- type: integer")
		w.line(indent, "- type: string")
		w.description(indent)
		w.line(indent, `pattern: ^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE])?$`)
		w.line(indent, "x-kubernetes-int-or-string: true")
	case 5:
		w.line(indent, `default: ""`)
		w.description(indent)
		w.line(indent, "enum:")
		w.line(indent, `- ""`)
		w.line(indent, "- %s", w.word())
		w.line(indent, "- %s", w.word())
		w.line(indent, "type: string")
	case 6:
		w.description(indent)
		w.line(indent, "items:")
		w.object(indent+2, depth+1, length)
		w.line(indent, "type: array")
		w.line(indent, "x-kubernetes-list-type: atomic")
	case 7:
		w.line(indent, "additionalProperties:")
		w.line(indent+2, "type: string")
		w.description(indent)
		w.line(indent, "type: object")
	default:
		w.description(indent)
		w.object(indent, depth+1, length)
	}
}

func (w *schemaWriter) object(indent, depth, length int) {
	w.line(indent, "properties:")
	first := ""
	for i := range 3 + w.choose(6) {
		name := fmt.Sprintf("%s%s", w.word(), string(rune('A'+i)))
		if i == 0 {
			first = name
		}
		w.property(indent+2, name, depth, length)
		if w.out.Len() > length {
			break
		}
	}
	w.line(indent, "required:")
	w.line(indent, "- %s", first)
	w.line(indent, "type: object")
}

// description writes most descriptions as blocks of several lines and the others
// as plain text in one.
func (w *schemaWriter) description(indent int) {
	if w.choose(4) == 0 {
		w.line(indent, "description: The %s", w.sentence(6))
		return
	}
	w.line(indent, "description: |-")
	for range 1 + w.choose(3) {
		w.line(indent+2, "The %s", w.sentence(6+w.choose(8)))
	}
}

func (w *schemaWriter) sentence(length int) string {
	var text bytes.Buffer
	for i := range length {
		if i > 0 {
			text.WriteByte(' ')
		}
		text.WriteString(w.word())
	}
	text.WriteByte('.')
	return text.String()
}

var words = []string{
	"policy", "gateway", "listener", "backend", "route", "secret", "volume", "claim", "snapshot", "schedule",
	"window", "retention", "endpoint", "certificate", "issuer", "selector", "toleration", "affinity", "replica",
	"quota", "limit", "threshold", "interval", "timeout", "retry", "probe", "condition", "phase", "target",
	"source", "reference", "namespace", "cluster", "region", "zone", "tenant", "account", "credential", "token",
	"template", "container", "image", "registry", "digest", "signature", "channel", "subscription", "catalog",
}
