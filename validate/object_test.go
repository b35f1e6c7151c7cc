package validate_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/validate"
)

func TestObject(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		object string
		key    validate.ObjectKey
		want   []string
	}{
		"valid": {
			object: `{apiVersion: apps/v1, kind: Deployment, metadata: {name: a, namespace: ns, annotations: {package-operator.run/phase: deploy}}}`,
			key:    validate.ObjectKey{Group: "apps", Kind: "Deployment", Namespace: "ns", Name: "a"},
		},
		"generated name": {
			object: `{apiVersion: batch/v1, kind: Job, metadata: {generateName: a-, annotations: {package-operator.run/phase: deploy}}}`,
			key:    validate.ObjectKey{Group: "batch", Kind: "Job"},
		},
		"nothing": {
			object: `{}`,
			want: []string{
				" error apiVersion [object-invalid]", " error kind [object-invalid]", " error metadata [object-invalid]",
			},
		},
		"wrong types": {
			object: `{apiVersion: a/b/c, kind: 5, metadata: {name: 5, labels: [], annotations: {package-operator.run/phase: deploy, num: 5}}}`,
			want: []string{
				" error apiVersion [object-invalid]", " error kind [object-invalid]",
				" error metadata.annotations.num [object-invalid-metadata]",
				" error metadata.labels [object-invalid-metadata]", " error metadata.name [object-invalid]",
			},
		},
		"bad labels": {
			object: `{apiVersion: v1, kind: A, metadata: {name: a, labels: {-bad-: x, ok: -no-}, annotations: {package-operator.run/phase: deploy}}}`,
			key:    validate.ObjectKey{Kind: "A", Name: "a"},
			want:   []string{" error metadata.labels [object-invalid-metadata]", " error metadata.labels.ok [object-invalid-metadata]"},
		},
		"bad annotations": {
			object: `{apiVersion: v1, kind: A, metadata: {name: a, labels: {a: b}, annotations: {package-operator.run/phase: deploy, -bad-: x, ok: -yes-, Example.com/Yes: x}}}`,
			key:    validate.ObjectKey{Kind: "A", Name: "a"},
			want:   []string{" error metadata.annotations [object-invalid-metadata]"},
		},
		"no name and no phase": {
			object: `{apiVersion: v1, kind: A, metadata: {}}`,
			key:    validate.ObjectKey{Kind: "A"},
			want: []string{
				" error metadata.annotations[package-operator.run/phase] [phase-missing]", " error metadata.name [object-invalid]",
			},
		},
		"unknown phase and steering": {
			object: `{apiVersion: v1, kind: A, metadata: {name: a, annotations: {package-operator.run/phase: dploy, package-operator.run/collision-protection: Sometimes, package-operator.run/condition-map: "A => B\nC"}}}`,
			key:    validate.ObjectKey{Kind: "A", Name: "a"},
			want: []string{
				" error metadata.annotations[package-operator.run/collision-protection] [annotation-invalid]",
				" error metadata.annotations[package-operator.run/condition-map] [annotation-invalid]",
				" error metadata.annotations[package-operator.run/phase] [phase-unknown]",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var content map[string]any
			require.NoError(t, yaml.Unmarshal([]byte(test.object), &content))
			key, _, found := validate.Object(content, []string{"deploy"})
			require.Equal(t, test.key, key)
			require.Equal(t, test.want, summaries(found.Sorted()))
		})
	}
}

func TestSteering(t *testing.T) {
	t.Parallel()
	var content map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(`
apiVersion: v1
kind: A
metadata:
  name: a
  annotations:
    package-operator.run/phase: deploy
    package-operator.run/condition: cond.x
    package-operator.run/collision-protection: IfNoController
    package-operator.run/condition-map: |
      Available => my/Available

      Progressing=>my/Progressing
`), &content))
	_, steering, found := validate.Object(content, []string{"deploy"})
	require.Empty(t, found)
	require.Equal(t, validate.Steering{
		Phase: "deploy", Condition: "cond.x", CollisionProtection: packagetypes.CollisionProtectionIfNoController,
		ConditionMappings: []packagetypes.ConditionMapping{
			{SourceType: "Available", DestinationType: "my/Available"},
			{SourceType: "Progressing", DestinationType: "my/Progressing"},
		},
	}, steering)
}
