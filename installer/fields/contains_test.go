package fields_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/installer/fields"
)

func TestContains(t *testing.T) {
	t.Parallel()
	const (
		configMap  = "apiVersion: v1\nkind: ConfigMap\n"
		secret     = "apiVersion: v1\nkind: Secret\n"
		deployment = "apiVersion: apps/v1\nkind: Deployment\n"
		custom     = "apiVersion: example.com/v1\nkind: Widget\n"
	)
	tests := map[string]struct {
		live, desired string
		want          bool
	}{
		"same":                       {configMap + "data: {a: x}", configMap + "data: {a: x}", true},
		"more in a map":              {configMap + "data: {a: x, b: y}", configMap + "data: {a: x}", true},
		"less in a map":              {configMap + "data: {a: x}", configMap + "data: {a: x, b: y}", false},
		"another value":              {configMap + "data: {a: y}", configMap + "data: {a: x}", false},
		"no field":                   {configMap, configMap + "data: {a: x}", false},
		"another kind":               {secret, configMap, false},
		"another version":            {"apiVersion: apps/v1beta1\nkind: Deployment", deployment, false},
		"a text is no number":        {custom + "spec: {a: '1'}", custom + "spec: {a: 1}", false},
		"a number is no truth":       {custom + "spec: {a: 1}", custom + "spec: {a: true}", false},
		"null where nothing is":      {custom + "spec: {}", custom + "spec: {a: null}", true},
		"null where null is":         {custom + "spec: {a: null}", custom + "spec: {a: null}", true},
		"null where something is":    {custom + "spec: {a: 0}", custom + "spec: {a: null}", false},
		"null in place of the spec":  {custom, custom + "spec: null", true},
		"nothing where null is":      {custom + "spec: {a: null}", custom + "spec: {a: 0}", false},
		"more items":                 {custom + "spec: {a: [1, 2]}", custom + "spec: {a: [1]}", false},
		"fewer items":                {custom + "spec: {a: [1]}", custom + "spec: {a: [1, 2]}", false},
		"another order":              {custom + "spec: {a: [2, 1]}", custom + "spec: {a: [1, 2]}", false},
		"item with more in it":       {custom + "spec: {a: [{b: 1, c: 2}]}", custom + "spec: {a: [{b: 1}]}", true},
		"map in place of a list":     {custom + "spec: {a: {}}", custom + "spec: {a: []}", false},
		"empty map of a custom kind": {custom + "spec: {}", custom + "spec: {a: {}}", false},
		"empty list, custom kind":    {custom + "spec: {}", custom + "spec: {a: []}", false},
		"empty list":                 {deployment + "spec: {template: {spec: {}}}", deployment + "spec: {template: {spec: {tolerations: []}}}", true},
		"empty list, live has items": {deployment + "spec: {a: [1]}", deployment + "spec: {a: []}", false},
		"empty map of texts":         {deployment + "spec: {template: {spec: {}}}", deployment + "spec: {template: {spec: {nodeSelector: {}}}}", true},
		"empty structure":            {deployment + "spec: {volumes: [{name: a, hostPath: {path: /}}]}", deployment + "spec: {volumes: [{name: a, emptyDir: {}}]}", false},
		"status of a custom kind":    {custom + "status: {a: 1}", custom + "status: {a: 2}", false},
		"status":                     {deployment + "status: {replicas: 1}", deployment + "status: {replicas: 2}", true},

		"cpu in another form":     {deployment + "spec: {resources: {limits: {cpu: 500m}}}", deployment + "spec: {resources: {limits: {cpu: '0.5'}}}", true},
		"cpu as a number":         {deployment + "spec: {resources: {limits: {cpu: '1'}}}", deployment + "spec: {resources: {limits: {cpu: 1}}}", true},
		"memory in another form":  {deployment + "spec: {resources: {requests: {memory: 1Gi}}}", deployment + "spec: {resources: {requests: {memory: 1024Mi}}}", true},
		"more cpu than wanted":    {deployment + "spec: {resources: {limits: {cpu: '2'}}}", deployment + "spec: {resources: {limits: {cpu: 500m}}}", false},
		"another memory":          {deployment + "spec: {resources: {requests: {memory: 1G}}}", deployment + "spec: {resources: {requests: {memory: 1Gi}}}", false},
		"exponents are not read":  {deployment + "spec: {resources: {limits: {cpu: '1000'}}}", deployment + "spec: {resources: {limits: {cpu: 1e3x}}}", false},
		"huge exponents":          {deployment + "spec: {resources: {limits: {cpu: '1'}}}", deployment + "spec: {resources: {limits: {cpu: 1e999999999}}}", false},
		"a text like an amount":   {configMap + "data: {cpu: 500m}", configMap + "data: {cpu: '0.5'}", false},
		"amount of a custom kind": {custom + "spec: {limits: {cpu: 500m}}", custom + "spec: {limits: {cpu: '0.5'}}", false},
		"a group that ends in k8s.io": {
			"apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nspec: {}",
			"apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nspec: {listeners: []}", false,
		},

		"stringData":                      {secret + "data: {a: eA==}", secret + "stringData: {a: x}", true},
		"stringData that differs":         {secret + "data: {a: eQ==}", secret + "stringData: {a: x}", false},
		"stringData wins":                 {secret + "data: {a: eA==}", secret + "stringData: {a: x}\ndata: {a: eQ==}", true},
		"data beside stringData":          {secret + "data: {a: eA==}", secret + "stringData: {a: x}\ndata: {b: eQ==}", false},
		"data with line breaks":           {secret + "data: {a: eHl6}", secret + "data: {a: \"eHl6\\n\"}", true},
		"data that is none":               {secret + "data: {a: '%'}", secret + "data: {a: '?'}", false},
		"data is missing":                 {secret, secret + "data: {a: eA==}", false},
		"no data wanted":                  {secret + "data: {a: eA==}", secret + "data: {}", true},
		"stringData is no map":            {secret, secret + "stringData: x", false},
		"a custom kind named Secret":      {"apiVersion: example.com/v1\nkind: Secret\ndata: {a: eA==}", "apiVersion: example.com/v1\nkind: Secret\nstringData: {a: x}", false},
		"type of a Secret":                {secret + "type: Opaque", secret + "type: kubernetes.io/tls", false},
		"the server adds a Secret's type": {secret + "type: Opaque", secret, true},

		"name":                         {configMap + "metadata: {name: a}", configMap + "metadata: {name: b}", false},
		"namespace":                    {configMap + "metadata: {name: a, namespace: x}", configMap + "metadata: {name: a, namespace: y}", false},
		"namespace left to the caller": {configMap + "metadata: {name: a, namespace: x}", configMap + "metadata: {name: a}", true},
		"what the server owns": {
			configMap + "metadata: {name: a, uid: x, resourceVersion: '5', generation: 3, creationTimestamp: '2026-01-02T03:04:05Z'}",
			configMap + "metadata: {name: a, uid: y, resourceVersion: '4', generation: 1, creationTimestamp: null}", true,
		},
		"labels":                  {configMap + "metadata: {labels: {a: x, b: y}}", configMap + "metadata: {labels: {a: x}}", true},
		"label that differs":      {configMap + "metadata: {labels: {a: y}}", configMap + "metadata: {labels: {a: x}}", false},
		"no labels":               {configMap + "metadata: {}", configMap + "metadata: {labels: {a: x}}", false},
		"no metadata":             {configMap, configMap + "metadata: {labels: {a: x}}", false},
		"empty annotations":       {configMap, configMap + "metadata: {annotations: {}}", true},
		"annotation that is null": {configMap + "metadata: {annotations: {a: ''}}", configMap + "metadata: {annotations: {a: null}}", true},
		"annotation":              {configMap + "metadata: {annotations: {a: y}}", configMap + "metadata: {annotations: {a: x}}", false},
		"annotation of a controller": {
			deployment + "metadata: {annotations: {deployment.kubernetes.io/revision: '2'}}",
			deployment + "metadata: {annotations: {deployment.kubernetes.io/revision: '1'}}", true,
		},
		"finalizers of others":      {configMap + "metadata: {finalizers: [b, a]}", configMap + "metadata: {finalizers: [a]}", true},
		"finalizer is missing":      {configMap + "metadata: {finalizers: [b]}", configMap + "metadata: {finalizers: [a]}", false},
		"owner among others":        {configMap + "metadata: {ownerReferences: [{uid: x}, {uid: y, controller: true}]}", configMap + "metadata: {ownerReferences: [{uid: y}]}", true},
		"owner is missing":          {configMap + "metadata: {ownerReferences: [{uid: x}]}", configMap + "metadata: {ownerReferences: [{uid: y}]}", false},
		"metadata that is no map":   {configMap + "metadata: {}", configMap + "metadata: x", false},
		"labels that are no map":    {configMap + "metadata: {labels: {a: x}}", configMap + "metadata: {labels: [a]}", false},
		"finalizers that are a map": {configMap + "metadata: {finalizers: [a]}", configMap + "metadata: {finalizers: {a: x}}", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			live, desired := parse(t, test.live).Object, parse(t, test.desired).Object
			check := unchanged(t, live, desired)
			require.Equal(t, test.want, fields.Contains(live, desired))
			check()
			require.True(t, fields.Contains(live, live))
			require.True(t, fields.Contains(desired, desired))
		})
	}
}

