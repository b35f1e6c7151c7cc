package packageloader_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing/fstest"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/template"
	"github.com/packstage/packstage/validate"
)

// hello is a small package: two phases, one setting.
var hello = fstest.MapFS{
	"manifest.yaml": {Data: []byte(`apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata:
  name: hello
spec:
  scopes: [Namespaced]
  phases:
  - name: configuration
  - name: deploy
  config:
    openAPIV3Schema:
      type: object
      properties:
        greeting: {type: string, default: Hello}
`)},
	"greeting.yaml.gotmpl": {Data: []byte(`apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .package.metadata.name }}
  annotations:
    package-operator.run/phase: configuration
data:
  greeting: {{ .config.greeting | quote }}
`)},
	"service.yaml": {Data: []byte(`apiVersion: v1
kind: Service
metadata:
  name: hello
  annotations:
    package-operator.run/phase: deploy
`)},
}

func ExampleLoad() {
	pkg, err := packageloader.Load(context.Background(), packageloader.FromFS(hello), packageloader.LoadOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(pkg.Name, pkg.Files.Len(), "files")
	for _, phase := range pkg.Manifest.Spec.Phases {
		fmt.Println("phase", phase.Name)
	}
	// Output:
	// hello 3 files
	// phase configuration
	// phase deploy
}

func ExampleRender() {
	ctx := context.Background()
	pkg, err := packageloader.Load(ctx, packageloader.FromFS(hello), packageloader.LoadOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	instance, err := packageloader.Render(ctx, pkg, packagetypes.Context{
		Package: manifest.PackageContext{Metadata: manifest.InstanceMetadata{Name: "blue", Namespace: "apps"}},
		Config:  map[string]any{"greeting": "Hi"},
	}, packageloader.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for phase, object := range instance.Objects() {
		fmt.Println(phase.Name, object.GroupVersionKind().Kind, object.Name())
	}
	for _, phase := range instance.Reverse() {
		fmt.Println("remove", phase.Name)
	}
	// Output:
	// configuration ConfigMap blue
	// deploy Service hello
	// remove deploy
	// remove configuration
}

// One compiled package renders any number of instances, concurrently too.
func ExampleCompile() {
	ctx := context.Background()
	pkg, _ := packageloader.Load(ctx, packageloader.FromFS(hello), packageloader.LoadOptions{})
	renderer, err := packageloader.Compile(pkg, packageloader.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, greeting := range []string{"Hi", "Hello"} {
		instance, err := renderer.Render(ctx, packagetypes.Context{Config: map[string]any{"greeting": greeting}})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(instance.Phases[0].Objects[0].DeepCopy()["data"])
	}
	// Output:
	// map[greeting:Hi]
	// map[greeting:Hello]
}

// A controller that holds many packages makes one Shared for all of them, and keeps a
// Renderer of each, from which any number of goroutines render.
func ExampleShared() {
	ctx := context.Background()
	shared := packageloader.NewShared()
	renderers := map[string]*packageloader.Renderer{}
	for _, name := range []string{"hello", "welcome"} {
		files := maps.Clone(hello)
		manifest := bytes.Replace(hello["manifest.yaml"].Data, []byte("name: hello"), []byte("name: "+name), 1)
		files["manifest.yaml"] = &fstest.MapFile{Data: manifest}
		pkg, err := packageloader.Load(ctx, packageloader.FromFS(files), packageloader.LoadOptions{})
		if err != nil {
			fmt.Println(err)
			return
		}
		if renderers[name], err = packageloader.Compile(pkg, packageloader.Options{Shared: shared}); err != nil {
			fmt.Println(err)
			return
		}
	}

	requests := []struct{ pkg, greeting string }{{"hello", "Hi"}, {"welcome", "Hi"}, {"hello", "Hello"}}
	greetings := make([]any, len(requests))
	var group sync.WaitGroup
	for i, request := range requests {
		group.Go(func() {
			instance, err := renderers[request.pkg].Render(ctx, packagetypes.Context{Config: map[string]any{"greeting": request.greeting}})
			if err != nil {
				greetings[i] = err
				return
			}
			greetings[i] = instance.Phases[0].Objects[0].DeepCopy()["data"]
		})
	}
	group.Wait()
	for i, request := range requests {
		fmt.Println(request.pkg, greetings[i])
	}
	// Output:
	// hello map[greeting:Hi]
	// welcome map[greeting:Hi]
	// hello map[greeting:Hello]
}

// What is wrong with a configuration comes as findings, all at once.
func ExampleRenderer_Render_findings() {
	ctx := context.Background()
	pkg, _ := packageloader.Load(ctx, packageloader.FromFS(hello), packageloader.LoadOptions{})
	_, err := packageloader.Render(ctx, pkg, packagetypes.Context{Config: map[string]any{"greting": "Hi"}}, packageloader.Options{})
	fmt.Println(errors.Is(err, diagnostic.ConfigUnknownKey))
	found, _ := diagnostic.From(err)
	for _, finding := range found {
		fmt.Println(finding.Field, finding.Hint)
	}
	// Output:
	// true
	// config.greting did you mean "greeting"?
}

// prefixed is a source around a source: it looks at what it passes on.
type prefixed struct {
	packageloader.Source
	note func(*packageloader.Content)
}

func (p prefixed) Open(ctx context.Context, limits packagetypes.Limits) (*packageloader.Content, error) {
	content, err := p.Source.Open(ctx, limits)
	if err == nil {
		p.note(content)
	}
	return content, err
}

// A source is one method: wrap one to verify, count or cache.
func ExampleSource_wrapped() {
	source := prefixed{packageloader.FromFS(hello), func(content *packageloader.Content) {
		fmt.Println("opened", content.Files.Len(), "files")
	}}
	pkg, err := packageloader.Load(context.Background(), source, packageloader.LoadOptions{})
	fmt.Println(pkg.Name, err)
	// Output:
	// opened 3 files
	// hello <nil>
}

// Functions and rules of one's own are options.
func ExampleOptions() {
	ctx := context.Background()
	pkg, _ := packageloader.Load(ctx, packageloader.FromFS(hello), packageloader.LoadOptions{})
	options := packageloader.Options{
		Functions: []template.Function{{Name: "shout", Implementation: strings.ToUpper, Deterministic: true}},
		Rules: []validate.Rule{validate.RuleFunc(func(subject validate.Subject) diagnostic.Diagnostics {
			if subject.Package.Manifest.Metadata.Labels["team"] != "" {
				return nil
			}
			return diagnostic.Diagnostics{{Code: "example/team", Field: "metadata", Message: "no label says which team owns the package"}}
		})},
	}
	_, err := packageloader.Render(ctx, pkg, packagetypes.Context{}, options)
	fmt.Println(err)
	// Output:
	// manifest.yaml:4:3: metadata: no label says which team owns the package [example/team]
}
