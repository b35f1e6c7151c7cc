package faults_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/test/cluster"
	"github.com/packstage/packstage/test/cluster/kills/journey"
)

// awaitPermission waits until the server has taken notice of what the user of a namespace's
// name may do there: to get ConfigMaps is part of it.
func awaitPermission(t *testing.T, c *cluster.Cluster, namespace string) {
	t.Helper()
	reviews := schema.GroupVersionResource{Group: "authorization.k8s.io", Version: "v1", Resource: "subjectaccessreviews"}
	review := object(t, fmt.Sprintf("apiVersion: authorization.k8s.io/v1\nkind: SubjectAccessReview\nspec:\n  user: %[1]s\n"+
		"  resourceAttributes: {namespace: %[1]s, verb: get, resource: configmaps}\n", namespace))
	require.Eventually(t, func() bool {
		answer, err := c.Client().Resource(reviews).Create(t.Context(), review, metav1.CreateOptions{})
		if err != nil {
			return false
		}
		allowed, _, _ := unstructured.NestedBool(answer.Object, "status", "allowed")
		return allowed
	}, waitAtMost, lookEvery)
}

// Who may not do all that an install does is told so before the first write, with verbs
// and resources.
func TestPermissionsAreMissing(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	const all = "[get, list, create, update, patch, delete]"
	state := `{apiGroups: [""], resources: [secrets], verbs: ` + all + `}, {apiGroups: [coordination.k8s.io], resources: [leases], verbs: ` + all + "}"
	for name, test := range map[string]struct {
		rules string
		says  []string
	}{
		"nothing at all": {"", []string{"may not get, list, create, patch, delete configmaps", "secrets", "leases.coordination.k8s.io"}},
		"without delete": {
			`{apiGroups: [""], resources: [configmaps], verbs: [get, list, create, patch]}, ` + state,
			[]string{"may not delete configmaps"},
		},
		"without patch": {
			`{apiGroups: [""], resources: [configmaps], verbs: [get, list, create, delete]}, ` + state,
			[]string{"may not patch configmaps"},
		},
		"reading only": {
			`{apiGroups: [""], resources: [configmaps], verbs: [get, list]}, ` + state,
			[]string{"may not create, patch, delete configmaps"},
		},
		"without secrets": {
			`{apiGroups: [""], resources: [configmaps], verbs: ` + all + `}, {apiGroups: [coordination.k8s.io], resources: [leases], verbs: ` + all + "}",
			[]string{"may not get, list, create, update, delete secrets", "for the state of the release"},
		},
		"without leases": {
			`{apiGroups: [""], resources: [configmaps, secrets], verbs: ` + all + `}`,
			[]string{"create, update", "leases.coordination.k8s.io", "for the state of the release"},
		},
		"enough": {
			`{apiGroups: [""], resources: [configmaps], verbs: [get, list, create, patch, delete]}, ` + state,
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			namespace := c.CreateNamespace(t, "permission")
			rbac := schema.GroupVersionResource{Group: "rbac.authorization.k8s.io", Version: "v1"}
			create(t, c, rbac.GroupVersion().WithResource("roles"), namespace,
				"apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: limited}\nrules: ["+test.rules+"]\n")
			create(t, c, rbac.GroupVersion().WithResource("rolebindings"), namespace, fmt.Sprintf(
				"apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: limited}\n"+
					"roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: limited}\n"+
					"subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: %s}]\n", namespace))
			if test.rules != "" {
				awaitPermission(t, c, namespace)
			}
			user := at(t, c.UserConfig(t, namespace), nil)
			before := versions(t, c, namespace)
			_, err := apply(t, user, instance(t, namespace, small))
			if test.says == nil {
				require.NoError(t, err)
				requireState(t, c, namespace, history.StateAvailable, 1)
				_, err = user.Delete(t.Context(), journey.Release(namespace), installer.DeleteOptions{})
				require.NoError(t, err)
				return
			}
			requireSays(t, err, append(test.says, namespace)...)
			var blocked *installer.BlockedError
			require.True(t, errors.As(err, &blocked), "%v", err)
			require.Equal(t, before, versions(t, c, namespace))
			requireConverges(t, c, instance(t, namespace, small), 1) // by who may
		})
	}
}
