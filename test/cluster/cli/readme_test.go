package cli_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/test/cluster"
)

// TestReadme runs the commands of "Install it" from beginning to end, and looks at the
// cluster after each.
func TestReadme(t *testing.T) {
	c := cluster.Shared(t)
	reader := newUser(t, c.Kubeconfig())
	ctx := t.Context()
	replicas := func() int64 {
		found, err := c.Client().Resource(deployments).Namespace("shop").Get(ctx, "shop", metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return 0
		}
		require.NoError(t, err)
		wanted, _, err := unstructured.NestedInt64(found.Object, "spec", "replicas")
		require.NoError(t, err)
		available, _, err := unstructured.NestedInt64(found.Object, "status", "availableReplicas")
		require.NoError(t, err)
		// The package waits for the condition Available, to which a quarter may be missing, and
		// not for surplus pods to be gone.
		require.GreaterOrEqual(t, available, wanted-wanted/4, "the command has waited")
		require.Equal(t, "shop", found.GetLabels()["packstage.dev/release"])
		return wanted
	}
	steps := []struct {
		stdout, stderr string
		replicas       int64
		secrets        int
	}{
		{"Plan: 5 to create", "", 0, 0},
		{"release shop/shop: revision 1 is available (5 created)", "created namespace shop", 2, 2},
		{"release shop/shop: Available, revision 1", "", 2, 2},
		{"release shop/shop: revision 2 is available (1 changed, 4 unchanged)", "changed Deployment.apps shop/shop", 5, 3},
		{"release shop/shop: revision 3 is available (1 changed, 4 unchanged)", "changed Deployment.apps shop/shop", 2, 4},
		{"release shop/shop is gone (5 deleted)", "Deployment.apps shop/shop is gone", 0, 0},
	}
	lines := installBlock(t)
	require.Len(t, lines, len(steps))
	for i, line := range lines {
		got := reader.shell(t, line)
		require.Zero(t, got.code, "%s\n%s", line, got.stderr)
		require.Contains(t, got.stdout, steps[i].stdout, line)
		require.Contains(t, got.stderr, steps[i].stderr, line)
		require.Equal(t, steps[i].replicas, replicas(), line)
		stored, err := c.Client().Resource(secrets).Namespace("shop").List(ctx, metav1.ListOptions{})
		require.NoError(t, err)
		require.Len(t, stored.Items, steps[i].secrets, "the record and a Secret for each revision: %s", line)
		_, err = c.Client().Resource(leases).Namespace("shop").Get(ctx, "packstage.shop", metav1.GetOptions{})
		require.True(t, apierrors.IsNotFound(err), "nobody is at work after %s: %v", line, err)
		_, err = c.Client().Resource(namespaces).Get(ctx, "shop", metav1.GetOptions{})
		require.Equal(t, i > 0, err == nil, "apply has made the namespace, and delete leaves it: %v", err)
	}
	requireOrder(t, c)
}

// requireOrder wants the first writes and the deletions of the kinds of the example in
// the order of its phases, by the audit log.
func requireOrder(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	phases := map[string]int{"configmaps": 0, "serviceaccounts": 0, "deployments": 1, "poddisruptionbudgets": 1, "services": 2}
	var created, deleted []int
	seen := map[string]bool{}
	for _, event := range c.AuditEvents(t, cluster.FromUserAgent("packstage")) {
		if !event.IsWrite() || event.ObjectRef == nil || event.ObjectRef.Namespace != "shop" || event.ObjectRef.Name != "shop" {
			continue
		}
		phase, ok := phases[event.ObjectRef.Resource]
		switch key := event.Verb + event.ObjectRef.Resource; {
		case !ok || seen[key]:
			continue
		case event.Verb == "delete":
			seen[key] = true
			deleted = append(deleted, phase)
		default:
			seen[key] = true
			created = append(created, phase)
		}
	}
	require.Equal(t, []int{0, 0, 1, 1, 2}, created)
	require.Equal(t, []int{2, 1, 1, 0, 0}, deleted)
}

