package rollout_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"

	installercluster "github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/dynamiccluster"
	"github.com/packstage/packstage/test/cluster"
)

// startCluster runs a cluster whose audit log has what every write has left, and not
// what is only read.
func startCluster(t *testing.T, options cluster.Options) *cluster.Cluster {
	t.Helper()
	reads := []string{"get", "list", "watch"}
	policy := auditv1.Policy{
		OmitStages:        []auditv1.Stage{auditv1.StageRequestReceived, auditv1.StageResponseStarted},
		OmitManagedFields: true,
		Rules: []auditv1.PolicyRule{
			{Level: auditv1.LevelMetadata, NonResourceURLs: []string{"/version*"}},
			{Level: auditv1.LevelNone, Verbs: reads},
			{Level: auditv1.LevelNone, Resources: []auditv1.GroupResources{
				{Group: "", Resources: []string{"events", "pods", "pods/*", "nodes", "nodes/*", "endpoints"}}, {Group: "events.k8s.io"}, {Group: "discovery.k8s.io"},
			}},
			{Level: auditv1.LevelRequestResponse},
		},
	}
	policy.APIVersion, policy.Kind = "audit.k8s.io/v1", "Policy"
	content, err := json.Marshal(policy)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "policy.json")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	options.APIServerFlags = append(options.APIServerFlags, "--audit-policy-file="+path)
	return cluster.Start(t, options)
}

// platform is what a cluster has before any package comes: namespaces, kinds that no
// package of the test brings, and objects of others that nobody may touch.
type platform struct {
	*cluster.Cluster
	dynamic *dynamiccluster.Cluster
}

// platformManager writes what the platform has.
const platformManager = "platform"

func newPlatform(t *testing.T, c *cluster.Cluster, all []subject) *platform {
	t.Helper()
	config := c.Config()
	config.UserAgent = platformManager
	client, err := dynamiccluster.New(config)
	require.NoError(t, err)
	p := &platform{c, client}
	made := definitions(t, client, all)
	p.make(t, made...)
	p.awaitDefinitions(t, made)
	p.make(t, storageClass())
	p.make(t, object("scheduling.k8s.io/v1", "PriorityClass", "", "openshift-user-critical", map[string]any{"value": int64(1_000_000)}))
	for _, namespace := range namespacesOf(all) {
		if namespace != "default" {
			p.make(t, object("v1", "Namespace", "", namespace, nil))
		}
		p.make(t, neighbours(namespace)...)
	}
	p.make(t, object("rbac.authorization.k8s.io/v1", "ClusterRole", "", "neighbour", map[string]any{"rules": []any{}}))
	p.make(t, refusal()...)
	return p
}

func (p *platform) make(t *testing.T, objects ...*unstructured.Unstructured) {
	t.Helper()
	for _, each := range objects {
		require.Eventually(t, func() bool {
			_, err := p.dynamic.Create(t.Context(), each, installercluster.WriteOptions{FieldManager: platformManager})
			if err != nil && !apierrors.IsAlreadyExists(err) {
				t.Logf("%s %s: %v", each.GetKind(), each.GetName(), err)
				return false
			}
			return true
		}, waitAtMost, 20*time.Millisecond)
	}
}

// awaitDefinitions waits until the server serves what was defined.
func (p *platform) awaitDefinitions(t *testing.T, made []*unstructured.Unstructured) {
	t.Helper()
	for _, each := range made {
		versions, _ := value(each.Object, "spec", "versions").([]any)
		version, _ := versions[0].(map[string]any)
		kind := schema.GroupVersionKind{Group: text(each.Object, "spec", "group"), Version: text(version, "name"), Kind: text(each.Object, "spec", "names", "kind")}
		require.Eventually(t, func() bool {
			_, err := p.dynamic.Kind(t.Context(), kind)
			return err == nil
		}, waitAtMost, 20*time.Millisecond)
	}
}

