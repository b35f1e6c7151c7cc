package scaffold

import (
	"fmt"
	"path"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/packstage/packstage/internal/podspec"
	"github.com/packstage/packstage/manifest"
)

// takenImage is an image in spec.images.
type takenImage struct {
	manifest.Image
	digest string // empty where the reference has none
}

// foundImage is one place of an image in an object.
type foundImage struct {
	object    *object
	path      []any
	container string
}

// takeImages puts images into spec.images, and templates in their places.
func (m *maker) takeImages() {
	if m.options.Images == ImagesNone {
		return
	}
	places := map[string][]foundImage{}
	var references []string
	note := func(reference string, place foundImage) {
		if _, known := places[reference]; !known {
			references = append(references, reference)
		}
		places[reference] = append(places[reference], place)
	}
	for _, o := range m.objects {
		if o.Template != nil {
			continue
		}
		for _, image := range podspec.Images(o.Content) {
			if !o.substituted(image.Path) {
				note(image.Reference, foundImage{o, image.Path, containerName(o, image.Path)})
			}
		}
	}
	for _, o := range m.objects {
		if o.Template == nil {
			imagesInEnvironment(o, places, note)
		}
	}
	proposed := map[string]string{}
	for _, image := range m.input.Images {
		proposed[image.Image] = image.Name
	}
	names := unique{}
	for _, reference := range references {
		m.takeImage(reference, places[reference], proposed[reference], names)
	}
}

// imagesInEnvironment finds images that operators read from their environment: variables
// RELATED_IMAGE_…, and values that are the image of some container.
func imagesInEnvironment(o *object, known map[string][]foundImage, note func(string, foundImage)) {
	pod, ok := podspec.Of(o.kind.group, o.kind.kind, o.Content)
	if !ok {
		return
	}
	for _, container := range pod.Containers() {
		variables, _ := container.Fields["env"].([]any)
		for i := range variables {
			variable, _ := variables[i].(map[string]any)
			value, _ := variable["value"].(string)
			key, _ := variable["name"].(string)
			_, isKnown := known[value]
			if value == "" || !isKnown && !strings.HasPrefix(key, "RELATED_IMAGE_") {
				continue
			}
			place := append(append([]any{}, container.Path...), "env", i, "value")
			if !o.substituted(place) {
				note(value, foundImage{o, place, strings.TrimPrefix(key, "RELATED_IMAGE_")})
			}
		}
	}
}

func containerName(o *object, imagePath []any) string {
	container, _ := lookup(o.Content, imagePath[:len(imagePath)-1]...)
	fields, _ := container.(map[string]any)
	text, _ := fields["name"].(string)
	return text
}

func (m *maker) takeImage(reference string, places []foundImage, proposed string, names unique) {
	parsed, err := name.ParseReference(reference, name.WeakValidation)
	if err != nil {
		m.decide(places[0].object.aboutField(TopicAttention, places[0].path,
			fmt.Sprintf("the image %q stays as it is", reference), "it is no reference of an image"))
		return
	}
	digest := ""
	if parsed, ok := parsed.(name.Digest); ok {
		digest = parsed.DigestStr()
	}
	if digest == "" && m.options.Images == ImagesPinned {
		m.decide(Decision{Topic: TopicImage, Field: "spec.images", Object: places[0].object.title(), Origin: places[0].object.Origin,
			Message: "the image " + reference + " stays as it is", Reason: "it has no digest, and a lock would need its registry: --images all or --lock"})
		return
	}
	base := camel(path.Base(parsed.Context().RepositoryStr()))
	candidates := []string{base, camel(places[0].container + "-" + base), base}
	if proposed != "" {
		candidates = append([]string{proposed}, candidates...)
	}
	image := takenImage{manifest.Image{Name: names.name(candidates...), Image: reference}, digest}
	m.images = append(m.images, image)
	expression := fieldExpression(".images", []string{image.Name})
	for _, place := range places {
		place.object.substitute(Substitution{Path: place.path, Parts: []Part{{Expression: expression}}, Form: FormBare})
	}
	reason := "templates read it pinned by the lock"
	if digest == "" {
		reason += ", which still has to be made"
	}
	m.decide(Decision{Topic: TopicImage, Field: "spec.images", Object: places[0].object.title(), Origin: places[0].object.Origin,
		Message: fmt.Sprintf("%s is {{ %s }} in %s", reference, expression, countOf(len(places), "place", "places")), Reason: reason})
}
