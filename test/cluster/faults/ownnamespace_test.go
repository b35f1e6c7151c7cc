package faults_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/test/cluster"
	"github.com/packstage/packstage/test/cluster/kills/journey"
)

// An installer is killed while it removes the namespace that the release's own state is
// in, before and after the request: the next removal comes to its end.
func TestKilledWhileItsOwnNamespaceGoes(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	for name, after := range map[string]bool{"before the request": false, "after the request": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			namespace := c.CreateNamespace(t, "own")
			own := ofCluster(instance(t, namespace, "# phase namespace\napiVersion: v1\nkind: Namespace\nmetadata: {name: "+namespace+"}\n"+small))
			require.NoError(t, adopt(t, c, own))
			requireConverges(t, c, own, 1)

			proxy := cluster.StartProxy(t, c, nil)
			// The next one waits so long for the dead, and this one must not lose it before.
			command := child(t, proxy.Kubeconfig(t), namespace, journey.Remove, 30*time.Second)
			command.Stderr = t.Output()
			killed, _ := proxy.Kill(command, func(_ int, kill func()) cluster.Hook {
				return func(_ int, r *http.Request) cluster.Fault {
					switch {
					case r.Method != http.MethodDelete || r.URL.Path != "/api/v1/namespaces/"+namespace:
						return cluster.Fault{}
					case after:
						return cluster.Fault{After: kill, Lose: cluster.LoseResponse}
					default:
						return cluster.Fault{Before: kill, Lose: cluster.LoseRequest}
					}
				}
			}, 0)
			require.True(t, killed)

			require.NoError(t, journey.Run(t.Context(), c.Config(), namespace, journey.Remove, journey.Options(), true))
			awaitGone(t, c, namespace)
		})
	}
}
