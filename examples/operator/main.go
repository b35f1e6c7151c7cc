// Command operator installs packages that Package objects of a cluster ask for: an
// example of a controller around the library's installer. See README.md.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/packstage/packstage/installer/dynamiccluster"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/registry"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "operator:", err)
		os.Exit(1)
	}
}

func run() error {
	o := &operator{registry: registry.NewClient(registry.Options{UserAgent: name}), shared: packageloader.NewShared()}
	flag.DurationVar(&o.poll, "poll", 2*time.Second, "pause between two looks at a release that is under way")
	flag.DurationVar(&o.resync, "resync", time.Minute, "pause between two looks at one that is not, for drift")
	metrics := flag.String("metrics-address", "0", "address of the metrics; 0 is none")
	flag.Parse()
	ctrl.SetLogger(zap.New())
	config, err := ctrl.GetConfig()
	if err != nil {
		return err
	}
	manager, err := ctrl.NewManager(config, ctrl.Options{Metrics: server.Options{BindAddress: *metrics}})
	if err != nil {
		return err
	}
	o.Client, o.config, o.events = manager.GetClient(), config, manager.GetEventRecorder(name)
	if o.discoverer, err = dynamiccluster.New(config); err != nil {
		return err
	}
	watched := &unstructured.Unstructured{}
	watched.SetGroupVersionKind(packageKind)
	err = ctrl.NewControllerManagedBy(manager).For(watched, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		WithOptions(controller.Options{
			MaxConcurrentReconciles: 8,
			RateLimiter:             workqueue.NewTypedItemExponentialFailureRateLimiter[ctrl.Request](o.poll, o.resync),
		}).Named(name).Complete(o)
	if err != nil {
		return err
	}
	return manager.Start(ctrl.SetupSignalHandler())
}
