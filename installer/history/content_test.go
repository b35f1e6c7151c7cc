package history

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// requireRoundTrip wants what is stored to be what is read.
func requireRoundTrip(t *testing.T, content *Content) *Content {
	t.Helper()
	digest, identity := content.Instance.Digest(), Identity(content.Instance)
	compressed, err := encodeContent(content)
	require.NoError(t, err)
	require.Equal(t, digest, content.Instance.Digest(), "what is stored stays as it is")
	read, err := decodeContent(compressed)
	require.NoError(t, err)
	require.Equal(t, digest, read.Instance.Digest())
	require.Equal(t, identity, Identity(read.Instance))
	again, err := encodeContent(read)
	require.NoError(t, err)
	require.True(t, bytes.Equal(compressed, again), "the same bytes again")
	return read
}

// Everything but the warnings is there again, with the types that it had.
func TestExamplesAreReadAsTheyWereStored(t *testing.T) {
	t.Parallel()
	folders, err := filepath.Glob(filepath.Join("..", "..", "examples", "packages", "*", "manifest.yaml"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(folders), 3)
	for _, path := range folders {
		folder := filepath.Dir(path)
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			suites, _, err := matrix.Open(t.Context(), packageloader.FromFolder(folder, packageloader.FolderOptions{}), matrix.Options{Author: os.DirFS(folder)})
			require.NoError(t, err)
			count := 0
			for _, suite := range suites {
				rendered, _, err := suite.RenderAll(t.Context())
				require.NoError(t, err)
				for _, one := range rendered {
					count++
					read := requireRoundTrip(t, &Content{Instance: one.Instance})
					want := *one.Instance
					want.Warnings = nil
					require.Equal(t, &want, read.Instance, "%s: %s", suite.Package.Name, one.Case.Name)
				}
			}
			require.NotZero(t, count)
		})
	}
}

func handMade() *packagetypes.Instance {
	object := func(name string, fields map[string]any) packagetypes.Object {
		content := map[string]any{"apiVersion": "example.org/v1", "kind": "Thing", "metadata": map[string]any{"name": name}}
		for key, value := range fields {
			content[key] = value
		}
		return packagetypes.NewObject(content, diagnostic.Position{File: name + ".yaml", Line: 3, Column: 1, Document: 2},
			[]packagetypes.ConditionMapping{{SourceType: "Ready", DestinationType: "thing/Ready"}}, packagetypes.CollisionProtectionIfNoController)
	}
	numbers := map[string]any{
		"int": int64(1), "float": 1.0, "zero": 0.0, "minus": -3.0, "negativeZero": math.Copysign(0, -1), "half": 0.5,
		"large": int64(math.MaxInt64), "small": int64(math.MinInt64), "exact": float64(1 << 53), "beyond": 1e18, "huge": 1e300, "tiny": 5e-324,
		"list":  []any{int64(1), 1.0, []any{2.0}, map[string]any{"a": 3.0}, nil, true, "1.0"},
		"plain": []any{int64(1), "x"},
	}
	text := map[string]any{
		"html": "<a href='x'>&amp;</a>", "lines": "a\nb\r\n\t\u2028\u2029", "unicode": "größer 日本 🚀", "nul": "\x00\x1f", "empty": "",
		"emptyMap": map[string]any{}, "emptyList": []any{}, "null": nil, "key with \"quotes\"": "\\",
	}
	return &packagetypes.Instance{
		Name: "web", Namespace: "shop", Scope: manifest.ScopeNamespaced, PackageName: "webapp",
		Phases: []packagetypes.Phase{
			{Name: "first", Objects: []packagetypes.Object{object("b", numbers), object("a", text)}},
			{Name: "second", Class: "hosted", Objects: []packagetypes.Object{packagetypes.NewObject(
				map[string]any{"apiVersion": "v1", "kind": "ConfigMap"}, diagnostic.Position{}, nil, "")}},
		},
		AvailabilityProbes: []manifest.AvailabilityProbe{{
			Probes: []manifest.Probe{
				{Condition: &manifest.ProbeCondition{Type: "Ready", Status: "True"}}, {FieldsEqual: &manifest.ProbeFieldsEqual{FieldA: ".a", FieldB: ".b"}},
				{FieldValue: &manifest.ProbeFieldValue{FieldPath: ".spec.x", Value: "<y>"}}, {CEL: &manifest.ProbeCEL{Rule: "self.a > 1.0", Message: "m"}},
			},
			Selector: manifest.ProbeSelector{
				Kind: &manifest.ProbeSelectorKind{Group: "apps", Kind: "Deployment"},
				Selector: &manifest.LabelSelector{
					MatchLabels:      map[string]string{"a": "b"},
					MatchExpressions: []manifest.LabelSelectorRequirement{{Key: "k", Operator: "In", Values: []string{"v"}}},
				},
			},
		}},
		Constraints: []manifest.Constraint{
			{Platform: []manifest.Platform{manifest.PlatformOpenShift}},
			{PlatformVersion: &manifest.PlatformVersion{Name: manifest.PlatformKubernetes, Range: ">=1.28"}},
			{UniqueInScope: &manifest.UniqueInScope{}},
		},
		AdmittedConfig: map[string]any{"replicas": int64(3), "ratio": 2.0, "nested": map[string]any{"list": []any{1.0, int64(1)}}},
		Images:         map[string]string{"app": "example.org/app@sha256:" + strings.Repeat("a", 64)},
		ContentDigest:  "sha256:" + strings.Repeat("b", 64), ImageDigest: "sha256:" + strings.Repeat("c", 64),
	}
}

