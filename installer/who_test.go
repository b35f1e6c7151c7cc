package installer_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/clustertest"
)

// The history says who made a revision: what the caller says, or else what the API
// server knows.
func TestHistorySaysWho(t *testing.T) {
	t.Parallel()
	for given, wanted := range map[string]string{"": clustertest.User, "deploy-bot": "deploy-bot"} {
		options := quick()
		options.Who = given
		i := installer.New(clustertest.New(), options)
		_, err := i.Apply(t.Context(), shop, phases(t, "# phase one\n"+configMap("a", "1")), installer.ApplyOptions{})
		require.NoError(t, err)
		record, err := i.History(t.Context(), shop)
		require.NoError(t, err)
		require.Equal(t, wanted, record.Revisions[0].Who)
	}
}
