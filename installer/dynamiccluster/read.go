package dynamiccluster

import (
	"context"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/packstage/packstage/installer/cluster"
)

const (
	// pageSize is how many objects a request of a listing asks for: what kubectl does.
	pageSize = 500
	// restarts is how often a listing that took the server too long begins again,
	// before it asks for everything at once.
	restarts = 3
	// mostPages is of how many pages a listing may be: a million objects, more than any
	// API server is made for. What goes on after that has no end.
	mostPages = 2000
)

// Get returns an object as the server has it now. Errors: those of [cluster.Reader],
// IsBadRequest for a reference that cannot name an object of its kind.
func (c *Cluster) Get(ctx context.Context, reference cluster.Reference) (*unstructured.Unstructured, error) {
	resource, err := c.object(ctx, reference)
	if err != nil {
		return nil, err
	}
	object, err := resource.Get(ctx, reference.Name, metav1.GetOptions{})
	if err != nil {
		return nil, c.judged(ctx, reference.GroupVersionKind(), err)
	}
	return object, nil
}

// List returns the objects of a kind, as they were at one moment after the call
// began. Errors: those of [cluster.Reader], IsBadRequest for a namespace where the
// kind has none and for a selector that is none.
//
// It reads pages of 500. A server keeps the state that the pages are of for some
// minutes; where that was too short, the listing begins again, three times in pages
// and then in one. A listing that goes on for more than 2,000 pages, or leads back to
// the same page, as that of a broken or hostile API behind the server may, is an error.
func (c *Cluster) List(ctx context.Context, kind schema.GroupVersionKind, options cluster.ListOptions) ([]*unstructured.Unstructured, error) {
	if problems := rest.IsValidPathSegmentName(options.Namespace); len(problems) > 0 {
		return nil, badRequest("%q cannot be a namespace: it %s", options.Namespace, problems[0])
	}
	resource, namespaced, err := c.at(ctx, kind, options.Namespace)
	if err != nil {
		return nil, err
	}
	if !namespaced && options.Namespace != "" {
		return nil, badRequest("objects of the kind %s of %s live in no namespace", kind.Kind, kind.GroupVersion())
	}
	for attempt := 0; ; attempt++ {
		page := int64(pageSize)
		if attempt == restarts {
			page = 0
		}
		objects, err := pages(ctx, resource, options, page)
		switch {
		case err == nil:
			for _, object := range objects {
				object.SetGroupVersionKind(kind)
			}
			return objects, nil
		case apierrors.IsResourceExpired(err) && attempt < restarts:
		default:
			return nil, c.judged(ctx, kind, err)
		}
	}
}

// pages reads a listing once; page is the size of one, 0 for everything.
func pages(ctx context.Context, resource dynamic.ResourceInterface, options cluster.ListOptions, page int64) ([]*unstructured.Unstructured, error) {
	var objects []*unstructured.Unstructured
	request := metav1.ListOptions{LabelSelector: options.LabelSelector}
	for range mostPages {
		request.Limit = page
		if missing := int64(options.Limit - len(objects)); options.Limit > 0 && (page == 0 || missing < page) {
			request.Limit = missing
		}
		list, err := resource.List(ctx, request)
		if err != nil {
			return nil, err
		}
		for i := range list.Items {
			objects = append(objects, &list.Items[i])
		}
		if options.Limit > 0 && len(objects) >= options.Limit {
			return objects[:options.Limit], nil
		}
		next := list.GetContinue()
		switch next {
		case "":
			return objects, nil
		case request.Continue:
			return nil, errors.New("the server's list has no end: a page leads to itself")
		}
		request.Continue = next
	}
	return nil, fmt.Errorf("the server's list has no end: it went on after %d pages", mostPages)
}
