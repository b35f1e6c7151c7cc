package manifests_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/author/scaffold/manifests"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

func convert(t *testing.T, text string) *scaffold.Input {
	t.Helper()
	input, err := manifests.Convert([]manifests.File{{Name: "a.yaml", Data: []byte(text)}}, manifests.Options{})
	require.NoError(t, err)
	return input
}

// live is an object of a cluster, in lines at the indentation of fields.
func live(kind, fields string) string {
	version := map[string]string{"Deployment": "apps/v1", "Job": "batch/v1", "MutatingWebhookConfiguration": "admissionregistration.k8s.io/v1"}[kind]
	if version == "" {
		version = "v1"
	}
	return "apiVersion: " + version + "\nkind: " + kind + "\nmetadata:\n  name: x\n  namespace: shop\n  uid: u\n" + fields
}

// plain is what is left of an object of live that loses its uid only.
func plain(kind, fields string) string {
	return strings.Replace(live(kind, fields), "  uid: u\n", "", 1)
}

func TestServerFieldsGo(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		kind, before, after, removed string
	}{
		"everywhere": {
			"ConfigMap", "  resourceVersion: '1'\n  generation: 2\n  selfLink: /x\n  creationTimestamp: now\n  managedFields: []\n  finalizers: [a]\n" +
				"  annotations: {kubectl.kubernetes.io/last-applied-configuration: '{}', meta.helm.sh/release-name: x}\n" +
				"  labels: {app.kubernetes.io/managed-by: Helm, app: x, package-operator.run/package: x}\nstatus: {}\n",
			"  labels: {app: x}\n",
			"metadata.uid, metadata.resourceVersion, metadata.creationTimestamp, metadata.generation, metadata.selfLink, metadata.managedFields, metadata.finalizers, " +
				"metadata.annotations[kubectl.kubernetes.io/last-applied-configuration], metadata.annotations[meta.helm.sh/release-name], " +
				"metadata.labels[package-operator.run/package], metadata.labels[app.kubernetes.io/managed-by], status",
		},
		"addresses of a service": {
			"Service", "spec:\n  clusterIP: 10.0.0.1\n  clusterIPs: [10.0.0.1]\n  ipFamilies: [IPv4]\n  ipFamilyPolicy: SingleStack\n  healthCheckNodePort: 1\n  ports: [{port: 80, nodePort: 30000}]\n",
			"spec:\n  ports: [{port: 80}]\n",
			"metadata.uid, spec.clusterIP, spec.clusterIPs, spec.healthCheckNodePort, spec.ipFamilies, spec.ipFamilyPolicy, spec.ports[].nodePort",
		},
		"a headless service stays headless": {
			"Service", "spec:\n  clusterIP: None\n  clusterIPs: [None]\n", "spec:\n  clusterIP: None\n  clusterIPs: [None]\n", "metadata.uid",
		},
		"the volume of a claim": {
			"PersistentVolumeClaim", "  annotations: {pv.kubernetes.io/bind-completed: 'yes'}\nspec:\n  volumeName: pvc-1\n  storageClassName: fast\n",
			"spec:\n  storageClassName: fast\n", "metadata.uid, metadata.annotations[pv.kubernetes.io/bind-completed], spec.volumeName",
		},
		"a claim that names its volume": {
			"PersistentVolumeClaim", "spec:\n  volumeName: nfs\n  storageClassName: ''\n", "spec:\n  volumeName: nfs\n  storageClassName: ''\n", "metadata.uid",
		},
		"a service of two families": {
			"Service", "spec:\n  ipFamilies: [IPv4, IPv6]\n  ipFamilyPolicy: RequireDualStack\n", "spec:\n  ipFamilyPolicy: RequireDualStack\n",
			"metadata.uid, spec.ipFamilies",
		},
		"metrics of an autoscaler": {
			"HorizontalPodAutoscaler", "  annotations: {autoscaling.alpha.kubernetes.io/metrics: '[]', autoscaling.alpha.kubernetes.io/conditions: '[]'}\n",
			"  annotations: {autoscaling.alpha.kubernetes.io/metrics: '[]'}\n", "metadata.uid, metadata.annotations[autoscaling.alpha.kubernetes.io/conditions]",
		},
		"the selector of a job": {
			"Job", "spec:\n  selector: {matchLabels: {controller-uid: u}}\n  template:\n    metadata:\n      labels: {controller-uid: u, job-name: x, app: y}\n",
			"spec:\n  template:\n    metadata:\n      labels: {app: y}\n",
			"metadata.uid, spec.selector, spec.template.metadata.labels.controller-uid, spec.template.metadata.labels.job-name",
		},
		"the selector of a job by hand": {
			"Job", "spec:\n  manualSelector: true\n  selector: {a: b}\n", "spec:\n  manualSelector: true\n  selector: {a: b}\n", "metadata.uid",
		},
		"the node and token of a pod": {
			"Pod", "spec:\n  nodeName: n\n  containers: [{name: a, volumeMounts: [{name: kube-api-access-1}]}]\n  volumes: [{name: kube-api-access-1}, {name: mine}]\n",
			"spec:\n  containers: [{name: a}]\n  volumes: [{name: mine}]\n", "metadata.uid, spec.nodeName, spec.volumes of kube-api-access",
		},
		"secrets of a service account": {
			"ServiceAccount", "secrets: [{name: x-token-1}, {name: mine}]\nimagePullSecrets: [{name: x-dockercfg-1}]\n", "secrets: [{name: mine}]\n",
			"metadata.uid, secrets, imagePullSecrets",
		},
		"injected certificates": {
			"MutatingWebhookConfiguration", "  annotations: {cert-manager.io/inject-ca-from: a/b}\nwebhooks: [{clientConfig: {caBundle: x, service: {name: y}}}]\n",
			"  annotations: {cert-manager.io/inject-ca-from: a/b}\nwebhooks: [{clientConfig: {service: {name: y}}}]\n", "metadata.uid, webhooks[].clientConfig.caBundle",
		},
		"a restart": {
			"Deployment", "spec:\n  template:\n    metadata:\n      creationTimestamp: null\n      annotations: {kubectl.kubernetes.io/restartedAt: now}\n",
			"spec:\n  template:\n    metadata: {}\n", "metadata.uid, spec.template.metadata.creationTimestamp, spec.template.metadata.annotations[kubectl.kubernetes.io/restartedAt]",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := convert(t, live(test.kind, test.before))
			want := convert(t, plain(test.kind, test.after))
			require.Len(t, got.Objects, 1)
			assert.Equal(t, want.Objects[0].Content, got.Objects[0].Content)
			assert.Nil(t, got.Objects[0].Source, "its text is not what it is any more")
			require.NotEmpty(t, got.Decisions)
			assert.Equal(t, test.removed, got.Decisions[0].Message)
			assert.Equal(t, scaffold.TopicRemoved, got.Decisions[0].Topic)
		})
	}
}

