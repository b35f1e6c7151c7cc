package objectmeta_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/packstage/packstage/internal/objectmeta"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	for metadata, want := range map[string][]string{
		`{}`: nil,
		`{name: a, namespace: b, labels: {a: b, c: null}, annotations: {A/b: c}, finalizers: [x/y]}`: {"[labels c] must be a string"},
		`{name: a/b, generateName: "..", namespace: A_b}`: {
			"[name] must not contain '/' or '%'", "[namespace]",
		},
		`{name: ".."}`: {`[name] must not be ".."`},
		`{labels: {-a: -b}, annotations: [], finalizers: [1, "a b"], ownerReferences: [{apiVersion: v1, kind: A, name: b}]}`: {
			"[annotations] must be a mapping", "[finalizers 0] must be a string", "[finalizers 1]",
			`[labels] label "-a"`, `[labels -a] label value "-b"`, "[ownerReferences 0 uid] is required",
		},
		`{generation: -1, deletionGracePeriodSeconds: "x", creationTimestamp: yesterday, uid: 5}`: {
			"[creationTimestamp]", "[deletionGracePeriodSeconds] must be a whole number", "[generation] must not be negative", "[uid] must be a string",
		},
	} {
		t.Run(metadata, func(t *testing.T) {
			t.Parallel()
			var fields map[string]any
			require.NoError(t, yaml.Unmarshal([]byte(metadata), &fields))
			for _, name := range []string{"generation", "deletionGracePeriodSeconds"} {
				if number, ok := fields[name].(float64); ok {
					fields[name] = int64(number)
				}
			}
			problems := objectmeta.Check(fields)
			for i, problem := range problems {
				line := fmt.Sprintf("%v %s", problem.Path, problem.Message)
				require.Less(t, i, len(want), line)
				require.True(t, strings.HasPrefix(line, want[i]), "%s: want %s", line, want[i])
			}
			require.Len(t, problems, len(want))
		})
	}
}

// Labels and annotations are those that apimachinery accepts.
func FuzzAgreesWithAPIMachinery(f *testing.F) {
	for _, seed := range []string{"app", "a/b", "A.b/c-d", "-a", "a b", "", strings.Repeat("a", 64), "é", "a/b/c"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, key, value string) {
		texts := map[string]string{key: value}
		labels := metav1validation.ValidateLabels(texts, field.NewPath("labels"))
		if ours := objectmeta.Labels(texts); (len(ours) == 0) != (len(labels) == 0) {
			t.Errorf("labels %q: ours %v, theirs %v", texts, ours, labels)
		}
		annotations := apivalidation.ValidateAnnotations(texts, field.NewPath("annotations"))
		if ours := objectmeta.Annotations(texts); (len(ours) == 0) != (len(annotations) == 0) {
			t.Errorf("annotations %q: ours %v, theirs %v", texts, ours, annotations)
		}
	})
}
