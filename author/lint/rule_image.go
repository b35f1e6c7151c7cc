package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/packstage/packstage/internal/podspec"
	"github.com/packstage/packstage/template"
	"github.com/packstage/packstage/validate"
)

// imageRules are about the images that objects run.
func imageRules() []Rule {
	return []Rule{{
		Code: "image-tag", Severity: warningSeverity,
		Summary: "an image with the tag latest, or without a tag",
		Explanation: "What runs depends on the day and the node, and a rollback brings the same image back. What a test " +
			"case gives as configuration is no finding: that is the user's choice. List the image in `spec.images`, lock " +
			"it, and write `{{ .images.NAME }}`.",
		Example: "image: registry.example.com/api:latest",
		Cure:    "image: {{ .images.api }}",
		Check:   EachInstance(imageTag),
	}, {
		Code: "image-name-invalid", Severity: warningSeverity,
		Summary: "an image that no registry can have",
		Explanation: "The pod ends in InvalidImageName. Often it is the default of a property, such as `None`: if users " +
			"have to give the image, make the property required, and they are told at once.",
		Example: "image: {{ .config.image }}  # default: None",
		Cure:    "image: {{ .config.image }}  # required: [image], without a default",
		Check:   EachInstance(imageInvalid),
	}, {
		Code: "image-unlocked", Severity: warningSeverity,
		Summary: "an image that is not in the lock",
		Explanation: "Only images of the lock stay the same for ever, are copied by `packstage copy`, and are found in a " +
			"mirror. What a test case gives as configuration is no finding, nor what is in a registry inside of the cluster. `packstage lock --from-render` proposes the " +
			"entries of `spec.images` that are missing.",
		Example: "image: registry.example.com/api:v1",
		Cure:    "image: {{ .images.api }}",
		Check:   EachInstance(imageUnlocked),
	}, {
		Code: "image-unused", Severity: warningSeverity,
		Summary:     "an entry of spec.images that nothing uses",
		Explanation: "It is locked and copied with the package, for nothing. Remove it from the manifest, and run `packstage lock`.",
		Example:     "spec:\n  images: [{name: old, image: \"registry.example.com/old:v1\"}]  # and no {{ .images.old }}",
		Cure:        "spec:\n  images: []",
		Check:       imageUnused,
	}}
}

// fromUser tells whether a text is, or is made of, what the case gives as
// configuration: no fault of the package. Short values count where they are the
// registry, the tag or the digest of an image.
func (i *Instance) fromUser(text string) bool {
	const long = 8
	found := false
	walk(i.Case.Context.Config, nil, func(_ []any, value string) {
		if value == "" {
			return
		}
		found = found || value == text || len(value) >= long && strings.Contains(text, value) ||
			strings.HasPrefix(text, value+"/") || strings.HasSuffix(text, ":"+value) || strings.HasSuffix(text, "@"+value)
	})
	return found
}

// isOfCluster tells whether an image is in a registry inside of the cluster, which
// nobody outside can ask for its digest.
func isOfCluster(reference name.Reference) bool {
	host, _, _ := strings.Cut(reference.Context().RegistryStr(), ":")
	return strings.HasSuffix(host, ".svc") || strings.HasSuffix(host, ".svc.cluster.local")
}

func imageTag(i *Instance) []Finding {
	var found []Finding
	for _, object := range i.Objects {
		for _, image := range podspec.Images(object.Content()) {
			reference, err := name.ParseReference(image.Reference)
			tag, isTag := reference.(name.Tag)
			if err != nil || !isTag || i.fromUser(image.Reference) || tag.TagStr() != "latest" {
				continue
			}
			message := fmt.Sprintf("the image %q has no tag", image.Reference)
			if strings.HasSuffix(image.Reference, ":latest") {
				message = fmt.Sprintf("the image %q has the tag latest", image.Reference)
			}
			hint := "list it in spec.images, run packstage lock, and write {{ .images.NAME }}"
			if isOfCluster(reference) {
				hint = "name a tag that stays what it is"
			}
			found = append(found, i.Find(object, message, hint, image.Path...))
		}
	}
	return found
}

func imageInvalid(i *Instance) []Finding {
	var found []Finding
	for _, object := range i.Objects {
		for _, image := range podspec.Images(object.Content()) {
			if _, err := name.ParseReference(image.Reference); err == nil || i.fromUser(image.Reference) {
				continue
			}
			found = append(found, i.Find(object, fmt.Sprintf("%q is no image", image.Reference),
				"where the configuration has to give it, make the property required in place of a default that cannot work", image.Path...))
		}
	}
	return found
}

func imageUnlocked(i *Instance) []Finding {
	var found []Finding
	objects := map[string]Object{}
	for _, object := range i.Objects {
		objects[object.key()] = object
	}
	for _, image := range validate.UnlockedImages(i.Instance) {
		reference, err := name.ParseReference(image.Reference)
		if err != nil || i.fromUser(image.Reference) || isOfCluster(reference) {
			continue
		}
		object := objects[Object{Object: image.Object}.key()]
		found = append(found, i.Find(object, fmt.Sprintf("the image %q is not in the lock", image.Reference),
			"add it to spec.images in the manifest, run packstage lock, and write {{ .images.NAME }}", image.Path...))
	}
	return found
}

func imageUnused(s *Subject) []Finding {
	references := s.references()
	if references == nil || len(references.Unknown) > 0 {
		return nil
	}
	var found []Finding
	for k, image := range s.Package.Manifest.Spec.Images {
		if references.Uses(template.Path{"images", image.Name}) || s.rendersImage(image.Name) {
			continue
		}
		found = append(found, s.Find(fmt.Sprintf("nothing uses the image %q", image.Name), "remove it, and run packstage lock",
			"spec", "images", k, "name"))
	}
	return found
}

// rendersImage tells whether an object of some case has the locked image in a field.
func (s *Subject) rendersImage(imageName string) bool {
	return slices.ContainsFunc(s.Instances, func(i *Instance) bool {
		locked, found := i.Images[imageName], false
		for _, object := range i.Objects {
			walk(object.Content(), nil, func(_ []any, text string) { found = found || locked != "" && strings.Contains(text, locked) })
		}
		return found
	})
}
