package chart

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/yamldoc"
)

// Chart is what a chart says of itself.
type Chart struct {
	Name, Version, AppVersion, Description, KubeVersion, Home string
	Sources                                                   []string
	// Values are the defaults of the chart; those of the charts inside of it are
	// below their names.
	Values map[string]any
	// Comments are what stands above values in values.yaml, by dotted path.
	Comments map[string]string
	// Schema is values.schema.json, or nil.
	Schema map[string]any
	// Lookups are the templates that ask the cluster.
	Lookups []string
}

// Limits of what is read of a chart.
const (
	maxChartFile  = 16 << 20
	maxChartBytes = 256 << 20
	maxChartFiles = 20_000
	maxChartDepth = 8
)

// ReadFolder reads the files of a chart from its folder.
func ReadFolder(folder fs.FS) (map[string][]byte, error) {
	files := map[string][]byte{}
	total := int64(0)
	err := fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && name != "." && strings.HasPrefix(entry.Name(), ".") {
			return fs.SkipDir
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if total += info.Size(); info.Size() > maxChartFile || total > maxChartBytes || len(files) == maxChartFiles {
			return fmt.Errorf("the chart is larger than %d files, %d bytes, or %d bytes a file", maxChartFiles, maxChartBytes, maxChartFile)
		}
		content, err := fs.ReadFile(folder, name)
		files[name] = content
		return err
	})
	return files, err
}

// ReadChart reads what the files of a chart say. The error is diagnostic.Diagnostics
// where they are at fault.
func ReadChart(files map[string][]byte) (*Chart, error) {
	return readChart(files, &archiveBudget{}, 0)
}

func readChart(files map[string][]byte, budget *archiveBudget, depth int) (*Chart, error) {
	if files["Chart.yaml"] == nil {
		return nil, diagnostic.Diagnostics{{
			Code: diagnostic.ImportUnsupported, Position: diagnostic.Position{File: "Chart.yaml"}, Message: "there is no Chart.yaml",
			Hint: "a chart is a folder with a Chart.yaml, or one that `helm package` packed",
		}}
	}
	description, err := readMapping("Chart.yaml", files["Chart.yaml"])
	if err != nil {
		return nil, err
	}
	text := func(key string) string { value, _ := printed(description[key]); return value }
	chart := &Chart{
		Name: text("name"), Version: text("version"), AppVersion: text("appVersion"), Description: text("description"),
		KubeVersion: text("kubeVersion"), Home: text("home"), Values: map[string]any{}, Comments: comments(files["values.yaml"]),
	}
	sources, _ := description["sources"].([]any)
	for _, source := range sources {
		if source, ok := source.(string); ok {
			chart.Sources = append(chart.Sources, source)
		}
	}
	own, err := readMapping("values.yaml", files["values.yaml"])
	if err != nil {
		return nil, err
	}
	if data := files["values.schema.json"]; data != nil {
		if chart.Schema, err = readMapping("values.schema.json", data); err != nil {
			return nil, err
		}
	}
	for name, content := range files {
		if strings.HasPrefix(name, "templates/") && asksCluster(content) {
			chart.Lookups = append(chart.Lookups, name)
		}
	}
	slices.Sort(chart.Lookups)
	if depth < maxChartDepth {
		if err := chart.readDependencies(description, files, budget, depth); err != nil {
			return nil, err
		}
	}
	chart.Values = overlaid(chart.Values, own)
	return chart, nil
}

// readDependencies takes over the values of the charts in charts/, below the names by
// which this chart knows them.
func (c *Chart) readDependencies(description map[string]any, files map[string][]byte, budget *archiveBudget, depth int) error {
	inside := map[string]map[string][]byte{}
	for name, content := range files {
		rest, ok := strings.CutPrefix(name, "charts/")
		if !ok {
			continue
		}
		folder, file, isFolder := strings.Cut(rest, "/")
		switch {
		case isFolder:
			if inside[folder] == nil {
				inside[folder] = map[string][]byte{}
			}
			inside[folder][file] = content
		case strings.HasSuffix(rest, ".tgz"):
			unpacked, err := budget.read(bytes.NewReader(content))
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			inside[rest] = unpacked
		}
	}
	for folder, files := range inside {
		if files["Chart.yaml"] == nil {
			continue
		}
		dependency, err := readChart(files, budget, depth+1)
		if err != nil {
			return fmt.Errorf("charts/%s: %w", folder, err)
		}
		for _, lookup := range dependency.Lookups {
			c.Lookups = append(c.Lookups, "charts/"+dependency.Name+"/"+lookup)
		}
		for _, name := range namesOf(description, dependency.Name) {
			c.Values[name] = dependency.Values
		}
	}
	slices.Sort(c.Lookups)
	return nil
}

// namesOf are the names by which a chart knows one that it depends on.
func namesOf(description map[string]any, name string) []string {
	var names []string
	dependencies, _ := description["dependencies"].([]any)
	for _, dependency := range dependencies {
		fields, _ := dependency.(map[string]any)
		if fields["name"] != name {
			continue
		}
		if alias, ok := fields["alias"].(string); ok && alias != "" {
			names = append(names, alias)
		} else {
			names = append(names, name)
		}
	}
	if names == nil {
		return []string{name}
	}
	return names
}

func readMapping(file string, data []byte) (map[string]any, error) {
	for _, document := range yamldoc.Split(data) {
		if document.Empty() {
			continue
		}
		mapping, err := yamldoc.DecodeMap(document, yamldoc.Options{MaxAliasNodes: 100_000, MaxDepth: 200, LastKeyWins: true})
		if err == nil {
			return mapping, nil
		}
		finding := diagnostic.Diagnostic{Code: diagnostic.YAMLInvalid, Position: diagnostic.Position{File: file}, Message: err.Error()}
		var located *yamldoc.Error
		if errors.As(err, &located) {
			finding.Position.Line, finding.Position.Column, finding.Message = located.Line, located.Column, located.Message
		}
		return nil, diagnostic.Diagnostics{finding}
	}
	return map[string]any{}, nil
}
