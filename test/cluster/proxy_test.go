package cluster_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"

	"github.com/packstage/packstage/test/cluster"
)

// protocols are those that a client may speak.
var protocols = map[string][]string{"HTTP 2": nil, "HTTP 1.1": {"http/1.1"}}

func first(fault cluster.Fault) cluster.Hook {
	return func(n int, _ *http.Request) cluster.Fault {
		if n == 1 {
			return fault
		}
		return cluster.Fault{}
	}
}

func TestProxyDoesWhatTheHookSays(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	lost := func(err error) bool {
		var status apierrors.APIStatus
		return err != nil && !errors.As(err, &status)
	}
	cases := map[string]struct {
		fault cluster.Fault
		// fails recognizes the error, nil where there is none.
		fails func(error) bool
		// made says whether the server has executed the request.
		made bool
	}{
		"pass":            {made: true},
		"delay":           {fault: cluster.Fault{Delay: time.Millisecond}, made: true},
		"conflict":        {fault: cluster.Fault{Status: 409}, fails: apierrors.IsConflict},
		"too many":        {fault: cluster.Fault{Status: 429}, fails: apierrors.IsTooManyRequests},
		"internal":        {fault: cluster.Fault{Status: 500}, fails: apierrors.IsInternalError},
		"unavailable":     {fault: cluster.Fault{Status: 503}, fails: apierrors.IsServiceUnavailable},
		"unauthorized":    {fault: cluster.Fault{Status: 401}, fails: apierrors.IsUnauthorized},
		"lost request":    {fault: cluster.Fault{Lose: cluster.LoseRequest}, fails: lost},
		"lost response":   {fault: cluster.Fault{Lose: cluster.LoseResponse}, fails: lost, made: true},
		"reset before":    {fault: cluster.Fault{Lose: cluster.LoseRequest, Sever: true}, fails: lost},
		"reset after":     {fault: cluster.Fault{Lose: cluster.LoseResponse, Sever: true}, fails: lost, made: true},
		"kept and passed": {fault: cluster.Fault{After: func() {}}, made: true},
	}
	for protocol, offered := range protocols {
		for name, test := range cases {
			t.Run(protocol+" "+name, func(t *testing.T) {
				t.Parallel()
				namespace := c.CreateNamespace(t, "fault")
				p := cluster.StartProxy(t, c, first(test.fault))
				config := p.Config()
				config.NextProtos = offered
				d := client(t, config)
				err := create(t.Context(), d, namespace, "a")
				if test.fails == nil {
					require.NoError(t, err)
				} else {
					require.True(t, test.fails(err), "%T %v", err, err)
				}
				require.Equal(t, 1, p.Count())
				if test.made {
					require.Equal(t, []string{"a"}, names(t, c.Client(), namespace))
				} else {
					require.Empty(t, names(t, c.Client(), namespace))
				}
				// The next one passes, over a new connection where need be.
				require.NoError(t, create(t.Context(), d, namespace, "b"))
				require.Contains(t, names(t, c.Client(), namespace), "b")
			})
		}
	}
}

func TestProxyAnswersAsTheServerWould(t *testing.T) {
	t.Parallel()
	p := cluster.StartProxy(t, cluster.Shared(t), first(cluster.Fault{Status: 429, RetryAfter: time.Millisecond}))
	// Below client-go's own client, which would repeat such a request by itself.
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.Config().Host+"/version", nil)
	require.NoError(t, err)
	transport, err := rest.HTTPClientFor(p.Config())
	require.NoError(t, err)
	response, err := transport.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, http.StatusTooManyRequests, response.StatusCode)
	require.Equal(t, "1", response.Header.Get("Retry-After"))
	require.Equal(t, 2, response.ProtoMajor)
	var status metav1.Status
	require.NoError(t, json.NewDecoder(response.Body).Decode(&status))
	require.Equal(t, metav1.StatusReasonTooManyRequests, status.Reason)
	require.Equal(t, int32(1), status.Details.RetryAfterSeconds)
}

