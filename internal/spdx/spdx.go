// Package spdx has the parts of an SPDX 2.3 document in JSON
// (https://spdx.github.io/spdx-spec/v2.3, clauses 6 to 11) that bills of materials here
// are made of.
package spdx

// Document is a bill of materials.
type Document struct {
	SPDXVersion       string         `json:"spdxVersion"`
	DataLicense       string         `json:"dataLicense"`
	SPDXID            string         `json:"SPDXID"`
	Name              string         `json:"name"`
	DocumentNamespace string         `json:"documentNamespace"`
	CreationInfo      CreationInfo   `json:"creationInfo"`
	Packages          []Package      `json:"packages"`
	Files             []File         `json:"files,omitempty"`
	Relationships     []Relationship `json:"relationships"`
}

// CreationInfo says when a document was made, and by what.
type CreationInfo struct {
	Created  string   `json:"created"`
	Creators []string `json:"creators"`
}

// Package is something that has a version: a package, an image, a module.
type Package struct {
	SPDXID                string              `json:"SPDXID"`
	Name                  string              `json:"name"`
	VersionInfo           string              `json:"versionInfo,omitempty"`
	DownloadLocation      string              `json:"downloadLocation"`
	FilesAnalyzed         bool                `json:"filesAnalyzed"`
	VerificationCode      *Verification       `json:"packageVerificationCode,omitempty"`
	PrimaryPackagePurpose string              `json:"primaryPackagePurpose"`
	LicenseConcluded      string              `json:"licenseConcluded"`
	LicenseDeclared       string              `json:"licenseDeclared"`
	CopyrightText         string              `json:"copyrightText"`
	Checksums             []Checksum          `json:"checksums,omitempty"`
	ExternalRefs          []ExternalReference `json:"externalRefs,omitempty"`
}

// Verification is a checksum over the checksums of the files in a package.
type Verification struct {
	Value string `json:"packageVerificationCodeValue"`
}

// File is a file of a package.
type File struct {
	SPDXID             string     `json:"SPDXID"`
	FileName           string     `json:"fileName"`
	Checksums          []Checksum `json:"checksums"`
	LicenseConcluded   string     `json:"licenseConcluded"`
	LicenseInfoInFiles []string   `json:"licenseInfoInFiles"`
	CopyrightText      string     `json:"copyrightText"`
}

// Checksum is one in hexadecimal digits; the algorithm is "SHA1" or "SHA256".
type Checksum struct {
	Algorithm     string `json:"algorithm"`
	ChecksumValue string `json:"checksumValue"`
}

// ExternalReference names a package elsewhere.
type ExternalReference struct {
	Category string `json:"referenceCategory"`
	Type     string `json:"referenceType"`
	Locator  string `json:"referenceLocator"`
}

// PackageURL is the reference to a package by its package URL.
func PackageURL(locator string) ExternalReference {
	return ExternalReference{"PACKAGE-MANAGER", "purl", locator}
}

// SHA256 is a checksum by that algorithm.
func SHA256(sum string) Checksum { return Checksum{"SHA256", sum} }

// Relate records how an element of the document stands to another.
func (d *Document) Relate(element, relationship, related string) {
	d.Relationships = append(d.Relationships, Relationship{element, relationship, related})
}

// Relationship is one between two elements of a document, by their IDs.
type Relationship struct {
	Element string `json:"spdxElementId"`
	Type    string `json:"relationshipType"`
	Related string `json:"relatedSpdxElement"`
}

// Values that the standard gives.
const (
	NoAssertion = "NOASSERTION"
	DocumentID  = "SPDXRef-DOCUMENT"
	// TimeForm is the layout of times.
	TimeForm = "2006-01-02T15:04:05Z"
)

// NewDocument returns a document that describes one package, without it. The identity
// ends its namespace, which no other document has.
func NewDocument(name, identity, created, tool, described string) *Document {
	return &Document{
		SPDXVersion: "SPDX-2.3", DataLicense: "CC0-1.0", SPDXID: DocumentID, Name: name,
		DocumentNamespace: "https://spdx.org/spdxdocs/" + name + "-" + identity,
		CreationInfo:      CreationInfo{created, []string{"Tool: " + tool}},
		Relationships:     []Relationship{{DocumentID, "DESCRIBES", described}},
	}
}

// NewPackage returns a package of which no licence is known. The purpose is one of the
// standard's: "SOURCE", "CONTAINER", "APPLICATION", "LIBRARY".
func NewPackage(id, name, version, purpose string) Package {
	return Package{
		SPDXID: id, Name: name, VersionInfo: version, PrimaryPackagePurpose: purpose,
		DownloadLocation: NoAssertion, LicenseConcluded: NoAssertion, LicenseDeclared: NoAssertion, CopyrightText: NoAssertion,
	}
}
