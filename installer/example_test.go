package installer_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

// settings is a rendered package of one phase with one ConfigMap; the renderer makes
// such an instance of an image.
func settings(color string) *packagetypes.Instance {
	object := packagetypes.NewObject(map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "settings"}, "data": map[string]any{"color": color},
	}, diagnostic.Position{File: "settings.yaml"}, nil, "")
	return &packagetypes.Instance{
		Name: "shop", Namespace: "default", Scope: manifest.ScopeNamespaced, PackageName: "shop",
		Phases: []packagetypes.Phase{{Name: "config", Objects: []packagetypes.Object{object}}},
	}
}

// Installing, and the same again. A program gives dynamiccluster.New(config) instead of
// a cluster in memory.
func ExampleInstaller_Apply() {
	ctx := context.Background()
	i := installer.New(clustertest.New(), installer.Options{Who: "deploy-bot"})
	release := cluster.Release{Namespace: "default", Name: "shop"}
	for range 2 {
		result, err := i.Apply(ctx, release, settings("red"), installer.ApplyOptions{Why: "first steps"})
		var blocked *installer.BlockedError
		var failed *installer.PhaseError
		switch {
		case errors.As(err, &blocked):
			fmt.Println("nothing was written:", blocked.Diagnostics)
		case errors.As(err, &failed):
			fmt.Println("waiting for", failed.Waiting)
		case err != nil:
			fmt.Println(err)
		default:
			fmt.Println("revision", result.Revision, result.State, "created", result.Created, "unchanged", result.Unchanged)
		}
	}
	// Output:
	// revision 1 Available created 1 unchanged 0
	// revision 1 Available created 0 unchanged 1
}

// What would happen, field by field. Nothing is written.
func ExampleInstaller_Plan() {
	ctx := context.Background()
	i := installer.New(clustertest.New(), installer.Options{})
	release := cluster.Release{Namespace: "default", Name: "shop"}
	if _, err := i.Apply(ctx, release, settings("red"), installer.ApplyOptions{}); err != nil {
		fmt.Println(err)
	}
	plan, err := i.Plan(ctx, release, settings("blue"), installer.ApplyOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, phase := range plan.Phases {
		for _, object := range phase.Objects {
			fmt.Println(phase.Name, object.Action, object.Object)
			for _, change := range object.Changes {
				fmt.Println(" ", change)
			}
		}
	}
	// Output:
	// config change ConfigMap default/settings
	//   .data.color: red -> blue
}

// An operation with its events, as they happen.
func ExampleInstaller_Events() {
	i := installer.New(clustertest.New(), installer.Options{})
	release := cluster.Release{Namespace: "default", Name: "shop"}
	for event, err := range i.Events(context.Background(), func(ctx context.Context, i *installer.Installer) error {
		_, err := i.Apply(ctx, release, settings("red"), installer.ApplyOptions{})
		return err
	}) {
		switch {
		case err != nil:
			fmt.Println(err)
		case event.Object != nil:
			fmt.Println(event.Type, event.Phase, event.Action, event.Object)
		case event.Phase != "":
			fmt.Println(event.Type, event.Phase)
		case event.Message != "":
			fmt.Println(event.Type, event.Message)
		}
	}
	// Output:
	// revision revision 1
	// phase config
	// object config create ConfigMap default/settings
	// phase-available config
	// finished available
}

// Back to what was there before, as a new revision.
func ExampleInstaller_Rollback() {
	ctx := context.Background()
	c := clustertest.New()
	i := installer.New(c, installer.Options{})
	release := cluster.Release{Namespace: "default", Name: "shop"}
	for _, color := range []string{"red", "blue"} {
		if _, err := i.Apply(ctx, release, settings(color), installer.ApplyOptions{}); err != nil {
			fmt.Println(err)
		}
	}
	if _, err := i.Rollback(ctx, release, 0, installer.ApplyOptions{}); err != nil {
		fmt.Println(err)
	}
	record, err := i.History(ctx, release)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, revision := range record.Revisions {
		fmt.Println(revision.Number, revision.State, "goes back to", revision.RollbackTo)
	}
	live, err := c.Get(ctx, cluster.Reference{Version: "v1", Kind: "ConfigMap", Namespace: "default", Name: "settings"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(live.Object["data"])
	// Output:
	// 1 Superseded goes back to 0
	// 2 Superseded goes back to 0
	// 3 Available goes back to 1
	// map[color:red]
}