func TestHandMadeIsReadAsItWasStored(t *testing.T) {
	t.Parallel()
	leftovers := []Leftover{
		{Reference: cluster.Reference{Group: "apps", Version: "v1", Kind: "Deployment", Namespace: "shop", Name: "old"}, Phase: "main", PhaseIndex: 2, Class: "hosted", Orphan: true},
		{Reference: cluster.Reference{Version: "v1", Kind: "Namespace", Name: "old"}, Phase: "first"},
	}
	read := requireRoundTrip(t, &Content{Instance: handMade(), Leftovers: leftovers})
	require.Equal(t, handMade(), read.Instance)
	require.Equal(t, leftovers, read.Leftovers)
	// 0.0 and -0.0 are equal, and not the same.
	fields := read.Instance.Phases[0].Objects[0].Content()
	require.True(t, math.Signbit(fields["negativeZero"].(float64)))
	require.False(t, math.Signbit(fields["zero"].(float64)))

	read = requireRoundTrip(t, &Content{Instance: &packagetypes.Instance{}})
	require.Equal(t, &packagetypes.Instance{}, read.Instance)
	read = requireRoundTrip(t, &Content{Instance: &packagetypes.Instance{AdmittedConfig: map[string]any{}}})
	require.NotNil(t, read.Instance.AdmittedConfig)
}

func TestWhatCannotBeStored(t *testing.T) {
	t.Parallel()
	object := func(value any) *Content {
		fields := map[string]any{"kind": "Secret", "metadata": map[string]any{"name": "s"}, "list": []any{map[string]any{"v": value}}}
		return &Content{Instance: &packagetypes.Instance{Phases: []packagetypes.Phase{{Name: "p", Objects: []packagetypes.Object{
			packagetypes.NewObject(fields, diagnostic.Position{}, nil, ""),
		}}}}}
	}
	for name, test := range map[string]struct {
		content *Content
		want    string
	}{
		"nothing":       {nil, "no instance"},
		"no instance":   {&Content{}, "no instance"},
		"not UTF-8":     {object("secret-\xff"), "store Secret s: text that is not UTF-8"},
		"key":           {object(map[string]any{"secret-\xff": int64(1)}), "store Secret s: a key that is not UTF-8"},
		"infinite":      {object(math.Inf(1)), "store Secret s: a number that is not finite"},
		"no number":     {object(math.NaN()), "store Secret s: a number that is not finite"},
		"other types":   {object(struct{ A string }{"secret-"}), "which JSON does not have"},
		"large numbers": {object(uint64(math.MaxUint64)), "uint64"},
		"configuration": {&Content{Instance: &packagetypes.Instance{AdmittedConfig: map[string]any{"a": make(chan int)}}}, "store configuration"},
		"no fields":     {&Content{Instance: &packagetypes.Instance{Phases: []packagetypes.Phase{{Name: "p", Objects: make([]packagetypes.Object, 1)}}}}, `phase "p" has an object without fields`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := encodeContent(test.content)
			require.ErrorContains(t, err, test.want)
			require.NotContains(t, err.Error(), "secret-")
		})
	}
	// JSON has no word for them, so there is no identity.
	require.Empty(t, Identity(&packagetypes.Instance{AdmittedConfig: map[string]any{"a": make(chan int)}}))
}