// What the server has made of an object contains the object, until somebody edits it.
func TestContainsWithARealServer(t *testing.T) {
	t.Parallel()
	desired := stored(t, "deployment-desired").Object
	require.True(t, fields.Contains(stored(t, "deployment-applied").Object, desired),
		"quantities, protocol and defaults of the server are no difference")
	require.False(t, fields.Contains(stored(t, "deployment-edited").Object, desired))
	require.False(t, fields.Contains(stored(t, "deployment-hpa").Object, desired))
}

func TestContainsOfNothing(t *testing.T) {
	t.Parallel()
	object := stored(t, "configmap").Object
	require.True(t, fields.Contains(object, nil))
	require.True(t, fields.Contains(nil, nil))
	require.False(t, fields.Contains(nil, object))
	require.False(t, fields.Contains(map[string]any{"spec": []string{"a"}}, map[string]any{"spec": []string{"b"}}),
		"types that JSON does not have are compared and cause no panic")
}

func TestContainsComparesNumbersByValue(t *testing.T) {
	t.Parallel()
	tests := []struct {
		live, desired any
		want          bool
	}{
		{int64(2), 2.0, true},
		{2.0, int64(2), true},
		{2.5, int64(2), false},
		{int64(2), 2.5, false},
		{2.5, 2.5, true},
		{int64(1<<53 + 1), float64(1 << 53), false}, // the same as float64
		{float64(1 << 53), int64(1<<53 + 1), false},
		{int64(math.MaxInt64), float64(1 << 63), false}, // out of range of int64
		{int64(math.MinInt64), float64(-1 << 63), true},
		{int64(math.MinInt64), float64(1 << 63), false},
		{math.NaN(), int64(0), false},
		{int64(0), math.Inf(1), false},
		{int64(1), true, false},
		{"1", int64(1), false},
	}
	for _, test := range tests {
		live, desired := map[string]any{"spec": test.live}, map[string]any{"spec": test.desired}
		require.Equal(t, test.want, fields.Contains(live, desired), "%v, %v", test.live, test.desired)
	}
}
