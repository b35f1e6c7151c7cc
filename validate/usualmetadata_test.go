package validate

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/packstage/packstage/internal/objectmeta"
)

// usualKeys and usualValues are recognized, and Kubernetes has nothing against them.
var (
	usualKeys = []string{
		"app", "App_1.b-C", "7", strings.Repeat("a", 63),
		"app.kubernetes.io/name", "package-operator.run/phase", "a/B", "1-2.3--4/5",
		strings.Repeat("a", 253) + "/" + strings.Repeat("B", 63),
	}
	usualValues = []string{"", "a", "Z", "0", "1.24.3", "a_b-c.d", strings.Repeat("a", 63)}
)

// wrongKeys and wrongValues Kubernetes refuses, wrongKeys as annotations too.
var (
	wrongKeys = []string{
		"", "/", "a/", "/a", "a/b/c", "a//b", "-a", "a-", "_a", "a_", ".a", "a.", "a b", "a\n", "é", "a\x80", "a\x00",
		strings.Repeat("a", 64), "x/" + strings.Repeat("a", 64), strings.Repeat("a", 254) + "/a",
		".a/b", "a./b", "a..b/c", "-a/b", "a-/b", "a.-b/c", "a-.b/c", "a_b/c", "a b/c", "é/c", "a:1/b", "./b", "-/b",
		"a`/b", "a{/b", "a@b", "a[b", "a`b", "a{b", "a:b", "a,b", "a+b",
	}
	wrongValues = []string{
		"-a", "a-", "_a", "a_", ".a", "a.", "-", "_", ".", " ", "a b", "a/b", "a\n", "\na", "é", "a\x80", "a\x00b",
		strings.Repeat("a", 64), "a@b", "a[b", "a`b", "a{b", "a:b", "a,b", "a+b",
	}
)

func TestUsualMetadataIsRecognized(t *testing.T) {
	t.Parallel()
	for _, key := range usualKeys {
		require.True(t, surelyKey(key), key)
		require.Empty(t, validation.IsQualifiedName(key), key)
		require.True(t, surelyLabels(map[string]any{key: "a"}), key)
		require.True(t, surelyAnnotations(map[string]any{key: "any text\n"}), key)
	}
	for _, value := range usualValues {
		require.Empty(t, validation.IsValidLabelValue(value), value)
		require.True(t, surelyLabels(map[string]any{"app": value}), value)
	}
	for _, none := range []any{nil, map[string]any(nil), map[string]any{}} {
		require.True(t, surelyLabels(none))
		require.True(t, surelyAnnotations(none))
	}
}

func TestWrongMetadataIsNotRecognized(t *testing.T) {
	t.Parallel()
	for _, key := range wrongKeys {
		require.NotEmpty(t, validation.IsQualifiedName(strings.ToLower(key)), key)
		require.False(t, surelyKey(key), key)
		require.False(t, surelyLabels(map[string]any{key: "a"}), key)
		require.False(t, surelyAnnotations(map[string]any{key: "a"}), key)
	}
	for _, value := range wrongValues {
		require.NotEmpty(t, validation.IsValidLabelValue(value), value)
		require.False(t, surelyLabels(map[string]any{"app": value}), value)
	}
	for _, wrong := range []any{"", 5, []any{}, map[string]string{}, map[string]any{"a": nil}, map[string]any{"a": 5}} {
		require.False(t, surelyLabels(wrong), wrong)
		require.False(t, surelyAnnotations(wrong), wrong)
	}
}

func TestSizeOfAnnotations(t *testing.T) {
	t.Parallel()
	largest := map[string]string{"a": strings.Repeat("x", 100<<10), "b": strings.Repeat("x", 156<<10-2)}
	require.True(t, surelyAnnotations(anyTexts(largest)))
	require.Empty(t, objectmeta.Annotations(largest))
	largest["b"] += "x"
	require.False(t, surelyAnnotations(anyTexts(largest)))
	require.NotEmpty(t, objectmeta.Annotations(largest))
}

// Whatever is called surely fine, Kubernetes' functions have nothing against; of labels
// nothing that is fine is missed either.
func FuzzSurelyFine(f *testing.F) {
	for _, key := range append(usualKeys, append(wrongKeys, "Example.com/a", "\u212a/a")...) {
		f.Add(key, "a")
	}
	for _, value := range append(usualValues, wrongValues...) {
		f.Add("a", value)
	}
	f.Fuzz(func(t *testing.T, key, value string) {
		texts := map[string]string{key: value}
		if problems := objectmeta.Labels(texts); surelyLabels(anyTexts(texts)) != (len(problems) == 0) {
			t.Errorf("labels %q: Kubernetes says %v", texts, problems)
		}
		if problems := objectmeta.Annotations(texts); surelyAnnotations(anyTexts(texts)) && len(problems) > 0 {
			t.Errorf("annotations %q: Kubernetes says %v", texts, problems)
		}
	})
}

func anyTexts(texts map[string]string) map[string]any {
	content := make(map[string]any, len(texts))
	for key, text := range texts {
		content[key] = text
	}
	return content
}

// Every byte, in every place of a key and of a value, is judged as Kubernetes judges it.
func TestSurelyFineByteByByte(t *testing.T) {
	t.Parallel()
	for c := range 256 {
		for _, form := range []string{"%s", "%sa", "a%s", "a%sa", "a%sa/b", "%sa/b", "a%s/b", "a.%sa/b", "a%s.a/b", "a/%sb", "a/b%s", "a/b%sb"} {
			text := fmt.Sprintf(form, string([]byte{byte(c)}))
			texts := map[string]string{text: "a"}
			require.Equal(t, len(objectmeta.Labels(texts)) == 0, surelyLabels(anyTexts(texts)), "key %q", text)
			texts = map[string]string{"a": text}
			require.Equal(t, len(objectmeta.Labels(texts)) == 0, surelyLabels(anyTexts(texts)), "value %q", text)
		}
	}
}