func object(version, kind, namespace, name string, fields map[string]any) *unstructured.Unstructured {
	made := &unstructured.Unstructured{Object: map[string]any{}}
	for field, content := range fields {
		made.Object[field] = content
	}
	made.SetAPIVersion(version)
	made.SetKind(kind)
	made.SetNamespace(namespace)
	made.SetName(name)
	return made
}

// storageClass is the one of claims that name none; they wait for a pod that uses them.
func storageClass() *unstructured.Unstructured {
	class := object("storage.k8s.io/v1", "StorageClass", "", "standard", map[string]any{
		"provisioner": "kubernetes.io/no-provisioner", "volumeBindingMode": "WaitForFirstConsumer",
	})
	class.SetAnnotations(map[string]string{"storageclass.kubernetes.io/is-default-class": "true"})
	return class
}

// neighbours are objects of others in a namespace where packages are installed.
func neighbours(namespace string) []*unstructured.Unstructured {
	of := object("v1", "ConfigMap", namespace, "neighbour-of-another-release", map[string]any{"data": map[string]any{"key": "theirs"}})
	of.SetLabels(map[string]string{installercluster.LabelRelease: "theirs", installercluster.LabelReleaseNamespace: namespace})
	return []*unstructured.Unstructured{
		of,
		object("v1", "ConfigMap", namespace, "neighbour", map[string]any{"data": map[string]any{"key": "theirs"}}),
		object("v1", "Secret", namespace, "neighbour", map[string]any{"stringData": map[string]any{"key": "theirs"}}),
		object("v1", "ServiceAccount", namespace, "neighbour", nil),
		object("rbac.authorization.k8s.io/v1", "Role", namespace, "neighbour", map[string]any{"rules": []any{}}),
	}
}

// refusalText is what the policy says.
const refusalText = "not this one"

// refusal is a policy that refuses an object only when it is really written.
func refusal() []*unstructured.Unstructured {
	const name = "refuses-at-the-last-moment"
	return []*unstructured.Unstructured{
		object("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", "", name, map[string]any{"spec": map[string]any{
			"failurePolicy": "Fail",
			"matchConstraints": map[string]any{"resourceRules": []any{map[string]any{
				"apiGroups": []any{""}, "apiVersions": []any{"v1"}, "operations": []any{"CREATE"}, "resources": []any{"configmaps"},
			}}},
			"validations": []any{map[string]any{
				"expression": "object.metadata.name != '" + refusedName + "' || (has(request.dryRun) && request.dryRun)", "message": refusalText,
			}},
		}}),
		object("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding", "", name, map[string]any{"spec": map[string]any{
			"policyName": name, "validationActions": []any{"Deny"},
		}}),
	}
}

// awaitRefusal waits until the server has taken notice of the policy.
func (p *platform) awaitRefusal(t *testing.T) {
	t.Helper()
	configMap := object("v1", "ConfigMap", "default", refusedName, nil)
	require.Eventually(t, func() bool {
		_, err := p.dynamic.Create(t.Context(), configMap, installercluster.WriteOptions{FieldManager: platformManager})
		if err == nil {
			assert.NoError(t, p.dynamic.Delete(t.Context(), installercluster.ReferenceTo(configMap), installercluster.DeleteOptions{}))
		}
		return err != nil && strings.Contains(err.Error(), refusalText)
	}, waitAtMost, 20*time.Millisecond)
	_, err := p.dynamic.Create(t.Context(), configMap, installercluster.WriteOptions{FieldManager: platformManager, DryRun: true})
	require.NoError(t, err)
}

// namespacesOf are the namespaces that packages are installed in, or have objects in,
// and do not bring.
func namespacesOf(all []subject) []string {
	var names []string
	for _, s := range all {
		names = append(names, s.namespace)
		for _, c := range s.cases {
			var brought []string
			for _, o := range c.instance.Objects() {
				if o.GroupVersionKind().Kind == "Namespace" {
					brought = append(brought, o.Name())
				}
			}
			for _, o := range c.instance.Objects() {
				if namespace := o.Namespace(); namespace != "" && !slices.Contains(brought, namespace) {
					names = append(names, namespace)
				}
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
