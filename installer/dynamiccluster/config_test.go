package dynamiccluster

import (
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/flowcontrol"
)

func TestDefaultsStandWhereNothingIsSet(t *testing.T) {
	t.Parallel()
	config := withDefaults(&rest.Config{})
	require.Negative(t, config.QPS, "0 is 5 requests a second for client-go")
	require.Equal(t, rest.NoWarnings{}, config.WarningHandler, "client-go's own writes to the standard error")
	require.Equal(t, userAgent(), config.UserAgent)

	limiter := flowcontrol.NewFakeAlwaysRateLimiter()
	config = withDefaults(&rest.Config{RateLimiter: limiter, UserAgent: "operator"})
	require.Equal(t, limiter, config.RateLimiter)
	require.Zero(t, config.QPS)
	require.Equal(t, "operator", config.UserAgent)

	config = withDefaults(&rest.Config{QPS: 20, WarningHandlerWithContext: rest.WarningLogger{}})
	require.Equal(t, float32(20), config.QPS)
	require.Nil(t, config.WarningHandler)
}
