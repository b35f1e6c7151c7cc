// Command kubectl-apply installs a package with nothing but kubectl: it hands
// over one phase at a time, and waits for the conditions that the package's
// availability probes name before it goes on. With -delete it removes the
// objects in reverse order.
//
//	go run ./examples/kubectl-apply -name shop -namespace shop ./examples/packages/webapp
//
// It shows how little a program needs that brings its own way to a cluster; it
// keeps no history and rolls nothing back.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "kubectl-apply:", err)
		os.Exit(1)
	}
}

type installer struct {
	kubectl string
	timeout time.Duration
	out     io.Writer
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("kubectl-apply", flag.ContinueOnError)
	name := flags.String("name", "", "name of the instance")
	namespace := flags.String("namespace", "", "namespace of the instance; default is what the package's scope asks for")
	kubectl := flags.String("kubectl", "kubectl", "the kubectl to use")
	timeout := flags.Duration("timeout", 5*time.Minute, "how long to wait for a phase")
	remove := flags.Bool("delete", false, "remove the objects in reverse order")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return fmt.Errorf("needs the folder of one package, got %d arguments", flags.NArg())
	}
	pkg, err := packageloader.Load(ctx, packageloader.FromFolder(flags.Arg(0), packageloader.FolderOptions{}), packageloader.LoadOptions{})
	if err != nil {
		return err
	}
	renderContext := packagetypes.Context{}
	renderContext.Package.Metadata = manifest.InstanceMetadata{Name: *name, Namespace: *namespace}
	instance, err := packageloader.Render(ctx, pkg, renderContext, packageloader.Options{})
	if err != nil {
		return err
	}
	i := installer{kubectl: *kubectl, timeout: *timeout, out: out}
	if *remove {
		return i.remove(ctx, instance)
	}
	return i.install(ctx, instance)
}

func (i installer) install(ctx context.Context, instance *packagetypes.Instance) error {
	for _, phase := range instance.Phases {
		fmt.Fprintf(i.out, "phase %s: %d objects\n", phase.Name, len(phase.Objects))
		if err := i.run(ctx, phase.Objects, inScope(instance, "apply", "--server-side")...); err != nil {
			return fmt.Errorf("phase %s: %w", phase.Name, err)
		}
		for _, object := range phase.Objects {
			awaited, err := conditions(instance.AvailabilityProbes, object)
			if err != nil {
				return fmt.Errorf("phase %s: %s: %w", phase.Name, object.Name(), err)
			}
			for _, condition := range awaited {
				args := inScope(instance, "wait", "--for", "condition="+condition, "--timeout", i.timeout.String())
				if err := i.run(ctx, []packagetypes.Object{object}, args...); err != nil {
					return fmt.Errorf("phase %s: %s: %w", phase.Name, object.Name(), err)
				}
			}
		}
	}
	return nil
}

func (i installer) remove(ctx context.Context, instance *packagetypes.Instance) error {
	for _, phase := range instance.Reverse() {
		fmt.Fprintf(i.out, "phase %s: removing %d objects\n", phase.Name, len(phase.Objects))
		if err := i.run(ctx, phase.Objects, inScope(instance, "delete", "--ignore-not-found", "--wait")...); err != nil {
			return fmt.Errorf("phase %s: %w", phase.Name, err)
		}
	}
	return nil
}

// inScope completes the arguments of kubectl. In cluster scope objects name their
// own namespaces, and kubectl refuses those that differ from its --namespace.
func inScope(instance *packagetypes.Instance, args ...string) []string {
	if instance.Scope == manifest.ScopeNamespaced {
		args = append(args, "--namespace", instance.Namespace)
	}
	return append(args, "-f", "-")
}

// conditions returns the conditions that probes ask of an object, in the form
// of kubectl wait. Other kinds of probes are beyond kubectl.
func conditions(probes []manifest.AvailabilityProbe, object packagetypes.Object) ([]string, error) {
	var names []string
	for _, availability := range probes {
		selected, err := selects(availability.Selector, object)
		if err != nil {
			return nil, err
		}
		if !selected {
			continue
		}
		for _, probe := range availability.Probes {
			if probe.Condition != nil {
				names = append(names, probe.Condition.Type+"="+probe.Condition.Status)
			}
		}
	}
	return names, nil
}

func selects(selector manifest.ProbeSelector, object packagetypes.Object) (bool, error) {
	kind := object.GroupVersionKind()
	if selector.Kind == nil || selector.Kind.Group != kind.Group || selector.Kind.Kind != kind.Kind {
		return false, nil
	}
	if selector.Selector == nil {
		return true, nil
	}
	byLabel := metav1.LabelSelector{MatchLabels: selector.Selector.MatchLabels}
	for _, r := range selector.Selector.MatchExpressions {
		byLabel.MatchExpressions = append(byLabel.MatchExpressions, metav1.LabelSelectorRequirement{
			Key: r.Key, Operator: metav1.LabelSelectorOperator(r.Operator), Values: r.Values,
		})
	}
	matcher, err := metav1.LabelSelectorAsSelector(&byLabel)
	if err != nil {
		return false, fmt.Errorf("selector of a probe: %w", err)
	}
	own := unstructured.Unstructured{Object: object.Content()}
	return matcher.Matches(labels.Set(own.GetLabels())), nil
}

func (i installer) run(ctx context.Context, objects []packagetypes.Object, args ...string) error {
	var input bytes.Buffer
	for _, object := range objects {
		data, err := json.Marshal(object)
		if err != nil {
			return err
		}
		fmt.Fprintf(&input, "---\n%s\n", data)
	}
	command := exec.CommandContext(ctx, i.kubectl, args...)
	command.Stdin = &input
	command.Stdout = i.out
	var problem bytes.Buffer
	command.Stderr = &problem
	if err := command.Run(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", i.kubectl, args[0], err, strings.TrimSpace(problem.String()))
	}
	return nil
}