func TestProxySeversAllOfAConnection(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	namespace := c.CreateNamespace(t, "sever")
	arrived, severed := make(chan struct{}), make(chan struct{})
	p := cluster.StartProxy(t, c, func(n int, _ *http.Request) cluster.Fault {
		switch n {
		case 2:
			return cluster.Fault{Before: func() { close(arrived); <-severed }}
		case 3:
			return cluster.Fault{Lose: cluster.LoseRequest, Sever: true}
		}
		return cluster.Fault{}
	})
	d := client(t, p.Config())
	require.NoError(t, create(t.Context(), d, namespace, "connects"))
	held := make(chan error, 1)
	go func() { held <- create(t.Context(), d, namespace, "held") }()
	<-arrived
	require.Error(t, create(t.Context(), d, namespace, "severed"))
	require.Error(t, <-held) // while its request is still held back
	close(severed)
}

func TestProxyCountsAndForgets(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	namespace := c.CreateNamespace(t, "count")
	p := cluster.StartProxy(t, c, nil)
	config := p.Config()
	config.UserAgent = "counted/1"
	d := client(t, config)
	require.NoError(t, create(t.Context(), d, namespace, "a", metav1.DryRunAll))
	require.NoError(t, create(t.Context(), d, namespace, "a"))
	path := "/api/v1/namespaces/" + namespace + "/configmaps"
	require.Equal(t, []cluster.Request{
		{Method: http.MethodPost, Path: path, Query: "dryRun=All", UserAgent: "counted/1"},
		{Method: http.MethodPost, Path: path, UserAgent: "counted/1"},
	}, p.Requests())

	p.Reset(first(cluster.Fault{Status: 503}))
	require.Zero(t, p.Count())
	require.True(t, apierrors.IsServiceUnavailable(create(t.Context(), d, namespace, "b")))
	require.Equal(t, 503, p.Requests()[0].Fault.Status)
}

func TestProxyPassesOnWhoTheClientIs(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	namespace := c.CreateNamespace(t, "who")
	p := cluster.StartProxy(t, c, nil)
	config := p.UserConfig(t, "jo", "guests")
	config.UserAgent = namespace + "/1"
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			r = r.Clone(r.Context())
			r.Header.Set("X-Remote-User", "admin") // a lie
			r.Header.Set("X-Remote-Group", "system:masters")
			return next.RoundTrip(r)
		})
	})
	require.True(t, apierrors.IsForbidden(create(t.Context(), client(t, config), namespace, "a")))
	events := c.AuditEvents(t, cluster.FromUserAgent(namespace+"/"))
	require.Len(t, events, 1)
	require.Equal(t, "jo", events[0].User.Username)
	require.Equal(t, []string{"guests", "system:authenticated"}, events[0].User.Groups)

	account := c.Client().Resource(namespaces.GroupVersion().WithResource("serviceaccounts")).Namespace(namespace)
	token, err := account.Create(t.Context(), &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "metadata": map[string]any{"name": "default"},
	}}, metav1.CreateOptions{}, "token")
	require.NoError(t, err)
	bearer, _, err := unstructured.NestedString(token.Object, "status", "token")
	require.NoError(t, err)
	config = p.Config()
	config.CertData, config.KeyData, config.BearerToken = nil, nil, bearer
	require.ErrorContains(t, create(t.Context(), client(t, config), namespace, "a"), "system:serviceaccount:"+namespace+":default")
}

func TestProxyPassesWatches(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	namespace := c.CreateNamespace(t, "watch")
	p := cluster.StartProxy(t, c, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	watch, err := client(t, p.Config()).Resource(configMaps).Namespace(namespace).Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=seen"})
	require.NoError(t, err)
	defer watch.Stop()
	require.NoError(t, create(t.Context(), c.Client(), namespace, "seen"))
	event, open := <-watch.ResultChan()
	require.True(t, open)
	require.Equal(t, "seen", event.Object.(*unstructured.Unstructured).GetName())
}

func TestProxyOutlivesTheServer(t *testing.T) {
	t.Parallel()
	c := cluster.Start(t, cluster.Options{})
	p := cluster.StartProxy(t, c, nil)
	d := client(t, p.Config())
	require.NoError(t, create(t.Context(), d, "default", "before"))
	c.StopAPIServer()
	require.Error(t, create(t.Context(), d, "default", "meanwhile"))
	c.StartAPIServer(t)
	require.NoError(t, create(t.Context(), d, "default", "after"))
	require.Equal(t, []string{"after", "before"}, names(t, c.Client(), "default"))
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
