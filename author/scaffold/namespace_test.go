package scaffold_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/internal/yamldoc"
	"github.com/packstage/packstage/packagetypes"
)

// What refers to the namespace of the source goes along with the instance; words that are
// spelled like it stay.
func TestNamespaceOfTheInstance(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ fields, elsewhere string }{
		"subjects": {
			"subjects: [{kind: ServiceAccount, name: a, namespace: shop}, {kind: ServiceAccount, name: a, namespace: shopping}]",
			"subjects: [{kind: ServiceAccount, name: a, namespace: live}, {kind: ServiceAccount, name: a, namespace: shopping}]",
		},
		"users and groups": {
			"users: [system:serviceaccount:shop:web, system:serviceaccounts:shop, system:serviceaccount:shopping:web, shop]",
			"users: [system:serviceaccount:live:web, system:serviceaccounts:live, system:serviceaccount:shopping:web, shop]",
		},
		"labels and selectors": {
			"spec: {selector: {namespace: shop}, template: {metadata: {labels: {namespace: shop}}}, nodeSelector: {namespace: shop}}",
			"spec: {selector: {namespace: shop}, template: {metadata: {labels: {namespace: shop}}}, nodeSelector: {namespace: shop}}",
		},
		"the label of namespaces": {
			"spec: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}, matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [kube-system, shop]}, {key: tier, operator: In, values: [shop]}]}}",
			"spec: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: live}, matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [kube-system, live]}, {key: tier, operator: In, values: [shop]}]}}",
		},
		"names of services": {
			"spec: {a: 'http://db.shop.svc.cluster.local:80/shop', b: db.shop.svc, c: db.shopping.svc, d: db.shop.svcs, e: shop.svc}",
			"spec: {a: 'http://db.live.svc.cluster.local:80/shop', b: db.live.svc, c: db.shopping.svc, d: db.shop.svcs, e: shop.svc}",
		},
		"lists of namespaces": {
			"spec: {namespaceSelector: {matchNames: [shop, other]}, namespaces: [shop]}",
			"spec: {namespaceSelector: {matchNames: [live, other]}, namespaces: [live]}",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const head = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a, namespace: NS}\n"
			made, err := scaffold.Make(t.Context(), scaffold.Input{Objects: read(t, inNamespace(head, "shop")+test.fields+"\n")}, scaffold.Options{})
			require.NoError(t, err)
			var context packagetypes.Context
			context.Package.Metadata.Name, context.Package.Metadata.Namespace = "shop", "live"
			instance, err := render(t, made, context)
			require.NoError(t, err)
			want, err := yamldoc.DecodeMap(yamldoc.Split([]byte(inNamespace(head, "live") + test.elsewhere + "\n"))[0], yamldoc.Options{})
			require.NoError(t, err)
			got := instance.Phases[0].Objects[0].Content()
			delete(got["metadata"].(map[string]any), "labels")
			assert.Equal(t, want, got)
		})
	}
}

func inNamespace(text, namespace string) string {
	return strings.Replace(text, "NS", namespace, 1)
}

// What may be the namespace, or may not, is pointed out.
func TestNamespaceIsPointedOut(t *testing.T) {
	t.Parallel()
	made, err := scaffold.Make(t.Context(), scaffold.Input{Objects: read(t, `apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: shop}
data:
  namespace: shop
  title: the shop
  name: shopping
  config.yaml: |
    title: shop
    leaderElection:
      namespace: "shop"
  other.yaml: |
    namespaces: [shop]
    namespace: shopping
`)}, scaffold.Options{})
	require.NoError(t, err)
	var fields []string
	for _, decision := range made.Decisions {
		if decision.Topic == scaffold.TopicAttention {
			fields = append(fields, decision.Field)
		}
	}
	assert.Equal(t, []string{"data[config.yaml]", "data.namespace"}, fields)
}

// Objects whose kind the package defines itself wait for their controller, which is in the
// package, too.
func TestPhaseOfDefinedKinds(t *testing.T) {
	t.Parallel()
	const issuer = "apiVersion: cert-manager.io/v1\nkind: Issuer\nmetadata: {name: a, namespace: shop}\nspec: {selfSigned: {}}\n"
	made, err := scaffold.Make(t.Context(), scaffold.Input{Objects: read(t, issuer)}, scaffold.Options{})
	require.NoError(t, err)
	assert.Contains(t, made.Files, "configuration/issuer-a.yaml.gotmpl")

	made, err = scaffold.Make(t.Context(), scaffold.Input{Objects: read(t, issuer+`---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: issuers.cert-manager.io}
spec:
  group: cert-manager.io
  names: {kind: Issuer, plural: issuers, singular: issuer}
  scope: Namespaced
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
`)}, scaffold.Options{})
	require.NoError(t, err)
	assert.Contains(t, made.Files, "custom-resources/issuer-a.yaml")
}

// The phases of a source are called as it likes; folders are not.
func TestFoldersOfPhases(t *testing.T) {
	t.Parallel()
	made, err := scaffold.Make(t.Context(), scaffold.Input{Objects: read(t, `apiVersion: v1
kind: ConfigMap
metadata: {name: a, annotations: {package-operator.run/phase: .First/../x}}
`)}, scaffold.Options{})
	require.NoError(t, err)
	assert.Contains(t, made.Files, "first-x/configmap-a.yaml.gotmpl")
	assert.Equal(t, 1, made.Compared)
}
