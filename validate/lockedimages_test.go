package validate_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/validate"
)

func TestRequireLockedImages(t *testing.T) {
	t.Parallel()
	const locked = "example.com/app@sha256:0000"
	pod := func(images ...any) packagetypes.Object {
		var containers []any
		for _, image := range images {
			containers = append(containers, map[string]any{"image": image})
		}
		content := map[string]any{
			"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "web"},
			"spec": map[string]any{"containers": containers},
		}
		return packagetypes.NewObject(content, diagnostic.Position{File: "pod.yaml", Line: 3}, nil, "")
	}
	subject := func(object packagetypes.Object) validate.Subject {
		return validate.Subject{
			Package: &packagetypes.Package{Files: &packagetypes.Files{}},
			Instance: &packagetypes.Instance{
				Images: map[string]string{"app": locked},
				Phases: []packagetypes.Phase{{Name: "deploy", Objects: []packagetypes.Object{object}}},
			},
		}
	}
	rule := validate.RequireLockedImages()
	require.Empty(t, validate.Run(subject(pod(locked)), rule))
	require.Empty(t, rule.Check(validate.Subject{}))
	found := validate.Run(subject(pod(locked, "example.com/app:v1")), rule)
	require.Len(t, found, 1)
	require.Equal(t, diagnostic.ImageNotLocked, found[0].Code)
	require.Equal(t, "spec.containers[1].image", found[0].Field)
	require.Equal(t, diagnostic.Position{File: "pod.yaml", Line: 3}, found[0].Position)
	require.Equal(t, `Pod "web" runs the image "example.com/app:v1", which is not in the lock`, found[0].Message)
}
