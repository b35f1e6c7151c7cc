package history_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

// What an installer does with the history: the revision before the record that
// names it.
func Example() {
	ctx := context.Background()
	store := history.NewStore(clustertest.New(), "packstage")
	release := cluster.Release{Namespace: "default", Name: "web"}

	instance := &packagetypes.Instance{
		Name: "web", Namespace: "default", Scope: manifest.ScopeNamespaced, PackageName: "webapp",
		Phases: []packagetypes.Phase{{Name: "settings", Objects: []packagetypes.Object{packagetypes.NewObject(map[string]any{
			"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "web", "namespace": "default"},
		}, diagnostic.Position{File: "settings.yaml", Line: 1}, nil, "")}}},
	}
	record, err := store.Load(ctx, release)
	if missing := (*history.NotFoundError)(nil); errors.As(err, &missing) {
		record = &history.Record{Release: release, PackageName: instance.PackageName, Scope: instance.Scope, State: history.StateProgressing}
	} else if err != nil {
		fmt.Println(err)
		return
	}
	revision, err := store.Put(ctx, release, record.Next(), &history.Content{Instance: instance}, history.Revision{
		Who: "ann", Why: "the first one", When: time.Date(2026, time.March, 4, 5, 6, 7, 0, time.UTC),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	record.Revisions = append(record.Revisions, revision)
	record.Target = revision.Number
	if err := store.Save(ctx, record); err != nil {
		fmt.Println(err)
		return
	}

	record, err = store.Load(ctx, release)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, revision := range record.Revisions {
		content, err := store.Content(ctx, release, revision)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("revision %d by %s (%s): %s\n", revision.Number, revision.Who, revision.Why, revision.State)
		for phase, object := range content.Instance.Objects() {
			fmt.Printf("  %s: %s %s\n", phase.Name, object.GroupVersionKind().Kind, object.Name())
		}
	}
	// Output:
	// revision 1 by ann (the first one): Progressing
	//   settings: ConfigMap web
}

// A revision that was edited or deleted is explained.
func ExampleStore_Content_damaged() {
	ctx := context.Background()
	client := clustertest.New()
	store := history.NewStore(client, "packstage")
	release := cluster.Release{Namespace: "default", Name: "web"}
	revision, err := store.Put(ctx, release, 1, &history.Content{Instance: &packagetypes.Instance{Name: "web"}}, history.Revision{})
	if err != nil {
		fmt.Println(err)
		return
	}

	secret := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Secret"}}
	secret.SetNamespace("default")
	secret.SetName("packstage.revision.web.1")
	if err := client.Delete(ctx, cluster.ReferenceTo(secret), cluster.DeleteOptions{}); err != nil {
		fmt.Println(err)
		return
	}
	_, err = store.Content(ctx, release, revision)
	var damaged *history.DamagedError
	if errors.As(err, &damaged) {
		fmt.Println(damaged.Secret, damaged.What)
		fmt.Println(damaged.Hint)
	}
	// Output:
	// packstage.revision.web.1 was deleted
	// restore it from a backup, or go on with another revision: the package applied again makes a new one
}

func ExampleReservedObject() {
	fmt.Println(history.ReservedObject(map[string]any{
		"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{"name": "packstage.release.web"},
	}))
	// Output: true
}
