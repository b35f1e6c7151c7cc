package scope_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"
	"k8s.io/client-go/rest"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer"
	installercluster "github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/dynamiccluster"
	"github.com/packstage/packstage/internal/yamldoc"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/test/cluster"
)

// The audit log has the bodies of requests, in which deletions ask for a dry run.
func TestMain(m *testing.M) { cluster.Main(m, cluster.Options{AuditLevel: auditv1.LevelRequest}) }

// Those of installer/internal/preflight.
const (
	testdata  = "../../../installer/internal/preflight/testdata"
	namespace = "shop"
)

// TestScopeNamespacedHolds applies every crafted package, and wants each refused before
// the first write. Then come packages that stay inside, as the user who may do nothing
// outside: what was refused was refused for what it wants, and writes would be seen.
func TestScopeNamespacedHolds(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	arrange(t, c)
	owner := c.UserConfig(t, "owner")
	t.Run("crafted", func(t *testing.T) {
		for _, u := range []user{
			{name: "administrator", release: "shop", config: c.Config(), may: true, options: installer.ApplyOptions{NoWait: true}},
			{name: "administrator who takes over", release: "shop-adopted", config: c.Config(), may: true, options: installer.ApplyOptions{NoWait: true, Adopt: true, Force: true}},
			{name: "owner of the namespace", release: "shop-of-owner", config: owner, options: installer.ApplyOptions{NoWait: true}},
		} {
			t.Run(u.name, func(t *testing.T) {
				t.Parallel()
				u.tryAll(t, c)
			})
		}
	})
	t.Run("inside", func(t *testing.T) {
		for _, file := range casesOf(t, "inside") {
			agent := "inside/" + filepath.Base(file) + "/"
			require.NoError(t, apply(t, owner, agent, "inside", instanceOf(t, read(t, file)), installer.ApplyOptions{NoWait: true}), file)
			written := writes(t, c, agent)
			for _, event := range written {
				require.Equal(t, namespace, event.ObjectRef.Namespace, "%s", event)
			}
			require.Greater(t, len(written), 3)
		}
	})
}

// user is who applies crafted packages, and how.
type user struct {
	name    string
	release string
	config  *rest.Config
	options installer.ApplyOptions
	// may tells that the user is allowed everything, so that it is the package that is
	// refused.
	may bool
}

func (u user) tryAll(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	files := casesOf(t, "escape")
	require.GreaterOrEqual(t, len(files), 25)
	tried := 0
	began := time.Now()
	for number, file := range files {
		text := read(t, file)
		expected := strings.Fields(header(text, "expect"))
		require.NotEmpty(t, expected, file)
		if u.options.Adopt && slices.Contains([]string{"collision-foreign", "collision-package-operator"}, expected[0]) {
			continue // that is what taking over means
		}
		err := apply(t, u.config, fmt.Sprintf("%s/%d/", u.name, number), u.release, instanceOf(t, text), u.options)
		var blocked *installer.BlockedError
		if assert.ErrorAs(t, err, &blocked, file) && u.may {
			assert.True(t, hasOneOf(blocked.Diagnostics, expected), "%s: %v", file, err)
		}
		tried++
	}
	took := time.Since(began)
	for _, event := range c.AuditEvents(t, cluster.FromUserAgent(u.name+"/"), cluster.AuditEvent.IsDryRun) {
		require.Equal(t, namespace, event.ObjectRef.Namespace, "not even tried outside: %s", event)
	}
	leases := writes(t, c, u.name+"/")
	for _, event := range leases {
		require.Equal(t, "leases", event.ObjectRef.Resource, "%s: %s", event.UserAgent, event)
		require.Equal(t, namespace, event.ObjectRef.Namespace, "%s: %s", event.UserAgent, event)
	}
	t.Logf("%d packages refused in %s, with %d writes of the lease", tried, took.Round(time.Millisecond), len(leases))
}

// writes are what a user agent has changed, or wanted to.
func writes(t *testing.T, c *cluster.Cluster, agent string) []cluster.AuditEvent {
	t.Helper()
	events := c.AuditEvents(t, cluster.FromUserAgent(agent), cluster.AuditEvent.IsWrite)
	return slices.DeleteFunc(events, asks)
}

