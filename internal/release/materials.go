package main

import (
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
)

// SPDX 2.3 (clauses 6, 7 and 11) as far as a program and the modules that it links
// need it.
type spdxDocument struct {
	SPDXVersion       string             `json:"spdxVersion"`
	DataLicense       string             `json:"dataLicense"`
	ID                string             `json:"SPDXID"`
	Name              string             `json:"name"`
	DocumentNamespace string             `json:"documentNamespace"`
	CreationInfo      spdxCreation       `json:"creationInfo"`
	Packages          []spdxPackage      `json:"packages"`
	Relationships     []spdxRelationship `json:"relationships"`
}

type spdxCreation struct {
	Created  string   `json:"created"`
	Creators []string `json:"creators"`
}

type spdxPackage struct {
	ID               string          `json:"SPDXID"`
	Name             string          `json:"name"`
	Version          string          `json:"versionInfo"`
	DownloadLocation string          `json:"downloadLocation"`
	FilesAnalyzed    bool            `json:"filesAnalyzed"`
	LicenseConcluded string          `json:"licenseConcluded"`
	LicenseDeclared  string          `json:"licenseDeclared"`
	CopyrightText    string          `json:"copyrightText"`
	Checksums        []spdxChecksum  `json:"checksums,omitempty"`
	References       []spdxReference `json:"externalRefs"`
}

type spdxChecksum struct {
	Algorithm string `json:"algorithm"`
	Value     string `json:"checksumValue"`
}

type spdxReference struct {
	Category string `json:"referenceCategory"`
	Type     string `json:"referenceType"`
	Locator  string `json:"referenceLocator"`
}

type spdxRelationship struct {
	Element string `json:"spdxElementId"`
	Type    string `json:"relationshipType"`
	Related string `json:"relatedSpdxElement"`
}

// billOfMaterials lists what is linked, as the program itself says it.
func (r *release) billOfMaterials(folder string, built binary) error {
	info, err := buildinfo.ReadFile(built.path)
	if err != nil {
		return fmt.Errorf("read the build information: %w", err)
	}
	digest, err := checksum(built.path)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("%s_%s_%s", r.name(), built.platform.os, built.platform.architecture)
	document := spdxDocument{
		SPDXVersion: "SPDX-2.3", DataLicense: "CC0-1.0", ID: "SPDXRef-DOCUMENT", Name: name,
		DocumentNamespace: "https://spdx.org/spdxdocs/" + name + "-" + digest,
		CreationInfo:      spdxCreation{r.time.Format("2006-01-02T15:04:05Z"), []string{"Tool: packstage-release"}},
		Relationships:     []spdxRelationship{{"SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-Program"}},
	}
	program := newModule("SPDXRef-Program", info.Main.Path, r.version)
	program.LicenseDeclared = "Apache-2.0"
	program.Checksums = []spdxChecksum{{"SHA256", digest}}
	document.Packages = append(document.Packages, program)
	linked := append([]*debug.Module{{Path: "stdlib", Version: strings.TrimPrefix(info.GoVersion, "go")}}, info.Deps...)
	for i, module := range linked {
		if module.Replace != nil {
			module = module.Replace
		}
		id := fmt.Sprintf("SPDXRef-Module-%d", i+1)
		document.Packages = append(document.Packages, newModule(id, module.Path, module.Version))
		document.Relationships = append(document.Relationships, spdxRelationship{"SPDXRef-Program", "DEPENDS_ON", id})
	}
	text, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, name+".spdx.json"), append(text, '\n'), 0o644)
}

func newModule(id, path, version string) spdxPackage {
	const unknown = "NOASSERTION"
	return spdxPackage{
		ID: id, Name: path, Version: version, DownloadLocation: unknown,
		LicenseConcluded: unknown, LicenseDeclared: unknown, CopyrightText: unknown,
		References: []spdxReference{{"PACKAGE-MANAGER", "purl", "pkg:golang/" + path + "@" + strings.ReplaceAll(version, "+", "%2B")}},
	}
}
