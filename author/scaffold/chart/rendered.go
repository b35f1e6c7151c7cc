package chart

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/packstage/packstage/internal/yamldoc"
)

// maxRendered bounds what is read of a rendered chart.
const maxRendered = 256 << 20

// ReadRendered reads what "helm template" prints. Items of lists are objects of their own.
func ReadRendered(output []byte) ([]Object, error) {
	if len(output) > maxRendered {
		return nil, fmt.Errorf("the chart renders to more than %d bytes", maxRendered)
	}
	var objects []Object
	for _, document := range yamldoc.Split(output) {
		if document.Empty() {
			continue
		}
		template := sourceOf(document.Data)
		content, err := yamldoc.DecodeMap(document, yamldoc.Options{MaxAliasNodes: 100_000, MaxDepth: 200, LastKeyWins: true})
		if err != nil {
			var located *yamldoc.Error
			if errors.As(err, &located) {
				return nil, &RefusedError{Message: fmt.Sprintf("%s: %s", template, located.Message)}
			}
			return nil, err
		}
		objects = append(objects, expanded(Object{Content: content, Template: template})...)
	}
	return objects, nil
}

func expanded(object Object) []Object {
	items, isList := object.Content["items"].([]any)
	if kind, _ := object.Content["kind"].(string); !isList || !strings.HasSuffix(kind, "List") {
		return []Object{object}
	}
	var objects []Object
	for _, item := range items {
		if content, ok := item.(map[string]any); ok {
			objects = append(objects, expanded(Object{Content: content, Template: object.Template})...)
		}
	}
	return objects
}

// sourceOf is the template that a document says it comes from, without the name of
// the chart in front.
func sourceOf(document []byte) string {
	for line := range bytes.Lines(document) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(string(line)), "# Source: "); ok {
			_, file, _ := strings.Cut(rest, "/")
			return file
		}
	}
	return ""
}
