package clustertest_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
)

func TestImmutableFields(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ before, after, field, message string }{
		"ConfigMap": {
			"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\nimmutable: true\ndata: {a: b}\n",
			"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\nimmutable: true\ndata: {a: c}\n",
			"data", "Forbidden: field is immutable when `immutable` is set",
		},
		"Secret": {
			"apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: default}\nimmutable: true\n",
			"apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: default}\nimmutable: false\n",
			"immutable", "Forbidden: field is immutable when `immutable` is set",
		},
		"Secret's type": {
			"apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: default}\ntype: a\n",
			"apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: default}\ntype: b\n",
			"type", `Invalid value: "b": field is immutable`,
		},
		"Deployment": {
			deployment, strings.Replace(deployment, "matchLabels: {app: web}", "matchLabels: {app: other}", 1),
			"spec.selector", `Invalid value: {"matchLabels":{"app":"other"}}: field is immutable`,
		},
		"Job": {
			"apiVersion: batch/v1\nkind: Job\nmetadata: {name: a, namespace: default}\nspec: {template: {spec: {restartPolicy: Never}}}\n",
			"apiVersion: batch/v1\nkind: Job\nmetadata: {name: a, namespace: default}\nspec: {template: {spec: {restartPolicy: Always}}}\n",
			"spec.template", `Invalid value: {"spec":{"restartPolicy":"Always"}}: field is immutable`,
		},
		"Service": {
			"apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: default}\nspec: {clusterIP: 10.0.0.1}\n",
			"apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: default}\nspec: {clusterIP: 10.0.0.2}\n",
			"spec.clusterIPs[0]", `Invalid value: ["10.0.0.2"]: may not change once set`,
		},
		"StatefulSet": {
			"apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: a, namespace: default}\nspec: {serviceName: a}\n",
			"apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: a, namespace: default}\nspec: {serviceName: b}\n",
			"spec", "Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
		},
		"RoleBinding": {
			"apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: a:b, namespace: default}\nroleRef: {kind: Role, name: a}\n",
			"apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: a:b, namespace: default}\nroleRef: {kind: Role, name: b}\n",
			"roleRef", `Invalid value: {"kind":"Role","name":"b"}: cannot change roleRef`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := clustertest.New()
			apply(t, c, "packstage", test.before)
			for _, dryRun := range []bool{true, false} {
				_, err := c.Apply(t.Context(), parse(t, test.after), cluster.ApplyOptions{FieldManager: "packstage", DryRun: dryRun})
				require.True(t, apierrors.IsInvalid(err), "%v", err)
				causes := err.(apierrors.APIStatus).Status().Details.Causes
				require.Len(t, causes, 1)
				require.Equal(t, test.field, causes[0].Field)
				require.Equal(t, test.message, causes[0].Message)
			}
			apply(t, c, "packstage", test.before)
		})
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	code := func(want int32) func(error) bool {
		return func(err error) bool {
			status := apierrors.APIStatus(nil)
			return errors.As(err, &status) && status.Status().Code == want
		}
	}
	for name, test := range map[string]struct {
		object string
		is     func(error) bool
		text   string
	}{
		"slash in the name": {
			"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a/b, namespace: default}\n", apierrors.IsBadRequest, `invalid resource name "a/b": may not contain '/'`,
		},
		"capitals": {"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: AB, namespace: default}\n", apierrors.IsInvalid, "RFC 1123 subdomain"},
		"dot in a namespace": {
			"apiVersion: v1\nkind: Namespace\nmetadata: {name: a.b}\n", apierrors.IsInvalid, "must not contain dots",
		},
		"dot in a service": {
			"apiVersion: v1\nkind: Service\nmetadata: {name: a.b, namespace: default}\n", apierrors.IsInvalid, "must not contain dots",
		},
		"label": {
			"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default, labels: {a: -}}\n", apierrors.IsInvalid, "metadata.labels",
		},
		"no name":                         {"apiVersion: v1\nkind: ConfigMap\nmetadata: {namespace: default}\n", apierrors.IsBadRequest, "name is required"},
		"no namespace":                    {"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", apierrors.IsBadRequest, "namespace"},
		"namespace of what lives in none": {"apiVersion: v1\nkind: Namespace\nmetadata: {name: a, namespace: b}\n", apierrors.IsBadRequest, "live in none"},
		"too much in a Secret": {
			"apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: default}\nstringData: {a: 1MiB}\n", apierrors.IsInvalid, "Too long",
		},
		"much too much": {
			"apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: default}\nstringData: {a: 3MiB}\n",
			apierrors.IsRequestEntityTooLargeError, "limit is 3145728",
		},
		"managed fields": {
			"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default, managedFields: []}\n", apierrors.IsBadRequest, "metadata.managedFields must be nil",
		},
		"definition by another name": {strings.Replace(crd, "name: gadgets.example.com", "name: wrong.example.com", 1), code(422), "must be spec.names.plural"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := clustertest.New()
			object := parse(t, test.object)
			if size, ok := map[any]int{"1MiB": 1<<20 + 1, "3MiB": 3 << 20}[value(t, object, "stringData", "a")]; ok {
				require.NoError(t, unstructured.SetNestedField(object.Object, strings.Repeat("x", size), "stringData", "a"))
			}
			_, err := c.Apply(t.Context(), object, cluster.ApplyOptions{FieldManager: "packstage"})
			require.Error(t, err)
			require.True(t, test.is(err), "%v", err)
			require.ErrorContains(t, err, test.text)
			require.Len(t, c.Snapshot(), 4)
		})
	}
}

