package installer_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/packagetypes"
)

// counting is a cluster that counts the objects that are read from it, and how often
// the record of the release is written.
type counting struct {
	cluster.Cluster
	read    atomic.Int64
	records atomic.Int64
}

func (c *counting) Get(ctx context.Context, reference cluster.Reference) (*unstructured.Unstructured, error) {
	c.read.Add(1)
	return c.Cluster.Get(ctx, reference)
}

func (c *counting) List(ctx context.Context, kind schema.GroupVersionKind, options cluster.ListOptions) ([]*unstructured.Unstructured, error) {
	objects, err := c.Cluster.List(ctx, kind, options)
	c.read.Add(int64(len(objects)))
	return objects, err
}

func (c *counting) Update(ctx context.Context, object *unstructured.Unstructured, options cluster.WriteOptions) (*unstructured.Unstructured, error) {
	if object.GetName() == history.RecordReference(shop).Name {
		c.records.Add(1)
	}
	return c.Cluster.Update(ctx, object, options)
}

func (c *counting) reset() {
	c.read.Store(0)
	c.records.Store(0)
}

// What is read is in proportion to the objects, in however many phases they are.
func TestReadingGrowsWithTheObjects(t *testing.T) {
	t.Parallel()
	for _, phaseCount := range []int{1, 10, 50} {
		t.Run(fmt.Sprint(phaseCount, " phases"), func(t *testing.T) {
			t.Parallel()
			const objects = 500
			c := &counting{Cluster: clustertest.New()}
			i := installer.New(c, quick())
			for _, step := range []struct {
				name string
				// most is how often each object is read at most.
				most int64
				run  func() error
			}{
				{"apply", 1, func() error {
					_, err := i.Apply(t.Context(), shop, many(t, objects, phaseCount, noneOf), installer.ApplyOptions{})
					return err
				}},
				{"again", 2, func() error {
					_, err := i.Apply(t.Context(), shop, many(t, objects, phaseCount, noneOf), installer.ApplyOptions{})
					return err
				}},
				{"status", 2, func() error { _, err := i.Status(t.Context(), shop); return err }},
				{"drift", 2, func() error { _, err := i.Drift(t.Context(), shop); return err }},
				{"upgrade", 3, func() error {
					_, err := i.Apply(t.Context(), shop, many(t, objects, phaseCount, allOf), installer.ApplyOptions{})
					return err
				}},
				// Each is read before it goes, and after; a list of which a part is wanted reads
				// up to eight times that.
				{"delete", 11, func() error { _, err := i.Delete(t.Context(), shop, installer.DeleteOptions{}); return err }},
			} {
				c.reset()
				require.NoError(t, step.run(), step.name)
				require.LessOrEqual(t, c.read.Load(), step.most*objects+100, step.name)
			}
		})
	}
}

func noneOf(int) bool { return false }
func allOf(int) bool  { return true }

// many returns an instance of ConfigMaps in phases, some of them with another value.
func many(t testing.TB, objects, phaseCount int, changed func(int) bool) *packagetypes.Instance {
	t.Helper()
	var text strings.Builder
	for phase := range phaseCount {
		fmt.Fprintf(&text, "# phase p%d\n", phase)
		for number := phase; number < objects; number += phaseCount {
			value := "1"
			if changed(number) {
				value = "2"
			}
			text.WriteString(configMap(fmt.Sprintf("c%d", number), value) + "---\n")
		}
	}
	return phases(t, text.String())
}

// A kind that comes with the package is not asked for with each of its objects.
func TestUnknownKindsAreAskedForOnce(t *testing.T) {
	t.Parallel()
	asked := func(orders int) int {
		var text strings.Builder
		text.WriteString("# phase kinds\n" + orderDefinition + "# phase orders\n")
		for number := range orders {
			fmt.Fprintf(&text, "apiVersion: example.com/v1\nkind: Order\nmetadata: {name: o%d}\n---\n", number)
		}
		c := clustertest.New()
		plan, err := installer.New(c, quick()).Plan(t.Context(), shop, phases(t, text.String()), installer.ApplyOptions{})
		require.NoError(t, err)
		require.False(t, plan.Blocked())
		discoveries := 0
		for _, call := range c.Calls() {
			if call.Verb == clustertest.VerbDiscover {
				discoveries++
			}
		}
		return discoveries
	}
	require.Equal(t, asked(1), asked(100))
}

const orderDefinition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: orders.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: orders, singular: order, kind: Order, listKind: OrderList}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object}}
`
