// Package scaffold holds that packages made of charts and kustomizations render to what
// the programs that these are made for say.
package scaffold

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/author/scaffold/chart"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// helm is the program that .ci/e2e-tools builds.
func helm(t *testing.T) string {
	t.Helper()
	return builtTool(t, "helm")
}

func builtTool(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", ".cache", "bin", name))
	require.NoError(t, err)
	if _, err := os.Stat(path); err != nil {
		const install = "run .ci/e2e-tools"
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is missing: %s", name, install)
		}
		t.Skipf("%s is missing: %s", name, install)
	}
	return path
}

// environment is one in which the programs find no configuration.
func environment(t *testing.T) []string {
	t.Helper()
	home := t.TempDir()
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + home, "LC_ALL=C"}
}

// created is the chart that "helm create" makes.
func created(t *testing.T, program string) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "webapp")
	tool(t, program, "create", folder)
	return folder
}

// tool runs a program and returns what it prints.
func tool(t *testing.T, program string, arguments ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), program, arguments...)
	command.Env = environment(t)
	output, err := command.CombinedOutput()
	require.NoError(t, err, "%s", output)
	return string(output)
}

// imported makes a package of a chart.
func imported(t *testing.T, program, folder string, arguments []string, options chart.Options) *scaffold.Result {
	t.Helper()
	renderer := &chart.Program{Path: program, Chart: folder, CRDs: true, Environment: environment(t)}
	files, err := renderer.Files()
	require.NoError(t, err)
	read, err := chart.ReadChart(files)
	require.NoError(t, err)
	options.Values, err = renderer.Values(t.Context(), arguments)
	require.NoError(t, err)
	result, err := chart.Import(t.Context(), read, renderer, options)
	require.NoError(t, err)
	return result
}

// template is what helm makes of a chart, without tests and the hooks that packages have
// no moment for.
func template(t *testing.T, program, folder, name, namespace string, arguments ...string) map[string]map[string]any {
	t.Helper()
	command := exec.CommandContext(t.Context(), program, append([]string{"template", name, folder, "--namespace", namespace, "--include-crds"}, arguments...)...)
	command.Env = environment(t)
	output, err := command.Output()
	require.NoError(t, err)
	result := objects(t, output)
	for title, object := range result {
		metadata, _ := object["metadata"].(map[string]any)
		annotations, _ := metadata["annotations"].(map[string]any)
		if hook := annotations["helm.sh/hook"]; hook == "test" || hook == "pre-delete" {
			delete(result, title)
		}
	}
	return result
}

// helmCase is one set of values, for helm and for the package.
type helmCase struct {
	set             []string
	config          map[string]any
	name, namespace string
}

