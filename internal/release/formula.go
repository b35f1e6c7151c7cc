package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

const formulaText = `# Made with the release; changes belong into the program that makes it.
class Packstage < Formula
  desc "Kubernetes packages that are OCI images: check, build, move, render"
  homepage "https://github.com/packstage/packstage"
  version "{{ .Version }}"
  license "Apache-2.0"
{{ range .Systems }}
  on_{{ .Name }} do
{{- range .Archives }}
    on_{{ .Processor }} do
      url "{{ .Address }}"
      sha256 "{{ .Checksum }}"
    end
{{- end }}
  end
{{ end }}
  def install
    bin.install "packstage"
    generate_completions_from_executable(bin/"packstage", "completion")
  end

  test do
    assert_match "v{{ .Version }}", shell_output("#{bin}/packstage version")
  end
end
`

type formulaSystem struct {
	Name     string
	Archives []formulaArchive
}

type formulaArchive struct{ Processor, Address, Checksum string }

// formula writes the Homebrew formula for the platforms that Homebrew has.
func (r *release) formula(folder string) error {
	data := struct {
		Version string
		Systems []formulaSystem
	}{Version: strings.TrimPrefix(r.version, "v")}
	for _, system := range []struct{ os, name string }{{"darwin", "macos"}, {"linux", "linux"}} {
		entry := formulaSystem{Name: system.name}
		for _, platform := range r.platforms {
			processor := map[string]string{"amd64": "intel", "arm64": "arm"}[platform.architecture]
			if platform.os != system.os || processor == "" {
				continue
			}
			name := r.archiveName(platform)
			sum, err := checksum(filepath.Join(folder, name))
			if err != nil {
				return err
			}
			entry.Archives = append(entry.Archives, formulaArchive{processor, fmt.Sprintf("%s/%s/%s", r.downloads, r.version, name), sum})
		}
		if len(entry.Archives) > 0 {
			data.Systems = append(data.Systems, entry)
		}
	}
	formula, err := template.New("formula").Parse(formulaText)
	if err != nil {
		return err
	}
	var text strings.Builder
	if err := formula.Execute(&text, data); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "packstage.rb"), []byte(text.String()), 0o644)
}
