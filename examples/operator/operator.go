package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/environment"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
)

const (
	name      = "packstage-operator" // field manager, and who the history names
	finalizer = "packages.example.packstage.dev/release"
)

// operator makes releases what Packages say. All its state is in the cluster.
type operator struct {
	client.Client
	config       *rest.Config
	discoverer   cluster.Discoverer
	registry     *registry.Client
	events       events.EventRecorder
	poll, resync time.Duration
	shared       *packageloader.Shared // of the packages, which are compiled for each render
	rendered     sync.Map              // by UID of the Package, until it is gone: rendered
}

// rendered is what a generation of a Package renders to.
type rendered struct {
	generation int64
	instance   *packagetypes.Instance
}

// step is one look at a Package, and what came of it.
type step struct {
	*operator
	Package
	object    *unstructured.Unstructured // as which the Package was read
	release   cluster.Release
	cluster   cluster.Cluster
	installer *installer.Installer
	waiting   []installer.Waiting
	err       error
}

// Reconcile goes as far with a Package as is possible without waiting.
func (o *operator) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	s := &step{operator: o, object: &unstructured.Unstructured{}, release: cluster.Release(request.NamespacedName)}
	s.object.SetGroupVersionKind(packageKind)
	if err := o.Get(ctx, request.NamespacedName, s.object); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	removing := s.object.GetDeletionTimestamp() != nil
	if !removing && controllerutil.AddFinalizer(s.object, finalizer) {
		if err := o.Update(ctx, s.object); err != nil {
			return ctrl.Result{}, err
		}
	}
	before := client.MergeFrom(s.object.DeepCopy())
	err := runtime.DefaultUnstructuredConverter.FromUnstructured(s.object.Object, &s.Package)
	if err != nil {
		return ctrl.Result{}, err
	}
	// The rights are those of a service account of the namespace: not everybody who may
	// write Packages gets the operator's.
	config := rest.CopyConfig(o.config)
	config.Impersonate.UserName = "system:serviceaccount:" + request.Namespace + ":" + s.Spec.ServiceAccountName
	c, err := client.New(config, client.Options{Mapper: o.RESTMapper()})
	if err != nil {
		return ctrl.Result{}, err
	}
	s.cluster = &clientCluster{o.discoverer, c}
	options := installer.Options{FieldManager: name, Who: name, Observe: s.observe, RetryFor: -1} // the queue repeats
	s.installer = installer.New(s.cluster, options)
	if removing && s.remove(ctx) {
		o.rendered.Delete(s.object.GetUID())
		controllerutil.RemoveFinalizer(s.object, finalizer)
		return ctrl.Result{}, client.IgnoreNotFound(o.Update(ctx, s.object))
	} else if !removing {
		s.err = s.apply(ctx)
	}
	if err := s.report(ctx, before); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	switch {
	case s.err != nil:
		return ctrl.Result{}, s.err
	case len(s.waiting) > 0:
		return ctrl.Result{RequeueAfter: o.poll}, nil
	default:
		return ctrl.Result{RequeueAfter: o.resync}, nil
	}
}

// apply rolls out what the Package says, which wins over what others have written.
func (s *step) apply(ctx context.Context) error {
	if s.Spec.Paused {
		return nil
	}
	instance, err := s.render(ctx)
	if err != nil {
		return err
	}
	result, err := s.installer.Apply(ctx, s.release, instance, installer.ApplyOptions{
		Reference: s.Spec.Image, Why: fmt.Sprintf("generation %d of the Package", s.object.GetGeneration()), Force: true, NoWait: true,
	})
	if err == nil {
		s.waiting = result.Waiting
	}
	return err
}

// render pulls and renders the package once for each generation of the Package: a tag
// that moves changes nothing until somebody changes the Package.
func (s *step) render(ctx context.Context) (*packagetypes.Instance, error) {
	if known, ok := s.rendered.Load(s.object.GetUID()); ok && known.(rendered).generation == s.object.GetGeneration() {
		return known.(rendered).instance, nil
	}
	if s.Status.ObservedGeneration != s.object.GetGeneration() || s.Status.Image == "" {
		s.Status.Image = s.Spec.Image // and not the digest that was found before
	}
	source := packageloader.FromClient(s.registry, s.Status.Image)
	loaded, err := packageloader.Load(ctx, source, packageloader.LoadOptions{Component: s.Spec.Component})
	if err != nil {
		return nil, err
	}
	in := packagetypes.Context{Scope: s.Spec.Scope, Config: s.Spec.Config}
	in.Package.Image, in.Package.Metadata.Name = s.Spec.Image, s.release.Name
	if in.Scope == manifest.ScopeNamespaced {
		in.Package.Metadata.Namespace = s.release.Namespace
	}
	if in.Environment, err = environment.Discover(ctx, s.cluster); err != nil {
		return nil, err
	}
	instance, err := packageloader.Render(ctx, loaded, in, packageloader.Options{Shared: s.shared})
	if err != nil {
		return nil, err
	}
	reference, err := s.registry.ParseReference(s.Spec.Image)
	if err == nil {
		s.Status.Image = reference.Context().Digest(loaded.ImageDigest).String()
		s.rendered.Store(s.object.GetUID(), rendered{s.object.GetGeneration(), instance})
	}
	return instance, err
}

// remove goes on with the removal of the release, and tells whether it is gone.
func (s *step) remove(ctx context.Context) bool {
	result, err := s.installer.Delete(ctx, s.release, installer.DeleteOptions{NoWait: true})
	switch s.err = err; {
	case err == nil:
		s.waiting = result.Waiting
		return len(s.waiting) == 0
	case apierrors.IsForbidden(err): // with a namespace all goes that is in it, maybe the rights first
		namespace := named(cluster.Reference{Version: "v1", Kind: "Namespace", Name: s.release.Namespace})
		return s.Get(ctx, client.ObjectKeyFromObject(namespace), namespace) == nil && namespace.GetDeletionTimestamp() != nil
	default:
		return errors.As(err, new(*history.NotFoundError))
	}
}