func TestWhatPeopleWroteStays(t *testing.T) {
	t.Parallel()
	// All of it could be meant; nothing says that it comes from a cluster.
	const text = "apiVersion: v1\nkind: Service\nmetadata:\n  name: x # mine\n  finalizers: [a]\nspec:\n  clusterIP: 10.0.0.1\n  ports: [{port: 80, nodePort: 30000}]\n"
	input := convert(t, text)
	require.Len(t, input.Objects, 1)
	assert.Equal(t, text, string(input.Objects[0].Source))
	assert.Empty(t, input.Decisions)
	assert.Equal(t, "a.yaml:1", input.Objects[0].Origin)

	// Kinds of other groups that are called like those of clusters.
	input = convert(t, "apiVersion: longhorn.io/v1beta2\nkind: Node\nmetadata: {name: x}\n")
	assert.Len(t, input.Objects, 1)
}

func TestLeftOut(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, reason string }{
		"event":           {"apiVersion: v1\nkind: Event\nmetadata: {name: x}\n", "clusters make it themselves"},
		"certificates":    {"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kube-root-ca.crt}\n", "every namespace has one"},
		"default account": {strings.Replace(live("ServiceAccount", ""), "name: x", "name: default", 1), "clusters make it in every namespace"},
		"token":           {live("Secret", "type: kubernetes.io/service-account-token\n"), "the token belongs to a service account of one cluster"},
		"release of Helm": {"apiVersion: v1\nkind: Secret\nmetadata: {name: x}\ntype: helm.sh/release.v1\n", "it is Helm's record of a release"},
		"endpoints":       {live("Endpoints", ""), "the cluster makes it of a Service"},
		"owned, by what is left": {
			"apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n  ownerReferences: [{kind: ReplicaSet, name: r, uid: u, controller: true}]\n",
			"ReplicaSet r makes it, which is not among the objects",
		},
		"endpoints without uid": {
			"apiVersion: v1\nkind: Endpoints\nmetadata: {name: x, creationTimestamp: '2026-01-02T03:04:05Z'}\n",
			"the cluster makes it of a Service",
		},
		"on its way out":      {live("ConfigMap", "  deletionTimestamp: now\n"), "it is being deleted"},
		"owned by one absent": {live("Pod", "  ownerReferences: [{kind: ReplicaSet, name: r, controller: true}]\n"), "ReplicaSet r makes it, which is not among the objects"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			input := convert(t, test.text)
			assert.Empty(t, input.Objects)
			require.Len(t, input.Decisions, 1)
			assert.Equal(t, scaffold.TopicLeftOut, input.Decisions[0].Topic)
			assert.Equal(t, test.reason, input.Decisions[0].Reason)
		})
	}
	both := convert(t, live("Deployment", "")+"---\n"+live("Pod", "  ownerReferences: [{kind: Deployment, name: x, controller: true}]\n"))
	require.Len(t, both.Objects, 1)
	assert.Equal(t, "Deployment x makes it", both.Decisions[1].Reason)
}

