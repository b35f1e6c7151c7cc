package yamlscalar_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v2"

	"github.com/packstage/packstage/internal/yamlscalar"
)

// What the library reads as a number looks like one, and of decimal digits it is a
// number exactly where it has the form.
func TestNumbers(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"0", "12", "1.5", "1.", ".5", "+.5e-3", "1e3", "1e", "1.2.3", "1..2", "10.0.0.1", "1_000", "0x1F", "0o17", "0b101",
		"+", ".", "1e+", "1e+5", "5m", "100Mi", "2006-01-02", "0.1e1.2", "--1", "1-2", "1e3e4", "+1", "-0", "-0.0",
	} {
		var read any
		require.NoError(t, yaml.Unmarshal([]byte("v: "+text), &read))
		isText := false
		if _, ok := read.(map[any]any)["v"].(string); ok {
			isText = true
		}
		if !yamlscalar.LooksNumeric(text) {
			assert.True(t, isText, text)
		}
		if yamlscalar.IsDecimalFloat(text) {
			assert.False(t, isText, text)
		}
	}
	assert.True(t, yamlscalar.IsDecimalFloat("-1.5e+10"))
	assert.False(t, yamlscalar.IsDecimalFloat("0x1F"))
	assert.False(t, yamlscalar.LooksNumeric("10.0.0.1"))
	assert.Equal(t, 3, yamlscalar.CountDigits("123a4"))
}
