package fields_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/fields"
)

func TestDifference(t *testing.T) {
	t.Parallel()
	const (
		custom = "apiVersion: example.com/v1\nkind: Widget\n"
		pod    = "apiVersion: v1\nkind: Pod\n"
	)
	containers := func(text string) string { return pod + "spec: {containers: [" + text + "]}" }
	tests := map[string]struct {
		before, after string
		want          []string
	}{
		"same":    {custom + "spec: {a: 1}", custom + "spec: {a: 1}", nil},
		"changed": {custom + "spec: {a: 2}", custom + "spec: {a: 3}", []string{".spec.a: 2 -> 3"}},
		"added":   {custom + "spec: {b: 1}", custom + "spec: {a: {c: 1}, b: 1}", []string{`.spec.a: added {"c":1}`}},
		"removed": {custom + "spec: {a: x, b: 1}", custom + "spec: {b: 1}", []string{".spec.a: removed x"}},
		"sorted": {
			custom + "spec: {b: 1, a: {d: 1, c: 1}, l: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]}",
			custom + "spec: {b: 2, a: {d: 2, c: 2}, l: [1, 2, 0, 4, 5, 6, 7, 8, 9, 10, 0]}",
			[]string{".spec.a.c: 1 -> 2", ".spec.a.d: 1 -> 2", ".spec.b: 1 -> 2", ".spec.l[2]: 3 -> 0", ".spec.l[10]: 11 -> 0"},
		},
		"another type":             {custom + "spec: {a: [1]}", custom + "spec: {a: {b: 1}}", []string{`.spec.a: [1] -> {"b":1}`}},
		"null is nothing":          {custom + "spec: {a: null}", custom + "spec: {}", nil},
		"null becomes a value":     {custom + "spec: {a: null}", custom + "spec: {a: 0}", []string{".spec.a: added 0"}},
		"a number as a text":       {custom + "spec: {a: '1'}", custom + "spec: {a: 1}", []string{`.spec.a: "1" -> 1`}},
		"empty text":               {custom + "spec: {a: ''}", custom + "spec: {a: x}", []string{`.spec.a: "" -> x`}},
		"an empty map is a value":  {custom + "spec: {a: {}}", custom + "spec: {}", []string{".spec.a: removed {}"}},
		"an empty map is filled":   {custom + "spec: {a: {}}", custom + "spec: {a: {b: 1}}", []string{".spec.a.b: added 1"}},
		"names with dots":          {custom + "metadata: {labels: {a.b/c: x, d: y}}", custom + "metadata: {labels: {a.b/c: z, d: z}}", []string{`.metadata.labels["a.b/c"]: x -> z`, ".metadata.labels.d: y -> z"}},
		"text of several lines":    {custom + `spec: {a: "x\ny\n"}`, custom + `spec: {a: "x\ny\nz"}`, []string{".spec.a: 2 lines -> 3 lines"}},
		"characters of a terminal": {custom + `spec: {a: x}`, custom + `spec: {a: "\e[31mred\u202e"}`, []string{`.spec.a: x -> \x1b[31mred\u202e`}},
		"items that are null":      {custom + "spec: {a: [null]}", custom + "spec: {a: []}", []string{".spec.a[0]: removed null"}},

		"what the server owns": {
			custom + "metadata: {uid: a, resourceVersion: '1', generation: 1, creationTimestamp: x, selfLink: x, managedFields: [{manager: a}], annotations: {deployment.kubernetes.io/revision: '1'}}",
			custom + "metadata: {uid: b, resourceVersion: '2', generation: 2, creationTimestamp: y, selfLink: y, deletionTimestamp: z, labels: {}}", nil,
		},
		"status":            {custom + "status: {a: 1}", custom + "status: {a: 2}", []string{".status.a: 1 -> 2"}},
		"finalizers":        {pod + "metadata: {finalizers: [b, a]}", pod + "metadata: {finalizers: [a, c]}", []string{".metadata.finalizers[=b]: removed b", ".metadata.finalizers[=c]: added c"}},
		"order of a set":    {pod + "metadata: {finalizers: [b, a]}", pod + "metadata: {finalizers: [a, b]}", nil},
		"owners":            {pod + "metadata: {ownerReferences: [{uid: a, name: x}]}", pod + "metadata: {ownerReferences: [{uid: b, name: x}, {uid: a, name: y}]}", []string{".metadata.ownerReferences[uid=a].name: x -> y", `.metadata.ownerReferences[uid=b]: added {"name":"x","uid":"b"}`}},
		"container":         {containers("{name: a, image: x}, {name: b, image: x}"), containers("{name: a, image: x}, {name: b, image: y}"), []string{".spec.containers[name=b].image: x -> y"}},
		"container added":   {containers("{name: b, image: x}"), containers("{name: a, image: x}, {name: b, image: y}"), []string{`.spec.containers[name=a]: added {"image":"x","name":"a"}`, ".spec.containers[name=b].image: x -> y"}},
		"containers moved":  {containers("{name: a}, {name: b}, {name: c}"), containers("{name: c}, {name: a}, {name: d}"), []string{`.spec.containers: ["a","c"] -> ["c","a"]`, `.spec.containers[name=b]: removed {"name":"b"}`, `.spec.containers[name=d]: added {"name":"d"}`}},
		"names come twice":  {containers("{name: a, image: x}, {name: a, image: y}"), containers("{name: a, image: x}, {name: a, image: z}"), []string{".spec.containers[1].image: y -> z"}},
		"arguments":         {containers("{name: a, args: [x, y, z]}"), containers("{name: a, args: [x, z]}"), []string{".spec.containers[name=a].args[1]: y -> z", ".spec.containers[name=a].args[2]: removed z"}},
		"environment":       {containers("{name: a, env: [{name: A, value: x}, {name: B, value: y}]}"), containers("{name: a, env: [{name: B, value: z}, {name: A, value: x}]}"), []string{`.spec.containers[name=a].env: ["A","B"] -> ["B","A"]`, ".spec.containers[name=a].env[name=B].value: y -> z"}},
		"ports":             {containers("{name: a, ports: [{containerPort: 80, name: x}]}"), containers("{name: a, ports: [{containerPort: 80, protocol: UDP, name: u}, {containerPort: 80, protocol: TCP, name: y}]}"), []string{".spec.containers[name=a].ports[containerPort=80,protocol=TCP].name: x -> y", ".spec.containers[name=a].ports[containerPort=80,protocol=TCP].protocol: added TCP", `.spec.containers[name=a].ports[containerPort=80,protocol=UDP]: added {"containerPort":80,"name":"u","protocol":"UDP"}`}},
		"ports of services": {"apiVersion: v1\nkind: Service\nspec: {ports: [{port: 80, targetPort: 1}, {port: 443}]}", "apiVersion: v1\nkind: Service\nspec: {ports: [{port: 443}, {port: 80, targetPort: 2}]}", []string{`.spec.ports: ["port=80,protocol=TCP","port=443,protocol=TCP"] -> ["port=443,protocol=TCP","port=80,protocol=TCP"]`, ".spec.ports[port=80,protocol=TCP].targetPort: 1 -> 2"}},
		"mounts":            {containers("{name: a, volumeMounts: [{mountPath: /a.d/b, name: x}]}"), containers("{name: a, volumeMounts: [{mountPath: /a.d/b, name: y}]}"), []string{".spec.containers[name=a].volumeMounts[mountPath=/a.d/b].name: x -> y"}},
		"tolerations":       {pod + "spec: {tolerations: [{key: a, effect: x}]}", pod + "spec: {tolerations: [{key: b}, {key: a, effect: x}]}", []string{".spec.tolerations[0].effect: removed x", ".spec.tolerations[0].key: a -> b", `.spec.tolerations[1]: added {"effect":"x","key":"a"}`}},
		"conditions":        {custom + "status: {conditions: [{type: A, status: 'True'}]}", custom + "status: {conditions: [{type: B, status: 'True'}, {type: A, status: 'False'}]}", []string{".status.conditions[type=A].status: True -> False", `.status.conditions[type=B]: added {"status":"True","type":"B"}`}},
		"an item with a key that has to be quoted": {custom + "spec: {l: [{name: 'a b]', v: 1}, {name: '1', v: 1}]}", custom + "spec: {l: [{name: 'a b]', v: 2}, {name: '1', v: 2}]}", []string{`.spec.l[name="1"].v: 1 -> 2`, `.spec.l[name="a b]"].v: 1 -> 2`}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before, after := parse(t, test.before), parse(t, test.after)
			check := unchanged(t, before.Object, after.Object)
			changes := fields.Difference(before, after, fields.Options{})
			check()
			want := test.want
			if want == nil {
				want = []string{}
			}
			require.Equal(t, want, texts(changes))
			require.Len(t, fields.Difference(after, before, fields.Options{}), len(changes), "the other way round there are as many")
			require.Empty(t, fields.Difference(before, before, fields.Options{}))
		})
	}
}

