package packageloader

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A field that is added to Renderer must be added to variant, too.
func TestVariantHasAllFields(t *testing.T) {
	t.Parallel()
	pkg, err := Load(t.Context(), FromFolder("../examples/packages/operator", FolderOptions{}), LoadOptions{})
	require.NoError(t, err)
	renderer, err := Compile(pkg, Options{})
	require.NoError(t, err)
	renderer.order = []int{0}
	variant := renderer.variant()
	have, want := reflect.ValueOf(variant).Elem(), reflect.ValueOf(renderer).Elem()
	for i := range want.NumField() {
		name := want.Type().Field(i).Name
		if want.Field(i).Kind() != reflect.Struct { // options are compared below, conditions compile anew
			assert.Equal(t, want.Field(i).IsZero(), have.Field(i).IsZero(), name)
		}
	}
	assert.Equal(t, renderer.options, variant.options)
	assert.Equal(t, renderer.conditions.costLimit, variant.conditions.costLimit)
}
