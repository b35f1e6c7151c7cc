package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer"
)

// planFlags say what is planned, and what is printed of it.
type planFlags struct {
	installFlags
	force, all, exitCode bool
	output               choice
}

func (p *program) planCommand() *cobra.Command {
	var flags planFlags
	flags.output = oneOf("human", "json")
	command := &cobra.Command{
		Use:   "plan TARGET --name RELEASE",
		Short: "Say what apply would do to a cluster, and what blocks it",
		Long: `Render a package for a cluster and say what apply would do: phase by phase, object
by object, and field by field as the API server would change them. Nothing is written.
The flags are those of apply that change what would be done.

  +  created       >  taken over (--adopt)
  ~  changed       ?  known when an earlier phase is there
  -  deleted       =  stays as it is

The contents of Secrets are not shown. The exit code is 0 whether there is something to
do or not, unless --exit-code asks for 1 where there is; it is 1 where something blocks.`,
		Example: `  packstage plan registry.example.com/shop:v2 --name shop -n shop
  packstage plan ./shop --name shop --config values.yaml --set replicas=3 --all
  packstage plan ./shop --name shop --output json`,
		Args: arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error {
			return p.plan(command.Context(), args[0], &flags)
		},
	}
	flags.add(command)
	set := command.Flags()
	set.BoolVar(&flags.force, "force-conflicts", false, "take over fields that others own")
	set.BoolVar(&flags.all, "all", false, "list objects that stay as they are, too")
	set.BoolVar(&flags.exitCode, "exit-code", false, "exit with 1 where there is something to do")
	choiceFlag(command, &flags.output, "output", "o", "form of the result")
	return command
}

func (p *program) plan(ctx context.Context, argument string, flags *planFlags) error {
	i, err := flags.prepare(ctx, p, argument)
	if err != nil {
		return err
	}
	missing, err := i.namespaceMissing(ctx)
	if err != nil {
		return err
	}
	options := installer.ApplyOptions{Reference: i.reference, Adopt: flags.adopt, Force: flags.force}
	plan, err := i.installer(installer.Options{Clusters: i.classes}).Plan(ctx, i.release, i.instance, options)
	if err != nil {
		return p.releaseFailed(ctx, i.connection, i.release, err)
	}
	printer := &planPrinter{all: flags.all}
	if missing && !i.bringsNamespace() {
		plan.Diagnostics = i.judgedNamespace(plan.Diagnostics, flags.createNamespace)
		if flags.createNamespace {
			printer.namespace = i.release.Namespace
			i.inNewNamespace(plan)
		}
	}
	if err := p.printPlan(plan, printer, flags.output.value); err != nil {
		return err
	}
	if flags.output.value == "human" {
		if err := p.printFindings(plan.Diagnostics); err != nil {
			return err
		}
	}
	if plan.Blocked() || flags.exitCode && !plan.Empty() {
		return errReported
	}
	return nil
}

// planResult is what "plan --output json" prints.
type planResult struct {
	SchemaVersion int `json:"schemaVersion"`
	*installer.Plan
	// Diagnostics are those of the plan, never null.
	Diagnostics diagnostic.Diagnostics `json:"diagnostics"`
}

func newPlanResult(plan *installer.Plan) planResult {
	found := plan.Diagnostics
	if found == nil {
		found = diagnostic.Diagnostics{}
	}
	return planResult{SchemaVersion: schemaVersion, Plan: plan, Diagnostics: found}
}
