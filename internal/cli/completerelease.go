package cli

import (
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"
)

// completionPatience is how long a shell waits for a cluster.
const completionPatience = 2 * time.Second

// completeRelease completes the name of a release with those of the namespace. A cluster
// that does not answer soon has none.
func (p *program) completeRelease(f *releaseFlags) cobra.CompletionFunc {
	return func(command *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		const nothing = cobra.ShellCompDirectiveNoFileComp
		if len(args) > 0 {
			return nil, nothing
		}
		ctx := command.Context()
		if ctx == nil {
			ctx = context.Background()
		}
		ctx, cancel := context.WithTimeout(ctx, completionPatience)
		defer cancel()
		connected, err := f.connect(p.muted())
		if err != nil || connected.reach(ctx) != nil {
			return nil, nothing
		}
		namespace := f.namespace
		if namespace == "" {
			namespace = connected.namespace
		}
		records, err := connected.reader().List(ctx, namespace)
		if err != nil {
			return nil, nothing
		}
		names := make([]string, 0, len(records))
		for _, record := range records {
			names = append(names, record.Release.Name+"\t"+string(record.State))
		}
		return names, nothing
	}
}

// muted returns the program as one that says nothing.
func (p *program) muted() *program {
	muted := newProgram(p.Invocation)
	muted.Stdout, muted.Stderr, muted.quiet = io.Discard, io.Discard, true
	return muted
}
