package manifests

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/yamldoc"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

// Options say how manifests are read. The zero value is the default.
type Options struct {
	// Limits bound the YAML; zero fields are defaults.
	Limits packagetypes.Limits
}

// Convert reads the objects of files and frees them of what servers and controllers
// made. Lists are opened. It keeps the text of documents of which nothing was taken.
//
// The error is a diagnostic.Diagnostics with everything that does not read as YAML and,
// in files that were named, what is no object.
func Convert(files []File, options Options) (*scaffold.Input, error) {
	c := &converter{limits: options.Limits.WithDefaults(), input: &scaffold.Input{}}
	for _, file := range files {
		c.file(file)
	}
	if len(c.found) > 0 {
		return nil, c.found.Sorted()
	}
	c.clean()
	return c.input, nil
}

type converter struct {
	limits packagetypes.Limits
	input  *scaffold.Input
	found  diagnostic.Diagnostics
	live   []liveObject
}

// liveObject is an object on its way through the cleaning.
type liveObject struct {
	scaffold.InputObject
	removed []string
}

func (c *converter) file(file File) {
	for _, document := range yamldoc.Split(file.Data) {
		if document.Empty() {
			continue
		}
		origin := fmt.Sprintf("%s:%d", file.Name, document.Line)
		content, err := yamldoc.DecodeMap(document, yamldoc.Options{
			MaxAliasNodes: c.limits.YAMLAliasNodes, MaxDepth: c.limits.YAMLDepth,
		})
		if err != nil {
			finding := manifest.YAMLDiagnostic(file.Name, document.Number, err)
			if finding.Code == diagnostic.YAMLInvalid && looksLikeChart(document.Data) {
				finding.Hint = "this looks like a template of a Helm chart: packstage import helm takes the folder with Chart.yaml"
			}
			c.found = append(c.found, finding)
			return
		}
		if other := notForClusters(content); other != "" {
			if !c.leaveOut(file, origin, other) {
				return
			}
			continue
		}
		c.object(content, origin, document.Data)
	}
}

// looksLikeChart recognises what people try first.
func looksLikeChart(text []byte) bool {
	return strings.Contains(string(text), "{{")
}

// leaveOut leaves a document out that is no object. In a file that was named it is a
// finding, and the file is not read on.
func (c *converter) leaveOut(file File, origin, why string) bool {
	if file.Found {
		c.input.Decisions = append(c.input.Decisions, scaffold.Decision{
			Topic: scaffold.TopicLeftOut, Origin: origin, Message: scaffold.LeftOut, Reason: why,
		})
		return true
	}
	line := 0
	if at := strings.LastIndexByte(origin, ':'); at >= 0 {
		_, _ = fmt.Sscanf(origin[at+1:], "%d", &line)
	}
	c.found = append(c.found, diagnostic.Diagnostic{
		Code: diagnostic.ObjectInvalid, Position: diagnostic.Position{File: file.Name, Line: line}, Message: why,
	})
	return false
}

// notForClusters returns why a document is nothing that a cluster takes, or "".
func notForClusters(content map[string]any) string {
	version, _ := content["apiVersion"].(string)
	kind, _ := content["kind"].(string)
	group, _, _ := strings.Cut(version, "/")
	switch {
	case version == "" || kind == "":
		return "it is no Kubernetes object: it has no apiVersion and kind"
	case group == "kustomize.config.k8s.io":
		return "it is a kustomization: packstage import kustomize takes its folder"
	case version == "v1" && kind == "Config":
		return "it is a file of credentials for kubectl, which belongs into no package"
	case version == manifest.APIVersion:
		return "it is the manifest or lock of a package"
	}
	return ""
}

// object takes an object, or all that are in a list.
func (c *converter) object(content map[string]any, origin string, source []byte) {
	items, isList := content["items"].([]any)
	kind, _ := content["kind"].(string)
	if kind == "List" && !isList {
		if content["items"] != nil {
			c.input.Decisions = append(c.input.Decisions, scaffold.Decision{
				Topic: scaffold.TopicLeftOut, Origin: origin, Message: scaffold.LeftOut, Reason: "the items of this List are no list",
			})
		}
		return
	}
	if !isList || !strings.HasSuffix(kind, "List") {
		c.live = append(c.live, liveObject{InputObject: scaffold.InputObject{Content: content, Origin: origin, Source: source}})
		return
	}
	for i, item := range items {
		place := fmt.Sprintf("%s, item %d", origin, i+1)
		fields, ok := item.(map[string]any)
		if !ok {
			c.input.Decisions = append(c.input.Decisions, scaffold.Decision{
				Topic: scaffold.TopicLeftOut, Origin: place, Message: scaffold.LeftOut, Reason: "it is no object",
			})
			continue
		}
		if _, ok := fields["kind"]; !ok && kind != "List" {
			// What the API server lists says once what all items are.
			fields["kind"], fields["apiVersion"] = strings.TrimSuffix(kind, "List"), content["apiVersion"]
		}
		c.object(fields, place, nil)
	}
}

// Name proposes the name of a package for what was read from a path: that of the folder,
// or that of the file without its ending. Folders are often called after what they hold,
// such as "deploy" or "manifests": then it is that of the folder above, or none.
func Name(file string) string {
	elements := strings.Split(path.Clean(strings.ReplaceAll(file, `\`, "/")), "/")
	for _, element := range slices.Backward(elements) {
		if isManifest(element) {
			element = strings.TrimSuffix(element, path.Ext(element))
		}
		if !isGenericName(strings.ToLower(element)) {
			return element
		}
	}
	return ""
}

// isGenericName tells names of folders and files that say nothing about what is in them.
func isGenericName(name string) bool {
	switch name {
	case "", ".", "..", "-", "/", "all", "app", "base", "cluster", "config", "configs", "default", "deploy", "deployment", "deployments",
		"dist", "install", "k8s", "kube", "kubernetes", "manifest", "manifests", "objects", "output", "overlays", "release",
		"resources", "stdin", "templates", "tmp", "yaml", "yamls", "yml":
		return true
	}
	return false
}

func readLimited(r io.Reader, limit int64) ([]byte, error) {
	return io.ReadAll(io.LimitReader(r, limit+1))
}
