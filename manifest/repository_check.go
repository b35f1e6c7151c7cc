package manifest

import (
	"fmt"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/packstage/packstage/diagnostic"
)

// repositoryCheck judges the values of an index, and what its entries say
// together.
type repositoryCheck struct {
	locator *Locator
	found   diagnostic.Diagnostics
	// versions says which digest a version of a package has: by "name\x00version".
	versions map[string]string
}

func (c *repositoryCheck) at(locator *Locator) *repositoryCheck {
	c.locator = locator
	return c
}

func (c *repositoryCheck) repository(r *Repository) {
	if r.Metadata.Name == "" {
		c.fault(diagnostic.ManifestRequired, "metadata.name", "a repository needs a name", "dependencies mean it as <package>.<name>")
	}
}

func (c *repositoryCheck) entry(data *RepositoryEntryData) {
	for _, required := range []struct{ field, value, hint string }{
		{"data.name", data.Name, "write the name of the package"},
		{"data.image", data.Image, "write host and repository of the image"},
		{"data.digest", data.Digest, "write the digest of the image manifest"},
	} {
		if required.value == "" {
			c.fault(diagnostic.ManifestRequired, required.field, "must not be empty", required.hint)
		}
	}
	if strings.Contains(data.Image, "@") {
		c.fault(diagnostic.ManifestInvalidValue, "data.image", "must not have a digest", "the digest belongs into data.digest")
	}
	digest, err := ParseRepositoryDigest(data.Digest)
	if err != nil && data.Digest != "" {
		c.fault(diagnostic.ManifestInvalidValue, "data.digest", err.Error(), "write the 64 hexadecimal digits of its SHA-256")
	}
	if len(data.Versions) == 0 {
		c.fault(diagnostic.ManifestRequired, "data.versions", "an entry needs a version", "write each as v1.2.3")
	}
	for n, text := range data.Versions {
		field := fmt.Sprintf("data.versions[%d]", n)
		version, err := ParseRepositoryVersion(text)
		if err != nil {
			c.fault(diagnostic.ManifestInvalidValue, field, err.Error(), "write it as v1.2.3")
			continue
		}
		c.unique(data.Name, version, digest, field)
	}
}

// unique takes the same version of the same image twice for one: nothing can be
// chosen wrongly.
func (c *repositoryCheck) unique(name string, version *semver.Version, digest, field string) {
	if c.versions == nil {
		c.versions = map[string]string{}
	}
	key := name + "\x00" + version.String()
	other, known := c.versions[key]
	if known && other != digest {
		c.fault(diagnostic.ManifestDuplicateName, field,
			fmt.Sprintf("version %s of %s is in the index with the digest %s, too", version, name, other), "remove one of the two")
		return
	}
	c.versions[key] = digest
}

func (c *repositoryCheck) fault(code diagnostic.Code, field, message, hint string) {
	c.found = append(c.found, diagnostic.Diagnostic{
		Code: code, Position: c.locator.Position(field), Field: field, Message: message, Hint: hint,
	})
}

// ParseRepositoryDigest returns the digest of an entry with its algorithm, as
// "sha256:<64 hex>", from both ways of writing it.
func ParseRepositoryDigest(text string) (string, error) {
	const digits = 64
	hex := strings.TrimPrefix(text, "sha256:")
	if len(hex) != digits || strings.Trim(hex, "0123456789abcdef") != "" {
		return "", fmt.Errorf("%q is not the digest of an image", text)
	}
	return "sha256:" + hex, nil
}

// ParseRepositoryVersion reads a semantic version (semver.org 2.0.0), with or
// without "v" in front. All three numbers must be there.
func ParseRepositoryVersion(text string) (*semver.Version, error) {
	version, err := semver.StrictNewVersion(strings.TrimPrefix(text, "v"))
	if err != nil {
		return nil, fmt.Errorf("%q is not a semantic version: %w", text, err)
	}
	return version, nil
}