// What "helm create" makes becomes a package that is the chart, whatever its values are.
func TestCreatedChart(t *testing.T) {
	t.Parallel()
	program := helm(t)
	folder := created(t, program)
	result := imported(t, program, folder, nil, chart.Options{
		Config: []string{"replicaCount", "image", "ingress.enabled", "ingress.className", "resources", "autoscaling", "serviceAccount", "service", "podAnnotations"},
	})
	renderer := written(t, result)
	for name, test := range map[string]helmCase{
		"defaults":       {},
		"another name":   {name: "my-webapp", namespace: "elsewhere"},
		"replicas":       {set: []string{"replicaCount=5"}, config: map[string]any{"replicaCount": 5}},
		"image":          {set: []string{"image.repository=registry.example.com/web,image.tag=2.0"}, config: map[string]any{"image": map[string]any{"repository": "registry.example.com/web", "tag": "2.0"}}},
		"ingress":        {set: []string{"ingress.enabled=true,ingress.className=internal,service.port=8080"}, config: map[string]any{"ingress": map[string]any{"enabled": true, "className": "internal"}, "service": map[string]any{"port": 8080}}},
		"autoscaling":    {set: []string{"autoscaling.enabled=true,autoscaling.maxReplicas=7"}, config: map[string]any{"autoscaling": map[string]any{"enabled": true, "maxReplicas": 7}}},
		"no account":     {set: []string{"serviceAccount.create=false"}, config: map[string]any{"serviceAccount": map[string]any{"create": false}}},
		"other account":  {set: []string{"serviceAccount.create=false,serviceAccount.name=robot"}, config: map[string]any{"serviceAccount": map[string]any{"create": false, "name": "robot"}}},
		"account's name": {set: []string{"serviceAccount.name=robot"}, config: map[string]any{"serviceAccount": map[string]any{"name": "robot"}}},
		"resources": {
			set:    []string{"resources.limits.memory=1Gi", "podAnnotations.example\\.com/team=web"},
			config: map[string]any{"resources": map[string]any{"limits": map[string]any{"memory": "1Gi"}}, "podAnnotations": map[string]any{"example.com/team": "web"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.run(t, program, folder, "webapp", renderer)
		})
	}
}

func (c helmCase) run(t *testing.T, program, folder, name string, renderer *packageloader.Renderer) {
	t.Helper()
	if c.name == "" {
		c.name = name
	}
	if c.namespace == "" {
		c.namespace = "default"
	}
	var arguments []string
	for _, set := range c.set {
		arguments = append(arguments, "--set", set)
	}
	context := packagetypes.Context{Config: c.config, Scope: renderer.Package().Manifest.Spec.Scopes[0]}
	context.Package.Metadata.Name = c.name
	if context.Scope == manifest.ScopeNamespaced {
		context.Package.Metadata.Namespace = c.namespace
	} else {
		context.Config = maps.Clone(c.config)
		if context.Config == nil {
			context.Config = map[string]any{}
		}
		context.Config["namespace"] = c.namespace
	}
	requireSame(t, template(t, program, folder, c.name, c.namespace, arguments...), renderer, context, c.namespace)
}

// A chart with all that charts have: definitions, hooks, a schema, lists, a chart inside,
// a checksum, and a text with values in it.
func TestShop(t *testing.T) {
	t.Parallel()
	program := helm(t)
	folder := filepath.Join("testdata", "shop")
	result := imported(t, program, folder, []string{"--set", "replicas=3"}, chart.Options{
		Namespace: "store",
		Config: []string{
			"image.tag", "logLevel", "host", "resources", "extraArgs", "extraEnv", "podLabels", "service", "persistence", "networkPolicy.enabled",
			"currencies", "migration.timeout", "cache.enabled", "cache.megabytes",
		},
	})
	renderer := written(t, result)
	requireDecision(t, result, scaffold.TopicConfig, "the value currencies of the chart stays", "is computed from it")
	requireDecision(t, result, scaffold.TopicAttention, `["LoadBalancer"] is not allowed`, "externalTrafficPolicy")
	requireDecision(t, result, scaffold.TopicConfig, "the schema loses uniqueItems at extraArgs", "")
	requireDecision(t, result, scaffold.TopicLeftOut, "left out", "pre-delete")
	requireDecision(t, result, scaffold.TopicAttention, "helm.sh/resource-policy: keep is taken away", "")
	requireDecision(t, result, scaffold.TopicAttention, "it has the value of this one render", "makes up a new one each time")

	var phases []string
	for _, phase := range renderer.Package().Manifest.Spec.Phases {
		phases = append(phases, phase.Name)
	}
	require.Equal(t, []string{"crds", "pre-install", "configuration", "storage", "services", "workloads", "post-install"}, phases)

	nested := func(keys string, value any) map[string]any {
		path := strings.Split(keys, ".")
		for _, key := range slices.Backward(path) {
			value = map[string]any{key: value}
		}
		return value.(map[string]any)
	}
	for name, test := range map[string]helmCase{
		"defaults":       {set: []string{"replicas=3"}},
		"another name":   {set: []string{"replicas=3"}, name: "my-shop", namespace: "elsewhere"},
		"replicas":       {set: []string{"replicas=9"}, config: nested("replicas", 9)},
		"no persistence": {set: []string{"replicas=3,persistence.enabled=false"}, config: nested("persistence.enabled", false)},
		"policy":         {set: []string{"replicas=3,networkPolicy.enabled=true,service.port=9999"}, config: map[string]any{"networkPolicy": map[string]any{"enabled": true}, "service": map[string]any{"port": 9999}}},
		"no cache":       {set: []string{"replicas=3,cache.enabled=false"}, config: nested("cache.enabled", false)},
		"cache":          {set: []string{"replicas=3,cache.megabytes=128"}, config: nested("cache.megabytes", 128)},
		"storage class":  {set: []string{"replicas=3,persistence.storageClass=fast,persistence.size=20Gi"}, config: nested("persistence", map[string]any{"storageClass": "fast", "size": "20Gi"})},
		"arguments":      {set: []string{"replicas=3,extraArgs={--a=b,--verbose}"}, config: nested("extraArgs", []any{"--a=b", "--verbose"})},
		"environment":    {set: []string{"replicas=3,extraEnv[0].name=A,extraEnv[0].value=b"}, config: nested("extraEnv", []any{map[string]any{"name": "A", "value": "b"}})},
		"labels":         {set: []string{"replicas=3,podLabels.team=shop"}, config: nested("podLabels", map[string]any{"team": "shop"})},
		"log level":      {set: []string{"replicas=3,logLevel=debug,host=example.com"}, config: map[string]any{"logLevel": "debug", "host": "example.com"}},
		"image":          {set: []string{"replicas=3,image.tag=6.0.0,migration.timeout=60"}, config: map[string]any{"image": map[string]any{"tag": "6.0.0"}, "migration": map[string]any{"timeout": 60}}},
		"node port":      {set: []string{"replicas=3,service.type=NodePort"}, config: nested("service.type", "NodePort")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.run(t, program, folder, "shop", renderer)
		})
	}
}

func requireDecision(t *testing.T, result *scaffold.Result, topic scaffold.Topic, message, reason string) {
	t.Helper()
	for _, decision := range result.Decisions {
		if decision.Topic == topic && strings.Contains(decision.Message, message) && strings.Contains(decision.Reason, reason) {
			return
		}
	}
	t.Errorf("there is no decision %s: %s (%s) in %+v", topic, message, reason, result.Decisions)
}
