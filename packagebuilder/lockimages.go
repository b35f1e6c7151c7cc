package packagebuilder

import (
	"context"
	"errors"
	"slices"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"
)

// DigestResolver finds out which digest a reference has now;
// [github.com/packstage/packstage/registry.Client] is one.
type DigestResolver interface {
	Resolve(ctx context.Context, reference string) (v1.Descriptor, error)
}

// ResolveImagesOptions says how [ResolveImages] works.
type ResolveImagesOptions struct {
	// Concurrency is the number of references that are asked for at a time.
	// Default 16; a registry client bounds it for each host, too.
	Concurrency int
	// Progress is told after each reference. Calls come one at a time.
	Progress func(done, total int)
}

const defaultResolveConcurrency = 16

// ResolveImages returns the digests of references, in parallel and each asked for
// once. That of an image for several platforms is the digest of its index.
//
// All references are tried; the error joins those of all that failed, in the order
// of the references, and there is no result then. Where ctx is done, it ends at
// once.
func ResolveImages(ctx context.Context, resolver DigestResolver, references []string, options ResolveImagesOptions) (map[string]string, error) {
	references = slices.Compact(slices.Sorted(slices.Values(references)))
	if options.Concurrency <= 0 {
		options.Concurrency = defaultResolveConcurrency
	}
	digests, failures := make([]string, len(references)), make([]error, len(references))
	var (
		workers  errgroup.Group
		progress sync.Mutex
		done     int
	)
	workers.SetLimit(options.Concurrency)
	for i, reference := range references {
		workers.Go(func() error {
			if ctx.Err() != nil {
				failures[i] = context.Cause(ctx)
				return nil
			}
			descriptor, err := resolver.Resolve(ctx, reference)
			digests[i], failures[i] = descriptor.Digest.String(), err
			if options.Progress != nil {
				progress.Lock()
				defer progress.Unlock()
				done++
				options.Progress(done, len(references))
			}
			return nil
		})
	}
	_ = workers.Wait() // failures has the errors of all
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err := errors.Join(failures...); err != nil {
		return nil, err
	}
	resolved := make(map[string]string, len(references))
	for i, reference := range references {
		resolved[reference] = digests[i]
	}
	return resolved, nil
}
