package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/cluster"
)

// fieldManager is that of the installer.
const fieldManager = "packstage"

func namespaceReference(name string) cluster.Reference {
	return cluster.NewReference(schema.GroupVersionKind{Version: "v1", Kind: "Namespace"}, "", name)
}

// namespaceMissing asks whether the namespace of the release is there. Who may not know
// finds out later.
func (i *installation) namespaceMissing(ctx context.Context) (bool, error) {
	_, err := i.cluster.Get(ctx, namespaceReference(i.release.Namespace))
	switch {
	case err == nil, apierrors.IsForbidden(err):
		return false, nil
	case apierrors.IsNotFound(err):
		return true, nil
	default:
		return false, i.failed(err)
	}
}

// missingNamespace is the finding about it, with what a user of the command line can do.
func (i *installation) missingNamespace() diagnostic.Diagnostic {
	return diagnostic.Diagnostic{
		Code:    diagnostic.NamespaceNotFound,
		Message: fmt.Sprintf("there is no namespace %q, which release %q shall be in", i.release.Namespace, i.release.Name),
		Hint:    "--create-namespace creates it; -n names another one",
	}
}

// judgedNamespace returns the findings of a plan with a hint for the command line about
// the namespace of the release, or without it where it will be created before.
func (i *installation) judgedNamespace(found diagnostic.Diagnostics, create bool) diagnostic.Diagnostics {
	var judged diagnostic.Diagnostics
	told := false
	for _, one := range found {
		if one.Code != diagnostic.NamespaceNotFound || !strings.Contains(one.Message, strconv.Quote(i.release.Namespace)) {
			judged = append(judged, one)
			continue
		}
		if !create && !told {
			told = true
			judged = append(judged, i.missingNamespace())
		}
	}
	return judged
}

// inNewNamespace says of the objects in a namespace that will be created that they will
// be, too: nothing is there before.
func (i *installation) inNewNamespace(plan *installer.Plan) {
	for _, phase := range plan.Phases {
		for at := range phase.Objects {
			object := &phase.Objects[at]
			if phase.Class == "" && object.Action == installer.ActionDeferred && object.Object.Namespace == i.release.Namespace {
				object.Action, object.Why = installer.ActionCreate, ""
			}
		}
	}
}

// ensureNamespace creates the namespace of the release where that is wanted, or where
// the package brings it. It is the release's then, which finds it there; and nothing else
// must block the release, which would leave it behind.
func (i *installation) ensureNamespace(ctx context.Context, p *program, create bool, options installer.ApplyOptions) error {
	missing, err := i.namespaceMissing(ctx)
	if err != nil || !missing {
		return err
	}
	brought := i.bringsNamespace()
	if !create && !brought {
		return &installer.BlockedError{Release: i.release, Diagnostics: diagnostic.Diagnostics{i.missingNamespace()}}
	}
	plan, err := i.installer(installer.Options{Clusters: i.classes}).Plan(ctx, i.release, i.instance, options)
	if err != nil {
		return err
	}
	if found := i.judgedNamespace(plan.Diagnostics, true); found.HasErrors() {
		return &installer.BlockedError{Release: i.release, Diagnostics: found}
	}
	namespace := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Namespace"}}
	namespace.SetName(i.release.Namespace)
	if brought {
		namespace.SetLabels(map[string]string{
			cluster.LabelRelease: i.release.Name, cluster.LabelReleaseNamespace: i.release.Namespace,
		})
	}
	_, err = i.cluster.Create(ctx, namespace, cluster.WriteOptions{FieldManager: fieldManager})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return i.failed(fmt.Errorf("create namespace %s: %w", i.release.Namespace, err))
	}
	p.aside("created namespace %s", i.release.Namespace)
	return nil
}

// bringsNamespace tells whether the namespace of the release is an object of it.
func (i *installation) bringsNamespace() bool {
	for phase, object := range i.instance.Objects() {
		kind := object.GroupVersionKind()
		if phase.Class == "" && kind.Group == "" && kind.Kind == "Namespace" && object.Name() == i.release.Namespace {
			return true
		}
	}
	return false
}