func TestLists(t *testing.T) {
	t.Parallel()
	input := convert(t, `apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
- apiVersion: v1
  kind: ConfigMapList
  items:
  - {metadata: {name: b}}
- 5
`)
	require.Len(t, input.Objects, 2)
	assert.Equal(t, "ConfigMap a", scaffold.Title(input.Objects[0].Content))
	assert.Equal(t, "ConfigMap b", scaffold.Title(input.Objects[1].Content))
	assert.Equal(t, "v1", input.Objects[1].Content["apiVersion"])
	assert.Equal(t, "a.yaml:1, item 2, item 1", input.Objects[1].Origin)
	require.Len(t, input.Decisions, 1)
	assert.Equal(t, "it is no object", input.Decisions[0].Reason)
}

func TestSecretsAreNoticedWithoutTheirValues(t *testing.T) {
	t.Parallel()
	input := convert(t, "apiVersion: v1\nkind: Secret\nmetadata: {name: x}\nstringData: {password: hunter2}\n")
	require.Len(t, input.Decisions, 1)
	assert.Equal(t, scaffold.TopicAttention, input.Decisions[0].Topic)
	assert.NotContains(t, input.Decisions[0].Message+input.Decisions[0].Reason, "hunter2")
}

func TestFindings(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text, message, hint string
		code                diagnostic.Code
		line                int
	}{
		"YAML":          {"apiVersion: v1\nkind: Pod\n---\nb: [\n", "", "", diagnostic.YAMLInvalid, 4},
		"template":      {"a: {{ .x }}\n", "", "packstage import helm", diagnostic.YAMLInvalid, 1},
		"values":        {"\nreplicas: 1\n", "it has no apiVersion and kind", "", diagnostic.ObjectInvalid, 2},
		"kubeconfig":    {"apiVersion: v1\nkind: Config\nusers: [{user: {token: secret}}]\n", "credentials", "", diagnostic.ObjectInvalid, 1},
		"kustomization": {"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n", "packstage import kustomize", "", diagnostic.ObjectInvalid, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := manifests.File{Name: "a.yaml", Data: []byte(test.text)}
			_, err := manifests.Convert([]manifests.File{file}, manifests.Options{})
			found, ok := diagnostic.From(err)
			require.True(t, ok, "%v", err)
			require.Len(t, found, 1)
			assert.Equal(t, test.code, found[0].Code)
			assert.Equal(t, test.line, found[0].Position.Line)
			assert.Contains(t, found[0].Message, test.message)
			assert.Contains(t, found[0].Hint, test.hint)
			assert.NotContains(t, err.Error(), "secret")

			if test.code == diagnostic.ObjectInvalid {
				file.Found = true
				input, err := manifests.Convert([]manifests.File{file}, manifests.Options{})
				require.NoError(t, err, "in a folder it is left out")
				assert.Empty(t, input.Objects)
				assert.Len(t, input.Decisions, 1)
			}
		})
	}
}

