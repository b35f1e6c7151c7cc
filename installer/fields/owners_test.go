package fields_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/fields"
)

func at(t *testing.T, text string) time.Time {
	t.Helper()
	result, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return result
}

func managerNames(managers []fields.Manager) []string {
	names := []string{}
	for _, manager := range managers {
		name := manager.Name
		if manager.Subresource != "" {
			name += "/" + manager.Subresource
		}
		names = append(names, name)
	}
	return names
}

func TestOwners(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		path string
		want []string
	}{
		"field":                        {".spec.replicas", []string{"kube-controller-manager/scale"}},
		"no dot before":                {"spec.replicas", []string{"kube-controller-manager/scale"}},
		"name with dots":               {`.metadata.labels["app.kubernetes.io/name"]`, []string{"packstage"}},
		"name that others have set":    {`.metadata.annotations["example.com/note"]`, []string{"kubectl-edit"}},
		"item":                         {".spec.template.spec.containers[name=web].image", []string{"kubectl-edit"}},
		"item of an item":              {".spec.template.spec.containers[name=web].env[name=LEVEL].value", []string{"kubectl-edit"}},
		"field of the same item":       {".spec.template.spec.containers[name=web].env[name=LEVEL].name", []string{"packstage"}},
		"item of two":                  {".spec.template.spec.containers[name=web].env[name=LEVEL]", []string{"kubectl-edit", "packstage"}},
		"item of somebody else":        {".spec.template.spec.containers[name=web].env[name=DEBUG]", []string{"kubectl-edit"}},
		"two keys":                     {".spec.template.spec.containers[name=web].ports[containerPort=8080,protocol=TCP].name", []string{"packstage"}},
		"two keys in another order":    {".spec.template.spec.containers[name=web].ports[protocol=TCP,containerPort=8080].name", []string{"packstage"}},
		"quoted key":                   {`.spec.template.spec.containers[name="web"].image`, []string{"kubectl-edit"}},
		"key that is a path":           {".spec.template.spec.containers[name=web].volumeMounts[mountPath=/tmp].name", []string{"packstage"}},
		"inside an atomic list":        {".spec.template.spec.tolerations[0].key", []string{"packstage"}},
		"inside an atomic structure":   {".spec.selector.matchLabels.app", []string{"packstage"}},
		"structure":                    {".spec.template.spec", []string{"kubectl-edit", "packstage"}},
		"status":                       {".status.conditions[type=Available].status", []string{"kube-controller-manager/status"}},
		"default of the server":        {".spec.template.spec.containers[name=web].imagePullPolicy", []string{}},
		"not there":                    {".spec.nothing", []string{}},
		"another item":                 {".spec.template.spec.containers[name=other].image", []string{}},
		"the object itself":            {".", []string{}},
		"not a path":                   {".spec[", []string{}},
		"a key that no owner can have": {".spec.template.spec.containers[name=null].image", []string{}},
	}
	object := stored(t, "deployment-hpa")
	check := unchanged(t, object.Object)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, managerNames(fields.Owners(object, test.path)))
		})
	}
	t.Cleanup(check)
}

func TestOwnersSayHowAndWhen(t *testing.T) {
	t.Parallel()
	object := stored(t, "deployment-hpa")
	require.Equal(t, []fields.Manager{{Name: "kubectl-edit", Operation: "Update", Time: at(t, "2026-11-21T18:37:42Z")}},
		fields.Owners(object, ".spec.template.spec.containers[name=web].image"))
	require.Equal(t, []fields.Manager{{Name: "packstage", Operation: "Apply", Time: at(t, "2026-11-21T18:37:38Z")}},
		fields.Owners(object, ".spec.selector"))
	scale := fields.Owners(object, ".spec.replicas")
	require.Equal(t, []fields.Manager{{Name: "kube-controller-manager", Operation: "Update", Subresource: "scale"}}, scale,
		"the server notes no time for the subresource scale")
	require.Equal(t, "kube-controller-manager with subresource scale", scale[0].String())
	require.Equal(t, "kubectl-edit (2026-11-21T18:37:42Z)", fields.Owners(object, ".spec.template.spec.containers[name=web].image")[0].String())
}

func TestOwnersOfOtherKinds(t *testing.T) {
	t.Parallel()
	for path, name := range map[string]string{
		`.data["app.yaml"]`: "configmap", `.metadata.finalizers[=example.com/hold]`: "configmap", ".metadata.finalizers": "configmap",
		".data.a":                                             "secret", // applied as stringData
		".spec.ports[port=80,protocol=UDP].name":              "service",
		".spec.listeners[host=a.example.com].port":            "widget",
		".spec.listeners[host=a.example.com].names[=\"n.2\"]": "widget",
		`.spec.free[""]`:                                      "widget",
		`.spec.free["x.y/z"]`:                                 "widget",
	} {
		require.Equal(t, []string{"packstage"}, managerNames(fields.Owners(stored(t, name), path)), path)
	}
	require.Empty(t, fields.Owners(stored(t, "configmap"), ".metadata.finalizers[=example.com/other]"))
	require.Empty(t, fields.Owners(stored(t, "secret"), ".data.b"))
	require.Empty(t, fields.Owners(nil, ".spec"))
}

func TestManagedFieldsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, entries := range []any{
		"x", []any{"x"}, []any{nil}, []any{map[string]any{}},
		[]any{map[string]any{"fieldsType": "FieldsV1", "fieldsV1": "x"}},
		[]any{map[string]any{"fieldsType": "FieldsV1", "fieldsV1": map[string]any{"f:spec": "x"}}},
		[]any{map[string]any{"fieldsType": "FieldsV1", "fieldsV1": map[string]any{"k:{": map[string]any{}}}},
		[]any{map[string]any{"fieldsType": "FieldsV2", "fieldsV1": map[string]any{"f:spec": map[string]any{}}}},
	} {
		object := &unstructured.Unstructured{Object: map[string]any{"metadata": map[string]any{"managedFields": entries}}}
		require.Empty(t, fields.Owners(object, ".spec"), "%v", entries)
	}
}

// The changes of a plan tell whose work would be undone.
func TestChangesNameTheirManagers(t *testing.T) {
	t.Parallel()
	live, planned := stored(t, "deployment-edited"), stored(t, "deployment-dryrun")
	check := unchanged(t, live.Object, planned.Object)
	changes := fields.Difference(live, planned, fields.Options{IgnoreStatus: true})
	check()
	require.Equal(t, []string{
		".spec.replicas: 5 -> 2",
		".spec.template.spec.containers[name=web].env[name=LEVEL].value: debug -> info",
		".spec.template.spec.containers[name=web].image: registry.example.com/web:hotfix -> registry.example.com/web:1.0",
	}, texts(changes))
	require.Equal(t, []string{"kubectl/scale"}, managerNames(changes[0].Managers))
	require.Equal(t, []string{"kubectl-edit"}, managerNames(changes[1].Managers))
	require.Equal(t, []string{"kubectl-edit"}, managerNames(changes[2].Managers))

	forced := fields.Difference(live, planned, fields.Options{IgnoreStatus: true, Live: planned})
	require.Equal(t, []string{"packstage"}, managerNames(forced[0].Managers), "by request the managers of the other object")

	desired := stored(t, "deployment-desired")
	drift := fields.Difference(desired, live, fields.Options{IgnoreStatus: true})
	scaled := slices.IndexFunc(drift, func(change fields.Change) bool { return change.Path == ".spec.replicas" })
	require.Equal(t, ".spec.replicas: 2 -> 5", drift[scaled].String())
	require.Equal(t, []string{"kubectl/scale"}, managerNames(drift[scaled].Managers), "of the one that has managedFields")
}

// managedFields tell by what the items of a custom resource's lists are told apart.
func TestListsOfCustomResources(t *testing.T) {
	t.Parallel()
	before := stored(t, "widget")
	after := before.DeepCopy()
	after.Object["spec"].(map[string]any)["listeners"] = []any{
		map[string]any{"host": "c"},
		map[string]any{"host": "a.example.com", "port": int64(2), "names": []any{"n1", "n3"}},
	}
	require.Equal(t, []string{
		".spec.listeners[host=a.example.com].names[=n.2]: removed n.2",
		".spec.listeners[host=a.example.com].names[=n3]: added n3",
		".spec.listeners[host=a.example.com].port: 1 -> 2",
		`.spec.listeners[host=b]: removed {"host":"b"}`,
		`.spec.listeners[host=c]: added {"host":"c"}`,
	}, texts(fields.Difference(before, after, fields.Options{})))
}

// Who owns the field itself counts before those who own a whole that it is in, as
// with an empty structure that somebody applied.
func TestOwnersOfTheFieldComeBeforeThoseOfTheWhole(t *testing.T) {
	t.Parallel()
	entry := func(manager string, owned map[string]any) map[string]any {
		return map[string]any{"manager": manager, "operation": "Apply", "fieldsType": "FieldsV1", "fieldsV1": map[string]any{"f:spec": owned}}
	}
	empty := map[string]any{}
	for _, entries := range [][]any{
		{entry("a", map[string]any{"f:x": empty}), entry("b", map[string]any{"f:x": map[string]any{"f:y": empty}})},
		{entry("b", map[string]any{"f:x": map[string]any{"f:y": empty}}), entry("c", map[string]any{"f:x": empty})},
	} {
		object := &unstructured.Unstructured{Object: map[string]any{"metadata": map[string]any{"managedFields": entries}}}
		require.Equal(t, []string{"b"}, managerNames(fields.Owners(object, ".spec.x.y")))
		require.Len(t, fields.Owners(object, ".spec.x"), 2)
		require.NotContains(t, managerNames(fields.Owners(object, ".spec.x.z")), "b")
	}
}
