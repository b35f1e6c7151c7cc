package cluster

import "context"

// Run runs a cluster for a program that is no test, until its Stop is called.
// Errors: fs.ErrNotExist where the servers have not been built (make cluster-tools).
func Run(ctx context.Context, options Options) (*Cluster, error) {
	found, err := findPrograms(options)
	if err != nil {
		return nil, err
	}
	return start(ctx, found, options)
}
