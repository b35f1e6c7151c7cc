package page

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packageloader/repository"
	"github.com/packstage/packstage/registry"
)

// Descriptions asks the registry what the newest image of each package of an index
// says about itself, and returns the descriptions by the name of the package. Only
// manifest and configuration are read. An image that is broken, or there no more, has
// none; other trouble with the registry is the error.
func Descriptions(ctx context.Context, client *registry.Client, index *repository.Index) (map[string]string, error) {
	const concurrency = 8
	descriptions := map[string]string{}
	var mutex sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(concurrency)
	last := ""
	for _, entry := range index.Entries() {
		if entry.Name == last {
			continue // an older one
		}
		last = entry.Name
		group.Go(func() error {
			found, err := packageloader.Describe(ctx, client, entry.Reference())
			if _, broken := diagnostic.From(err); broken || errors.Is(err, registry.ErrNotFound) {
				return nil
			}
			if err != nil {
				return err
			}
			mutex.Lock()
			defer mutex.Unlock()
			descriptions[entry.Name] = found.Annotations["org.opencontainers.image.description"]
			return nil
		})
	}
	return descriptions, group.Wait()
}