func TestApplyNeedsAManager(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	_, err := c.Apply(t.Context(), parse(t, configMap), cluster.ApplyOptions{})
	require.True(t, apierrors.IsBadRequest(err))
	_, err = c.Apply(t.Context(), parse(t, configMap), cluster.ApplyOptions{FieldManager: strings.Repeat("x", 129)})
	require.True(t, apierrors.IsInvalid(err))
}

func TestCreateAndUpdate(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	created, err := create(t.Context(), c, parse(t, configMap))
	require.NoError(t, err)
	require.Equal(t, metav1.ManagedFieldsOperationUpdate, created.GetManagedFields()[0].Operation)
	_, err = create(t.Context(), c, parse(t, configMap))
	require.EqualError(t, err, `configmaps "settings" already exists`)
	_, err = create(t.Context(), c, created)
	require.EqualError(t, err, "resourceVersion should not be set on objects to be created")

	changed := created.DeepCopy()
	changed.Object["data"] = map[string]any{"color": "blue"}
	updated, err := c.Update(t.Context(), changed, cluster.WriteOptions{FieldManager: "other"})
	require.NoError(t, err)
	require.NotEqual(t, created.GetResourceVersion(), updated.GetResourceVersion())
	require.Len(t, updated.GetManagedFields(), 2)
	_, err = c.Update(t.Context(), changed, cluster.WriteOptions{FieldManager: "other"})
	require.True(t, apierrors.IsConflict(err))
	require.EqualError(t, err, `Operation cannot be fulfilled on configmaps "settings": the object has been modified; please apply your changes to the latest version and try again`)
	same, err := c.Update(t.Context(), updated, cluster.WriteOptions{FieldManager: "other"})
	require.NoError(t, err)
	require.Equal(t, updated, same)
	changed.SetResourceVersion("")
	_, err = c.Update(t.Context(), changed, cluster.WriteOptions{})
	require.NoError(t, err, "kinds that allow it")
	changed.SetUID("other")
	_, err = c.Update(t.Context(), changed, cluster.WriteOptions{})
	require.True(t, apierrors.IsConflict(err))
	changed.SetName("missing")
	_, err = c.Update(t.Context(), changed, cluster.WriteOptions{})
	require.True(t, apierrors.IsNotFound(err))

	const lease = "apiVersion: coordination.k8s.io/v1\nkind: Lease\nmetadata: {name: a, namespace: default}\nspec: {holderIdentity: a}\n"
	_, err = create(t.Context(), c, parse(t, lease))
	require.NoError(t, err)
	_, err = c.Update(t.Context(), parse(t, lease), cluster.WriteOptions{})
	require.True(t, apierrors.IsInvalid(err))
	require.ErrorContains(t, err, "metadata.resourceVersion")
}

