package installer_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/clustertest"
)

// Who may not read the state of a release is told everything that is missing, not the
// first thing that was refused.
func TestRefusedStateIsExplained(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"Lease", "Secret"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			c := clustertest.New(
				clustertest.WithAccess(func(review clustertest.AccessReview) (bool, string) {
					return review.Resource == "configmaps" && review.Verb != "delete", "no rule"
				}),
				clustertest.WithFault(func(_ context.Context, call clustertest.Call) error {
					if call.Reference.Kind != kind {
						return nil
					}
					return apierrors.NewForbidden(schema.GroupResource{Resource: kind}, call.Reference.Name, errors.New("no rule"))
				}),
			)
			_, err := installer.New(c, quick()).Apply(t.Context(), shop, phases(t, "# phase one\n"+configMap("a", "1")), installer.ApplyOptions{})
			var blocked *installer.BlockedError
			require.True(t, errors.As(err, &blocked), "%v", err)
			require.ErrorContains(t, err, "may not delete configmaps")
			require.ErrorContains(t, err, "secrets")
			require.ErrorContains(t, err, "leases")
			plan, err := installer.New(c, quick()).Plan(t.Context(), shop, phases(t, "# phase one\n"+configMap("a", "1")), installer.ApplyOptions{})
			require.NoError(t, err)
			require.True(t, plan.Blocked())
			require.ErrorContains(t, plan.Diagnostics.Err(), "may not delete configmaps")
			for _, write := range writes(c) {
				require.Equal(t, "create SelfSubjectReview.authentication.k8s.io ", write) // a question
			}
		})
	}
}
