package yamlpass_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/internal/benchmark/packageset"
	"github.com/packstage/packstage/internal/benchmark/yamlpass"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/validate"
)

// The yardstick only measures something if it reads what rendering reads.
func TestDocumentsAreWhatRenderingReads(t *testing.T) {
	t.Parallel()
	for _, name := range packageset.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			set, ok := packageset.Generate(name)
			require.True(t, ok)
			documents, err := yamlpass.Documents(ctx, set, set.Config(3))
			require.NoError(t, err)
			require.NoError(t, yamlpass.Run(documents))

			read := map[string]map[string]any{}
			for _, document := range documents {
				var object unstructured.Unstructured
				require.NoError(t, yaml.Unmarshal(document, &object))
				withoutSteering(&object)
				read[object.GetKind()+"/"+object.GetName()] = object.Object
			}
			require.Len(t, read, set.Objects)

			pkg, err := packageloader.Load(ctx, packageloader.FromFiles(set.Files), packageloader.LoadOptions{})
			require.NoError(t, err)
			instance, err := packageloader.Render(ctx, pkg, packagetypes.Context{Config: set.Config(3)}, packageloader.Options{})
			require.NoError(t, err)
			kept := 0
			for _, rendered := range instance.Objects() {
				kept++
				object := &unstructured.Unstructured{Object: rendered.DeepCopy()}
				labels := object.GetLabels()
				delete(labels, validate.PackageLabel)
				delete(labels, validate.InstanceLabel)
				if len(labels) == 0 {
					labels = nil // takes the field away
				}
				object.SetLabels(labels)
				require.Equal(t, read[rendered.GroupVersionKind().Kind+"/"+rendered.Name()], object.Object)
			}
			if name == "large" {
				require.Less(t, kept, set.Objects, "some conditions are false")
			} else {
				require.Equal(t, set.Objects, kept)
			}
		})
	}
}

func withoutSteering(object *unstructured.Unstructured) {
	annotations := object.GetAnnotations()
	for _, name := range []string{validate.PhaseAnnotation, validate.ConditionAnnotation} {
		delete(annotations, name)
	}
	if len(annotations) == 0 {
		annotations = nil // takes the field away
	}
	object.SetAnnotations(annotations)
}
