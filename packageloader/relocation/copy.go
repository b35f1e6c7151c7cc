package relocation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/ocistore"
	"github.com/packstage/packstage/verify"
)

// Options says what is copied with a package. The zero value copies the package
// alone.
type Options struct {
	// Images copies the images and dependencies that the lock of the package and
	// those of its components name. Images of dependencies are not among them.
	Images bool
	// ImagesTo is the beginning of the names of repositories that the images go to,
	// each to one of its own: "registry.example.com/mirror" has an image
	// "quay.io/org/app" go to "registry.example.com/mirror/quay.io/org/app". Empty
	// is the repository of the package.
	ImagesTo string
	// Referrers copies signatures, bills of materials and all else that refers to
	// package or images.
	Referrers bool
	// Relocation says where the images are that are not where the lock says. Nil is
	// what is recorded at the source.
	Relocation *packagetypes.Relocation
	// Verifier judges the package before anything is moved; nil judges nothing.
	Verifier verify.Verifier
	// Limits bounds the package, whose files are read to find its locks.
	Limits packagetypes.Limits
	// Client reads images from the registries that the lock names. Nil is the client
	// of source or destination, or one with its defaults.
	Client *registry.Client
	// DryRun finds out what there is to do and changes nothing.
	DryRun bool
	// Concurrency is the number of requests, and of blobs on their way, at a time.
	// Default 4.
	Concurrency int
	// Progress is told about each blob and manifest that is done. Calls come one at
	// a time.
	Progress func(ocistore.Progress)
}

// ErrImagesTo means an [Options.ImagesTo] that cannot be used.
var ErrImagesTo = errors.New("the images cannot go there")

// KeptError is the error of a copy to a tar that broke off after something was moved.
type KeptError struct {
	// Folder keeps what was moved.
	Folder string
	// Err is why the copy broke off.
	Err error
}

// Error says what happened, and where to go on.
func (e *KeptError) Error() string {
	return fmt.Sprintf("%v; what was moved is kept in %s, and the same copy goes on with it", e.Err, e.Folder)
}

// Unwrap returns why the copy broke off.
func (e *KeptError) Unwrap() error { return e.Err }

// Result is what a copy did, or would do.
type Result struct {
	// Digest is that of the package's image or index, which stays the same.
	Digest string
	// Reference is where the package is now: a full reference, or path and name.
	Reference string
	// Path is that of the layout or tar that the package is in now, and Name the one
	// that it has there. Both are "" in a registry; Name, also where there is none.
	Path, Name string
	// Images that were copied, sorted.
	Images []Image
	// Moved is what went to the destination, and Skipped what it had already. Of a
	// dry run, Moved is what would go.
	Moved, Skipped ocistore.Totals
	// Relocation says where the images are now, in full, to be given to whoever
	// loads the package from another place; nil where they are where the lock says.
	Relocation *packagetypes.Relocation
}

// Image is an image that was copied with a package.
type Image struct {
	// Image and Digest are those of the lock.
	Image, Digest string
	// From and To are repositories, or the paths of files.
	From, To string
}

// Copy copies a package. A tag is resolved once. Everything that is copied is looked
// at before anything is moved: an image of the lock that is missing ends the copy
// with nothing changed. Blobs go first, then manifests, then the record of where the
// images are, and the name of the package last; whatever the destination has is not
// moved again, so that a copy that broke off goes on when it is made again.
//
// Bytes are streamed. In a layout and in a tar, the package is marked as the image
// to load. What somebody else put under a tag of cosign's at the destination is
// replaced by what the source has there.
//
// Trouble with a place is an [*ocistore.Error], which says whether it is the source
// or the destination; what is wrong with the package is a diagnostic.Diagnostics. To a
// tar, either may be inside a [*KeptError].
func Copy(ctx context.Context, from, to Place, options Options) (*Result, error) {
	src, err := from.open(ctx)
	if err != nil {
		return nil, err
	}
	defer src.close()
	if options.Client == nil {
		if options.Client = clientOf(from, to); options.Client == nil {
			options.Client = registry.NewClient(registry.Options{})
			defer options.Client.CloseIdleConnections()
		}
	}
	dst, err := to.prepare(src, options.ImagesTo)
	if err != nil {
		return nil, err
	}
	job := &job{src: src, dst: dst, options: options}
	if err := job.collect(ctx); err != nil {
		return nil, err
	}
	plan, err := ocistore.NewPlan(ctx, job.items, ocistore.Options{
		Referrers: options.Referrers, LeaveOut: isRelocation, Concurrency: options.Concurrency, Progress: options.Progress,
	})
	if err != nil {
		return nil, err
	}
	if options.DryRun {
		if err := plan.LookAtBlobs(ctx); err != nil {
			return nil, err
		}
		job.result.Moved, job.result.Skipped = plan.Totals()
		return &job.result, nil
	}
	if err := job.run(ctx, plan); err != nil {
		return nil, err
	}
	return &job.result, nil
}

