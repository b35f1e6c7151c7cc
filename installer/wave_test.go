package installer_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/clustertest"
)

const roleAndBinding = `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: a, namespace: NAMESPACE}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: NAMESPACE}
`

// refusesBindings wants the role of a binding to be there, as the server does of
// everybody who may not bind any role.
func refusesBindings(c **clustertest.Cluster) clustertest.Option {
	return clustertest.WithFault(func(ctx context.Context, call clustertest.Call) error {
		if call.Verb != clustertest.VerbApply || call.Reference.Kind != "RoleBinding" {
			return nil
		}
		role := call.Reference
		role.Kind, role.Name = "Role", "reader"
		if _, err := (*c).Get(ctx, role); apierrors.IsNotFound(err) {
			return apierrors.NewNotFound(schema.GroupResource{Group: role.Group, Resource: "rolebindings"}, role.Name)
		}
		return nil
	})
}

func TestBindingsOfRolesOfTheSamePhase(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"in a namespace that is there": "# phase rbac\n" + strings.ReplaceAll(roleAndBinding, "NAMESPACE", "default"),
		"in one of an earlier phase":   "# phase first\napiVersion: v1\nkind: Namespace\nmetadata: {name: cellar}\n# phase rbac\n" + strings.ReplaceAll(roleAndBinding, "NAMESPACE", "cellar"),
		"in one of the same phase":     "# phase rbac\n" + strings.ReplaceAll(roleAndBinding, "NAMESPACE", "cellar") + "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: cellar}\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var c *clustertest.Cluster
			c = clustertest.New(refusesBindings(&c))
			i := installer.New(c, installer.Options{PollInterval: 10 * time.Millisecond, PhaseTimeout: 5 * time.Minute, LeaseDuration: time.Minute})
			result, err := i.Apply(t.Context(), shop, phases(t, text), installer.ApplyOptions{})
			require.NoError(t, err)
			require.GreaterOrEqual(t, result.Created, 2)
		})
	}
}
