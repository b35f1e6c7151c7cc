package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/installer/history"
)

func (p *program) listCommand() *cobra.Command {
	var (
		where clusterFlags
		names string
		all   bool
	)
	output := oneOf("human", "json")
	command := &cobra.Command{
		Use:        "list",
		SuggestFor: []string{"ls", "releases"},
		Short:      "List the releases in a namespace, or in all of them",
		Long:       `List the releases in a namespace, or with --all-namespaces in the whole cluster.`,
		Example: `  packstage list -n shop
  packstage list -A --output json`,
		Args: arguments(0, 0),
		RunE: func(command *cobra.Command, _ []string) error {
			if all && names != "" {
				return usagef("--namespace and --all-namespaces contradict each other")
			}
			ctx := command.Context()
			connected, err := where.connect(p)
			if err != nil {
				return err
			}
			if names == "" && !all {
				names = connected.namespace
			}
			if err := connected.reach(ctx); err != nil {
				return err
			}
			records, err := connected.reader().List(ctx, names)
			if err != nil {
				return connected.failed(err)
			}
			if output.value == "human" && len(records) == 0 {
				p.remark("no releases in %s", placeName(names))
				return nil
			}
			return p.result(func(w io.Writer) error {
				if output.value == "json" {
					if records == nil {
						records = []*history.Record{}
					}
					return printJSON(w, listResult{SchemaVersion: schemaVersion, Releases: records})
				}
				return printReleases(w, records)
			})
		},
	}
	where.add(command)
	set := command.Flags()
	set.StringVarP(&names, "namespace", "n", "", "`NAMESPACE` to look in (default: that of the kubeconfig's context)")
	set.BoolVarP(&all, "all-namespaces", "A", false, "look in all namespaces")
	choiceFlag(command, &output, "output", "o", "form of the result")
	return command
}

func placeName(namespace string) string {
	if namespace == "" {
		return "the cluster"
	}
	return "namespace " + namespace
}

// listResult is what "list --output json" prints.
type listResult struct {
	SchemaVersion int               `json:"schemaVersion"`
	Releases      []*history.Record `json:"releases"`
}

func printReleases(w io.Writer, records []*history.Record) error {
	out := &testWriter{w: w}
	rows := [][]string{{"NAMESPACE", "RELEASE", "STATE", "REVISION", "SINCE", "PACKAGE"}}
	for _, record := range records {
		state := string(record.State)
		if record.Paused != nil {
			state += ", paused"
		}
		row := []string{record.Release.Namespace, record.Release.Name, state, fmt.Sprint(record.Target), "-", orDash(record.PackageName)}
		if revision, ok := record.Revision(record.Target); ok {
			row[4], row[5] = revision.When.UTC().Format(time.RFC3339), packageOf(*revision)
		}
		rows = append(rows, row)
	}
	printTable(out, rows)
	return out.err
}
