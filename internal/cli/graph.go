package cli

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/author/graph"
	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

func (p *program) graphCommand() *cobra.Command {
	var (
		target   targetFlags
		with     contextFlags
		testCase string
	)
	format := oneOf("mermaid", "dot", "svg")
	command := &cobra.Command{
		Use:   "graph TARGET",
		Short: "Draw the phases of a package with its objects",
		Long: `Draw the phases of a rendered package in order, the objects in them, and what the
objects need of one another: service accounts, configuration, secrets, selected pods,
routed services, definitions of custom resources, webhooks, roles.

--case renders a test case by its name. Otherwise the flags are those of render.
--output svg is a picture that needs no other program; mermaid is shown by GitHub and
GitLab in Markdown, dot is read by Graphviz.`,
		Example: `  packstage graph ./shop
  packstage graph ./shop --case production --output svg > shop.svg
  packstage graph ./shop --output dot --set replicas=3 | dot -Tpng > shop.png`,
		Args: arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error {
			ctx := command.Context()
			instance, err := p.drawnInstance(ctx, &target, &with, testCase, args[0])
			if err != nil {
				return err
			}
			drawn := graph.New(instance)
			var written []byte
			switch format.value {
			case "svg":
				written = drawn.SVG(graph.SVGOptions{})
			case "dot":
				written = drawn.DOT()
			default:
				written = drawn.Mermaid()
			}
			return p.result(func(w io.Writer) error { _, err := w.Write(written); return err })
		},
	}
	with.add(command)
	choiceFlag(command, &format, "output", "o", "form of the graph")
	command.Flags().StringVar(&testCase, "case", "", "render the test case `NAME` of the package")
	completeFromPackage(command, "case", caseNames)
	target.add(command)
	return command
}

// drawnInstance renders a target as the flags say, or as one of its test cases.
func (p *program) drawnInstance(
	ctx context.Context, target *targetFlags, with *contextFlags, testCase, argument string,
) (*packagetypes.Instance, error) {
	if testCase == "" {
		source, done, err := target.open(p, argument)
		if err != nil {
			return nil, err
		}
		defer done()
		return with.render(ctx, p, source)
	}
	if len(with.set) > 0 || with.contextFile != "" || with.configFile != "" || with.name != "" || with.namespace != "" || with.scope.value != "" {
		return nil, usagef("--case says what the package is rendered with: it does not go with flags that do")
	}
	suites, err := p.suites(ctx, target, argument)
	if err != nil {
		return nil, err
	}
	for _, suite := range suites {
		if suite.Package.Component != with.component {
			continue
		}
		return renderCase(ctx, suite, testCase)
	}
	return nil, usagef("the package has no component %q", with.component)
}

func renderCase(ctx context.Context, suite *matrix.Suite, name string) (*packagetypes.Instance, error) {
	var names []string
	for _, one := range suite.Cases {
		if one.Name == name {
			return suite.Render(ctx, one)
		}
		names = append(names, one.Name)
	}
	if len(names) == 0 {
		return nil, usagef("there is no test case %q: the package has none", name)
	}
	hint := diagnostic.DidYouMean(name, names)
	if hint != "" {
		hint = "; " + hint
	}
	return nil, usagef("there is no test case %q%s", name, hint)
}
