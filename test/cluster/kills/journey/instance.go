package journey

import (
	"fmt"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

// first and second are the two revisions: phases with their objects. From one to the
// other objects are changed in place (settings, credentials, db, web), stay (app), are
// added (added), removed (old, older) and moved to another phase (moved).
const (
	first = `# phase base
apiVersion: v1
kind: ServiceAccount
metadata: {name: app}
---
apiVersion: v1
kind: Secret
metadata: {name: credentials}
stringData: {password: first, user: app}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, labels: {color: blue}}
data: {mode: first, kept: "yes", dropped: "yes"}
# phase data
apiVersion: packstage.example.com/v1
kind: Store
metadata: {name: db}
spec: {size: 1}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: moved}
data: {at: data}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: older}
data: {value: "1"}
# phase web
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: main, image: "registry.example.com/web:1"}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: old}
data: {value: "1"}
`
	second = `# phase base
apiVersion: v1
kind: ServiceAccount
metadata: {name: app}
---
apiVersion: v1
kind: Secret
metadata: {name: credentials}
stringData: {user: app, token: second}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {mode: second, kept: "yes", gained: "yes"}
# phase data
apiVersion: packstage.example.com/v1
kind: Store
metadata: {name: db}
spec: {size: 2}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: added}
data: {value: "2"}
# phase web
apiVersion: v1
kind: ConfigMap
metadata: {name: moved}
data: {at: web}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: main, image: "registry.example.com/web:2"}]
`
)

// Instance is the first or the second revision in a namespace.
func Instance(namespace string, revision int) (*packagetypes.Instance, error) {
	text := first
	if revision == 2 {
		text = second
	}
	return Parse(namespace, text)
}

// Parse reads an instance of scope Namespaced: "# phase NAME" begins a phase, "---" an
// object. Stores are available by their condition Ready, other kinds by the rules for
// their kind.
func Parse(namespace, text string) (*packagetypes.Instance, error) {
	instance := &packagetypes.Instance{
		Name: "shop", Namespace: namespace, Scope: manifest.ScopeNamespaced, PackageName: "shop",
		AdmittedConfig: map[string]any{}, ContentDigest: "sha256:" + strings.Repeat("0", 64),
		AvailabilityProbes: []manifest.AvailabilityProbe{{
			Selector: manifest.ProbeSelector{Kind: &manifest.ProbeSelectorKind{Group: StoreResource.Group, Kind: "Store"}},
			Probes:   []manifest.Probe{{Condition: &manifest.ProbeCondition{Type: "Ready", Status: "True"}}},
		}},
	}
	for _, part := range strings.Split("\n"+text, "\n# phase ")[1:] {
		name, body, _ := strings.Cut(part, "\n")
		phase := packagetypes.Phase{Name: strings.TrimSpace(name)}
		for number, document := range strings.Split(body, "\n---\n") {
			content := map[string]any{}
			if err := yaml.Unmarshal([]byte(document), &content); err != nil {
				return nil, fmt.Errorf("phase %s, object %d: %w", phase.Name, number+1, err)
			}
			source := diagnostic.Position{File: phase.Name + ".yaml", Document: number + 1}
			phase.Objects = append(phase.Objects, packagetypes.NewObject(integers(content).(map[string]any), source, nil, ""))
		}
		instance.Phases = append(instance.Phases, phase)
	}
	return instance, nil
}

// integers makes whole numbers int64, as rendering does.
func integers(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, item := range value {
			value[key] = integers(item)
		}
	case []any:
		for i, item := range value {
			value[i] = integers(item)
		}
	case float64:
		if value == float64(int64(value)) {
			return int64(value)
		}
	}
	return value
}
