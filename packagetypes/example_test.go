package packagetypes_test

import (
	"errors"
	"fmt"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

// The content digest depends on paths and bytes alone; in an unpacked package
// sha256sum finds the same.
func ExampleFiles_Digest() {
	files, err := packagetypes.NewFiles(map[string][]byte{
		"manifest.yaml":       []byte("kind: PackageManifest\n"),
		"deploy/service.yaml": []byte("kind: Service\n"),
	}, packagetypes.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(files.Paths())
	fmt.Println(files.Digest())
	// Output:
	// [deploy/service.yaml manifest.yaml]
	// sha256:87a071e10ef0cf01435c54d07b7f438056fb0995a4b2168cb60879b157ce9b42
}

// A limit that is exceeded says so with numbers.
func ExampleNewFiles_limit() {
	_, err := packagetypes.NewFiles(map[string][]byte{
		"a.yaml": nil, "b.yaml": nil, "c.yaml": nil,
	}, packagetypes.Limits{Files: 2})
	var limit *packagetypes.LimitError
	if errors.As(err, &limit) {
		fmt.Println(limit.Limit, limit.Value, limit.Max)
	}
	// Output: Files 3 2
}

// twoPhases is what packageloader.Render returns for a small package.
func twoPhases() *packagetypes.Instance {
	object := func(kind, name string) packagetypes.Object {
		return packagetypes.NewObject(map[string]any{
			"apiVersion": "v1", "kind": kind, "metadata": map[string]any{"name": name},
		}, diagnostic.Position{}, nil, "")
	}
	return &packagetypes.Instance{Phases: []packagetypes.Phase{
		{Name: "config", Objects: []packagetypes.Object{object("ConfigMap", "settings"), object("Secret", "token")}},
		{Name: "expose", Objects: []packagetypes.Object{object("Service", "shop")}},
	}}
}

// Walk the objects in the order of installation.
func ExampleInstance_Objects() {
	for phase, object := range twoPhases().Objects() {
		fmt.Println(phase.Name, object.GroupVersionKind().Kind, object.Name())
	}
	// Output:
	// config ConfigMap settings
	// config Secret token
	// expose Service shop
}

// Remove in the reverse order of installation, within phases too.
func ExampleInstance_Reverse() {
	for _, phase := range twoPhases().Reverse() {
		for _, object := range phase.Objects {
			fmt.Println(phase.Name, object.GroupVersionKind().Kind, object.Name())
		}
	}
	// Output:
	// expose Service shop
	// config Secret token
	// config ConfigMap settings
}

// Objects are shared between instances: change a copy.
func ExampleObject_DeepCopy() {
	object := twoPhases().Phases[0].Objects[0]
	changed := object.DeepCopy()
	changed["metadata"].(map[string]any)["name"] = "mine"
	fmt.Println(changed["metadata"].(map[string]any)["name"], object.Name())
	// Output: mine settings
}
