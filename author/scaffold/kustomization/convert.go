package kustomization

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/author/scaffold/manifests"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

// Options say what is imported. The zero value is the default.
type Options struct {
	// Remote allows resources that are not in the file system.
	Remote bool
	// Limits bound what is read; zero fields are defaults.
	Limits packagetypes.Limits
}

// Convert builds the kustomization in a folder and returns it as the input of a package.
//
// The error is a diagnostic.Diagnostics where the kustomization or an object is at fault,
// a *RefusedError where it does not build, or what the builder or the file system returned.
func Convert(ctx context.Context, builder Builder, folder string, options Options) (*scaffold.Input, error) {
	info, err := os.Stat(folder)
	if err != nil {
		return nil, err
	}
	var root *file
	files := &reader{known: map[string]*file{}, remote: options.Remote}
	if info.IsDir() {
		if root, err = files.read(folder); err != nil {
			return nil, err
		}
	}
	if root == nil {
		return nil, diagnostic.Diagnostics{{
			Code: diagnostic.ImportUnsupported, Position: diagnostic.Position{File: folder},
			Message: "there is no kustomization", Hint: "a kustomization is a folder with one of " + strings.Join(fileNames(), ", "),
		}}
	}
	if len(files.found) > 0 {
		return nil, files.found.Sorted()
	}
	built, err := builder.Build(ctx, folder)
	if err != nil {
		return nil, err
	}
	input, err := manifests.Convert([]manifests.File{{Name: "the kustomization", Data: built}}, manifests.Options{Limits: options.Limits})
	if err != nil {
		return nil, err
	}
	for i := range input.Objects {
		input.Objects[i].Origin = ""
	}
	c := &converter{root: root, input: input}
	c.input.Name = nameOf(folder, root)
	c.input.Namespace = root.text("namespace")
	c.images()
	c.decide()
	return c.input, nil
}

type converter struct {
	root  *file
	input *scaffold.Input
}

// generic are names of folders that say nothing about what is in them.
func generic() []string {
	return []string{"config", "default", "base", "bases", "overlays", "overlay", "deploy", "deployment", "kustomize", "manifests", "production", "prod", "staging", "dev", "k8s", "kubernetes"}
}

// nameOf proposes the name of the package: what all names begin with, else that of the
// first folder that says something.
func nameOf(folder string, root *file) string {
	if prefix := strings.Trim(root.text("namePrefix"), "-."); prefix != "" {
		return prefix
	}
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return ""
	}
	for at := absolute; at != filepath.Dir(at); at = filepath.Dir(at) {
		if name := filepath.Base(at); !slices.Contains(generic(), strings.ToLower(name)) {
			return name
		}
	}
	return filepath.Base(absolute)
}

// images are those that the kustomization sets, by the names that it has for them.
func (c *converter) images() {
	c.root.each(func(f *file) {
		list, _ := f.fields["images"].([]any)
		for _, item := range list {
			fields, _ := item.(map[string]any)
			text := func(key string) string { value, _ := fields[key].(string); return value }
			reference := text("newName")
			if reference == "" {
				reference = text("name")
			}
			if digest := text("digest"); digest != "" {
				reference += "@" + digest
			} else if tag := text("newTag"); tag != "" {
				reference += ":" + tag
			}
			name := text("name")
			name = name[strings.LastIndexByte(name, '/')+1:]
			taken := slices.ContainsFunc(c.input.Images, func(image manifest.Image) bool { return image.Image == reference || image.Name == name })
			if !taken && regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*$`).MatchString(name) {
				c.input.Images = append(c.input.Images, manifest.Image{Name: name, Image: reference})
			}
		}
	})
}

// hashed is a name that a generator gave: with a hash of the content at its end.
const hashed = `-[2-9bcdfghkmt]{10}$`

// decide says what of the kustomization is not in the package any more.
func (c *converter) decide() {
	note := func(topic scaffold.Topic, origin, message, reason string) {
		c.input.Decisions = append(c.input.Decisions, scaffold.Decision{Topic: topic, Origin: origin, Message: message, Reason: reason})
	}
	c.root.each(func(f *file) {
		for _, affix := range []string{"namePrefix", "nameSuffix"} {
			if text := f.text(affix); text != "" {
				note(scaffold.TopicObject, f.path, fmt.Sprintf("the %s %q is part of the names of the objects", affix, text), "it is applied")
			}
		}
		if f.fields["helmCharts"] != nil || f.fields["helmChartInflationGenerator"] != nil {
			note(scaffold.TopicAttention, f.path, "a chart is in there as it was rendered", "packstage import helm makes configuration of its values")
		}
	})
	if namespace := c.root.text("namespace"); namespace != "" {
		note(scaffold.TopicScope, c.root.path, "the namespace "+namespace+" is that which the kustomization sets", "it is that of the instance, where the scope allows that")
	}
	generators := map[string]bool{}
	c.root.each(func(f *file) {
		for _, list := range []string{"configMapGenerator", "secretGenerator"} {
			generators[list] = generators[list] || f.fields[list] != nil
		}
	})
	hash := regexp.MustCompile(hashed)
	for _, object := range c.input.Objects {
		kind, _ := object.Content["kind"].(string)
		metadata, _ := object.Content["metadata"].(map[string]any)
		name, _ := metadata["name"].(string)
		generated := kind == "ConfigMap" && generators["configMapGenerator"] || kind == "Secret" && generators["secretGenerator"]
		if hash.MatchString(name) && generated {
			c.input.Decisions = append(c.input.Decisions, scaffold.Decision{
				Topic: scaffold.TopicAttention, Object: scaffold.Title(object.Content),
				Message: "the hash in its name stays as it is",
				Reason:  "a generator made it of the content: change it, and where it is referred to, with the content, or pods do not notice",
			})
		}
	}
}
