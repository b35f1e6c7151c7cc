package operator_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/packstage/packstage/registry/registrytest"
	"github.com/packstage/packstage/test/cluster"
)

// killedAt runs an operator that is killed at the first request that at chooses, waits
// for that, and leaves another one running.
func killedAt(t *testing.T, c *cluster.Cluster, program string, at func(r *http.Request) bool) (ask func(), killed <-chan struct{}) {
	t.Helper()
	var victim *process
	dead, started := make(chan struct{}), make(chan struct{})
	var once sync.Once
	proxy := cluster.StartProxy(t, c, func(_ int, r *http.Request) cluster.Fault {
		if !at(r) {
			return cluster.Fault{}
		}
		return cluster.Fault{Before: func() {
			<-started
			once.Do(func() {
				victim.kill()
				close(dead)
			})
		}, Lose: cluster.LoseRequest}
	})
	return func() {
		victim = startOperator(t, program, proxy.UserConfig(t, operatorUser))
		close(started)
	}, dead
}

// An operator that is killed in the middle of a rollout or a removal: the next one goes on.
func TestOperatorIsKilled(t *testing.T) {
	c := cluster.Shared(t)
	installOperator(t, c)
	program := build(t)
	s := newShop(t, c, push(t, registrytest.Start(t, registrytest.Options{}).Host))
	in := "/namespaces/" + s.namespace + "/"

	s.ask(t, "installer", "v1", `{}`)
	start, killed := killedAt(t, c, program, func(r *http.Request) bool {
		return r.Method == http.MethodPatch && strings.Contains(r.URL.Path, in+"deployments/") && r.URL.Query().Get("dryRun") == ""
	})
	start()
	<-killed
	require.Equal(t, []string{"gate", "settings"}, s.names(t))
	require.Nil(t, s.get(t, deployments, "web"), "the request was lost")

	second := startOperator(t, program, c.UserConfig(t, operatorUser))
	installed := s.until(t, "Available", metav1.ConditionTrue)
	require.Equal(t, 1, installed.Status.Revision, "the same revision was gone on with")
	require.Equal(t, []string{"done", "gate", "old", "settings"}, s.names(t))
	second.kill()

	s.change(t, `{"image":"`+s.repository+`:v2"}`)
	start, killed = killedAt(t, c, program, func(r *http.Request) bool {
		return r.Method == http.MethodDelete && strings.HasSuffix(r.URL.Path, in+"configmaps/old")
	})
	start()
	<-killed
	require.Equal(t, []string{"done", "gate", "new", "old", "settings"}, s.names(t))
	third := startOperator(t, program, c.UserConfig(t, operatorUser))
	require.Equal(t, 2, s.until(t, "Available", metav1.ConditionTrue).Status.Revision)
	require.Equal(t, []string{"done", "gate", "new", "settings"}, s.names(t))
	third.kill()

	require.NoError(t, c.Client().Resource(packages).Namespace(s.namespace).Delete(t.Context(), "shop", metav1.DeleteOptions{}))
	start, killed = killedAt(t, c, program, func(r *http.Request) bool {
		return r.Method == http.MethodDelete && strings.Contains(r.URL.Path, in+"deployments/")
	})
	start()
	<-killed
	require.Equal(t, []string{"gate", "settings"}, s.names(t))
	require.NotNil(t, s.get(t, packages, "shop"), "the finalizer holds it")
	startOperator(t, program, c.UserConfig(t, operatorUser))
	s.remove(t)
	require.Empty(t, s.names(t))
	require.Nil(t, s.get(t, deployments, "web"))
}