func TestDryRun(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	planned, err := c.Apply(t.Context(), parse(t, configMap), cluster.ApplyOptions{FieldManager: "packstage", DryRun: true})
	require.NoError(t, err)
	require.Empty(t, planned.GetResourceVersion(), "it would be created")
	require.NotEmpty(t, planned.GetUID())
	require.NotEmpty(t, planned.GetManagedFields())
	_, err = c.Get(t.Context(), reference(t, configMap))
	require.True(t, apierrors.IsNotFound(err))
	planned, err = c.Create(t.Context(), parse(t, configMap), cluster.WriteOptions{DryRun: true})
	require.NoError(t, err)
	require.Empty(t, planned.GetResourceVersion())

	live := apply(t, c, "packstage", configMap)
	changed := parse(t, configMap)
	changed.Object["data"] = map[string]any{"color": "blue"}
	planned, err = c.Apply(t.Context(), changed, cluster.ApplyOptions{FieldManager: "packstage", DryRun: true})
	require.NoError(t, err)
	require.Equal(t, live.GetResourceVersion(), planned.GetResourceVersion())
	require.Equal(t, "blue", value(t, planned, "data", "color"))
	require.Equal(t, live, get(t, c, live))
}

func TestSecretsFoldTheirText(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	const secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: default}\nstringData: {password: hunter2}\n"
	applied := apply(t, c, "packstage", secret)
	require.Equal(t, map[string]any{"password": "aHVudGVyMg=="}, applied.Object["data"])
	require.NotContains(t, applied.Object, "stringData")
	require.Equal(t, "Opaque", applied.Object["type"])
	require.Contains(t, applied.GetManagedFields()[0].FieldsV1.String(), "f:stringData", "as on a server")
	require.Equal(t, applied, apply(t, c, "packstage", secret))
	applied = apply(t, c, "packstage", "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: default}\n")
	require.Equal(t, map[string]any{"password": "aHVudGVyMg=="}, applied.Object["data"], "as on a server")
}

func TestAdmission(t *testing.T) {
	t.Parallel()
	c := clustertest.New(
		clustertest.WithAdmission(func(object *unstructured.Unstructured) error {
			if object.GetLabels()["bad"] != "" {
				return errors.New("this is bad")
			}
			return nil
		}),
		clustertest.WithAdmission(func(object *unstructured.Unstructured) error {
			return unstructured.SetNestedField(object.Object, "set", "data", "injected")
		}),
	)
	applied := apply(t, c, "packstage", configMap)
	require.Equal(t, "set", value(t, applied, "data", "injected"))
	require.Equal(t, applied, apply(t, c, "packstage", configMap))
	bad := parse(t, configMap)
	bad.SetLabels(map[string]string{"bad": "yes"})
	_, err := c.Apply(t.Context(), bad, cluster.ApplyOptions{FieldManager: "packstage"})
	require.True(t, apierrors.IsForbidden(err))
	require.EqualError(t, err, `admission webhook "clustertest" denied the request: this is bad`)
}

func TestAccessReview(t *testing.T) {
	t.Parallel()
	const review = "apiVersion: authorization.k8s.io/v1\nkind: SelfSubjectAccessReview\nspec: {resourceAttributes: {verb: create, group: apps, resource: deployments, namespace: shop}}\n"
	ask := func(c *clustertest.Cluster) map[string]any {
		answer, err := c.Create(t.Context(), parse(t, review), cluster.WriteOptions{})
		require.NoError(t, err)
		return answer.Object["status"].(map[string]any)
	}
	require.Equal(t, map[string]any{"allowed": true}, ask(clustertest.New()))
	var asked clustertest.AccessReview
	c := clustertest.New(clustertest.WithAccess(func(review clustertest.AccessReview) (bool, string) {
		asked = review
		return false, "no rule"
	}))
	require.Equal(t, map[string]any{"allowed": false, "reason": "no rule"}, ask(c))
	require.Equal(t, clustertest.AccessReview{Verb: "create", Group: "apps", Resource: "deployments", Namespace: "shop"}, asked)
	require.Len(t, c.Snapshot(), 4)
}
