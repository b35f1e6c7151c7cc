package yamldoc

import (
	"bytes"
	"fmt"
	"testing"

	sigsyaml "sigs.k8s.io/yaml"
)

const smallDocument = `apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  namespace: shop
  labels:
    app.kubernetes.io/name: shop
    app.kubernetes.io/component: frontend
  annotations:
    package-operator.run/phase: deploy
data:
  LOG_LEVEL: info
  WORKERS: "4"
  config.json: |
    {
      "listen": ":8080",
      "timeout": "30s"
    }
  enabled: "true"
  motd: welcome to the shop
`

// crdDocument returns a document of about size bytes that is shaped like a
// CustomResourceDefinition: deep, with descriptions over several lines.
func crdDocument(size int) []byte {
	var b bytes.Buffer
	b.WriteString(`apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  annotations:
    controller-gen.kubebuilder.io/version: v0.16.1
  name: things.example.com
spec:
  group: example.com
  names:
    kind: Thing
    listKind: ThingList
    plural: things
    singular: thing
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        description: Thing is the Schema for the things API.
        type: object
        properties:
`)
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, `          field%d:
            description: |-
              The field holds the settings of part %d. It is read once, when the
              part begins its work, and never again.

              More info: https://example.com/docs#part-%d
            properties:
              matchExpressions:
                description: matchExpressions is a list of label selector requirements.
                  The requirements are ANDed.
                items:
                  description: 'The operator''s relationship to a set of values: one
                    of In, NotIn, Exists and DoesNotExist.'
                  properties:
                    key:
                      description: key is the label key that the selector applies
                        to.
                      type: string
                    weight:
                      default: 100
                      format: int32
                      maximum: 1000
                      minimum: 0
                      type: integer
                    values:
                      items:
                        type: string
                      type: array
                      x-kubernetes-list-type: atomic
                  required:
                  - key
                  - operator
                  type: object
                type: array
                x-kubernetes-list-type: atomic
              matchLabels:
                additionalProperties:
                  type: string
                type: object
            type: object
            x-kubernetes-map-type: atomic
`, i, i, i)
	}
	return b.Bytes()
}

func BenchmarkDecode(b *testing.B) {
	for _, c := range []struct {
		name string
		data []byte
	}{
		{"small", []byte(smallDocument)},
		{"crd", crdDocument(525 << 10)},
		{"json", []byte(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","labels":{"a":"b"}},"data":{"k":"v"}}`)},
		{"crlf", bytes.ReplaceAll([]byte(smallDocument), []byte("\n"), []byte("\r\n"))},
	} {
		b.Run(c.name+"/sigs", func(b *testing.B) {
			b.SetBytes(int64(len(c.data)))
			b.ReportAllocs()
			for b.Loop() {
				var v map[string]any
				if err := sigsyaml.Unmarshal(c.data, &v); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(c.name+"/library", func(b *testing.B) {
			b.SetBytes(int64(len(c.data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := readLibrary(Split(c.data)[0], Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(c.name+"/yamldoc", func(b *testing.B) {
			b.SetBytes(int64(len(c.data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := DecodeMap(Split(c.data)[0], Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
