package podspec_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/podspec"
)

func object(t *testing.T, text string) map[string]any {
	t.Helper()
	var content map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(text), &content))
	return content
}

func TestOf(t *testing.T) {
	t.Parallel()
	pod := "spec: {initContainers: [{name: first}], containers: [{name: second}, 3]}"
	for _, test := range []struct{ group, kind, text, path string }{
		{"", "Pod", pod, "spec"},
		{"apps", "Deployment", "spec: {template: {" + pod + "}}", "spec.template.spec"},
		{"batch", "CronJob", "spec: {jobTemplate: {spec: {template: {" + pod + "}}}}", "spec.jobTemplate.spec.template.spec"},
		{"", "PodTemplate", "template: {" + pod + "}", "template.spec"},
	} {
		got, ok := podspec.Of(test.group, test.kind, object(t, test.text))
		require.True(t, ok, test.kind)
		require.Equal(t, test.path, diagnostic.FieldPath(got.Path...))
		require.Contains(t, got.Template, "spec")
		containers := got.Containers()
		require.Len(t, containers, 2)
		require.Equal(t, test.path+".initContainers[0]", diagnostic.FieldPath(containers[0].Path...))
		require.Equal(t, "second", containers[1].Fields["name"])
		require.Equal(t, "containers", containers[1].List)
	}
	for _, test := range []struct{ group, kind, text string }{
		{"", "Service", pod},
		{"example.com", "Deployment", "spec: {template: {" + pod + "}}"},
		{"apps", "Deployment", "spec: {template: []}"},
		{"apps", "Deployment", "spec: {template: {}}"},
		{"", "Pod", "spec: 3"},
	} {
		_, ok := podspec.Of(test.group, test.kind, object(t, test.text))
		require.False(t, ok, test.text)
	}
}

func TestImages(t *testing.T) {
	t.Parallel()
	content := object(t, `
kind: Anything
spec:
  web:
    template:
      spec:
        volumes:
        - image: {reference: example.com/data:v1}
        - emptyDir: {}
        containers:
        - {name: a, image: example.com/a:v1}
        - {name: b}
        - {name: c, image: 3}
        initContainers:
        - {name: d, image: example.com/d:v1}
  image: example.com/of-no-container:v1
  pods:
  - containers: [{image: example.com/e:v1}]
  containers: {image: example.com/no-list:v1}
`)
	var got []string
	for _, image := range podspec.Images(content) {
		got = append(got, diagnostic.FieldPath(image.Path...)+" "+image.Reference)
	}
	require.Equal(t, []string{
		"spec.pods[0].containers[0].image example.com/e:v1",
		"spec.web.template.spec.initContainers[0].image example.com/d:v1",
		"spec.web.template.spec.containers[0].image example.com/a:v1",
		"spec.web.template.spec.volumes[0].image.reference example.com/data:v1",
	}, got)
	require.Empty(t, podspec.Images(nil))
}
