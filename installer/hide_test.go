package installer_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/clustertest"
)

// Sensitive values of the configuration do not show in plans and drift, wherever
// templates have put them.
func TestSensitiveValuesAreHidden(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	i := installer.New(c, quick())
	first := phases(t, "# phase one\n"+configMap("a", "nothing")+"---\n"+deployment("web", "nginx:1"))
	_, err := i.Apply(t.Context(), shop, first, installer.ApplyOptions{})
	require.NoError(t, err)
	second := phases(t, "# phase one\n"+configMap("a", "url: postgres://shop:hunter22@db")+"---\n"+deployment("web", "nginx:2"))
	second.Sensitive = []string{"hunter22"}
	plan, err := i.Plan(t.Context(), shop, second, installer.ApplyOptions{})
	require.NoError(t, err)
	text, err := json.Marshal(plan)
	require.NoError(t, err)
	require.NotContains(t, string(text), "hunter22")
	require.True(t, plan.Phases[0].Objects[0].Changes[0].Masked)
	require.Contains(t, plan.Phases[0].Objects[1].Changes[0].String(), "nginx:2")

	_, err = i.Apply(t.Context(), shop, second, installer.ApplyOptions{})
	require.NoError(t, err)
	require.NoError(t, c.Edit(t.Context(), "kubectl", configMapNamed("a"), func(object *unstructured.Unstructured) {
		object.Object["data"] = map[string]any{"value": "edited"}
	}))
	drift, err := i.Drift(t.Context(), shop) // with what is stored of the revision
	require.NoError(t, err)
	text, err = json.Marshal(drift)
	require.NoError(t, err)
	require.Contains(t, string(text), ".data.value")
	require.NotContains(t, string(text), "hunter22")
}
