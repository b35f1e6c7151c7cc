package packageloader

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

const sensitivePackage = `apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata:
  name: shop
spec:
  scopes: [Cluster]
  phases: [{name: deploy}]
  config:
    openAPIV3Schema:
      type: object
      properties:
        secret: {type: string, format: password}
`

// Templates and messages quote, indent and encode what they show.
func TestSensitiveValuesAreMaskedInEveryForm(t *testing.T) {
	t.Parallel()
	secrets := map[string]string{
		"plain":           "hunter2hunter2",
		"quotes":          `hunter"2'hunter`,
		"backslash":       `hunter\2\hunter`,
		"HTML":            "hunter<2>&hunter",
		"several lines":   "hunterA\nhunterB\n",
		"CRLF":            "hunterA\r\nhunterB\r\n",
		"white space":     "  hunter\t2hunter ",
		"other alphabets": "hünter2hünter",
		"control":         "hunter\x01hunter",
	}
	messages := map[string]string{
		"as it is":        `{{ fail .config.secret }}`,
		"trimmed":         `{{ fail (trim .config.secret) }}`,
		"quoted":          `{{ fail (quote .config.secret) }}`,
		"quoted twice":    `{{ fail (quote .config.secret | quote) }}`,
		"single quotes":   `{{ fail (.config.secret | replace "'" "''") }}`,
		"JSON":            `{{ fail (toJson .config) }}`,
		"raw JSON":        `{{ fail (toRawJson .config) }}`,
		"JSON, quoted":    `{{ fail (toJson .config | quote) }}`,
		"YAML":            `{{ fail (toYAML .config) }}`,
		"indented":        `{{ fail (nindent 8 .config.secret) }}`,
		"base64":          `{{ fail (b64enc .config.secret) }}`,
		"user before":     `{{ fail (b64enc (printf "user:%s" .config.secret)) }}`,
		"letter before":   `{{ fail (b64enc (printf "u%s:more" .config.secret)) }}`,
		"a template name": `{{ include .config.secret . }}`,
		"an annotation":   "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n  annotations:\n    package-operator.run/phase: {{ toRawJson .config.secret }}\n",
	}
	for name, secret := range secrets {
		for form, template := range messages {
			t.Run(name+"/"+form, func(t *testing.T) {
				t.Parallel()
				pkg, err := Load(t.Context(), FromFiles(map[string][]byte{
					"manifest.yaml": []byte(sensitivePackage), "a.yaml.gotmpl": []byte(template),
				}), LoadOptions{})
				require.NoError(t, err)
				_, err = Render(t.Context(), pkg, packagetypes.Context{Config: map[string]any{"secret": secret}}, Options{})
				require.Error(t, err)
				faults, ok := diagnostic.From(err)
				require.True(t, ok)
				text, err := json.Marshal(faults)
				require.NoError(t, err)
				all := faults.Error() + string(text)
				assert.Contains(t, all, masked)
				for _, part := range []string{"hunter", "ünter", "u00fcnter"} {
					assert.NotContains(t, all, part)
				}
				assert.NotContains(t, all, base64.RawStdEncoding.EncodeToString([]byte(secret))[2:8])
			})
		}
	}
}

func TestMaskingLeavesOtherTextAlone(t *testing.T) {
	t.Parallel()
	for _, form := range maskedForms("hunter2") {
		assert.GreaterOrEqual(t, len(form), shortestMasked, strconv.Quote(form))
	}
	assert.Empty(t, maskedForms("ab"), "too short to be told from other text")
	lines := maskedForms("first\n}\n" + strings.Repeat(" ", 8) + "second\n")
	assert.Contains(t, lines, "second")
	assert.NotContains(t, lines, "}")
}