// asks tells whether a request only asks: who a user is and may do, or in a dry run.
func asks(event cluster.AuditEvent) bool {
	if event.ObjectRef == nil {
		return false
	}
	dry := event.RequestObject != nil && strings.Contains(string(event.RequestObject.Raw), `"dryRun":["All"]`)
	return event.Verb == "create" && strings.HasPrefix(event.ObjectRef.Resource, "selfsubject") || event.Verb == "delete" && dry
}

func hasOneOf(found diagnostic.Diagnostics, codes []string) bool {
	for _, finding := range found.WithSeverity(diagnostic.Error) {
		if slices.Contains(codes, string(finding.Code)) {
			return true
		}
	}
	return false
}

func apply(t *testing.T, config *rest.Config, agent, release string, instance *packagetypes.Instance, options installer.ApplyOptions) error {
	t.Helper()
	config = rest.CopyConfig(config)
	config.UserAgent = agent
	client, err := dynamiccluster.New(config)
	require.NoError(t, err)
	_, err = installer.New(client, installer.Options{PollInterval: 100 * time.Millisecond}).
		Apply(t.Context(), installercluster.Release{Namespace: namespace, Name: release}, instance, options)
	return err
}

// arrange makes what is in the cluster before: the namespace, what others have in it,
// and a user who may do everything there.
func arrange(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	config := c.Config()
	config.UserAgent = "arranges"
	client, err := dynamiccluster.New(config)
	require.NoError(t, err)
	objects := documents(t, read(t, filepath.Join(testdata, "cluster.yaml")))
	objects = append(objects, documents(t, binding)...)
	for _, content := range objects {
		object := &unstructured.Unstructured{Object: content}
		_, err := client.Apply(t.Context(), object, installercluster.ApplyOptions{FieldManager: "arranges", Force: true})
		require.NoError(t, err)
	}
	region := installercluster.Reference{Group: "shop.example.com", Version: "v1", Kind: "Region"}
	require.Eventually(t, func() bool {
		client.Forget()
		_, err := client.Kind(t.Context(), region.GroupVersionKind())
		return err == nil
	}, time.Minute, 20*time.Millisecond)
}

const binding = `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: owner, namespace: shop}
rules:
- {apiGroups: ['*'], resources: ['*'], verbs: ['*']}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: owner, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: owner}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: owner}
`

func casesOf(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(testdata, folder, "*.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(data)
}

// header is what a case says about itself.
func header(text, name string) string {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, "# "+name+": "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func documents(t *testing.T, text string) []map[string]any {
	t.Helper()
	var contents []map[string]any
	for _, document := range yamldoc.Split([]byte(text)) {
		if document.Empty() {
			continue
		}
		content, err := yamldoc.DecodeMap(document, yamldoc.Options{})
		require.NoError(t, err)
		contents = append(contents, content)
	}
	return contents
}

// instanceOf makes the instance of a case, whose annotations say phase and collision
// protection.
func instanceOf(t *testing.T, text string) *packagetypes.Instance {
	t.Helper()
	instance := &packagetypes.Instance{
		Name: "shop", Namespace: namespace, Scope: manifest.ScopeNamespaced, PackageName: "shop",
		AdmittedConfig: map[string]any{}, ContentDigest: "sha256:" + strings.Repeat("0", 64),
	}
	for number, content := range documents(t, text) {
		name := take(content, "phase")
		if name == "" {
			name = "deploy"
		}
		protection := packagetypes.CollisionProtection(take(content, "collision-protection"))
		object := packagetypes.NewObject(content, diagnostic.Position{File: "objects.yaml", Line: 10 * (number + 1), Document: number + 1}, nil, protection)
		at := slices.IndexFunc(instance.Phases, func(phase packagetypes.Phase) bool { return phase.Name == name })
		if at < 0 {
			at = len(instance.Phases)
			instance.Phases = append(instance.Phases, packagetypes.Phase{Name: name, Class: header(text, "class")})
		}
		instance.Phases[at].Objects = append(instance.Phases[at].Objects, object)
	}
	return instance
}

// take takes an annotation of Package Operator off an object.
func take(content map[string]any, name string) string {
	metadata, _ := content["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	found, _ := annotations["package-operator.run/"+name].(string)
	delete(annotations, "package-operator.run/"+name)
	if len(annotations) == 0 {
		delete(metadata, "annotations")
	}
	return found
}
