package retrying_test

import (
	"context"
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/internal/retrying"
)

func TestEveryCallIsRepeated(t *testing.T) {
	t.Parallel()
	for verb, call := range map[string]func(context.Context, cluster.Cluster) error{
		"get": func(ctx context.Context, c cluster.Cluster) error {
			_, err := c.Get(ctx, web)
			return err
		},
		"list": func(ctx context.Context, c cluster.Cluster) error {
			objects, err := c.List(ctx, configMap, cluster.ListOptions{})
			require.Len(t, objects, 1)
			return err
		},
		"create": func(ctx context.Context, c cluster.Cluster) error {
			_, err := c.Create(ctx, configured(), cluster.WriteOptions{})
			return err
		},
		"update": func(ctx context.Context, c cluster.Cluster) error {
			_, err := c.Update(ctx, configured(), cluster.WriteOptions{})
			return err
		},
		"apply": func(ctx context.Context, c cluster.Cluster) error {
			_, err := c.Apply(ctx, configured(), cluster.ApplyOptions{})
			return err
		},
		"delete": func(ctx context.Context, c cluster.Cluster) error { return c.Delete(ctx, web, cluster.DeleteOptions{}) },
		"kind": func(ctx context.Context, c cluster.Cluster) error {
			kind, err := c.Kind(ctx, configMap)
			require.Equal(t, configMap, kind.GroupVersionKind)
			return err
		},
		"kinds": func(ctx context.Context, c cluster.Cluster) error {
			kinds, err := c.Kinds(ctx)
			require.Len(t, kinds, 1)
			return err
		},
		"version": func(ctx context.Context, c cluster.Cluster) error {
			version, err := c.ServerVersion(ctx)
			require.Equal(t, "v1.36.3", version)
			return err
		},
	} {
		t.Run(verb, func(t *testing.T) {
			t.Parallel()
			s := &scripted{t: t, script: failing(unavailable, busy, nil)}
			clock := &clock{}
			require.NoError(t, call(t.Context(), retrying.New(s, clock.options())))
			require.Equal(t, []string{verb, verb, verb}, s.calls)
		})
	}
	s := &scripted{t: t}
	retrying.New(s, retrying.Options{}).Forget()
	require.Equal(t, []string{"forget"}, s.calls)
}

func TestWaiting(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	asked := func(seconds int) error { return apierrors.NewTooManyRequests("busy", seconds) }
	for name, test := range map[string]struct {
		script []outcome
		jitter float64
		waits  []time.Duration
	}{
		"grows":                {append(repeated(8, outcome{err: unavailable}), outcome{}), 1, []time.Duration{100 * ms, 200 * ms, 400 * ms, 800 * ms, 1600 * ms, 3200 * ms, 5000 * ms, 5000 * ms}},
		"no less than half":    {append(repeated(2, outcome{err: unavailable}), outcome{}), 0, []time.Duration{50 * ms, 100 * ms}},
		"what the server asks": {failing(asked(7), asked(1), nil), 1, []time.Duration{7000 * ms, 1000 * ms}},
		"no less than the back-off": {
			append(append(repeated(6, outcome{err: unavailable}), failing(asked(1))...), outcome{}), 1,
			[]time.Duration{100 * ms, 200 * ms, 400 * ms, 800 * ms, 1600 * ms, 3200 * ms, 5000 * ms},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := &clock{}
			options := clock.options()
			options.Jitter = func() float64 { return test.jitter }
			_, err := retrying.New(&scripted{t: t, script: test.script}, options).Get(t.Context(), web)
			require.NoError(t, err)
			require.Equal(t, test.waits, clock.waits)
		})
	}
}

func TestRepetitionsEnd(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		script   []outcome
		period   time.Duration
		attempts int
		text     string
	}{
		// 0.1+0.2+0.4+0.8+1.6+3.2 = 6.3 s, then 5 s each: 22 fit into two minutes.
		"after two minutes":      {repeated(40, outcome{err: unavailable}), 0, 29, "restarting (tried 29 times in 1m56.3s)"},
		"as told":                {repeated(40, outcome{err: unavailable}), time.Second, 4, "restarting (tried 4 times in 700ms)"},
		"at once":                {repeated(1, outcome{err: unavailable}), -1, 1, "restarting"},
		"server asks for more":   {repeated(1, outcome{err: apierrors.NewTooManyRequests("busy", 3600)}), 0, 1, "busy"},
		"absurdly more":          {repeated(1, outcome{err: apierrors.NewTooManyRequests("busy", int(^uint32(0)>>1))}), 0, 1, "busy"},
		"a webhook that is down": {repeated(8, outcome{err: webhookDown}), 0, 8, "failed calling webhook \"check.example.com\": connection refused (tried 8 times in 11.3s)"},
		"token":                  {failing(apierrors.NewUnauthorized("expired"), apierrors.NewUnauthorized("expired")), 0, 2, "expired (tried 2 times in 100ms)"},
		"token of a restarted server": {
			failing(unavailable, unavailable, apierrors.NewUnauthorized("expired"), apierrors.NewUnauthorized("expired")), 0, 4, "expired (tried 4 times",
		},
		"what does not pass":           {failing(unavailable, notFound), 0, 2, `configmaps "web" not found (tried 2 times in 100ms)`},
		"a server that never answered": {repeated(40, outcome{err: refused}), 0, 7, "connection refused (tried 7 times in 6.3s)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &scripted{t: t, script: test.script}
			clock := &clock{}
			options := clock.options()
			options.For = test.period
			_, err := retrying.New(s, options).Get(t.Context(), web)
			require.ErrorContains(t, err, test.text)
			require.Len(t, s.calls, test.attempts)
			last := test.script[test.attempts-1].err
			require.ErrorIs(t, err, last)
			require.Equal(t, apierrors.ReasonForError(last), apierrors.ReasonForError(err))
		})
	}
}

