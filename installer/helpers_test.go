package installer_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

var shop = cluster.Release{Namespace: "default", Name: "shop"}

// phases reads an instance from text: "# phase NAME [CLASS]" begins a phase, and
// "---" an object.
func phases(t testing.TB, text string) *packagetypes.Instance {
	t.Helper()
	instance := &packagetypes.Instance{
		Name: "shop", Namespace: "default", Scope: manifest.ScopeCluster, PackageName: "shop",
		AdmittedConfig: map[string]any{}, ContentDigest: "sha256:" + strings.Repeat("0", 64),
	}
	for part := range strings.SplitSeq(text, "# phase ") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		heading, body, _ := strings.Cut(part, "\n")
		name, class, _ := strings.Cut(strings.TrimSpace(heading), " ")
		phase := packagetypes.Phase{Name: name, Class: class}
		for i, document := range strings.Split(body, "---\n") {
			if strings.TrimSpace(document) == "" {
				continue
			}
			content := map[string]any{}
			require.NoError(t, yaml.Unmarshal([]byte(document), &content), document)
			phase.Objects = append(phase.Objects, packagetypes.NewObject(integers(content).(map[string]any), diagnostic.Position{File: name + ".yaml", Document: i + 1}, nil, ""))
		}
		instance.Phases = append(instance.Phases, phase)
	}
	return instance
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

func configMap(name, value string) string {
	return fmt.Sprintf("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\ndata: {value: %q}\n", name, value)
}

func deployment(name, image string) string {
	return fmt.Sprintf(`apiVersion: apps/v1
kind: Deployment
metadata: {name: %s}
spec:
  replicas: 2
  selector: {matchLabels: {app: %[1]s}}
  template:
    metadata: {labels: {app: %[1]s}}
    spec:
      containers:
      - {name: main, image: %[2]s}
`, name, image)
}

// quick are options without long pauses, and with a lease that is not lost on a busy
// machine.
func quick() installer.Options {
	return installer.Options{
		Who: "tester", PollInterval: 20 * time.Millisecond, LeaseDuration: time.Minute, RetryFor: -1,
		Environment: &manifest.Environment{}, Now: func() time.Time { return time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC) },
	}
}

// writes returns what was written to a cluster, without the installer's state and
// in its order: "apply ConfigMap default/a".
func writes(c *clustertest.Cluster) []string {
	var all []string
	for _, call := range c.Calls() {
		if !call.Verb.Writes() || call.DryRun || isState(call.Reference) || call.Reference.Group == "authorization.k8s.io" {
			continue
		}
		all = append(all, string(call.Verb)+" "+call.Reference.String())
	}
	return all
}

func isState(reference cluster.Reference) bool {
	return strings.HasPrefix(reference.Name, "packstage.")
}

// content returns the objects of a cluster without the installer's state.
func content(c *clustertest.Cluster) map[string]string {
	all := c.Snapshot()
	for key := range all {
		if strings.Contains(key, "/packstage.") {
			delete(all, key)
		}
	}
	return all
}

func configMapNamed(name string) cluster.Reference {
	return cluster.NewReference(schema.GroupVersionKind{Version: "v1", Kind: "ConfigMap"}, "default", name)
}

func deploymentNamed(name string) cluster.Reference {
	return cluster.NewReference(schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"}, "default", name)
}

// isGone tells whether a release does not exist.
func isGone(err error) bool {
	var missing *history.NotFoundError
	return errors.As(err, &missing)
}

// same wants two clusters to have the same, and names what differs.
func same(t *testing.T, wanted, found map[string]string, when string) {
	t.Helper()
	for name, text := range wanted {
		if other, ok := found[name]; !ok {
			t.Errorf("%s: %s is missing", when, name)
		} else if other != text {
			t.Errorf("%s: %s differs:\n%s\nwanted:\n%s", when, name, other, text)
		}
	}
	for name := range found {
		if _, ok := wanted[name]; !ok {
			t.Errorf("%s: %s is too much", when, name)
		}
	}
}
