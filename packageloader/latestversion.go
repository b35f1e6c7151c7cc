package packageloader

import (
	"context"
	"errors"
	"fmt"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/registry"
)

// LatestVersion returns the newest version in a repository ("host/repository")
// that fits the options, with the digest that its tag points at: of an image index
// that of the index, where [Versions] gives that of the image in it. It asks for the
// list of tags and for the digest of one of them; a tag that vanishes meanwhile
// gives way to the next. What only the image tells is not in the result, whether it
// is a package among it: [Load] says that. Where two tags are one version ("1.2.3"
// and "v1.2.3"), the first in lexical order is taken.
//
// The error is a [diagnostic.Diagnostics] with code VersionNotFound where no
// version fits; it matches [ErrInvalidRange] where the range does not parse.
// Trouble with the registry is a [*registry.Error]. Options.All is not for this.
func LatestVersion(ctx context.Context, client *registry.Client, repository string, options VersionsOptions) (Version, error) {
	if options.All {
		return Version{}, fmt.Errorf("%w: tags that are no versions have no newest one", ErrInvalidRange)
	}
	tags, err := versionTags(ctx, client, repository, options)
	if err != nil {
		return Version{}, err
	}
	for _, tag := range tags {
		descriptor, err := client.Resolve(ctx, repository+":"+tag.name)
		if errors.Is(err, registry.ErrNotFound) {
			if options.Vanished != nil {
				options.Vanished(tag.name)
			}
			continue
		}
		if err != nil {
			return Version{}, err
		}
		digest := descriptor.Digest.String()
		return Version{Tag: tag.name, Version: tag.version, Reference: repository + "@" + digest, Digest: digest}, nil
	}
	message, hint := "the repository has no version", "tags that are no MAJOR.MINOR.PATCH do not count, and neither do pre-releases"
	if options.Range != "" {
		message = fmt.Sprintf("the repository has no version in the range %q", options.Range)
		hint = "a pre-release is in a range that names one, such as \">=1.0.0-0\""
	}
	return Version{}, diagnostic.Diagnostics{{
		Code: diagnostic.VersionNotFound, Position: diagnostic.Position{File: repository}, Message: message, Hint: hint,
	}}
}
