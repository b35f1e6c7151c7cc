package packagebuilder

import (
	"context"
	"crypto/sha1" //nolint:gosec // SPDX names a package's files by it, see verificationCode
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/packstage/packstage/internal/spdx"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// The bill of materials of a package, as a referrer of its image.
const (
	// SBOMType is the artifact type and the media type: SPDX as JSON.
	SBOMType = "application/spdx+json"
)

// SBOMOptions says what an SBOM tells beside what is in the package.
type SBOMOptions struct {
	// Reference is where the image can be had, or empty.
	Reference string
	// Version of the package; empty is the image's annotation
	// org.opencontainers.image.version, where the source knows it.
	Version string
	// Created is when the document was made; zero is 1970, so that the same
	// package has the same document.
	Created time.Time
	// Tool is the name and version of the program, such as "packstage-1.0.0".
	Tool string
	// Limits bound the package; zero fields are defaults.
	Limits packagetypes.Limits
}

// SBOM makes the bill of materials of the package that a source reads: its files
// with their checksums, and the images that it and its components lock, as an
// SPDX 2.3 document in JSON. The same package and options give the same bytes.
//
// Errors are those of [packageloader.LoadAll]: a package at fault has none.
func SBOM(ctx context.Context, source packageloader.Source, options SBOMOptions) ([]byte, error) {
	content, err := source.Open(ctx, options.Limits.WithDefaults())
	if err != nil {
		return nil, err
	}
	packages, err := packageloader.LoadAll(ctx, openedSource{content}, packageloader.LoadOptions{
		Limits: options.Limits, NoRelocation: true, // images are listed as the lock names them
	})
	if err != nil {
		return nil, err
	}
	return json.MarshalIndent(newSPDXDocument(content, packages, options), "", "  ")
}

// rootID is the ID of the package in its document.
const rootID = "SPDXRef-Package"

func newSPDXDocument(content *packageloader.Content, packages []*packagetypes.Package, options SBOMOptions) *spdx.Document {
	root := packages[0]
	identity := content.ImageDigest
	if identity == "" {
		identity = content.Files.Digest()
	}
	tool := options.Tool
	if tool == "" {
		tool = "packstage"
	}
	document := spdx.NewDocument(root.Name, strings.ReplaceAll(identity, ":", "-"), unixOr(options.Created).Format(spdx.TimeForm), tool, rootID)
	main := spdx.NewPackage(rootID, root.Name, options.Version, "SOURCE")
	main.FilesAnalyzed = true
	if content.ImageDigest != "" {
		main.PrimaryPackagePurpose = "CONTAINER"
		addImage(&main, options.Reference, content.ImageDigest)
	}
	addFiles(document, content.Files, &main)
	document.Packages = append(document.Packages, main)
	addImages(document, packages)
	return document
}

// addImage says which image it is. A reference that does not parse says nothing.
func addImage(p *spdx.Package, reference, digest string) {
	_, sum, _ := strings.Cut(digest, ":")
	p.Checksums = []spdx.Checksum{spdx.SHA256(sum)}
	parsed, err := name.ParseReference(reference)
	if reference == "" || err != nil {
		return
	}
	repository := parsed.Context()
	base := repository.RepositoryStr()
	base = base[strings.LastIndexByte(base, '/')+1:]
	// Package URL, type "oci".
	locator := fmt.Sprintf("pkg:oci/%s@%s?repository_url=%s", base, strings.Replace(digest, ":", "%3A", 1), repository.Name())
	p.ExternalRefs = []spdx.ExternalReference{spdx.PackageURL(locator)}
}

func addFiles(d *spdx.Document, files *packagetypes.Files, main *spdx.Package) {
	var sums []string
	for i, path := range files.Paths() {
		content, _ := files.Read(path)
		short, long := sha1.Sum(content), sha256.Sum256(content) //nolint:gosec // as above
		sums = append(sums, hex.EncodeToString(short[:]))
		id := "SPDXRef-File-" + strconv.Itoa(i+1)
		d.Files = append(d.Files, spdx.File{
			SPDXID: id, FileName: "./" + packageloader.ImageFolder + "/" + path,
			Checksums:        []spdx.Checksum{{Algorithm: "SHA1", ChecksumValue: sums[i]}, spdx.SHA256(hex.EncodeToString(long[:]))},
			LicenseConcluded: spdx.NoAssertion, LicenseInfoInFiles: []string{spdx.NoAssertion}, CopyrightText: spdx.NoAssertion,
		})
		d.Relate(rootID, "CONTAINS", id)
	}
	main.VerificationCode = &spdx.Verification{Value: verificationCode(sums)}
}

// verificationCode is that of SPDX 2.3, clause 7.9: the SHA-1 of the sorted SHA-1
// sums of the files.
func verificationCode(sums []string) string {
	sorted := slices.Sorted(slices.Values(sums))
	sum := sha1.Sum([]byte(strings.Join(sorted, ""))) //nolint:gosec // as above
	return hex.EncodeToString(sum[:])
}

// addImages lists each image that is locked once, whoever locks it.
func addImages(d *spdx.Document, packages []*packagetypes.Package) {
	type image struct{ reference, digest string }
	var images []image
	for _, pkg := range packages {
		if pkg.Lock == nil {
			continue
		}
		for _, locked := range pkg.Lock.Spec.Images {
			images = append(images, image{locked.Image, locked.Digest})
		}
	}
	slices.SortFunc(images, func(a, b image) int {
		return strings.Compare(a.reference+" "+a.digest, b.reference+" "+b.digest)
	})
	for i, locked := range slices.Compact(images) {
		id := "SPDXRef-Image-" + strconv.Itoa(i+1)
		repository, version := locked.reference, ""
		if parsed, err := name.ParseReference(locked.reference); err == nil {
			repository = parsed.Context().Name()
			if tag, ok := parsed.(name.Tag); ok {
				version = tag.TagStr()
			}
		}
		described := spdx.NewPackage(id, repository, version, "CONTAINER")
		addImage(&described, locked.reference, locked.digest)
		d.Packages = append(d.Packages, described)
		d.Relate(rootID, "DEPENDS_ON", id)
	}
}

func unixOr(created time.Time) time.Time {
	if created.IsZero() {
		return time.Unix(0, 0).UTC()
	}
	return created.UTC()
}
