package preflight

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/internal/live"
)

// namespaceState is how a namespace is.
type namespaceState int

const (
	namespaceUnknown namespaceState = iota
	namespaceThere
	namespaceMissing
	namespaceTerminating
)

func namespaceReference(name string) cluster.Reference {
	return cluster.NewReference(schema.GroupVersionKind{Version: "v1", Kind: "Namespace"}, "", name)
}

// place in a cluster.
type namespaceIn struct {
	target *target
	name   string
}

// judgeNamespaces looks at the namespaces that objects go to, and at that of the
// release. A namespace that may not be read is left to the dry runs.
func (c *check) judgeNamespaces(ctx context.Context) error {
	home := namespaceIn{c.targets[""], c.Release.Namespace}
	wanted, known := []namespaceIn{home}, map[namespaceIn]bool{home: true}
	for _, o := range c.each() {
		in := namespaceIn{o.target, o.Reference.Namespace}
		if in.name != "" && !known[in] {
			known[in] = true
			wanted = append(wanted, in)
		}
	}
	states := make([]namespaceState, len(wanted))
	err := live.ForEach(ctx, len(wanted), c.Parallelism, func(ctx context.Context, i int) error {
		state, err := readNamespace(ctx, wanted[i])
		states[i] = state
		return err
	})
	if err != nil {
		return err
	}
	for i, in := range wanted {
		in.target.namespaces[in.name] = states[i]
	}
	told := map[namespaceIn]bool{}
	for _, o := range c.each() {
		if o.Reference.Namespace != "" {
			c.judgeNamespaceOf(o, told)
		}
	}
	if state := home.target.namespaces[home.name]; !told[home] {
		c.judgeHome(state)
	}
	return nil
}

func readNamespace(ctx context.Context, in namespaceIn) (namespaceState, error) {
	namespace, err := in.target.cluster.Get(ctx, namespaceReference(in.name))
	switch {
	case apierrors.IsNotFound(err):
		return namespaceMissing, nil
	case isUnanswered(err):
		return namespaceUnknown, nil
	case err != nil:
		return namespaceUnknown, fmt.Errorf("reading the namespace %s: %w", in.name, err)
	case namespace.GetDeletionTimestamp() != nil:
		return namespaceTerminating, nil
	default:
		return namespaceThere, nil
	}
}

// judgeNamespaceOf judges the namespace of an object. What is wrong with
// a namespace is told once, with the first object that goes to it.
func (c *check) judgeNamespaceOf(o *object, told map[namespaceIn]bool) {
	in := namespaceIn{o.target, o.Reference.Namespace}
	switch o.target.namespaces[in.name] {
	case namespaceTerminating:
		c.tellNamespace(o, in, told, terminatingFinding(in.name))
	case namespaceMissing:
		if why, ok := c.namespaceComes(o); ok {
			o.postpone(why)
			return
		}
		c.tellNamespace(o, in, told, c.missingFinding(in))
	case namespaceUnknown, namespaceThere:
	}
}

// namespaceComes tells whether the instance brings the namespace of an object in
// time.
func (c *check) namespaceComes(o *object) (why string, ok bool) {
	brought := o.target.brought[namespaceReference(o.Reference.Namespace).WithoutVersion()]
	if brought == nil || brought.Phase > o.Phase {
		return "", false
	}
	return fmt.Sprintf("the namespace %q comes with phase %q", o.Reference.Namespace, c.phaseName(brought)), true
}

func (c *check) tellNamespace(o *object, in namespaceIn, told map[namespaceIn]bool, finding diagnostic.Diagnostic) {
	if !told[in] {
		told[in] = true
		finding.Field = "metadata.namespace"
		o.fail(finding)
	}
	o.postpone(finding.Message)
}

// judgeHome judges the namespace of the release where no object goes to it. One
// that the instance brings is made for the state.
func (c *check) judgeHome(state namespaceState) {
	in := namespaceIn{c.targets[""], c.Release.Namespace}
	switch {
	case state == namespaceTerminating:
		c.found = append(c.found, terminatingFinding(in.name))
	case state == namespaceMissing && in.target.brought[namespaceReference(in.name).WithoutVersion()] == nil:
		c.found = append(c.found, c.missingFinding(in))
	}
}

func terminatingFinding(name string) diagnostic.Diagnostic {
	return diagnostic.Diagnostic{
		Code: diagnostic.NamespaceTerminating, Message: fmt.Sprintf("the namespace %q is being deleted", name),
		Hint: fmt.Sprintf("wait until it is gone; kubectl get namespace %s -o yaml says what holds it up", name),
	}
}

func (c *check) missingFinding(in namespaceIn) diagnostic.Diagnostic {
	finding := diagnostic.Diagnostic{
		Code: diagnostic.NamespaceNotFound, Message: fmt.Sprintf("there is no namespace %q", in.name),
		Hint: fmt.Sprintf("kubectl create namespace %s, or add the Namespace to an earlier phase of the package", in.name),
	}
	if brought := in.target.brought[namespaceReference(in.name).WithoutVersion()]; brought != nil {
		finding.Message = fmt.Sprintf("the namespace %q comes only in phase %q, after objects that live in it", in.name, c.phaseName(brought))
		finding.Hint = "move the Namespace to an earlier phase"
	}
	return finding
}
