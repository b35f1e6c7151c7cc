package retrying_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/internal/retrying"
)

var configMaps = schema.GroupResource{Resource: "configmaps"}

// status returns an error of a server.
func status(code int32, reason metav1.StatusReason, message string, details *metav1.StatusDetails) error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{Status: metav1.StatusFailure, Code: code, Reason: reason, Message: message, Details: details}}
}

// transport returns an error of the way to a server, as net/http does.
func transport(err error) error {
	return &url.Error{Op: "Get", URL: "https://shop.example.com:6443/api/v1/namespaces/shop/configmaps/web", Err: err}
}

func dial(err error) error { return transport(&net.OpError{Op: "dial", Net: "tcp", Err: err}) }

type timeoutError struct{ error }

func (timeoutError) Timeout() bool   { return true }
func (timeoutError) Temporary() bool { return true }

var (
	refused     = dial(os.NewSyscallError("connect", syscall.ECONNREFUSED))
	busy        = apierrors.NewTooManyRequests("busy", 7)
	unavailable = apierrors.NewServiceUnavailable("restarting")
	webhookDown = apierrors.NewInternalError(errors.New(`failed calling webhook "check.example.com": connection refused`))
	notFound    = apierrors.NewNotFound(configMaps, "web")
)

func TestWhatPassesIsRepeated(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err    error
		passes bool
	}{
		"429":                      {busy, true},
		"429 of no Status":         {apierrors.NewGenericServerResponse(http.StatusTooManyRequests, "get", configMaps, "web", "", 0, true), true},
		"500":                      {apierrors.NewInternalError(errors.New("etcdserver: leader changed")), true},
		"502":                      {apierrors.NewGenericServerResponse(http.StatusBadGateway, "get", configMaps, "web", "", 0, true), true},
		"503":                      {unavailable, true},
		"504":                      {apierrors.NewTimeoutError("slow", 0), true},
		"server timeout":           {apierrors.NewServerTimeout(configMaps, "get", 0), true},
		"408":                      {status(http.StatusRequestTimeout, metav1.StatusReasonTimeout, "slow", nil), true},
		"quota changed":            {status(http.StatusConflict, metav1.StatusReasonConflict, "try again", &metav1.StatusDetails{Kind: "resourcequotas", Name: "q"}), true},
		"wrapped":                  {fmt.Errorf("asking the cluster what apps/v1 serves: %w", unavailable), true},
		"refused":                  {refused, true},
		"no route":                 {dial(os.NewSyscallError("connect", syscall.EHOSTUNREACH)), true},
		"name not resolved":        {dial(&net.DNSError{Err: "server misbehaving", IsTemporary: true}), true},
		"reset":                    {transport(&net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}), true},
		"reset without operation":  {transport(syscall.ECONNRESET), true},
		"EOF":                      {transport(io.EOF), true},
		"answer cut off":           {fmt.Errorf("unexpected error when reading response body. Please retry. Original error: %w", io.ErrUnexpectedEOF), true},
		"timeout":                  {transport(timeoutError{errors.New("net/http: timeout awaiting response headers")}), true},
		"deadline of one request":  {transport(context.DeadlineExceeded), true},
		"connection lost":          {transport(errors.New("http2: client connection lost")), true},
		"GOAWAY":                   {transport(errors.New(`http2: server sent GOAWAY and closed the connection; LastStreamID=5, ErrCode=NO_ERROR, debug=""`)), true},
		"stream error":             {errors.New("stream error when reading response body, may be caused by closed connection. Please retry. Original error: stream error: stream ID 3; INTERNAL_ERROR"), true},
		"handshake of a restart":   {transport(errors.New("net/http: TLS handshake timeout")), true},
		"idle connection closed":   {transport(errors.New("http: server closed idle connection")), true},
		"400":                      {apierrors.NewBadRequest("no"), false},
		"403":                      {apierrors.NewForbidden(configMaps, "web", errors.New("no")), false},
		"404":                      {notFound, false},
		"405":                      {apierrors.NewMethodNotSupported(configMaps, "get"), false},
		"409":                      {apierrors.NewConflict(configMaps, "web", errors.New("changed")), false},
		"409 of what exists":       {apierrors.NewAlreadyExists(configMaps, "web"), false},
		"410":                      {apierrors.NewResourceExpired("old"), false},
		"413":                      {apierrors.NewRequestEntityTooLargeError("big"), false},
		"422":                      {apierrors.NewInvalid(schema.GroupKind{Kind: "ConfigMap"}, "web", nil), false},
		"too large for etcd":       {apierrors.NewInternalError(errors.New("etcdserver: request is too large")), false},
		"unknown kind":             {&cluster.UnknownKindError{Kind: configMap}, false},
		"no such name":             {dial(&net.DNSError{Err: "no such host", IsNotFound: true}), false},
		"foreign certificate":      {transport(x509.UnknownAuthorityError{}), false},
		"refused certificate":      {transport(&net.OpError{Op: "remote error", Err: errors.New("tls: bad certificate")}), false},
		"canceled":                 {transport(context.Canceled), false},
		"credential plugin":        {transport(errors.New("getting credentials: exec: executable login not found")), false},
		"anything else":            {errors.New("invalid character '<' looking for beginning of value"), false},
		"plain text of no meaning": {errors.New(""), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := 1
			if test.passes {
				want = 2
			}
			s := &scripted{t: t, script: failing(test.err, nil)}
			clock := &clock{}
			_, err := retrying.New(s, clock.options()).Get(t.Context(), web)
			require.Len(t, s.calls, want)
			require.Len(t, clock.waits, want-1)
			if test.passes {
				require.NoError(t, err)
			} else {
				require.Equal(t, test.err, err, "an error that nothing was repeated for stays as it is")
			}
		})
	}
}

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