// TestInterrupted: Ctrl-C ends a rollout at once, says how to go on, and the next command
// does, from the command line alone.
func TestInterrupted(t *testing.T) {
	c := cluster.Shared(t)
	reader := newUser(t, c.Kubeconfig())
	namespace := c.CreateNamespace(t, "interrupted")
	folder := stuck(t)
	command := reader.start(t, reader.program, "apply", folder, "--name", "web", "-n", namespace)
	require.Eventually(t, func() bool {
		found, err := c.Client().Resource(deployments).Namespace(namespace).Get(t.Context(), "web", metav1.GetOptions{})
		return err == nil && found.GetName() == "web"
	}, waitFor, tick)
	command.interrupt(t)
	got := reader.finish(t, command)
	require.Equal(t, 3, got.code, got.stderr)
	require.Contains(t, got.stderr, "packstage: interrupted\n  hint: the release can be continued: run the same command again\n")

	got = reader.run(t, "status", "web", "-n", namespace)
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stdout, "Progressing, revision 1\n")
	require.Contains(t, got.stderr, "hint: packstage wait web -n "+namespace+" goes on")

	got = reader.run(t, "wait", "web", "-n", namespace, "--phase-timeout", "1s", "--output", "json")
	require.Equal(t, 1, got.code, got.stderr)
	lines := strings.Split(strings.TrimSpace(got.stdout), "\n")
	require.True(t, strings.HasPrefix(lines[len(lines)-1], `{"type":"result",`), got.stdout)

	// Another version of the package, with --atomic, has nothing to go back to: it removes all.
	// The phases of the removal have the same time.
	got = reader.run(t, "apply", folder, "--name", "web", "-n", namespace, "--set", "replicas=3", "--phase-timeout", "20s", "--atomic")
	require.Equal(t, 1, got.code, got.stderr)
	require.Contains(t, got.stderr, "packstage: release "+namespace+"/web was removed again")
	require.NotContains(t, got.stderr, "goes on", "what was taken back does not go on")
	left, err := c.Client().Resource(configMaps).Namespace(namespace).List(t.Context(), metav1.ListOptions{LabelSelector: "packstage.dev/release=web"})
	require.NoError(t, err)
	require.Empty(t, left.Items)
	got = reader.run(t, "delete", "web", "-n", namespace, "--ignore-not-found")
	require.Zero(t, got.code, got.stderr)
	got = reader.run(t, "delete", "web", "-n", namespace)
	require.Equal(t, 1, got.code, got.stderr)
}

// TestTwoAtOnce: the second one says who is at work, or waits.
func TestTwoAtOnce(t *testing.T) {
	c := cluster.Shared(t)
	reader := newUser(t, c.Kubeconfig())
	namespace := c.CreateNamespace(t, "two")
	first := reader.start(t, reader.program, "apply", stuck(t), "--name", "web", "-n", namespace)
	require.Eventually(t, func() bool {
		_, err := c.Client().Resource(leases).Namespace(namespace).Get(t.Context(), "packstage.web", metav1.GetOptions{})
		return err == nil
	}, waitFor, tick)
	const webapp = "./examples/packages/webapp"
	got := reader.run(t, "apply", webapp, "--name", "web", "-n", namespace)
	require.Equal(t, 3, got.code, got.stderr)
	require.Contains(t, got.stderr, "is being changed by reader")
	require.Contains(t, got.stderr, "hint: --lock-timeout 5m waits")

	second := reader.start(t, reader.program, "apply", webapp, "--name", "web", "-n", namespace, "--lock-timeout", "5m")
	first.interrupt(t)
	require.Equal(t, 3, reader.finish(t, first).code)
	got = reader.finish(t, second)
	require.Zero(t, got.code, got.stderr)
	require.Contains(t, got.stdout, "is available")
	got = reader.run(t, "delete", "web", "-n", namespace, "--quiet")
	require.Zero(t, got.code, got.stderr)
}

// TestWithoutPermissions: plan and apply name everything that is missing, at once.
func TestWithoutPermissions(t *testing.T) {
	c := cluster.Shared(t)
	namespace := c.CreateNamespace(t, "nobody")
	nobody := newUser(t, cluster.WriteKubeconfig(t, c.UserConfig(t, "nobody"), namespace))
	for _, verb := range []string{"plan", "apply"} {
		got := nobody.run(t, verb, "./examples/packages/webapp", "--name", "web")
		require.Equal(t, 1, got.code, got.stderr)
		for _, resource := range []string{"leases.coordination.k8s.io", "secrets", "configmaps", "deployments.apps", "services"} {
			require.Contains(t, got.stderr, resource+" in the namespace", verb)
		}
	}
	require.False(t, slices.ContainsFunc(c.AuditEvents(t), func(event cluster.AuditEvent) bool {
		return event.User.Username == "nobody" && event.IsWrite() && !strings.Contains(event.RequestURI, "authorization.k8s.io") && !strings.Contains(event.RequestURI, "authentication.k8s.io")
	}), "nothing was tried")
}