// clientOf returns the client of the first place that has one, or nil.
func clientOf(places ...Place) *registry.Client {
	for _, place := range places {
		if place.client != nil {
			return place.client
		}
	}
	return nil
}

// isRelocation leaves out records of places that are not those of the copy; it gets
// a record of its own.
func isRelocation(referrer v1.Descriptor) bool {
	return referrer.ArtifactType == packageloader.RelocationType ||
		referrer.Annotations[registry.ArtifactTypeAnnotation] == packageloader.RelocationType
}

// job is one copy.
type job struct {
	src     *source
	dst     *destination
	options Options
	items   []ocistore.Item
	// record for the destination, or nil.
	record *packagetypes.Relocation
	result Result
}

// collect finds what is to be copied. The package is judged first.
func (j *job) collect(ctx context.Context) error {
	root := j.src.root.Descriptor.Digest
	j.result = Result{Digest: root.String(), Reference: j.dst.reference(root)}
	if j.dst.repository == nil {
		j.result.Path, j.result.Name = j.dst.place.path, j.dst.name
	}
	// The package gets its name at the very end.
	j.items = []ocistore.Item{{From: j.src.reader, Root: j.src.root, To: j.dst.writer}}
	if !j.options.Images {
		if err := j.judge(ctx); err != nil {
			return j.src.trouble(err)
		}
		var err error
		if j.record, err = j.src.inherited(ctx, j.options.Relocation); err != nil {
			return err
		}
		j.result.Relocation = j.record
		return nil
	}
	images, err := j.src.lockedImages(ctx, j.options)
	if err != nil {
		return j.src.trouble(err)
	}
	found, err := j.src.find(ctx, images, j.options.Client, j.options.Concurrency)
	if err != nil || len(found) == 0 {
		return err
	}
	newRecord := func() *packagetypes.Relocation {
		return &packagetypes.Relocation{SchemaVersion: 1, Package: j.src.image.Digest.String()}
	}
	j.record = newRecord()
	absolute := newRecord()
	for _, image := range found {
		target, err := j.dst.target(image.lockedImage)
		if err != nil {
			return err
		}
		j.items = append(j.items, ocistore.Item{From: image.reader, Root: image.root, To: target.writer, Names: []string{target.name}})
		relocated := packagetypes.RelocatedImage{Image: image.Image, Digest: image.Digest, To: target.to}
		if repository, ok := image.reader.(*ocistore.Repository); ok {
			relocated.From = repository.String()
		}
		j.record.Images = append(j.record.Images, relocated)
		if target.repository != "" {
			relocated.To = target.repository
			absolute.Images = append(absolute.Images, relocated)
			j.result.Relocation = absolute
		}
		j.result.Images = append(j.result.Images, Image{
			Image: image.Image, Digest: image.Digest, From: image.reader.String(), To: target.writer.String(),
		})
	}
	return nil
}

// judge has the package verified without reading more than its manifest.
func (j *job) judge(ctx context.Context) error {
	if j.options.Verifier == nil {
		return nil
	}
	_, closer, err := packageloader.OpenImage(ctx, packageloader.Verified(j.src.pkg, j.options.Verifier), j.options.Limits)
	if err != nil {
		return err
	}
	return closer.Close()
}

func (j *job) run(ctx context.Context, plan *ocistore.Plan) (err error) {
	destination := func(err error) error {
		return &ocistore.Error{Side: ocistore.Destination, Place: j.dst.place.String(), Err: err}
	}
	if err := j.dst.begin(); err != nil {
		return destination(err)
	}
	defer func() {
		if kept := j.dst.abandon(); kept != "" && err != nil {
			err = &KeptError{Folder: kept, Err: err}
		}
	}()
	if j.result.Moved, j.result.Skipped, err = plan.Run(ctx); err != nil {
		return err
	}
	if err := j.attachRecord(ctx); err != nil {
		return err
	}
	if err := ocistore.Name(ctx, j.dst.writer, j.src.root, j.dst.name); err != nil {
		return err
	}
	if err := j.dst.end(ctx); err != nil {
		return destination(err)
	}
	return nil
}

func (j *job) attachRecord(ctx context.Context) error {
	if j.record == nil {
		return nil
	}
	content, err := json.Marshal(j.record)
	if err != nil {
		return fmt.Errorf("encode the relocation record: %w", err)
	}
	return ocistore.Attach(ctx, j.dst.writer, j.src.image, registry.Artifact{
		ArtifactType: packageloader.RelocationType,
		Blobs:        []registry.ArtifactBlob{{MediaType: types.MediaType(packageloader.RelocationType), Content: content}},
	}, ocistore.TagOf(j.src.image.Digest, packageloader.RelocationSuffix))
}
