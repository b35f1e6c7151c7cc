package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/installer/history"
)

// completionPatience is how long a shell waits for a cluster where nobody says otherwise.
const completionPatience = 2 * time.Second

// completeRelease completes the name of a release with those of the namespace.
func (p *program) completeRelease(f *releaseFlags) cobra.CompletionFunc {
	return func(command *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		const nothing = cobra.ShellCompDirectiveNoFileComp
		if len(args) > 0 {
			return nil, nothing
		}
		names := make([]string, 0)
		for _, record := range p.completionRecords(command, f) {
			names = append(names, record.Release.Name+"\t"+string(record.State))
		}
		return names, nothing
	}
}

// completeRevision completes the number of a revision of the release that is the first
// argument, the newest first.
func (p *program) completeRevision(f *releaseFlags) cobra.CompletionFunc {
	return func(command *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		var numbers []string
		for _, record := range p.completionRecords(command, f) {
			if len(args) == 0 || record.Release.Name != args[0] {
				continue
			}
			for _, revision := range slices.Backward(record.Revisions) {
				numbers = append(numbers, fmt.Sprintf("%d\t%s %s", revision.Number, revision.State, revision.When.UTC().Format(time.RFC3339)))
			}
		}
		return numbers, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	}
}

// completionRecords are the releases in the namespace. A cluster that does not answer
// soon has none.
func (p *program) completionRecords(command *cobra.Command, f *releaseFlags) []*history.Record {
	ctx := command.Context()
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(p.CompletionPatience, completionPatience))
	defer cancel()
	connected, err := f.connect(p.muted())
	if err != nil || connected.reach(ctx) != nil {
		return nil
	}
	namespace := f.namespace
	if namespace == "" {
		namespace = connected.namespace
	}
	records, err := connected.reader().List(ctx, namespace)
	if err != nil {
		return nil
	}
	return records
}

// muted returns the program as one that says nothing.
func (p *program) muted() *program {
	muted := newProgram(p.Invocation)
	muted.Stdout, muted.Stderr, muted.quiet = io.Discard, io.Discard, true
	return muted
}