func TestCollect(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for _, name := range []string{"b.yaml", "a/x.yml", "a-b.json", ".git/c.yaml", "d.txt", "a/.hidden.yaml"} {
		path := filepath.Join(folder, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte("{}"), 0o600))
	}
	require.NoError(t, os.Symlink("b.yaml", filepath.Join(folder, "link.yaml")))
	files, decisions, err := manifests.Collect(folder, packagetypes.Limits{})
	require.NoError(t, err)
	var names []string
	for _, file := range files {
		name, err := filepath.Rel(folder, file.Name)
		require.NoError(t, err)
		names = append(names, filepath.ToSlash(name))
		assert.True(t, file.Found)
	}
	assert.Equal(t, []string{"a/x.yml", "a-b.json", "b.yaml"}, names)
	require.Len(t, decisions, 1)
	assert.Contains(t, decisions[0].Reason, "symbolic link")

	files, _, err = manifests.Collect(filepath.Join(folder, "link.yaml"), packagetypes.Limits{})
	require.NoError(t, err, "a link that is named is followed")
	require.Len(t, files, 1)
	assert.False(t, files[0].Found)

	_, _, err = manifests.Collect(folder, packagetypes.Limits{File: 1})
	var limit *packagetypes.LimitError
	require.ErrorAs(t, err, &limit)
	_, _, err = manifests.Collect(folder, packagetypes.Limits{Files: 2})
	require.ErrorAs(t, err, &limit)
	_, _, err = manifests.Collect(filepath.Join(folder, "none"), packagetypes.Limits{})
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestName(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/a/deploy": "a", "deploy/": "", "shop/k8s/all.yaml": "shop", "web.yaml": "web", "a/b.yml": "b", ".": "", "..": "", "-": "", "/": "", "a.b": "a.b",
	} {
		assert.Equal(t, want, manifests.Name(path), path)
	}
}

func FuzzConvert(f *testing.F) {
	f.Add("apiVersion: v1\nkind: List\nitems: [{kind: a}]\n")
	f.Add(live("Service", "spec: {ports: [{nodePort: 1}]}\n"))
	f.Add(live("Pod", "spec: {containers: 5, volumes: [1]}\n"))
	f.Add("kind: 5\nmetadata: []\n")
	f.Fuzz(func(t *testing.T, text string) {
		input, err := manifests.Convert([]manifests.File{{Name: "a", Data: []byte(text), Found: true}}, manifests.Options{})
		if err != nil {
			_, ok := diagnostic.From(err)
			require.True(t, ok)
			return
		}
		// Whatever is an object by its YAML is a package or findings, never a panic.
		if _, err = scaffold.Make(t.Context(), *input, scaffold.Options{Parameters: scaffold.Parameters(), Images: scaffold.ImagesAll}); err != nil {
			_, ok := diagnostic.From(err)
			require.True(t, ok, "%v", err)
		}
	})
}
