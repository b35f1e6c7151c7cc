package main

import (
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/packstage/packstage/internal/spdx"
)

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
	const root = "SPDXRef-Program"
	document := spdx.NewDocument(name, digest, r.time.Format(spdx.TimeForm), "packstage-release", root)
	program := newModule(root, info.Main.Path, r.version, "APPLICATION")
	program.LicenseDeclared = "Apache-2.0"
	program.Checksums = []spdx.Checksum{spdx.SHA256(digest)}
	document.Packages = append(document.Packages, program)
	linked := append([]*debug.Module{{Path: "stdlib", Version: strings.TrimPrefix(info.GoVersion, "go")}}, info.Deps...)
	for i, module := range linked {
		if module.Replace != nil {
			module = module.Replace
		}
		id := fmt.Sprintf("SPDXRef-Module-%d", i+1)
		document.Packages = append(document.Packages, newModule(id, module.Path, module.Version, "LIBRARY"))
		document.Relate(root, "DEPENDS_ON", id)
	}
	text, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, name+".spdx.json"), append(text, '\n'), 0o644)
}

func newModule(id, path, version, purpose string) spdx.Package {
	module := spdx.NewPackage(id, path, version, purpose)
	module.ExternalRefs = []spdx.ExternalReference{spdx.PackageURL("pkg:golang/" + path + "@" + strings.ReplaceAll(version, "+", "%2B"))}
	return module
}
