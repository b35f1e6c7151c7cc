package preflight_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/internal/preflight"
	"github.com/packstage/packstage/packagetypes"
)

func TestDesired(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		namespace  any
		instance   string
		namespaced bool
		want       string
	}{
		"of the instance":            {nil, "cellar", true, "cellar"},
		"of the instance, if empty":  {"", "cellar", true, "cellar"},
		"of the release":             {nil, "", true, "shop"},
		"its own":                    {"attic", "cellar", true, "attic"},
		"none":                       {nil, "cellar", false, ""},
		"none, whatever it says":     {"attic", "cellar", false, ""},
		"none, where there are none": {nil, "", false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			labels := map[string]any{"app": "web"}
			content := map[string]any{
				"apiVersion": "v1", "kind": "ConfigMap",
				"metadata": map[string]any{"name": "a", "namespace": test.namespace, "labels": labels, "uid": "x", "creationTimestamp": nil},
			}
			if test.namespace == nil {
				delete(content["metadata"].(map[string]any), "namespace")
			}
			object := packagetypes.NewObject(content, diagnostic.Position{}, nil, "")
			desired, err := preflight.Desired(object, shop, cluster.Kind{Namespaced: test.namespaced}, &packagetypes.Instance{Namespace: test.instance})
			require.NoError(t, err)
			wanted := map[string]any{
				"name":   "a",
				"labels": map[string]any{"app": "web", "packstage.dev/release": "shop", "packstage.dev/release-namespace": "shop"},
			}
			if test.want != "" {
				wanted["namespace"] = test.want
			}
			require.Equal(t, map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": wanted}, desired.Object)
			require.Equal(t, map[string]any{"app": "web"}, labels, "the instance stays as it is")
		})
	}
	_, err := preflight.Desired(packagetypes.NewObject(map[string]any{"kind": "ConfigMap"}, diagnostic.Position{}, nil, ""), shop, cluster.Kind{}, &packagetypes.Instance{})
	require.ErrorContains(t, err, "apiVersion")
}
