package kubeschemas

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	serializer "k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/validate"
	"github.com/packstage/packstage/validate/kubernetes"
	"github.com/packstage/packstage/validate/kubernetes/builtin"
)

// strictDecoder is the decoder of the API server with strict field validation.
func strictDecoder(t *testing.T) runtime.Decoder {
	t.Helper()
	types := runtime.NewScheme()
	require.NoError(t, scheme.AddToScheme(types))
	require.NoError(t, apiextensions.AddToScheme(types))
	return serializer.NewSerializerWithOptions(serializer.DefaultMetaFactory, types, types, serializer.SerializerOptions{Strict: true})
}

// objects reads the objects of testdata, with integers as rendering has them.
func objects(t *testing.T) []map[string]any {
	t.Helper()
	data, err := os.ReadFile("testdata/objects.yaml")
	require.NoError(t, err)
	var all []map[string]any
	for _, document := range strings.Split(string(data), "\n---\n") {
		var object map[string]any
		require.NoError(t, yaml.Unmarshal([]byte(document), &object))
		all = append(all, integers(object).(map[string]any))
	}
	return all
}

func integers(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key := range value {
			value[key] = integers(value[key])
		}
	case []any:
		for i := range value {
			value[i] = integers(value[i])
		}
	case float64:
		if value == float64(int64(value)) {
			return int64(value)
		}
	}
	return value
}

// findings are what packstage has against an object.
func findings(checker *kubernetes.Checker, pkg *packagetypes.Package, content map[string]any) diagnostic.Diagnostics {
	object := packagetypes.NewObject(content, diagnostic.Position{File: "x.yaml"}, nil, "")
	return checker.Check(validate.Subject{Package: pkg, Instance: &packagetypes.Instance{
		Phases: []packagetypes.Phase{{Name: "deploy", Objects: []packagetypes.Object{object}}},
	}})
}

// refusesToDecode tells whether findings say that the object does not decode,
// and not that it is invalid once it did.
func refusesToDecode(found diagnostic.Diagnostics) bool {
	for _, d := range found {
		_, message, _ := strings.Cut(d.Message, `": `)
		enumeration := strings.HasPrefix(message, `must be "`) || strings.HasPrefix(message, "must be one of")
		unknown := d.Code == diagnostic.ObjectUnknownField
		if d.Severity == diagnostic.Error && (unknown || d.Code == diagnostic.ObjectInvalidField && !enumeration) {
			return true
		}
	}
	return false
}

// Every field of every object is changed in every way, and what is refused is what
// the API server refuses to decode.
func TestDecodingIsThatOfTheServer(t *testing.T) {
	t.Parallel()
	decoder := strictDecoder(t)
	checker := kubernetes.New(kubernetes.Options{Builtin: builtin.Catalog(), Version: "1.37"})
	pkg := &packagetypes.Package{Manifest: &manifest.PackageManifest{}}
	compared, refused, differences := 0, 0, 0
	for _, object := range objects(t) {
		require.Empty(t, findings(checker, pkg, object).WithSeverity(diagnostic.Error), "%v", object["kind"])
		for _, mutant := range mutants(object) {
			data, err := json.Marshal(mutant.object)
			require.NoError(t, err)
			_, _, failed := decoder.Decode(data, nil, nil)
			found := findings(checker, pkg, mutant.object)
			compared++
			if failed != nil {
				refused++
			}
			if known(found, failed) {
				continue
			}
			if refusesToDecode(found) != (failed != nil) {
				differences++
				if differences <= 40 {
					t.Errorf("%v %s:\n  server: %v\n  packstage: %v", object["kind"], mutant.name, failed, found)
				}
			}
		}
	}
	require.Greater(t, compared, 5000)
	t.Logf("%d objects compared, %d of them refused, %d differences", compared, refused, differences)
}

// known tells whether a difference is one that is meant.
func known(found diagnostic.Diagnostics, failed error) bool {
	if failed != nil || len(found) == 0 {
		return false
	}
	// Go decodes a list of numbers into bytes, where everybody else writes base64.
	// The schema of items is decoded as an empty one, whatever is there; then the
	// API server refuses the definition for it.
	return strings.HasSuffix(found[0].Message, "must be a string, not a list") ||
		strings.HasSuffix(found[0].Field, ".properties.b.items") || strings.HasSuffix(found[0].Field, ".properties.b.items[0]")
}