func compress(t testing.TB, text string) []byte {
	t.Helper()
	var out bytes.Buffer
	writer := gzip.NewWriter(&out)
	_, err := writer.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, writer.Close())
	return out.Bytes()
}

func TestLimits(t *testing.T) {
	t.Parallel()
	var limit *packagetypes.LimitError

	objects := make([]packagetypes.Object, 20_001)
	for i := range objects {
		objects[i] = packagetypes.NewObject(map[string]any{}, diagnostic.Position{}, nil, "")
	}
	_, err := encodeContent(&Content{Instance: &packagetypes.Instance{Phases: []packagetypes.Phase{{Objects: objects}}}})
	require.ErrorAs(t, err, &limit)
	require.Equal(t, "Objects", limit.Limit)
	_, err = decodeContent(compress(t, `{"version":1,"instance":{"phases":[{"objects":[`+strings.Repeat(`{"object":{}},`, 20_000)+`{"object":{}}]}]}}`))
	require.ErrorAs(t, err, &limit)
	require.Equal(t, "Objects", limit.Limit)

	// Values that take a byte or two, and hundreds of bytes of memory.
	_, err = decodeContent(compress(t, `{"version":1,"instance":{"config":{"a":[`+strings.Repeat("{},", 2_000_000)+"{}]}}}"))
	require.ErrorAs(t, err, &limit)
	require.Equal(t, "ContentValues", limit.Limit)
	config := map[string]any{"a": make([]any, 4_000_000)}
	_, err = encodeContent(&Content{Instance: &packagetypes.Instance{AdmittedConfig: config}})
	require.ErrorAs(t, err, &limit)
	require.Equal(t, "ContentValues", limit.Limit)
	// What is in a text is none.
	requireRoundTrip(t, &Content{Instance: &packagetypes.Instance{AdmittedConfig: map[string]any{"a": strings.Repeat(`"[[[[[[[[`, 1_100_000)}}})
	requireRoundTrip(t, &Content{Instance: &packagetypes.Instance{AdmittedConfig: map[string]any{"a": strings.Repeat(`[{,"\`, 2_000_000)}}})

	// A bomb: much is unpacked from little.
	_, err = unpack(compress(t, strings.Repeat("a", 1<<20+1)), 1<<20)
	require.ErrorAs(t, err, &limit)
	require.Equal(t, packagetypes.LimitError{Limit: "TotalOutput", Value: 1<<20 + 1, Max: 1 << 20}, *limit)
	plain, err := unpack(compress(t, strings.Repeat("a", 1<<20)), 1<<20)
	require.NoError(t, err)
	require.Len(t, plain, 1<<20)
}

func TestContentThatIsNone(t *testing.T) {
	t.Parallel()
	whole := compress(t, `{"version":1,"instance":{"phases":null}}`)
	for name, test := range map[string]struct {
		content []byte
		want    string
	}{
		"nothing":        {nil, "it is not gzip"},
		"text":           {[]byte("hello"), "it is not gzip"},
		"cut":            {whole[:len(whole)-9], "it is not whole"},
		"more":           {append(bytes.Clone(whole), 'x'), "1 bytes follow its end"},
		"no JSON":        {compress(t, "secret-"), "not JSON of the form"},
		"more JSON":      {compress(t, `{"version":1} {}`), "not JSON of the form"},
		"no version":     {compress(t, `{"instance":{"name":"secret-"}}`), "not JSON of the form"},
		"later version":  {compress(t, `{"version":2,"other":"secret-"}`), "it is of version 2"},
		"wrong type":     {compress(t, `{"version":1,"instance":{"name":["secret-"]}}`), "not JSON of the form"},
		"unknown field":  {compress(t, `{"version":1,"instance":{"secret-":1}}`), "not JSON of the form"},
		"field twice":    {compress(t, `{"version":1,"version":1}`), "not JSON of the form"},
		"object is null": {compress(t, `{"version":1,"instance":{"phases":[{"name":"p","objects":[{"object":null}]}]}}`), "object without fields"},
		"deep":           {compress(t, `{"version":1,"instance":{"config":{"a":`+strings.Repeat("[", 20_000)), "not JSON of the form"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := decodeContent(test.content)
			require.ErrorContains(t, err, test.want)
			require.NotContains(t, err.Error(), "secret-")
		})
	}
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	same := Identity(handMade())
	require.Regexp(t, digestForm, same)
	require.Equal(t, same, Identity(handMade()))
	for name, change := range map[string]func(*packagetypes.Instance){
		"objects":       func(i *packagetypes.Instance) { i.Phases = i.Phases[:1] },
		"package":       func(i *packagetypes.Instance) { i.ContentDigest = "sha256:other" },
		"image":         func(i *packagetypes.Instance) { i.ImageDigest = "" },
		"configuration": func(i *packagetypes.Instance) { i.AdmittedConfig["new"] = nil },
		"scope":         func(i *packagetypes.Instance) { i.Scope = manifest.ScopeCluster },
	} {
		instance := handMade()
		change(instance)
		require.NotEqual(t, same, Identity(instance), name)
	}
	instance := handMade()
	instance.Warnings = diagnostic.Diagnostics{{Message: "x"}}
	require.Equal(t, same, Identity(instance))
}

func FuzzDecodeContent(f *testing.F) {
	compressed, err := encodeContent(&Content{Instance: handMade()})
	require.NoError(f, err)
	plain, err := unpack(compressed, 1<<20)
	require.NoError(f, err)
	f.Add(plain)
	f.Add([]byte(`{"version":1,"instance":{"phases":[{"name":"p","objects":[{"object":{"a":1.0}}]}],"config":{"a":[1e5,-0,1.50]}},"leftovers":[{}]}`))
	f.Fuzz(func(t *testing.T, plain []byte) {
		content, err := decodeContent(compress(t, string(plain)))
		if err != nil {
			return
		}
		requireRoundTrip(t, content)
	})
}

func FuzzUnpack(f *testing.F) {
	f.Add(compress(f, "hello"))
	f.Fuzz(func(t *testing.T, compressed []byte) {
		if content, err := decodeContent(compressed); err == nil {
			requireRoundTrip(t, content)
		}
	})
}

func BenchmarkEncodeContent(b *testing.B) {
	content := thousandObjects()
	for b.Loop() {
		_, err := encodeContent(content)
		require.NoError(b, err)
	}
}

func BenchmarkDecodeContent(b *testing.B) {
	compressed, err := encodeContent(thousandObjects())
	require.NoError(b, err)
	b.ReportMetric(float64(len(compressed)), "bytes")
	for b.Loop() {
		_, err := decodeContent(compressed)
		require.NoError(b, err)
	}
}

func thousandObjects() *Content {
	var objects []packagetypes.Object
	for i := range 1000 {
		objects = append(objects, packagetypes.NewObject(map[string]any{
			"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": fmt.Sprint("c", i), "namespace": "shop"},
			"data": map[string]any{"key": fmt.Sprint("value ", i), "text": strings.Repeat("line of text\n", 20)},
		}, diagnostic.Position{File: "a.yaml", Line: i}, nil, ""))
	}
	return &Content{Instance: &packagetypes.Instance{Phases: []packagetypes.Phase{{Name: "p", Objects: objects}}}}
}