func TestDifferenceIgnoresTheStatus(t *testing.T) {
	t.Parallel()
	before, after := parse(t, "{status: {a: 1}, spec: {status: 1}}"), parse(t, "{status: {a: 2}, spec: {status: 2}}")
	require.Equal(t, []string{".spec.status: 1 -> 2"}, texts(fields.Difference(before, after, fields.Options{IgnoreStatus: true})))
}

func TestDifferenceWithNothing(t *testing.T) {
	t.Parallel()
	object := parse(t, "{kind: Widget, apiVersion: example.com/v1, metadata: {name: a, uid: b}}")
	require.Equal(t, []string{".apiVersion: added example.com/v1", ".kind: added Widget", `.metadata: added {"name":"a"}`},
		texts(fields.Difference(nil, object, fields.Options{})))
	require.Equal(t, []string{".apiVersion: removed example.com/v1", ".kind: removed Widget", `.metadata: removed {"name":"a"}`},
		texts(fields.Difference(object, &unstructured.Unstructured{}, fields.Options{})))
	require.Nil(t, fields.Difference(nil, nil, fields.Options{}))
}

// What a change holds belongs to the caller.
func TestChangesAreCopies(t *testing.T) {
	t.Parallel()
	before, after := parse(t, "{spec: {a: [{b: 1}]}}"), parse(t, "{spec: {c: {d: 1}}}")
	check := unchanged(t, before.Object, after.Object)
	for _, change := range fields.Difference(before, after, fields.Options{}) {
		switch value := cmpOr(change.Before, change.After).(type) {
		case []any:
			value[0].(map[string]any)["b"] = int64(2)
		case map[string]any:
			value["d"] = int64(2)
		default:
			t.Fatalf("%s is a %T", change.Path, value)
		}
	}
	check()
}

