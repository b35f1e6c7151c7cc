package randompackage_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/randompackage"
)

// One seed is one package.
func TestGenerateIsAFunction(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		require.Equal(t, randompackage.Generate(seed), randompackage.Generate(seed))
		require.NotEqual(t, randompackage.Generate(seed).Files, randompackage.Generate(seed+1).Files)
	}
}
