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

// spdxDocument is what is used of SPDX 2.3 (https://spdx.github.io/spdx-spec/v2.3,
// clauses 6 to 11).
type spdxDocument struct {
	SPDXVersion       string             `json:"spdxVersion"`
	DataLicense       string             `json:"dataLicense"`
	SPDXID            string             `json:"SPDXID"`
	Name              string             `json:"name"`
	DocumentNamespace string             `json:"documentNamespace"`
	CreationInfo      spdxCreationInfo   `json:"creationInfo"`
	Packages          []spdxPackage      `json:"packages"`
	Files             []spdxFile         `json:"files"`
	Relationships     []spdxRelationship `json:"relationships"`
}

type spdxCreationInfo struct {
	Created  string   `json:"created"`
	Creators []string `json:"creators"`
}

type spdxPackage struct {
	SPDXID                string            `json:"SPDXID"`
	Name                  string            `json:"name"`
	VersionInfo           string            `json:"versionInfo,omitempty"`
	DownloadLocation      string            `json:"downloadLocation"`
	FilesAnalyzed         bool              `json:"filesAnalyzed"`
	VerificationCode      *spdxVerification `json:"packageVerificationCode,omitempty"`
	PrimaryPackagePurpose string            `json:"primaryPackagePurpose"`
	LicenseConcluded      string            `json:"licenseConcluded"`
	LicenseDeclared       string            `json:"licenseDeclared"`
	CopyrightText         string            `json:"copyrightText"`
	Checksums             []spdxChecksum    `json:"checksums,omitempty"`
	ExternalRefs          []spdxExternalRef `json:"externalRefs,omitempty"`
}

type spdxVerification struct {
	Value string `json:"packageVerificationCodeValue"`
}

type spdxFile struct {
	SPDXID             string         `json:"SPDXID"`
	FileName           string         `json:"fileName"`
	Checksums          []spdxChecksum `json:"checksums"`
	LicenseConcluded   string         `json:"licenseConcluded"`
	LicenseInfoInFiles []string       `json:"licenseInfoInFiles"`
	CopyrightText      string         `json:"copyrightText"`
}

type spdxChecksum struct {
	Algorithm     string `json:"algorithm"`
	ChecksumValue string `json:"checksumValue"`
}

type spdxExternalRef struct {
	Category string `json:"referenceCategory"`
	Type     string `json:"referenceType"`
	Locator  string `json:"referenceLocator"`
}

type spdxRelationship struct {
	Element string `json:"spdxElementId"`
	Type    string `json:"relationshipType"`
	Related string `json:"relatedSpdxElement"`
}

const (
	noAssertion  = "NOASSERTION"
	spdxDocID    = "SPDXRef-DOCUMENT"
	spdxRootID   = "SPDXRef-Package"
	spdxPrefix   = "https://spdx.org/spdxdocs/"
	spdxVersion  = "SPDX-2.3"
	spdxTimeForm = "2006-01-02T15:04:05Z"
)

func newSPDXDocument(content *packageloader.Content, packages []*packagetypes.Package, options SBOMOptions) *spdxDocument {
	root := packages[0]
	identity := content.ImageDigest
	if identity == "" {
		identity = content.Files.Digest()
	}
	tool := options.Tool
	if tool == "" {
		tool = "packstage"
	}
	document := &spdxDocument{
		SPDXVersion:       spdxVersion,
		DataLicense:       "CC0-1.0",
		SPDXID:            spdxDocID,
		Name:              root.Name,
		DocumentNamespace: spdxPrefix + root.Name + "-" + strings.ReplaceAll(identity, ":", "-"),
		CreationInfo:      spdxCreationInfo{unixOr(options.Created).Format(spdxTimeForm), []string{"Tool: " + tool}},
		Relationships:     []spdxRelationship{{spdxDocID, "DESCRIBES", spdxRootID}},
	}
	main := newSPDXPackage(spdxRootID, root.Name, options.Version, "SOURCE")
	main.FilesAnalyzed = true
	if content.ImageDigest != "" {
		main.PrimaryPackagePurpose = "CONTAINER"
		main.addImage(options.Reference, content.ImageDigest)
	}
	document.addFiles(content.Files, &main)
	document.Packages = append(document.Packages, main)
	document.addImages(packages)
	return document
}

func newSPDXPackage(id, name, version, purpose string) spdxPackage {
	return spdxPackage{
		SPDXID: id, Name: name, VersionInfo: version, PrimaryPackagePurpose: purpose,
		DownloadLocation: noAssertion, LicenseConcluded: noAssertion, LicenseDeclared: noAssertion, CopyrightText: noAssertion,
	}
}

// addImage says which image it is. A reference that does not parse says nothing.
func (p *spdxPackage) addImage(reference, digest string) {
	_, sum, _ := strings.Cut(digest, ":")
	p.Checksums = []spdxChecksum{{"SHA256", sum}}
	parsed, err := name.ParseReference(reference)
	if reference == "" || err != nil {
		return
	}
	repository := parsed.Context()
	base := repository.RepositoryStr()
	base = base[strings.LastIndexByte(base, '/')+1:]
	// Package URL, type "oci".
	p.ExternalRefs = []spdxExternalRef{{
		"PACKAGE-MANAGER", "purl",
		fmt.Sprintf("pkg:oci/%s@%s?repository_url=%s", base, strings.Replace(digest, ":", "%3A", 1), repository.Name()),
	}}
}

func (d *spdxDocument) addFiles(files *packagetypes.Files, main *spdxPackage) {
	var sums []string
	for i, path := range files.Paths() {
		content, _ := files.Read(path)
		short, long := sha1.Sum(content), sha256.Sum256(content) //nolint:gosec // as above
		sums = append(sums, hex.EncodeToString(short[:]))
		id := "SPDXRef-File-" + strconv.Itoa(i+1)
		d.Files = append(d.Files, spdxFile{
			SPDXID: id, FileName: "./" + packageloader.ImageFolder + "/" + path,
			Checksums:        []spdxChecksum{{"SHA1", sums[i]}, {"SHA256", hex.EncodeToString(long[:])}},
			LicenseConcluded: noAssertion, LicenseInfoInFiles: []string{noAssertion}, CopyrightText: noAssertion,
		})
		d.Relationships = append(d.Relationships, spdxRelationship{spdxRootID, "CONTAINS", id})
	}
	main.VerificationCode = &spdxVerification{verificationCode(sums)}
}

// verificationCode is that of SPDX 2.3, clause 7.9: the SHA-1 of the sorted SHA-1
// sums of the files.
func verificationCode(sums []string) string {
	sorted := slices.Sorted(slices.Values(sums))
	sum := sha1.Sum([]byte(strings.Join(sorted, ""))) //nolint:gosec // as above
	return hex.EncodeToString(sum[:])
}

// addImages lists each image that is locked once, whoever locks it.
func (d *spdxDocument) addImages(packages []*packagetypes.Package) {
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
		described := newSPDXPackage(id, repository, version, "CONTAINER")
		described.addImage(locked.reference, locked.digest)
		d.Packages = append(d.Packages, described)
		d.Relationships = append(d.Relationships, spdxRelationship{spdxRootID, "DEPENDS_ON", id})
	}
}

func unixOr(created time.Time) time.Time {
	if created.IsZero() {
		return time.Unix(0, 0).UTC()
	}
	return created.UTC()
}