func cmpOr(a, b any) any {
	if a != nil {
		return a
	}
	return b
}

func TestLongValuesAreCut(t *testing.T) {
	t.Parallel()
	changes := fields.Difference(parse(t, "{a: x}"), parse(t, "{a: "+strings.Repeat("ä", 5000)+"}"), fields.Options{})
	require.Len(t, changes, 1)
	require.Equal(t, ".a: x -> "+strings.Repeat("ä", 160)+"…", changes[0].String())
	require.Len(t, []rune(changes[0].After.(string)), 5000)
}

func TestLines(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change fields.Change
		want   []string
	}{
		"changed":    {fields.Change{Kind: fields.Changed, Before: "a\nb\nc\n", After: "a\n\tx\x1b\nc\n"}, []string{"@@ -1,3 +1,3 @@", " a", "-b", "+\tx\\x1b", " c"}},
		"one became": {fields.Change{Kind: fields.Changed, Before: "a", After: "a\nb\n"}, []string{"@@ -1 +1,2 @@", "-a", `\ No newline at end of file`, "+a", "+b"}},
		"added":      {fields.Change{Kind: fields.Added, After: "a\nb\n"}, []string{"@@ -0,0 +1,2 @@", "+a", "+b"}},
		"removed":    {fields.Change{Kind: fields.Removed, Before: "a\nb\n"}, []string{"@@ -1,2 +0,0 @@", "-a", "-b"}},
		"one line":   {fields.Change{Kind: fields.Changed, Before: "a\n", After: "b\n"}, nil},
		"no text":    {fields.Change{Kind: fields.Changed, Before: "a\nb\n", After: int64(1)}, nil},
		"masked":     {fields.Change{Kind: fields.Changed, Before: "a\nb\n", After: "c", Masked: true}, nil},
		"nothing":    {fields.Change{}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, fields.Lines(test.change))
		})
	}
}