// A server that has answered once is worth waiting for.
func TestKnownServerIsWaitedFor(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]error{"success": nil, "an error of the server": notFound, "an unknown kind": &cluster.UnknownKindError{}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &scripted{t: t, script: append(failing(first), repeated(40, outcome{err: refused})...)}
			clock := &clock{}
			c := retrying.New(s, clock.options())
			_, err := c.Get(t.Context(), web)
			require.ErrorIs(t, err, first)
			_, err = c.Get(t.Context(), web)
			require.ErrorContains(t, err, "tried 29 times")
			require.ErrorIs(t, err, syscall.ECONNREFUSED)
		})
	}
}

func TestContextEndsRepetitions(t *testing.T) {
	t.Parallel()
	t.Run("while waiting", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		clock := &clock{atSleep: func(n int) {
			if n == 2 {
				cancel()
			}
		}}
		s := &scripted{t: t, script: repeated(2, outcome{err: unavailable})}
		_, err := retrying.New(s, clock.options()).Get(ctx, web)
		require.ErrorIs(t, err, context.Canceled)
		require.True(t, apierrors.IsServiceUnavailable(err), "what it was about stays visible")
		require.EqualError(t, err, "context canceled (tried 2 times in 100ms, the last error: restarting)")
	})
	t.Run("before waiting", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		clock := &clock{}
		s := &scripted{t: t, script: repeated(1, outcome{err: unavailable})}
		_, err := retrying.New(s, clock.options()).Get(ctx, web)
		require.ErrorIs(t, err, context.Canceled)
		require.Empty(t, clock.waits)
	})
	t.Run("the call itself", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		s := &scripted{t: t, script: repeated(1, outcome{err: transport(context.Canceled)})}
		_, err := retrying.New(s, retrying.Options{}).Get(ctx, web)
		require.Equal(t, transport(context.Canceled), err)
	})
	t.Run("a real sleep", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		s := &scripted{t: t, script: repeated(1, outcome{err: apierrors.NewTooManyRequests("busy", 60)})}
		options := retrying.Options{OnRetry: func(error, time.Duration) { cancel() }}
		_, err := retrying.New(s, options).Get(ctx, web)
		require.ErrorIs(t, err, context.Canceled)
	})
}

func TestHooks(t *testing.T) {
	t.Parallel()
	var calls []retrying.Call
	var retries []time.Duration
	clock := &clock{}
	options := clock.options()
	options.Observe = func(call retrying.Call) { calls = append(calls, call) }
	options.OnRetry = func(err error, wait time.Duration) {
		require.Equal(t, unavailable, err)
		retries = append(retries, wait)
	}
	s := &scripted{t: t, script: failing(unavailable, unavailable, nil, notFound, nil, nil, nil, nil)}
	c := retrying.New(s, options)
	_, err := c.Apply(t.Context(), configured(), cluster.ApplyOptions{DryRun: true})
	require.NoError(t, err)
	require.Equal(t, notFound, c.Delete(t.Context(), web, cluster.DeleteOptions{}))
	_, err = c.List(t.Context(), configMap, cluster.ListOptions{})
	require.NoError(t, err)
	_, err = c.Kind(t.Context(), configMap)
	require.NoError(t, err)
	_, err = c.Kinds(t.Context())
	require.NoError(t, err)
	_, err = c.ServerVersion(t.Context())
	require.NoError(t, err)
	require.Equal(t, []time.Duration{100e6, 200e6}, retries)
	require.Equal(t, []retrying.Call{
		{Verb: "apply", Kind: configMap, Reference: web, DryRun: true, Duration: 300e6, Attempts: 3},
		{Verb: "delete", Kind: configMap, Reference: web, Attempts: 1, Err: notFound},
		{Verb: "list", Kind: configMap, Attempts: 1},
		{Verb: "discover", Attempts: 1},
		{Verb: "discover", Attempts: 1},
	}, calls)
}

// What a server says of a Secret while it is tried again is not told: it may quote it.
func TestHooksTellNothingOfSecrets(t *testing.T) {
	t.Parallel()
	secret := configured()
	secret.SetKind("Secret")
	quoting := apierrors.NewInternalError(errors.New(`admission webhook "check.example.com" denied the request: hunter2`))
	clock := &clock{}
	options := clock.options()
	var told []string
	options.OnRetry = func(err error, _ time.Duration) { told = append(told, err.Error()) }
	c := retrying.New(&scripted{t: t, script: failing(quoting, nil, quoting, nil)}, options)
	_, err := c.Apply(t.Context(), secret, cluster.ApplyOptions{})
	require.NoError(t, err)
	_, err = c.Apply(t.Context(), configured(), cluster.ApplyOptions{})
	require.NoError(t, err)
	require.Len(t, told, 2)
	require.Equal(t, "Secret "+secret.GetNamespace()+"/"+secret.GetName()+": the server answers 500 InternalError", told[0])
	require.Contains(t, told[1], "check.example.com")
}
